//! The power goes, or the daemon is killed, at any moment: at most a second of sound is missing, and every closed recording plays.
//!
//! Two hundred times: 180 volumes cut off between any two things the disk did, unsynced octets torn or garbled as a disk leaves them, and 20
//! processes killed with signal 9.

use clock::{Monotonic, WallTime};
use files::*;
use graph::{RecordedBlock, RecorderEnd};
use identity::RecordingId;
use pcm::alaw;
use plan::MediaIndication;
use rtrb::RingBuffer;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use vault::{Key, KeyRing};

const AT: WallTime = WallTime(1_795_400_000_000);
/// Ticks a second.
const SECOND: usize = 50;

/// SplitMix64: every run of a seed is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// What is said at a tick is of that tick and recording alone, and never silence.
fn block(recording: RecordingId, tick: u64) -> RecordedBlock {
    let voice = |n: u64| match (recording.0.wrapping_mul(31) ^ tick ^ n.wrapping_mul(97)) as u8 {
        alaw::SILENCE => 1,
        octet => octet,
    };
    RecordedBlock { recording, tick, left: [voice(tick >> 8); 160], right: [voice(1 + (tick >> 8)); 160] }
}

/// What a recording should say: a flag for each tick since its first, whether it was heard.
type Truth = BTreeMap<RecordingId, (u64, Vec<bool>)>;

fn hear(truth: &mut Truth, recording: RecordingId, tick: u64) {
    let (first, heard) = truth.entry(recording).or_insert((tick, Vec::new()));
    heard.resize((tick - *first) as usize, false);
    heard.push(true);
}

fn path(dir: &Path, recording: RecordingId) -> PathBuf {
    recording_path(dir, recording, AT, 480)
}

/// Half of the volumes are sealed.
fn keys() -> Keys {
    Keys::new(KeyRing::new(Key::new(0, [5; 32]), [6; 32]))
}

/// A recording as a player gets it; nothing: it has no file.
fn played(dir: &Path, recording: RecordingId) -> Vec<u8> {
    let Some(path) = find_recording(dir, recording) else { return Vec::new() };
    let mut file = Playable::open(&path, Some(&keys())).expect("plays");
    let mut octets = vec![0; file.octets() as usize];
    assert_eq!(file.read_at(0, &mut octets).expect("plays"), octets.len());
    assert!(!file.is_damaged(), "{}", path.display());
    octets
}

/// Ticks that are missing from a file: at its end, and within. What is there must be right.
fn missing(dir: &Path, recording: RecordingId, (first, heard): &(u64, Vec<bool>)) -> (usize, usize) {
    let file = played(dir, recording);
    let sound = file.get(58..).unwrap_or_default();
    if !file.is_empty() {
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four")) as usize;
        assert_eq!((&file[..4], &file[8..16], word(54)), (&b"RIFF"[..], &b"WAVEfmt "[..], sound.len()), "plays");
    }
    let ticks = sound.len() / 320;
    assert!(ticks <= heard.len() && sound.len() % 320 == 0, "{recording}: more than was said");
    let mut within = 0;
    for (n, frames) in sound.chunks(320).enumerate() {
        let said = block(recording, first + n as u64);
        let silent = frames.iter().all(|octet| *octet == alaw::SILENCE);
        if heard[n] && silent {
            within += 1;
        } else if heard[n] {
            assert!(
                frames.chunks(2).all(|frame| frame == [said.left[0], said.right[0]]),
                "{recording}: tick {n} is wrong"
            );
        } else {
            assert!(silent, "{recording}: tick {n} was never heard");
        }
    }
    // Silence on hold is not missed.
    (heard[ticks..].iter().filter(|heard| **heard).count(), within)
}

/// A volume, those who use it, and what they did.
struct Volume {
    dir: tempfile::TempDir,
    recorder: Recorder,
    hand: JournalHand,
    /// A commit or a batch of cuts that the disk is busy with, until then.
    commit: Option<(Commit, u64)>,
    cuts: Option<(Vec<Cut>, u64)>,
    truth: Truth,
    closed: Vec<RecordingId>,
}

impl Volume {
    fn new(sealed: bool) -> Volume {
        let dir = tempfile::tempdir().expect("dir");
        let config =
            RecorderConfig { dir: dir.path().into(), keep_free_octets: 0, utc_offset_minutes: 480, seal: sealed };
        // Small segments, so that calls last over many and are moved out of old ones.
        let shape = JournalShape { segment_octets: 40_000, segments: 4 };
        let mut recorder = Recorder::with_journal(config, shape).expect("a directory");
        if sealed {
            recorder.hold_keys(keys()).expect("sealed");
        }
        let (truth, closed) = (Truth::new(), Vec::new());
        Volume { dir, recorder, hand: JournalHand::default(), commit: None, cuts: None, truth, closed }
    }

    /// 100 ms, in which the disk may finish what it is busy with.
    fn turn(&mut self, now: u64, dice: &mut Dice) {
        if let Some((commit, _)) = self.commit.take_if(|(_, until)| *until <= now) {
            let committed = self.hand.perform(commit);
            self.recorder.committed(committed);
        }
        if let Some((cuts, _)) = self.cuts.take_if(|(_, until)| *until <= now) {
            self.recorder.cut(cut(cuts), Monotonic(now));
        }
        self.recorder.expire(Monotonic(now));
        while let Some(work) = self.recorder.work(Monotonic(now)) {
            match work {
                Work::Commit(commit) => self.commit = Some((commit, now + dice.below(180))),
                Work::Cut(cuts) => self.cuts = Some((cuts, now + dice.below(900))),
            }
        }
        while let Some(indication) = self.recorder.poll() {
            match indication {
                MediaIndication::RecordingClosed { recording, .. } => self.closed.push(recording),
                other => panic!("{other:?}"),
            }
        }
    }

    /// The power goes: what the disk was busy with is there in part, and garbled.
    fn cut_off(&mut self, dice: &mut Dice) {
        let journal = self.dir.path().join("journal");
        if let Some((commit, _)) = self.commit.take() {
            let before = sizes(&journal);
            let _lost_with_the_power = self.hand.perform(commit);
            for (path, after) in sizes(&journal) {
                let synced = before.get(&path).copied().unwrap_or(0);
                tear(&path, synced, after, dice);
            }
        }
        if let Some((cuts, _)) = self.cuts.take() {
            let before = files_of(self.dir.path());
            let _lost_with_the_power = cut(cuts);
            for path in files_of(self.dir.path()).into_keys().filter(|path| !before.contains_key(path)) {
                let part = PathBuf::from(format!("{}.part", path.display()));
                // It had its name and was on disk, or neither; what an earlier sync brought to the disk is there.
                if path.extension().is_some_and(|kind| kind != "part") && dice.below(2) == 0 {
                    fs::rename(&path, &part).expect("renamed");
                    let size = fs::metadata(&part).expect("there").len();
                    tear(&part, before.get(&part).copied().unwrap_or(0), size, dice);
                }
            }
        }
    }
}

fn sizes(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let entries = fs::read_dir(dir).expect("readable").flatten();
    entries.map(|entry| (entry.path(), entry.metadata().expect("there").len())).collect()
}

/// The files of the day.
fn files_of(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let day = path(dir, RecordingId(0)).parent().expect("a day").to_owned();
    if day.is_dir() { sizes(&day) } else { BTreeMap::new() }
}

/// Of the octets that were not synced some are there, some are not, some are wrong.
fn tear(path: &Path, synced: u64, size: u64, dice: &mut Dice) {
    if size <= synced {
        return;
    }
    let file = File::options().write(true).open(path).expect("open");
    file.set_len(synced + dice.below(size - synced + 1)).expect("cut");
    for _ in 0..dice.below(4) {
        let at = synced + dice.below(size - synced);
        let long = 1 + dice.below(4096.min(size - at)) as usize;
        file.write_all_at(&vec![dice.below(256) as u8; long], at).expect("garbled");
    }
}

/// Calls come and go, some are held, until the power goes.
fn run_until_cut_off(seed: u64, dice: &mut Dice) -> Volume {
    let mut volume = Volume::new(seed.is_multiple_of(2));
    let mut up: Vec<RecordingId> = Vec::new();
    let mut next = seed * 1000;
    let ticks = 100 + dice.below(1400);
    for tick in 0..ticks {
        if up.len() < 6 && dice.below(40) == 0 {
            next += 1;
            up.push(RecordingId(next));
            volume.recorder.start(RecordingId(next), AT);
        }
        if up.len() > 1 && dice.below(150) == 0 {
            let gone = up.swap_remove(dice.below(up.len() as u64) as usize);
            volume.recorder.stop(gone, Monotonic(tick * 20));
        }
        for recording in &up {
            // On hold now and then, for two seconds.
            if (tick / 100 + recording.0) % 7 != 0 {
                volume.recorder.block(&block(*recording, tick), AT);
                hear(&mut volume.truth, *recording, tick);
            }
        }
        if tick % 5 == 4 {
            volume.turn(tick * 20, dice);
        }
    }
    volume
}

/// REC-01, REC-02: the power goes at any moment: at the next start every recording is a file that plays, right as far as it goes, and at
/// most its last second is missing; one that was told as closed is whole.
#[test]
fn a_power_cut_costs_at_most_a_second() {
    let (mut whole, mut recovered_count) = (0, 0);
    for seed in 1..=120 {
        let mut dice = Dice(seed);
        let mut volume = run_until_cut_off(seed, &mut dice);
        volume.cut_off(&mut dice);
        let dir = volume.dir.path();
        let recovered = recover(dir, Some(&keys())).expect("recovered");
        assert!(recovered.failed.is_empty());
        for (recording, truth) in &volume.truth {
            let (end, within) = missing(dir, *recording, truth);
            let closed = volume.closed.contains(recording);
            let most = if closed { 0 } else { SECOND };
            assert!(end <= most && within == 0, "seed {seed}, {recording}: {end} + {within} ticks, closed: {closed}");
            whole += usize::from(closed);
        }
        recovered_count += recovered.recordings.len();
        assert!(recover(dir, Some(&keys())).expect("done").recordings.is_empty(), "seed {seed}: recovered twice");
    }
    assert!(whole > 200 && recovered_count > 200, "{whole} closed, {recovered_count} recovered: too few to mean much");
}

/// The disk gives back something else than was written, anywhere in the journal: it costs what was hit, closed recordings play.
#[test]
fn a_garbled_disk_costs_what_it_hit() {
    let mut damaged = 0;
    for seed in 1..=60 {
        let mut dice = Dice(seed + 1000);
        let mut volume = run_until_cut_off(seed, &mut dice);
        volume.cut_off(&mut dice);
        let dir = volume.dir.path();
        let segments = sizes(&dir.join("journal"));
        let (path, size) = segments.iter().nth(dice.below(segments.len() as u64) as usize).expect("a segment");
        let at = dice.below((*size).max(1));
        let file = File::options().write(true).open(path).expect("open");
        file.write_all_at(&vec![dice.below(256) as u8; 1 + dice.below(700) as usize], at).expect("garbled");
        let recovered = recover(dir, Some(&keys())).expect("recovered");
        damaged += usize::from(recovered.damaged_octets > 0);
        for (recording, truth) in volume.truth.iter().filter(|(id, _)| !volume.closed.contains(id)) {
            let (end, within) = missing(dir, *recording, truth);
            assert!(end <= 2 * SECOND && within <= SECOND, "seed {seed}, {recording}: {end} + {within} ticks");
        }
        for (recording, truth) in volume.truth.iter().filter(|(id, _)| volume.closed.contains(id)) {
            assert_eq!(missing(dir, *recording, truth), (0, 0), "seed {seed}: closed");
        }
    }
    assert!(damaged > 40, "{damaged}");
}

const CHILD: &str = "FASTCALL_TEST_RECORDS_INTO";

/// What is killed: records four calls in the ticks' own time through the thread as shipped, one of them ending every half second, and prints what it did.
#[test]
fn child_that_records() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let config = RecorderConfig { dir: dir.into(), keep_free_octets: 0, utc_offset_minutes: 480, seal: false };
    let recorder = Recorder::with_journal(config, JournalShape { segment_octets: 100_000, segments: 3 }).expect("dir");
    let (mut blocks, taken) = RingBuffer::new(1000);
    let (mut orders, queue) = RingBuffer::new(100);
    let (indicate, mut told) = RingBuffer::new(100);
    let wiring = RecorderWiring { orders: queue, indications: indicate, notify: Box::new(|| {}) };
    let _runs = spawn_recorder(recorder, RecorderEnd { blocks: taken }, wiring).expect("a thread");
    let mut out = std::io::stdout();
    // The test's name stands on the line.
    writeln!(out).expect("a pipe");
    let began = std::time::Instant::now();
    for tick in 0..3000 {
        let oldest = 1 + tick / 25;
        for recording in (oldest..oldest + 4).map(RecordingId) {
            blocks.push(block(recording, tick)).expect("room");
        }
        if tick % 25 == 24 {
            orders.push(RecorderOrder::Stop { recording: RecordingId(oldest) }).expect("room");
        }
        while let Ok(MediaIndication::RecordingClosed { recording, .. }) = told.pop() {
            writeln!(out, "closed {}", recording.0).expect("a pipe");
        }
        writeln!(out, "tick {tick}").expect("a pipe");
        std::thread::sleep(Duration::from_millis(20 * (tick + 1)).saturating_sub(began.elapsed()));
    }
}

/// REC-02: the recording process is killed: the same holds of what it leaves. Ten at once, twice.
#[test]
fn a_killed_recorder_costs_at_most_a_second() {
    for round in 0..2 {
        let mut dice = Dice(round);
        let dirs: Vec<tempfile::TempDir> = (0..10).map(|_| tempfile::tempdir().expect("dir")).collect();
        let mut children: Vec<_> = dirs
            .iter()
            .map(|dir| {
                let mut command = Command::new(std::env::current_exe().expect("this test"));
                command.args(["--exact", "child_that_records", "--nocapture", "--test-threads=1"]);
                command.env(CHILD, dir.path()).stdout(Stdio::piped()).spawn().expect("a child")
            })
            .collect();
        for child in &mut children {
            std::thread::sleep(Duration::from_millis(200 + dice.below(200)));
            child.kill().expect("killed");
        }
        for (dir, child) in dirs.iter().zip(children) {
            check_what_is_left(dir.path(), child);
        }
    }
}

fn check_what_is_left(dir: &Path, mut child: std::process::Child) {
    let (mut truth, mut closed) = (Truth::new(), Vec::new());
    for line in BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok) {
        let mut words = line.split(' ');
        match (words.next(), words.next().and_then(|word| word.parse::<u64>().ok())) {
            (Some("tick"), Some(tick)) => {
                let oldest = 1 + tick / 25;
                (oldest..oldest + 4).for_each(|id| hear(&mut truth, RecordingId(id), tick));
            }
            (Some("closed"), Some(id)) => closed.push(RecordingId(id)),
            _ => {}
        }
    }
    child.wait().expect("ended");
    recover(dir, Some(&keys())).expect("recovered");
    for (recording, (first, heard)) in &mut truth {
        // A block may have been recorded before the child could say so.
        heard.push(true);
        let (end, within) = missing(dir, *recording, &(*first, heard.clone()));
        let most = if closed.contains(recording) { 1 } else { SECOND + 1 };
        assert!(end <= most && within == 0, "{recording}: {end} + {within} ticks of {}", heard.len());
    }
}
