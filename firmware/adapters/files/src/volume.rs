//! The journal of a volume as the recorder knows it: which segments there are, and what goes into the next commit.

use identity::RecordingId;
use journal::{Body, Piece, SegmentNumber, Writer};
use nix::sys::statvfs::statvfs;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How the journal is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JournalShape {
    /// Octets of a segment: the commit that reaches them is its last, and ends at twice as many.
    pub segment_octets: usize,
    /// Segments kept before the sound of long calls is moved out of the older half.
    pub segments: usize,
}

impl Default for JournalShape {
    fn default() -> JournalShape {
        JournalShape { segment_octets: 64 << 20, segments: 16 }
    }
}

/// The journal's state.
#[derive(Debug)]
pub(crate) struct Volume {
    dir: PathBuf,
    shape: JournalShape,
    segment: SegmentNumber,
    /// Octets in it; none: it is not begun.
    length: usize,
    /// Every segment with a file, in order.
    live: VecDeque<SegmentNumber>,
    /// Memory of the commit before.
    memory: Vec<u8>,
}

/// One write and its sync, wherever waiting is no harm.
#[derive(Debug)]
pub struct Commit {
    dir: PathBuf,
    segment: SegmentNumber,
    begins: bool,
    octets: Vec<u8>,
    /// Segments that nobody needs any more.
    free: Vec<SegmentNumber>,
}

/// What a commit will have written.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) segment: SegmentNumber,
    pub(crate) pieces: Vec<(RecordingId, Piece)>,
    /// Recordings whose place it tells, and how much of them is there.
    pub(crate) told: Vec<(RecordingId, u64)>,
    /// Recordings whose end it tells.
    pub(crate) ended: Vec<RecordingId>,
}

/// How it went.
#[derive(Debug)]
pub struct Committed {
    pub(crate) result: io::Result<()>,
    pub(crate) free_octets: Option<u64>,
    memory: Vec<u8>,
}

/// A group in the making.
pub(crate) struct Making {
    pub(crate) writer: Writer,
    pub(crate) base: usize,
    pub(crate) group: Group,
    most: usize,
}

impl Making {
    pub(crate) fn tell(&mut self, recording: RecordingId, place: &str, in_file: u64) {
        self.writer.append(recording, in_file, &Body::Began { place });
        self.group.told.push((recording, in_file));
    }

    pub(crate) fn full(&self) -> bool {
        self.base + self.writer.len() >= self.most
    }
}

impl Volume {
    /// A volume whose journal may hold segments of before: they stay until somebody recovers them.
    pub(crate) fn new(dir: &Path, shape: JournalShape) -> io::Result<Volume> {
        fs::create_dir_all(dir.join(JOURNAL))?;
        let last = segments(dir)?.last().map_or(0, |last| last.0);
        // Counting from the clock keeps numbers unique on a volume whose journal was taken away.
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let segment = SegmentNumber(clock.max(last + 1));
        Ok(Volume { dir: dir.to_owned(), shape, segment, length: 0, live: VecDeque::new(), memory: Vec::new() })
    }

    /// The next commit will be in a segment of its own: everything that runs tells its place there.
    pub(crate) fn begin(&mut self) -> Making {
        if self.length >= self.shape.segment_octets {
            self.next_segment();
        }
        let group = Group { segment: self.segment, ..Group::default() };
        let memory = std::mem::take(&mut self.memory);
        let writer = match self.length {
            0 => Writer::begin(self.segment),
            _ => Writer::go_on(self.segment, memory),
        };
        Making { writer, base: self.length, group, most: 2 * self.shape.segment_octets }
    }

    fn next_segment(&mut self) {
        self.segment.0 += 1;
        self.length = 0;
    }

    /// Segments before `needed` are let go of with this commit.
    pub(crate) fn commit(&mut self, making: Making, needed: Option<SegmentNumber>) -> (Commit, Group) {
        let Making { writer, base, group, .. } = making;
        let begins = base == 0;
        if begins {
            self.live.push_back(self.segment);
        }
        let needed = needed.unwrap_or(self.segment).min(self.segment);
        let count = self.live.iter().take_while(|segment| **segment < needed).count();
        let free = self.live.drain(..count).collect();
        self.length = base + writer.len();
        let commit =
            Commit { dir: self.dir.clone(), segment: self.segment, begins, octets: writer.into_octets(), free };
        (commit, group)
    }

    /// After a failure the kernel's memory of the segment cannot be trusted: the next commit begins another.
    pub(crate) fn committed(&mut self, committed: &mut Committed) {
        self.memory = std::mem::take(&mut committed.memory);
        // What a slow disk made it grow to is given back.
        if self.memory.capacity() > self.shape.segment_octets / 2 {
            self.memory = Vec::new();
        }
        if committed.result.is_err() {
            self.next_segment();
        }
    }

    /// The journal is longer than it should be: long calls are to move out of the segments up to this one. Half of them at once, so that
    /// what goes into a file is long.
    pub(crate) fn crowded(&self) -> Option<SegmentNumber> {
        let Self { live, shape, .. } = self;
        (live.len() > shape.segments).then(|| live.get(shape.segments / 2).copied()).flatten()
    }

    pub(crate) fn has_unneeded(&self, needed: Option<SegmentNumber>) -> bool {
        let needed = needed.unwrap_or(self.segment);
        self.live.front().is_some_and(|first| *first < needed.min(self.segment))
    }
}

const JOURNAL: &str = "journal";

pub(crate) fn segment_path(dir: &Path, segment: SegmentNumber) -> PathBuf {
    dir.join(JOURNAL).join(format!("{:016}.fcj", segment.0))
}

/// The segments of a volume, in order.
pub(crate) fn segments(dir: &Path) -> io::Result<Vec<SegmentNumber>> {
    let entries = match fs::read_dir(dir.join(JOURNAL)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".fcj")).and_then(|number| number.parse().ok());
        found.extend(number.map(SegmentNumber));
    }
    found.sort_unstable();
    Ok(found)
}

/// The hand that writes a volume's journal.
#[derive(Debug, Default)]
pub struct JournalHand {
    open: Option<(SegmentNumber, File)>,
}

impl JournalHand {
    /// Writes and waits until it is on disk; lets go of what nobody needs.
    pub fn perform(&mut self, commit: Commit) -> Committed {
        let result = self.write(&commit);
        match result {
            Ok(()) => {
                for segment in &commit.free {
                    // One that cannot be removed is found again at the next start, and everything in it in its file.
                    fs::remove_file(segment_path(&commit.dir, *segment)).ok();
                }
            }
            Err(_) => self.open = None,
        }
        Committed { result, free_octets: free_octets(&commit.dir), memory: commit.octets }
    }

    fn write(&mut self, commit: &Commit) -> io::Result<()> {
        let Commit { dir, segment, begins, octets, .. } = commit;
        if *begins {
            let file = File::options().append(true).create_new(true).open(segment_path(dir, *segment))?;
            File::open(dir.join(JOURNAL))?.sync_all()?;
            self.open = Some((*segment, file));
        }
        match &mut self.open {
            Some((open, file)) if open == segment => {
                file.write_all(octets)?;
                file.sync_data()
            }
            _ => Err(io::Error::other("the segment is not open")),
        }
    }
}

/// Octets left on the volume for us; none: it does not say.
pub(crate) fn free_octets(dir: &Path) -> Option<u64> {
    statvfs(dir).ok().map(|volume| volume.blocks_available() * volume.fragment_size())
}
