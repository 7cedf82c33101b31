use crc32c::crc32c;
use identity::RecordingId;

/// Octets of a segment's header.
pub const SEGMENT_HEADER: usize = 32;
/// Octets of a record's header.
pub const RECORD_HEADER: usize = 48;
/// Octets of a record's content at most: one second of sound. A broken record costs no more than that.
pub const MOST_CONTENT: usize = 16_000;
/// Octets that an envelope adds to its sound (see the crate `vault`).
pub const SEAL: usize = 44;

pub(crate) const SEGMENT_MAGIC: &[u8; 8] = b"FCJRNL01";
pub(crate) const RECORD_MAGIC: u32 = u32::from_le_bytes(*b"FcRc");

/// Segments are numbered upwards for good; no number is ever used twice on a volume.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SegmentNumber(pub u64);

/// The CRC-32C of some octets, by the processor's own instruction.
pub fn check(octets: &[u8]) -> u32 {
    crc32c(octets)
}

/// Octets that still have their CRC.
pub fn checked(octets: &[u8], crc: u32) -> bool {
    check(octets) == crc
}

/// What a record says of its recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body<'a> {
    /// It began, or goes on in a later segment: the place of its file.
    Began {
        place: &'a str,
    },
    /// Left and right in turn.
    Sound(&'a [u8]),
    Paused,
    Resumed,
    Ended,
    /// Its file is whole and on disk.
    Cut,
    /// Left and right in turn, in an envelope of [`SEAL`] octets more.
    Sealed(&'a [u8]),
}

impl<'a> Body<'a> {
    fn kind(&self) -> u8 {
        match self {
            Body::Began { .. } => 1,
            Body::Sound(_) => 2,
            Body::Paused => 3,
            Body::Resumed => 4,
            Body::Ended => 5,
            Body::Cut => 6,
            Body::Sealed(_) => 7,
        }
    }

    fn content(&self) -> &'a [u8] {
        match self {
            Body::Began { place } => place.as_bytes(),
            Body::Sound(sound) | Body::Sealed(sound) => sound,
            Body::Paused | Body::Resumed | Body::Ended | Body::Cut => &[],
        }
    }

    /// `None`: a kind that a later release may have, or content that does not fit its kind.
    pub(crate) fn parse(kind: u8, content: &'a [u8]) -> Option<Body<'a>> {
        match (kind, content) {
            (1, place) => std::str::from_utf8(place).ok().map(|place| Body::Began { place }),
            (2, sound) if !sound.is_empty() && sound.len() % 2 == 0 => Some(Body::Sound(sound)),
            (3, []) => Some(Body::Paused),
            (4, []) => Some(Body::Resumed),
            (5, []) => Some(Body::Ended),
            (6, []) => Some(Body::Cut),
            (7, sealed) if sealed.len() > SEAL && (sealed.len() - SEAL).is_multiple_of(2) => Some(Body::Sealed(sealed)),
            _ => None,
        }
    }
}

/// Records of one segment, in memory until they are written.
#[derive(Clone, Debug)]
pub struct Writer {
    segment: SegmentNumber,
    octets: Vec<u8>,
}

impl Writer {
    /// A new segment: its header first.
    pub fn begin(segment: SegmentNumber) -> Writer {
        let mut writer = Writer::go_on(segment, Vec::with_capacity(SEGMENT_HEADER));
        writer.octets.extend_from_slice(SEGMENT_MAGIC);
        writer.octets.extend_from_slice(&segment.0.to_le_bytes());
        writer.octets.extend_from_slice(&[0; 8]);
        let crc = check(&writer.octets);
        writer.octets.extend_from_slice(&crc.to_le_bytes());
        writer.octets.extend_from_slice(&[0; 4]);
        writer
    }

    /// More of a segment that was begun, in memory that is used again.
    pub fn go_on(segment: SegmentNumber, mut memory: Vec<u8>) -> Writer {
        memory.clear();
        Writer { segment, octets: memory }
    }

    /// Adds a record; returns where its content begins, counted from where this writer began. Content beyond [`MOST_CONTENT`] is
    /// the caller's to divide: the rest of it is left out.
    pub fn append(&mut self, recording: RecordingId, position: u64, body: &Body) -> usize {
        let content = body.content();
        let content = &content[..content.len().min(MOST_CONTENT)];
        let begin = self.octets.len();
        self.octets.extend_from_slice(&RECORD_MAGIC.to_le_bytes());
        self.octets.extend_from_slice(&[body.kind(), 0, 0, 0]);
        self.octets.extend_from_slice(&(content.len() as u32).to_le_bytes());
        self.octets.extend_from_slice(&check(content).to_le_bytes());
        self.octets.extend_from_slice(&self.segment.0.to_le_bytes());
        self.octets.extend_from_slice(&recording.0.to_le_bytes());
        self.octets.extend_from_slice(&position.to_le_bytes());
        self.octets.extend_from_slice(&[0; 4]);
        let crc = check(&self.octets[begin..]);
        self.octets.extend_from_slice(&crc.to_le_bytes());
        let place = self.octets.len();
        self.octets.extend_from_slice(content);
        self.octets.resize(self.octets.len().next_multiple_of(8), 0);
        place
    }

    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    pub fn len(&self) -> usize {
        self.octets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }
}
