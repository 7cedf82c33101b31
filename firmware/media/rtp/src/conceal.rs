use pcm::{BLOCK, Speech, alaw, mulaw};
use plan::Law;

/// Blocks after which a gap has faded to silence.
const FADE_BLOCKS: i32 = 3;

/// What fills a gap: the last 20 ms again, fading out over 60 ms.
#[derive(Clone, Debug)]
pub(crate) struct Concealment {
    last: Speech,
    law: Law,
    /// Samples concealed since the last good one.
    gone: i32,
}

impl Default for Concealment {
    fn default() -> Self {
        Concealment { last: alaw::SILENT, law: Law::A, gone: 0 }
    }
}

pub(crate) fn decode(octet: u8, law: Law) -> i16 {
    match law {
        Law::A => alaw::decode(octet),
        Law::Mu => mulaw::decode(octet),
    }
}

pub(crate) fn encode(sample: i16, law: Law) -> u8 {
    match law {
        Law::A => alaw::encode(sample),
        Law::Mu => mulaw::encode(sample),
    }
}

impl Concealment {
    /// The octet for position `at` of the block in the making.
    pub(crate) fn fill(&mut self, at: usize, law: Law) -> u8 {
        let span = FADE_BLOCKS * BLOCK as i32;
        let left = (span - self.gone).max(0);
        self.gone = (self.gone + 1).min(span);
        let sample = decode(self.last[at], self.law) as i32 * left / span;
        encode(sample as i16, law)
    }

    /// A good octet ends the fading.
    pub(crate) fn heard(&mut self) {
        self.gone = 0;
    }

    /// Remembers the block that went out, if it is real speech.
    pub(crate) fn remember(&mut self, block: &Speech, law: Law) {
        if self.gone == 0 {
            self.last = *block;
            self.law = law;
        }
    }
}
