//! Which calls are recorded, from when to when.
