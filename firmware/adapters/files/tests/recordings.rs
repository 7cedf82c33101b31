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
    RecorderConfig { dir: dir.into(), keep_free_octets: 0, utc_offset_minutes: 480 }
}

fn block(tick: u64, left: u8, right: u8) -> RecordedBlock {
    RecordedBlock { recording: ID, tick, left: [left; 160], right: [right; 160] }
}

/// As the recorder's thread does, but waiting for the disk.
fn expire(recorder: &mut Recorder, now: Monotonic) {
    if recorder.expire(now) {
        let outcome = recorder.sync().and_then(VolumeSync::run);
        recorder.synced(outcome);
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
    recorder.start(ID, AT);
    for tick in 0..250 {
        recorder.block(&block(tick, tick as u8, 200), AT);
    }
    recorder.stop(ID, Monotonic(5000));
    recorder.block(&block(250, 250, 200), AT);
    expire(&mut recorder, Monotonic(5050));
    assert_eq!(indications(&mut recorder), []);
    expire(&mut recorder, Monotonic(5100));
    assert_eq!(indications(&mut recorder), [], "others may end meanwhile, and one sync does for all");
    expire(&mut recorder, Monotonic(5300));
    assert_eq!(indications(&mut recorder), [MediaIndication::RecordingClosed { recording: ID, millis: 251 * 20 }]);
    let sound = sound(&path(dir.path()));
    for (tick, frames) in sound.chunks(320).enumerate() {
        assert!(frames.chunks(2).all(|frame| frame == [tick as u8, 200]));
    }
    assert_eq!(find_recording(dir.path(), ID), Some(path(dir.path())));
    assert_eq!(find_recording(dir.path(), RecordingId(43)), None);
    recorder.block(&block(251, 1, 1), AT);
    assert_eq!((recorder.stray_blocks, recover(dir.path()).expect("nothing to do")), (1, vec![]));
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
    recorder.finish_all(Monotonic(2000));
    let sound = sound(&path(dir.path()));
    assert_eq!(sound.len(), 51 * 320);
    assert_eq!((&sound[..2], &sound[16_000..16_002]), (&[1, 2][..], &[3, 4][..]));
    assert!(sound[320..16_000].iter().all(|octet| *octet == pcm::alaw::SILENCE));
}

/// The power goes: what was there a second ago plays; at the next start the rest is put right and told.
#[test]
fn a_crash_costs_a_second() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    for tick in 0..160 {
        recorder.block(&block(tick, 1, 2), AT);
        expire(&mut recorder, Monotonic(tick * 20));
    }
    assert!(sound(&path(dir.path())).len() >= 2 * 50 * 320, "playable while it is written");
    drop(recorder);
    // A write that reached the disk without its header, and half a frame of it.
    let mut file = fs::read(path(dir.path())).expect("readable");
    file.extend([7; 321]);
    fs::write(path(dir.path()), &file).expect("written");
    let recovered = recover(dir.path()).expect("recovered");
    let [(id, millis)] = recovered[..] else { panic!("{recovered:?}") };
    assert_eq!((id, millis), (ID, (file.len() as u64 - 58) / 2 / 8));
    assert_eq!(sound(&path(dir.path())).len() as u64 / 16, millis);
    assert_eq!(recover(dir.path()).expect("done"), []);
}

/// The disk is full: told once, what is there stays playable, and later calls are told at once.
#[test]
fn a_full_disk_ends_recordings() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    (0..100).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    recorder.configure(RecorderConfig { keep_free_octets: u64::MAX, ..config(dir.path()) }).expect("configured");
    expire(&mut recorder, Monotonic(2000));
    let failed = |recording| MediaIndication::RecordingFailed { recording, reason: RecordingFault::DiskFull };
    assert_eq!(indications(&mut recorder), [failed(ID)]);
    (100..200).for_each(|tick| recorder.block(&block(tick, 1, 2), AT));
    recorder.start(RecordingId(43), AT);
    recorder.stop(ID, Monotonic(3000));
    let closed = MediaIndication::RecordingClosed { recording: ID, millis: 2000 };
    assert_eq!(indications(&mut recorder), [failed(RecordingId(43)), closed]);
    assert_eq!(sound(&path(dir.path())).len(), 100 * 320);
}

/// A disk that takes long: recording goes on, one sync at a time, and an ended recording is told only once the disk has it.
#[test]
fn a_slow_disk_holds_nothing_up() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    assert!(recorder.expire(Monotonic(1000)), "a sync is asked for");
    recorder.block(&block(1, 1, 2), AT);
    recorder.stop(ID, Monotonic(1100));
    for now in (1100..9000).step_by(100) {
        assert!(!recorder.expire(Monotonic(now)), "the one before is under way");
    }
    recorder.synced(Ok(()));
    assert_eq!(indications(&mut recorder), [], "its last block came after that sync was asked for");
    assert!(recorder.expire(Monotonic(9000)));
    recorder.synced(Ok(()));
    assert_eq!(indications(&mut recorder), [MediaIndication::RecordingClosed { recording: ID, millis: 40 }]);
}

/// The disk lost what was written: every recording on it is told, and one that had ended already gets its end as well.
#[test]
fn a_failed_sync_is_told() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    recorder.stop(ID, Monotonic(0));
    assert!(recorder.expire(Monotonic(1000)));
    recorder.synced(Err(std::io::Error::other("lost")));
    let failed = MediaIndication::RecordingFailed { recording: ID, reason: RecordingFault::DiskFailed };
    let closed = MediaIndication::RecordingClosed { recording: ID, millis: 20 };
    assert_eq!(indications(&mut recorder), [failed, closed]);
}

/// The disk refuses (a file stands where the folder should be): told, no panic, and every recording gets its end.
#[test]
fn a_failing_disk_is_told() {
    let dir = tempfile::tempdir().expect("dir");
    let mut recorder = Recorder::new(config(dir.path())).expect("a directory");
    let year = path(dir.path()).ancestors().nth(3).expect("the year").to_owned();
    fs::write(&year, b"in the way").expect("written");
    recorder.start(ID, AT);
    recorder.block(&block(0, 1, 2), AT);
    recorder.stop(ID, Monotonic(0));
    let reason = RecordingFault::DiskFailed;
    let failed = MediaIndication::RecordingFailed { recording: ID, reason };
    assert_eq!(indications(&mut recorder), [failed, MediaIndication::RecordingClosed { recording: ID, millis: 0 }]);
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
    recorder.finish_all(Monotonic(2000));
    let shown = waveform(&path(dir.path()), 10).expect("readable");
    assert_eq!(shown.millis, 2000);
    assert!(shown.left[..5].iter().chain(&shown.right[5..]).all(|peak| (0.45..0.55).contains(peak)));
    assert!(shown.left[5..].iter().chain(&shown.right[..5]).all(|peak| *peak < 0.001));
    fs::write(dir.path().join("short.wav"), b"RIFF").expect("written");
    let nothing = waveform(&dir.path().join("short.wav"), 3).expect("readable");
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
