//! Telephones and the exchange's side over a virtual network: calls in and out.

use crate::town::{Town, extension};
use clock::Millis;
use legs::{LegIndication, LegRequest, Origin};
use numbering::{Cause, Key};
use plan::{Codec, Law, MediaRequest};
use sip::phone::PhoneEvent;

/// LIN-10: a seat's telephone registers with its password and can be reached from then on; taken off, it cannot.
#[test]
fn a_telephone_registers_and_leaves() {
    let mut town = Town::with(1).registered();
    assert!(town.events.iter().any(|(_, e)| matches!(e, PhoneEvent::Registered { seconds: 600 })));
    assert_eq!(town.registrations.len(), 1);
    assert_eq!(town.core.contact(&extension(0)), Some("sip:8001@192.0.2.100:5060"));
    assert!(town.said("algorithm=SHA-256, qop=\"auth\"") > 0 && town.said("algorithm=MD5, qop=\"auth\"") > 0);
    let now = town.now;
    town.phones[0].unregister(now);
    town.run(Millis::secs(1));
    assert_eq!(town.registrations.last(), Some(&(extension(0), None)));
    let leg = town.call(0, "13800000000", false);
    assert_eq!(town.last(leg), Some(LegIndication::Released { cause: Cause::SubscriberAbsent.into() }));
}

/// A telephone that went away without a word is forgotten when its registration runs out.
#[test]
fn a_registration_runs_out() {
    let mut town = Town::with(1).registered();
    town.phones.clear();
    town.run(Millis::secs(601));
    assert_eq!(town.registrations.last(), Some(&(extension(0), None)));
}

/// LIN-10: the exchange calls a seat; it rings, answers, talks over A-law, and hangs up.
#[test]
fn a_call_to_a_seat() {
    let mut town = Town::with(1).registered();
    let leg = town.call(0, "13912345678", false);
    let call = town.ringing(0);
    assert_eq!(town.of(leg), [LegIndication::Proceeding, LegIndication::Alerting { inband: false }]);
    let now = town.now;
    town.phones[0].answer(now, call);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    let rtp = town.media.iter().find_map(|m| match m {
        MediaRequest::Negotiated { leg: l, rtp } if *l == leg => Some(*rtp),
        _ => None,
    });
    let rtp = rtp.expect("negotiated");
    assert_eq!(
        (rtp.codec, rtp.payload_type, rtp.event_payload_type, rtp.packet_millis),
        (Codec::G711(Law::A), 8, Some(101), 20)
    );
    assert_eq!((rtp.remote.to_string().as_str(), rtp.send, rtp.receive), ("192.0.2.100:30000", true, true));
    let LegIndication::Setup(setup) = &town.phone_heard(0, call)[0] else { panic!() };
    assert_eq!(setup.setup.calling.as_ref().unwrap().digits.as_str(), "13912345678");
    assert_eq!(setup.setup.display.as_deref(), Some("Wang \"Lao\" 王"));
    let now = town.now;
    town.phones[0].hang_up(now, call, Cause::NormalClearing.into());
    town.run(Millis::secs(1));
    assert!(matches!(town.last(leg), Some(LegIndication::Released { cause }) if cause.cause == Cause::NormalClearing));
    town.expect_quiet();
}

/// A seat calls out: the exchange hears who and whereto, gives early audio, answers, and clears with a cause that the telephone sees.
#[test]
fn a_call_from_a_seat() {
    let mut town = Town::with(1).registered();
    let now = town.now;
    let call = town.phones[0].dial(now, "02087654321");
    town.run(Millis::secs(1));
    let leg = town.came();
    let LegIndication::Setup(incoming) = &town.of(leg)[0] else { panic!() };
    assert_eq!(incoming.origin, Origin::Extension(extension(0)));
    assert_eq!(incoming.setup.called.digits.as_str(), "02087654321");
    assert!(incoming.setup.complete);
    town.ask(leg, LegRequest::Proceeding);
    town.ask(leg, LegRequest::Alerting { inband: true });
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Progress { inband: true, cause: None }));
    town.ask(leg, LegRequest::Answer { connected: None });
    assert_eq!(town.phone_heard(0, call).last(), Some(&LegIndication::Answered { connected: None }));
    town.run(Millis::secs(40));
    let now = town.now;
    town.phones[0].key(now, call, Key::new('5').unwrap());
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Key { key: Key::new('5').unwrap(), millis: 160 }));
    town.release(leg, Cause::NormalClearing);
    assert!(matches!(town.phone_heard(0, call).last(), Some(LegIndication::Released { .. })));
    assert_eq!(town.said("BYE sip:8001@"), 1);
    town.expect_quiet();
}

/// Each cause of a refused call reaches the telephone as the status that RFC 3398 gives it.
#[test]
fn refusals_have_their_status() {
    for (cause, status) in [(Cause::UserBusy, 486), (Cause::UnallocatedNumber, 404), (Cause::NoCircuitAvailable, 503)] {
        let mut town = Town::with(1).registered();
        let now = town.now;
        let call = town.phones[0].dial(now, "119");
        town.run(Millis::secs(1));
        let leg = town.came();
        town.release(leg, cause);
        assert!(town.said(&format!("SIP/2.0 {status} ")) > 0);
        assert!(
            matches!(town.phone_heard(0, call).last(), Some(LegIndication::Released { cause: c }) if c.cause == cause)
        );
        town.expect_quiet();
    }
}

/// The exchange gives up calling a seat: the telephone stops ringing.
#[test]
fn ringing_is_cancelled() {
    let mut town = Town::with(1).registered();
    let leg = town.call(0, "1", false);
    let call = town.ringing(0);
    town.release(leg, Cause::NoAnswer);
    assert!(matches!(town.phone_heard(0, call).last(), Some(LegIndication::Released { .. })));
    assert_eq!(town.said("CANCEL sip:8001@"), 1);
    town.expect_quiet();
}

/// A caller hangs up before the answer: the exchange hears it at once.
#[test]
fn a_caller_gives_up() {
    let mut town = Town::with(1).registered();
    let now = town.now;
    let call = town.phones[0].dial(now, "8002");
    town.run(Millis::secs(1));
    let leg = town.came();
    town.ask(leg, LegRequest::Alerting { inband: false });
    let now = town.now;
    town.phones[0].hang_up(now, call, Cause::NormalClearing.into());
    town.run(Millis::secs(1));
    assert!(matches!(town.last(leg), Some(LegIndication::Released { .. })));
    town.expect_quiet();
}

/// A seat with automatic answer: the telephone answers by itself when the call says so, or when told while it rings.
#[test]
fn seats_that_answer_by_themselves() {
    let mut town = Town::with(1).registered();
    let leg = town.call(0, "1", true);
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    town.release(leg, Cause::NormalClearing);
    let leg = town.call(0, "1", false);
    assert_eq!(town.last(leg), Some(LegIndication::Alerting { inband: false }));
    town.ask(leg, LegRequest::AnswerNow);
    town.run(Millis(100));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    assert!(town.said("Event: talk") > 0);
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// A telephone that was unplugged: the call to it fails instead of ringing for ever.
#[test]
fn an_unplugged_telephone() {
    let mut town = Town::with(1).registered();
    town.phones.clear();
    let leg = town.call(0, "1", false);
    town.run(Millis::secs(33));
    assert!(
        matches!(town.last(leg), Some(LegIndication::Released { cause }) if cause.cause == Cause::NoUserResponding)
    );
    town.expect_quiet();
}

/// RTP ports come from the range, are not used twice at once, and come back after use.
#[test]
fn ports_come_back() {
    let mut config = crate::town::config();
    config.rtp_ports = (20_000, 20_003);
    let mut town = Town::built(
        config,
        vec![crate::town::phone_config(0), crate::town::phone_config(1), crate::town::phone_config(2)],
    )
    .registered();
    let (a, b, c) = (town.call(0, "1", false), town.call(1, "1", false), town.call(2, "1", false));
    assert_eq!(town.last(c), Some(LegIndication::Released { cause: Cause::ResourceUnavailable.into() }));
    town.release(a, Cause::NormalClearing);
    town.release(b, Cause::NormalClearing);
    town.run(Millis::secs(10));
    let c = town.call(2, "1", false);
    assert_eq!(town.last(c), Some(LegIndication::Alerting { inband: false }));
    town.release(c, Cause::NormalClearing);
    town.expect_quiet();
}
