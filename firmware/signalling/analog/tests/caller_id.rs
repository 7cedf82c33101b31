//! Messages about callers, as lines bring them.

use analog::{BadMessage, CallTime, CallerId, DtmfReader, Reader, Withheld, dtmf_keys};
use numbering::Key;
use proptest::prelude::*;

fn read(octets: &[u8]) -> Option<Result<CallerId, BadMessage>> {
    let mut reader = Reader::default();
    octets.iter().find_map(|octet| reader.take(*octet))
}

const AT: CallTime = CallTime { month: 11, day: 23, hour: 8, minute: 5 };

/// An example in the form of Bellcore's TR-NWT-000030: single data message, September 30th, 12:24, number 609 555 1212.
#[test]
fn a_single_data_message() {
    let octets = [
        0x04, 0x12, 0x30, 0x39, 0x33, 0x30, 0x31, 0x32, 0x32, 0x34, 0x36, 0x30, 0x39, 0x35, 0x35, 0x35, 0x31, 0x32,
        0x31, 0x32, 0x51,
    ];
    let time = Some(CallTime { month: 9, day: 30, hour: 12, minute: 24 });
    assert_eq!(read(&octets), Some(Ok(CallerId { time, number: Some("6095551212".into()), ..CallerId::default() })));
    let caller = CallerId { time, number: Some("6095551212".into()), ..CallerId::default() };
    assert_eq!(caller.single_message(), octets);
}

/// What is sent is read back, name and all; a withheld number says why.
#[test]
fn a_multiple_data_message() {
    let caller =
        CallerId { time: Some(AT), number: Some("01062770334".into()), name: Some("王先生".into()), withheld: None };
    assert_eq!(read(&caller.message()), Some(Ok(caller)));
    for withheld in [Withheld::Private, Withheld::Unavailable] {
        let caller = CallerId { time: Some(AT), withheld: Some(withheld), ..CallerId::default() };
        assert_eq!(read(&caller.message()), Some(Ok(caller.clone())));
        assert_eq!(read(&caller.single_message()), Some(Ok(caller)));
    }
}

/// The seizure's alternating bits look like 0x55 to a modem: they are no message.
#[test]
fn the_seizure_is_passed_over() {
    let caller = CallerId { number: Some("110".into()), ..CallerId::default() };
    let octets = [vec![0x55; 30], caller.message()].concat();
    assert_eq!(read(&octets), Some(Ok(caller)));
}

/// One wrong bit anywhere is noticed, or makes it no message at all.
#[test]
fn a_wrong_bit_is_noticed() {
    let message = CallerId { time: Some(AT), number: Some("02112345678".into()), ..CallerId::default() }.message();
    for bit in 0..message.len() * 8 {
        let mut garbled = message.clone();
        garbled[bit / 8] ^= 1 << (bit % 8);
        garbled.extend([0; 128]);
        assert!(!matches!(read(&garbled), Some(Ok(_))), "bit {bit}");
    }
}

/// Parameters that no edition knows are passed over; one that is longer than the message is told.
#[test]
fn parameters_of_other_editions() {
    let seal = |data: &[u8]| {
        let mut message = vec![0x80, data.len() as u8];
        message.extend(data);
        let sum = message.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
        message.push(sum.wrapping_neg());
        message
    };
    let known = CallerId { number: Some("95".into()), ..CallerId::default() };
    assert_eq!(read(&seal(&[0x22, 2, 1, 2, 0x02, 2, b'9', b'5'])), Some(Ok(known)));
    assert_eq!(read(&seal(&[0x02, 9, b'9'])), Some(Err(BadMessage::Length)));
    assert_eq!(read(&seal(&[0x02])), Some(Err(BadMessage::Length)));
    assert_eq!(read(&[0x07, 0x00]), Some(Err(BadMessage::Type(7))));
    // Whether messages wait is no caller; what is in it neither.
    assert_eq!(read(&[0x82, 0x03, 0x0b, 0x01, 0xff, 0x70]), Some(Err(BadMessage::Type(0x82))));
    assert_eq!(read(&[0x06, 0x03, 0x42, 0x42, 0x42, 0x31]), Some(Err(BadMessage::Type(6))));
}

fn keys(text: &str) -> Option<CallerId> {
    let mut reader = DtmfReader::default();
    let told = text.chars().filter_map(Key::new).find_map(|key| reader.take(key));
    told.or_else(|| reader.over())
}

/// `D number C`, as YD/T 1277.1 has it, and what other exchanges make of it.
#[test]
fn numbers_by_dtmf() {
    let number = |text: &str| Some(CallerId { number: Some(text.into()), ..CallerId::default() });
    assert_eq!(dtmf_keys(Some("010-6277 0334")).as_str(), "D01062770334C");
    assert_eq!(keys("D01062770334C"), number("01062770334"));
    assert_eq!(keys("A13800138000C"), number("13800138000"));
    assert_eq!(keys("13800138000#"), number("13800138000"));
    assert_eq!(keys("D13800138000"), number("13800138000"), "its end was lost in the ring");
    assert_eq!(keys("5D110C"), number("110"), "a key before it is noise");
    assert_eq!(keys("DC"), Some(CallerId { withheld: Some(Withheld::Unavailable), ..CallerId::default() }));
    assert_eq!(keys("D1C"), Some(CallerId { withheld: Some(Withheld::Private), ..CallerId::default() }));
    assert_eq!((keys("7"), keys("")), (None, None));
}

proptest! {
    /// Whatever a line brings, the reader answers and holds no more than one message.
    #[test]
    fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mut reader = Reader::default();
        for octet in octets {
            reader.take(octet);
        }
        reader.cut();
        prop_assert!(!reader.cut());
    }
}
