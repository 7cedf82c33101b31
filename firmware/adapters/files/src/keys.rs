//! The key file: `keys/recording.json` beside the recordings' folder, for nobody but the daemon's user to read.

use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use vault::{Key, KeyFileFault, KeyRing};

/// The keys in force; clones share them, so that a rotation reaches everybody.
#[derive(Clone, Debug)]
pub struct Keys(Arc<RwLock<Arc<KeyRing>>>);

impl Keys {
    pub fn new(ring: KeyRing) -> Keys {
        Keys(Arc::new(RwLock::new(Arc::new(ring))))
    }

    pub fn ring(&self) -> Arc<KeyRing> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, ring: KeyRing) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }
}

/// What only this board knows: the key file is sealed to it. systemd unseals one with the board's TPM
/// (`LoadCredentialEncrypted=`, systemd-creds(1)) and gives it as a file.
#[derive(Clone, PartialEq, Eq)]
pub struct BoardSecret([u8; 32]);

impl std::fmt::Debug for BoardSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BoardSecret")
    }
}

impl BoardSecret {
    /// Sixteen octets or more that nobody guesses.
    pub fn read(path: &Path) -> io::Result<BoardSecret> {
        let octets = fs::read(path)?;
        if octets.len() < 16 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the board's secret is shorter than 16 octets"));
        }
        Ok(BoardSecret(Sha256::digest(&octets).into()))
    }
}

/// The key file of a box.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    board: Option<BoardSecret>,
    keys: Keys,
}

pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|problem| io::Error::other(problem.to_string()))?;
    Ok(octets)
}

fn invalid(fault: KeyFileFault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}

impl KeyFile {
    /// Reads it; a box without one makes it. `now` is in UTC milliseconds. A file that was not sealed to the board is, once there is a
    /// secret to seal it to.
    pub fn open(path: &Path, board: Option<BoardSecret>, now: i64) -> io::Result<KeyFile> {
        let secret = board.as_ref().map(|board| &board.0);
        match File::open(path) {
            Ok(mut file) => {
                if file.metadata()?.permissions().mode() & 0o077 != 0 {
                    file.set_permissions(fs::Permissions::from_mode(0o600))?;
                }
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                let (ring, sealed) = KeyRing::from_file(&text, secret).map_err(invalid)?;
                let file = KeyFile { path: path.to_owned(), board, keys: Keys::new(ring) };
                if !sealed && file.board.is_some() {
                    file.save(&file.keys.ring())?;
                }
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let ring = KeyRing::new(Key::new(now, random()?), random()?);
                let file = KeyFile { path: path.to_owned(), board, keys: Keys::new(ring) };
                file.save(&file.keys.ring())?;
                Ok(file)
            }
            Err(error) => Err(error),
        }
    }

    pub fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// Who takes the disk away cannot read it without the board.
    pub fn is_sealed_to_board(&self) -> bool {
        self.board.is_some()
    }

    /// The newest key is older than this.
    pub fn is_older_than(&self, millis: i64, now: i64) -> bool {
        self.keys.ring().newest().is_some_and(|key| now.saturating_sub(key.made()) > millis)
    }

    /// A new key for what is recorded from now on: on disk before anything is sealed with it. Returns its id.
    pub fn rotate(&self, now: i64) -> io::Result<u32> {
        let mut ring = KeyRing::clone(&self.keys.ring());
        let id = ring.rotate(now, random()?);
        self.save(&ring)?;
        self.keys.replace(ring);
        Ok(id)
    }

    fn save(&self, ring: &KeyRing) -> io::Result<()> {
        let folder = self.path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let text = ring.to_file(self.board.as_ref().map(|board| &board.0), random()?).map_err(invalid)?;
        let fresh = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        File::open(folder)?.sync_all()
    }
}
