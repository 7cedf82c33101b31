//! The data link of an ISDN D-channel: Q.921 (09/97), point to point, sans-IO.
//!
//! One [`DataLink`] is one data link connection (SAPI 0 for call control, TEI 0 on a primary rate interface), user or network
//! side. It takes DL primitives from layer 3 and frames without FCS from the line, and gives frames and DL primitives back. It does
//! not do HDLC (see `hdlc`) nor TEI assignment: a TEI is given, as on a primary rate interface, so the standard's states 1 to 3
//! do not arise.
//!
//! | state (annex B) | leaves on |
//! |---|---|
//! | 4 TEI assigned | DL-ESTABLISH request → 5; SABME → 7 |
//! | 5 awaiting establishment | UA → 7; DM, N200 × T200 → 4 |
//! | 6 awaiting release | UA, DM, N200 × T200 → 4 |
//! | 7 multiple frame established | T200, T203 → 8; DISC → 4; errors → 5 |
//! | 8 timer recovery | answer with F=1 → 7; N200 × T200 → 5 |
//!
//! ```
//! use clock::Monotonic;
//! use lapd::{Config, DataLink, DlIndication, DlRequest, Output, Side};
//! let mut user = DataLink::new(Config::primary_rate(Side::User));
//! let mut network = DataLink::new(Config::primary_rate(Side::Network));
//! let now = Monotonic(0);
//! user.request(now, DlRequest::Establish);
//! let Some(Output::Transmit(sabme)) = user.poll() else { panic!() };
//! assert_eq!(sabme, [0x00, 0x01, 0x7f]);
//! network.receive(now, &sabme);
//! assert_eq!(network.poll(), Some(Output::Transmit(vec![0x00, 0x01, 0x73])));
//! assert_eq!(network.poll(), Some(Output::Indicate(DlIndication::EstablishIndication)));
//! ```

mod config;
mod frame;
mod link;
mod primitive;
mod states;
mod window;

pub use config::{Config, Side};
pub use frame::{Address, BadFrame, Command, Control, Frame, Supervisory};
pub use link::{Counters, DataLink, StateName};
pub use primitive::{DlIndication, DlRequest, MdlError, Output};
