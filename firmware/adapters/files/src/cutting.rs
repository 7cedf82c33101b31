//! Out of the journal, into a file for each call.

use crate::volume::segment_path;
use crate::wav::{FRAME, HEADER, recording_header};
use identity::RecordingId;
use journal::{Piece, RECORD_HEADER};
use pcm::alaw;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Octets written at once.
const STRETCH: usize = 256 * 1024;

/// Sound of a recording that is to go into its file.
#[derive(Clone, Debug)]
pub struct Cut {
    pub(crate) recording: RecordingId,
    pub(crate) dir: PathBuf,
    /// Where the file is to be, below the folder.
    pub(crate) place: String,
    pub(crate) pieces: Vec<Piece>,
    /// Moments in the file already.
    pub(crate) from: u64,
    /// The moment to fill the file to.
    pub(crate) to: u64,
    /// The recording is over: the file gets its name.
    pub(crate) finish: bool,
}

/// How a cut went.
#[derive(Debug)]
pub struct CutDone {
    pub(crate) cut: Cut,
    /// Moments in the file.
    pub(crate) result: io::Result<u64>,
    /// Pieces that the journal no longer had whole: they are silence.
    pub(crate) damaged: usize,
}

/// The unfinished file of a recording.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Cuts all of them, brings them to the disk by one sync of their volume, and gives finished ones their names.
pub fn cut(cuts: Vec<Cut>) -> Vec<CutDone> {
    let mut segments = Segments::default();
    let mut done: Vec<CutDone> = cuts.into_iter().map(|cut| cut_one(cut, &mut segments)).collect();
    if let Err(error) = sync_volumes(&done) {
        done.iter_mut().for_each(|done| done.result = Err(same(&error)));
        return done;
    }
    let mut folders = BTreeSet::new();
    for done in done.iter_mut().filter(|done| done.cut.finish && done.result.is_ok()) {
        let path = done.cut.path();
        if let Err(error) = rename(&path) {
            done.result = Err(error);
        }
        folders.extend(path.parent().map(Path::to_owned));
    }
    for folder in folders {
        if let Err(error) = File::open(&folder).and_then(|folder| folder.sync_all()) {
            let below = done.iter_mut().filter(|done| done.cut.path().starts_with(&folder));
            below.for_each(|done| done.result = Err(same(&error)));
        }
    }
    done
}

impl Cut {
    fn path(&self) -> PathBuf {
        self.dir.join(&self.place)
    }
}

fn same(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error)
}

fn rename(path: &Path) -> io::Result<()> {
    match fs::rename(part_of(path), path) {
        // It has its name already: a crash came between that and the journal's word of it.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_file() => Ok(()),
        renamed => renamed,
    }
}

fn sync_volumes(done: &[CutDone]) -> io::Result<()> {
    let volumes: BTreeSet<&Path> = done.iter().map(|done| done.cut.dir.as_path()).collect();
    for volume in volumes {
        nix::unistd::syncfs(File::open(volume)?)?;
    }
    Ok(())
}

fn cut_one(cut: Cut, segments: &mut Segments) -> CutDone {
    let mut damaged = 0;
    let result = copy(&cut, segments, &mut damaged);
    CutDone { cut, result, damaged }
}

fn copy(cut: &Cut, segments: &mut Segments, damaged: &mut usize) -> io::Result<u64> {
    let path = cut.path();
    if cut.finish && path.is_file() {
        let sound = fs::metadata(&path)?.len().saturating_sub(HEADER as u64);
        return Ok(sound / FRAME as u64);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::options().write(true).create(true).truncate(false).open(part_of(&path))?;
    let mut stretch = Stretch { file, held: Vec::with_capacity(STRETCH), position: cut.from };
    let mut record = Vec::new();
    for piece in &cut.pieces {
        stretch.silence_until(piece.position)?;
        match segments.sound(cut, piece, &mut record) {
            // Sound that is in the file already, from a cut that a crash interrupted, is written again as it was.
            Ok(sound) => stretch.write(piece.position, sound)?,
            Err(_) => {
                *damaged += 1;
                stretch.silence_until(piece.end())?;
            }
        }
    }
    stretch.silence_until(cut.to)?;
    stretch.finish()
}

/// A file written from some moment on, in long stretches.
struct Stretch {
    file: File,
    held: Vec<u8>,
    /// The moment that follows what is held.
    position: u64,
}

impl Stretch {
    fn write(&mut self, position: u64, sound: &[u8]) -> io::Result<()> {
        // Pieces come in order; what overlaps was there first.
        let known = usize::try_from(self.position.saturating_sub(position)).unwrap_or(usize::MAX);
        let sound = sound.get(known.saturating_mul(FRAME)..).unwrap_or_default();
        self.held.extend_from_slice(sound);
        self.position += (sound.len() / FRAME) as u64;
        if self.held.len() >= STRETCH { self.flush() } else { Ok(()) }
    }

    fn silence_until(&mut self, position: u64) -> io::Result<()> {
        while self.position < position {
            let moments = (position - self.position).min((STRETCH / FRAME) as u64);
            self.held.resize(self.held.len() + moments as usize * FRAME, alaw::SILENCE);
            self.position += moments;
            if self.held.len() >= STRETCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let begin = HEADER as u64 + self.position * FRAME as u64 - self.held.len() as u64;
        self.file.write_all_at(&self.held, begin)?;
        self.held.clear();
        Ok(())
    }

    /// Returns the moments in the file.
    fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        let octets = self.position * FRAME as u64;
        self.file.set_len(HEADER as u64 + octets)?;
        self.file.write_all_at(&recording_header(octets), 0)?;
        Ok(self.position)
    }
}

/// Segments that sound is read from; one is open at a time, for pieces come in order.
#[derive(Default)]
struct Segments {
    open: Option<(PathBuf, File)>,
}

impl Segments {
    fn sound<'a>(&mut self, cut: &Cut, piece: &Piece, record: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let file = self.open(segment_path(&cut.dir, piece.segment))?;
        record.resize(RECORD_HEADER + piece.octets as usize, 0);
        let begin = u64::from(piece.at).saturating_sub(RECORD_HEADER as u64);
        file.read_exact_at(record, begin)?;
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let found = journal::record(piece.segment, record).ok_or_else(damaged)?;
        match found.body {
            journal::Body::Sound(sound) if found.recording == cut.recording => Ok(sound),
            _ => Err(damaged()),
        }
    }

    fn open(&mut self, path: PathBuf) -> io::Result<&File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != path) {
            let file = File::open(&path)?;
            return Ok(&self.open.insert((path, file)).1);
        }
        self.open.as_ref().map(|(_, file)| file).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}
