use crate::wav::{FRAME, HEADER};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Most points of a waveform: more than a screen has.
const MOST_POINTS: usize = 10_000;

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
pub fn waveform(path: &Path, points: usize) -> io::Result<Waveform> {
    let mut file = File::open(path)?;
    let data = file.metadata()?.len().saturating_sub(HEADER as u64);
    let frames = data / FRAME as u64;
    let points = points.clamp(1, MOST_POINTS);
    file.seek(SeekFrom::Start(HEADER as u64))?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let (mut left, mut right) = (Vec::with_capacity(points), Vec::with_capacity(points));
    let mut done = 0;
    let mut frame = [0; FRAME];
    for point in 1..=points as u64 {
        let end = frames * point / points as u64;
        let mut peaks = [0u16; FRAME];
        while done < end {
            reader.read_exact(&mut frame)?;
            for (peak, octet) in peaks.iter_mut().zip(frame) {
                *peak = (*peak).max(pcm::alaw::decode(octet).unsigned_abs());
            }
            done += 1;
        }
        left.push(peaks[0] as f32 / 32768.0);
        right.push(peaks[1] as f32 / 32768.0);
    }
    Ok(Waveform { millis: frames / 8, left, right })
}
