//! What happens to calls that are up: hold, transfer, refreshes, reliable ringing.

use crate::town::{Town, phone_address};
use clock::Millis;
use identity::LegId;
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use plan::{MediaRequest, RtpSession};
use sip::phone::PhoneEvent;

/// A call from phone 0 that is up: the telephone's name for it and the exchange's.
fn up(town: &mut Town) -> (LegId, LegId) {
    let now = town.now;
    let call = town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.ask(leg, LegRequest::Answer { connected: None });
    town.run(Millis::secs(1));
    (call, leg)
}

fn rtp(town: &Town, leg: LegId) -> RtpSession {
    let all = town.media.iter().rev();
    let found = all.filter_map(|m| match m {
        MediaRequest::Negotiated { leg: l, rtp } if *l == leg => Some(*rtp),
        _ => None,
    });
    found.into_iter().next().expect("negotiated")
}

/// A telephone holds and takes back: the exchange hears both, and the media engine stops and starts sending.
#[test]
fn a_telephone_holds() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let now = town.now;
    town.phones[0].hold(now, call);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Held));
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (false, true));
    let now = town.now;
    town.phones[0].retrieve(now, call);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Retrieved));
    assert!(rtp(&town, leg).send);
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// The exchange holds a telephone, so that it shows it, and still sends it music.
#[test]
fn the_exchange_holds() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    town.ask(leg, LegRequest::Hold);
    town.run(Millis::secs(1));
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Held));
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (true, false));
    town.ask(leg, LegRequest::Retrieve);
    town.run(Millis::secs(1));
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Retrieved));
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (true, true));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// Both ends hold at the same moment: each refuses the other (491), waits its own time and tries again; in the end both are held.
#[test]
fn both_hold_at_once() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let now = town.now;
    town.phones[0].hold(now, call);
    town.core.request(now, leg, LegRequest::Hold);
    town.run(Millis::secs(10));
    assert!(town.said("SIP/2.0 491") > 0);
    assert_eq!(town.last(leg), Some(LegIndication::Held));
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Held));
    assert_eq!((rtp(&town, leg).send, rtp(&town, leg).receive), (false, false));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A blind transfer: the exchange is asked, accepts, and the telephone follows the outcome.
#[test]
fn a_blind_transfer() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let now = town.now;
    town.phones[0].transfer(now, call, "8005");
    town.run(Millis(100));
    assert_eq!(town.last(leg), Some(LegIndication::Transfer { to: "8005".parse().unwrap() }));
    town.ask(leg, LegRequest::TransferAccepted);
    town.ask(leg, LegRequest::TransferDone);
    town.run(Millis::secs(1));
    let seen: Vec<u16> = town
        .events
        .iter()
        .filter_map(|(_, e)| match e {
            PhoneEvent::Referred { status, .. } | PhoneEvent::TransferProgress { status, .. } => Some(*status),
            _ => None,
        })
        .collect();
    assert_eq!(seen, [202, 100, 200]);
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A refused transfer leaves the call as it was.
#[test]
fn a_refused_transfer() {
    let mut town = Town::with(1).registered();
    let (call, leg) = up(&mut town);
    let now = town.now;
    town.phones[0].transfer(now, call, "911");
    town.run(Millis(100));
    town.ask(leg, LegRequest::TransferFailed { cause: Cause::OutgoingCallsBarred.into() });
    town.run(Millis(100));
    assert!(town.events.iter().any(|(_, e)| matches!(e, PhoneEvent::Referred { status: 603, .. })));
    assert!(!matches!(town.last(leg), Some(LegIndication::Released { .. })));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A transfer with consultation: the telephone's REFER with Replaces names its other leg.
#[test]
fn a_transfer_with_consultation() {
    let mut town = Town::with(1).registered();
    let (first, leg) = up(&mut town);
    let (second, other) = up(&mut town);
    let now = town.now;
    town.phones[0].transfer_to(now, first, second);
    town.run(Millis(100));
    assert_eq!(town.last(leg), Some(LegIndication::TransferTo { other }));
    town.ask(leg, LegRequest::TransferAccepted);
    town.ask(leg, LegRequest::TransferDone);
    town.release(leg, Cause::NormalClearing);
    town.release(other, Cause::NormalClearing);
    town.expect_quiet();
}

/// A call is picked up at another telephone: INVITE with Replaces names the leg it takes over; a wrong one is refused.
#[test]
fn a_call_taken_over() {
    let mut town = Town::with(2).registered();
    let (call, leg) = up(&mut town);
    let value = town.phones[0].replaces_value(call).unwrap();
    let now = town.now;
    town.phones[1].dial_replacing(now, "8001", &value);
    town.run(Millis(200));
    let new = town.came();
    let LegIndication::Setup(incoming) = &town.of(new)[0] else { panic!() };
    assert_eq!(incoming.replaces, Some(leg));
    town.ask(new, LegRequest::Answer { connected: None });
    town.release(leg, Cause::NormalClearing);
    town.release(new, Cause::NormalClearing);
    let now = town.now;
    let stray = town.phones[1].dial_replacing(now, "8001", "nobody;to-tag=1;from-tag=2");
    town.run(Millis(200));
    assert!(matches!(town.phone_heard(1, stray).last(), Some(LegIndication::Released { .. })));
    assert!(town.said("SIP/2.0 481") > 0);
    town.expect_quiet();
}

/// Early audio goes reliably to a telephone that can (RFC 3262): PRACK comes back, and the answer waits for it.
#[test]
fn early_audio_is_reliable() {
    let mut town = Town::with(1).registered();
    let now = town.now;
    let call = town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.core.request(town.now, leg, LegRequest::Progress { inband: true, cause: None });
    town.core.request(town.now, leg, LegRequest::Answer { connected: None });
    town.run(Millis::secs(2));
    assert!(town.said("RSeq: ") > 0);
    assert_eq!(town.said("PRACK sip:"), 1);
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Answered { connected: None }));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A caller that requires reliable ringing and never acknowledges it is refused, not kept.
#[test]
fn ringing_never_acknowledged() {
    let mut town = Town::with(1).registered();
    let now = town.now;
    town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.phones.clear();
    town.ask(leg, LegRequest::Progress { inband: true, cause: None });
    town.run(Millis::secs(40));
    assert!(matches!(town.last(leg), Some(LegIndication::Released { .. })));
    town.expect_quiet();
}

/// RFC 4028: a long call is refreshed by half its interval, whoever refreshes; when the other end is gone the call ends.
#[test]
fn sessions_are_refreshed() {
    let mut config = crate::town::config();
    config.session_seconds = 600;
    let mut town = Town::built(config, vec![crate::town::phone_config(0)]).registered();
    let (call, leg) = up(&mut town);
    town.run(Millis::secs(2000));
    let refreshes = town.said("UPDATE sip:") + town.said("INVITE sip:8001@");
    assert!(refreshes >= 5, "{refreshes}");
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Answered { connected: None }));
    town.phones.clear();
    town.run(Millis::secs(700));
    assert!(matches!(town.last(leg), Some(LegIndication::Released { .. })));
    town.expect_quiet();
}

/// An answer whose ACK never comes ends the call (RFC 3261 13.3.1.4).
#[test]
fn an_answer_nobody_acknowledges() {
    let mut town = Town::with(1).registered();
    let now = town.now;
    town.phones[0].dial(now, "8009");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.phones.clear();
    town.ask(leg, LegRequest::Answer { connected: None });
    town.run(Millis::secs(40));
    let cause = Cause::RecoveryOnTimerExpiry.into();
    assert_eq!(town.last(leg), Some(LegIndication::Released { cause }));
    town.expect_quiet();
}

/// Delayed offer and old-style hold, as written by hand: our offer goes in the 200, the answer comes in the ACK; 0.0.0.0 is a hold.
#[test]
fn an_invite_without_an_offer() {
    let mut town = Town::with(1).registered();
    let (_, leg) = up(&mut town);
    let contact = town.wire.iter().rev().find_map(|m| {
        let text = String::from_utf8_lossy(&m.bytes).into_owned();
        (text.starts_with("SIP/2.0 200") && text.contains("CSeq: 3 INVITE") || text.contains("CSeq: 2 INVITE"))
            .then_some(text)
    });
    let ok = contact.expect("the 200 of the call");
    let header =
        |name: &str| ok.lines().find_map(|l| l.strip_prefix(&format!("{name}: "))).unwrap_or_default().to_owned();
    let ask = |seq: u32, method: &str, body: &str| {
        let kind = if body.is_empty() { String::new() } else { "Content-Type: application/sdp\r\n".to_owned() };
        format!(
            "{method} sip:8009@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKx{seq}{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {seq} {method}\r\nContact: <sip:8001@192.0.2.100>\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            header("From"),
            header("To"),
            header("Call-ID"),
            body.len()
        )
    };
    town.inject(phone_address(0), ask(50, "INVITE", "").as_bytes());
    assert_eq!(town.said("m=audio 16384 RTP/AVP 8 0 101"), 1);
    let body =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.100\r\ns=-\r\nc=IN IP4 192.0.2.100\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    town.inject(phone_address(0), ask(50, "ACK", body).as_bytes());
    assert_eq!((rtp(&town, leg).payload_type, rtp(&town, leg).remote.port()), (0, 4000));
    let held = body.replace("c=IN IP4 192.0.2.100", "c=IN IP4 0.0.0.0");
    town.inject(phone_address(0), ask(51, "INVITE", &held).as_bytes());
    assert_eq!(town.last(leg), Some(LegIndication::Held));
    town.inject(phone_address(0), ask(51, "ACK", "").as_bytes());
    town.inject(phone_address(0), ask(49, "INFO", "").as_bytes());
    assert!(town.said("SIP/2.0 500") > 0, "out of order");
    town.release(leg, Cause::NormalClearing);
    town.run(Millis::secs(40));
    town.expect_one_last_word();
}
