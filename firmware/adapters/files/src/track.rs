//! One recording on its way into the journal.

use crate::sealed::in_journal;
use graph::RecordedBlock;
use identity::RecordingId;
use journal::{Body, MOST_CONTENT, MOST_PAUSES, Piece, SEAL, SegmentNumber, Writer};
use pcm::BLOCK;
use std::mem;
use vault::Sealer;

/// Octets of one moment in a recording: left and right.
const FRAME: usize = 2;
/// Octets staged in ordinary times: what 0.35 s of sound and the blocks under way need.
const STAGED: usize = 6 * 1024 + 512;
/// The longest gap left for silence: an hour. Beyond it the recording's clock is not believed.
const LONGEST_GAP: u64 = 3600 * 50;

/// Sound without a gap, in what is staged.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the staged octets.
    begin: usize,
    /// Its first moment in the recording.
    position: u64,
}

/// Sound that waits for the journal, and where it will be in the recording.
#[derive(Debug)]
pub(crate) struct Track {
    /// Where its file is to be, below the volume's folder.
    pub(crate) place: String,
    staged: Vec<u8>,
    runs: Vec<Run>,
    /// The tick after the last block.
    next_tick: Option<u64>,
    /// The moment after the last one recorded.
    pub(crate) length: u64,
    pub(crate) kept: Kept,
    pauses: Pauses,
}

/// When nothing was to be recorded, by moments of the recording.
#[derive(Debug, Default)]
struct Pauses {
    over: Vec<(u64, u64)>,
    since: Option<u64>,
    /// Marks that the journal does not have.
    untold: Vec<(u64, bool)>,
}

/// What the journal holds of a recording.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) pieces: Vec<Piece>,
    /// Moments that are in the file already, or on their way there.
    pub(crate) in_file: u64,
    /// The segment that says last where the file is to be.
    pub(crate) told_in: Option<SegmentNumber>,
    pub(crate) moved: Moved,
}

/// Sound of a recording goes out of the journal into its file: it is needed until the file is on disk and the journal says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Moved {
    #[default]
    Settled,
    UnderWay {
        first: SegmentNumber,
    },
    /// The file has it; the next commit tells.
    Untold {
        first: SegmentNumber,
    },
}

impl Kept {
    /// The first segment that must stay for this recording.
    pub(crate) fn needs(&self) -> Option<SegmentNumber> {
        let first = self.pieces.first().map(|piece| piece.segment);
        [self.told_in, first, self.moves_from()].into_iter().flatten().min()
    }

    pub(crate) fn moves_from(&self) -> Option<SegmentNumber> {
        match self.moved {
            Moved::Settled => None,
            Moved::UnderWay { first } | Moved::Untold { first } => Some(first),
        }
    }

    /// The first `count` pieces are on their way into the file. Returns them, and the moments that the file has before and after.
    pub(crate) fn take(&mut self, count: usize) -> (Vec<Piece>, u64, u64) {
        let pieces: Vec<Piece> = self.pieces.drain(..count).collect();
        let first = pieces.first().map(|piece| piece.segment);
        if let Some(first) = [self.moves_from(), first].into_iter().flatten().min() {
            self.moved = Moved::UnderWay { first };
        }
        let from = self.in_file;
        self.in_file = pieces.iter().map(Piece::end).max().unwrap_or(0).max(from);
        (pieces, from, self.in_file)
    }

    /// The file did not get it.
    pub(crate) fn put_back(&mut self, mut pieces: Vec<Piece>, in_file: u64) {
        pieces.append(&mut self.pieces);
        (self.pieces, self.in_file, self.moved) = (pieces, in_file, Moved::Settled);
    }

    /// The file has what was on its way.
    pub(crate) fn arrived(&mut self) {
        if let Moved::UnderWay { first } = self.moved {
            (self.moved, self.told_in) = (Moved::Untold { first }, None);
        }
    }

    /// The journal should tell, in this segment, where the file is and how much of it.
    pub(crate) fn is_to_tell(&self, segment: SegmentNumber) -> bool {
        !matches!(self.moved, Moved::UnderWay { .. }) && self.told_in.is_none_or(|told| told < segment)
    }

    /// The journal told it. What it told before a move says nothing of the move.
    pub(crate) fn told(&mut self, segment: SegmentNumber, in_file: u64) {
        if self.in_file == in_file {
            self.told_in = Some(segment);
            if let Moved::Untold { .. } = self.moved {
                self.moved = Moved::Settled;
            }
        }
    }
}

impl Track {
    pub(crate) fn new(place: String) -> Track {
        let (staged, runs) = (Vec::with_capacity(STAGED), Vec::with_capacity(1));
        Track { place, staged, runs, next_tick: None, length: 0, kept: Kept::default(), pauses: Pauses::default() }
    }

    /// Appends a block, after a gap for the ticks since the last one. A block of a tick already there is the same recording tapped
    /// twice, and dropped. What is said in a pause is dropped as well, and its time passes. Returns the octets it takes.
    pub(crate) fn block(&mut self, block: &RecordedBlock) -> usize {
        if self.pauses.since.is_some() {
            self.lose(block.tick);
            return 0;
        }
        let next = self.next_tick.unwrap_or(block.tick);
        if block.tick < next {
            return 0;
        }
        self.skip(block.tick - next);
        self.next_tick = Some(block.tick + 1);
        if self.runs.is_empty() {
            self.runs.push(Run { begin: 0, position: self.length });
        }
        let mut frames = [[0; FRAME]; BLOCK];
        for (frame, (left, right)) in frames.iter_mut().zip(block.left.iter().zip(&block.right)) {
            *frame = [*left, *right];
        }
        self.staged.extend_from_slice(frames.as_flattened());
        self.length += BLOCK as u64;
        FRAME * BLOCK
    }

    /// A block that there is no room for: its time passes.
    pub(crate) fn lose(&mut self, tick: u64) {
        let next = self.next_tick.unwrap_or(tick);
        if tick >= next {
            self.skip(tick + 1 - next);
            self.next_tick = Some(tick + 1);
        }
    }

    fn skip(&mut self, ticks: u64) {
        if ticks > 0 {
            self.length += ticks.min(LONGEST_GAP) * BLOCK as u64;
            if !self.staged.is_empty() {
                self.runs.push(Run { begin: self.staged.len(), position: self.length });
            }
        }
    }

    pub(crate) fn pause(&mut self) {
        if self.pauses.since.is_none() {
            self.pauses.since = Some(self.length);
            self.pauses.untold.push((self.length, true));
        }
    }

    pub(crate) fn resume(&mut self) {
        let Some(from) = self.pauses.since.take() else { return };
        self.pauses.untold.push((self.length, false));
        if self.pauses.over.len() < MOST_PAUSES {
            self.pauses.over.push((from, self.length));
        }
    }

    /// Its pauses; one that lasts ends where the recording does.
    pub(crate) fn pauses(&self) -> Vec<(u64, u64)> {
        let lasting = self.pauses.since.map(|from| (from, self.length));
        self.pauses.over.iter().copied().chain(lasting).collect()
    }

    /// Its length, if it ends in a pause: no sound tells it. Otherwise 0.
    pub(crate) fn length_with_pause(&self) -> u64 {
        if self.pauses.since.is_some() { self.length } else { 0 }
    }

    /// Tells pauses that the journal does not have; `all`: also those that earlier segments have.
    pub(crate) fn tell_pauses(&mut self, recording: RecordingId, writer: &mut Writer, all: bool) {
        let untold = mem::take(&mut self.pauses.untold);
        let known = self.pauses.over.iter().flat_map(|(from, to)| [(*from, true), (*to, false)]);
        let lasting = self.pauses.since.map(|from| (from, true));
        let marks: Vec<(u64, bool)> = if all { known.chain(lasting).collect() } else { untold };
        for (position, begins) in marks {
            writer.append(recording, position, if begins { &Body::Paused } else { &Body::Resumed });
        }
    }

    pub(crate) fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Lets go of what is staged.
    pub(crate) fn forget_staged(&mut self) -> usize {
        self.runs.clear();
        mem::take(&mut self.staged).len()
    }

    /// Writes what is staged, sealed if there is a sealer; `base` is where the writer's octets will be in the segment.
    pub(crate) fn write(
        &mut self,
        recording: RecordingId,
        segment: SegmentNumber,
        (writer, base): (&mut Writer, usize),
        mut sealer: Option<&mut Sealer>,
        mut told: impl FnMut(Piece),
    ) -> usize {
        let mut envelope = Vec::new();
        for (place, run) in self.runs.iter().enumerate() {
            let end = self.runs.get(place + 1).map_or(self.staged.len(), |next| next.begin);
            let mut position = run.position;
            for sound in self.staged[run.begin..end].chunks(MOST_CONTENT - SEAL) {
                let moments = (sound.len() / FRAME) as u32;
                let body = match &mut sealer {
                    None => Body::Sound(sound),
                    Some(sealer) => {
                        envelope.clear();
                        match sealer.seal(&in_journal(recording, position), sound, &mut envelope) {
                            Ok(()) => Body::Sealed(&envelope),
                            // Nonces end after 2^64 pieces. What cannot be sealed is silence, never open.
                            Err(_) => {
                                position += u64::from(moments);
                                continue;
                            }
                        }
                    }
                };
                let octets = sound.len() + if sealer.is_some() { SEAL } else { 0 };
                let at = base + writer.append(recording, position, &body);
                let piece = Piece { segment, at: at as u32, octets: octets as u32, moments, position };
                position = piece.end();
                told(piece);
            }
        }
        let written = self.staged.len();
        self.runs.clear();
        self.staged.clear();
        // What a slow disk made it grow to is given back.
        self.staged.shrink_to(STAGED);
        written
    }
}
