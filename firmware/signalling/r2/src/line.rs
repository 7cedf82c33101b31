//! The bits a and b, and the filter that believes them.

use clock::{Millis, Monotonic};

/// The bits a and b.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bits(u8);

impl Bits {
    /// Idle, and clear-forward.
    pub(crate) const IDLE: Bits = Bits(0b10);
    pub(crate) const SEIZED: Bits = Bits(0b00);
    /// Seizure acknowledged, clear-back, blocked: by what went before.
    pub(crate) const ACKNOWLEDGED: Bits = Bits(0b11);
    pub(crate) const CLEAR_BACK: Bits = Bits(0b11);
    pub(crate) const BLOCKED: Bits = Bits(0b11);
    pub(crate) const ANSWERED: Bits = Bits(0b01);

    pub(crate) const fn of_abcd(abcd: u8) -> Bits {
        Bits(abcd >> 2 & 0b11)
    }

    pub(crate) const fn abcd(self, cd: u8) -> u8 {
        self.0 << 2 | cd & 0b11
    }
}

/// A change counts once it has stood for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    believed: Option<Bits>,
    seen: Option<(Bits, Monotonic)>,
}

impl Filter {
    /// None: nothing was ever believed.
    pub(crate) fn believed(&self) -> Option<Bits> {
        self.believed
    }

    pub(crate) fn see(&mut self, now: Monotonic, bits: Bits, persistence: Millis) {
        self.seen = match self.seen {
            _ if self.believed == Some(bits) => None,
            Some((same, since)) if same == bits => Some((same, since)),
            _ => Some((bits, now + persistence)),
        };
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        self.seen.map(|(_, at)| at)
    }

    /// Bits that are believed from now on.
    pub(crate) fn expire(&mut self, now: Monotonic) -> Option<Bits> {
        let (bits, _) = self.seen.filter(|(_, at)| *at <= now)?;
        self.seen = None;
        self.believed = Some(bits);
        Some(bits)
    }

    /// What is believed counts as news again.
    pub(crate) fn again(&mut self, now: Monotonic, persistence: Millis) {
        let bits = self.seen.map(|(bits, _)| bits).or(self.believed);
        self.believed = None;
        self.seen = bits.map(|bits| (bits, now + persistence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Q.422: a change shorter than the recognition time is none.
    #[test]
    fn a_blink_is_not_believed() {
        let mut filter = Filter::default();
        filter.see(Monotonic(0), Bits::IDLE, Millis(20));
        assert_eq!(filter.expire(Monotonic(20)), Some(Bits::IDLE));
        filter.see(Monotonic(100), Bits::SEIZED, Millis(20));
        filter.see(Monotonic(115), Bits::IDLE, Millis(20));
        assert_eq!((filter.deadline(), filter.expire(Monotonic(200))), (None, None));
        filter.see(Monotonic(300), Bits::SEIZED, Millis(20));
        filter.see(Monotonic(310), Bits::SEIZED, Millis(20));
        assert_eq!(filter.expire(Monotonic(319)), None);
        assert_eq!(filter.expire(Monotonic(320)), Some(Bits::SEIZED));
    }
}
