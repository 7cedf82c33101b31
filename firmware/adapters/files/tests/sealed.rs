//! Sealed recordings: nothing can be read off the disk, everything can be played, any part of it; pauses leave a marked gap.

use clock::{Monotonic, WallTime};
use files::*;
use graph::RecordedBlock;
use identity::RecordingId;
use pcm::alaw;
use plan::MediaIndication;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

const AT: WallTime = WallTime(1_795_400_000_000);
const ID: RecordingId = RecordingId(42);

fn config(dir: &Path, seal: bool) -> RecorderConfig {
    RecorderConfig { dir: dir.join("recordings"), keep_free_octets: 0, utc_offset_minutes: 480, seal }
}

fn key_file(dir: &Path) -> KeyFile {
    KeyFile::open(&dir.join("keys/recording.json"), None, 1000).expect("keys")
}

/// What is said at a tick, and never silence.
fn said(tick: u64) -> [u8; 2] {
    [(tick % 200) as u8, 0x80 | (tick % 77) as u8].map(|octet| if octet == alaw::SILENCE { 1 } else { octet })
}

fn block(tick: u64) -> RecordedBlock {
    let [left, right] = said(tick);
    RecordedBlock { recording: ID, tick, left: [left; 160], right: [right; 160] }
}

struct Town {
    dir: tempfile::TempDir,
    recorder: Recorder,
    hand: JournalHand,
    tick: u64,
}

impl Town {
    fn new(seal: bool) -> Town {
        Town::with(seal, JournalShape::default())
    }

    fn with(seal: bool, shape: JournalShape) -> Town {
        let dir = tempfile::tempdir().expect("dir");
        let mut recorder = Recorder::with_journal(config(dir.path(), seal), shape).expect("a directory");
        recorder.hold_keys(key_file(dir.path()).keys()).expect("keys");
        recorder.start(ID, AT);
        Town { dir, recorder, hand: JournalHand::default(), tick: 0 }
    }

    fn volume(&self) -> PathBuf {
        self.dir.path().join("recordings")
    }

    fn talk(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.recorder.block(&block(self.tick), AT);
            self.tick += 1;
            self.work(Monotonic(self.tick * 20));
        }
    }

    fn work(&mut self, now: Monotonic) {
        self.recorder.expire(now);
        while let Some(work) = self.recorder.work(now) {
            match work {
                Work::Commit(commit) => self.recorder.committed(self.hand.perform(commit)),
                Work::Cut(cuts) => self.recorder.cut(cut(cuts), now),
            }
        }
    }

    /// Returns the file and its length in milliseconds.
    fn finish(&mut self) -> (PathBuf, u64) {
        let now = self.tick * 20;
        self.recorder.stop_all(Monotonic(now));
        (1..9).for_each(|n| self.work(Monotonic(now + n * 1000)));
        let told: Vec<MediaIndication> = std::iter::from_fn(|| self.recorder.poll()).collect();
        let [MediaIndication::RecordingClosed { recording: ID, millis }] = told[..] else { panic!("{told:?}") };
        (find_recording(&self.volume(), ID).expect("a file"), millis)
    }

    fn play(&self, path: &Path) -> Playable {
        Playable::open(path, Some(&key_file(self.dir.path()).keys())).expect("plays")
    }
}

fn whole(file: &mut Playable) -> Vec<u8> {
    let mut octets = vec![0; file.octets() as usize];
    assert_eq!(file.read_at(0, &mut octets).expect("plays"), octets.len());
    octets
}

/// Every file below a folder.
fn below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("readable").map(|entry| entry.expect("there").path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

/// No file of sound has a stretch that repeats, as what is said here does.
fn nothing_can_be_heard(volume: &Path) {
    let manifests = volume.join("manifest");
    for path in below(volume).into_iter().filter(|path| !path.starts_with(&manifests)) {
        let octets = fs::read(&path).expect("readable");
        assert!(!octets.windows(32).any(|window| window.chunks(2).all(|frame| frame == &window[..2])), "{path:?}");
    }
}

/// The same call, sealed and not, plays alike, octet by octet and from anywhere; a sealed one leaves no sound on the disk, neither in its
/// file nor in the journal.
#[test]
fn sealed_recordings_play_and_cannot_be_read() {
    let (mut open, mut sealed) = (Town::new(false), Town::new(true));
    for town in [&mut open, &mut sealed] {
        town.talk(300);
        town.tick += 50;
        town.talk(200);
    }
    nothing_can_be_heard(&sealed.volume());
    let (plain_path, millis) = open.finish();
    let (path, sealed_millis) = sealed.finish();
    assert_eq!((millis, sealed_millis), (11_000, 11_000));
    assert_eq!(
        (plain_path.extension().and_then(|e| e.to_str()), path.extension().and_then(|e| e.to_str())),
        (Some("wav"), Some("fcr"))
    );
    nothing_can_be_heard(&sealed.volume());
    let wav = fs::read(&plain_path).expect("readable");
    let mut file = sealed.play(&path);
    assert_eq!(whole(&mut file), wav);
    for (at, count) in
        [(0, 10), (50, 20), (58, 1), (32_057, 4), (95_900, 60_000), (wav.len() - 3, 100), (wav.len() + 5, 1)]
    {
        let mut octets = vec![0; count];
        let read = file.read_at(at as u64, &mut octets).expect("plays");
        let expected = wav.get(at..wav.len().min(at + count)).unwrap_or_default();
        assert_eq!(&octets[..read], expected, "{at}");
    }
    assert_eq!((file.is_damaged(), file.pauses()), (false, vec![]));
    let peaks = waveform(&path, 50, Some(&key_file(sealed.dir.path()).keys())).expect("readable");
    assert_eq!(Some(peaks), waveform(&plain_path, 50, None).ok());
}

/// A long call is moved into its file bit by bit: no octet is lost or doubled between the moves, and no chunk is sealed twice over.
#[test]
fn a_long_call_grows_in_its_file() {
    let mut town = Town::with(true, JournalShape { segment_octets: 40_000, segments: 3 });
    town.talk(6000);
    let part = town.volume().join(recording_place(ID, AT, 480, true) + ".part");
    assert!(fs::metadata(&part).expect("begun").len() > 1_000_000);
    let (path, millis) = town.finish();
    let wav = whole(&mut town.play(&path));
    assert_eq!((millis, wav.len()), (120_000, 58 + 6000 * 320));
    let right = |(tick, frames): (usize, &[u8])| frames.chunks(2).all(|frame| frame == said(tick as u64));
    assert!(wav[58..].chunks(320).enumerate().all(right));
}

/// The agent takes a card's number: what is said is nowhere, the recording's time goes on, and the gap is marked. A pause that lasts to the end
/// of the call is silence to its end.
#[test]
fn a_pause_leaves_a_marked_gap() {
    for seal in [false, true] {
        let mut town = Town::new(seal);
        town.talk(100);
        town.recorder.pause(ID);
        town.recorder.pause(ID);
        town.talk(150);
        town.recorder.resume(ID);
        town.talk(50);
        town.recorder.pause(ID);
        town.talk(25);
        let (path, millis) = town.finish();
        assert_eq!(millis, 325 * 20);
        let mut file = town.play(&path);
        let wav = whole(&mut file);
        for (tick, frames) in wav[58..].chunks(320).enumerate() {
            let paused = (100..250).contains(&tick) || tick >= 300;
            let expected = if paused { [alaw::SILENCE; 2] } else { said(tick as u64) };
            assert!(frames.chunks(2).all(|frame| frame == expected), "tick {tick}");
        }
        if seal {
            assert_eq!(file.pauses(), [(2000, 5000), (6000, 6500)]);
        }
    }
}

/// The box crashes while a recording is paused, or after: the marks are in the journal.
#[test]
fn pauses_survive_a_crash() {
    let mut town = Town::with(true, JournalShape { segment_octets: 40_000, segments: 3 });
    town.talk(100);
    town.recorder.pause(ID);
    town.talk(100);
    town.recorder.resume(ID);
    town.talk(3000);
    let keys = key_file(town.dir.path()).keys();
    let recovered = recover(&town.volume(), Some(&keys)).expect("recovered");
    assert!(recovered.failed.is_empty() && recovered.recordings.len() == 1);
    let path = find_recording(&town.volume(), ID).expect("a file");
    let mut file = town.play(&path);
    assert_eq!(file.pauses(), [(2000, 4000)]);
    let wav = whole(&mut file);
    assert!(wav[58 + 100 * 320..58 + 200 * 320].iter().all(|octet| *octet == alaw::SILENCE));
}

/// The key file was lost, or another box's is there: nothing is thrown away, and when it is back everything plays.
#[test]
fn without_its_key_the_journal_keeps_it() {
    let mut town = Town::new(true);
    town.talk(200);
    let strangers = tempfile::tempdir().expect("dir");
    for keys in [None, Some(key_file(strangers.path()).keys())] {
        let recovered = recover(&town.volume(), keys.as_ref()).expect("tried");
        assert_eq!((recovered.failed.len(), recovered.recordings.len()), (1, 0));
    }
    let keys = key_file(town.dir.path()).keys();
    let recovered = recover(&town.volume(), Some(&keys)).expect("recovered");
    assert_eq!((recovered.failed.len(), recovered.recordings.len()), (0, 1));
    let path = find_recording(&town.volume(), ID).expect("a file");
    assert!(whole(&mut town.play(&path)).len() > 58 + 160 * 320);
    let no_keys = Playable::open(&path, None).expect_err("no keys");
    assert_eq!(no_keys.kind(), std::io::ErrorKind::PermissionDenied);
}

/// The disk gives back something else than was written: two seconds are silence, the rest plays, and it is told.
#[test]
fn damage_costs_a_chunk() {
    let mut town = Town::new(true);
    town.talk(1000);
    let (path, _) = town.finish();
    let file = fs::File::options().write(true).open(&path).expect("open");
    file.write_all_at(&[9], 100_000).expect("written");
    let mut file = town.play(&path);
    let wav = whole(&mut file);
    let silent = wav[58..].chunks(2).filter(|frame| *frame == [alaw::SILENCE; 2]).count();
    assert!(file.is_damaged());
    assert_eq!(silent, 16_000);
}

/// Keys are for the daemon alone; a rotated key opens what it sealed; recordings of before and after play.
#[test]
fn keys_are_rotated() {
    let mut town = Town::new(true);
    let keys = key_file(town.dir.path());
    let path = town.dir.path().join("keys/recording.json");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    assert!(keys.is_older_than(1000, 5000) && !keys.is_older_than(9000, 5000) && !keys.is_sealed_to_board());
    town.recorder.hold_keys(keys.keys()).expect("keys");
    town.talk(100);
    keys.rotate(5000).expect("rotated");
    assert!(!keys.is_older_than(1000, 5000));
    town.talk(100);
    let (path, millis) = town.finish();
    assert_eq!(millis, 4000);
    assert_eq!(whole(&mut town.play(&path)).len(), 58 + 200 * 320);
}

/// A board that knows a secret keeps its keys to itself; a key file that was open before is sealed then.
#[test]
fn keys_are_sealed_to_a_board() {
    let dir = tempfile::tempdir().expect("dir");
    let (path, secret) = (dir.path().join("keys/recording.json"), dir.path().join("secret"));
    fs::write(&secret, [7; 32]).expect("written");
    let before = KeyFile::open(&path, None, 0).expect("keys").keys().ring();
    let sealed = KeyFile::open(&path, BoardSecret::read(&secret).ok(), 0).expect("keys");
    assert!(sealed.is_sealed_to_board() && sealed.keys().ring() == before);
    assert!(fs::read_to_string(&path).expect("readable").contains("sealed_to_board"));
    assert!(KeyFile::open(&path, None, 0).is_err());
    fs::write(&secret, [8; 32]).expect("written");
    assert!(KeyFile::open(&path, BoardSecret::read(&secret).ok(), 0).is_err());
    fs::write(&secret, b"short").expect("written");
    assert!(BoardSecret::read(&secret).is_err());
}
