use super::message::{ANY_TEI, ManagementMessage};

/// The TEI of the broadcast data link, 3.3.4.
pub const GROUP_TEI: u8 = ANY_TEI;
/// The first of the values that are assigned automatically (3.3.4.2).
pub const FIRST_AUTOMATIC_TEI: u8 = 64;

/// What management wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ordered {
    Send(ManagementMessage),
    /// MDL-ASSIGN.
    Assign(u8),
    /// MDL-REMOVE.
    Remove(u8),
    /// MDL-ERROR response: no TEI was to be had (5.3.2.1), or the network does not want the fixed one (5.3.4.2).
    Failed,
}
