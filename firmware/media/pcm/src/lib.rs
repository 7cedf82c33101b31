//! G.711, gain and mixing.
