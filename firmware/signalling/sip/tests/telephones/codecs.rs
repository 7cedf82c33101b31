//! Which codec a call gets: offers and answers of both sides, their terms, and changes in the middle of a call.

use crate::town::{PASSWORD, Town, config, extension, phone_address, phone_config};
use clock::Millis;
use identity::LegId;
use legs::LegRequest;
use plan::{Codec, CodecName, G729Terms, Law, MediaRequest, OpusTerms, RtpSession};
use sip::phone::{PhoneConfig, PhoneEvent};
use sip::{Account, Config, Secret};

const ALL: [CodecName; 8] = CodecName::ALL;
const OPUS: Codec = Codec::Opus(OpusTerms { fec: true, dtx: false, wide: true, max_kilobits: None });

/// A box and a telephone with these codecs.
fn town(boxes: &[CodecName], phones: &[CodecName]) -> Town {
    let config = Config { codecs: boxes.into(), ..config() };
    let phone = PhoneConfig { codecs: phones.to_vec(), ..phone_config(0) };
    Town::built(config, vec![phone]).registered()
}

fn last(mut media: impl DoubleEndedIterator<Item = RtpSession>) -> RtpSession {
    media.next_back().expect("negotiated")
}

/// What the box and the telephone have agreed on, as each sees it.
fn sessions(town: &Town) -> (RtpSession, RtpSession) {
    let ours = town.media.iter().filter_map(|request| match request {
        MediaRequest::Negotiated { rtp, .. } => Some(*rtp),
        _ => None,
    });
    let theirs = town.events.iter().filter_map(|(_, event)| match event {
        PhoneEvent::Media(MediaRequest::Negotiated { rtp, .. }) => Some(*rtp),
        _ => None,
    });
    (last(ours), last(theirs))
}

/// The box calls: its offer, the telephone's answer.
fn called(town: &mut Town) -> LegId {
    let leg = town.call(0, "13912345678", false);
    let call = town.ringing(0);
    let now = town.now;
    town.phones[0].answer(now, call);
    town.run(Millis::secs(1));
    leg
}

/// The telephone calls: its offer, the box's answer.
fn calling(town: &mut Town) -> LegId {
    let now = town.now;
    town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.ask(leg, LegRequest::Answer { connected: None });
    town.run(Millis::secs(1));
    leg
}

/// LIN-10: a telephone that has one codec only gets it, whoever calls; both ends have the same terms, and events by the clock of the speech.
#[test]
fn each_codec_alone() {
    for name in ALL {
        for call in [called, calling] {
            let mut town = town(&ALL, &[name]);
            call(&mut town);
            let (ours, theirs) = sessions(&town);
            assert_eq!((ours.codec, ours.payload_type), (theirs.codec, theirs.payload_type), "{name:?}");
            let expected = match name {
                CodecName::Opus => OPUS,
                // Of the box's two kinds of G.729 the first stands: no Annex B.
                CodecName::G729B => CodecName::G729.codec(),
                name => name.codec(),
            };
            assert_eq!(ours.codec, expected, "{name:?}");
            assert_eq!(u32::from(ours.event_khz), ours.codec.clock_khz(), "{name:?}");
            assert_eq!((ours.event_payload_type, ours.event_khz), (theirs.event_payload_type, theirs.event_khz));
            let static_types = [8, 0, 9, 18];
            assert!(ours.payload_type >= 96 || static_types.contains(&ours.payload_type), "{name:?}");
        }
    }
}

/// Who answers chooses by its own order.
#[test]
fn the_order_of_who_answers_counts() {
    use CodecName::{G722, Opus, Pcma};
    let mut town = town(&[G722, Opus, Pcma], &[Pcma, Opus, G722]);
    calling(&mut town);
    assert_eq!(sessions(&town).0.codec, Codec::G722);
    called(&mut town);
    assert_eq!(sessions(&town).0.codec, Codec::G711(Law::A));
}

/// An extension with an order of its own is offered that one.
#[test]
fn a_telephone_with_its_own_order() {
    let mut town = town(&[CodecName::Pcma], &ALL);
    let secret = Secret::Password(PASSWORD.to_owned());
    let codecs = vec![CodecName::Opus, CodecName::Pcmu];
    town.core.set_accounts(vec![Account { extension: extension(0), name: String::new(), secret, codecs }]);
    calling(&mut town);
    assert_eq!(sessions(&town).0.codec, OPUS);
    called(&mut town);
    assert!(town.said("m=audio 16386 RTP/AVP 111 0 101 110\r\n") > 0, "the offer");
}

/// Nothing in common: 488, and the caller hears a cause.
#[test]
fn nothing_in_common() {
    let mut town = town(&[CodecName::Pcma], &[CodecName::G722]);
    let now = town.now;
    town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    assert!(town.said("SIP/2.0 488") > 0);
    town.expect_quiet();
}

/// A telephone written by hand, in a call that is up.
struct Hand {
    from: String,
    to: String,
    call_id: String,
    sequence: u32,
}

impl Hand {
    fn in_call(town: &mut Town) -> Hand {
        calling(town);
        let ok = town.wire.iter().rev().map(|message| String::from_utf8_lossy(&message.bytes).into_owned());
        let ok = ok.into_iter().find(|text| text.starts_with("SIP/2.0 200") && text.contains(" INVITE"));
        let ok = ok.expect("the 200 of the call");
        let header = |name: &str| {
            ok.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default().to_owned()
        };
        Hand { from: header("From"), to: header("To"), call_id: header("Call-ID"), sequence: 50 }
    }

    /// A re-INVITE with these lines of a media description; the box's answer.
    fn offers(&mut self, town: &mut Town, media: &str) -> String {
        let heard = town.wire.len();
        for method in ["INVITE", "ACK"] {
            let body = match method {
                "INVITE" => format!(
                    "v=0\r\no=- 1 {} IN IP4 192.0.2.100\r\ns=-\r\nc=IN IP4 192.0.2.100\r\nt=0 0\r\n{media}",
                    self.sequence
                ),
                _ => String::new(),
            };
            let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
            let message = format!(
                "{method} sip:8009@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKx{}{method};rport\r\n\
                 Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\nContact: <sip:8001@192.0.2.100>\r\n\
                 {kind}Content-Length: {}\r\n\r\n{body}",
                self.sequence,
                self.from,
                self.to,
                self.call_id,
                self.sequence,
                body.len()
            );
            town.inject(phone_address(0), message.as_bytes());
        }
        self.sequence += 1;
        let answers = town.wire[heard..].iter().map(|message| String::from_utf8_lossy(&message.bytes).into_owned());
        answers.into_iter().find(|text| text.starts_with("SIP/2.0 ") && text.contains(" INVITE")).unwrap_or_default()
    }
}

/// LIN-10: a telephone changes the codec in the middle of a call, with the terms that real ones state; the answer says ours, by its numbers.
#[test]
fn terms_in_the_middle_of_a_call() {
    let mut town = town(&[CodecName::G729B, CodecName::Opus, CodecName::G722, CodecName::Pcma], &[CodecName::Pcma]);
    let mut hand = Hand::in_call(&mut town);
    let answer = hand.offers(
        &mut town,
        "m=audio 4000 RTP/AVP 107 100 101\r\na=rtpmap:107 opus/48000/2\r\n\
         a=fmtp:107 minptime=10; useinbandfec=1;maxaveragebitrate=20000; usedtx=1\r\n\
         a=rtpmap:100 telephone-event/48000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:30\r\n",
    );
    let (ours, _) = sessions(&town);
    let terms = OpusTerms { fec: true, dtx: true, wide: true, max_kilobits: std::num::NonZeroU8::new(20) };
    assert_eq!((ours.codec, ours.payload_type, ours.packet_millis), (Codec::Opus(terms), 107, 20));
    assert_eq!((ours.event_payload_type, ours.event_khz), (Some(100), 48));
    assert!(answer.contains("RTP/AVP 107 100\r\n") && answer.contains("a=rtpmap:107 opus/48000/2\r\n"), "{answer}");
    assert!(answer.contains("a=fmtp:107 maxplaybackrate=16000;"), "{answer}");

    // Narrow Opus, and events of 8 kHz only.
    hand.offers(
        &mut town,
        "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 maxplaybackrate=8000\r\na=rtpmap:101 telephone-event/8000\r\n",
    );
    let narrow = OpusTerms { fec: false, dtx: false, wide: false, max_kilobits: None };
    let (ours, _) = sessions(&town);
    assert_eq!((ours.codec, ours.event_payload_type, ours.event_khz), (Codec::Opus(narrow), Some(101), 8));

    // Static numbers without rtpmap; Annex B unless it says no.
    for (terms, annex_b) in [("", true), ("a=fmtp:18 annexb=yes\r\n", true), ("a=fmtp:18 annexb=no\r\n", false)] {
        let answer = hand.offers(&mut town, &format!("m=audio 4000 RTP/AVP 8 18 9\r\n{terms}"));
        assert_eq!(sessions(&town).0.codec, Codec::G729(G729Terms { annex_b }), "{terms}");
        let says = if annex_b { "a=fmtp:18 annexb=yes\r\n" } else { "a=fmtp:18 annexb=no\r\n" };
        assert!(answer.contains(says), "{answer}");
    }

    // RFC 3551's 8000, and what some say instead.
    for rate in [8000, 16_000] {
        hand.offers(&mut town, &format!("m=audio 4000 RTP/AVP 9\r\na=rtpmap:9 G722/{rate}\r\na=maxptime:10\r\n"));
        let (ours, _) = sessions(&town);
        assert_eq!((ours.codec, ours.packet_millis, ours.event_payload_type), (Codec::G722, 10, None));
    }

    // A number whose rtpmap says something else than RFC 3551, and codecs nobody knows: 488, and the call goes on as it was.
    let answer =
        hand.offers(&mut town, "m=audio 4000 RTP/AVP 9 98\r\na=rtpmap:9 SILK/24000\r\na=rtpmap:98 AMR/8000\r\n");
    assert!(answer.starts_with("SIP/2.0 488"), "{answer}");
    assert_eq!(sessions(&town).0.codec, Codec::G722);
}

/// A hold keeps the codec: our offer then begins with what is agreed, by the numbers that the far end gave.
#[test]
fn a_hold_keeps_the_codec() {
    let mut town = town(&[CodecName::Pcma, CodecName::Opus], &[CodecName::Pcma]);
    let mut hand = Hand::in_call(&mut town);
    hand.offers(
        &mut town,
        "m=audio 4000 RTP/AVP 120 101\r\na=rtpmap:120 opus/48000/2\r\na=rtpmap:101 telephone-event/48000\r\n",
    );
    let leg = town.came();
    town.ask(leg, LegRequest::Hold);
    town.run(Millis::secs(1));
    assert!(town.said("m=audio 16384 RTP/AVP 120 8 101\r\n") > 0, "{:?}", town.wire.last());
}
