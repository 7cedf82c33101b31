use crc32c::crc32c;
use identity::RecordingId;

/// Octets of a file's head.
pub const FILE_HEAD: usize = 32;
/// Octets of a chunk's head.
pub const CHUNK_HEAD: usize = 24;
/// Octets of sound in a chunk at most: two seconds.
pub const MOST_SOUND: usize = 32_000;

const FILE_MAGIC: &[u8; 8] = b"FCREC001";
const CHUNK_MAGIC: u32 = u32::from_le_bytes(*b"FcCk");

/// The head of a recording's file.
pub fn file_head(recording: RecordingId) -> [u8; FILE_HEAD] {
    let mut head = [0; FILE_HEAD];
    head[..8].copy_from_slice(FILE_MAGIC);
    head[8..16].copy_from_slice(&recording.0.to_le_bytes());
    head
}

/// Whose file it is; `None`: it is no sealed recording.
pub fn parse_file_head(head: &[u8]) -> Option<RecordingId> {
    let (magic, rest) = head.split_first_chunk::<8>()?;
    let recording = rest.first_chunk().map(|octets| u64::from_le_bytes(*octets))?;
    (magic == FILE_MAGIC).then_some(RecordingId(recording))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChunkKind {
    Sound,
    End,
}

/// What stands before an envelope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChunkHead {
    pub kind: ChunkKind,
    /// Octets of the envelope.
    pub length: u32,
    /// The first moment of its sound; of the end, the recording's length.
    pub position: u64,
}

impl ChunkHead {
    pub fn encode(&self) -> [u8; CHUNK_HEAD] {
        let mut head = [0; CHUNK_HEAD];
        head[..4].copy_from_slice(&CHUNK_MAGIC.to_le_bytes());
        head[4] = match self.kind {
            ChunkKind::Sound => 1,
            ChunkKind::End => 2,
        };
        head[8..12].copy_from_slice(&self.length.to_le_bytes());
        head[12..20].copy_from_slice(&self.position.to_le_bytes());
        let check = crc32c(&head[..20]);
        head[20..].copy_from_slice(&check.to_le_bytes());
        head
    }

    /// `None`: it is not one, or torn.
    pub fn parse(head: &[u8; CHUNK_HEAD]) -> Option<ChunkHead> {
        let word = |at: usize| head[at..].first_chunk().map(|octets| u32::from_le_bytes(*octets));
        if word(0)? != CHUNK_MAGIC || word(20)? != crc32c(&head[..20]) {
            return None;
        }
        let kind = match head[4] {
            1 => ChunkKind::Sound,
            2 => ChunkKind::End,
            _ => return None,
        };
        let position = head[12..].first_chunk().map(|octets| u64::from_le_bytes(*octets))?;
        Some(ChunkHead { kind, length: word(8)?, position })
    }
}

/// What an envelope belongs to: none can take the place of another.
pub fn associated(place: &str, recording: RecordingId, kind: u8, position: u64) -> Vec<u8> {
    let mut octets = Vec::with_capacity(place.len() + 17);
    octets.extend_from_slice(place.as_bytes());
    octets.extend_from_slice(&recording.0.to_le_bytes());
    octets.push(kind);
    octets.extend_from_slice(&position.to_le_bytes());
    octets
}

/// What the end of a file says of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Chunks of sound.
    pub chunks: u64,
    /// Moments between which it was paused.
    pub pauses: Vec<(u64, u64)>,
}

impl Summary {
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = self.chunks.to_le_bytes().to_vec();
        for (from, to) in &self.pauses {
            octets.extend_from_slice(&from.to_le_bytes());
            octets.extend_from_slice(&to.to_le_bytes());
        }
        octets
    }

    pub fn parse(octets: &[u8]) -> Option<Summary> {
        let (chunks, rest) = octets.split_first_chunk::<8>()?;
        let long = |octets: &[u8], at: usize| octets[at..].first_chunk().map(|octets| u64::from_le_bytes(*octets));
        let pauses: Option<Vec<(u64, u64)>> =
            rest.chunks_exact(16).map(|pair| Some((long(pair, 0)?, long(pair, 8)?))).collect();
        let whole = rest.len() % 16 == 0;
        Some(Summary { chunks: u64::from_le_bytes(*chunks), pauses: pauses.filter(|_| whole)? })
    }
}
