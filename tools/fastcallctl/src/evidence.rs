//! Recordings in a folder, without the box: are they what was recorded, and what do they say. Neither needs a log-in, for whoever has the
//! folder has the folder; opening sealed recordings needs the key file.

use crate::failure::Failure;
use crate::tables;
use files::{KeyFile, Playable, public_keys_of, read_public_keys, verify};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

fn unreadable(path: &Path, problem: std::io::Error) -> Failure {
    Failure::File(format!("{}: {problem}", path.display()))
}

/// `verify-recordings DIR [--key FILE]`.
pub fn verify_recordings(words: &[&str], json: bool) -> Result<(), Failure> {
    let (dir, key) = match words {
        [dir] => (Path::new(dir), None),
        [dir, "--key", key] | ["--key", key, dir] => (Path::new(dir), Some(PathBuf::from(key))),
        _ => return Err(Failure::usage("verify-recordings DIR [--key FILE]".to_owned())),
    };
    let beside = key.is_none();
    let key = key.unwrap_or_else(|| public_keys_of(dir));
    let keys = read_public_keys(&key).map_err(|problem| unreadable(&key, problem))?;
    let found = verify(dir, keys).map_err(|problem| unreadable(dir, problem))?;
    let audit = found.audit;
    let faults: Vec<String> = audit.faults.iter().map(ToString::to_string).collect();
    let (newest, hash) = audit.newest().unwrap_or_default();
    if json {
        let told = json!({
            "right": found.right, "deleted": audit.deleted, "entries": audit.entries, "first_entry": audit.first,
            "newest_entry": newest, "newest_hash": hash, "key_beside": beside, "faults": faults,
        });
        tables::say(&told.to_string())?;
    } else {
        for fault in &faults {
            tables::say(fault)?;
        }
        let (right, deleted, entries) = (found.right, audit.deleted, audit.entries);
        tables::say(&format!("{right} recordings are as they were recorded; {deleted} deleted; {entries} entries"))?;
        if let Some(first) = audit.first.filter(|first| *first > 1) {
            tables::say(&format!("the manifests here begin with entry {first}: what was before is not here"))?;
        }
        tables::say(&format!("newest entry: {newest} {hash}"))?;
        if beside {
            tables::say(
                "checked with the key that lies beside the recordings: give the box's own by --key, for who can change \
                         the recordings can change that key",
            )?;
        }
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(Failure::Wrong(format!("{count} faults: these are not the recordings that were made"))),
    }
}

/// `open-recording FILE --keys KEYFILE -o FILE`.
pub fn open_recording(words: &[&str]) -> Result<(), Failure> {
    let [file, "--keys", keys, "-o", to] = words else {
        return Err(Failure::usage("open-recording FILE --keys KEYFILE -o FILE.wav".to_owned()));
    };
    let (file, keys, to) = (Path::new(file), Path::new(keys), Path::new(to));
    if !keys.is_file() {
        return Err(Failure::File(format!("{}: no key file", keys.display())));
    }
    let ring = KeyFile::open(keys, None, 0).map_err(|problem| unreadable(keys, problem))?.keys();
    let mut recording = Playable::open(file, Some(&ring)).map_err(|problem| unreadable(file, problem))?;
    let mut out = File::create(to).map_err(|problem| unreadable(to, problem))?;
    let (mut at, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        let count = recording.read_at(at, &mut piece).map_err(|problem| unreadable(file, problem))?;
        if count == 0 {
            break;
        }
        out.write_all(&piece[..count]).map_err(|problem| unreadable(to, problem))?;
        at += count as u64;
    }
    match recording.is_damaged() {
        false => Ok(()),
        true => Err(Failure::Wrong("part of it was changed since it was recorded, and is silence".to_owned())),
    }
}
