//! What people say: babble of a given pitch, keys, tones; all as A-law octets.

use numbering::Digits;
use pcm::alaw;
use plan::Tone;
use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::sync::Arc;

const RATE: f64 = 8000.0;

/// A voice that babbles: harmonics of one pitch, syllables four times a second, pauses for breath. Its overtones stay below the high
/// group of DTMF, so that nobody's ear takes it for a key.
#[derive(Clone, Debug)]
pub struct Talker {
    pitch: f64,
    position: u64,
}

/// Loudness of the overtones.
const OVERTONES: [f64; 4] = [0.5, 0.25, 0.15, 0.1];

impl Talker {
    pub fn new(pitch: f64) -> Talker {
        Talker { pitch, position: 0 }
    }

    fn sample(&mut self) -> u8 {
        let at = self.position as f64 / RATE;
        self.position += 1;
        if at % 2.3 > 1.7 {
            return alaw::SILENCE;
        }
        let syllable = 0.55 - 0.45 * (TAU * 4.0 * at).cos();
        let sound: f64 =
            OVERTONES.iter().zip(1..).map(|(loud, n)| loud * (TAU * self.pitch * f64::from(n) * at).sin()).sum();
        alaw::encode((sound * syllable * 12_000.0) as i16)
    }
}

/// What a party's mouth does.
#[derive(Debug)]
pub enum Saying {
    Nothing,
    Babble(Talker),
    /// A recorded sentence, again and again.
    Recorded {
        octets: Arc<[u8]>,
        next: usize,
    },
    Tone {
        sound: tones::ToneLoop,
        position: usize,
    },
}

/// A mouth, and fingers on the keys: keys go before speech.
#[derive(Debug)]
pub struct Mouth {
    saying: Saying,
    keys: tones::Sender,
    made: VecDeque<u8>,
}

impl Default for Mouth {
    fn default() -> Mouth {
        Mouth { saying: Saying::Nothing, keys: tones::Sender::default(), made: VecDeque::new() }
    }
}

impl Mouth {
    pub fn say(&mut self, saying: Saying) {
        self.saying = saying;
    }

    pub fn tone(&mut self, tone: Tone) {
        self.saying = Saying::Tone { sound: tones::Tones::default().of(tone).clone(), position: 0 };
    }

    pub fn press(&mut self, keys: &Digits) {
        // Sixty keys wait at most: nobody here presses as many.
        let _full = self.keys.send(keys);
    }

    /// The next octets that the mouth makes.
    pub fn fill(&mut self, out: &mut [u8]) {
        for octet in out {
            if self.made.is_empty() {
                self.make_block();
            }
            *octet = self.made.pop_front().unwrap_or(alaw::SILENCE);
        }
    }

    fn make_block(&mut self) {
        if !self.keys.is_idle() {
            let mut block = [0; pcm::BLOCK];
            self.keys.fill(&mut block);
            self.made.extend(alaw::encode_block(&block));
            return;
        }
        match &mut self.saying {
            Saying::Nothing => self.made.extend([alaw::SILENCE; pcm::BLOCK]),
            Saying::Babble(talker) => self.made.extend((0..pcm::BLOCK).map(|_| talker.sample())),
            Saying::Recorded { octets, next } => {
                for _ in 0..pcm::BLOCK {
                    self.made.push_back(octets.get(*next).copied().unwrap_or(alaw::SILENCE));
                    *next = (*next + 1) % octets.len().max(1);
                }
            }
            Saying::Tone { sound, position } => {
                let mut block = alaw::SILENT;
                sound.fill(position, &mut block);
                self.made.extend(block);
            }
        }
    }
}

/// An ear: how long something was heard, in octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ear {
    heard: u64,
}

/// About -40 dBm0: louder than the noise of a line.
const AUDIBLE: u16 = 330;

impl Ear {
    pub fn hear(&mut self, octets: &[u8]) {
        let loud = octets.iter().any(|octet| alaw::decode(*octet).unsigned_abs() > AUDIBLE);
        if loud {
            self.heard += octets.len() as u64;
        }
    }

    /// Milliseconds of sound heard so far.
    pub fn millis(&self) -> u64 {
        self.heard / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power_at(octets: &[u8], hertz: f64) -> f64 {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, octet) in octets.iter().enumerate() {
            let sample = f64::from(alaw::decode(*octet));
            real += sample * (TAU * hertz * n as f64 / RATE).cos();
            imaginary += sample * (TAU * hertz * n as f64 / RATE).sin();
        }
        (real * real + imaginary * imaginary).sqrt() / octets.len() as f64
    }

    /// A recording tells caller and agent apart by their pitch: each voice must have its own.
    #[test]
    fn voices_are_told_apart_by_pitch() {
        let mut octets = vec![0; 8000];
        let mut mouth = Mouth::default();
        mouth.say(Saying::Babble(Talker::new(140.0)));
        mouth.fill(&mut octets);
        assert!(power_at(&octets, 140.0) > 10.0 * power_at(&octets, 210.0));
    }

    #[test]
    fn keys_interrupt_speech_and_the_ear_hears_them() {
        let mut mouth = Mouth::default();
        mouth.press(&"1".parse().unwrap());
        let mut octets = vec![0; 800];
        mouth.fill(&mut octets);
        let (low, high) = tones::frequencies(numbering::Key::new('1').unwrap());
        assert!(power_at(&octets, low) > 500.0 && power_at(&octets, high) > 500.0);
        let mut ear = Ear::default();
        ear.hear(&octets);
        assert_eq!(ear.millis(), 100);
        let silent = [alaw::SILENCE; 80];
        ear.hear(&silent);
        assert_eq!(ear.millis(), 100);
    }
}
