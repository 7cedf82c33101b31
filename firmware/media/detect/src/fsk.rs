//! Octets of a 1200 baud modem: the exchange's message about a caller.

use std::f64::consts::TAU;

/// Samples of a bit.
const BIT: f32 = 8000.0 / 1200.0;
/// Samples that are correlated: about a bit.
const WINDOW: usize = 7;
/// A sine of 0 dBm0 has this peak on the 16-bit scale.
const PEAK_0_DBM0: f32 = 22_827.0;
/// -40 dBm0: the least signal of GR-30 is some decibels above.
const LEAST_PEAK: f32 = PEAK_0_DBM0 * 0.01;
/// Of the energy the stronger frequency accounts for, on average, at least: speech and noise move about.
const LEAST_PURITY: f32 = 0.75;
/// Of its average level a bit has at least this: less is the end of the signal, not a bit.
const LEAST_OF_LEVEL: f32 = 0.35;
/// Share of a new sample in the averages: some 20 bits.
const SHARE: f32 = 1.0 / 128.0;

/// What a modem's signal brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FskEvent {
    /// A modem is heard.
    Carrier,
    Octet(u8),
    /// A stop bit was missing: the octet is lost.
    Framing,
    /// It is heard no more.
    Silence,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Uart {
    /// Mark; a fall begins an octet.
    Idle,
    /// Samples until the middle of the next bit, which one it is, and the bits so far.
    Bits { wait: f32, number: u8, octet: u8 },
    /// After a missing stop bit: mark must come first.
    Lost,
}

/// Listens for one modem.
#[derive(Clone, Debug)]
pub struct FskReceiver {
    /// Cosine and negative sine of mark and space, over the samples after which both repeat (20 ms, hundreds of hertz).
    waves: Box<[[f32; 4]; 160]>,
    at: usize,
    /// Products of the last samples with the waves, and their energies.
    products: [[f32; 5]; WINDOW],
    place: usize,
    /// Mark's amplitude less space's, at the sample before.
    before: f32,
    level: f32,
    purity: f32,
    carrier: bool,
    uart: Uart,
}

impl FskReceiver {
    /// For a modem's frequencies, Hz, multiples of 50.
    pub fn new(mark: u16, space: u16) -> FskReceiver {
        let waves = |n: usize| {
            let angle = |hertz: u16| TAU * f64::from(hertz) * n as f64 / 8000.0;
            let (mark, space) = (angle(mark), angle(space));
            [mark.cos(), -mark.sin(), space.cos(), -space.sin()].map(|wave| wave as f32)
        };
        FskReceiver {
            waves: Box::new(std::array::from_fn(waves)),
            at: 0,
            products: [[0.0; 5]; WINDOW],
            place: 0,
            before: 0.0,
            level: 0.0,
            purity: 0.0,
            carrier: false,
            uart: Uart::Lost,
        }
    }

    /// Hears samples, any number of them.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(FskEvent)) {
        for sample in samples {
            let (now, most) = self.correlate(f32::from(*sample));
            self.watch_carrier(&mut tell);
            if self.carrier {
                if most < self.level * LEAST_OF_LEVEL {
                    self.uart = Uart::Lost;
                }
                self.bits(now, &mut tell);
            }
            self.before = now;
        }
    }

    /// Mark's amplitude less space's over the last bit, and the greater of them.
    fn correlate(&mut self, sample: f32) -> (f32, f32) {
        let wave = self.waves[self.at];
        self.at = (self.at + 1) % self.waves.len();
        self.products[self.place] =
            [sample * wave[0], sample * wave[1], sample * wave[2], sample * wave[3], sample * sample];
        self.place = (self.place + 1) % WINDOW;
        let mut sums = [0f32; 5];
        for product in &self.products {
            sums.iter_mut().zip(product).for_each(|(sum, part)| *sum += part);
        }
        let [mark_re, mark_im, space_re, space_im, energy] = sums;
        let mark = (mark_re * mark_re + mark_im * mark_im).sqrt() * (2.0 / WINDOW as f32);
        let space = (space_re * space_re + space_im * space_im).sqrt() * (2.0 / WINDOW as f32);
        let most = mark.max(space);
        let purity = most * most * (WINDOW as f32 / 2.0) / energy.max(1.0);
        self.level += (most - self.level) * SHARE;
        self.purity += (purity.min(1.5) - self.purity) * SHARE;
        (mark - space, most)
    }

    fn watch_carrier(&mut self, tell: &mut impl FnMut(FskEvent)) {
        let heard = self.level >= LEAST_PEAK && self.purity >= LEAST_PURITY;
        if heard == self.carrier {
            return;
        }
        // It goes a little later than it comes, so that it does not flutter at its limit.
        if !heard && self.level >= LEAST_PEAK / 2.0 && self.purity >= LEAST_PURITY * 0.8 {
            return;
        }
        self.carrier = heard;
        self.uart = Uart::Lost;
        tell(if heard { FskEvent::Carrier } else { FskEvent::Silence });
    }

    fn bits(&mut self, now: f32, tell: &mut impl FnMut(FskEvent)) {
        match &mut self.uart {
            Uart::Lost if now > 0.0 => self.uart = Uart::Idle,
            Uart::Lost => {}
            Uart::Idle if now < 0.0 && self.before >= 0.0 => {
                // Where between the two samples it fell.
                let ago = now / (now - self.before);
                self.uart = Uart::Bits { wait: BIT / 2.0 - ago, number: 0, octet: 0 };
            }
            Uart::Idle => {}
            Uart::Bits { wait, number, octet } => {
                *wait -= 1.0;
                if *wait > 0.0 {
                    return;
                }
                // `wait` is how long ago the middle was.
                let one = now + (self.before - now) * -*wait > 0.0;
                *wait += BIT;
                self.uart = match *number {
                    // No start bit: noise on the mark.
                    0 if one => Uart::Idle,
                    9 if one => {
                        tell(FskEvent::Octet(*octet));
                        Uart::Idle
                    }
                    9 => {
                        tell(FskEvent::Framing);
                        Uart::Lost
                    }
                    number => {
                        let octet = if number == 0 { 0 } else { *octet >> 1 | u8::from(one) << 7 };
                        Uart::Bits { wait: *wait, number: number + 1, octet }
                    }
                };
            }
        }
    }
}
