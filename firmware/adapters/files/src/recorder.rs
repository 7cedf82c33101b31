use crate::places::recording_path;
use crate::writing::{Writing, fault_of};
use clock::{Millis, Monotonic, WallTime};
use graph::RecordedBlock;
use identity::RecordingId;
use nix::sys::statvfs::statvfs;
use plan::{MediaIndication, RecordingFault};
use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// After Stop, blocks that were under way may still come for so long.
const ENDING: Millis = Millis(100);
/// Headers and disk follow so often.
const SYNC: Millis = Millis(1000);
/// An ended recording waits for the disk no longer than it takes to gather others that ended with it.
const SYNC_ENDED: Millis = Millis(200);
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
    /// Whole in its file, waiting for the volume's sync of this number.
    Closing {
        writing: Writing,
        sync: u64,
    },
    /// What is on disk stays.
    Failed {
        millis: u64,
    },
}

/// Writes recordings: orders and blocks in, files and indications out. It reads no clock and knows no threads.
pub struct Recorder {
    config: RecorderConfig,
    /// The folder that recordings are in: for the volume's sync, and its errors since then.
    volume: File,
    recordings: HashMap<RecordingId, State>,
    ended: VecDeque<RecordingId>,
    indications: VecDeque<MediaIndication>,
    syncs: Syncs,
    /// Free space was above the limit when looked at last.
    space: bool,
    /// Blocks of recordings that had ended, since start.
    pub stray_blocks: u64,
}

/// One sync of the volume serves every recording on it. It may take seconds on a busy disk: whoever runs the recorder does it
/// elsewhere, one at a time, and the recorder goes on writing.
#[derive(Debug)]
struct Syncs {
    next: Monotonic,
    /// Asked for so far.
    asked: u64,
    under_way: bool,
}

impl Recorder {
    /// Makes the directory if need be.
    pub fn new(config: RecorderConfig) -> io::Result<Recorder> {
        fs::create_dir_all(config.dir.join("open"))?;
        let mut recorder = Recorder {
            volume: File::open(&config.dir)?,
            config,
            recordings: HashMap::new(),
            ended: VecDeque::new(),
            indications: VecDeque::new(),
            syncs: Syncs { next: Monotonic(0), asked: 0, under_way: false },
            space: true,
            stray_blocks: 0,
        };
        recorder.space = recorder.has_space();
        Ok(recorder)
    }

    /// New settings; files in the making go on where they are.
    pub fn configure(&mut self, config: RecorderConfig) -> io::Result<()> {
        fs::create_dir_all(config.dir.join("open"))?;
        self.volume = File::open(&config.dir)?;
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

    /// The file is salvaged and the exchange told. A recording that nobody has stopped stays known until it is.
    fn give_up(&mut self, recording: RecordingId, reason: RecordingFault) {
        let (mut writing, stopped) = match self.recordings.remove(&recording) {
            Some(State::Writing(writing)) => (writing, false),
            Some(State::Ending { writing, .. } | State::Closing { writing, .. }) => (writing, true),
            Some(failed @ State::Failed { .. }) => {
                self.recordings.insert(recording, failed);
                return;
            }
            None => return,
        };
        let reason = match writing.salvage() {
            Ok(()) => reason,
            Err(error) => fault_of(&error),
        };
        let state = self.failed(recording, reason, writing.millis());
        if stopped {
            self.closed(recording, writing.millis());
        } else {
            self.recordings.insert(recording, state);
        }
    }

    /// Ends a recording: [`MediaIndication::RecordingClosed`] follows once it is on disk.
    pub fn stop(&mut self, recording: RecordingId, now: Monotonic) {
        match self.recordings.remove(&recording) {
            Some(State::Writing(writing)) => {
                self.recordings.insert(recording, State::Ending { writing, until: now + ENDING });
            }
            Some(State::Failed { millis }) => self.closed(recording, millis),
            Some(ending @ (State::Ending { .. } | State::Closing { .. })) => {
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

    /// Ends what is to end. True: it is time for a sync of the volume ([`Recorder::sync`]), and [`Recorder::synced`] wants its outcome.
    pub fn expire(&mut self, now: Monotonic) -> bool {
        let due = |(id, state): (&RecordingId, &State)| match state {
            State::Ending { until, .. } if *until <= now => Some(*id),
            State::Ending { .. } | State::Closing { .. } | State::Writing(_) | State::Failed { .. } => None,
        };
        let ending: Vec<RecordingId> = self.recordings.iter().filter_map(due).collect();
        for recording in &ending {
            self.flush(*recording);
            if let Some(State::Ending { writing, .. }) = self.recordings.remove(recording) {
                let sync = self.syncs.asked + 1;
                self.recordings.insert(*recording, State::Closing { writing, sync });
            }
        }
        if !ending.is_empty() {
            self.syncs.next = self.syncs.next.min(now + SYNC_ENDED);
        }
        if self.syncs.under_way || now < self.syncs.next {
            return false;
        }
        self.syncs.next = now + SYNC;
        self.flush_all();
        let open = |state: &State| matches!(state, State::Writing(_) | State::Ending { .. } | State::Closing { .. });
        self.syncs.under_way = self.recordings.values().any(open);
        self.syncs.asked += u64::from(self.syncs.under_way);
        self.syncs.under_way
    }

    /// What is in memory goes into the files; on a volume without space that ends them.
    fn flush_all(&mut self) {
        self.space = self.has_space();
        let growing = |(id, state): (&RecordingId, &State)| {
            matches!(state, State::Writing(_) | State::Ending { .. }).then_some(*id)
        };
        let growing: Vec<RecordingId> = self.recordings.iter().filter_map(growing).collect();
        for recording in growing {
            if self.flush(recording) && !self.space {
                self.give_up(recording, RecordingFault::DiskFull);
            }
        }
    }

    /// False: it failed, and is given up.
    fn flush(&mut self, recording: RecordingId) -> bool {
        let Some(State::Writing(writing) | State::Ending { writing, .. }) = self.recordings.get_mut(&recording) else {
            return false;
        };
        let mut flushed = writing.flush();
        // Begun before the recordings were moved elsewhere: the volume's sync is of the new place.
        if !writing.path.starts_with(&self.config.dir) {
            flushed = flushed.and_then(|()| writing.sync());
        }
        if let Err(error) = &flushed {
            self.give_up(recording, fault_of(error));
        }
        flushed.is_ok()
    }

    /// The volume to sync: run it wherever waiting is no harm.
    pub fn sync(&self) -> io::Result<VolumeSync> {
        self.volume.try_clone().map(VolumeSync)
    }

    /// The sync that [`Recorder::expire`] asked for is done: recordings that waited for it are closed.
    pub fn synced(&mut self, outcome: io::Result<()>) {
        self.syncs.under_way = false;
        if let Err(error) = outcome {
            let ids: Vec<RecordingId> = self.recordings.keys().copied().collect();
            ids.into_iter().for_each(|recording| self.give_up(recording, fault_of(&error)));
        }
        let done = |(id, state): (&RecordingId, &State)| match state {
            State::Closing { sync, writing } if *sync <= self.syncs.asked => Some((*id, writing.millis())),
            State::Closing { .. } | State::Ending { .. } | State::Writing(_) | State::Failed { .. } => None,
        };
        let done: Vec<(RecordingId, u64)> = self.recordings.iter().filter_map(done).collect();
        for (recording, millis) in done {
            self.recordings.remove(&recording);
            self.closed(recording, millis);
        }
    }

    /// Ends everything at once, waiting for the disk: the daemon stops.
    pub fn finish_all(&mut self, now: Monotonic) {
        let all: Vec<RecordingId> = self.recordings.keys().copied().collect();
        all.into_iter().for_each(|recording| self.stop(recording, now));
        self.syncs.under_way = false;
        self.syncs.next = Monotonic(0);
        if self.expire(now + ENDING) {
            let outcome = self.sync().and_then(VolumeSync::run);
            self.synced(outcome);
        }
    }

    /// The next indication, until `None`.
    pub fn poll(&mut self) -> Option<MediaIndication> {
        self.indications.pop_front()
    }

    /// The file of a recording that is being written.
    pub fn path(&self, recording: RecordingId) -> Option<&Path> {
        match self.recordings.get(&recording)? {
            State::Writing(writing) | State::Ending { writing, .. } | State::Closing { writing, .. } => {
                Some(&writing.path)
            }
            State::Failed { .. } => None,
        }
    }
}

/// A sync of the volume that recordings are on.
#[derive(Debug)]
pub struct VolumeSync(File);

impl VolumeSync {
    /// Waits until everything written to the volume before is on its disk; tells of writes that failed since the last one.
    pub fn run(self) -> io::Result<()> {
        nix::unistd::syncfs(&self.0).map_err(io::Error::from)
    }
}

pub(crate) fn marker(dir: &Path, recording: RecordingId) -> PathBuf {
    dir.join("open").join(recording.0.to_string())
}
