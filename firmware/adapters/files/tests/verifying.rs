//! Whatever is done to a folder of recordings, its verifier finds it; what was done by right, it lets be.

use clock::{Monotonic, WallTime};
use files::*;
use graph::RecordedBlock;
use identity::RecordingId;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use vault::{Event, Fault};

const AT: WallTime = WallTime(1_795_400_000_000);

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn work(recorder: &mut Recorder, hand: &mut JournalHand, now: Monotonic) {
    recorder.expire(now);
    while let Some(work) = recorder.work(now) {
        match work {
            Work::Commit(commit) => recorder.committed(hand.perform(commit)),
            Work::Cut(cuts) => recorder.cut(cut(cuts), now),
        }
    }
}

/// Records so many calls, sealed and not in turn.
fn record(dir: &Path, ids: std::ops::Range<u64>) -> Custody {
    let keys = KeyFile::open(&dir.join("keys/recording.json"), None, 0).expect("keys").keys();
    let volume = dir.join("recordings");
    let config = |seal| RecorderConfig { dir: volume.clone(), keep_free_octets: 0, utc_offset_minutes: 480, seal };
    let mut recorder = Recorder::new(config(true)).expect("a directory");
    recorder.hold_keys(keys).expect("keys");
    let mut hand = JournalHand::default();
    for (now, id) in (0..).zip(ids) {
        recorder.configure(config(id.is_multiple_of(2)));
        let recording = RecordingId(id);
        recorder.start(recording, AT);
        for tick in 0..10 {
            recorder.block(&RecordedBlock { recording, tick, left: [id as u8; 160], right: [tick as u8; 160] }, AT);
        }
        recorder.stop(recording, Monotonic(now * 2000));
        (1..5).for_each(|n| work(&mut recorder, &mut hand, Monotonic(now * 2000 + n * 400)));
    }
    assert!(recorder.is_idle());
    recorder.custody().expect("keys")
}

fn faults(volume: &Path) -> Vec<Fault> {
    let keys = read_public_keys(&public_keys_of(volume)).expect("public keys");
    verify(volume, keys).expect("readable").audit.faults
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("readable").map(|entry| entry.expect("there").path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

fn the_manifest(volume: &Path) -> PathBuf {
    files_below(&volume.join("manifest")).into_iter().find(|path| path.extension().is_some()).expect("a manifest")
}

/// A folder whose box was stopped and started is right, and so is a copy of it somewhere else; a recorder that goes on continues the chain.
#[test]
fn an_honest_folder_is_right() {
    let dir = tempfile::tempdir().expect("dir");
    record(dir.path(), 1..6);
    record(dir.path(), 6..9);
    let volume = dir.path().join("recordings");
    let keys = read_public_keys(&public_keys_of(&volume)).expect("public keys");
    let copy = dir.path().join("copy");
    for path in files_below(&volume) {
        let to = copy.join(path.strip_prefix(&volume).expect("below"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(&path, &to).expect("copied");
    }
    for folder in [&volume, &copy] {
        let found = verify(folder, keys.clone()).expect("readable");
        assert_eq!((found.audit.faults.as_slice(), found.right, found.audit.entries), (&[][..], 8, 9));
    }
    let strangers = tempfile::tempdir().expect("dir");
    record(strangers.path(), 1..2);
    let theirs = read_public_keys(&public_keys_of(&strangers.path().join("recordings"))).expect("public keys");
    assert!(!verify(&volume, theirs).expect("readable").audit.faults.is_empty());
}

/// One octet changed in any file, at any place, four hundred times: found each time.
#[test]
fn one_changed_octet_is_found() {
    let dir = tempfile::tempdir().expect("dir");
    record(dir.path(), 1..8);
    let volume = dir.path().join("recordings");
    assert_eq!(faults(&volume), []);
    let journal = volume.join("journal");
    let key = public_keys_of(&volume);
    let keys = read_public_keys(&key).expect("public keys");
    let files: Vec<PathBuf> =
        files_below(&volume).into_iter().filter(|path| !path.starts_with(&journal) && *path != key).collect();
    assert_eq!(files.len(), 9, "seven recordings, a manifest, its head");
    let mut dice = Dice(7);
    for round in 0..400 {
        let path = &files[round % files.len()];
        let size = fs::metadata(path).expect("there").len();
        let at = dice.below(size);
        let file = fs::File::options().read(true).write(true).open(path).expect("open");
        let mut octet = [0];
        file.read_exact_at(&mut octet, at).expect("read");
        let changed = octet[0] ^ (1 + dice.below(255) as u8);
        file.write_all_at(&[changed], at).expect("written");
        let found = verify(&volume, keys.clone()).expect("readable").audit.faults;
        assert!(!found.is_empty(), "round {round}: {} at {at}", path.display());
        file.write_all_at(&octet, at).expect("written");
    }
    assert_eq!(faults(&volume), []);
}

/// A file taken away, put in, replaced by another; a manifest reordered, cut short, or gone.
#[test]
fn every_trick_is_found() {
    let dir = tempfile::tempdir().expect("dir");
    record(dir.path(), 1..6);
    let volume = dir.path().join("recordings");
    let place = |id: u64| recording_place(RecordingId(id), AT, 480, id.is_multiple_of(2));
    let path = |id| volume.join(place(id));
    let aside = dir.path().join("aside");
    fs::rename(path(3), &aside).expect("moved");
    assert_eq!(faults(&volume), [Fault::Missing { place: place(3) }]);
    fs::copy(path(1), path(3)).expect("copied");
    assert_eq!(faults(&volume), [Fault::Changed { place: place(3) }]);
    fs::rename(&aside, path(3)).expect("moved");
    fs::copy(path(1), path(9)).expect("copied");
    assert_eq!(faults(&volume), [Fault::Unknown { place: place(9) }]);
    fs::remove_file(path(9)).expect("removed");

    let manifest = the_manifest(&volume);
    let text = fs::read_to_string(&manifest).expect("readable");
    let lines: Vec<&str> = text.lines().collect();
    let put = |lines: &[&str]| fs::write(&manifest, lines.join("\n") + "\n").expect("written");
    put(&[lines[0], lines[2], lines[1], lines[3], lines[4], lines[5]]);
    assert!(faults(&volume).iter().any(|fault| matches!(fault, Fault::Broken { .. })));
    put(&lines[..5]);
    let found = faults(&volume);
    assert!(
        found.contains(&Fault::CutOff { found: 5, promised: 6 }) && found.contains(&Fault::Unknown { place: place(5) })
    );
    fs::remove_file(&manifest).expect("removed");
    assert!(faults(&volume).contains(&Fault::CutOff { found: 0, promised: 6 }));
    put(&lines);
    assert_eq!(faults(&volume), []);
}

/// What is deleted by right is told, and no fault.
#[test]
fn a_deletion_is_told() {
    let dir = tempfile::tempdir().expect("dir");
    let custody = record(dir.path(), 1..4);
    let volume = dir.path().join("recordings");
    let place = recording_place(RecordingId(2), AT, 480, true);
    fs::remove_file(volume.join(&place)).expect("removed");
    assert_eq!(faults(&volume).len(), 1);
    let told = Event::Deleted { recording: RecordingId(2), place, why: "expired".into() };
    custody.manifests.tell(vec![told]).expect("told");
    assert_eq!(faults(&volume), []);
}

/// A power cut tears the last line: it is taken away at the next start, the recording is told again, and the chain goes on.
#[test]
fn a_torn_line_is_told_again() {
    let dir = tempfile::tempdir().expect("dir");
    record(dir.path(), 1..4);
    let volume = dir.path().join("recordings");
    let manifest = the_manifest(&volume);
    let whole = fs::metadata(&manifest).expect("there").len();
    fs::File::options().write(true).open(&manifest).and_then(|file| file.set_len(whole - 20)).expect("torn");
    assert!(!faults(&volume).is_empty());
    let custody = record(dir.path(), 4..6);
    // What the journal does at the start: the recording whose line was torn.
    let place = recording_place(RecordingId(3), AT, 480, false);
    let missing = faults(&volume);
    assert_eq!(missing, [Fault::Unknown { place }]);
    drop(custody);
}
