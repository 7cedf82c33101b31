//! Recordings on disk: whole, interrupted, on a full disk.

use clock::{Monotonic, WallTime};
use files::*;
use graph::{Engine, Limits, Moment, RecordedBlock, connect};
use identity::{CircuitId, LegId, RecordingId, SpanId};
use plan::{MediaIndication, MediaRequest, Plan, Port, RecordingFault};
use rtrb::RingBuffer;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const AT: WallTime = WallTime(1_795_400_000_000);
const ID: RecordingId = RecordingId(42);

fn config(dir: &Path) -> RecorderConfig {
    RecorderConfig { dir: dir.into(), keep_free_octets: 0, utc_offset_minutes: 480, seal: false }
}

fn block(tick: u64, left: u8, right: u8) -> RecordedBlock {
    RecordedBlock { recording: ID, tick, left: [left; 160], right: [right; 160] }
}

/// As the recorder's threads do, but waiting for the disk.
struct Hands(JournalHand);

impl Hands {
    fn new() -> Hands {
        Hands(JournalHand::default())
    }

    fn work(&mut self, recorder: &mut Recorder, now: Monotonic) {
        recorder.expire(now);
        while let Some(work) = recorder.work(now) {
            match work {
                Work::Commit(commit) => recorder.committed(self.0.perform(commit)),
                Work::Cut(cuts) => recorder.cut(cut(cuts), now),
            }
        }
    }

    fn finish(&mut self, recorder: &mut Recorder, now: Monotonic) {
        recorder.stop_all(now);
        (1..9).for_each(|n| self.work(recorder, Monotonic(now.0 + n * 1000)));
        assert!(recorder.is_idle());
    }
}

fn indications(recorder: &mut Recorder) -> Vec<MediaIndication> {
    std::iter::from_fn(|| recorder.poll()).collect()
}

/// The sound of a file, its header checked as a player would.
fn sound(path: &Path) -> Vec<u8> {
    let file = fs::read(path).expect("readable");
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four")) as usize;
    assert_eq!((&file[..4], &file[8..16], &file[50..54]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    assert_eq!((file[20], file[22], word(24)), (6, 2, 8000), "A-law, two channels, 8 kHz");
    assert_eq!((word(4), word(54), word(46)), (file.len() - 8, file.len() - 58, (file.len() - 58) / 2));
    file[58..].to_vec()
}

fn path(dir: &Path) -> PathBuf {
    recording_path(dir, ID, AT, 480)
}

/// REC-01: left says, right hears, in order, at the site's date; its end tells its length.
#[test]
fn a_recording_has_two_channels() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    recorder.start(ID, AT);
    for tick in 0..250 {
        recorder.block(&block(tick, tick as u8, 200), AT);
        hands.work(&mut recorder, Monotonic(tick * 20));
    }
    recorder.stop(ID, Monotonic(5000));
    recorder.block(&block(250, 250, 200), AT);
    hands.work(&mut recorder, Monotonic(5050));
    assert_eq!(indications(&mut recorder), []);
    hands.work(&mut recorder, Monotonic(5100));
    assert_eq!(indications(&mut recorder), [], "others may end meanwhile, and one sync does for all");
    hands.work(&mut recorder, Monotonic(5300));
    assert_eq!(indications(&mut recorder), [MediaIndication::RecordingClosed { recording: ID, millis: 251 * 20 }]);
    let sound = sound(&path(dir.path()));
    for (tick, frames) in sound.chunks(320).enumerate() {
        assert!(frames.chunks(2).all(|frame| frame == [tick as u8, 200]));
    }
    assert_eq!(find_recording(dir.path(), ID), Some(path(dir.path())));
    assert_eq!(find_recording(dir.path(), RecordingId(43)), None);
    recorder.block(&block(251, 1, 1), AT);
    assert_eq!(recorder.losses, Losses { stray_blocks: 1, ..Losses::default() });
    hands.work(&mut recorder, Monotonic(7000));
    assert!(recover(dir.path(), None).expect("a journal").recordings.is_empty(), "nothing was left to do");
}

/// What was not recorded in between is silence, so that the recording's clock is the call's.
#[test]
fn gaps_are_silence() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    recorder.block(&block(1000, 1, 2), AT);
    recorder.block(&block(1050, 3, 4), AT);
    recorder.block(&block(1050, 9, 9), AT);
    Hands::new().finish(&mut recorder, Monotonic(2000));
    let sound = sound(&path(dir.path()));
    assert_eq!(sound.len(), 51 * 320);
    assert_eq!((&sound[..2], &sound[16_000..16_002]), (&[1, 2][..], &[3, 4][..]));
    assert!(sound[320..16_000].iter().all(|octet| *octet == pcm::alaw::SILENCE));
}

/// The daemon is killed: at the next start the journal becomes a file, all but the last second; a second start finds nothing to do.
#[test]
fn a_crash_costs_a_second() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    recorder.start(ID, AT);
    for tick in 0..160 {
        recorder.block(&block(tick, 1, 2), AT);
        hands.work(&mut recorder, Monotonic(tick * 20));
    }
    drop(recorder);
    let recovered = recover(dir.path(), None).expect("recovered").recordings;
    let [(id, millis)] = recovered[..] else { panic!("{recovered:?}") };
    assert!(id == ID && (2200..=3200).contains(&millis), "{millis}");
    let sound = sound(&path(dir.path()));
    assert_eq!(sound.len() as u64 / 16, millis);
    assert!(sound.chunks(2).all(|frame| frame == [1, 2]));
    assert!(recover(dir.path(), None).expect("done").recordings.is_empty());
}

/// Files in the making of releases before the journal are put right as they were.
#[test]
fn files_of_before_the_journal_are_finished() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    (0..100).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    Hands::new().finish(&mut recorder, Monotonic(2000));
    let mut file = fs::read(path(dir.path())).expect("readable");
    file.extend([7; 321]);
    fs::write(path(dir.path()), &file).expect("written");
    fs::create_dir(dir.path().join("open")).expect("made");
    fs::write(dir.path().join("open/42"), path(dir.path()).to_str().expect("plain")).expect("written");
    assert_eq!(recover(dir.path(), None).expect("recovered").recordings, [(ID, 2020)]);
    assert_eq!(sound(&path(dir.path())).len(), 101 * 320);
}

/// The disk is full: told once, what is there stays playable, and later calls are told at once.
#[test]
fn a_full_disk_ends_recordings() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    recorder.start(ID, AT);
    (0..100).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    hands.work(&mut recorder, Monotonic(2000));
    recorder.configure(RecorderConfig { keep_free_octets: u64::MAX, ..config(dir.path()) });
    recorder.block(&block(100, 1, 2), AT);
    hands.work(&mut recorder, Monotonic(3000));
    let failed = |recording| MediaIndication::RecordingFailed { recording, reason: RecordingFault::DiskFull };
    assert_eq!(indications(&mut recorder), [failed(ID)]);
    (101..200).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    recorder.start(RecordingId(43), AT);
    recorder.stop(ID, Monotonic(4000));
    hands.work(&mut recorder, Monotonic(4000));
    let closed = MediaIndication::RecordingClosed { recording: ID, millis: 2020 };
    assert_eq!(indications(&mut recorder), [failed(RecordingId(43)), closed]);
    assert_eq!(sound(&path(dir.path())).len(), 101 * 320);
}

/// A disk that stalls for ten seconds: recording goes on in memory, nothing is asked of the disk twice, nothing is lost.
#[test]
fn a_disk_that_stalls_holds_nothing_up() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    let Some(Work::Commit(commit)) = recorder.work(Monotonic(1000)) else { panic!("a commit is due") };
    for tick in 1..500 {
        recorder.block(&block(tick, 1, 2), AT);
        recorder.expire(Monotonic(1000 + tick * 20));
        assert!(recorder.work(Monotonic(1000 + tick * 20)).is_none(), "the one before is under way");
    }
    recorder.stop(ID, Monotonic(11_000));
    let mut hands = Hands::new();
    recorder.committed(hands.0.perform(commit));
    assert_eq!(indications(&mut recorder), []);
    hands.work(&mut recorder, Monotonic(11_300));
    assert_eq!(indications(&mut recorder), [MediaIndication::RecordingClosed { recording: ID, millis: 10_000 }]);
    assert_eq!((recorder.losses, recorder.staged()), (Losses::default(), 0));
}

/// A disk that stalls for longer than memory lasts: what there is no room for is counted and is silence, and the recording's clock goes on.
#[test]
fn what_a_stalled_disk_loses_is_counted() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    let Some(Work::Commit(commit)) = recorder.work(Monotonic(1000)) else { panic!("a commit is due") };
    let last = 540_000;
    (1..last).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    assert!(recorder.staged() <= 161 << 20, "{}", recorder.staged());
    let lost = recorder.losses.late_blocks;
    assert!((1..last / 10).contains(&lost), "{lost}");
    recorder.committed(hands.0.perform(commit));
    hands.work(&mut recorder, Monotonic(2000));
    hands.work(&mut recorder, Monotonic(3000));
    recorder.block(&block(last, 3, 4), AT);
    hands.finish(&mut recorder, Monotonic(4000));
    let closed = MediaIndication::RecordingClosed { recording: ID, millis: (last + 1) * 20 };
    assert_eq!(indications(&mut recorder), [closed]);
    let sound = sound(&path(dir.path()));
    let silent = sound.chunks(320).filter(|frames| frames.iter().all(|octet| *octet == pcm::alaw::SILENCE)).count();
    assert_eq!((silent as u64, &sound[sound.len() - 2..]), (lost, &[3, 4][..]));
}

/// The disk lost what was written: every recording of that commit is told, and one that had ended gets its end as well.
#[test]
fn a_failed_commit_is_told() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    let other = RecordingId(43);
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    recorder.stop(ID, Monotonic(0));
    recorder.start(other, AT);
    recorder.block(&RecordedBlock { recording: other, ..block(0, 1, 2) }, AT);
    recorder.expire(Monotonic(1000));
    let journal = dir.path().join("journal");
    let aside = dir.path().join("aside");
    fs::rename(&journal, &aside).expect("gone");
    hands.work(&mut recorder, Monotonic(1000));
    let failed = |recording| MediaIndication::RecordingFailed { recording, reason: RecordingFault::DiskFailed };
    let closed = |recording, millis| MediaIndication::RecordingClosed { recording, millis };
    assert_eq!(indications(&mut recorder), [failed(ID), failed(other), closed(ID, 0)]);
    fs::rename(&aside, &journal).expect("back");
    recorder.stop(other, Monotonic(2000));
    recorder.start(RecordingId(44), AT);
    recorder.block(&RecordedBlock { recording: RecordingId(44), ..block(7, 1, 2) }, AT);
    recorder.stop(RecordingId(44), Monotonic(2000));
    hands.work(&mut recorder, Monotonic(2100));
    hands.work(&mut recorder, Monotonic(3000));
    assert_eq!(indications(&mut recorder), [closed(other, 0), closed(RecordingId(44), 20)]);
}

/// The disk refuses the file (another stands where its folder should be): no panic, the journal keeps it, and it is tried again.
#[test]
fn a_refused_file_is_tried_again() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let mut hands = Hands::new();
    let year = path(dir.path()).ancestors().nth(3).expect("the year").to_owned();
    fs::write(&year, b"in the way").expect("written");
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    recorder.stop(ID, Monotonic(0));
    (1..5).for_each(|n| hands.work(&mut recorder, Monotonic(n * 1000)));
    assert_eq!((indications(&mut recorder), recorder.losses.failed_cuts), (vec![], 1));
    fs::remove_file(&year).expect("removed");
    hands.work(&mut recorder, Monotonic(40_000));
    assert_eq!(indications(&mut recorder), [MediaIndication::RecordingClosed { recording: ID, millis: 20 }]);
    assert_eq!(sound(&path(dir.path())).len(), 320);
}

/// The player shows who spoke when.
#[test]
fn the_waveform_shows_who_spoke() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    let (loud, quiet) = (pcm::alaw::encode(16_000), pcm::alaw::SILENCE);
    (0..50).for_each(|tick| recorder.block(&block(tick, loud, quiet), AT));
    (50..100).for_each(|tick| recorder.block(&block(tick, quiet, loud), AT));
    Hands::new().finish(&mut recorder, Monotonic(2000));
    let shown = waveform(&path(dir.path()), 10, None).expect("readable");
    assert_eq!(shown.millis, 2000);
    assert!(shown.left[..5].iter().chain(&shown.right[5..]).all(|peak| (0.45..0.55).contains(peak)));
    assert!(shown.left[5..].iter().chain(&shown.right[..5]).all(|peak| *peak < 0.001));
    fs::write(dir.path().join("short.wav"), b"RIFF").expect("written");
    let nothing = waveform(&dir.path().join("short.wav"), 3, None).expect("readable");
    assert_eq!((nothing.millis, nothing.left), (0, vec![0.0; 3]));
}

/// From the engine's tap to the file, through rings and thread: the recording is what was said, and its end is told.
#[test]
fn from_the_tap_to_the_file() {
    let dir = tempfile::tempdir().expect("dir");
    let limits = Limits::default();
    let (ends, _loader, recorder_end) = connect(&limits);
    let (mut orders, queue) = RingBuffer::new(16);
    let (indicate, mut told) = RingBuffer::new(16);
    let wiring = RecorderWiring { orders: queue, indications: indicate, notify: Box::new(|| {}) };
    let recorder = Recorder::new(config(dir.path())).expect("a directory");
    let running = spawn_recorder(recorder, recorder_end, wiring).expect("a thread");
    let mut engine = Engine::new(limits, ends);
    let circuit = CircuitId { span: SpanId(1), slot: 1 };
    engine.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit) });
    orders.push(RecorderOrder::Start { recording: ID, at: AT }).expect("room");
    let plan = Plan { record: Some(ID), ..Plan::default() };
    engine.request(MediaRequest::Plan { leg: LegId(1), plan });
    for n in 0..100u8 {
        engine.circuit_received(circuit, &[n; 160]);
        engine.tick(Moment::default());
        std::thread::sleep(Duration::from_millis(1));
    }
    orders.push(RecorderOrder::Stop { recording: ID }).expect("room");
    let limit = Instant::now() + Duration::from_secs(5);
    let end = loop {
        match told.pop() {
            Ok(end) => break end,
            Err(_) => assert!(Instant::now() < limit, "never told"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(end, MediaIndication::RecordingClosed { recording: ID, millis: 2000 });
    let sound = sound(&path(dir.path()));
    assert!(sound.chunks(320).enumerate().all(|(n, frames)| frames[0] == n as u8 && frames[1] == pcm::alaw::SILENCE));
    assert_eq!(running.stray_blocks(), 0);
    running.stop().expect("a clean end");
}
