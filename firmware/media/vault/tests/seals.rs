//! What is sealed opens with its key, in its place, unchanged; and with nothing else.

use identity::RecordingId;
use proptest::prelude::*;
use std::collections::BTreeSet;
use vault::*;

fn ring() -> KeyRing {
    KeyRing::new(Key::new(5, [7; 32]), [9; 32])
}

/// A key that was rotated away still opens what it sealed; the new one seals.
#[test]
fn rotated_keys_open_what_they_sealed() {
    let mut keys = ring();
    let mut old = Vec::new();
    Sealer::new(&keys, [1; 16]).expect("a key").seal(b"a", b"of before", &mut old).expect("sealed");
    let second = keys.rotate(6, [8; 32]);
    let mut sealer = Sealer::new(&keys, [1; 16]).expect("a key");
    assert_eq!(sealer.key(), second);
    let mut new = Vec::new();
    sealer.seal(b"a", b"of now", &mut new).expect("sealed");
    let mut opener = Opener::new(keys);
    let mut said = Vec::new();
    opener.open(b"a", &old, &mut said).expect("opens");
    assert_eq!(said, b"of before");
    opener.open(b"a", &new, &mut said).expect("opens");
    assert_eq!(said, b"of now");
    assert_eq!(Opener::new(ring()).open(b"a", &new, &mut said), Err(SealFault::UnknownKey(second)));
}

/// No nonce comes twice with one key: the counter is part of it, the salt part of the key.
#[test]
fn nonces_never_repeat() {
    let mut seen = BTreeSet::new();
    for salt in 0..20 {
        let mut sealer = Sealer::new(&ring(), [salt; 16]).expect("a key");
        for _ in 0..500 {
            let mut envelope = Vec::new();
            sealer.seal(b"", b"the same", &mut envelope).expect("sealed");
            assert_eq!(envelope.len(), OVERHEAD + 8);
            assert!(seen.insert(envelope[..28].to_vec()), "key, salt and counter");
            assert!(seen.insert(envelope[28..].to_vec()), "the same content looks different each time");
        }
    }
}

/// The key file is what it was after it is read; sealed to a board it opens on that board alone.
#[test]
fn key_files_come_back() {
    let mut keys = ring();
    keys.rotate(6, [8; 32]);
    let open = keys.to_file(None, [3; 16]).expect("text");
    assert_eq!(KeyRing::from_file(&open, None), Ok((keys.clone(), false)));
    let sealed = keys.to_file(Some(&[4; 32]), [3; 16]).expect("text");
    assert!(!sealed.contains(&to_hex(&[8; 32])));
    assert_eq!(KeyRing::from_file(&sealed, Some(&[4; 32])), Ok((keys, true)));
    assert_eq!(KeyRing::from_file(&sealed, None), Err(KeyFileFault::NoBoardSecret));
    assert_eq!(KeyRing::from_file(&sealed, Some(&[5; 32])), Err(KeyFileFault::OtherBoard));
    for text in ["", "{}", "{\"open\":{\"keys\":[],\"signing\":\"\"}}", "{\"sealed_to_board\":\"zz\"}"] {
        assert!(matches!(KeyRing::from_file(text, Some(&[0; 32])), Err(KeyFileFault::Unreadable(_))), "{text}");
    }
}

/// What the end of a file says comes back; heads that are torn are none.
#[test]
fn heads_and_summaries_come_back() {
    let summary = Summary { chunks: 3, pauses: vec![(8000, 16_000), (20_000, 20_001)] };
    assert_eq!(Summary::parse(&summary.encode()), Some(summary.clone()));
    assert_eq!(Summary::parse(&summary.encode()[1..]), None);
    let head = ChunkHead { kind: ChunkKind::Sound, length: 32_044, position: 1 << 33 };
    assert_eq!(ChunkHead::parse(&head.encode()), Some(head));
    for at in 0..CHUNK_HEAD * 8 {
        let mut torn = head.encode();
        torn[at / 8] ^= 1 << (at % 8);
        assert_eq!(ChunkHead::parse(&torn), None, "bit {at}");
    }
    assert_eq!(parse_file_head(&file_head(RecordingId(5))), Some(RecordingId(5)));
    assert_eq!(parse_file_head(b"RIFF"), None);
}

proptest! {
    /// Any octet changed, anywhere: it does not open, and never panics.
    #[test]
    fn any_change_is_found(content in proptest::collection::vec(any::<u8>(), 0..200), at: usize, with in 1u8..) {
        let mut envelope = Vec::new();
        Sealer::new(&ring(), [1; 16]).expect("a key").seal(b"a", &content, &mut envelope).expect("sealed");
        let at = at % envelope.len();
        envelope[at] ^= with;
        let mut said = Vec::new();
        prop_assert!(Opener::new(ring()).open(b"a", &envelope, &mut said).is_err());
        prop_assert!(said.is_empty());
        prop_assert!(Opener::new(ring()).open(b"a", &envelope[..at], &mut said).is_err());
    }

    /// Octets of anywhere are read without a panic.
    #[test]
    fn anything_is_read(octets in proptest::collection::vec(any::<u8>(), 0..200), text: String) {
        let mut said = Vec::new();
        prop_assert!(Opener::new(ring()).open(b"a", &octets, &mut said).is_err());
        prop_assert!(parse_line(&text).is_none());
        let _ = (Summary::parse(&octets), parse_file_head(&octets), KeyRing::from_file(&text, None));
    }
}
