use crate::places::recording_path;
use crate::writing::{Writing, fault_of};
use clock::{Millis, Monotonic, WallTime};
use graph::RecordedBlock;
use identity::RecordingId;
use nix::sys::statvfs::statvfs;
use plan::{MediaIndication, RecordingFault};
use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// After Stop, blocks that were under way may still come for so long.
const ENDING: Millis = Millis(100);
/// Header and disk follow so often.
const SYNC: Millis = Millis(1000);
/// Moments of a second over which the files' syncs are spread.
const MOMENTS: u64 = 50;
/// Ids of ended recordings remembered, so that a straggling block does not start one again.
const REMEMBERED: usize = 1024;

/// Where recordings go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecorderConfig {
    pub dir: PathBuf,
    /// Stop recording when the volume has less than this left.
    pub keep_free_octets: u64,
    /// The site's time zone, for the folders.
    pub utc_offset_minutes: i32,
}

enum State {
    Writing(Writing),
    /// Stopped, `until` the blocks under way are in.
    Ending {
        writing: Writing,
        until: Monotonic,
    },
    /// What is on disk stays.
    Failed {
        millis: u64,
    },
}

/// Writes recordings: orders and blocks in, files and indications out. It reads no clock and knows no threads.
pub struct Recorder {
    config: RecorderConfig,
    recordings: HashMap<RecordingId, State>,
    ended: VecDeque<RecordingId>,
    indications: VecDeque<MediaIndication>,
    next_look: Monotonic,
    /// Free space was above the limit when looked at last.
    space: bool,
    /// Blocks of recordings that had ended, since start.
    pub stray_blocks: u64,
}

impl Recorder {
    /// Makes the directory if need be.
    pub fn new(config: RecorderConfig) -> io::Result<Recorder> {
        fs::create_dir_all(config.dir.join("open"))?;
        let mut recorder = Recorder {
            config,
            recordings: HashMap::new(),
            ended: VecDeque::new(),
            indications: VecDeque::new(),
            next_look: Monotonic(0),
            space: true,
            stray_blocks: 0,
        };
        recorder.space = recorder.has_space();
        Ok(recorder)
    }

    /// New settings; files in the making go on where they are.
    pub fn configure(&mut self, config: RecorderConfig) -> io::Result<()> {
        fs::create_dir_all(config.dir.join("open"))?;
        self.config = config;
        self.space = self.has_space();
        Ok(())
    }

    fn has_space(&self) -> bool {
        // A volume that does not answer fails at the next write, and tells more.
        statvfs(&self.config.dir).map_or(true, |volume| {
            let free = volume.blocks_available() * volume.fragment_size();
            free >= self.config.keep_free_octets
        })
    }

    /// Begins a recording; the file's folder is the site's date at `at`.
    pub fn start(&mut self, recording: RecordingId, at: WallTime) {
        if self.recordings.contains_key(&recording) {
            return;
        }
        self.ended.retain(|ended| *ended != recording);
        let state = if self.space {
            match self.create(recording, at) {
                Ok(writing) => State::Writing(writing),
                Err(error) => self.failed(recording, fault_of(&error), 0),
            }
        } else {
            self.failed(recording, RecordingFault::DiskFull, 0)
        };
        self.recordings.insert(recording, state);
    }

    fn create(&self, recording: RecordingId, at: WallTime) -> io::Result<Writing> {
        let path = recording_path(&self.config.dir, recording, at, self.config.utc_offset_minutes);
        // The marker first: a file that a crash leaves is always found again.
        fs::write(marker(&self.config.dir, recording), path.to_string_lossy().as_bytes())?;
        Writing::create(&path)
    }

    fn failed(&mut self, recording: RecordingId, reason: RecordingFault, millis: u64) -> State {
        self.indications.push_back(MediaIndication::RecordingFailed { recording, reason });
        State::Failed { millis }
    }

    /// A block from the engine. One that comes before its Start (orders and blocks take different ways) starts the recording.
    pub fn block(&mut self, block: &RecordedBlock, at: WallTime) {
        let recording = block.recording;
        if !self.recordings.contains_key(&recording) {
            if self.ended.contains(&recording) {
                self.stray_blocks += 1;
                return;
            }
            self.start(recording, at);
        }
        let Some(State::Writing(writing) | State::Ending { writing, .. }) = self.recordings.get_mut(&recording) else {
            return;
        };
        if let Err(error) = writing.block(block) {
            self.give_up(recording, fault_of(&error));
        }
    }

    /// The file is salvaged and the exchange told; the recording stays known until it is stopped.
    fn give_up(&mut self, recording: RecordingId, reason: RecordingFault) {
        let Some(State::Writing(mut writing) | State::Ending { mut writing, .. }) = self.recordings.remove(&recording)
        else {
            return;
        };
        let reason = match writing.salvage() {
            Ok(()) => reason,
            Err(error) => fault_of(&error),
        };
        let state = self.failed(recording, reason, writing.millis());
        self.recordings.insert(recording, state);
    }

    /// Ends a recording: [`MediaIndication::RecordingClosed`] follows once it is on disk.
    pub fn stop(&mut self, recording: RecordingId, now: Monotonic) {
        match self.recordings.remove(&recording) {
            Some(State::Writing(writing)) => {
                self.recordings.insert(recording, State::Ending { writing, until: now + ENDING });
            }
            Some(State::Failed { millis }) => self.closed(recording, millis),
            Some(ending @ State::Ending { .. }) => {
                self.recordings.insert(recording, ending);
            }
            // Stopped before it started: nothing was recorded, and nobody must wait for its end.
            None => self.closed(recording, 0),
        }
    }

    fn closed(&mut self, recording: RecordingId, millis: u64) {
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(recording);
        // Without its marker a file is finished; one whose marker stays is looked at again at the next start, and found whole.
        let _already_gone = fs::remove_file(marker(&self.config.dir, recording)).is_err();
        self.indications.push_back(MediaIndication::RecordingClosed { recording, millis });
    }

    /// Ends what is to end, and once a second brings headers and disk up to date.
    pub fn expire(&mut self, now: Monotonic) {
        let due = |(id, state): (&RecordingId, &State)| match state {
            State::Ending { until, .. } if *until <= now => Some(*id),
            State::Ending { .. } | State::Writing(_) | State::Failed { .. } => None,
        };
        let ending: Vec<RecordingId> = self.recordings.iter().filter_map(due).collect();
        ending.into_iter().for_each(|recording| self.finish(recording));
        if now >= self.next_look {
            self.next_look = now + SYNC;
            self.space = self.has_space();
        }
        self.sync(now);
    }

    fn finish(&mut self, recording: RecordingId) {
        if let Some(State::Ending { writing, .. }) = self.recordings.get_mut(&recording)
            && let Err(error) = writing.sync()
        {
            self.give_up(recording, fault_of(&error));
        }
        let millis = match self.recordings.remove(&recording) {
            Some(State::Writing(writing) | State::Ending { writing, .. }) => writing.millis(),
            Some(State::Failed { millis }) => millis,
            None => 0,
        };
        self.closed(recording, millis);
    }

    /// Each file has its own moment of the second: the disk is not asked for all of them at once, while blocks wait.
    fn sync(&mut self, now: Monotonic) {
        let mut failed = Vec::new();
        for (recording, state) in &mut self.recordings {
            let (State::Writing(writing) | State::Ending { writing, .. }) = state else { continue };
            if !self.space {
                failed.push((
                    *recording,
                    writing.sync().map_or_else(|error| fault_of(&error), |()| RecordingFault::DiskFull),
                ));
                continue;
            }
            let moment = Millis(recording.0 % MOMENTS * (SYNC.0 / MOMENTS));
            let due = *writing.sync_at.get_or_insert(now + moment);
            if now >= due {
                writing.sync_at = Some(now + SYNC);
                if let Err(error) = writing.sync() {
                    failed.push((*recording, fault_of(&error)));
                }
            }
        }
        failed.into_iter().for_each(|(recording, reason)| self.give_up(recording, reason));
    }

    /// Ends everything at once: the daemon stops.
    pub fn finish_all(&mut self, now: Monotonic) {
        let all: Vec<RecordingId> = self.recordings.keys().copied().collect();
        all.into_iter().for_each(|recording| self.stop(recording, now));
        self.expire(now + ENDING);
    }

    /// The next indication, until `None`.
    pub fn poll(&mut self) -> Option<MediaIndication> {
        self.indications.pop_front()
    }

    /// The file of a recording that is being written.
    pub fn path(&self, recording: RecordingId) -> Option<&Path> {
        match self.recordings.get(&recording)? {
            State::Writing(writing) | State::Ending { writing, .. } => Some(&writing.path),
            State::Failed { .. } => None,
        }
    }
}

pub(crate) fn marker(dir: &Path, recording: RecordingId) -> PathBuf {
    dir.join("open").join(recording.0.to_string())
}
