use crate::sealed::SEALED;
use clock::{Civil, WallTime};
use identity::RecordingId;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a recording that began at `at` is, at a site so many minutes east of UTC.
pub fn recording_path(dir: &Path, recording: RecordingId, at: WallTime, utc_offset_minutes: i32) -> PathBuf {
    let Civil { year, month, day, .. } = at.civil(utc_offset_minutes);
    dir.join(format!("{year:04}/{month:02}/{day:02}/{}.wav", recording.0))
}

/// The same within the folder; a sealed recording has another kind of file.
pub fn recording_place(recording: RecordingId, at: WallTime, utc_offset_minutes: i32, sealed: bool) -> String {
    let path = recording_path(Path::new(""), recording, at, utc_offset_minutes);
    let path = if sealed { path.with_extension(SEALED) } else { path };
    path.to_string_lossy().into_owned()
}

/// Looks a recording up on disk, newest days first: for when the index does not know its path.
pub fn find_recording(dir: &Path, recording: RecordingId) -> Option<PathBuf> {
    let names = ["wav", SEALED].map(|kind| format!("{}.{kind}", recording.0));
    for year in numbered(dir, 4) {
        for month in numbered(&year, 2) {
            for day in numbered(&month, 2) {
                if let Some(path) = names.iter().map(|name| day.join(name)).find(|path| path.is_file()) {
                    return Some(path);
                }
            }
        }
    }
    None
}

/// Sub-folders whose names are numbers of so many digits, highest first. What cannot be read holds nothing.
fn numbered(dir: &Path, digits: usize) -> Vec<PathBuf> {
    let number = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() == digits && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(number).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}
