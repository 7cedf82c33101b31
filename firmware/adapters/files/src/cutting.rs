//! Out of the journal, into a file for each call.

use crate::keys::Keys;
use crate::manifest::{Manifests, digest_of};
use crate::sealed::{Contents, SEALED, SealedFile, error_of, in_journal};
use crate::volume::segment_path;
use crate::wav::{FRAME, HEADER, recording_header};
use identity::RecordingId;
use journal::{Piece, RECORD_HEADER};
use pcm::alaw;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use vault::{Event, KeyRing, Opener, to_hex};

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
    /// Moments between which it was paused.
    pub(crate) pauses: Vec<(u64, u64)>,
    pub(crate) custody: Option<Custody>,
}

/// What a volume's recordings are sealed and told with.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Open the journal and seal files, if their places ask for that.
    pub keys: Keys,
    pub manifests: Manifests,
}

impl Custody {
    /// Of the volume at `dir`.
    pub fn of(dir: &Path, keys: Keys, utc_offset_minutes: i32) -> io::Result<Custody> {
        Ok(Custody { manifests: Manifests::open(dir, &keys, utc_offset_minutes)?, keys })
    }
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
    tell(&mut done);
    done
}

/// Tells the manifests of their volumes what is closed. What cannot be told is not closed: it is tried again.
fn tell(done: &mut [CutDone]) {
    let mut volumes: BTreeMap<PathBuf, (Manifests, Vec<Event>)> = BTreeMap::new();
    for done in done.iter_mut().filter(|done| done.cut.finish && done.result.is_ok()) {
        let Some(custody) = &done.cut.custody else { continue };
        match digest_of(&done.cut.path()) {
            Ok((octets, sha256)) => {
                let (recording, place) = (done.cut.recording, done.cut.place.clone());
                let event = Event::Closed { recording, place, octets, sha256: to_hex(&sha256) };
                let volume = volumes.entry(done.cut.dir.clone());
                volume.or_insert_with(|| (custody.manifests.clone(), Vec::new())).1.push(event);
            }
            Err(error) => done.result = Err(error),
        }
    }
    for (volume, (manifests, events)) in volumes {
        if let Err(error) = manifests.tell(events) {
            let here = done.iter_mut().filter(|done| done.cut.dir == volume && done.cut.finish);
            here.for_each(|done| done.result = Err(same(&error)));
        }
    }
}

impl Cut {
    fn path(&self) -> PathBuf {
        self.dir.join(&self.place)
    }

    fn is_sealed(&self) -> bool {
        Path::new(&self.place).extension().is_some_and(|kind| kind == SEALED)
    }

    /// Moments in a file of it, finished or not.
    pub(crate) fn moments_in(&self, path: &Path) -> io::Result<u64> {
        if self.is_sealed() {
            return Ok(Contents::read(&File::open(path)?)?.1.moments());
        }
        Ok(fs::metadata(path)?.len().saturating_sub(HEADER as u64) / FRAME as u64)
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
        return cut.moments_in(&path);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::options().read(true).write(true).create(true).truncate(false).open(part_of(&path))?;
    let mut target = Target::of(cut, file)?;
    let mut reading = Reading::new(cut);
    for piece in &cut.pieces {
        target.silence_until(piece.position)?;
        match reading.sound(cut, piece, segments) {
            // Sound that is in the file already, from a cut that a crash interrupted, is written again as it was.
            Ok(sound) => target.write(piece.position, sound)?,
            // The journal keeps what only a key is missing for.
            Err(problem) if problem.kind() == io::ErrorKind::PermissionDenied => return Err(problem),
            Err(_) => {
                *damaged += 1;
                target.silence_until(piece.end())?;
            }
        }
    }
    target.silence_until(cut.to)?;
    target.finish(cut)
}

/// What a cut writes into.
enum Target {
    Plain(Stretch),
    Sealed(Box<SealedFile>),
}

impl Target {
    fn of(cut: &Cut, file: File) -> io::Result<Target> {
        if !cut.is_sealed() {
            return Ok(Target::Plain(Stretch { file, held: Vec::with_capacity(STRETCH), position: cut.from }));
        }
        let no_keys = || io::Error::new(io::ErrorKind::PermissionDenied, "no key to seal with");
        let custody = cut.custody.as_ref().ok_or_else(no_keys)?;
        SealedFile::go_on(file, cut.recording, &custody.keys, cut.from).map(|file| Target::Sealed(Box::new(file)))
    }

    fn write(&mut self, position: u64, sound: &[u8]) -> io::Result<()> {
        match self {
            Target::Plain(stretch) => stretch.write(position, sound),
            Target::Sealed(file) => file.write(position, sound),
        }
    }

    fn silence_until(&mut self, position: u64) -> io::Result<()> {
        match self {
            Target::Plain(stretch) => stretch.silence_until(position),
            Target::Sealed(file) => file.silence_until(position),
        }
    }

    /// Returns the moments in the file.
    fn finish(self, cut: &Cut) -> io::Result<u64> {
        match self {
            Target::Plain(stretch) => stretch.finish(),
            Target::Sealed(file) => file.finish(cut.finish.then(|| cut.pauses.clone())),
        }
    }
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
    fn read(&mut self, cut: &Cut, piece: &Piece, record: &mut Vec<u8>) -> io::Result<()> {
        let file = self.open(segment_path(&cut.dir, piece.segment))?;
        record.resize(RECORD_HEADER + piece.octets as usize, 0);
        file.read_exact_at(record, u64::from(piece.at).saturating_sub(RECORD_HEADER as u64))
    }

    fn open(&mut self, path: PathBuf) -> io::Result<&File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != path) {
            let file = File::open(&path)?;
            return Ok(&self.open.insert((path, file)).1);
        }
        self.open.as_ref().map(|(_, file)| file).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

/// Sound as it is read, in memory that is used again.
struct Reading {
    record: Vec<u8>,
    opened: Vec<u8>,
    opener: Option<Opener>,
}

impl Reading {
    fn new(cut: &Cut) -> Reading {
        let opener = cut.custody.as_ref().map(|custody| Opener::new(KeyRing::clone(&custody.keys.ring())));
        Reading { record: Vec::new(), opened: Vec::new(), opener }
    }

    fn sound(&mut self, cut: &Cut, piece: &Piece, segments: &mut Segments) -> io::Result<&[u8]> {
        segments.read(cut, piece, &mut self.record)?;
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let found = journal::record(piece.segment, &self.record).ok_or_else(damaged)?;
        if found.recording != cut.recording {
            return Err(damaged());
        }
        match found.body {
            journal::Body::Sound(sound) => Ok(sound),
            journal::Body::Sealed(envelope) => {
                let no_keys = || io::Error::new(io::ErrorKind::PermissionDenied, "no key to open the journal with");
                let opener = self.opener.as_mut().ok_or_else(no_keys)?;
                let belongs = in_journal(cut.recording, piece.position);
                opener.open(&belongs, envelope, &mut self.opened).map_err(error_of)?;
                Ok(&self.opened)
            }
            _ => Err(damaged()),
        }
    }
}
