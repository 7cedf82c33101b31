use super::fault::FrameError;

/// A call reference as it stands in a message, 4.3. `flag`: sent to the side that chose the value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CallReference {
    /// No octets: supplementary services without a call.
    Dummy,
    /// Value zero: the interface itself (RESTART).
    Global {
        flag: bool,
    },
    Call {
        value: u16,
        flag: bool,
    },
}

impl CallReference {
    /// Reads the length octet and the value; returns how many octets they took. One and two octets with the same value are
    /// the same reference.
    pub(super) fn parse(bytes: &[u8]) -> Result<(CallReference, usize), FrameError> {
        let length = *bytes.first().ok_or(FrameError::TooShort)?;
        let octet = |at: usize| bytes.get(at).copied().ok_or(FrameError::TooShort);
        let (value, flag) = match length {
            0 => return Ok((CallReference::Dummy, 1)),
            1 => (u16::from(octet(1)? & 0x7f), octet(1)? & 0x80 != 0),
            2 => (u16::from_be_bytes([octet(1)? & 0x7f, octet(2)?]), octet(1)? & 0x80 != 0),
            _ => return Err(FrameError::CallReference),
        };
        let reference = if value == 0 { CallReference::Global { flag } } else { CallReference::Call { value, flag } };
        Ok((reference, 1 + usize::from(length)))
    }

    /// Writes it with the one octet of a basic access; a value above 127 does not fit and takes two.
    pub(super) fn encode_short(self, out: &mut Vec<u8>) {
        let (value, flag) = match self {
            CallReference::Dummy => return out.push(0),
            CallReference::Global { flag } => (0, flag),
            CallReference::Call { value, flag } => (value, flag),
        };
        match u8::try_from(value) {
            Ok(value @ 0..0x80) => out.extend_from_slice(&[1, value | if flag { 0x80 } else { 0 }]),
            _ => self.encode(out),
        }
    }

    /// Writes it with the two octets of a primary rate interface.
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        let (value, flag) = match self {
            CallReference::Dummy => return out.push(0),
            CallReference::Global { flag } => (0, flag),
            CallReference::Call { value, flag } => (value & 0x7fff, flag),
        };
        let [high, low] = value.to_be_bytes();
        out.extend_from_slice(&[2, high | if flag { 0x80 } else { 0 }, low]);
    }
}
