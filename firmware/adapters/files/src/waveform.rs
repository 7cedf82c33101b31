use crate::keys::Keys;
use crate::play::Playable;
use crate::wav::{FRAME, HEADER};
use std::io;
use std::path::Path;

/// Most points of a waveform: more than a screen has.
const MOST_POINTS: usize = 10_000;
/// Octets read at once; even.
const STRETCH: usize = 64 * 1024;

/// How loud a recording is, from beginning to end.
#[derive(Clone, PartialEq, Debug)]
pub struct Waveform {
    pub millis: u64,
    /// The loudest sample of each stretch, 0 to 1: the caller.
    pub left: Vec<f32>,
    /// The agent.
    pub right: Vec<f32>,
}

/// The peaks of a recording in `points` stretches of equal length. A file in the making is read as far as it is.
pub fn waveform(path: &Path, points: usize, keys: Option<&Keys>) -> io::Result<Waveform> {
    let mut file = Playable::open(path, keys)?;
    let frames = file.octets().saturating_sub(HEADER as u64) / FRAME as u64;
    let points = points.clamp(1, MOST_POINTS);
    let (mut left, mut right) = (Vec::with_capacity(points), Vec::with_capacity(points));
    let mut read = vec![0; STRETCH];
    let mut done = 0;
    for point in 1..=points as u64 {
        let end = frames * point / points as u64;
        let mut peaks = [0u16; FRAME];
        while done < end {
            let wanted = ((end - done) as usize * FRAME).min(STRETCH);
            let count = file.read_at(HEADER as u64 + done * FRAME as u64, &mut read[..wanted])?;
            if count < FRAME {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            for frame in read[..count].chunks_exact(FRAME) {
                for (peak, octet) in peaks.iter_mut().zip(frame) {
                    *peak = (*peak).max(pcm::alaw::decode(*octet).unsigned_abs());
                }
            }
            done += (count / FRAME) as u64;
        }
        left.push(peaks[0] as f32 / 32768.0);
        right.push(peaks[1] as f32 / 32768.0);
    }
    Ok(Waveform { millis: frames / 8, left, right })
}
