//! The exchange as its subscribers know it: scenarios at the level of leg primitives. `town` is the far end: circuits,
//! telephones, agents and a media engine that does as it is told.

mod calls;
mod far_ends;
mod healing;
mod lines;
mod meetings;
mod ports;
mod queues;
mod random;
mod returning;
mod services;
mod supervision;
mod town;
mod transfers;
