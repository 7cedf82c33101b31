//! State, selection and blocking of the trunk circuits.
