//! A segment of the recordings' journal as a broken disk gives it back: what is read was written whole, and lies where it is said to.
#![no_main]

use journal::{Body, MOST_LENGTH, SegmentNumber, Survey, Writer, read};
use libfuzzer_sys::fuzz_target;

const SEGMENT: SegmentNumber = SegmentNumber(7);

fuzz_target!(|data: &[u8]| {
    let mut survey = Survey::default();
    survey.read(SEGMENT, data);
    assert!(survey.damaged <= data.len());
    for recording in survey.recordings.values() {
        assert!(recording.in_file <= MOST_LENGTH);
        for piece in &recording.pieces {
            assert!(piece.at as usize + piece.octets as usize <= data.len());
        }
    }
    // What follows damage is found.
    let mut segment = Writer::begin(SEGMENT).into_octets();
    segment.extend_from_slice(&data[..data.len() / 8 * 8]);
    let before = read(SEGMENT, &segment).count();
    let mut after = Writer::go_on(SEGMENT, Vec::new());
    after.append(identity::RecordingId(1), 0, &Body::Sound(&[1, 2]));
    segment.extend_from_slice(after.octets());
    assert!(read(SEGMENT, &segment).count() >= before);
});
