//! Built without the feature `g729`: there is none.

use crate::duration::G729_FRAME;

pub(crate) const FRAME: usize = 80;

pub(crate) fn is_available() -> bool {
    false
}

/// Cannot be made.
pub(crate) enum Encoder {}

impl Encoder {
    pub(crate) fn new(_annex_b: bool) -> Option<Encoder> {
        None
    }

    pub(crate) fn encode(&mut self, _speech: &[i16; FRAME], _coded: &mut [u8; G729_FRAME]) -> usize {
        match *self {}
    }
}

/// Cannot be made.
pub(crate) enum Decoder {}

impl Decoder {
    pub(crate) fn new() -> Option<Decoder> {
        None
    }

    pub(crate) fn decode(&mut self, _frame: Option<&[u8]>, _speech: &mut [i16; FRAME]) {
        match *self {}
    }
}
