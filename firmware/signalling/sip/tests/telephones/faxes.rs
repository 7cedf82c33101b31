//! A session that goes on with the packets of a fax, and back (T.38 annex D).

use crate::town::Town;
use clock::Millis;
use identity::LegId;
use legs::{ImageStream, LegIndication, LegRequest};
use numbering::Cause;
use plan::{MediaRequest, RtpSession};

fn stream(address: &str) -> ImageStream {
    ImageStream { address: address.parse().unwrap(), max_datagram: 400 }
}

/// A call from phone 0 that is up: the telephone's name for it and the exchange's.
fn up(town: &mut Town) -> (LegId, LegId) {
    let now = town.now;
    let call = town.phones[0].dial(now, "8900");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.ask(leg, LegRequest::Answer { connected: None });
    town.run(Millis::secs(1));
    (call, leg)
}

fn phone_asks(town: &mut Town, call: LegId, request: LegRequest) {
    let now = town.now;
    town.phones[0].request(now, call, request);
    town.run(Millis(100));
}

/// What the media engine was told of the leg last.
fn rtp(town: &Town, leg: LegId) -> RtpSession {
    let negotiated = town.media.iter().rev().find_map(|m| match m {
        MediaRequest::Negotiated { leg: l, rtp } if *l == leg => Some(*rtp),
        _ => None,
    });
    negotiated.expect("negotiated")
}

/// SW-13: an adapter with a fax behind it asks for packets: the exchange hears where its end is, the adapter where ours is; no speech is sent
/// meanwhile. A refresh that says the same again is answered without asking.
#[test]
fn an_adapter_goes_over_to_packets() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    phone_asks(&mut town, call, LegRequest::OfferImage { stream: stream("192.0.2.10:4000") });
    let Some(LegIndication::ImageOffered { stream: offered }) = town.last(leg) else { panic!("{:?}", town.of(leg)) };
    assert_eq!((offered.address.port(), offered.max_datagram), (4000, 400));
    town.ask(leg, LegRequest::AnswerImage { stream: Some(stream("10.9.9.9:18432")) });
    town.run(Millis(100));
    let heard = town.phone_heard(0, call);
    let Some(LegIndication::ImageAnswered { stream: Some(ours) }) = heard.last() else { panic!("{heard:?}") };
    // The exchange's own address, whatever the fax terminal calls itself.
    assert_eq!(ours.address, std::net::SocketAddr::new(crate::town::server().ip(), 18432));
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (false, false));
    assert_eq!((town.said("m=image 4000 udptl t38"), town.said("m=image 18432 udptl t38")), (1, 1));

    let now = town.now;
    town.phones[0].hold(now, call);
    town.run(Millis(100));
    assert!(!town.of(leg).contains(&LegIndication::Held), "a fax is not held");
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// SW-13: the exchange asks, as who is called has to (T.38 D.2.2).
#[test]
fn the_exchange_asks_for_packets() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    town.ask(leg, LegRequest::OfferImage { stream: stream("10.9.9.9:18440") });
    town.run(Millis(100));
    assert!(matches!(town.phone_heard(0, call).last(), Some(LegIndication::ImageOffered { .. })));
    phone_asks(&mut town, call, LegRequest::AnswerImage { stream: Some(stream("192.0.2.10:4002")) });
    let Some(LegIndication::ImageAnswered { stream: Some(theirs) }) = town.last(leg) else {
        panic!("{:?}", town.of(leg))
    };
    assert_eq!(theirs.address.port(), 4002);
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A telephone that knows no T.38 says so (488), and speech goes on as it was.
#[test]
fn who_knows_no_packets_goes_on_speaking() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let before = rtp(&town, leg);
    town.ask(leg, LegRequest::OfferImage { stream: stream("10.9.9.9:18440") });
    town.run(Millis(100));
    phone_asks(&mut town, call, LegRequest::AnswerImage { stream: None });
    assert_eq!(town.last(leg), Some(LegIndication::ImageAnswered { stream: None }));
    assert_eq!((town.said("SIP/2.0 488"), rtp(&town, leg)), (1, before));

    // And the other way round: somebody asks for packets who talks with a person.
    phone_asks(&mut town, call, LegRequest::OfferImage { stream: stream("192.0.2.10:4000") });
    town.ask(leg, LegRequest::AnswerImage { stream: None });
    town.run(Millis(100));
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::ImageAnswered { stream: None }));
    assert_eq!((town.said("SIP/2.0 488"), rtp(&town, leg)), (2, before));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// Nobody says whether the fax may: it is refused in time, and the call stands. An offer that still waits when the call ends is told so (487).
#[test]
fn an_offer_does_not_wait_for_ever() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    phone_asks(&mut town, call, LegRequest::OfferImage { stream: stream("192.0.2.10:4000") });
    town.run(Millis::secs(5));
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::ImageAnswered { stream: None }));
    assert!(!matches!(town.last(leg), Some(LegIndication::Released { .. })));

    phone_asks(&mut town, call, LegRequest::OfferImage { stream: stream("192.0.2.10:4000") });
    town.release(leg, Cause::NormalClearing);
    assert!(town.said("SIP/2.0 487") > 0);
    town.expect_quiet();
}

/// Both ask at the same moment: each refuses the other (491), and one of them asks again.
#[test]
fn both_ask_at_once() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let now = town.now;
    town.phones[0].request(now, call, LegRequest::OfferImage { stream: stream("192.0.2.10:4000") });
    town.core.request(now, leg, LegRequest::OfferImage { stream: stream("10.9.9.9:18440") });
    town.run(Millis(100));
    for _ in 0..40 {
        town.run(Millis(100));
        if let Some(LegIndication::ImageOffered { .. }) = town.last(leg) {
            town.ask(leg, LegRequest::AnswerImage { stream: Some(stream("10.9.9.9:18440")) });
        }
        if let Some(LegIndication::ImageOffered { .. }) = town.phone_heard(0, call).last() {
            phone_asks(&mut town, call, LegRequest::AnswerImage { stream: Some(stream("192.0.2.10:4000")) });
        }
    }
    assert!(town.said("SIP/2.0 491") > 0);
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (false, false));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}
