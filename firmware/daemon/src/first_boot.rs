//! What only a new box does: settings, and a code that proves whoever makes the first account stands before the box.

use crate::configuration::Configuration;
use crate::proposal;
use crate::trouble::Trouble;
use board::Board;
use clock::WallTime;
use settings::Settings;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use store::{SettingsVersion, Store};

/// The newest settings; a box without any makes its first version.
pub fn settings(
    configuration: &Configuration,
    board: &Board,
    store: &Store,
    now: WallTime,
) -> Result<SettingsVersion, Trouble> {
    if let Some(newest) = store.newest_settings()? {
        return Ok(newest);
    }
    let settings = match &configuration.first_settings {
        Some(path) => read_settings(path)?,
        None => proposal::settings_of(board)?,
    };
    let version = SettingsVersion {
        version: 1,
        at: now,
        author: "fastcalld".into(),
        note: "first boot".into(),
        settings,
        changes: Vec::new(),
    };
    let number = store.save_settings(0, version.clone())?;
    Ok(SettingsVersion { version: number, ..version })
}

fn read_settings(path: &Path) -> Result<Settings, Trouble> {
    let text = std::fs::read_to_string(path).map_err(|problem| Trouble::file(path, problem))?;
    let settings: Settings =
        serde_json::from_str(&text).map_err(|problem| Trouble::BadFirstSettings(problem.to_string()))?;
    match settings.check().first() {
        None => Ok(settings),
        Some(problem) => Err(Trouble::BadFirstSettings(format!("{}: {}", problem.at, problem.en))),
    }
}

/// The code while nobody has an account yet. It stays the same over restarts, in a file that only root reads.
pub fn code(configuration: &Configuration, store: &Store) -> Result<Option<String>, Trouble> {
    let path = configuration.first_boot_code();
    if store.has_accounts()? {
        if path.exists() {
            std::fs::remove_file(&path).map_err(|problem| Trouble::file(&path, problem))?;
        }
        return Ok(None);
    }
    if let Ok(mut file) = std::fs::File::open(&path) {
        let mut code = String::new();
        file.read_to_string(&mut code).map_err(|problem| Trouble::file(&path, problem))?;
        let code = code.trim().to_owned();
        if code.len() >= DIGITS {
            return Ok(Some(code));
        }
    }
    let code = new_code()?;
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| {
        file.write_all(code.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|problem| Trouble::file(&path, problem))?;
    Ok(Some(code))
}

/// A hundred million codes; the API slows guesses down.
const DIGITS: usize = 8;

fn new_code() -> Result<String, Trouble> {
    let number = getrandom::u64().map_err(|problem| Trouble::NoRandomness(problem.to_string()))?;
    Ok(format!("{:08}", number % 100_000_000))
}
