//! How long a payload lasts.

use plan::Codec;

/// Octets of a G.729 speech frame and of a SID frame (RFC 3551 4.5.6).
pub(crate) const G729_FRAME: usize = 10;
pub(crate) const G729_SID: usize = 2;
/// The longest packet taken: 120 ms, as Opus may have it (RFC 6716 3.4).
const MOST_MILLIS: u32 = 120;

/// What a payload lasts, in units of the codec's RTP clock. `None`: it is not one of this codec, or longer than 120 ms.
pub fn duration(codec: Codec, payload: &[u8]) -> Option<u32> {
    let octets = u32::try_from(payload.len()).ok()?;
    let units = match codec {
        Codec::G711(_) | Codec::G722 => octets,
        Codec::G729(_) => {
            let frames = payload.len() / G729_FRAME;
            match payload.len() % G729_FRAME {
                0 => frames as u32 * 80,
                G729_SID => (frames as u32 + 1) * 80,
                _ => return None,
            }
        }
        Codec::Opus(_) => opus::packet::get_nb_samples(payload, 48_000).ok()? as u32,
        Codec::L16 { .. } if octets % 2 == 0 => octets / 2,
        Codec::L16 { .. } => return None,
    };
    (units > 0 && units <= MOST_MILLIS * codec.clock_khz()).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::{G729Terms, Law, OpusTerms};

    #[test]
    fn payloads_last_as_their_standards_say() {
        let g729 = Codec::G729(G729Terms { annex_b: true });
        let opus = Codec::Opus(OpusTerms::default());
        assert_eq!(duration(Codec::G711(Law::A), &[0; 160]), Some(160));
        assert_eq!(duration(Codec::G722, &[0; 160]), Some(160));
        assert_eq!(duration(Codec::L16 { wide: true }, &[0; 640]), Some(320));
        assert_eq!(duration(g729, &[0; 20]), Some(160));
        // Speech, then the description of the silence after it.
        assert_eq!(duration(g729, &[0; 12]), Some(160));
        // RFC 6716 3.1: configuration 9, SILK wideband of 20 ms, one frame.
        assert_eq!(duration(opus, &[9 << 3, 1, 2, 3]), Some(960));
    }

    #[test]
    fn what_is_none_of_the_codec_lasts_nothing() {
        let g729 = Codec::G729(G729Terms { annex_b: true });
        let opus = Codec::Opus(OpusTerms::default());
        for (codec, payload) in [
            (Codec::G722, &[][..]),
            (Codec::G722, &[0; 961]),
            (Codec::L16 { wide: false }, &[0; 3]),
            (g729, &[0; 8]),
            (g729, &[0; 15]),
            (opus, &[]),
            // Code 3 with no frame count.
            (opus, &[3]),
        ] {
            assert_eq!(duration(codec, payload), None, "{codec:?} {}", payload.len());
        }
    }
}
