use super::element::id;
use super::message_type::MessageType;
use super::reference::CallReference;

/// One SEGMENT message, 3.1.13 and 4.5.26: a piece of a message that is too long for one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Segment<'a> {
    /// Discriminator and call reference, as every segment and the whole message begin.
    pub(crate) header: &'a [u8],
    pub(crate) first: bool,
    /// How many more follow.
    pub(crate) remaining: u8,
    /// Type of the whole message.
    pub(crate) kind: u8,
    pub(crate) octets: &'a [u8],
}

impl Segment<'_> {
    /// None if the frame is no SEGMENT with its element in front (annex H.2 b).
    pub(crate) fn parse(frame: &[u8]) -> Option<Segment<'_>> {
        let (_, taken) = CallReference::parse(frame.get(1..)?).ok()?;
        let header = frame.get(..1 + taken)?;
        match frame.get(1 + taken..)? {
            [kind, id::SEGMENTED, 2, place, whole, octets @ ..] if *kind == MessageType::Segment.value() => {
                Some(Segment { header, first: place & 0x80 != 0, remaining: place & 0x7f, kind: *whole, octets })
            }
            _ => None,
        }
    }
}
