//! Files that are sealed, chunk by chunk.

use crate::keys::{Keys, random};
use crate::wav::FRAME;
use identity::RecordingId;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use vault::{
    CHUNK_HEAD, ChunkHead, ChunkKind, FILE_HEAD, MOST_SOUND, OVERHEAD, Opener, SealFault, Sealer, Summary, associated,
};

/// Of a sealed recording's name.
pub(crate) const SEALED: &str = "fcr";

/// Octets written at once.
const STRETCH: usize = 256 * 1024;

/// What the envelopes in files belong to.
const PLACE: &str = "file";

/// What the journal's envelopes belong to.
pub(crate) fn in_journal(recording: RecordingId, position: u64) -> Vec<u8> {
    associated("journal", recording, 1, position)
}

/// A key that is missing is no damage: with it everything would open.
pub(crate) fn error_of(fault: SealFault) -> io::Error {
    match fault {
        SealFault::UnknownKey(_) => io::Error::new(io::ErrorKind::PermissionDenied, fault),
        SealFault::Changed | SealFault::Exhausted => io::Error::new(io::ErrorKind::InvalidData, fault),
    }
}

/// A chunk of sound in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    /// Its first moment.
    pub(crate) position: u64,
    /// Where its envelope begins in the file.
    at: u64,
    /// Octets of the envelope.
    length: u32,
}

impl Chunk {
    pub(crate) fn end(&self) -> u64 {
        self.position + (self.length as usize).saturating_sub(OVERHEAD) as u64 / FRAME as u64
    }

    /// The octet of the file after it.
    fn after(&self) -> u64 {
        self.at + u64::from(self.length)
    }

    pub(crate) fn open(&self, of: (&File, RecordingId), opener: &mut Opener, to: &mut Vec<u8>) -> io::Result<()> {
        let (file, recording) = of;
        let mut envelope = vec![0; self.length as usize];
        file.read_exact_at(&mut envelope, self.at)?;
        opener.open(&associated(PLACE, recording, 1, self.position), &envelope, to).map_err(error_of)
    }
}

/// What the heads in a file tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) chunks: Vec<Chunk>,
    /// Where the end's envelope is, if the recording is whole.
    pub(crate) end: Option<Chunk>,
}

impl Contents {
    /// Reads the heads, up to the first that is none.
    pub(crate) fn read(file: &File) -> io::Result<(RecordingId, Contents)> {
        let mut head = [0; FILE_HEAD];
        file.read_exact_at(&mut head, 0)?;
        let recording = vault::parse_file_head(&head).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        let size = file.metadata()?.len();
        let (mut contents, mut at) = (Contents::default(), FILE_HEAD as u64);
        let mut head = [0; CHUNK_HEAD];
        while contents.end.is_none() && at + CHUNK_HEAD as u64 <= size {
            file.read_exact_at(&mut head, at)?;
            let Some(ChunkHead { kind, length, position }) = ChunkHead::parse(&head) else { break };
            let chunk = Chunk { position, at: at + CHUNK_HEAD as u64, length };
            let known = contents.chunks.last().map_or(0, Chunk::end);
            if chunk.after() > size || position < known || chunk.end() > journal::MOST_LENGTH {
                break;
            }
            match kind {
                ChunkKind::Sound if length as usize > MOST_SOUND + OVERHEAD => break,
                ChunkKind::Sound => contents.chunks.push(chunk),
                ChunkKind::End => contents.end = Some(chunk),
            }
            at = chunk.after();
        }
        Ok((recording, contents))
    }

    /// The recording's length as far as it is there.
    pub(crate) fn moments(&self) -> u64 {
        self.end.map_or_else(|| self.chunks.last().map_or(0, Chunk::end), |end| end.position)
    }

    /// What the end says; none if there is no end.
    pub(crate) fn summary(
        &self,
        (file, recording): (&File, RecordingId),
        opener: &mut Opener,
    ) -> io::Result<Option<Summary>> {
        let Some(end) = self.end else { return Ok(None) };
        let mut envelope = vec![0; end.length as usize];
        file.read_exact_at(&mut envelope, end.at)?;
        let mut said = Vec::new();
        opener.open(&associated(PLACE, recording, 2, end.position), &envelope, &mut said).map_err(error_of)?;
        Summary::parse(&said).map(Some).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }
}

/// A sealed file in the making: chunks are added, never written again.
pub(crate) struct SealedFile {
    file: File,
    recording: RecordingId,
    sealer: Sealer,
    /// Sound of the chunk in the making.
    held: Vec<u8>,
    /// The moment that follows what is held.
    position: u64,
    chunks: u64,
    /// Sealed, and not written.
    sealed: Vec<u8>,
    /// Where that goes.
    at: u64,
}

impl SealedFile {
    /// Goes on after the moment `from`; what an interrupted cut left behind it is cut off.
    pub(crate) fn go_on(file: File, recording: RecordingId, keys: &Keys, from: u64) -> io::Result<SealedFile> {
        let no_key = || io::Error::from(io::ErrorKind::PermissionDenied);
        let sealer = Sealer::new(&keys.ring(), random()?).ok_or_else(no_key)?;
        let mut known = Contents::default();
        let mut sealed = Vec::with_capacity(STRETCH);
        let mut at = 0;
        if from == 0 {
            sealed.extend_from_slice(&vault::file_head(recording));
        } else {
            let (whose, contents) = Contents::read(&file)?;
            if whose != recording {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            known.chunks = contents.chunks.into_iter().take_while(|chunk| chunk.end() <= from).collect();
            at = known.chunks.last().map_or(FILE_HEAD as u64, Chunk::after);
        }
        file.set_len(at)?;
        let chunks = known.chunks.len() as u64;
        Ok(SealedFile {
            file,
            recording,
            sealer,
            held: Vec::with_capacity(MOST_SOUND),
            position: from,
            chunks,
            sealed,
            at,
        })
    }

    pub(crate) fn write(&mut self, position: u64, sound: &[u8]) -> io::Result<()> {
        // Pieces come in order; what overlaps was there first.
        let known = usize::try_from(self.position.saturating_sub(position)).unwrap_or(usize::MAX);
        let mut sound = sound.get(known.saturating_mul(FRAME)..).unwrap_or_default();
        while !sound.is_empty() {
            let (now, later) = sound.split_at(sound.len().min(MOST_SOUND - self.held.len()));
            self.held.extend_from_slice(now);
            self.position += (now.len() / FRAME) as u64;
            if self.held.len() == MOST_SOUND {
                self.close_chunk()?;
            }
            sound = later;
        }
        Ok(())
    }

    /// Silence is what no chunk covers.
    pub(crate) fn silence_until(&mut self, position: u64) -> io::Result<()> {
        if position > self.position {
            self.close_chunk()?;
            self.position = position;
        }
        Ok(())
    }

    fn close_chunk(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let position = self.position - (self.held.len() / FRAME) as u64;
        let held = std::mem::take(&mut self.held);
        self.seal(ChunkKind::Sound, position, &held)?;
        self.held = held;
        self.held.clear();
        self.chunks += 1;
        if self.sealed.len() >= STRETCH { self.flush() } else { Ok(()) }
    }

    fn seal(&mut self, kind: ChunkKind, position: u64, content: &[u8]) -> io::Result<()> {
        let number = match kind {
            ChunkKind::Sound => 1,
            ChunkKind::End => 2,
        };
        let head = ChunkHead { kind, length: (content.len() + OVERHEAD) as u32, position };
        self.sealed.extend_from_slice(&head.encode());
        let belongs = associated(PLACE, self.recording, number, position);
        self.sealer.seal(&belongs, content, &mut self.sealed).map_err(error_of)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.sealed, self.at)?;
        self.at += self.sealed.len() as u64;
        self.sealed.clear();
        Ok(())
    }

    /// Writes what is held; with pauses also the recording's end. Returns the moments in the file.
    pub(crate) fn finish(mut self, pauses: Option<Vec<(u64, u64)>>) -> io::Result<u64> {
        self.close_chunk()?;
        if let Some(pauses) = pauses {
            let summary = Summary { chunks: self.chunks, pauses }.encode();
            self.seal(ChunkKind::End, self.position, &summary)?;
        }
        self.flush()?;
        Ok(self.position)
    }
}
