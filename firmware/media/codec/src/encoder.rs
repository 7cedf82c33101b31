use crate::duration::G729_FRAME;
use crate::{LONGEST_SENT, NoCodec, g722, g729, samples_khz};
use pcm::{alaw, mulaw};
use plan::{Codec, Law, OpusTerms};

/// Bit rates of Opus speech, RFC 7587 3.1.1: wide band and telephone band.
const WIDE_BITRATE: i32 = 24_000;
const NARROW_BITRATE: i32 = 16_000;
/// How hard Opus tries, of 10: docs/decisions/0008 says why.
pub const COMPLEXITY: i32 = 5;
/// Loss that in-band FEC prepares for, per cent.
const LOSS_PREPARED_FOR: i32 = 10;

enum Coder {
    G711(Law),
    G722(Box<g722::Encoder>),
    G729(g729::Encoder),
    Opus(opus::Encoder),
    L16,
}

/// One leg's way out: speech into payloads.
pub struct Encoder {
    coder: Coder,
    khz: usize,
    payload: [u8; LONGEST_SENT],
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("khz", &self.khz).finish_non_exhaustive()
    }
}

impl Encoder {
    /// Takes memory; nothing does afterwards.
    pub fn new(codec: Codec) -> Result<Encoder, NoCodec> {
        let coder = match codec {
            Codec::G711(law) => Coder::G711(law),
            Codec::G722 => Coder::G722(Box::new(g722::Encoder::new())),
            Codec::G729(terms) => Coder::G729(g729::Encoder::new(terms.annex_b).ok_or(NoCodec)?),
            Codec::Opus(terms) => Coder::Opus(opus_encoder(terms).map_err(|_| NoCodec)?),
            Codec::L16 { .. } => Coder::L16,
        };
        Ok(Encoder { coder, khz: samples_khz(codec), payload: [0; LONGEST_SENT] })
    }

    /// Samples a millisecond that [`Encoder::encode`] takes: 8 or 16.
    pub fn khz(&self) -> usize {
        self.khz
    }

    /// Speech of one packet. `emit` gets each payload to send and how many samples before it are not sent; with silence suppression
    /// that may be none, or two with a gap between them.
    pub fn encode(&mut self, speech: &[i16], mut emit: impl FnMut(usize, &[u8])) {
        let length = match &mut self.coder {
            Coder::G711(law) => {
                for (octet, sample) in self.payload.iter_mut().zip(speech) {
                    *octet = match law {
                        Law::A => alaw::encode(*sample),
                        Law::Mu => mulaw::encode(*sample),
                    };
                }
                speech.len().min(LONGEST_SENT)
            }
            Coder::G722(coder) => coder.encode(speech, &mut self.payload),
            Coder::G729(coder) => return encode_g729(coder, speech, &mut self.payload, emit),
            // RFC 7587 3.1.3: a packet of one or two octets says that nothing need be sent.
            Coder::Opus(coder) => {
                coder.encode(speech, &mut self.payload).ok().filter(|length| *length > 2).unwrap_or_default()
            }
            Coder::L16 => {
                for (octets, sample) in self.payload.as_chunks_mut::<2>().0.iter_mut().zip(speech) {
                    *octets = sample.to_be_bytes();
                }
                (speech.len() * 2).min(LONGEST_SENT)
            }
        };
        if length > 0 {
            emit(0, &self.payload[..length]);
        }
    }
}

fn opus_encoder(terms: OpusTerms) -> Result<opus::Encoder, opus::Error> {
    let rate = if terms.wide { 16_000 } else { 8_000 };
    let mut coder = opus::Encoder::new(rate, opus::Channels::Mono, opus::Application::Voip)?;
    let usual = if terms.wide { WIDE_BITRATE } else { NARROW_BITRATE };
    let allowed = terms.max_kilobits.map_or(usual, |most| i32::from(most.get()) * 1000);
    // RFC 6716 2.1.1: from 6 kbit/s.
    coder.set_bitrate(opus::Bitrate::Bits(usual.min(allowed).max(6_000)))?;
    coder.set_complexity(COMPLEXITY)?;
    coder.set_signal(opus::Signal::Voice)?;
    coder.set_inband_fec(terms.fec)?;
    coder.set_packet_loss_perc(if terms.fec { LOSS_PREPARED_FOR } else { 0 })?;
    coder.set_dtx(terms.dtx)?;
    Ok(coder)
}

/// Frames of 10 ms. A description of silence ends a payload (RFC 3551 4.5.6); so does silence that is not sent.
fn encode_g729(
    coder: &mut g729::Encoder,
    speech: &[i16],
    payload: &mut [u8; LONGEST_SENT],
    mut emit: impl FnMut(usize, &[u8]),
) {
    let (mut begin, mut length) = (0, 0);
    for (at, frame) in speech.as_chunks::<{ g729::FRAME }>().0.iter().enumerate() {
        let mut coded = [0; G729_FRAME];
        let octets = coder.encode(frame, &mut coded);
        if length == 0 {
            begin = at * g729::FRAME;
        }
        if let Some(place) = payload.get_mut(length..length + octets) {
            place.copy_from_slice(&coded[..octets]);
            length += octets;
        }
        if octets < G729_FRAME && length > 0 {
            emit(begin, &payload[..length]);
            length = 0;
        }
    }
    if length > 0 {
        emit(begin, &payload[..length]);
    }
}
