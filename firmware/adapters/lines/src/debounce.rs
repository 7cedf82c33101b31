use clock::{Millis, Monotonic};
use legs::Alarms;

/// An alarm must stand this long before the exchange hears of it: a burst on the line drops no call.
const BEGINS_AFTER: Millis = Millis(2500);

/// All must be well for this long before the span serves again.
const ENDS_AFTER: Millis = Millis(1000);

/// Alarms that come and go within moments are kept from the exchange.
///
/// ```text
///            raw differs                     stood long enough
/// settled ---------------> changing(since) -------------------> settled, told
///    ^                          |
///    +------ raw is as told ----+
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Debounce {
    told: Alarms,
    raw: Alarms,
    changing: Option<Monotonic>,
}

impl Debounce {
    /// The card's alarms changed.
    pub(crate) fn take(&mut self, now: Monotonic, raw: Alarms) {
        let same_trouble = self.raw.out_of_service() == raw.out_of_service();
        self.raw = raw;
        self.changing = match self.changing {
            _ if raw == self.told => None,
            // LOS becoming LFA while the pair is mended is still the same outage.
            Some(since) if same_trouble => Some(since),
            Some(_) | None => Some(now),
        };
    }

    /// What the exchange heard last.
    pub(crate) fn told(&self) -> Alarms {
        self.told
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        let wait = if self.raw.out_of_service() { BEGINS_AFTER } else { ENDS_AFTER };
        self.changing.map(|since| since + wait)
    }

    /// What the exchange is to hear now, if anything.
    pub(crate) fn expire(&mut self, now: Monotonic) -> Option<Alarms> {
        if self.deadline()? > now {
            return None;
        }
        self.changing = None;
        self.told = self.raw;
        Some(self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOS: Alarms = Alarms { card: false, los: true, lfa: false, ais: false, rai: false };
    const LFA: Alarms = Alarms { card: false, los: false, lfa: true, ais: false, rai: false };
    const NONE: Alarms = Alarms { card: false, los: false, lfa: false, ais: false, rai: false };

    /// A burst that ends by itself must not clear sixty calls.
    #[test]
    fn short_burst_is_kept_quiet() {
        let mut debounce = Debounce::default();
        debounce.take(Monotonic(0), LOS);
        debounce.take(Monotonic(400), NONE);
        assert_eq!(debounce.deadline(), None);
        assert_eq!(debounce.expire(Monotonic(9000)), None);
    }

    #[test]
    fn outage_is_told_once_and_its_end_when_it_lasts() {
        let mut debounce = Debounce::default();
        debounce.take(Monotonic(0), LOS);
        debounce.take(Monotonic(1000), LFA);
        assert_eq!(debounce.expire(Monotonic(2499)), None);
        assert_eq!(debounce.expire(Monotonic(2500)), Some(LFA));
        assert_eq!(debounce.expire(Monotonic(2600)), None);
        debounce.take(Monotonic(5000), NONE);
        debounce.take(Monotonic(5500), LOS);
        debounce.take(Monotonic(5600), NONE);
        assert_eq!(debounce.expire(Monotonic(6599)), None);
        assert_eq!(debounce.expire(Monotonic(6600)), Some(NONE));
    }
}
