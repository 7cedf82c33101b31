//! Is what lies in a folder of recordings what was recorded? Needs the folder (or a copy of it) and the public key, and nothing of the box.

use crate::manifest::{digest_of, head_of, manifests};
use crate::sealed::SEALED;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use vault::{Audit, Fault, from_hex};

/// A key that signatures are checked with.
pub type PublicKey = ed25519_dalek::VerifyingKey;

/// What a look at a folder found.
#[derive(Debug)]
pub struct Verified {
    /// What the manifests tell, with all that is wrong.
    pub audit: Audit,
    /// Files that are as they were recorded.
    pub right: u64,
}

/// Public keys in hexadecimal, one a line.
pub fn read_public_keys(path: &Path) -> io::Result<Vec<PublicKey>> {
    let text = fs::read_to_string(path)?;
    let bad = || io::Error::new(io::ErrorKind::InvalidData, "a line is no public key of 64 hexadecimal digits");
    let key = |line: &str| PublicKey::from_bytes(&from_hex(line.trim())?).ok();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys: Vec<PublicKey> = lines.map(|line| key(line).ok_or_else(bad)).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(bad()) } else { Ok(keys) }
}

/// Checks every entry and every file. `Err`: the folder itself cannot be read.
pub fn verify(dir: &Path, keys: Vec<PublicKey>) -> io::Result<Verified> {
    fs::read_dir(dir)?;
    let mut audit = Audit::new(keys);
    for path in manifests(dir)?.into_values() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Octets that are no text are lines that are no entries.
        audit.read(&name, &String::from_utf8_lossy(&fs::read(&path)?));
    }
    audit.finish(head_of(dir).as_deref());
    let mut right = 0;
    let expected = audit.expected.clone();
    let mut known = BTreeSet::new();
    for recording in expected.into_values() {
        let place = recording.place;
        let path = dir.join(&place);
        known.insert(path.clone());
        match digest_of(&path) {
            Ok((octets, sha256)) if octets == recording.octets && sha256 == recording.sha256 => right += 1,
            Ok(_) => audit.faults.push(Fault::Changed { place }),
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => audit.faults.push(Fault::Missing { place }),
            Err(problem) => audit.faults.push(Fault::Unreachable { place, why: problem.to_string() }),
        }
    }
    let mut files = Vec::new();
    recordings_below(dir, 0, &mut files)?;
    for path in files.into_iter().filter(|path| !known.contains(path)) {
        let place = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
        audit.faults.push(Fault::Unknown { place });
    }
    Ok(Verified { audit, right })
}

/// Finished recordings in the folders of years, months and days.
pub(crate) fn recordings_below(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if depth < 3 && name.bytes().all(|octet| octet.is_ascii_digit()) && path.is_dir() {
            recordings_below(&path, depth + 1, found)?;
        } else if depth == 3 && path.extension().is_some_and(|kind| kind == SEALED || kind == "wav") {
            found.push(path);
        }
    }
    Ok(())
}
