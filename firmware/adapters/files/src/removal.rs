//! Recordings that are deleted by right.

use crate::cutting::Custody;
use crate::sealed::SEALED;
use identity::RecordingId;
use std::fs;
use std::io;
use std::path::Path;
use vault::Event;

/// Deletes a recording's file and what was made of it; the volume's manifest tells so first, with the reason. A file that is gone already is no
/// trouble.
pub fn remove_recording(
    dir: &Path,
    (recording, place): (RecordingId, &str),
    why: &str,
    custody: Option<&Custody>,
) -> io::Result<()> {
    if let Some(custody) = custody {
        let (place, why) = (place.to_owned(), why.to_owned());
        custody.manifests.tell(vec![Event::Deleted { recording, place, why }])?;
    }
    let path = dir.join(place);
    for kind in [SEALED, "wav", "opus", "flac", "mp3"] {
        match fs::remove_file(path.with_extension(kind)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    // The folder of the day, when it was the last of it.
    if let Some(folder) = path.parent() {
        fs::remove_dir(folder).ok();
    }
    Ok(())
}
