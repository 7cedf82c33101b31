use clock::Monotonic;
use numbering::Key;

/// Pulses of a rotary dial, counted into a digit: one pulse is 1, ten are 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rotary {
    pulses: u8,
    until: Option<Monotonic>,
}

impl Rotary {
    /// A pulse; the digit is over if none follows until then. True: it is the digit's first.
    pub(crate) fn pulse(&mut self, until: Monotonic) -> bool {
        self.pulses = self.pulses.saturating_add(1);
        self.until = Some(until);
        self.pulses == 1
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        self.until
    }

    pub(crate) fn expire(&mut self, now: Monotonic) -> Option<Key> {
        if self.until? > now {
            return None;
        }
        self.until = None;
        match std::mem::take(&mut self.pulses) {
            10 => Key::new('0'),
            // More is no digit: a dial that sticks, or somebody who plays with the hook.
            pulses @ 1..10 => Key::new(char::from(b'0' + pulses)),
            _ => None,
        }
    }
}
