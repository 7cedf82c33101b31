use crate::conceal::encode;
use pcm::Speech;
use plan::Law;

/// Static payload type of comfort noise at 8 kHz (RFC 3551 6).
pub const COMFORT_NOISE: u8 = 13;

/// Noise in the place of silence that is not sent: RFC 3389. The spectrum, which is optional there, is not followed: it is white.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ComfortNoise {
    /// Samples are spread evenly up to this far from nothing.
    reach: u16,
    random: u32,
}

impl ComfortNoise {
    /// What a payload asks for. None: it has no level.
    pub fn parse(payload: &[u8]) -> Option<ComfortNoise> {
        // RFC 3389 3.1: below the loudest, in decibels; the first bit is always 0.
        let below = f64::from(*payload.first()? & 0x7f);
        // Evenly spread samples have a third of the square of their reach.
        let reach = 32_767.0 * 3f64.sqrt() * 10f64.powf(-below / 20.0);
        Some(ComfortNoise { reach: reach.min(32_767.0) as u16, random: 0x9e37_79b9 })
    }

    /// The next 20 ms.
    pub fn fill(&mut self, law: Law, out: &mut Speech) {
        for octet in out {
            // Xorshift: quick, and nobody hears that it repeats after nine hours.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            let spread = i32::from((self.random >> 16) as i16) * i32::from(self.reach) / 32_768;
            *octet = encode(spread as i16, law);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conceal::decode;

    /// Noise is as loud as was asked for, within a decibel, in both laws.
    #[test]
    fn noise_is_as_loud_as_asked() {
        for below in [30u8, 40, 50] {
            for law in [Law::A, Law::Mu] {
                let mut noise = ComfortNoise::parse(&[below]).expect("a level");
                let (mut block, mut power) = ([0; pcm::BLOCK], 0.0);
                for _ in 0..100 {
                    noise.fill(law, &mut block);
                    power += block.iter().map(|octet| f64::from(decode(*octet, law)).powi(2)).sum::<f64>();
                }
                let level = 10.0 * (power / (100.0 * pcm::BLOCK as f64)).log10() - 20.0 * 32_767f64.log10();
                assert!((level + f64::from(below)).abs() < 1.0, "{level} dBov for -{below}");
            }
        }
        assert_eq!(ComfortNoise::parse(&[]), None);
    }
}
