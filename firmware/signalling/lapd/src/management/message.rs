//! Messages of TEI management, 5.3.1 and table 8.

/// The management entity identifier of TEI procedures, 5.3.1.1.
const ENTITY: u8 = 0x0f;
/// Action indicator 127: any TEI, or all of them.
pub(super) const ANY_TEI: u8 = 127;

/// Message types of table 8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ManagementKind {
    IdentityRequest,
    IdentityAssigned,
    IdentityDenied,
    IdentityCheckRequest,
    IdentityCheckResponse,
    IdentityRemove,
    IdentityVerify,
}

impl ManagementKind {
    const ALL: [ManagementKind; 7] = [
        ManagementKind::IdentityRequest,
        ManagementKind::IdentityAssigned,
        ManagementKind::IdentityDenied,
        ManagementKind::IdentityCheckRequest,
        ManagementKind::IdentityCheckResponse,
        ManagementKind::IdentityRemove,
        ManagementKind::IdentityVerify,
    ];

    const fn value(self) -> u8 {
        match self {
            ManagementKind::IdentityRequest => 1,
            ManagementKind::IdentityAssigned => 2,
            ManagementKind::IdentityDenied => 3,
            ManagementKind::IdentityCheckRequest => 4,
            ManagementKind::IdentityCheckResponse => 5,
            ManagementKind::IdentityRemove => 6,
            ManagementKind::IdentityVerify => 7,
        }
    }
}

/// One message: reference number Ri, message type, action indicator Ai.
///
/// ```
/// use lapd::{ManagementKind, ManagementMessage};
/// let octets = [0x0f, 0x12, 0x34, 0x01, 0xff];
/// let message = ManagementMessage::parse(&octets).unwrap();
/// assert_eq!(message, ManagementMessage { kind: ManagementKind::IdentityRequest, reference: 0x1234, action: 127 });
/// assert_eq!(message.encode(), octets);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ManagementMessage {
    pub kind: ManagementKind,
    pub reference: u16,
    /// A TEI value; 127 stands for any or all.
    pub action: u8,
}

impl ManagementMessage {
    pub(crate) const fn new(kind: ManagementKind, reference: u16, action: u8) -> ManagementMessage {
        ManagementMessage { kind, reference, action }
    }

    /// The information field of a UI frame of SAPI 63. None: of another entity, of no known type, or of the wrong length (discarded, 5.3.1).
    pub fn parse(information: &[u8]) -> Option<ManagementMessage> {
        // Action indicators may go on to further octets (5.3.1.4), which no message of table 8 but the check response uses.
        let [ENTITY, high, low, kind, action, ..] = *information else { return None };
        let kind = ManagementKind::ALL.into_iter().find(|it| it.value() == kind)?;
        Some(ManagementMessage { kind, reference: u16::from_be_bytes([high, low]), action: action >> 1 })
    }

    pub fn encode(self) -> [u8; 5] {
        let [high, low] = self.reference.to_be_bytes();
        [ENTITY, high, low, self.kind.value(), self.action << 1 | 1]
    }
}
