//! The manifests of a volume, a file a day: what was recorded and deleted, as a signed chain. Their format is [`vault`]'s.

use crate::keys::Keys;
use clock::{Civil, WallTime};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use vault::{Chain, Digest, Event, Head, parse_line, to_hex};

const FOLDER: &str = "manifest";
/// Of a manifest's name.
const KIND: &str = "fcm";
const HEAD: &str = "head";
const PUBLIC_KEYS: &str = "public-keys";

/// The pen of a volume's manifests; clones share it.
#[derive(Clone, Debug)]
pub struct Manifests(Arc<Mutex<Pen>>);

#[derive(Debug)]
struct Pen {
    folder: PathBuf,
    chain: Chain,
    /// The newest manifest's day.
    day: String,
    utc_offset_minutes: i32,
}

impl Manifests {
    /// Continues the chain of a volume, or begins it. A line that a power cut tore is taken away: what it told of is told again.
    pub fn open(dir: &Path, keys: &Keys, utc_offset_minutes: i32) -> io::Result<Manifests> {
        let folder = dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let ring = keys.ring();
        let (mut head, mut day) = (Head::default(), String::new());
        for (newest, path) in manifests(dir)?.into_iter().rev() {
            let text = fs::read(&path)?;
            let (whole, last) = whole_lines(&text);
            if whole < text.len() {
                let file = File::options().write(true).open(&path)?;
                file.set_len(whole as u64)?;
                file.sync_all()?;
            }
            if day.is_empty() {
                day = newest;
            }
            if let Some(last) = last {
                head = last;
                break;
            }
        }
        let chain = Chain::new(ring.signing(), head);
        publish(&folder, &to_hex(chain.public().as_bytes()))?;
        let pen = Pen { folder, chain, day, utc_offset_minutes };
        pen.write_head()?;
        Ok(Manifests(Arc::new(Mutex::new(pen))))
    }

    /// Adds a line for each, and brings them to the disk.
    pub fn tell(&self, events: Vec<Event>) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tell(events)
    }
}

impl Pen {
    fn tell(&mut self, events: Vec<Event>) -> io::Result<()> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        let Civil { year, month, day, .. } = WallTime(at).civil(self.utc_offset_minutes);
        let today = format!("{year:04}-{month:02}-{day:02}");
        // On a copy: what does not reach the disk was not told.
        let mut chain = self.chain.clone();
        let mut text = String::new();
        // A clock that was set back does not reorder the days.
        if today > self.day || self.day.is_empty() {
            self.day = today;
            let (key, after) = (to_hex(chain.public().as_bytes()), to_hex(&chain.head().hash));
            text += &chain.line(at, Event::Day { day: self.day.clone(), key, after })?;
        }
        for event in events {
            text += &chain.line(at, event)?;
        }
        let path = self.folder.join(format!("{}.{KIND}", self.day));
        let new = !path.exists();
        let mut file = File::options().append(true).create(true).open(&path)?;
        let before = file.metadata()?.len();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if let Err(problem) = written {
            // A half-written line would break the chain for those that follow.
            file.set_len(before)?;
            return Err(problem);
        }
        if new {
            File::open(&self.folder)?.sync_all()?;
        }
        self.chain = chain;
        self.write_head()
    }

    fn write_head(&self) -> io::Result<()> {
        let fresh = self.folder.join("head.new");
        let mut file = File::create(&fresh)?;
        file.write_all(self.chain.head_text().as_bytes())?;
        file.sync_data()?;
        fs::rename(&fresh, self.folder.join(HEAD))
    }
}

/// The manifests of a volume, with their days, in order.
pub(crate) fn manifests(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let entries = match fs::read_dir(dir.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let day = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".fcm"));
        if let Some(day) = day.map(str::to_owned) {
            found.insert(day, path);
        }
    }
    Ok(found)
}

/// Octets of whole lines, and what the last of them says.
fn whole_lines(text: &[u8]) -> (usize, Option<Head>) {
    let mut whole = 0;
    let mut last = None;
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        let known = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok()).and_then(parse_line);
        let Some((entry, _)) = known else { break };
        whole += line.len();
        last = Some(Head { n: entry.body.n, hash: entry.hash });
    }
    (whole, last)
}

/// Everybody may check the signatures. Keys of before stay: they signed what is there.
fn publish(folder: &Path, key: &str) -> io::Result<()> {
    let path = folder.join(PUBLIC_KEYS);
    let known = match fs::read_to_string(&path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if known.lines().any(|line| line == key) {
        return Ok(());
    }
    let mut file = File::options().append(true).create(true).open(&path)?;
    file.write_all(format!("{key}\n").as_bytes())?;
    file.sync_all()
}

pub(crate) fn head_of(dir: &Path) -> Option<String> {
    fs::read_to_string(dir.join(FOLDER).join(HEAD)).ok()
}

/// The keys that lie beside a volume's manifests.
pub fn public_keys_of(dir: &Path) -> PathBuf {
    dir.join(FOLDER).join(PUBLIC_KEYS)
}

/// Size and SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> io::Result<(u64, Digest)> {
    let mut file = File::open(path)?;
    let (mut hash, mut octets) = (Sha256::new(), 0);
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok((octets, hash.finalize().into()));
        }
        hash.update(&piece[..count]);
        octets += count as u64;
    }
}
