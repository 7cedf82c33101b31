use crate::caller_id::{
    CallTime, CallerId, MULTIPLE, MULTIPLE_LAMP, NAME, NAME_ABSENT, NUMBER, NUMBER_ABSENT, SINGLE, SINGLE_LAMP, TIME,
    Withheld,
};
use std::fmt;

/// A message that cannot be used: the line garbled it, or it is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadMessage {
    /// Not a message about a caller.
    Type(u8),
    Checksum,
    /// A parameter is longer than the message, or the message too short.
    Length,
}

impl fmt::Display for BadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadMessage::Type(kind) => write!(f, "message type {kind:#04x} says nothing of a caller"),
            BadMessage::Checksum => f.write_str("the checksum is wrong: the line garbled the message"),
            BadMessage::Length => f.write_str("the lengths in the message do not fit each other"),
        }
    }
}

impl std::error::Error for BadMessage {}

/// Gathers octets of a modem into a message.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    octets: Vec<u8>,
}

impl Reader {
    /// The next octet. The channel seizure's 0x55 before a message are passed over. A message, or why it is none, once it is whole.
    pub fn take(&mut self, octet: u8) -> Option<Result<CallerId, BadMessage>> {
        if self.octets.is_empty() && octet == 0x55 {
            return None;
        }
        self.octets.push(octet);
        if let [kind, ..] = self.octets[..]
            && ![SINGLE, MULTIPLE, SINGLE_LAMP, MULTIPLE_LAMP].contains(&kind)
        {
            self.octets.clear();
            return Some(Err(BadMessage::Type(kind)));
        }
        let length = usize::from(*self.octets.get(1)?);
        if self.octets.len() < length + 3 {
            return None;
        }
        let message = std::mem::take(&mut self.octets);
        Some(read(&message))
    }

    /// The carrier is gone: what was under way is lost. True if something was.
    pub fn cut(&mut self) -> bool {
        let lost = !self.octets.is_empty();
        self.octets.clear();
        lost
    }
}

/// A whole message: type, length, data, checksum.
fn read(message: &[u8]) -> Result<CallerId, BadMessage> {
    if message.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet)) != 0 {
        return Err(BadMessage::Checksum);
    }
    let [kind, _, data @ .., _] = message else { return Err(BadMessage::Length) };
    match *kind {
        SINGLE => single(data),
        MULTIPLE => multiple(data),
        // Read to its end, so that nothing within it is taken for a message about a caller.
        other => Err(BadMessage::Type(other)),
    }
}

fn single(data: &[u8]) -> Result<CallerId, BadMessage> {
    let (time, rest) = data.split_at_checked(8).ok_or(BadMessage::Length)?;
    let mut caller = CallerId { time: CallTime::of_digits(time), ..CallerId::default() };
    match rest {
        [] => caller.withheld = Some(Withheld::Unavailable),
        [letter] if Withheld::of_letter(*letter).is_some() => caller.withheld = Withheld::of_letter(*letter),
        number => caller.number = Some(text(number)),
    }
    Ok(caller)
}

fn multiple(mut data: &[u8]) -> Result<CallerId, BadMessage> {
    let mut caller = CallerId::default();
    while let [kind, length, rest @ ..] = data {
        let (value, after) = rest.split_at_checked(usize::from(*length)).ok_or(BadMessage::Length)?;
        match (*kind, value) {
            (TIME, _) => caller.time = CallTime::of_digits(value),
            (NUMBER, [_, ..]) => caller.number = Some(text(value)),
            (NUMBER_ABSENT, [letter, ..]) => caller.withheld = Withheld::of_letter(*letter),
            (NAME, [_, ..]) => caller.name = Some(text(value)),
            // A name that is withheld, and what a later edition adds.
            (NAME_ABSENT, _) | (_, _) => {}
        }
        data = after;
    }
    if data.is_empty() { Ok(caller) } else { Err(BadMessage::Length) }
}

/// Names come in the exchange's alphabet: what is not UTF-8 is shown as far as it is.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).trim().to_owned()
}
