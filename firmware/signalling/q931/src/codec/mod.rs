//! Messages and information elements, Q.931 section 4.

mod bearer;
mod call_identity;
mod cause;
mod channel;
mod element;
mod fault;
mod indicator;
mod message;
mod message_type;
mod number;
mod octets;
mod reference;
mod segment;

pub use bearer::{BearerCapability, TransferCapability};
pub use call_identity::CallIdentity;
pub(crate) use call_identity::call_identity_element;
pub use cause::CauseElement;
pub use channel::{ChannelIdentification, ChannelSelection, ChannelType, Slots};
pub use element::{InformationElement, OtherElement, id};
pub use fault::{FrameError, IeError, IeErrorKind};
pub use indicator::{Progress, ProgressIndicator, RestartClass, StateValue};
pub use message::Message;
pub use message_type::MessageType;
pub use reference::CallReference;
pub(crate) use segment::Segment;
