//! Channel associated signalling in timeslot 16 (G.704 5.1.3.2): a multiframe of 16, frame 0 its alignment, frame n the bits of
//! timeslots n and n + 16.

/// The four signalling bits of a timeslot, a highest. 0000 is not allowed: it imitates the alignment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Abcd(u8);

impl Abcd {
    /// 1101: idle as most exchanges send it.
    pub const IDLE: Abcd = Abcd(0b1101);

    pub const fn new(bits: u8) -> Option<Abcd> {
        if bits == 0 || bits > 15 { None } else { Some(Abcd(bits)) }
    }

    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// Multiframe alignment word 0000, then spare 1, alarm y 0, spare 11.
const ALIGNMENT: u8 = 0x0b;

/// The signalling timeslots that frame `n` carries.
fn pair(frame: u8) -> (u8, u8) {
    (frame, frame + 16)
}

#[derive(Clone, Debug)]
pub(crate) struct CasSender {
    frame: u8,
    bits: [Abcd; 32],
}

impl Default for CasSender {
    fn default() -> CasSender {
        CasSender { frame: 0, bits: [Abcd::IDLE; 32] }
    }
}

impl CasSender {
    /// False if `slot` carries no speech (0, 16, over 31).
    pub(crate) fn set(&mut self, slot: u8, abcd: Abcd) -> bool {
        let speech = matches!(slot, 1..=15 | 17..=31);
        if speech {
            self.bits[usize::from(slot)] = abcd;
        }
        speech
    }

    pub(crate) fn next(&mut self) -> u8 {
        let frame = self.frame;
        self.frame = (frame + 1) % 16;
        if frame == 0 {
            return ALIGNMENT;
        }
        let (low, high) = pair(frame);
        self.bits[usize::from(low)].bits() << 4 | self.bits[usize::from(high)].bits()
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct CasReceiver {
    /// Position in the multiframe, once its alignment was seen.
    frame: Option<u8>,
    bits: [Option<Abcd>; 32],
    /// A changed value must come twice before it is told (Q.421 3.2.3 wants 20 ms at most; one more multiframe is 2 ms).
    candidates: [u8; 32],
}

impl CasReceiver {
    pub(crate) fn bits(&self, slot: u8) -> Option<Abcd> {
        self.bits.get(usize::from(slot)).copied().flatten()
    }

    pub(crate) fn lose(&mut self) {
        self.frame = None;
    }

    /// Takes timeslot 16 of the next frame and tells the timeslots whose bits changed.
    pub(crate) fn take(&mut self, octet: u8, mut tell: impl FnMut(u8, Abcd)) {
        let aligned = octet >> 4 == 0;
        self.frame = match self.frame {
            None => aligned.then_some(1),
            // The word must come where it is due and nowhere else.
            Some(0) => aligned.then_some(1),
            Some(_) if aligned => None,
            Some(frame) => {
                let (low, high) = pair(frame);
                self.bits_came(low, octet >> 4, &mut tell);
                self.bits_came(high, octet & 0x0f, &mut tell);
                Some((frame + 1) % 16)
            }
        };
    }

    fn bits_came(&mut self, slot: u8, bits: u8, tell: &mut impl FnMut(u8, Abcd)) {
        let place = usize::from(slot);
        let twice = std::mem::replace(&mut self.candidates[place], bits) == bits;
        let Some(abcd) = Abcd::new(bits) else { return };
        if twice && self.bits[place] != Some(abcd) {
            self.bits[place] = Some(abcd);
            tell(slot, abcd);
        }
    }
}
