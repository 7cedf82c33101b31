//! Calls between a network and the terminals of its bus, one to eight of them, over good and bad lines.

mod bus;

use bri::{Mode, Tei};
use bus::{Bus, NETWORK, config, digits, plain_setup};
use clock::Millis;
use legs::{Alarms, LegIndication, LegRequest, Setup, SpanIndication, SpanRequest};
use numbering::Cause;
use std::collections::BTreeSet;

/// LIN-04: each terminal of a full bus gets a TEI of its own (Q.921 5.3.2).
#[test]
fn eight_terminals_have_eight_teis() {
    let bus = Bus::with_terminals(8);
    let teis: BTreeSet<u8> = bus.spans[1..].iter().map(|span| span.tei().expect("a TEI")).collect();
    assert_eq!(teis.len(), 8);
    assert!(teis.iter().all(|tei| (64..127).contains(tei)));
    assert_eq!(bus.spans[NETWORK].terminals().collect::<BTreeSet<_>>(), teis);
    assert!(bus.spans.iter().all(|span| span.is_up()));
}

/// LIN-04: a call to the bus rings everywhere; the first to answer has it, the others stop ringing with #26 (Q.931 5.2.9).
#[test]
fn the_first_terminal_to_answer_gets_the_call() {
    for terminals in 1..=8 {
        let mut bus = Bus::with_terminals(terminals);
        let call = bus.dial(NETWORK, 1, "8001");
        bus.moment();
        let legs: Vec<_> = (1..=terminals).map(|end| bus.incoming(end)).collect();
        for (at, leg) in legs.iter().enumerate() {
            bus.alert(at + 1, *leg);
        }
        bus.moment();
        assert!(bus.alerted(NETWORK, call));
        let winner = terminals.div_ceil(2);
        bus.answer(winner, legs[winner - 1]);
        bus.moment();
        assert!(bus.answered(NETWORK, call));
        for (at, leg) in legs.iter().enumerate().filter(|(at, _)| at + 1 != winner) {
            assert_eq!(bus.released(at + 1, *leg), [Cause::NonSelectedUserClearing]);
        }
        assert_eq!(bus.slot_of(winner, legs[winner - 1]), Some(1));
        bus.release(winner, legs[winner - 1], Cause::NormalClearing);
        bus.moment();
        assert_eq!(bus.released(NETWORK, call), [Cause::NormalClearing]);
        bus.after(Millis::secs(10));
        bus.expect_quiet();
    }
}

/// LIN-04: two terminals answer at the same moment: one has the call, the other is released, whatever order the frames come in.
#[test]
fn two_answers_at_once() {
    let mut bus = Bus::with_terminals(2);
    let call = bus.dial(NETWORK, 2, "8001");
    bus.moment();
    let (one, two) = (bus.incoming(1), bus.incoming(2));
    bus.answer(1, one);
    bus.answer(2, two);
    bus.moment();
    assert!(bus.answered(NETWORK, call));
    assert_eq!((bus.released(1, one), bus.released(2, two)), (vec![], vec![Cause::NonSelectedUserClearing]));
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: a terminal that answers after the call was taken, while T312 runs, is told #26; one that rings after the caller gave up hears his cause.
#[test]
fn late_terminals_are_sent_away() {
    let mut bus = Bus::with_terminals(2);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    let (one, two) = (bus.incoming(1), bus.incoming(2));
    bus.answer(1, one);
    bus.moment();
    bus.alert(2, two);
    bus.moment();
    assert_eq!(bus.released(2, two), [Cause::NonSelectedUserClearing]);
    bus.release(NETWORK, call, Cause::NormalClearing);
    bus.after(Millis::secs(10));
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    bus.release(NETWORK, call, Cause::NormalClearing);
    let two = bus.incoming(2);
    bus.alert(2, two);
    bus.moment();
    assert_eq!(bus.released(2, two), [Cause::NormalClearing]);
    bus.hang_up_all();
    bus.after(Millis::secs(60));
    bus.expect_quiet();
}

/// LIN-04: everybody refuses: the caller hears the weightiest cause, "rejected" before "busy" (Q.931 5.2.5.3).
#[test]
fn refusals_are_weighed() {
    let mut bus = Bus::with_terminals(3);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    for (end, cause) in [(1, Cause::UserBusy), (2, Cause::CallRejected), (3, Cause::NormalUnspecified)] {
        let leg = bus.incoming(end);
        bus.release(end, leg, cause);
    }
    bus.after(Millis::secs(5));
    assert_eq!(bus.released(NETWORK, call), [Cause::CallRejected]);
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: nobody is there: SETUP twice, then #18 (Q.931 5.2.5.4).
#[test]
fn an_empty_bus_does_not_answer() {
    let mut bus = Bus::with_terminals(0);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.after(Millis::secs(7));
    assert_eq!(bus.released(NETWORK, call), []);
    bus.after(Millis::secs(2));
    assert_eq!(bus.released(NETWORK, call), [Cause::NoUserResponding]);
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: a terminal rings for its own numbers only, with or without the area in front, and keeps silent for others (annex B).
#[test]
fn each_terminal_answers_for_its_own_numbers() {
    let mut configs: Vec<_> = (0..=2).map(|end| config(end, Mode::PointToMultipoint)).collect();
    configs[1].msns = vec![digits("26660001")];
    configs[2].msns = vec![digits("26660002"), digits("26660003")];
    let mut bus = Bus::of(configs);
    let call = bus.dial(NETWORK, 1, "075526660002");
    bus.moment();
    assert_eq!((bus.incoming_all(1).len(), bus.incoming_all(2).len()), (0, 1));
    assert_eq!(bus.spans[1].counters().not_ours, 1);
    bus.release(NETWORK, call, Cause::NormalClearing);
    bus.after(Millis::secs(10));
    // Nobody's number.
    let call = bus.dial(NETWORK, 1, "26669999");
    bus.after(Millis::secs(9));
    assert_eq!(bus.released(NETWORK, call), [Cause::NoUserResponding]);
    bus.hang_up_all();
    bus.after(Millis::secs(60));
    bus.expect_quiet();
}

/// LIN-04: both channels talk; a third call is refused at either end: #17 from a busy terminal, #34 from the network.
#[test]
fn both_channels_at_once_and_no_third() {
    let mut bus = Bus::with_terminals(1);
    let first = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    let leg = bus.incoming(1);
    bus.answer(1, leg);
    let second = bus.dial(1, 2, "9001");
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.answer(NETWORK, leg);
    bus.moment();
    assert!(bus.answered(NETWORK, first) && bus.answered(1, second));
    assert_eq!((bus.spans[NETWORK].seized(), bus.spans[1].seized()), (2, 2));
    let third = bus.dial(NETWORK, 1, "8001");
    assert_eq!(bus.released(NETWORK, third), [Cause::RequestedCircuitNotAvailable]);
    // A second terminal does not know what the first one does.
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: a terminal asks for a channel while the other one has both: #34 (Q.931 5.1.2), and it hears it.
#[test]
fn the_network_has_no_third_channel() {
    let mut bus = Bus::with_terminals(2);
    for slot in [1, 2] {
        bus.dial(1, slot, "9001");
        bus.moment();
        let leg = bus.incoming(NETWORK);
        bus.answer(NETWORK, leg);
        bus.moment();
    }
    let third = bus.dial(2, 1, "9001");
    bus.moment();
    assert_eq!(bus.released(2, third), [Cause::NoCircuitAvailable]);
    assert_eq!(bus.spans[NETWORK].counters().no_channel, 1);
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: digits one by one from a terminal, and to terminals that ask for more at different times (Q.931 5.1.3, 5.2.4).
#[test]
fn overlap_both_ways() {
    let mut configs: Vec<_> = (0..=2).map(|end| config(end, Mode::PointToMultipoint)).collect();
    for config in &mut configs {
        config.overlap_receiving = true;
        config.overlap_sending = true;
    }
    let mut bus = Bus::of(configs);
    let call = bus.dial_with(1, 1, Setup { complete: false, ..plain_setup("") });
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.request(NETWORK, leg, LegRequest::MoreDigits);
    bus.moment();
    assert!(bus.heard_by(1, call).contains(&&LegIndication::MoreDigits));
    bus.request(1, call, LegRequest::Digits { digits: digits("90"), complete: true });
    bus.moment();
    let told = LegIndication::Digits { digits: digits("90"), complete: true };
    assert!(bus.heard_by(NETWORK, leg).contains(&&told));
    bus.release(1, call, Cause::NormalClearing);
    bus.after(Millis::secs(10));

    let call = bus.dial_with(NETWORK, 1, Setup { complete: false, ..plain_setup("") });
    bus.moment();
    let (one, two) = (bus.incoming(1), bus.incoming(2));
    bus.request(1, one, LegRequest::MoreDigits);
    bus.moment();
    bus.request(NETWORK, call, LegRequest::Digits { digits: digits("80"), complete: false });
    bus.moment();
    bus.request(2, two, LegRequest::MoreDigits);
    bus.moment();
    let told = LegIndication::Digits { digits: digits("80"), complete: false };
    assert!(bus.heard_by(1, one).contains(&&told) && bus.heard_by(2, two).contains(&&told));
    bus.hang_up_all();
    bus.after(Millis::secs(60));
    bus.expect_quiet();
}

/// LIN-04: point to point either side calls, TEI 0, and a channel can be restarted (Q.931 5.5).
#[test]
fn point_to_point() {
    let mut bus = Bus::point_to_point();
    assert!(bus.spans.iter().all(|span| span.is_up()));
    for (from, to, slot) in [(NETWORK, 1, 1), (1, NETWORK, 2)] {
        let call = bus.dial(from, slot, "8001");
        bus.moment();
        let leg = bus.incoming(to);
        bus.answer(to, leg);
        bus.moment();
        assert!(bus.answered(from, call));
        assert_eq!(bus.slot_of(to, leg), Some(slot));
    }
    bus.ask_span(1, SpanRequest::RestartCircuit { slot: 1 });
    bus.moment();
    for end in [NETWORK, 1] {
        assert!(bus.span_heard.contains(&(end, SpanIndication::Restarted { slot: 1 })), "end {end}");
        assert_eq!(bus.spans[end].seized(), 1);
    }
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: both ends take the same channel at once: the network's call stands, the terminal's gets the other one (Q.931 5.7).
#[test]
fn glare_gives_the_network_its_channel() {
    let mut bus = Bus::point_to_point();
    let theirs = bus.dial(NETWORK, 1, "8001");
    let ours = bus.dial(1, 1, "9001");
    bus.moment();
    let (at_user, at_network) = (bus.incoming(1), bus.incoming(NETWORK));
    bus.answer(1, at_user);
    bus.answer(NETWORK, at_network);
    bus.moment();
    assert!(bus.answered(NETWORK, theirs) && bus.answered(1, ours));
    assert_eq!((bus.slot_of(1, at_user), bus.slot_of(1, ours)), (Some(1), Some(2)));
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: a terminal with a fixed TEI is known by its first frame and never asks for one (Q.921 3.3.4.1).
#[test]
fn fixed_tei() {
    let mut configs: Vec<_> = (0..=1).map(|end| config(end, Mode::PointToMultipoint)).collect();
    configs[1].tei = Tei::Fixed(5);
    let mut bus = Bus::of(configs);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    let leg = bus.incoming(1);
    bus.answer(1, leg);
    bus.moment();
    assert!(bus.answered(NETWORK, call));
    assert_eq!(bus.spans[NETWORK].terminals().collect::<Vec<_>>(), [5]);
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: a terminal is pulled out in mid-call: the call ends at the network, and the TEI is free again (Q.921 5.3.3, Q.931 5.8.9).
#[test]
fn a_terminal_is_unplugged_in_mid_call() {
    let mut bus = Bus::with_terminals(1);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    let leg = bus.incoming(1);
    bus.answer(1, leg);
    bus.moment();
    bus.wire.unplugged.insert(1);
    bus.after(Millis::secs(30));
    assert_eq!(bus.released(NETWORK, call), [Cause::DestinationOutOfOrder]);
    assert_eq!(bus.spans[NETWORK].terminals().count(), 0);
    bus.wire.unplugged.clear();
    bus.after(Millis::secs(200));
    bus.hang_up_all();
    bus.after(Millis::secs(60));
    bus.expect_quiet();
    let call = bus.dial(1, 1, "9001");
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.answer(NETWORK, leg);
    bus.moment();
    assert!(bus.answered(1, call), "the terminal is back");
}

/// LIN-04: the broadcast SETUP of the next call overtakes the RELEASE COMPLETE of the one before: the channel is the network's to give
/// (Q.931 5.2.3.2, 5.3.4), and the terminal does not say that it is busy.
#[test]
fn a_call_that_overtakes_the_end_of_the_last_one() {
    let mut bus = Bus::with_terminals(1);
    let call = bus.dial(NETWORK, 1, "8001");
    bus.moment();
    let before = bus.incoming(1);
    bus.answer(1, before);
    bus.moment();
    bus.release(NETWORK, call, Cause::NormalClearing);
    // DISCONNECT and RELEASE take 10 ms each; RELEASE COMPLETE is lost, and repeated only after a second.
    bus.after(Millis(15));
    bus.wire.loss = 1000;
    bus.after(Millis(10));
    bus.wire.loss = 0;
    assert_eq!((bus.released(NETWORK, call), bus.released(1, before)), (vec![Cause::NormalClearing], vec![]));
    let next = bus.dial(NETWORK, 1, "8001");
    bus.after(Millis(100));
    assert_eq!(bus.released(1, before), [Cause::NormalClearing]);
    let leg = bus.incoming(1);
    assert_ne!(leg, before);
    bus.answer(1, leg);
    bus.after(Millis::secs(3));
    assert!(bus.answered(NETWORK, next));
    assert_eq!((bus.slot_of(1, leg), bus.spans[1].calls()), (Some(1), 1));
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: the network starts anew: terminals give up the TEIs that it has forgotten and get new ones (Q.921 5.3.4).
#[test]
fn the_network_restarts() {
    let mut bus = Bus::with_terminals(3);
    let before: Vec<_> = bus.spans[1..].iter().map(|span| span.tei()).collect();
    assert!(before.iter().all(Option::is_some));
    bus.spans[NETWORK] = bri::BriSpan::new(config(NETWORK, Mode::PointToMultipoint));
    bus.after(Millis::secs(10));
    assert_eq!(bus.spans[NETWORK].terminals().count(), 3);
    let call = bus.dial(3, 1, "9001");
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.answer(NETWORK, leg);
    bus.moment();
    assert!(bus.answered(3, call));
}

/// LIN-04: on a line that sleeps, the first frame wakes it, and waits until it is awake (I.430 6.2).
#[test]
fn a_sleeping_line_is_woken() {
    let mut configs: Vec<_> = (0..=1).map(|end| config(end, Mode::PointToMultipoint)).collect();
    configs[1].power_save = true;
    let mut bus = Bus::of(configs);
    assert_eq!((bus.wakes, bus.spans[1].tei()), (1, None));
    bus.activation(1, true);
    bus.after(Millis::secs(5));
    assert!(bus.spans[1].tei().is_some());
    bus.activation(1, false);
    let call = bus.dial(1, 1, "9001");
    assert_eq!(bus.wakes, 2);
    bus.activation(1, true);
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.answer(NETWORK, leg);
    bus.moment();
    assert!(bus.answered(1, call));
    bus.hang_up_all();
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

/// LIN-04: no call goes to a line in alarm, and the exchange hears when it begins and ends.
#[test]
fn a_line_in_alarm_takes_no_calls() {
    let mut bus = Bus::with_terminals(1);
    let los = Alarms { los: true, ..Alarms::default() };
    bus.alarm(NETWORK, los);
    let call = bus.dial(NETWORK, 1, "8001");
    assert_eq!(bus.released(NETWORK, call), [Cause::NetworkOutOfOrder]);
    assert!(!bus.spans[NETWORK].is_up());
    bus.alarm(NETWORK, Alarms::default());
    assert!(bus.spans[NETWORK].is_up());
    for indication in [SpanIndication::Alarms(los), SpanIndication::Down, SpanIndication::Up] {
        assert!(bus.span_heard.contains(&(NETWORK, indication)), "{indication:?}");
    }
}

/// LIN-04: a hundred calls over a line that loses a frame in ten: every one ends, and nothing stays.
#[test]
fn a_hundred_calls_over_a_bad_line() {
    let mut bus = Bus::with_terminals(4);
    bus.wire.loss = 100;
    let mut answered = 0;
    for n in 0..100usize {
        let terminal = n % 4 + 1;
        let slot = (n % 2 + 1) as u8;
        let (from, to) = if n % 3 == 0 { (terminal, NETWORK) } else { (NETWORK, terminal) };
        let before = bus.incoming_all(to).len();
        let call = bus.dial(from, slot, "8001");
        bus.after(Millis::secs(6));
        if let Some(leg) = bus.incoming_all(to).get(before).copied() {
            bus.answer(to, leg);
            bus.after(Millis::secs(4));
        }
        answered += usize::from(bus.answered(from, call));
        bus.hang_up_all();
        bus.after(Millis::secs(40));
    }
    bus.wire.loss = 0;
    bus.after(Millis::secs(300));
    bus.expect_quiet();
    assert!(answered >= 90, "{answered} of 100 were answered");
}
