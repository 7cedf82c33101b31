//! What a call sounds like to people, reckoned out of loss, delay and codec: the E-model, ITU-T G.107 (06/2015), with its default values but for
//! what is measured; the codecs' Ie and Bpl of ITU-T G.113 (11/2007) appendix I and its amendments.

use plan::{Codec, Quality};

/// Ro - Is with all defaults: what is left of the scale of 100 before delay and codec.
const BASE: f64 = 93.2;
/// Ro with all defaults.
const RO: f64 = 94.77;
/// Talker echo loudness rating, weighted echo path loss: defaults.
const TELR: f64 = 65.0;
const WEPL: f64 = 110.0;
/// Roe = -1.5 (No - RLR), with the default noise.
const ROE: f64 = 94.82;

/// What is known of one direction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Path {
    pub codec: Codec,
    /// Share of packets that did not come, or too late.
    pub lost: f64,
    /// Losses in a row against as many by chance: 1 or more.
    pub burst_ratio: f64,
    /// From mouth to ear, milliseconds.
    pub delay_millis: f64,
}

/// Ie and Bpl of G.113 appendix I. None: there are none for it on the scale of the telephone band, on which the E-model is.
fn impairment(codec: Codec) -> Option<(f64, f64)> {
    match codec {
        // With a loss concealment as of G.711 appendix I, which telephones have.
        Codec::G711(_) | Codec::L16 { wide: false } => Some((0.0, 25.1)),
        // G.729 A with voice activity detection.
        Codec::G729(_) => Some((11.0, 19.0)),
        Codec::G722 | Codec::Opus(_) | Codec::L16 { wide: true } => None,
    }
}

/// Idd: too long a way from mouth to ear, even without echo (G.107 7.4).
fn absolute_delay(delay: f64) -> f64 {
    if delay <= 100.0 {
        return 0.0;
    }
    let x = (delay / 100.0).log2();
    25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// Idte and Idle: echoes of talker and listener (G.107 7.4).
fn echoes(delay: f64) -> f64 {
    let terv =
        TELR - 40.0 * ((1.0 + delay / 10.0) / (1.0 + delay / 150.0)).log10() + 6.0 * (-0.3 * delay * delay).exp();
    let half = (ROE - (80.0 + 2.5 * (terv - 14.0))) / 2.0;
    let talker = (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-delay).exp());
    let rle = 10.5 * (WEPL + 7.0) * (2.0 * delay + 1.0).powf(-0.25);
    let half = (RO - rle) / 2.0;
    talker.max(0.0) + half + (half * half + 169.0).sqrt()
}

/// The rating R. None: the codec has no place on this scale.
pub fn rating(path: &Path) -> Option<f64> {
    let (ie, bpl) = impairment(path.codec)?;
    let percent = (path.lost * 100.0).clamp(0.0, 100.0);
    let effective = ie + (95.0 - ie) * percent / (percent / path.burst_ratio.max(1.0) + bpl);
    let delay = path.delay_millis.max(0.0);
    // The defaults' own share of the echoes is in the base already.
    let delays = echoes(delay) - echoes(0.0) + absolute_delay(delay);
    Some((BASE - delays.max(0.0) - effective).clamp(0.0, 100.0))
}

/// G.107 annex B: what people would say of a call with this rating, 1 to 4.5.
pub fn mean_opinion(rating: f64) -> f64 {
    let r = rating.clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
}

/// Sets what the figures sound like, both ways. `delay_millis`: from mouth to ear, as far as is known.
pub fn judge(quality: &mut Quality, codec: Codec, burst_ratio: f64, sent: u64, delay_millis: f64) {
    let share = |lost: u64, all: u64| if all == 0 { 0.0 } else { lost as f64 / all as f64 };
    let hundredths = |lost, burst_ratio| {
        let rating = rating(&Path { codec, lost, burst_ratio, delay_millis })?;
        Some((mean_opinion(rating) * 100.0).round() as u16)
    };
    if quality.received > 0 {
        quality.mos_hundredths = hundredths(share(quality.lost, quality.received + quality.lost), burst_ratio);
    }
    if let Some(lost) = quality.far_lost {
        // How its losses come together, a far end's report does not tell.
        quality.far_mos_hundredths = hundredths(share(lost, sent.max(lost)), 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::{G729Terms, Law};

    const G711: Codec = Codec::G711(Law::A);

    fn rated(codec: Codec, lost: f64, burst_ratio: f64, delay_millis: f64) -> f64 {
        rating(&Path { codec, lost, burst_ratio, delay_millis }).expect("a codec of the scale")
    }

    /// G.107: all defaults are 93.2, and annex B's table of ratings and opinions.
    #[test]
    fn ratings_are_the_recommendations() {
        assert!((rated(G711, 0.0, 1.0, 0.0) - 93.2).abs() < 0.05);
        for (rating, opinion) in [(93.2, 4.41), (90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            assert!((mean_opinion(rating) - opinion).abs() < 0.01, "{rating}: {}", mean_opinion(rating));
        }
        assert_eq!((mean_opinion(0.0), mean_opinion(-5.0)), (1.0, 1.0));
    }

    /// G.107 7.5 by hand: 1 % lost of G.711 is 95 / 26.1, of G.729 A 11 + 84 / 20; losses in a row weigh more.
    #[test]
    fn losses_cost_what_the_formula_says() {
        assert!((93.2 - rated(G711, 0.01, 1.0, 0.0) - 95.0 / 26.1).abs() < 0.05);
        let g729 = Codec::G729(G729Terms { annex_b: false });
        assert!((93.2 - rated(g729, 0.01, 1.0, 0.0) - (11.0 + 84.0 / 20.0)).abs() < 0.05);
        assert!(rated(G711, 0.05, 4.0, 0.0) < rated(G711, 0.05, 1.0, 0.0) - 1.0);
        assert_eq!(rating(&Path { codec: Codec::G722, lost: 0.0, burst_ratio: 1.0, delay_millis: 0.0 }), None);
    }

    /// G.114: up to 150 ms nearly everybody is content (R above 85), at 400 ms many are not (below 75), and it never gets better with delay.
    #[test]
    fn delay_costs_little_and_then_much() {
        let ratings: Vec<f64> = (0..100).map(|n| rated(G711, 0.0, 1.0, f64::from(n) * 10.0)).collect();
        assert!(ratings.windows(2).all(|two| two[1] <= two[0] + 1e-9), "{ratings:?}");
        assert!(ratings[15] > 85.0 && ratings[40] < 75.0 && ratings[99] < 50.0, "{ratings:?}");
    }
}
