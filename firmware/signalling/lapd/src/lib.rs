//! The data link layer of an ISDN D-channel: Q.921 (09/97), sans-IO.
//!
//! One [`DataLink`] is one data link connection (SAPI 0 for call control, TEI 0 on a primary rate interface), user or network
//! side. It takes DL primitives from layer 3 and frames without FCS from the line, and gives frames and DL primitives back. It does
//! not do HDLC (see `hdlc`), and its TEI is given: the standard's states 1 to 3 do not arise in it.
//!
//! A [`DChannel`] is the D-channel of a basic access: the data links of all terminals, the broadcast one, and the layer management entity
//! that assigns, checks and removes TEIs (5.3): user side or assignment source point. A primary rate interface needs no more than its link.
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
mod dchannel;
mod frame;
mod link;
mod management;
mod primitive;
mod states;
mod window;

pub use config::{Config, Side};
pub use dchannel::{DChannel, DChannelConfig, DChannelCounters, DChannelOutput, Endpoint};
pub use frame::{Address, BadFrame, Command, Control, Frame, Supervisory};
pub use link::{Counters, DataLink, StateName};
pub use management::{FIRST_AUTOMATIC_TEI, GROUP_TEI, ManagementKind, ManagementMessage, ManagementTimers};
pub use primitive::{DlIndication, DlRequest, MdlError, Output};
