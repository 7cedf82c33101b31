//! The format of the recordings' journal: one sequential stream for all calls of a volume, in segments of bounded size.
//!
//! A segment is a header and records, each a multiple of eight octets. A record's header and its content have a CRC-32C each
//! (RFC 3720 B.4); the header also carries the segment's number, so that old octets of a disk that come up again after a crash are not taken for
//! records. A reader that finds a broken record looks for the next good one: damage costs what it hit, and nothing after it.
//!
//! ```text
//! segment  = "FCJRNL01", number u64, zero u64, CRC u32 of these, zero u32
//! record   = magic u32, kind u8, zero 3, length u32, CRC u32 of the content,
//!            segment u64, recording u64, position u64, zero u32, CRC u32 of these; content; zeros up to a multiple of 8
//! kinds    = 1 began (content: the file's place, UTF-8; position: moments that are in the file already)
//!            2 sound (A-law, left and right in turn; position: its first moment, 8,000 a second)
//!            3 paused, 4 resumed (position: when)
//!            5 ended (position: the recording's length)
//!            6 cut: the recording is in its file and on disk, the journal need not keep it
//!            7 sealed sound: an envelope of `vault` whose content is as of kind 2
//! ```
//! All numbers are little-endian. A segment tells again what earlier ones told of a recording that goes on: its place and its pauses. What is between two sounds of a recording was not recorded and is silence.
//! It does no I/O and knows no files: [`Writer`] fills memory, [`read`] reads memory, [`Survey`] gathers what belongs to whom.
//!
//! ```
//! use identity::RecordingId;
//! use journal::{Body, SegmentNumber, Survey, Writer};
//! let mut segment = Writer::begin(SegmentNumber(7));
//! segment.append(RecordingId(1), 0, &Body::Began { place: "2026/01/01/1.wav" });
//! segment.append(RecordingId(1), 160, &Body::Sound(&[0xd5; 320]));
//! let mut survey = Survey::default();
//! survey.read(SegmentNumber(7), segment.octets());
//! let found = &survey.recordings[&RecordingId(1)];
//! assert_eq!((found.place.as_deref(), found.pieces[0].position), (Some("2026/01/01/1.wav"), 160));
//! ```

mod format;
mod reader;
mod survey;

pub use format::{Body, MOST_CONTENT, RECORD_HEADER, SEAL, SEGMENT_HEADER, SegmentNumber, Writer, check, checked};
pub use reader::{Found, Reader, read, record};
pub use survey::{MOST_LENGTH, MOST_PAUSES, Piece, Survey, Surveyed};
