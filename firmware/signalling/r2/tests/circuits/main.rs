//! R2 circuits: against the standard's sequences, and two ends of ours against each other on a line that delays.

mod line;
mod sequences;
mod stalls;
mod towns;
