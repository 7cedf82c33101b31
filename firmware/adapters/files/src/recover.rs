use crate::wav::{FRAME, HEADER, millis_of, recording_header};
use identity::RecordingId;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Finishes what a crash left: each unfinished file's header is made to say how much is there. Returns the recordings and their
/// lengths. Call it once at start, before recording begins.
pub fn recover(dir: &Path) -> io::Result<Vec<(RecordingId, u64)>> {
    let open = match fs::read_dir(dir.join("open")) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut recovered = Vec::new();
    for entry in open {
        let marker = entry?.path();
        let name = marker.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(number) = name.parse() else { continue };
        let path = fs::read_to_string(&marker)?;
        match put_right(Path::new(&path)) {
            Ok(millis) => recovered.push((RecordingId(number), millis)),
            // The crash came between the marker and the file, or somebody took the file away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => recovered.push((RecordingId(number), 0)),
            Err(error) => return Err(error),
        }
        fs::remove_file(&marker)?;
    }
    recovered.sort_unstable();
    Ok(recovered)
}

fn put_right(path: &Path) -> io::Result<u64> {
    let file = File::options().write(true).open(path)?;
    let data = file.metadata()?.len().saturating_sub(HEADER as u64) / FRAME as u64 * FRAME as u64;
    file.set_len(HEADER as u64 + data)?;
    file.write_all_at(&recording_header(data), 0)?;
    file.sync_all()?;
    Ok(millis_of(data))
}
