//! The box's database: ledger, call records, recordings, alarms, settings versions, accounts, sessions, audit, preferences.
//!
//! SQLite in WAL mode with `synchronous=FULL`: what was committed survives `kill -9` and a power cut. One thread writes
//! ([`Store`]), in batches; a slow or failing disk delays records in a bounded queue and never a call. Readers have
//! connections of their own and never wait for the writer.
//!
//! The SQL keeps to the subset that PostgreSQL shares: `ON CONFLICT`, `RETURNING`, integers for times.
//!
//! | what | module |
//! |---|---|
//! | the writer thread, batches, retries, health | `writer` |
//! | searching and reading calls | `calls` |
//! | what agents leave with their last call, afterwards | `amendments` |
//! | stays in queues and their sums by interval | `queues` |
//! | recordings: where they are, legal holds, what is oldest | `recordings` |
//! | where telephones are reached | `registrations` |
//! | what was wrong with lines | `alarms` |
//! | versions of the settings | `versions` |
//! | accounts, sessions, preferences | `accounts` |
//! | who did what | `audit` |

mod accounts;
mod alarms;
mod amendments;
mod audit;
mod calls;
mod error;
mod faxes;
mod messages;
mod queues;
mod recordings;
mod registrations;
mod schema;
mod versions;
mod writer;

pub use accounts::{Account, LoggedIn, Session};
pub use alarms::{AlarmFilter, AlarmRow};
pub use amendments::{Amended, Amendment};
pub use audit::AuditRow;
pub use calls::{CallFilter, CallPage, SortBy};
pub use error::StoreError;
pub use faxes::FaxFilter;
pub use queues::{IntervalQuery, QueueInterval};
pub use recordings::{Hold, RecordingRow};
pub use registrations::{Registration, Registrations};
pub use versions::SettingsVersion;
pub use writer::{Entry, Health, Refused, Store};
