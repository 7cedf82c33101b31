use super::element::{InformationElement, OtherElement, id};
use super::fault::{FrameError, IeError, IeErrorKind};
use super::message_type::MessageType;
use super::reference::CallReference;
use super::{BearerCapability, CauseElement, ChannelIdentification, ProgressIndicator, RestartClass, StateValue};
use numbering::{PartyNumber, Redirection, SubAddress};

/// Octet 1 of each message.
const DISCRIMINATOR: u8 = 0x08;
/// Elements of one message at most; the rest of a longer one is not read.
const MAX_ELEMENTS: usize = 64;

/// One message: its elements in the order they came, and what could not be read.
///
/// ```
/// use q931::{CallReference, Message, MessageType};
/// let octets = [0x08, 2, 0x80, 0x05, 0x5a, 0x08, 2, 0x80, 0x90];
/// let message = Message::parse(&octets).unwrap();
/// assert_eq!(message.kind, MessageType::ReleaseComplete);
/// assert_eq!(message.reference, CallReference::Call { value: 5, flag: true });
/// assert_eq!(message.cause().unwrap().cause, numbering::Cause::NormalClearing);
/// assert_eq!(message.encode(), octets);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    pub reference: CallReference,
    pub kind: MessageType,
    pub elements: Vec<InformationElement>,
    pub faults: Vec<IeError>,
}

impl Message {
    pub fn new(reference: CallReference, kind: MessageType) -> Message {
        Message { reference, kind, elements: Vec::new(), faults: Vec::new() }
    }

    pub fn with(mut self, element: InformationElement) -> Message {
        self.elements.push(element);
        self
    }

    pub fn with_any(mut self, element: Option<InformationElement>) -> Message {
        self.elements.extend(element);
        self
    }

    pub fn parse(frame: &[u8]) -> Result<Message, FrameError> {
        let discriminator = *frame.first().ok_or(FrameError::TooShort)?;
        if discriminator != DISCRIMINATOR {
            return Err(FrameError::Discriminator(discriminator));
        }
        let (reference, taken) = CallReference::parse(&frame[1..])?;
        let kind = *frame.get(1 + taken).ok_or(FrameError::TooShort)?;
        let mut message = Message::new(reference, MessageType::from_value(kind));
        message.elements.reserve(8);
        Codesets { frame, at: 2 + taken, locked: 0, shifted: None }.read(&mut message);
        Ok(message)
    }

    /// The frame's octets, with a shift before each element of another codeset (4.5.2 to 4.5.4).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(DISCRIMINATOR);
        self.reference.encode(&mut out);
        self.encode_rest(out)
    }

    /// The same with a call reference of one octet, as a basic access uses it (4.3).
    pub fn encode_short(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(DISCRIMINATOR);
        self.reference.encode_short(&mut out);
        self.encode_rest(out)
    }

    fn encode_rest(&self, mut out: Vec<u8>) -> Vec<u8> {
        out.push(self.kind.value());
        for element in &self.elements {
            let (codeset, _) = element.identifier();
            if codeset != 0 {
                out.push(id::SHIFT | 0x08 | codeset & 7);
            }
            element.encode(&mut out);
        }
        out
    }

    pub fn bearer(&self) -> Option<&BearerCapability> {
        self.elements
            .iter()
            .find_map(|e| if let InformationElement::BearerCapability(it) = e { Some(it) } else { None })
    }

    pub fn cause(&self) -> Option<&CauseElement> {
        self.elements.iter().find_map(|e| if let InformationElement::Cause(it) = e { Some(it) } else { None })
    }

    pub fn call_state(&self) -> Option<StateValue> {
        self.elements.iter().find_map(|e| if let InformationElement::CallState(it) = e { Some(*it) } else { None })
    }

    pub fn channel(&self) -> Option<&ChannelIdentification> {
        self.elements
            .iter()
            .find_map(|e| if let InformationElement::ChannelIdentification(it) = e { Some(it) } else { None })
    }

    pub fn progress(&self) -> impl Iterator<Item = ProgressIndicator> + '_ {
        self.elements.iter().filter_map(|e| if let InformationElement::Progress(it) = e { Some(*it) } else { None })
    }

    pub fn notification(&self) -> Option<u8> {
        self.elements.iter().find_map(|e| if let InformationElement::Notification(it) = e { Some(*it) } else { None })
    }

    pub fn display(&self) -> Option<&[u8]> {
        self.elements.iter().find_map(|e| if let InformationElement::Display(it) = e { Some(&it[..]) } else { None })
    }

    pub fn keypad(&self) -> Option<&[u8]> {
        self.elements.iter().find_map(|e| if let InformationElement::Keypad(it) = e { Some(&it[..]) } else { None })
    }

    pub fn connected(&self) -> Option<&PartyNumber> {
        self.elements.iter().find_map(|e| if let InformationElement::ConnectedNumber(it) = e { Some(it) } else { None })
    }

    pub fn calling(&self) -> Option<&PartyNumber> {
        self.elements.iter().find_map(|e| if let InformationElement::CallingNumber(it) = e { Some(it) } else { None })
    }

    pub fn calling_sub_address(&self) -> Option<&SubAddress> {
        self.elements
            .iter()
            .find_map(|e| if let InformationElement::CallingSubAddress(it) = e { Some(it) } else { None })
    }

    pub fn called(&self) -> Option<&PartyNumber> {
        self.elements.iter().find_map(|e| if let InformationElement::CalledNumber(it) = e { Some(it) } else { None })
    }

    pub fn called_sub_address(&self) -> Option<&SubAddress> {
        self.elements
            .iter()
            .find_map(|e| if let InformationElement::CalledSubAddress(it) = e { Some(it) } else { None })
    }

    pub fn redirecting(&self) -> Option<&Redirection> {
        self.elements.iter().find_map(|e| if let InformationElement::Redirecting(it) = e { Some(it) } else { None })
    }

    pub fn restart(&self) -> Option<RestartClass> {
        self.elements.iter().find_map(|e| if let InformationElement::Restart(it) = e { Some(*it) } else { None })
    }

    pub fn sending_complete(&self) -> bool {
        self.elements.contains(&InformationElement::SendingComplete)
    }

    /// The first fault of this element of codeset 0.
    pub fn fault_of(&self, id: u8) -> Option<IeError> {
        self.faults.iter().copied().find(|fault| fault.ie == id)
    }
}

/// Walks the elements of a frame, keeping the active codeset.
struct Codesets<'a> {
    frame: &'a [u8],
    at: usize,
    locked: u8,
    shifted: Option<u8>,
}

impl Codesets<'_> {
    fn read(mut self, message: &mut Message) {
        while self.at < self.frame.len() && message.elements.len() + message.faults.len() < MAX_ELEMENTS {
            let offset = self.at;
            let octet = self.frame[offset];
            let read = if octet & 0xf0 == id::SHIFT {
                self.shift(octet).map(|()| None)
            } else {
                self.element(octet).map(Some)
            };
            match read {
                Ok(element) => message.elements.extend(element),
                Err(kind) => message.faults.push(IeError { ie: octet, offset, kind }),
            }
        }
    }

    /// 4.5.3 locking (bit 4 is 0, only upwards), 4.5.4 for the next element only.
    fn shift(&mut self, octet: u8) -> Result<(), IeErrorKind> {
        self.at += 1;
        let codeset = octet & 7;
        if octet & 0x08 != 0 {
            self.shifted = Some(codeset);
        } else if codeset > self.locked {
            self.locked = codeset;
        } else {
            return Err(IeErrorKind::Shift);
        }
        Ok(())
    }

    fn element(&mut self, id: u8) -> Result<InformationElement, IeErrorKind> {
        let codeset = self.shifted.take().unwrap_or(self.locked);
        self.at += 1;
        if id & 0x80 != 0 {
            return Ok(match codeset {
                0 => InformationElement::single(id),
                codeset => InformationElement::Other(OtherElement { codeset, id, content: Vec::new() }),
            });
        }
        let content = self.content()?;
        match codeset {
            0 => InformationElement::parse(id, content),
            codeset => Ok(InformationElement::Other(OtherElement { codeset, id, content: content.to_vec() })),
        }
    }

    fn content(&mut self) -> Result<&[u8], IeErrorKind> {
        let length = self.frame.get(self.at).map(|length| usize::from(*length));
        let content = length.and_then(|length| self.frame.get(self.at + 1..self.at + 1 + length));
        match content {
            Some(content) => {
                self.at += 1 + content.len();
                Ok(content)
            }
            None => {
                self.at = self.frame.len();
                Err(IeErrorKind::Truncated)
            }
        }
    }
}
