//! Whole packets: against another implementation's, changed, repeated, over the edge of the numbers.

use plan::{SrtpKey, SrtpSuite};
use proptest::prelude::*;
use srtp::{Opener, Refused, Sealer};

fn octets(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal")).collect()
}

fn key(suite: SrtpSuite) -> SrtpKey {
    let material: Vec<u8> = (0..suite.key_octets() as u8).map(|n| n.wrapping_mul(37) ^ 0x5a).collect();
    SrtpKey::new(suite, &material).expect("as long as the suite's key")
}

fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend((0..160).map(|n| n as u8 ^ sequence as u8));
    packet
}

fn sealed(sealer: &mut Sealer, packet: &[u8]) -> Vec<u8> {
    let mut room = [packet, &[0; srtp::MOST_ADDED]].concat();
    let length = sealer.seal_rtp(&mut room, packet.len()).expect("a new number");
    room.truncate(length);
    room
}

fn opened(opener: &mut Opener, packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut room = packet.to_vec();
    let length = opener.open_rtp(&mut room)?;
    room.truncate(length);
    Ok(room)
}

/// The packets that libsrtp's own tests expect, RTP and RTCP: what it seals we open, and we seal the same.
#[test]
fn packets_of_libsrtp() {
    let material = octets("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");
    let key = SrtpKey::new(SrtpSuite::AesCm128HmacSha1_80, &material).expect("30 octets");
    let clear = octets("800f1234 decafbad cafebabe abababababababababababababababab");
    let expected = octets("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
    assert_eq!(sealed(&mut Sealer::new(&key), &clear), expected);
    assert_eq!(opened(&mut Opener::new(&key), &expected), Ok(clear));

    let mut report = octets("81c8000b cafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
    let length = Opener::new(&key).open_rtcp(&mut report).expect("libsrtp's report");
    assert_eq!(report[..length], octets("81c8000b cafebabe abababababababababababababababab"));
}

/// The same with AES-GCM.
#[test]
fn packets_of_libsrtp_with_gcm() {
    let material = octets("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab");
    let key = SrtpKey::new(SrtpSuite::AeadAes128Gcm, &material).expect("28 octets");
    let clear = octets("800f1234 decafbad cafebabe abababababababababababababababab");
    let expected =
        octets("800f1234 decafbad cafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392");
    assert_eq!(sealed(&mut Sealer::new(&key), &clear), expected);
    assert_eq!(opened(&mut Opener::new(&key), &expected), Ok(clear));
}

/// A call of an hour and a half: the numbers run around four times, one packet in thirty is lost, others overtake one another.
#[test]
fn numbers_run_around_and_every_packet_is_read() {
    for suite in SrtpSuite::ALL {
        let (mut sealer, mut opener) = (Sealer::new(&key(suite)), Opener::new(&key(suite)));
        for pair in (30_000..30_000 + 4 * 65_536u32).step_by(2) {
            let [first, second] = [pair, pair + 1].map(|n| packet(n as u16, 77));
            let (one, two) = (sealed(&mut sealer, &first), sealed(&mut sealer, &second));
            if pair % 30 != 0 {
                assert_eq!(opened(&mut opener, &two), Ok(second));
            }
            assert_eq!(opened(&mut opener, &one), Ok(first));
        }
    }
}

/// Any bit that is changed on the way makes the packet no packet: nothing of it is used, and the true one is still taken afterwards.
#[test]
fn a_changed_bit_is_seen() {
    for suite in SrtpSuite::ALL {
        let (mut sealer, mut opener) = (Sealer::new(&key(suite)), Opener::new(&key(suite)));
        let clear = packet(1000, 5);
        let good = sealed(&mut sealer, &clear);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&mut opener, &bad).is_err(), "{suite:?}, bit {bit}");
        }
        assert_eq!(opened(&mut opener, &good), Ok(clear));
        assert_eq!(opened(&mut opener, &good), Err(Refused::Replayed));
    }
}

/// A recorded packet that is sent again is refused, a second later and after the numbers ran around.
#[test]
fn what_was_heard_is_not_heard_again() {
    let key = key(SrtpSuite::AesCm128HmacSha1_32);
    let (mut sealer, mut opener) = (Sealer::new(&key), Opener::new(&key));
    let old = sealed(&mut sealer, &packet(10, 5));
    assert!(opened(&mut opener, &old).is_ok());
    for n in 11..70_000u32 {
        let next = sealed(&mut sealer, &packet(n as u16, 5));
        assert!(opened(&mut opener, &next).is_ok());
        if n % 1000 == 0 {
            assert!(opened(&mut opener, &old).is_err(), "{n}");
        }
    }
}

/// Two packets of one number would give each other away: the second is not sealed.
#[test]
fn a_number_is_sealed_once() {
    let mut sealer = Sealer::new(&key(SrtpSuite::AesCm128HmacSha1_80));
    sealed(&mut sealer, &packet(500, 5));
    let mut room = [packet(500, 5), vec![0; srtp::MOST_ADDED]].concat();
    assert_eq!(sealer.seal_rtp(&mut room, 172), Err(Refused::Replayed));
    assert_eq!(sealer.seal_rtp(&mut room[..172], 172), Err(Refused::NoRoom));
}

/// Reports of all suites: read once, and not if changed.
#[test]
fn reports_are_sealed() {
    for suite in SrtpSuite::ALL {
        let (mut sealer, mut opener) = (Sealer::new(&key(suite)), Opener::new(&key(suite)));
        for n in 0..50u8 {
            let report = [&[0x80, 201, 0, 1, 0, 0, 0, 9][..], &[n; 24]].concat();
            let mut room = [&report[..], &[0; srtp::MOST_ADDED]].concat();
            let length = sealer.seal_rtcp(&mut room, report.len()).expect("room");
            let mut bad = room[..length].to_vec();
            bad[12] ^= 1;
            assert_eq!(opener.open_rtcp(&mut bad), Err(Refused::Forged));
            let mut again = room[..length].to_vec();
            let open = opener.open_rtcp(&mut room[..length]).expect("a good report");
            assert_eq!(room[..open], report);
            assert_eq!(opener.open_rtcp(&mut again), Err(Refused::Replayed));
        }
    }
}

proptest! {
    /// Anything from the network is refused in peace.
    #[test]
    fn rubbish_is_refused(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
        for suite in SrtpSuite::ALL {
            let mut opener = Opener::new(&key(suite));
            prop_assert!(opener.open_rtp(&mut octets.clone()).is_err());
            prop_assert!(opener.open_rtcp(&mut octets.clone()).is_err());
        }
    }
}
