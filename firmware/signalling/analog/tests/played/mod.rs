//! What plays the vectors.

mod line;

pub use line::Line;
