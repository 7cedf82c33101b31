//! The database as the exchange, the recorder and the API use it.

mod alarms;
mod calls;
mod died;
mod disk_full;
mod faxes;
mod house;
mod messages;
mod queues;
mod recordings;
mod registrations;
mod versions;
