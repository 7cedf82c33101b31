use crate::format::{Body, MOST_CONTENT, RECORD_HEADER, RECORD_MAGIC, SEGMENT_HEADER, SegmentNumber, checked};
use identity::RecordingId;

/// A good record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found<'a> {
    pub recording: RecordingId,
    pub position: u64,
    pub body: Body<'a>,
    /// Where its content begins in the segment.
    pub content_at: usize,
}

/// The good records of a segment, in order.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    segment: SegmentNumber,
    octets: &'a [u8],
    at: usize,
    /// Octets that belong to no good record, so far.
    pub damaged: usize,
}

/// Reads a segment that should have this number. Its own header tells nothing that the records do not: a broken one costs nothing.
pub fn read(segment: SegmentNumber, octets: &[u8]) -> Reader<'_> {
    Reader { segment, octets, at: SEGMENT_HEADER.min(octets.len()), damaged: 0 }
}

/// The record that begins where these octets do, if it is a good one.
pub fn record(segment: SegmentNumber, octets: &[u8]) -> Option<Found<'_>> {
    Reader { segment, octets, at: 0, damaged: 0 }.record()?.0
}

fn long(octets: &[u8], at: usize) -> Option<u64> {
    octets.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

impl<'a> Reader<'a> {
    /// The record here, and its octets with padding; `None` if it is not one.
    fn record(&self) -> Option<(Option<Found<'a>>, usize)> {
        let header = self.octets.get(self.at..self.at + RECORD_HEADER)?;
        if word(header, 0)? != RECORD_MAGIC || !checked(&header[..RECORD_HEADER - 4], word(header, RECORD_HEADER - 4)?)
        {
            return None;
        }
        let length = word(header, 8)? as usize;
        if length > MOST_CONTENT || long(header, 16)? != self.segment.0 {
            return None;
        }
        let content_at = self.at + RECORD_HEADER;
        let content = self.octets.get(content_at..content_at + length)?;
        if !checked(content, word(header, 12)?) {
            return None;
        }
        let (recording, position) = (RecordingId(long(header, 24)?), long(header, 32)?);
        let found = Body::parse(header[4], content).map(|body| Found { recording, position, body, content_at });
        Some((found, (RECORD_HEADER + length).next_multiple_of(8)))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        while self.at + RECORD_HEADER <= self.octets.len() {
            match self.record() {
                Some((found, length)) => {
                    self.at += length;
                    if found.is_some() {
                        return found;
                    }
                }
                // Records begin at multiples of eight.
                None => {
                    self.at += 8;
                    self.damaged += 8;
                }
            }
        }
        self.damaged += self.octets.len().saturating_sub(self.at);
        self.at = self.octets.len();
        None
    }
}
