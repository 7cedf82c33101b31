//! A folder of recordings on somebody's table: is it what was recorded, and what does it say.

use clock::{Monotonic, WallTime};
use files::{JournalHand, KeyFile, Recorder, RecorderConfig, Work, cut, recording_place};
use graph::RecordedBlock;
use identity::RecordingId;
use std::path::Path;
use std::process::{Command, Output};

const AT: WallTime = WallTime(1_795_400_000_000);

/// One sealed recording of a second.
fn record(dir: &Path) {
    let keys = KeyFile::open(&dir.join("keys/recording.json"), None, 0).unwrap().keys();
    let config =
        RecorderConfig { dir: dir.join("recordings"), keep_free_octets: 0, utc_offset_minutes: 480, seal: true };
    let mut recorder = Recorder::new(config).unwrap();
    recorder.hold_keys(keys).unwrap();
    recorder.start(RecordingId(1), AT);
    for tick in 0..50 {
        let block = RecordedBlock { recording: RecordingId(1), tick, left: [3; 160], right: [4; 160] };
        recorder.block(&block, AT);
    }
    recorder.stop(RecordingId(1), Monotonic(0));
    let mut hand = JournalHand::default();
    for now in (1..9).map(|n| Monotonic(n * 1000)) {
        recorder.expire(now);
        while let Some(work) = recorder.work(now) {
            match work {
                Work::Commit(commit) => recorder.committed(hand.perform(commit)),
                Work::Cut(cuts) => recorder.cut(cut(cuts), now),
            }
        }
    }
    assert!(recorder.is_idle());
}

fn fastcallctl(dir: &Path, line: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fastcallctl"));
    let Output { status, stdout, stderr } = command.args(line.split(' ')).current_dir(dir).output().unwrap();
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

/// REC-05: a folder of recordings is checked and heard without the box; one changed octet, another box's key, a missing key are told.
#[test]
fn a_folder_is_checked_and_opened() {
    let dir = tempfile::tempdir().unwrap();
    record(dir.path());
    let place = recording_place(RecordingId(1), AT, 480, true);
    let (code, said) = fastcallctl(dir.path(), "verify-recordings recordings");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 recordings are as they were recorded"), "{said}");
    let (code, said) =
        fastcallctl(dir.path(), "--json verify-recordings recordings --key recordings/manifest/public-keys");
    assert!(code == Some(0) && said.contains("\"faults\":[]") && said.contains("\"key_beside\":false"), "{said}");

    let open = format!("open-recording recordings/{place} --keys keys/recording.json -o 1.wav");
    assert_eq!(fastcallctl(dir.path(), &open).0, Some(0));
    let wav = std::fs::read(dir.path().join("1.wav")).unwrap();
    assert_eq!((&wav[..4], wav.len()), (&b"RIFF"[..], 58 + 16_000));
    assert!(wav[58..].chunks(2).all(|frame| frame == [3, 4]));

    let path = dir.path().join("recordings").join(&place);
    let mut octets = std::fs::read(&path).unwrap();
    let at = octets.len() / 2;
    octets[at] ^= 1;
    std::fs::write(&path, octets).unwrap();
    let (code, said) = fastcallctl(dir.path(), "verify-recordings recordings");
    assert!(code == Some(1) && said.contains(&format!("{place}: changed")), "{said}");
    assert_eq!(fastcallctl(dir.path(), &open).0, Some(1));
    assert_eq!(fastcallctl(dir.path(), "verify-recordings nowhere").0, Some(2));
    assert_eq!(fastcallctl(dir.path(), &open.replace("keys/recording.json", "nowhere")).0, Some(2));
}
