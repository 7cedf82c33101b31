use std::collections::VecDeque;
use std::f64::consts::TAU;

/// Bits of the channel seizure and of the mark before a message (ETS 300 659-1 4.3).
const SEIZURE_BITS: usize = 300;
const MARK_BITS: usize = 180;
/// Mark behind the last octet, so that its stop bit is heard whole.
const LAST_BITS: usize = 10;

/// The two frequencies of a modem of 1200 baud, Hz.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FskModem {
    /// A one.
    pub mark: u16,
    /// A nought.
    pub space: u16,
}

impl FskModem {
    /// Bell 202: North America, China (YD/T 1277.1).
    pub const BELL_202: FskModem = FskModem { mark: 1200, space: 2200 };
    /// ITU-T V.23 mode 2: Europe.
    pub const V23: FskModem = FskModem { mark: 1300, space: 2100 };

    pub const BAUD: u16 = 1200;
}

/// Sends octets as a modem does, without a jump of the phase.
#[derive(Clone, Debug)]
pub struct FskSender {
    modem: FskModem,
    peak: f64,
    bits: VecDeque<bool>,
    phase: f64,
    /// How much of the bit under way has been sent.
    into_bit: f64,
}

impl FskSender {
    pub fn new(modem: FskModem, dbm0: f64) -> FskSender {
        FskSender { modem, peak: pcm::peak_of_dbm0(dbm0), bits: VecDeque::new(), phase: 0.0, into_bit: 0.0 }
    }

    /// Queues a message before the first ring: channel seizure, mark, octets.
    pub fn send(&mut self, octets: &[u8]) {
        self.bits.extend((0..SEIZURE_BITS).map(|n| n % 2 == 1));
        self.send_on_mark(octets);
    }

    /// Without a channel seizure, as for a call that waits.
    pub fn send_on_mark(&mut self, octets: &[u8]) {
        self.bits.extend([true; MARK_BITS]);
        for octet in octets {
            self.bits.push_back(false);
            self.bits.extend((0..8).map(|bit| octet >> bit & 1 == 1));
            self.bits.push_back(true);
        }
        self.bits.extend([true; LAST_BITS]);
    }

    pub fn is_idle(&self) -> bool {
        self.bits.is_empty()
    }

    /// The next samples; silence once everything is sent.
    pub fn fill(&mut self, out: &mut [i16]) {
        let rate = f64::from(pcm::RATE);
        for sample in out {
            let Some(bit) = self.bits.front() else {
                *sample = 0;
                continue;
            };
            let hertz = if *bit { self.modem.mark } else { self.modem.space };
            *sample = (self.peak * self.phase.sin()) as i16;
            self.phase = (self.phase + TAU * f64::from(hertz) / rate) % TAU;
            self.into_bit += f64::from(FskModem::BAUD) / rate;
            if self.into_bit >= 1.0 {
                self.into_bit -= 1.0;
                self.bits.pop_front();
            }
        }
    }
}
