//! The World: a town of exchanges, phones, callers and agents under one seed and one clock.
//!
//! The box under test is whole: the exchange machine with our end of each span (`pri`, `bri`, `r2`), joined by a line model to the
//! other side of the same core, which a far exchange with callers and subscribers uses. Telephones speak SIP with the box's own SIP
//! core, over a network that delays, loses and doubles datagrams ([`World::telephones_over_sip`]); in one random day in four, and in
//! scenarios that are not about them, they speak leg primitives with a fixed delay instead. The media engine, the recorder and the store are models of what the exchange sees of them: ends of plays, faults,
//! a queue that is lost in a crash. Time is virtual; everything random comes from the seed, so a seed that fails replays bit for bit.
//!
//! It moves no audio, and HDLC bits only of spoilt frames. Both ends of SIP are ours: tests with foreign telephones stand elsewhere.
//!
//! | module | what it does |
//! |---|---|
//! | `build`, `actions`, `facts` | the words of scenarios: set up a house, do things, expect things |
//! | `world`, `agenda`, `rooms` | the clock, what is planned, and how outputs travel from room to room |
//! | `line`, `far`, `town` | spans with faults, the far exchange, its callers and subscribers |
//! | `sip_net`, `telephones` | telephones over SIP and the network between |
//! | `phones`, `phoning` | telephones at the level of leg primitives |
//! | `media`, `store`, `house` | media engine and recorder, store, the daemon's life and death |
//! | `watch`, `checks` | rules that hold at each step, and when the house is quiet |
//! | `habits`, `minds`, `random_day` | people with habits, and days drawn from a seed |
//!
//! ```
//! use simulation::*;
//! let mut town = World::seeded(28).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Busy);
//! let caller = town.dial("4951234567");
//! town.after(secs(40)).hang_up(caller).settle();
//! town.expect(queue("orders").empty()).expect(span("E1-1").all_idle());
//! town.expect(cdr(caller).abandoned().waited(secs(40)));
//! ```

mod actions;
mod agenda;
mod build;
mod checks;
mod core;
mod facts;
mod far;
mod habits;
mod house;
mod ladder;
mod line;
mod media;
mod minds;
mod names;
mod phones;
mod phoning;
mod random;
mod random_day;
mod rooms;
mod sip_net;
mod store;
mod telephones;
mod town;
mod watch;
mod world;

pub use agenda::{End, Failure, Fault, PhoneDeed};
pub use build::{Presence, menu_flow, node, pri_user};
pub use facts::{
    Fact, Sound, agent, caller, calls_in, calls_up, cdr, phone_hears, queue, records, span, town_called, town_heard,
};
pub use media::Disk;
pub use names::{CallerId, PhoneCall, digits, millis, secs};
pub use phones::PhoneManner;
pub use random_day::{Report, check_seed, check_seed_on_primary_rate, run_seed};
pub use sip_net::Weather;
pub use store::Mood;
pub use town::Habit;
pub use world::World;
