//! The call machine: one file for each group of states.

mod active;
mod clearing;
mod incoming;
mod outgoing;
mod rearrangement;
mod recovery;
mod state;
mod status;

pub(crate) use incoming::setup_received;
pub(crate) use outgoing::{broadcast_setup, broadcast_setup_answered, setup_requested};
pub(crate) use rearrangement::resume_requested;
pub(crate) use recovery::{
    ElementFault, invalid_global, mandatory_elements, not_implemented, refuse_with, unexpected, unknown_reference,
};
pub(crate) use state::{Call, Channel, Event, PeerMessage, StateEvent, resumed};
pub(crate) use status::{report, report_bad_elements, resume_after_link_failure};
