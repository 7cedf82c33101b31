//! Telephones that fall silent, have several contacts, outlive a restart of the box, or see its settings change.

use crate::town::{Town, config, extension, phone_config};
use clock::Millis;
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use plan::{MediaRequest, Port};
use sip::phone::PhoneEvent;
use sip::{Config, SipCore};

/// A town whose exchange asks its telephones every minute.
fn asking(phones: usize) -> Town {
    let config = Config { qualify: Millis::secs(60), ..config() };
    Town::built(config, (0..phones).map(phone_config).collect()).registered()
}

/// LIN-10: a telephone that lost its network is found out by three questions without an answer, long before its registration runs out: nobody
/// waits for it any more. It heals with the first answer.
#[test]
fn a_silent_telephone_becomes_unreachable_and_heals_by_an_answer() {
    let mut town = asking(1);
    town.run(Millis::secs(200));
    assert_eq!(town.registrations.len(), 1, "who answers stays");
    town.unplugged.insert(0);
    town.run(Millis::secs(120));
    assert_eq!(town.registrations.len(), 1, "one or two misses may be a bad minute of the network");
    town.run(Millis::secs(130));
    assert_eq!(town.registrations.last(), Some(&(extension(0), None)));
    let leg = town.call(0, "13800000000", false);
    assert_eq!(town.last(leg), Some(LegIndication::Released { cause: Cause::SubscriberAbsent.into() }));
    town.unplugged.clear();
    town.run(Millis::secs(61));
    assert!(matches!(town.registrations.last(), Some((_, Some(_)))), "{:?}", town.registrations);
    let leg = town.call(0, "13800000000", false);
    assert_eq!(town.last(leg), Some(LegIndication::Alerting { inband: false }));
}

/// LIN-10: an unreachable telephone that registers is reachable at once.
#[test]
fn a_silent_telephone_heals_by_registering() {
    let mut town = asking(1);
    town.unplugged.insert(0);
    town.run(Millis::secs(250));
    assert_eq!(town.registrations.last(), Some(&(extension(0), None)));
    town.unplugged.clear();
    let now = town.now;
    town.phones[0].register(now);
    town.run(Millis::secs(1));
    assert!(matches!(town.registrations.last(), Some((_, Some(_)))));
}

/// Two telephones at one extension; the second registered last.
fn two_at_one_extension() -> Town {
    let mut second = phone_config(1);
    second.extension = extension(0);
    Town::built(config(), vec![phone_config(0), second]).registered()
}

/// LIN-10: the newest contact says nothing: after a few seconds the other telephone of the extension rings. When the first wakes up it is told
/// that the call is over, and the call that was answered goes on.
#[test]
fn the_next_contact_is_called_when_one_is_silent() {
    let mut town = two_at_one_extension();
    town.unplugged.insert(1);
    let leg = town.call(0, "13800000000", false);
    town.run(Millis::secs(3));
    assert_eq!(town.of(leg), [], "nobody rings yet");
    town.run(Millis::secs(2));
    let call = town.ringing(0);
    assert_eq!(town.last(leg), Some(LegIndication::Alerting { inband: false }));
    let now = town.now;
    town.phones[0].answer(now, call);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    town.unplugged.clear();
    town.run(Millis::secs(20));
    let late = town.ringing(1);
    assert!(
        matches!(town.phone_heard(1, late).last(), Some(LegIndication::Released { .. })),
        "it rang and was cancelled"
    );
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }), "the call goes on");
    town.release(leg, Cause::NormalClearing);
    town.run(Millis::secs(1));
    town.expect_quiet();
}

/// A telephone that wakes up and answers at once is acknowledged and hung up on: nobody is there for it.
#[test]
fn a_contact_that_answers_too_late_is_hung_up_on() {
    let mut town = two_at_one_extension();
    town.unplugged.insert(1);
    let leg = town.call(0, "13800000000", true);
    town.run(Millis::secs(6));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    town.unplugged.clear();
    town.run(Millis::secs(20));
    let late = town.ringing(1);
    assert!(matches!(town.phone_heard(1, late).last(), Some(LegIndication::Released { .. })));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    town.release(leg, Cause::NormalClearing);
    town.expect_quiet();
}

/// Every contact is silent: the caller hears of it once, and nothing stays behind.
#[test]
fn all_contacts_are_silent() {
    let mut town = two_at_one_extension();
    town.unplugged.extend([0, 1]);
    let leg = town.call(0, "13800000000", false);
    town.run(Millis::secs(40));
    assert!(matches!(town.of(leg).as_slice(), [LegIndication::Released { .. }]), "{:?}", town.of(leg));
    town.expect_quiet();
}

/// The exchange of the town as it would be after a restart.
fn restarted(town: &mut Town) {
    let kept: Vec<_> = std::iter::from_fn(|| town.core.changed_contacts()).collect();
    assert_eq!(kept.len(), 1);
    let mut core = SipCore::new(Config { seed: [77; 32], ..config() });
    let secret = sip::Secret::Password(crate::town::PASSWORD.to_owned());
    core.set_accounts(vec![sip::Account { extension: extension(0), name: String::new(), secret, codecs: Vec::new() }]);
    for (extension, contacts) in kept {
        core.restore(town.now, &extension, contacts);
    }
    town.core = core;
    town.registrations.clear();
}

/// LIN-10: after a restart of the box the telephones are reached as before, for as long as they had registered for and no longer.
#[test]
fn registrations_outlive_a_restart() {
    let mut town = Town::with(1).registered();
    restarted(&mut town);
    let leg = town.call(0, "13800000000", false);
    assert!(matches!(town.registrations.last(), Some((_, Some(_)))));
    assert_eq!(town.last(leg), Some(LegIndication::Alerting { inband: false }));
    town.release(leg, Cause::NormalClearing);
    town.phones.clear();
    town.run(Millis::secs(601));
    assert_eq!(town.registrations.last(), Some(&(extension(0), None)));
    assert_eq!(town.core.changed_contacts(), Some((extension(0), vec![])), "nothing is to be kept any more");
}

/// RFC 3261 10.3 step 7: a REGISTER that is older than the last one before the restart is refused after it too.
#[test]
fn a_stale_register_is_refused_after_a_restart() {
    let mut town = Town::with(1).registered();
    let (_, mut kept) = town.core.changed_contacts().expect("a registration");
    kept[0].cseq += 100;
    let secret = sip::Secret::Password(crate::town::PASSWORD.to_owned());
    town.core = SipCore::new(config());
    town.core.set_accounts(vec![sip::Account {
        extension: extension(0),
        name: String::new(),
        secret,
        codecs: Vec::new(),
    }]);
    town.core.restore(town.now, &extension(0), kept);
    let now = town.now;
    town.phones[0].register(now);
    town.run(Millis::secs(1));
    assert!(
        matches!(town.events.last(), Some((0, PhoneEvent::RegistrationFailed { status: 500 }))),
        "{:?}",
        town.events
    );
}

/// LIN-10: realm, RTP ports and digest change while a call is up: it goes on and can be held; new calls take new ports, and telephones prove
/// themselves in the new realm.
#[test]
fn settings_change_under_a_call() {
    let mut town = Town::with(2).registered();
    let leg = town.call(0, "13800000000", true);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }));
    let changed = Config { realm: "harbour".to_owned(), rtp_ports: (40_000, 40_019), ..config() };
    town.core.configure(town.now, changed);
    town.ask(leg, LegRequest::Hold);
    town.ask(leg, LegRequest::Retrieve);
    town.run(Millis::secs(1));
    assert_eq!(town.last(leg), Some(LegIndication::Answered { connected: None }), "{:?}", town.of(leg));
    town.call(1, "13800000001", false);
    let port = town.media.iter().rev().find_map(|order| match order {
        MediaRequest::Open { port: Port::Rtp { local_port }, .. } => Some(*local_port),
        _ => None,
    });
    assert_eq!(port, Some(40_000));
    let now = town.now;
    town.events.clear();
    town.phones[0].register(now);
    town.run(Millis::secs(1));
    assert!(town.events.iter().any(|(_, event)| matches!(event, PhoneEvent::Registered { .. })));
    assert!(town.said("realm=\"harbour\"") > 0);
}
