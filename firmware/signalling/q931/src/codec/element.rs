use super::bearer::BearerCapability;
use super::cause::CauseElement;
use super::channel::ChannelIdentification;
use super::fault::IeErrorKind;
use super::indicator::{ProgressIndicator, RestartClass, StateValue};
use super::number;
use numbering::{PartyNumber, Redirection, SubAddress};

/// Identifiers of codeset 0, table 4-3.
pub mod id {
    pub const SEGMENTED: u8 = 0x00;
    pub const BEARER: u8 = 0x04;
    pub const CAUSE: u8 = 0x08;
    pub const CALL_IDENTITY: u8 = 0x10;
    pub const CALL_STATE: u8 = 0x14;
    pub const CHANNEL: u8 = 0x18;
    pub const FACILITY: u8 = 0x1c;
    pub const PROGRESS: u8 = 0x1e;
    pub const NETWORK_FACILITIES: u8 = 0x20;
    pub const NOTIFICATION: u8 = 0x27;
    pub const DISPLAY: u8 = 0x28;
    pub const DATE_TIME: u8 = 0x29;
    pub const KEYPAD: u8 = 0x2c;
    pub const SIGNAL: u8 = 0x34;
    pub const CONNECTED: u8 = 0x4c;
    pub const CONNECTED_SUB_ADDRESS: u8 = 0x4d;
    pub const CALLING: u8 = 0x6c;
    pub const CALLING_SUB_ADDRESS: u8 = 0x6d;
    pub const CALLED: u8 = 0x70;
    pub const CALLED_SUB_ADDRESS: u8 = 0x71;
    pub const REDIRECTING: u8 = 0x74;
    pub const TRANSIT_NETWORK: u8 = 0x78;
    pub const RESTART: u8 = 0x79;
    pub const LOW_LAYER: u8 = 0x7c;
    pub const HIGH_LAYER: u8 = 0x7d;
    pub const USER_USER: u8 = 0x7e;
    pub const SHIFT: u8 = 0x90;
    pub const MORE_DATA: u8 = 0xa0;
    pub const SENDING_COMPLETE: u8 = 0xa1;
    pub const REPEAT: u8 = 0xd0;
}

/// An element that this crate does not read: kept octet by octet for whoever does, or to pass on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtherElement {
    pub codeset: u8,
    /// With bit 8 set: a single octet, and no content.
    pub id: u8,
    pub content: Vec<u8>,
}

/// One information element, in the order of the identifiers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InformationElement {
    BearerCapability(BearerCapability),
    Cause(CauseElement),
    CallState(StateValue),
    ChannelIdentification(ChannelIdentification),
    Progress(ProgressIndicator),
    Notification(u8),
    /// IA5 text, as octets: national sets occur.
    Display(Vec<u8>),
    Keypad(Vec<u8>),
    Signal(u8),
    ConnectedNumber(PartyNumber),
    ConnectedSubAddress(SubAddress),
    CallingNumber(PartyNumber),
    CallingSubAddress(SubAddress),
    CalledNumber(PartyNumber),
    CalledSubAddress(SubAddress),
    Redirecting(Redirection),
    Restart(RestartClass),
    LowLayer(Vec<u8>),
    HighLayer(Vec<u8>),
    SendingComplete,
    /// 2: prioritised list (4.5.24).
    Repeat(u8),
    Other(OtherElement),
}

/// Table 4-3: most octets of content.
const MAX_TEXT: usize = 82;
const MAX_CAUSE: usize = 32;

impl InformationElement {
    /// Reads the content of a variable-length element of codeset 0.
    pub(super) fn parse(id: u8, content: &[u8]) -> Result<InformationElement, IeErrorKind> {
        use InformationElement as Ie;
        Ok(match id {
            id::BEARER => Ie::BearerCapability(BearerCapability::parse(content)?),
            id::CAUSE if content.len() > MAX_CAUSE => return Err(IeErrorKind::Long),
            id::CAUSE => Ie::Cause(CauseElement::parse(content)?),
            id::CALL_STATE => Ie::CallState(StateValue::parse(content)?),
            id::CHANNEL => Ie::ChannelIdentification(ChannelIdentification::parse(content)?),
            id::PROGRESS => Ie::Progress(ProgressIndicator::parse(content)?),
            id::NOTIFICATION => Ie::Notification(first(content)? & 0x7f),
            id::DISPLAY => Ie::Display(text(content)?),
            id::KEYPAD => Ie::Keypad(text(content)?),
            id::SIGNAL => Ie::Signal(first(content)?),
            id::CONNECTED => Ie::ConnectedNumber(number::parse_calling(content)?),
            id::CONNECTED_SUB_ADDRESS => Ie::ConnectedSubAddress(number::parse_sub_address(content)?),
            id::CALLING => Ie::CallingNumber(number::parse_calling(content)?),
            id::CALLING_SUB_ADDRESS => Ie::CallingSubAddress(number::parse_sub_address(content)?),
            id::CALLED => Ie::CalledNumber(number::parse_called(content)?),
            id::CALLED_SUB_ADDRESS => Ie::CalledSubAddress(number::parse_sub_address(content)?),
            id::REDIRECTING => Ie::Redirecting(number::parse_redirecting(content)?),
            id::RESTART => Ie::Restart(RestartClass::parse(content)?),
            id::LOW_LAYER => Ie::LowLayer(content.to_vec()),
            id::HIGH_LAYER => Ie::HighLayer(content.to_vec()),
            _ => return other(id, content),
        })
    }

    /// A single-octet element of codeset 0 (shift excepted).
    pub(super) fn single(octet: u8) -> InformationElement {
        match octet {
            id::SENDING_COMPLETE => InformationElement::SendingComplete,
            octet if octet & 0xf0 == id::REPEAT => InformationElement::Repeat(octet & 0x0f),
            octet => InformationElement::Other(OtherElement { codeset: 0, id: octet, content: Vec::new() }),
        }
    }

    /// Codeset and identifier.
    pub fn identifier(&self) -> (u8, u8) {
        use InformationElement as Ie;
        let id = match self {
            Ie::BearerCapability(_) => id::BEARER,
            Ie::Cause(_) => id::CAUSE,
            Ie::CallState(_) => id::CALL_STATE,
            Ie::ChannelIdentification(_) => id::CHANNEL,
            Ie::Progress(_) => id::PROGRESS,
            Ie::Notification(_) => id::NOTIFICATION,
            Ie::Display(_) => id::DISPLAY,
            Ie::Keypad(_) => id::KEYPAD,
            Ie::Signal(_) => id::SIGNAL,
            Ie::ConnectedNumber(_) => id::CONNECTED,
            Ie::ConnectedSubAddress(_) => id::CONNECTED_SUB_ADDRESS,
            Ie::CallingNumber(_) => id::CALLING,
            Ie::CallingSubAddress(_) => id::CALLING_SUB_ADDRESS,
            Ie::CalledNumber(_) => id::CALLED,
            Ie::CalledSubAddress(_) => id::CALLED_SUB_ADDRESS,
            Ie::Redirecting(_) => id::REDIRECTING,
            Ie::Restart(_) => id::RESTART,
            Ie::LowLayer(_) => id::LOW_LAYER,
            Ie::HighLayer(_) => id::HIGH_LAYER,
            Ie::SendingComplete => id::SENDING_COMPLETE,
            Ie::Repeat(value) => id::REPEAT | value & 0x0f,
            Ie::Other(other) => return (other.codeset, other.id),
        };
        (0, id)
    }

    /// Appends the element without shift.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let (_, id) = self.identifier();
        out.push(id);
        if id & 0x80 != 0 {
            return;
        }
        let length_at = out.len();
        out.push(0);
        self.encode_content(out);
        // 255 octets of content at most: what goes beyond was never read from a frame, nor built here.
        out.truncate(length_at + 1 + 255);
        out[length_at] = (out.len() - length_at - 1) as u8;
    }

    fn encode_content(&self, out: &mut Vec<u8>) {
        use InformationElement as Ie;
        match self {
            Ie::BearerCapability(bearer) => bearer.encode(out),
            Ie::Cause(cause) => cause.encode(out),
            Ie::CallState(state) => out.push(state.0 & 0x3f),
            Ie::ChannelIdentification(channel) => channel.encode(out),
            Ie::Progress(progress) => progress.encode(out),
            Ie::Notification(value) => out.push(0x80 | value),
            Ie::Display(octets) | Ie::Keypad(octets) | Ie::LowLayer(octets) | Ie::HighLayer(octets) => {
                out.extend_from_slice(octets);
            }
            Ie::Signal(value) => out.push(*value),
            Ie::ConnectedNumber(number) | Ie::CallingNumber(number) => number::encode_calling(number, out),
            Ie::ConnectedSubAddress(address) | Ie::CallingSubAddress(address) | Ie::CalledSubAddress(address) => {
                number::encode_sub_address(address, out);
            }
            Ie::CalledNumber(number) => number::encode_called(number, out),
            Ie::Redirecting(redirection) => number::encode_redirecting(redirection, out),
            Ie::Restart(class) => class.encode(out),
            Ie::SendingComplete | Ie::Repeat(_) => {}
            Ie::Other(other) => out.extend_from_slice(&other.content),
        }
    }
}

fn first(content: &[u8]) -> Result<u8, IeErrorKind> {
    content.first().copied().ok_or(IeErrorKind::Short)
}

fn text(content: &[u8]) -> Result<Vec<u8>, IeErrorKind> {
    if content.len() > MAX_TEXT { Err(IeErrorKind::Long) } else { Ok(content.to_vec()) }
}

/// Identifiers 0000 xxxx: an entity that does not know the element must not act on the message (5.8.7.1).
fn other(id: u8, content: &[u8]) -> Result<InformationElement, IeErrorKind> {
    if id & 0xf0 == 0 && id != id::SEGMENTED {
        return Err(IeErrorKind::ComprehensionRequired);
    }
    Ok(InformationElement::Other(OtherElement { codeset: 0, id, content: content.to_vec() }))
}
