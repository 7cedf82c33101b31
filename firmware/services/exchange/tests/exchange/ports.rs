//! Telephones at ports of an analog card, and lines to an exchange beside them.

use crate::town::{Town, digits, house};
use desk::{Actor, AlarmKind, Command, PortKind, Refusal};
use identity::{CircuitId, GroupId, LegId, SpanId};
use ledger::Event;
use legs::{Alarms, LegIndication, LegRequest, PairTrouble, SpanIndication};
use numbering::Cause;
use plan::{Hears, Tone};
use settings::{
    AnalogLine, AnalogPort, AnalogSettings, FxoSettings, FxsSettings, GroupSettings, Selection, Settings, Signalling,
    SpanSettings,
};

fn port(slot: u8) -> CircuitId {
    CircuitId { span: SpanId(3), slot }
}

/// The house with telephones 8003 and 8004 at ports 1 and 2, a telephone without a number at 4, and a line at 3 for calls behind `0`.
fn settings() -> Settings {
    let mut settings = house();
    let telephone = |slot| AnalogPort { slot, line: AnalogLine::Fxs(FxsSettings::default()) };
    let line = FxoSettings { number: digits("4003"), ..FxoSettings::default() };
    let ports = vec![telephone(1), telephone(2), AnalogPort { slot: 3, line: AnalogLine::Fxo(line) }, telephone(4)];
    settings.spans.push(SpanSettings {
        id: SpanId(3),
        name: "analog".into(),
        enabled: true,
        signalling: Signalling::Analog(AnalogSettings { ports, ..AnalogSettings::default() }),
        blocked: vec![],
    });
    settings.groups.push(GroupSettings {
        id: GroupId(3),
        name: "lines".into(),
        selection: Selection::Ascending,
        spans: vec![SpanId(3)],
        calling: None,
    });
    settings.outbound[0].groups = vec![GroupId(3)];
    settings.extensions[2].port = Some(port(1));
    settings.extensions[3].port = Some(port(2));
    settings
}

fn town() -> Town {
    let mut town = Town::with(settings());
    town.span(3, SpanIndication::Up);
    town
}

/// The leg by which the exchange calls what is at a circuit.
fn called_at(town: &Town, slot: u8) -> LegId {
    let leg = town.trunk();
    assert_eq!(town.circuit(leg), port(slot));
    leg
}

/// SW-03, LIN-12: dial tone, digits one by one, ringing, talk; the record knows both telephones; nothing is left seized.
#[test]
fn one_port_calls_another() {
    let mut town = town();
    let caller = town.lift(3, 1);
    assert!(town.asked(caller, |r| *r == LegRequest::MoreDigits), "dial tone");
    town.key_in(caller, "8004");
    assert!(town.asked(caller, |r| *r == LegRequest::Proceeding));
    let called = called_at(&town, 2);
    town.ring(called);
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    town.answer(called);
    assert!(town.answered(caller) && town.talk(caller, called));
    let circuits: Vec<_> = town.calls()[0].parties.iter().map(|party| party.circuit).collect();
    assert_eq!(circuits, [Some(port(1)), Some(port(2))], "the board shows the ports");
    town.press(caller, '5');
    assert!(town.keys_sent.is_empty(), "its keys are in its audio already");
    town.hang_up(caller);
    town.all_quiet();
    assert_eq!(town.cdr().calling.as_ref().map(ToString::to_string).as_deref(), Some("8003"));
    assert_eq!((town.cdr().port, town.cdr().circuit), (Some(port(1)), None));
}

/// LIN-12: a telephone at a port has one call; whoever calls it meanwhile finds it busy.
#[test]
fn a_lifted_telephone_is_busy() {
    let mut town = town();
    let lifted = town.lift(3, 2);
    let caller = town.dial_from("8001", "8004");
    assert!(town.asked(caller, |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::UserBusy)));
    town.hang_up(lifted);
    town.all_quiet();
}

/// LIN-12, LIN-14: a SIP telephone calls a port, a port calls out over the line, and the line's caller reaches a port.
#[test]
fn ports_lines_and_telephones_reach_each_other() {
    let mut town = town();
    let sip = town.dial_from("8001", "8003");
    let called = called_at(&town, 1);
    town.answer(called);
    assert!(town.talk(sip, called));
    town.hang_up(sip);
    let caller = town.lift(3, 1);
    town.key_in(caller, "062770334");
    // More digits may follow: the time between digits is over.
    town.after(6);
    let line = called_at(&town, 3);
    town.answer(line);
    assert!(town.talk(caller, line));
    town.hang_up(line);
    assert_eq!((town.cdr().port, town.cdr().circuit), (Some(port(1)), Some(port(3))));
    let outside = town.dial_in_on(3, 3, "4003", true);
    let rung = called_at(&town, 1);
    town.answer(rung);
    assert!(town.talk(outside, rung));
    town.hang_up(rung);
    town.all_quiet();
}

/// LIN-12: the class of service is the extension's; a telephone without an extension has no say.
#[test]
fn class_of_service_of_a_port() {
    let mut town = town();
    let barred = town.lift(3, 2);
    town.key_in(barred, "0");
    assert!(
        town.asked(barred, |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::OutgoingCallsBarred))
    );
    let emergency = town.lift(3, 2);
    town.key_in(emergency, "110");
    let line = town.trunk();
    town.hang_up(line);
    let nobody = town.lift(3, 4);
    assert!(town.asked(nobody, |r| matches!(r, LegRequest::Release { .. })));
    town.all_quiet();
}

/// SW-05, LIN-12: flash, the second number, hang up: the two others talk.
#[test]
fn a_flash_and_a_second_call_transfer() {
    let mut town = town();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    assert_eq!(town.wrote(|e| matches!(e, Event::Held { .. })), 1);
    town.key_in(holder, "8002");
    let third = town.rung("8002");
    town.ring(third);
    town.answer(third);
    assert!(town.talk(holder, third));
    town.hang_up(holder);
    assert!(town.talk(caller, third));
    town.hang_up(caller);
    town.all_quiet();
}

/// LIN-12: flash back before the second party answers: to the first; after: all three talk; once more: the third is dropped.
#[test]
fn a_flash_goes_back_or_joins() {
    let mut town = town();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    town.key_in(holder, "8002");
    town.ring(town.rung("8002"));
    town.say(holder, LegIndication::Retrieved);
    assert!(town.talk(caller, holder));
    assert!(town.try_rung("8002").is_none());
    town.say(holder, LegIndication::Held);
    town.key_in(holder, "8002");
    let third = town.rung("8002");
    town.answer(third);
    town.say(holder, LegIndication::Retrieved);
    assert!(matches!(town.hears(caller), Hears::Mix(_)));
    town.say(holder, LegIndication::Retrieved);
    assert!(town.talk(caller, holder) && town.gone(third));
    town.hang_up(caller);
    town.all_quiet();
}

/// LIN-12: a telephone put down while it holds somebody rings at once with the held call, which is not lost; lifted, they talk on. The digits
/// of a second call that was not finished are forgotten.
#[test]
fn put_down_while_holding_it_rings_back() {
    let mut town = town();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    town.key_in(holder, "80");
    town.hang_up(holder);
    let back = called_at(&town, 1);
    assert_ne!(back, holder);
    assert_eq!(town.wrote(|e| matches!(e, Event::Recalled { to } if *to == digits("8003"))), 1);
    town.ring(back);
    assert_eq!(town.hears(caller), Hears::Tone(Tone::Ringback));
    town.answer(back);
    assert!(town.talk(caller, back));
    town.say(back, LegIndication::Held);
    town.key_in(back, "8002");
    town.ring(town.rung("8002"));
    town.say(back, LegIndication::Retrieved);
    town.hang_up(caller);
    town.all_quiet();
}

/// LIN-12: nobody lifts the telephone that rings back: the held party gets music and further tries, and is let go after a bounded time; when it
/// gives up itself, the ringing stops.
#[test]
fn nobody_takes_the_held_party_back() {
    let mut town = town();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    town.hang_up(holder);
    let back = called_at(&town, 1);
    town.ring(back);
    town.after(31);
    assert!(town.gone(back), "its ringing is bounded");
    assert!(matches!(town.hears(caller), Hears::Music(_)));
    town.after(11);
    let again = called_at(&town, 1);
    assert_ne!(again, back);
    town.ring(again);
    town.hang_up(caller);
    assert!(town.gone(again));
    town.all_quiet();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    town.hang_up(holder);
    town.after(3600);
    assert!(town.gone(caller), "not for ever");
    town.all_quiet();
}

/// LIN-12: a wrong second number gives a tone; the holder goes back, and a hold that lasts too long ends with its dial tone.
#[test]
fn a_second_call_that_cannot_be() {
    let mut town = town();
    let caller = town.dial_from("8001", "8003");
    let holder = called_at(&town, 1);
    town.answer(holder);
    town.say(holder, LegIndication::Held);
    town.key_in(holder, "55");
    town.after(6);
    assert_eq!(town.hears(holder), Hears::Tone(Tone::SpecialInformation));
    town.say(holder, LegIndication::Retrieved);
    assert!(town.talk(caller, holder));
    town.say(holder, LegIndication::Held);
    town.after(181);
    assert!(town.talk(caller, holder));
    assert!(town.asked(holder, |r| *r == LegRequest::Retrieve));
    town.hang_up(holder);
    town.all_quiet();
}

/// LIN-12: messages wait for a telephone's owner: it is told, at once and whenever its card begins; it is kept, shown, and over when taken back.
/// A telephone that moves to another port takes it along; one that is no more forgets it.
#[test]
fn messages_wait_for_the_owner_of_a_telephone() {
    let mut town = town();
    let command = |waiting| Command::MessageWaiting { extension: digits("8003"), waiting };
    assert_eq!(town.messages_shown.get(&port(1)), Some(&false), "told when the card began");
    town.command(Actor::Administrator, command(true)).unwrap();
    assert_eq!((town.messages_shown[&port(1)], town.messages_kept[&digits("8003")]), (true, true));
    let shown =
        |town: &Town| town.live().extensions.iter().find(|e| e.number == digits("8003")).unwrap().message_waiting;
    assert!(shown(&town));
    town.messages_shown.clear();
    town.span(3, SpanIndication::Down);
    town.span(3, SpanIndication::Up);
    assert_eq!((town.messages_shown[&port(1)], town.messages_shown[&port(2)]), (true, false));
    town.change(|settings| {
        settings.extensions[2].port = Some(port(2));
        settings.extensions[3].port = Some(port(1));
    });
    assert_eq!((town.messages_shown[&port(1)], town.messages_shown[&port(2)]), (false, true));
    town.command(Actor::Administrator, command(false)).unwrap();
    assert_eq!((town.messages_shown[&port(2)], town.messages_kept[&digits("8003")]), (false, false));
    assert!(!shown(&town));
    let nobody = Command::MessageWaiting { extension: digits("9999"), waiting: true };
    assert_eq!(town.command(Actor::Administrator, nobody), Err(Refusal::ExtensionUnknown));
    town.command(Actor::Administrator, command(true)).unwrap();
    town.change(|settings| drop(settings.extensions.remove(2)));
    assert!(!town.messages_kept[&digits("8003")]);
    town.all_quiet();
}

/// LIN-12: what is wrong with a pair is an alarm of its port with its beginning and end, and stands on the board beside the port's kind and number.
#[test]
fn troubles_of_pairs_are_alarms() {
    let mut town = town();
    let on_board = |town: &Town, slot: u8| {
        let span = town.live().spans.into_iter().find(|span| span.id == SpanId(3)).unwrap();
        span.slots.into_iter().find(|of| of.slot == slot).unwrap().port.unwrap()
    };
    let line = on_board(&town, 3);
    assert_eq!((line.kind, line.number, line.trouble), (PortKind::Fxo, Some(digits("4003")), None));
    assert_eq!((on_board(&town, 1).kind, on_board(&town, 1).number), (PortKind::Fxs, Some(digits("8003"))));
    assert_eq!(on_board(&town, 4).number, None);
    let pair = |slot, trouble| SpanIndication::Pair { slot, trouble };
    town.span(3, pair(3, Some(PairTrouble::NoFeed)));
    town.span(3, pair(1, Some(PairTrouble::LeftOffHook)));
    assert_eq!(on_board(&town, 3).trouble, Some(PairTrouble::NoFeed));
    let standing = |town: &Town| town.live().alarms.iter().map(|a| (a.slot, a.kind)).collect::<Vec<_>>();
    let mut stands = standing(&town);
    stands.sort();
    assert_eq!(stands, [(Some(1), AlarmKind::LeftOffHook), (Some(3), AlarmKind::NoFeed)]);
    town.span(3, pair(3, None));
    town.span(3, pair(1, None));
    assert_eq!(standing(&town), []);
    assert_eq!(town.alarms.iter().filter(|alarm| alarm.ended.is_some()).count(), 2);
    town.all_quiet();
}

/// LIN-12: a card out of service takes its telephones with it; agents and callers are told.
#[test]
fn telephones_go_and_come_with_their_card() {
    let mut town = town();
    town.span(3, SpanIndication::Alarms(Alarms { los: true, ..Alarms::default() }));
    let caller = town.dial_from("8001", "8003");
    assert!(
        town.asked(caller, |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::SubscriberAbsent))
    );
    town.span(3, SpanIndication::Alarms(Alarms::default()));
    let caller = town.dial_from("8001", "8003");
    town.hang_up(called_at(&town, 1));
    assert!(town.gone(caller));
    // The port is taken from the extension: it is a SIP telephone again, and not there.
    town.change(|settings| settings.extensions[2].port = None);
    let caller = town.dial_from("8001", "8003");
    assert!(
        town.asked(caller, |r| matches!(r, LegRequest::Release { cause } if cause.cause == Cause::SubscriberAbsent))
    );
    town.all_quiet();
}
