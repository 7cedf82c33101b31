use crate::format::{Body, SEAL, SegmentNumber};
use crate::reader::{Found, read};
use identity::RecordingId;
use std::collections::BTreeMap;

/// The longest recording believed: a week of moments. A position beyond it is damage that a CRC missed, or somebody's joke.
pub const MOST_LENGTH: u64 = 7 * 24 * 3600 * 8000;

/// Pauses of a recording that are told.
pub const MOST_PAUSES: usize = 1000;

/// Sound of a recording in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    pub segment: SegmentNumber,
    /// Where it is in the segment.
    pub at: u32,
    /// What it takes there.
    pub octets: u32,
    /// How long it is.
    pub moments: u32,
    /// Its first moment in the recording.
    pub position: u64,
}

impl Piece {
    /// The moment after its last.
    pub fn end(&self) -> u64 {
        self.position + u64::from(self.moments)
    }
}

/// What the journal knows of a recording.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Surveyed {
    /// Where its file is to be; `None`: the record that tells it is lost.
    pub place: Option<String>,
    /// Moments that were in the file already when the journal let go of them.
    pub in_file: u64,
    /// In the order of the segments.
    pub pieces: Vec<Piece>,
    /// When it was paused, and when it went on; none: it did not.
    pub pauses: Vec<(u64, Option<u64>)>,
    /// Its length, if it had ended.
    pub ended: Option<u64>,
    /// It is in its file, and needs nothing of the journal's.
    pub cut: bool,
}

/// What belongs to which recording: reads segments in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    pub recordings: BTreeMap<RecordingId, Surveyed>,
    /// Octets that belong to no good record.
    pub damaged: usize,
}

impl Survey {
    /// Takes in a segment.
    pub fn read(&mut self, segment: SegmentNumber, octets: &[u8]) {
        let mut reader = read(segment, octets);
        for found in reader.by_ref().filter(|found| found.position <= MOST_LENGTH) {
            self.take(segment, &found);
        }
        self.damaged += reader.damaged;
    }

    fn take(&mut self, segment: SegmentNumber, found: &Found) {
        let recording = self.recordings.entry(found.recording).or_default();
        match found.body {
            Body::Began { place } => {
                recording.place = Some(place.to_owned());
                recording.in_file = recording.in_file.max(found.position);
            }
            Body::Sound(sound) => recording.pieces.push(piece(segment, found, sound.len(), sound.len() / 2)),
            Body::Sealed(sealed) => {
                recording.pieces.push(piece(segment, found, sealed.len(), sealed.len().saturating_sub(SEAL) / 2));
            }
            // Later segments tell the pauses of a long recording again.
            Body::Paused => {
                let known = recording.pauses.iter().any(|(from, _)| *from == found.position);
                if !known && recording.pauses.len() < MOST_PAUSES {
                    recording.pauses.push((found.position, None));
                }
            }
            Body::Resumed => {
                if let Some((_, end @ None)) = recording.pauses.last_mut() {
                    *end = Some(found.position);
                }
            }
            Body::Ended => recording.ended = Some(found.position),
            Body::Cut => recording.cut = true,
        }
    }
}

fn piece(segment: SegmentNumber, found: &Found, octets: usize, moments: usize) -> Piece {
    let at = u32::try_from(found.content_at).unwrap_or(u32::MAX);
    Piece { segment, at, octets: octets as u32, moments: moments as u32, position: found.position }
}

impl Surveyed {
    /// Moments of sound known of.
    pub fn length(&self) -> u64 {
        let heard = self.pieces.iter().map(Piece::end).max().unwrap_or(0);
        heard.max(self.in_file)
    }
}
