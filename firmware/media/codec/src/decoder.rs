use crate::duration::{G729_FRAME, G729_SID, duration};
use crate::repair::Repair;
use crate::{NoCodec, g722, g729, samples_khz};
use pcm::{alaw, mulaw};
use plan::{Codec, Law};

/// Opus decodes and conceals in steps of 2.5 ms.
const OPUS_STEPS_A_SECOND: usize = 400;
/// It conceals at most so much at once, here: 20 ms.
const OPUS_CONCEALED: usize = 8;

enum Coder {
    G711(Law, Box<Repair>),
    G722(Box<g722::Decoder>, Box<Repair>),
    G729(g729::Decoder),
    Opus(opus::Decoder),
    L16(Box<Repair>),
}

/// One leg's way in: payloads into speech, and something in the place of those that were lost.
pub struct Decoder {
    coder: Coder,
    codec: Codec,
    khz: usize,
    /// The far end described silence last: what does not come was not sent.
    silence: bool,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl Decoder {
    /// Takes memory; nothing does afterwards.
    pub fn new(codec: Codec) -> Result<Decoder, NoCodec> {
        let khz = samples_khz(codec);
        let repair = || Box::new(Repair::new(khz));
        let coder = match codec {
            Codec::G711(law) => Coder::G711(law, repair()),
            Codec::G722 => Coder::G722(Box::new(g722::Decoder::new()), repair()),
            Codec::G729(_) => Coder::G729(g729::Decoder::new().ok_or(NoCodec)?),
            Codec::Opus(_) => {
                let rate = khz as u32 * 1000;
                Coder::Opus(opus::Decoder::new(rate, opus::Channels::Mono).map_err(|_| NoCodec)?)
            }
            Codec::L16 { .. } => Coder::L16(repair()),
        };
        Ok(Decoder { coder, codec, khz, silence: false })
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Samples a millisecond that come out: 8 or 16.
    pub fn khz(&self) -> usize {
        self.khz
    }

    /// After a description of silence: [`Decoder::conceal`] makes comfort noise of it, for as long as nothing comes.
    pub fn is_silence(&self) -> bool {
        self.silence
    }

    /// The speech of a payload; how many samples it is. 0: it is none of this codec's, or more than `out` holds.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        let Some(units) = duration(self.codec, payload) else { return 0 };
        let count = units as usize * self.khz / self.codec.clock_khz() as usize;
        let Some(out) = out.get_mut(..count) else { return 0 };
        self.silence = false;
        match &mut self.coder {
            Coder::G711(law, repair) => {
                for (sample, octet) in out.iter_mut().zip(payload) {
                    *sample = match law {
                        Law::A => alaw::decode(*octet),
                        Law::Mu => mulaw::decode(*octet),
                    };
                }
                repair.heard(out);
            }
            Coder::G722(coder, repair) => {
                coder.decode(payload, out);
                repair.heard(out);
            }
            Coder::G729(coder) => {
                let frames = payload.chunks(G729_FRAME);
                for (frame, speech) in frames.zip(out.as_chunks_mut::<{ g729::FRAME }>().0) {
                    coder.decode(Some(frame), speech);
                    self.silence = frame.len() == G729_SID;
                }
            }
            Coder::Opus(coder) => {
                if coder.decode(payload, out, false).is_err() {
                    return 0;
                }
                // RFC 6716 3.1 and 4: a frame without octets is silence not sent.
                self.silence = payload.len() <= 2;
            }
            Coder::L16(repair) => {
                for (sample, octets) in out.iter_mut().zip(payload.as_chunks::<2>().0) {
                    *sample = i16::from_be_bytes(*octets);
                }
                repair.heard(out);
            }
        }
        count
    }

    /// Fills a gap before `next`, which repeats its end coarsely if the far end sends with FEC (RFC 6716 2.1.7).
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) {
        if let Coder::Opus(coder) = &mut self.coder
            && let Ok(length) = opus::packet::get_samples_per_frame(next, self.khz as u32 * 1000)
            && let Some(before) = out.len().checked_sub(length)
        {
            let (lost, repeated) = out.split_at_mut(before);
            conceal_opus(coder, self.khz, lost);
            if coder.decode(next, repeated, true).is_err() {
                repeated.fill(0);
            }
            return;
        }
        self.conceal(out);
    }

    /// Fills a gap with what goes on in the way of the last speech, fading; or with comfort noise.
    pub fn conceal(&mut self, out: &mut [i16]) {
        match &mut self.coder {
            Coder::G711(_, repair) | Coder::G722(_, repair) | Coder::L16(repair) => repair.fill(out),
            Coder::G729(coder) => {
                let (frames, rest) = out.as_chunks_mut::<{ g729::FRAME }>();
                frames.iter_mut().for_each(|speech| coder.decode(None, speech));
                rest.fill(0);
            }
            Coder::Opus(coder) => conceal_opus(coder, self.khz, out),
        }
    }
}

fn conceal_opus(coder: &mut opus::Decoder, khz: usize, out: &mut [i16]) {
    let step = khz * 1000 / OPUS_STEPS_A_SECOND;
    for piece in out.chunks_mut(step * OPUS_CONCEALED) {
        let (whole, rest) = piece.split_at_mut(piece.len() / step * step);
        if !whole.is_empty() && coder.decode(&[], whole, false).is_err() {
            whole.fill(0);
        }
        rest.fill(0);
    }
}
