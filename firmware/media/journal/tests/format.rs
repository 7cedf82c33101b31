//! What is written is read, and damage costs what it hit.

use identity::RecordingId;
use journal::*;
use proptest::prelude::*;

const SEGMENT: SegmentNumber = SegmentNumber(1_795_400_000);

/// `count` records of 100 ms of three recordings in turn.
fn segment(count: u64) -> Writer {
    let mut writer = Writer::begin(SEGMENT);
    for n in 0..count {
        writer.append(RecordingId(n % 3), n / 3 * 800, &Body::Sound(&[n as u8; 1600]));
    }
    writer
}

/// REC-01: what was written of each recording comes back, and whom it belongs to.
#[test]
fn what_is_written_is_read() {
    let mut writer = Writer::begin(SEGMENT);
    let id = RecordingId(9);
    writer.append(id, 0, &Body::Began { place: "2026/11/23/9.wav" });
    writer.append(id, 0, &Body::Sound(&[1, 2, 3, 4]));
    writer.append(id, 2, &Body::Paused);
    writer.append(id, 802, &Body::Resumed);
    writer.append(id, 802, &Body::Sound(&[5, 6]));
    writer.append(id, 803, &Body::Ended);
    let mut survey = Survey::default();
    survey.read(SEGMENT, writer.octets());
    let found = &survey.recordings[&id];
    assert_eq!((found.place.as_deref(), found.ended, found.cut), (Some("2026/11/23/9.wav"), Some(803), false));
    assert_eq!((found.pauses.as_slice(), found.length()), (&[(2, Some(802))][..], 803));
    let heard = |piece: &Piece| &writer.octets()[piece.at as usize..][..piece.octets as usize];
    assert_eq!(found.pieces.iter().map(heard).collect::<Vec<_>>(), [&[1, 2, 3, 4][..], &[5, 6]]);
    assert_eq!(survey.damaged, 0);
}

/// Octets of another segment, left on the disk by a file that is gone, are no records of this one.
#[test]
fn old_octets_are_not_believed() {
    let mut survey = Survey::default();
    survey.read(SegmentNumber(SEGMENT.0 + 1), segment(3).octets());
    assert!(survey.recordings.is_empty() && survey.damaged > 4800);
}

/// A recording that claims to be years long would fill the disk with silence.
#[test]
fn an_impossible_position_is_not_believed() {
    let mut writer = Writer::begin(SEGMENT);
    writer.append(RecordingId(1), u64::MAX - 5, &Body::Sound(&[1, 2]));
    let mut survey = Survey::default();
    survey.read(SEGMENT, writer.octets());
    assert!(survey.recordings.is_empty());
}

proptest! {
    /// Damage anywhere costs the records it hit, and none of the others.
    #[test]
    fn damage_costs_what_it_hit(at in 0usize..50_000, long in 1usize..4000, with in any::<u8>()) {
        let whole = segment(30).into_octets();
        let mut damaged = whole.clone();
        let end = (at + long).min(whole.len());
        damaged.get_mut(at..end).unwrap_or_default().fill(with);
        let before: Vec<Found> = read(SEGMENT, &whole).collect();
        let after: Vec<Found> = read(SEGMENT, &damaged).collect();
        let untouched = |found: &&Found| {
            let begin = found.content_at - RECORD_HEADER;
            end <= begin || at >= found.content_at + 1600
        };
        let expected: Vec<Found> = before.iter().filter(untouched).copied().collect();
        prop_assert!(after.len() <= before.len());
        for found in expected {
            prop_assert!(after.contains(&found));
        }
        prop_assert!(after.iter().all(|found| before.contains(found)));
    }

    /// What a cut-off segment still has whole is read.
    #[test]
    fn a_cut_off_segment_is_read_as_far_as_it_goes(length in 0usize..50_000) {
        let whole = segment(30).into_octets();
        let length = length.min(whole.len());
        let record = RECORD_HEADER + 1600;
        let found = read(SEGMENT, &whole[..length]).count();
        prop_assert_eq!(found, length.saturating_sub(SEGMENT_HEADER) / record);
    }

    /// Anything at all is read without harm.
    #[test]
    fn anything_is_read(octets in proptest::collection::vec(any::<u8>(), 0..5000)) {
        let mut survey = Survey::default();
        survey.read(SEGMENT, &octets);
        prop_assert!(survey.damaged <= octets.len());
    }
}
