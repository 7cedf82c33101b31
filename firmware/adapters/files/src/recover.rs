use crate::cutting::{Custody, Cut, CutDone, cut, part_of};
use crate::keys::Keys;
use crate::places::recording_place;
use crate::volume::{segment_path, segments};
use crate::wav::{FRAME, HEADER, millis_of, recording_header};
use clock::WallTime;
use identity::RecordingId;
use journal::{Survey, Surveyed};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path};

/// What the start found.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Recordings that were in the making, and their lengths in milliseconds.
    pub recordings: Vec<(RecordingId, u64)>,
    /// Files that could not be made: the journal keeps them for the next start.
    pub failed: Vec<(RecordingId, io::Error)>,
    /// Octets of the journal that could not be read.
    pub damaged_octets: u64,
}

/// Finishes what a crash left: what the journal has of each recording becomes its file. Call it once at start, before recording begins.
/// What was sealed needs its keys: without them it stays in the journal.
pub fn recover(dir: &Path, keys: Option<&Keys>) -> io::Result<Recovered> {
    let mut recovered = Recovered::default();
    marked_files(dir, &mut recovered)?;
    let custody = match keys {
        // The day begins where the recorder's does, once it runs: an entry or two may stand in the day of UTC.
        Some(keys) => Some(Custody::of(dir, keys.clone(), 0)?),
        None => None,
    };
    journal_of(dir, custody.as_ref(), &mut recovered)?;
    recovered.recordings.sort_unstable();
    Ok(recovered)
}

fn journal_of(dir: &Path, custody: Option<&Custody>, recovered: &mut Recovered) -> io::Result<()> {
    let segments = segments(dir)?;
    let mut survey = Survey::default();
    for segment in &segments {
        survey.read(*segment, &fs::read(segment_path(dir, *segment))?);
    }
    recovered.damaged_octets = survey.damaged as u64;
    let open = survey.recordings.into_iter().filter(|(_, surveyed)| !surveyed.cut);
    let cuts = open.map(|(recording, surveyed)| cut_of((dir, custody), recording, surveyed)).collect();
    for CutDone { cut, result, .. } in cut(cuts) {
        match result {
            Ok(moments) => recovered.recordings.push((cut.recording, millis_of(moments * FRAME as u64))),
            Err(error) => recovered.failed.push((cut.recording, error)),
        }
    }
    if recovered.failed.is_empty() {
        for segment in segments {
            fs::remove_file(segment_path(dir, segment))?;
        }
    }
    Ok(())
}

fn cut_of((dir, custody): (&Path, Option<&Custody>), recording: RecordingId, surveyed: Surveyed) -> Cut {
    let to = surveyed.length();
    let believed = surveyed.place.filter(|place| stays_below(place));
    // The record of its place is lost: a recording's number begins with its time of birth.
    let place = believed.unwrap_or_else(|| {
        let born = WallTime((recording.0 >> 22) as i64);
        recording_place(recording, born, 0, custody.is_some())
    });
    let mut pieces = surveyed.pieces;
    pieces.sort_by_key(|piece| piece.position);
    // What the journal says to be in the file and is not, because the file is gone, is silence.
    let pauses = surveyed.pauses.iter().map(|(from, until)| (*from, until.unwrap_or(to).max(*from))).collect();
    let custody = custody.cloned();
    let mut cut = Cut { recording, dir: dir.to_owned(), place, pieces, from: 0, to, finish: true, pauses, custody };
    let moments = cut.moments_in(&part_of(&dir.join(&cut.place))).unwrap_or(0);
    cut.from = surveyed.in_file.min(moments);
    cut
}

/// A place that does not leave the folder.
fn stays_below(place: &str) -> bool {
    !place.is_empty() && Path::new(place).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Files in the making of releases before the journal: each was written in its place, with a marker in `open`.
fn marked_files(dir: &Path, recovered: &mut Recovered) -> io::Result<()> {
    let open = match fs::read_dir(dir.join("open")) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in open {
        let marker = entry?.path();
        let name = marker.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(number) = name.parse() else { continue };
        let path = fs::read_to_string(&marker)?;
        match put_right(Path::new(&path)) {
            Ok(millis) => recovered.recordings.push((RecordingId(number), millis)),
            // The crash came between the marker and the file, or somebody took the file away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                recovered.recordings.push((RecordingId(number), 0));
            }
            Err(error) => return Err(error),
        }
        fs::remove_file(&marker)?;
    }
    Ok(())
}

fn put_right(path: &Path) -> io::Result<u64> {
    let file = File::options().write(true).open(path)?;
    let data = file.metadata()?.len().saturating_sub(HEADER as u64) / FRAME as u64 * FRAME as u64;
    file.set_len(HEADER as u64 + data)?;
    file.write_all_at(&recording_header(data), 0)?;
    file.sync_all()?;
    Ok(millis_of(data))
}
