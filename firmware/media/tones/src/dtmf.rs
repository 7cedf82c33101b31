use crate::Oscillator;
use numbering::{Digits, Key};
use pcm::Linear;

/// Q.23 table 1: the rows of the keypad, hertz.
pub const LOW_GROUP: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// Q.23 table 1: the columns of the keypad, hertz.
pub const HIGH_GROUP: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

const KEYPAD: [&[u8; 4]; 4] = [b"123A", b"456B", b"789C", b"*0#D"];

/// Low and high frequency of a key.
pub fn frequencies(key: Key) -> (f64, f64) {
    let place = |row: &&[u8; 4]| row.iter().position(|c| *c as char == key.as_char());
    let found = KEYPAD.iter().enumerate().find_map(|(row, keys)| place(keys).map(|column| (row, column)));
    // Every Key is on the keypad: the fallback is never reached, and would be a 1.
    let (row, column) = found.unwrap_or((0, 0));
    (LOW_GROUP[row], HIGH_GROUP[column])
}

/// How keys are sent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeyTiming {
    pub on_millis: u16,
    pub off_millis: u16,
    /// Level of the low group.
    pub low_dbm0: f64,
    /// How much louder the high group is, decibels.
    pub twist_db: f64,
}

impl Default for KeyTiming {
    fn default() -> Self {
        KeyTiming { on_millis: 100, off_millis: 100, low_dbm0: -9.0, twist_db: 2.0 }
    }
}

/// The queue of keys to send is full; those that fitted are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderFull;

const QUEUE: usize = 64;

#[derive(Clone, Copy, Debug)]
enum Sending {
    Nothing,
    Tone { low: Oscillator, high: Oscillator, left: u32 },
    Pause { left: u32 },
}

/// Sends keys as DTMF, one after another.
#[derive(Clone, Debug)]
pub struct Sender {
    timing: KeyTiming,
    queue: [u8; QUEUE],
    first: usize,
    waiting: usize,
    sending: Sending,
}

impl Default for Sender {
    fn default() -> Self {
        Sender::new(KeyTiming::default())
    }
}

impl Sender {
    pub fn new(timing: KeyTiming) -> Sender {
        Sender { timing, queue: [0; QUEUE], first: 0, waiting: 0, sending: Sending::Nothing }
    }

    /// Puts `keys` behind those still to send.
    pub fn send(&mut self, keys: &Digits) -> Result<(), SenderFull> {
        for key in keys.keys() {
            if self.waiting == QUEUE {
                return Err(SenderFull);
            }
            self.queue[(self.first + self.waiting) % QUEUE] = key.event();
            self.waiting += 1;
        }
        Ok(())
    }

    /// Nothing sounds and nothing waits.
    pub fn is_idle(&self) -> bool {
        matches!(self.sending, Sending::Nothing) && self.waiting == 0
    }

    pub fn clear(&mut self) {
        self.waiting = 0;
        self.sending = Sending::Nothing;
    }

    /// The next 20 ms; silence when idle.
    pub fn fill(&mut self, out: &mut Linear) {
        for sample in out {
            *sample = self.sample();
        }
    }

    fn sample(&mut self) -> i16 {
        if let Sending::Nothing = self.sending {
            self.start_next();
        }
        match &mut self.sending {
            Sending::Nothing => 0,
            Sending::Tone { low, high, left } => {
                let sum = low.sample() + high.sample();
                *left -= 1;
                if *left == 0 {
                    self.sending = Sending::Pause { left: millis(self.timing.off_millis) };
                }
                sum.round().clamp(i16::MIN as f64, i16::MAX as f64) as i16
            }
            Sending::Pause { left } => {
                *left -= 1;
                if *left == 0 {
                    self.sending = Sending::Nothing;
                }
                0
            }
        }
    }

    fn start_next(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let event = self.queue[self.first];
        self.first = (self.first + 1) % QUEUE;
        self.waiting -= 1;
        let Some(key) = Key::from_event(event) else { return };
        let (low, high) = frequencies(key);
        self.sending = Sending::Tone {
            low: Oscillator::new(low, self.timing.low_dbm0),
            high: Oscillator::new(high, self.timing.low_dbm0 + self.timing.twist_db),
            left: millis(self.timing.on_millis),
        };
    }
}

/// At least one sample, so that a stretch always ends.
fn millis(millis: u16) -> u32 {
    (millis as u32 * pcm::RATE / 1000).max(1)
}
