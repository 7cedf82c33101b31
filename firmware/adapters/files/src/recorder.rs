use crate::condition::{Losses, VolumeState};
use crate::cutting::{Custody, Cut, CutDone};
use crate::keys::{Keys, random};
use crate::places::recording_place;
use crate::track::{Moved, Track};
use crate::volume::{Commit, Committed, Group, JournalShape, Volume, free_octets};
use clock::{Millis, Monotonic, WallTime};
use graph::RecordedBlock;
use identity::RecordingId;
use journal::{Body, SegmentNumber};
use plan::{MediaIndication, RecordingFault};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::mem;
use std::path::PathBuf;
use vault::Sealer;

/// After Stop, blocks that were under way may still come for so long.
const ENDING: Millis = Millis(100);
/// The journal is written and synced so often. With the look at the rings before it and the disk's own time it is below a second.
const COMMIT: Millis = Millis(350);
/// An ended recording waits for the disk no longer than it takes to gather others that ended with it.
const COMMIT_ENDED: Millis = Millis(200);
/// A file that the disk refused is tried again so much later.
const CUT_AGAIN: Millis = Millis::secs(30);
/// Ids of ended recordings remembered, so that a straggling block does not start one again.
const REMEMBERED: usize = 1024;
/// A volume whose commit failed takes no new recordings for so long.
const SUSPECT: Millis = Millis::secs(60);
/// Nor does one that a commit has kept busy for so long.
const STALLED: Millis = Millis::secs(3);
/// Octets staged for a disk that does not answer: ten seconds of 960 calls.
const STAGED_AT_MOST: usize = 160 << 20;

/// Where recordings go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecorderConfig {
    pub dir: PathBuf,
    /// Stop recording when the volume has less than this left.
    pub keep_free_octets: u64,
    /// The site's time zone, for the folders.
    pub utc_offset_minutes: i32,
    /// Recordings that begin from now on are sealed, if there are keys.
    pub seal: bool,
}

#[derive(Debug)]
enum State {
    Open(Track),
    /// Stopped, `until` the blocks under way are in.
    Ending {
        track: Track,
        until: Monotonic,
    },
    /// All blocks are in: the next commit takes the rest of them.
    Ended(Track),
    /// In the journal to its end, and on its way into its file.
    Cutting(Track),
    /// What is in the journal stays, and becomes its file once it is stopped.
    Failed(Track),
}

impl State {
    fn track(&self) -> &Track {
        match self {
            State::Open(track) | State::Ended(track) | State::Cutting(track) | State::Failed(track) => track,
            State::Ending { track, .. } => track,
        }
    }

    fn track_mut(&mut self) -> &mut Track {
        match self {
            State::Open(track) | State::Ended(track) | State::Cutting(track) | State::Failed(track) => track,
            State::Ending { track, .. } => track,
        }
    }

    /// The track, if more of it may go into the journal.
    fn growing(&mut self) -> Option<&mut Track> {
        match self {
            State::Open(track) | State::Ended(track) | State::Ending { track, .. } => Some(track),
            State::Cutting(_) | State::Failed(_) => None,
        }
    }
}

/// What the recorder wants done on the disk: one commit and one batch of cuts at a time, wherever waiting is no harm.
#[derive(Debug)]
pub enum Work {
    Commit(Commit),
    Cut(Vec<Cut>),
}

/// Writes recordings: orders and blocks in, disk work and indications out. It reads no clock and knows no threads.
#[derive(Debug)]
pub struct Recorder {
    config: RecorderConfig,
    volume: Volume,
    recordings: BTreeMap<RecordingId, State>,
    ended: VecDeque<RecordingId>,
    indications: VecDeque<MediaIndication>,
    disk: Disk,
    /// Octets in memory that no commit has taken.
    staged: usize,
    pub losses: Losses,
    sealing: Option<Sealing>,
}

/// What recordings are sealed with on their way to the disk.
#[derive(Debug)]
struct Sealing {
    custody: Custody,
    /// The journal's; another when the key changes.
    sealer: Sealer,
}

impl Sealing {
    fn new(custody: Custody) -> io::Result<Sealing> {
        let no_key = || io::Error::from(io::ErrorKind::PermissionDenied);
        let sealer = Sealer::new(&custody.keys.ring(), random()?).ok_or_else(no_key)?;
        Ok(Sealing { custody, sealer })
    }

    /// The newest key seals.
    fn renew(&mut self) {
        let newest = self.custody.keys.ring().newest().map(vault::Key::id);
        if newest != Some(self.sealer.key())
            && let Ok(fresh) = Sealing::new(self.custody.clone())
        {
            *self = fresh;
        }
    }
}

/// What the disk was asked to do and has not answered.
#[derive(Debug)]
struct Disk {
    /// When the next commit is due.
    next: Monotonic,
    under_way: Option<Group>,
    cuts: VecDeque<Cut>,
    cutting: bool,
    /// Cuts that failed, and when they are tried again.
    again: VecDeque<(Monotonic, Cut)>,
    /// Recordings in their files, which the journal is to know.
    cut: Vec<RecordingId>,
    /// Free space was above the limit when looked at last.
    space: bool,
    /// What the recordings of the volume take, and what they may.
    used: Option<(u64, u64)>,
    /// The clock when it was looked at last.
    now: Monotonic,
    /// When the commit under way began.
    began: Monotonic,
    /// A commit failed: until then the disk is not believed.
    suspect: Option<Monotonic>,
}

impl Recorder {
    /// Makes the directory if need be.
    pub fn new(config: RecorderConfig) -> io::Result<Recorder> {
        Recorder::with_journal(config, JournalShape::default())
    }

    /// With a journal divided in another way.
    pub fn with_journal(config: RecorderConfig, shape: JournalShape) -> io::Result<Recorder> {
        let volume = Volume::new(&config.dir, shape)?;
        let space = has_space(&config, free_octets(&config.dir));
        Ok(Recorder {
            config,
            volume,
            recordings: BTreeMap::new(),
            ended: VecDeque::new(),
            indications: VecDeque::new(),
            disk: Disk {
                next: Monotonic(0),
                under_way: None,
                cuts: VecDeque::new(),
                cutting: false,
                again: VecDeque::new(),
                cut: Vec::new(),
                space,
                used: None,
                now: Monotonic(0),
                began: Monotonic(0),
                suspect: None,
            },
            staged: 0,
            losses: Losses::default(),
            sealing: None,
        })
    }

    /// The journal is sealed with these keys, and files as the configuration says; the volume's manifests tell of them.
    pub fn hold_keys(&mut self, keys: Keys) -> io::Result<()> {
        let custody = Custody::of(&self.config.dir, keys, self.config.utc_offset_minutes)?;
        self.sealing = Some(Sealing::new(custody)?);
        Ok(())
    }

    /// None before [`Recorder::hold_keys`].
    pub fn custody(&self) -> Option<Custody> {
        self.sealing.as_ref().map(|sealing| sealing.custody.clone())
    }

    /// New settings. The folder stays what it was: a volume is changed with the box at rest.
    pub fn configure(&mut self, config: RecorderConfig) {
        self.config = RecorderConfig { dir: mem::take(&mut self.config.dir), ..config };
        self.disk.space = has_space(&self.config, free_octets(&self.config.dir));
    }

    /// Begins a recording; the file's folder is the site's date at `at`.
    pub fn start(&mut self, recording: RecordingId, at: WallTime) {
        if self.recordings.contains_key(&recording) {
            return;
        }
        self.ended.retain(|ended| *ended != recording);
        let sealed = self.config.seal && self.sealing.is_some();
        let place = recording_place(recording, at, self.config.utc_offset_minutes, sealed);
        let track = Track::new(place);
        let state = if !self.state().full {
            State::Open(track)
        } else {
            self.tell_failed(recording, RecordingFault::DiskFull);
            State::Failed(track)
        };
        self.recordings.insert(recording, state);
    }

    pub fn state(&self) -> VolumeState {
        let Disk { space, used, now, began, suspect, ref under_way, .. } = self.disk;
        VolumeState {
            full: !space || used.is_some_and(|(used, quota)| quota > 0 && used >= quota),
            failing: suspect.is_some_and(|until| until > now),
            slow: under_way.is_some() && now.since(began) > STALLED,
        }
    }

    pub fn directory(&self) -> &std::path::Path {
        &self.config.dir
    }

    /// What somebody counted: octets that recordings take, and may take (0: as much as there is).
    pub fn uses(&mut self, octets: u64, quota: u64) {
        self.disk.used = Some((octets, quota));
    }

    fn tell_failed(&mut self, recording: RecordingId, reason: RecordingFault) {
        self.indications.push_back(MediaIndication::RecordingFailed { recording, reason });
    }

    /// It was here, and is closed.
    pub fn has_ended(&self, recording: RecordingId) -> bool {
        self.ended.contains(&recording)
    }

    /// A block from the engine. One that comes before its Start (orders and blocks take different ways) starts the recording.
    pub fn block(&mut self, block: &RecordedBlock, at: WallTime) {
        let recording = block.recording;
        let Some(state) = self.recordings.get_mut(&recording) else {
            if self.ended.contains(&recording) {
                self.losses.stray_blocks += 1;
                return;
            }
            self.start(recording, at);
            return self.block(block, at);
        };
        let Some(track) = state.growing() else { return };
        if self.staged < STAGED_AT_MOST {
            self.staged += track.block(block);
        } else {
            self.losses.late_blocks += 1;
            track.lose(block.tick);
        }
    }

    /// What is not in the journal is lost, and the exchange told.
    fn give_up(&mut self, recording: RecordingId, reason: RecordingFault) {
        let Some(state) = self.recordings.remove(&recording) else { return };
        let (mut track, stopped) = match state {
            State::Open(track) => (track, false),
            State::Ending { track, .. } | State::Ended(track) => (track, true),
            State::Cutting(_) | State::Failed(_) => {
                self.recordings.insert(recording, state);
                return;
            }
        };
        self.staged -= track.forget_staged();
        self.tell_failed(recording, reason);
        if stopped {
            self.order_cut(recording, track);
        } else {
            self.recordings.insert(recording, State::Failed(track));
        }
    }

    /// The rest of a recording into its file.
    fn order_cut(&mut self, recording: RecordingId, mut track: Track) {
        let (pieces, from, to) = track.kept.take(track.kept.pieces.len());
        // A pause at its end is silence of its own length.
        let to = to.max(track.length_with_pause());
        let (dir, place, custody) = (self.config.dir.clone(), track.place.clone(), self.custody());
        let pauses = track.pauses();
        self.disk.cuts.push_back(Cut { recording, dir, place, pieces, from, to, finish: true, pauses, custody });
        self.recordings.insert(recording, State::Cutting(track));
    }

    /// Ends a recording: [`MediaIndication::RecordingClosed`] follows once its file is on disk.
    pub fn stop(&mut self, recording: RecordingId, now: Monotonic) {
        match self.recordings.remove(&recording) {
            Some(State::Open(track)) => {
                self.recordings.insert(recording, State::Ending { track, until: now + ENDING });
            }
            Some(State::Failed(track)) => self.order_cut(recording, track),
            Some(ending) => {
                self.recordings.insert(recording, ending);
            }
            // Stopped before it started: nothing was recorded, and nobody must wait for its end.
            None => self.closed(recording, 0),
        }
    }

    /// What is said from now on is not recorded: silence of its own length, and a mark.
    pub fn pause(&mut self, recording: RecordingId) {
        if let Some(State::Open(track)) = self.recordings.get_mut(&recording) {
            track.pause();
        }
    }

    pub fn resume(&mut self, recording: RecordingId) {
        if let Some(State::Open(track)) = self.recordings.get_mut(&recording) {
            track.resume();
        }
    }

    fn closed(&mut self, recording: RecordingId, moments: u64) {
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(recording);
        self.indications.push_back(MediaIndication::RecordingClosed { recording, millis: moments / 8 });
    }

    /// Ends what is to end.
    pub fn expire(&mut self, now: Monotonic) {
        self.disk.now = now;
        let due = |(id, state): (&RecordingId, &State)| match state {
            State::Ending { until, .. } if *until <= now => Some(*id),
            State::Ending { .. } | State::Open(_) | State::Ended(_) | State::Cutting(_) | State::Failed(_) => None,
        };
        let ending: Vec<RecordingId> = self.recordings.iter().filter_map(due).collect();
        for recording in ending {
            if let Some(State::Ending { track, .. }) = self.recordings.remove(&recording) {
                self.recordings.insert(recording, State::Ended(track));
                self.disk.next = self.disk.next.min(now + COMMIT_ENDED);
            }
        }
    }

    /// What is to be done on the disk now, until `None`; [`Recorder::committed`] and [`Recorder::cut`] want the outcomes.
    pub fn work(&mut self, now: Monotonic) -> Option<Work> {
        if !self.disk.cutting {
            self.make_room();
            while self.disk.again.front().is_some_and(|(at, _)| *at <= now) {
                self.disk.cuts.extend(self.disk.again.pop_front().map(|(_, cut)| cut));
            }
            if !self.disk.cuts.is_empty() {
                self.disk.cutting = true;
                return Some(Work::Cut(self.disk.cuts.drain(..).collect()));
            }
        }
        if self.disk.under_way.is_some() || now < self.disk.next {
            return None;
        }
        self.disk.next = now + COMMIT;
        self.disk.began = now;
        self.commit(now).map(Work::Commit)
    }

    /// The journal is as long as it may be: the sound of calls that last goes from its oldest segments into their files.
    fn make_room(&mut self) {
        let Some(oldest) = self.volume.crowded() else { return };
        let custody = self.custody();
        for (recording, state) in &mut self.recordings {
            let Some(track) = state.growing().filter(|track| track.kept.moved == Moved::Settled) else { continue };
            let count = track.kept.pieces.iter().take_while(|piece| piece.segment <= oldest).count();
            if count > 0 {
                let (pieces, from, to) = track.kept.take(count);
                let (dir, place, custody) = (self.config.dir.clone(), track.place.clone(), custody.clone());
                let (recording, pauses) = (*recording, Vec::new());
                self.disk.cuts.push_back(Cut {
                    recording,
                    dir,
                    place,
                    pieces,
                    from,
                    to,
                    finish: false,
                    pauses,
                    custody,
                });
            }
        }
    }

    fn commit(&mut self, now: Monotonic) -> Option<Commit> {
        let needed = self.needed();
        let idle = |state: &State| !matches!(state, State::Ended(_)) && state.track().staged() == 0;
        let told = |state: &State| state.track().kept.told_in.is_some() || matches!(state, State::Failed(_));
        let nothing = self.recordings.values().all(|state| idle(state) && told(state));
        if nothing && self.disk.cut.is_empty() && !self.volume.has_unneeded(needed) {
            return None;
        }
        let mut making = self.volume.begin();
        let segment = making.group.segment;
        self.sealing.iter_mut().for_each(Sealing::renew);
        let mut sealer = self.sealing.as_mut().map(|sealing| &mut sealing.sealer);
        for (recording, state) in &mut self.recordings {
            let ended = matches!(state, State::Ended(_));
            let Some(track) = state.growing() else { continue };
            if making.full() {
                self.disk.next = now;
                break;
            }
            // Each segment tells the places of its recordings, so that a lost one costs its own second only.
            let tells = track.kept.is_to_tell(segment);
            if tells {
                making.tell(*recording, &track.place, track.kept.in_file);
            }
            track.tell_pauses(*recording, &mut making.writer, tells);
            let pieces = &mut making.group.pieces;
            let to = (&mut making.writer, making.base);
            self.staged -=
                track.write(*recording, segment, to, sealer.as_deref_mut(), |piece| pieces.push((*recording, piece)));
            if ended {
                making.writer.append(*recording, track.length, &Body::Ended);
                making.group.ended.push(*recording);
            }
        }
        for recording in self.disk.cut.drain(..) {
            making.writer.append(recording, 0, &Body::Cut);
        }
        let (commit, group) = self.volume.commit(making, needed);
        self.disk.under_way = Some(group);
        Some(commit)
    }

    /// The first segment that some recording needs.
    fn needed(&self) -> Option<SegmentNumber> {
        self.recordings.values().filter_map(|state| state.track().kept.needs()).min()
    }

    /// The commit is done: what it took is on disk, or lost.
    pub fn committed(&mut self, mut outcome: Committed) {
        self.volume.committed(&mut outcome);
        self.disk.space = has_space(&self.config, outcome.free_octets);
        let Some(group) = self.disk.under_way.take() else { return };
        match outcome.result {
            Ok(()) => self.keep(group),
            Err(error) => {
                self.losses.failed_commits += 1;
                self.disk.suspect = Some(self.disk.now + SUSPECT);
                let hit = group.pieces.iter().map(|(recording, _)| *recording).chain(group.ended);
                let hit: std::collections::BTreeSet<RecordingId> = hit.collect();
                hit.into_iter().for_each(|recording| self.give_up(recording, fault_of(&error)));
            }
        }
        if !self.disk.space {
            let growing = |(id, state): (&RecordingId, &State)| {
                matches!(state, State::Open(_) | State::Ending { .. }).then_some(*id)
            };
            let growing: Vec<RecordingId> = self.recordings.iter().filter_map(growing).collect();
            growing.into_iter().for_each(|recording| self.give_up(recording, RecordingFault::DiskFull));
        }
    }

    fn keep(&mut self, group: Group) {
        for (recording, in_file) in group.told {
            if let Some(state) = self.recordings.get_mut(&recording) {
                state.track_mut().kept.told(group.segment, in_file);
            }
        }
        for (recording, piece) in group.pieces {
            if let Some(state) = self.recordings.get_mut(&recording) {
                state.track_mut().kept.pieces.push(piece);
            }
        }
        for recording in group.ended {
            if let Some(State::Ended(track)) = self.recordings.remove(&recording) {
                self.order_cut(recording, track);
            }
        }
    }

    /// Cuts are done: finished recordings are told as closed.
    pub fn cut(&mut self, outcomes: Vec<CutDone>, now: Monotonic) {
        self.disk.cutting = false;
        for CutDone { cut, result, damaged } in outcomes {
            let recording = cut.recording;
            self.losses.damaged_pieces += damaged as u64;
            match (result, cut.finish) {
                (Ok(moments), true) => {
                    self.recordings.remove(&recording);
                    self.disk.cut.push(recording);
                    self.closed(recording, moments);
                }
                (Ok(_), false) => {
                    if let Some(state) = self.recordings.get_mut(&recording) {
                        state.track_mut().kept.arrived();
                    }
                }
                // The journal keeps it until the disk takes it, or the next start finds it.
                (Err(_), true) => {
                    self.losses.failed_cuts += 1;
                    self.disk.again.push_back((now + CUT_AGAIN, cut));
                }
                (Err(error), false) => {
                    self.losses.failed_cuts += 1;
                    self.stays(cut);
                    self.give_up(recording, fault_of(&error));
                }
            }
        }
    }

    /// Sound that could not be moved into its file goes there with the rest of its recording.
    fn stays(&mut self, mut cut: Cut) {
        if let Some(last) = self.disk.cuts.iter_mut().find(|last| last.recording == cut.recording) {
            cut.pieces.append(&mut last.pieces);
            (last.pieces, last.from) = (cut.pieces, cut.from);
        } else if let Some(state) = self.recordings.get_mut(&cut.recording) {
            state.track_mut().kept.put_back(cut.pieces, cut.from);
        }
    }

    /// Nothing is recorded, and the disk has answered everything.
    pub fn is_idle(&self) -> bool {
        self.recordings.is_empty() && self.disk.under_way.is_none() && !self.disk.cutting && self.disk.cut.is_empty()
    }

    /// Ends everything: the daemon stops.
    pub fn stop_all(&mut self, now: Monotonic) {
        let all: Vec<RecordingId> = self.recordings.keys().copied().collect();
        all.into_iter().for_each(|recording| self.stop(recording, now));
        self.disk.next = now;
    }

    /// The next indication, until `None`.
    pub fn poll(&mut self) -> Option<MediaIndication> {
        self.indications.pop_front()
    }

    /// Octets in memory that wait for the disk.
    pub fn staged(&self) -> usize {
        self.staged
    }
}

/// A volume that does not answer fails at the next write, and tells more.
fn has_space(config: &RecorderConfig, free: Option<u64>) -> bool {
    free.is_none_or(|free| free >= config.keep_free_octets)
}

fn fault_of(error: &io::Error) -> RecordingFault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            RecordingFault::DiskFull
        }
        _ => RecordingFault::DiskFailed,
    }
}
