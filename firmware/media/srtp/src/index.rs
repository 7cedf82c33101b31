use crate::shape::Refused;

/// Packets back that are told from their repetitions (RFC 3711 3.3.2 asks for 64).
const WINDOW: u64 = 128;

/// The newest index of a stream, and which of those before it were there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// None: no packet yet.
    newest: Option<u64>,
    /// By distance from the newest.
    bits: u128,
}

impl Seen {
    /// RFC 3711 3.3.1 and appendix A: the index that is nearest to the newest. None: before the first of all.
    pub(crate) fn index_of(&self, sequence: u16) -> Option<u64> {
        let Some(newest) = self.newest else { return Some(u64::from(sequence)) };
        let (around, last) = (newest >> 16, newest as u16);
        let guess = if last < 0x8000 && sequence > last && sequence - last > 0x8000 {
            around.checked_sub(1)?
        } else if last >= 0x8000 && sequence < last - 0x8000 {
            around + 1
        } else {
            around
        };
        Some(guess << 16 | u64::from(sequence))
    }

    /// Whether the index is new, as far as is remembered.
    pub(crate) fn check(&self, index: u64) -> Result<(), Refused> {
        match self.newest.and_then(|newest| newest.checked_sub(index)) {
            Some(back) if back >= WINDOW || self.bits >> back & 1 == 1 => Err(Refused::Replayed),
            Some(_) | None => Ok(()),
        }
    }

    /// A packet of this index is good.
    pub(crate) fn note(&mut self, index: u64) {
        let newest = self.newest.unwrap_or(index);
        if index >= newest {
            let ahead = index - newest;
            self.bits = if ahead < WINDOW { self.bits << ahead } else { 0 } | 1;
            self.newest = Some(index);
        } else if newest - index < WINDOW {
            self.bits |= 1 << (newest - index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers run around, packets overtake one another over the edge: each has the index that a count without end would give it.
    #[test]
    fn indices_go_on_over_the_edge() {
        let mut seen = Seen::default();
        for index in (65_000..200_000u64).step_by(2).flat_map(|at| [at + 41, at]) {
            // The first number of all has no turns behind it: a telephone begins in the lower half, or a packet late means no turn yet.
            if index > 65_535 || seen.newest.is_some() || index == 65_041 {
                assert_eq!(seen.index_of(index as u16), Some(index));
            }
            seen.note(index);
        }
    }

    /// Each index is good once, however the packets come; one further back than is remembered is not.
    #[test]
    fn repetitions_are_known() {
        let mut seen = Seen::default();
        for index in [1000, 1003, 1001, 1127] {
            assert_eq!(seen.check(index), Ok(()));
            seen.note(index);
            assert_eq!(seen.check(index), Err(Refused::Replayed));
        }
        assert_eq!((seen.check(1002), seen.check(999)), (Ok(()), Err(Refused::Replayed)));
        seen.note(5000);
        assert_eq!((seen.check(1127), seen.check(4999)), (Err(Refused::Replayed), Ok(())));
    }

    /// A packet before the first number of all has no index.
    #[test]
    fn nothing_is_before_the_first() {
        let mut seen = Seen::default();
        seen.note(3);
        assert_eq!(seen.index_of(65_000), None);
    }
}
