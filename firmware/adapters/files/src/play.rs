//! Reading a recording, sealed or not, as the WAV file that players want.

use crate::keys::Keys;
use crate::sealed::{Chunk, Contents, SEALED};
use crate::wav::{FRAME, HEADER, recording_header};
use identity::RecordingId;
use pcm::alaw;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use vault::{KeyRing, Opener};

/// A recording that is played: any part of it can be read, and only what is read is opened.
#[derive(Debug)]
pub struct Playable {
    file: File,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A WAV file.
    Plain {
        octets: u64,
    },
    Sealed(Box<SealedKind>),
}

#[derive(Debug)]
struct SealedKind {
    recording: RecordingId,
    contents: Contents,
    opener: Opener,
    pauses: Vec<(u64, u64)>,
    /// Fewer chunks are there than its end says, or one does not open.
    damaged: bool,
    /// The chunk that was opened last, and its sound.
    last: Option<(usize, Vec<u8>)>,
}

impl Playable {
    /// A sealed recording needs keys, and the one that it was sealed with among them. One without an end (a recording in the
    /// making) is read as far as it is.
    pub fn open(path: &Path, keys: Option<&Keys>) -> io::Result<Playable> {
        let file = File::open(path)?;
        if path.extension().is_none_or(|kind| kind != SEALED) {
            let octets = file.metadata()?.len();
            return Ok(Playable { file, kind: Kind::Plain { octets } });
        }
        let ring = keys.ok_or_else(|| io::Error::from(io::ErrorKind::PermissionDenied))?.ring();
        let (recording, contents) = Contents::read(&file)?;
        let mut opener = Opener::new(KeyRing::clone(&ring));
        let summary = contents.summary((&file, recording), &mut opener)?;
        let damaged = summary.as_ref().is_some_and(|summary| summary.chunks != contents.chunks.len() as u64);
        let pauses = summary.map(|summary| summary.pauses).unwrap_or_default();
        let sealed = SealedKind { recording, contents, opener, pauses, damaged, last: None };
        Ok(Playable { file, kind: Kind::Sealed(Box::new(sealed)) })
    }

    /// Octets of the WAV file.
    pub fn octets(&self) -> u64 {
        match &self.kind {
            Kind::Plain { octets } => *octets,
            Kind::Sealed(sealed) => HEADER as u64 + sealed.contents.moments() * FRAME as u64,
        }
    }

    /// Milliseconds between which it was paused: silence in the sound.
    pub fn pauses(&self) -> Vec<(u64, u64)> {
        match &self.kind {
            Kind::Plain { .. } => Vec::new(),
            Kind::Sealed(sealed) => sealed.pauses.iter().map(|(from, to)| (from / 8, to / 8)).collect(),
        }
    }

    /// Something that was read so far is not what was recorded; it is silence instead.
    pub fn is_damaged(&self) -> bool {
        match &self.kind {
            Kind::Plain { .. } => false,
            Kind::Sealed(sealed) => sealed.damaged,
        }
    }

    /// Fills `to` from this octet of the WAV file on; fewer octets than there is room for: it ends.
    pub fn read_at(&mut self, at: u64, to: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.octets().saturating_sub(at)).unwrap_or(usize::MAX).min(to.len());
        let to = &mut to[..count];
        match &mut self.kind {
            Kind::Plain { .. } => self.file.read_exact_at(to, at)?,
            Kind::Sealed(sealed) => sealed.read(&self.file, at, to)?,
        }
        Ok(count)
    }
}

impl SealedKind {
    fn read(&mut self, file: &File, at: u64, to: &mut [u8]) -> io::Result<()> {
        let header = recording_header(self.contents.moments() * FRAME as u64);
        let of_header = header.get(usize::try_from(at).unwrap_or(usize::MAX)..).unwrap_or_default();
        let (head, sound) = to.split_at_mut(of_header.len().min(to.len()));
        head.copy_from_slice(&of_header[..head.len()]);
        sound.fill(alaw::SILENCE);
        let begin = at + head.len() as u64;
        if sound.is_empty() {
            return Ok(());
        }
        // Octets of sound are counted without the header.
        let begin = begin - HEADER as u64;
        let end = begin + sound.len() as u64;
        let first = self.contents.chunks.partition_point(|chunk| chunk.end() * FRAME as u64 <= begin);
        let after = self.contents.chunks.partition_point(|chunk| chunk.position * (FRAME as u64) < end);
        for place in first..after {
            let Some(chunk) = self.contents.chunks.get(place).copied() else { break };
            self.open(file, place, chunk)?;
            let Some((_, opened)) = &self.last else { continue };
            let from = chunk.position * FRAME as u64;
            let (skip, room) = (begin.saturating_sub(from) as usize, from.saturating_sub(begin) as usize);
            let heard = opened.get(skip..).unwrap_or_default();
            let place = sound.get_mut(room..).unwrap_or_default();
            let count = heard.len().min(place.len());
            place[..count].copy_from_slice(&heard[..count]);
        }
        Ok(())
    }

    /// A chunk that does not open is silence: the rest of the recording is worth hearing.
    fn open(&mut self, file: &File, place: usize, chunk: Chunk) -> io::Result<()> {
        if self.last.as_ref().is_some_and(|(last, _)| *last == place) {
            return Ok(());
        }
        let mut sound = self.last.take().map(|(_, sound)| sound).unwrap_or_default();
        match chunk.open((file, self.recording), &mut self.opener, &mut sound) {
            Ok(()) => {}
            Err(problem) if problem.kind() == io::ErrorKind::InvalidData => {
                self.damaged = true;
                sound.clear();
            }
            Err(problem) => return Err(problem),
        }
        self.last = Some((place, sound));
        Ok(())
    }
}
