//! Board descriptions as data.
