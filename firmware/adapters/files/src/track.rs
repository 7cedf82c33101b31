//! One recording on its way into the journal.

use graph::RecordedBlock;
use identity::RecordingId;
use journal::{Body, MOST_CONTENT, Piece, SegmentNumber, Writer};
use pcm::BLOCK;
use std::mem;

/// Octets of one moment in a recording: left and right.
const FRAME: usize = 2;
/// Octets staged in ordinary times: what 0.7 s of sound and the blocks under way need.
const STAGED: usize = 12 * 1024;
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
        Track { place, staged, runs, next_tick: None, length: 0, kept: Kept::default() }
    }

    /// Appends a block, after a gap for the ticks since the last one. A block of a tick already there is the same recording tapped
    /// twice, and dropped. Returns the octets it takes.
    pub(crate) fn block(&mut self, block: &RecordedBlock) -> usize {
        let next = self.next_tick.unwrap_or(block.tick);
        if block.tick < next {
            return 0;
        }
        self.skip(block.tick - next);
        self.next_tick = Some(block.tick + 1);
        if self.runs.is_empty() {
            self.runs.push(Run { begin: 0, position: self.length });
        }
        let begin = self.staged.len();
        self.staged.resize(begin + FRAME * BLOCK, 0);
        let frames = self.staged[begin..].chunks_exact_mut(FRAME);
        for (frame, (left, right)) in frames.zip(block.left.iter().zip(&block.right)) {
            frame.copy_from_slice(&[*left, *right]);
        }
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

    pub(crate) fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Lets go of what is staged.
    pub(crate) fn forget_staged(&mut self) -> usize {
        self.runs.clear();
        mem::take(&mut self.staged).len()
    }

    /// Writes what is staged; `base` is where the writer's octets will be in the segment.
    pub(crate) fn write(
        &mut self,
        recording: RecordingId,
        segment: SegmentNumber,
        (writer, base): (&mut Writer, usize),
        mut told: impl FnMut(Piece),
    ) -> usize {
        for (place, run) in self.runs.iter().enumerate() {
            let end = self.runs.get(place + 1).map_or(self.staged.len(), |next| next.begin);
            let mut position = run.position;
            for sound in self.staged[run.begin..end].chunks(MOST_CONTENT) {
                let at = base + writer.append(recording, position, &Body::Sound(sound));
                let piece = Piece { segment, at: at as u32, octets: sound.len() as u32, position };
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
