use pcm::{BLOCK, alaw, mulaw};
use plan::Law;

/// Blocks after which a gap has faded to silence.
const FADE_BLOCKS: i32 = 3;

/// What fills a gap: the last 20 ms again, fading out over 60 ms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concealment {
    /// Where the last 20 ms begin in the buffer, and their law.
    last: Option<(u32, Law)>,
    /// Samples concealed since the last good one.
    gone: i32,
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
    /// The next octet. `octet_of` finds one of the last 20 ms, by their first timestamp.
    pub(crate) fn fill(&mut self, law: Law, octet_of: impl Fn(u32) -> u8) -> u8 {
        let span = FADE_BLOCKS * BLOCK as i32;
        let left = (span - self.gone).max(0);
        self.gone = (self.gone + 1).min(span);
        let last = self.last.map_or(0, |(last, law)| decode(octet_of(last), law));
        encode((i32::from(last) * left / span) as i16, law)
    }

    /// A good octet ends the fading.
    pub(crate) fn heard(&mut self) {
        self.gone = 0;
    }

    /// The block that begins there went out: it is what would be heard again, if it ends with real speech.
    pub(crate) fn remember(&mut self, last: u32, law: Law) {
        if self.gone == 0 {
            self.last = Some((last, law));
        }
    }

    /// The buffer begins anew.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }
}
