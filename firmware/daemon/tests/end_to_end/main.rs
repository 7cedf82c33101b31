//! The box and the world as two programs: a customer on an E1, an agent on a SIP phone, the console's API.
//!
//! Needs the far exchange's program beside the daemon's own; it is built if it is not there.

mod analog;
mod basic_access;
mod cards;
mod disks;
mod faxes;
mod first_call;
mod killed;
mod r2;
