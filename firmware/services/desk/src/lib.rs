//! What a console sees of the exchange and what it may ask: the live view and the commands.
//!
//! The exchange publishes [`ViewChange`]s; a console that starts from a [`LiveView`] with its sequence number and applies the changes
//! after it sees what the exchange sees. Commands carry a ticket; the answer comes back with it.

mod alarm;
mod command;
mod fax;
mod view;

pub use alarm::{AlarmKind, AlarmView, BOX, Severity};
pub use command::{Actor, Command, NOTE_CHARACTERS, Refusal, RoomCommand, SeatCommand, Ticket, TransferMode, note};
pub use fax::{FaxDirection, FaxJob, FaxState, FaxView, fax_file};
pub use view::{
    AgentState, AgentView, CallPhase, CallView, CircuitView, EntityId, EntityView, ExtensionView, LiveView, MemberView,
    Party, PortKind, PortView, QueueView, RoomView, SlotState, SlotView, SpanView, Supervised, ViewChange,
};
