//! Where a piece of sound that came out had gone in: normalised cross-correlation.

use crate::tap::Stamped;
use pcm::alaw;

/// Samples that are compared: 20 ms.
const WINDOW: usize = 160;

/// A piece that resembles less what went in has been changed on the way: it says nothing of the delay.
const RESEMBLES: f64 = 0.8;

/// Longest delay looked for, seconds.
const LONGEST: f64 = 0.3;

/// What was found.
#[derive(Default)]
pub struct Delays {
    /// Milliseconds from each piece's last octet in to the same octet out.
    pub millis: Vec<f64>,
    /// Pieces that resemble nothing that went in.
    pub strange: usize,
}

/// Delays of every 20 ms of `out` that came after the first `skip` seconds of the track.
pub fn delays(input: &Stamped, output: &Stamped, skip: f64) -> Delays {
    let linear = |track: &Stamped| track.octets.iter().map(|octet| f64::from(alaw::decode(*octet))).collect::<Vec<_>>();
    let (went_in, came_out) = (linear(input), linear(output));
    let mut found = Delays::default();
    let begins = output.seconds.first().copied().unwrap_or_default() + skip;
    for (piece, times) in came_out.chunks_exact(WINDOW).zip(output.seconds.chunks_exact(WINDOW)) {
        let came = times[WINDOW - 1];
        if came < begins {
            continue;
        }
        let from = input.seconds.partition_point(|at| *at < came - LONGEST);
        let to = input.seconds.partition_point(|at| *at <= came).saturating_sub(WINDOW);
        let places = (from..to).map(|place| (place, resemblance(piece, &went_in[place..place + WINDOW])));
        match places.max_by(|one, other| one.1.total_cmp(&other.1)) {
            Some((place, alike)) if alike >= RESEMBLES => {
                found.millis.push((came - input.seconds[place + WINDOW - 1]) * 1e3);
            }
            _ => found.strange += 1,
        }
    }
    found
}

fn resemblance(one: &[f64], other: &[f64]) -> f64 {
    let (mut both, mut first, mut second) = (0.0, 1e-9, 1e-9);
    for (a, b) in one.iter().zip(other) {
        both += a * b;
        first += a * a;
        second += b * b;
    }
    both / f64::sqrt(first * second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tap::Track;

    /// Sound that comes out 17 ms later, and starts in the midst of a piece, is found to be 17 ms late.
    #[test]
    fn known_delay_is_found() {
        let mut random = far_exchange::random::Random::new(1);
        let noise: Vec<u8> = (0..8000).map(|_| alaw::encode(random.below(8000) as i16 - 4000)).collect();
        let (input, output) = (Track::default(), Track::default());
        input.add(1.0, noise.iter().copied());
        output.add(1.017, noise[77..].iter().copied());
        let found = delays(&input.taken(), &output.taken(), 0.0);
        assert_eq!(found.strange, 0);
        assert!(found.millis.iter().all(|delay| (delay - 17.0).abs() < 0.01) && found.millis.len() > 40);
    }

    #[test]
    fn other_sound_is_strange() {
        let mut random = far_exchange::random::Random::new(1);
        let mut noise = || (0..1600).map(|_| alaw::encode(random.below(8000) as i16 - 4000)).collect::<Vec<u8>>();
        let (input, output) = (Track::default(), Track::default());
        input.add(1.0, noise().into_iter());
        output.add(1.0, noise().into_iter());
        let found = delays(&input.taken(), &output.taken(), 0.0);
        assert!(found.millis.is_empty() && found.strange == 10);
    }
}
