use super::element::{InformationElement, OtherElement, id};
use super::message::Message;

/// Call identity, 4.5.6: what a user names a suspended call by. Empty: the null identity of a SUSPEND without the element (5.6.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct CallIdentity(Vec<u8>);

/// Table 3-19: 10 octets with the header.
const LONGEST: usize = 8;

impl CallIdentity {
    /// Octets past the eighth do not count.
    pub fn new(octets: &[u8]) -> CallIdentity {
        CallIdentity(octets.iter().copied().take(LONGEST).collect())
    }
}

/// None for the null identity.
pub(crate) fn call_identity_element(identity: CallIdentity) -> Option<InformationElement> {
    let element = OtherElement { codeset: 0, id: id::CALL_IDENTITY, content: identity.0 };
    (!element.content.is_empty()).then_some(InformationElement::Other(element))
}

impl Message {
    pub fn call_identity(&self) -> CallIdentity {
        let element = self.elements.iter().find_map(|element| match element {
            InformationElement::Other(other) if (other.codeset, other.id) == (0, id::CALL_IDENTITY) => Some(other),
            _ => None,
        });
        element.map(|element| CallIdentity::new(&element.content)).unwrap_or_default()
    }
}
