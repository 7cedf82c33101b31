use crate::wav::{WavError, decode_wav};
use graph::AudioName;
use prompt_bank::{Audio, Bank};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The largest file read: two hours of A-law.
const LARGEST: u64 = 64 << 20;
/// Longest name.
const LONGEST_NAME: usize = 120;

/// Why a prompt cannot be heard.
#[derive(Debug)]
pub struct PromptError {
    pub name: AudioName,
    pub fault: PromptFault,
}

#[derive(Debug)]
pub enum PromptFault {
    /// Not lower-case letters, digits, `-`, `_` and `/`.
    Name,
    /// No such file in any directory.
    Missing,
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
    TooLarge {
        path: PathBuf,
        octets: u64,
    },
    Format {
        path: PathBuf,
        error: WavError,
    },
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            AudioName::Prompt(prompt) => write!(f, "prompt {:?} in {:?}: ", prompt.name, prompt.language)?,
            AudioName::Music(name) => write!(f, "music {name:?}: ")?,
        }
        match &self.fault {
            PromptFault::Name => write!(f, "a name has lower-case letters, digits, -, _ and / only"),
            PromptFault::Missing => write!(f, "there is no such file"),
            PromptFault::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            PromptFault::TooLarge { path, octets } => write!(f, "{}: {octets} octets is too much", path.display()),
            PromptFault::Format { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for PromptError {}

struct Kept {
    path: PathBuf,
    changed: Option<SystemTime>,
    audio: Audio,
    used: u64,
}

/// Finds, decodes and keeps prompts and music.
pub struct PromptLibrary {
    /// In the order they are looked in: the site's, then the shipped one.
    dirs: Vec<PathBuf>,
    /// What is shipped, in one memory. The shipped folder is looked in for what it has not.
    bank: Option<Bank>,
    kept: HashMap<AudioName, Kept>,
    octets: usize,
    room: usize,
    clock: u64,
}

impl PromptLibrary {
    /// `room`: octets kept in memory, at most.
    pub fn new(dirs: Vec<PathBuf>, room: usize) -> PromptLibrary {
        PromptLibrary { dirs, bank: None, kept: HashMap::new(), octets: 0, room, clock: 0 }
    }

    /// With the prompts that are shipped in one file.
    pub fn with_bank(self, bank: Option<Bank>) -> PromptLibrary {
        PromptLibrary { bank, ..self }
    }

    /// Octets in memory now, beside the bank's.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The audio, and what was wrong with files that were passed over. A broken file of the site falls back to the shipped one.
    pub fn load(&mut self, name: &AudioName, mut passed_over: impl FnMut(PromptError)) -> Result<Audio, PromptError> {
        let failed = |fault| PromptError { name: name.clone(), fault };
        let (folder, plain) = place(name).ok_or_else(|| failed(PromptFault::Name))?;
        let shipped = self.bank.as_ref().and_then(|bank| bank.find(folder, plain));
        let place = Path::new(folder).join(plain);
        let mut worst = None;
        for (path, last) in candidates(&self.dirs, &place) {
            if last && let Some(audio) = shipped {
                worst.take().into_iter().for_each(&mut passed_over);
                self.forget(name);
                return Ok(audio);
            }
            let Ok(about) = fs::metadata(&path) else { continue };
            let changed = about.modified().ok();
            if let Some(audio) = self.kept(name, &path, changed) {
                return Ok(audio);
            }
            match read(&path, about.len()) {
                Ok(audio) => {
                    worst.take().into_iter().for_each(&mut passed_over);
                    self.keep(name, path, changed, audio.clone());
                    return Ok(audio);
                }
                Err(fault) => worst.replace(failed(fault)).into_iter().for_each(&mut passed_over),
            }
        }
        self.forget(name);
        Err(worst.unwrap_or_else(|| failed(PromptFault::Missing)))
    }

    fn kept(&mut self, name: &AudioName, path: &Path, changed: Option<SystemTime>) -> Option<Audio> {
        self.clock += 1;
        let kept = self.kept.get_mut(name)?;
        if kept.path != path || kept.changed != changed {
            return None;
        }
        kept.used = self.clock;
        Some(kept.audio.clone())
    }

    fn forget(&mut self, name: &AudioName) {
        if let Some(kept) = self.kept.remove(name) {
            self.octets -= kept.audio.len();
        }
    }

    /// Keeps it, and lets go of what was used longest ago.
    fn keep(&mut self, name: &AudioName, path: PathBuf, changed: Option<SystemTime>, audio: Audio) {
        self.forget(name);
        self.octets += audio.len();
        self.kept.insert(name.clone(), Kept { path, changed, audio, used: self.clock });
        while self.octets > self.room {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(name, _)| name.clone()) else {
                return;
            };
            self.forget(&oldest);
        }
    }
}

/// The folder and the name in it, without extension; `None` for a name that might leave it.
fn place(name: &AudioName) -> Option<(&str, &str)> {
    let plain = |text: &str| {
        text.len() <= LONGEST_NAME
            && text.split('/').all(|part| {
                let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
                !part.is_empty() && part.bytes().all(allowed)
            })
    };
    let (folder, name) = match name {
        AudioName::Prompt(prompt) => (prompt.language.as_str(), prompt.name.as_str()),
        AudioName::Music(name) => ("music", name.as_str()),
    };
    (plain(folder) && !folder.contains('/') && plain(name)).then_some((folder, name))
}

/// Files that may have it, and whether they are in the last folder: the shipped one.
fn candidates(dirs: &[PathBuf], place: &Path) -> Vec<(PathBuf, bool)> {
    let kinds = |(number, dir): (usize, &PathBuf)| {
        ["wav", "al"].map(|kind| (dir.join(place).with_extension(kind), number + 1 == dirs.len()))
    };
    dirs.iter().enumerate().flat_map(kinds).collect()
}

/// The bank of a folder of shipped prompts, if it has one. `report` hears of prompts in it that cannot be played.
pub fn read_bank(folder: &Path, mut report: impl FnMut(&str)) -> io::Result<Option<Bank>> {
    let octets = match fs::read(folder.join(prompt_bank::FILE_NAME)) {
        Ok(octets) => octets,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (bank, damaged) = Bank::read(octets.into()).map_err(io::Error::other)?;
    damaged.iter().for_each(|name| report(name));
    Ok(Some(bank))
}

fn read(path: &Path, octets: u64) -> Result<Audio, PromptFault> {
    let path = path.to_owned();
    if octets > LARGEST {
        return Err(PromptFault::TooLarge { path, octets });
    }
    let file = match fs::read(&path) {
        Ok(file) => file,
        Err(error) => return Err(PromptFault::Unreadable { path, error }),
    };
    if path.extension().is_some_and(|kind| kind == "al") {
        if file.is_empty() {
            return Err(PromptFault::Format { path, error: WavError::Empty });
        }
        return Ok(file.into());
    }
    match decode_wav(&file) {
        Ok(octets) => Ok(octets.into()),
        Err(error) => Err(PromptFault::Format { path, error }),
    }
}
