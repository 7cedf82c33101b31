use crate::digest::Secret;
use numbering::Digits;

/// A telephone that may register and call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub extension: Digits,
    /// Shown to whom it calls.
    pub name: String,
    pub secret: Secret,
}
