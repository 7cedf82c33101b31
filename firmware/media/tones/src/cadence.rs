use crate::Oscillator;
use pcm::{Speech, alaw};
use plan::Tone;

/// Level of every tone.
pub const LEVEL_DBM0: f64 = -10.0;

/// One stretch of a cadence: hertz (0: silence) and milliseconds.
type Stretch = (u16, u32);

/// One turn of a tone. 450 Hz comes round after 20 ms, so continuous tones loop without a seam.
fn cadence(tone: Tone) -> &'static [Stretch] {
    match tone {
        Tone::Dial => &[(450, 1000)],
        Tone::Ringback => &[(450, 1000), (0, 4000)],
        Tone::Busy => &[(450, 350), (0, 350)],
        Tone::Congestion => &[(450, 700), (0, 700)],
        Tone::SpecialDial => &[(450, 400), (0, 40)],
        Tone::SpecialInformation => &[(950, 330), (1400, 330), (1800, 330), (0, 1000)],
        Tone::Beep => &[(1000, 200), (0, 20)],
        Tone::CallWaiting => &[(450, 400), (0, 4000)],
    }
}

/// A tone as A-law octets, ready to be copied.
#[derive(Clone, Debug)]
pub struct ToneLoop {
    octets: Box<[u8]>,
    /// Starts again after its end; otherwise silence follows.
    repeats: bool,
}

impl ToneLoop {
    fn new(tone: Tone) -> ToneLoop {
        let mut octets = Vec::new();
        for (hertz, millis) in cadence(tone) {
            let samples = (millis * pcm::RATE / 1000) as usize;
            if *hertz == 0 {
                octets.resize(octets.len() + samples, alaw::SILENCE);
            } else {
                let mut sine = Oscillator::new(*hertz as f64, LEVEL_DBM0);
                octets.extend((0..samples).map(|_| alaw::encode(sine.sample().round() as i16)));
            }
        }
        ToneLoop { octets: octets.into(), repeats: tone != Tone::Beep }
    }

    /// The next 20 ms from `position`, which it moves on.
    pub fn fill(&self, position: &mut usize, out: &mut Speech) {
        let mut filled = 0;
        while filled < out.len() {
            if *position >= self.octets.len() {
                if !self.repeats {
                    out[filled..].fill(alaw::SILENCE);
                    return;
                }
                *position = 0;
            }
            let count = (out.len() - filled).min(self.octets.len() - *position);
            out[filled..filled + count].copy_from_slice(&self.octets[*position..*position + count]);
            filled += count;
            *position += count;
        }
    }

    /// Samples of one turn.
    pub fn turn(&self) -> usize {
        self.octets.len()
    }
}

/// Every tone of [`Tone`], made once at start.
#[derive(Clone, Debug)]
pub struct Tones {
    loops: [ToneLoop; 8],
}

impl Default for Tones {
    fn default() -> Self {
        let all = [
            Tone::Dial,
            Tone::Ringback,
            Tone::Busy,
            Tone::Congestion,
            Tone::SpecialDial,
            Tone::SpecialInformation,
            Tone::Beep,
            Tone::CallWaiting,
        ];
        Tones { loops: all.map(ToneLoop::new) }
    }
}

impl Tones {
    pub fn of(&self, tone: Tone) -> &ToneLoop {
        let place = match tone {
            Tone::Dial => 0,
            Tone::Ringback => 1,
            Tone::Busy => 2,
            Tone::Congestion => 3,
            Tone::SpecialDial => 4,
            Tone::SpecialInformation => 5,
            Tone::Beep => 6,
            Tone::CallWaiting => 7,
        };
        &self.loops[place]
    }
}
