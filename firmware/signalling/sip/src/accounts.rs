use crate::digest::Secret;
use numbering::Digits;
use plan::CodecName;

/// A telephone that may register and call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub extension: Digits,
    /// Shown to whom it calls.
    pub name: String,
    pub secret: Secret,
    /// Its codecs in the order in which they are wanted; empty: those of the configuration.
    pub codecs: Vec<CodecName>,
}
