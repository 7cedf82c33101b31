//! The channel audit, and the alarms of lines.

use crate::town::Town;
use desk::{AlarmKind, SlotState};
use exchange::Input;
use identity::{CircuitId, LegId, SpanId};
use legs::{Alarms, LegRequest, SpanIndication, SpanRequest};

const SPAN: SpanId = SpanId(2);

fn at(slot: u8) -> CircuitId {
    CircuitId { span: SPAN, slot }
}

fn audit(town: &mut Town, legs: &[(LegId, Option<u8>)]) {
    town.input(Input::SpanAudit { span: SPAN, legs: legs.to_vec() });
}

fn restarts(town: &Town, slot: u8) -> usize {
    let asked = |request: &&(SpanId, SpanRequest)| **request == (SPAN, SpanRequest::RestartCircuit { slot });
    town.spans.iter().filter(asked).count()
}

fn standing(town: &Town) -> Vec<(Option<u8>, AlarmKind)> {
    town.live().alarms.iter().map(|alarm| (alarm.slot, alarm.kind)).collect()
}

fn momentary(town: &Town) -> usize {
    town.alarms
        .iter()
        .filter(|alarm| alarm.kind == AlarmKind::CircuitHealed && alarm.ended == Some(alarm.began))
        .count()
}

/// LIN-14: a leg that the signalling has no more: the first audit may have crossed with its release, the second clears the call, restarts the
/// circuit and says so.
#[test]
fn a_call_that_signalling_forgot_is_cleared() {
    let mut town = Town::new();
    town.dial_in_on(2, 3, "4003", true);
    let desk = town.rung("8003");
    town.answer(desk);
    audit(&mut town, &[]);
    assert_eq!((town.slot(at(3)), restarts(&town, 3)), (SlotState::Talking, 0));
    audit(&mut town, &[]);
    assert!(town.gone(desk));
    assert_eq!((town.slot(at(3)), restarts(&town, 3), momentary(&town)), (SlotState::Clearing, 1, 1));
    town.span(2, SpanIndication::Restarted { slot: 3 });
    assert_eq!(town.slot(at(3)), SlotState::Idle);
    assert!(town.calls().is_empty());
}

/// A difference that only one audit finds is no fault: a message was on its way.
#[test]
fn what_crosses_is_not_healed() {
    let mut town = Town::new();
    let caller = town.dial_in_on(2, 3, "4003", true);
    for legs in [vec![], vec![(caller, Some(3))], vec![], vec![(caller, Some(3))]] {
        audit(&mut town, &legs);
    }
    assert_eq!((town.slot(at(3)), momentary(&town)), (SlotState::Seized, 0));
}

/// LIN-14: a leg of the signalling that no call has keeps a circuit from everybody: it is released.
#[test]
fn a_leg_that_no_call_has_is_released() {
    let mut town = Town::new();
    let stray = LegId(777);
    audit(&mut town, &[(stray, Some(5))]);
    audit(&mut town, &[(stray, Some(5))]);
    assert!(town.asked(stray, |request| matches!(request, LegRequest::Release { .. })));
    assert_eq!((restarts(&town, 5), momentary(&town)), (1, 1));
}

/// A restart that nobody answers is an alarm on its circuit, asked for again each minute; a call on it, or an answer, ends it.
#[test]
fn a_restart_is_asked_for_until_it_is_answered() {
    let mut town = Town::new();
    town.admin(desk::Command::ResetCircuit { circuit: at(7) }).unwrap();
    town.span(2, SpanIndication::RestartFailed { slot: Some(7) });
    assert_eq!(standing(&town), [(Some(7), AlarmKind::RestartUnanswered)]);
    (0..3).for_each(|_| audit(&mut town, &[]));
    assert_eq!(restarts(&town, 7), 1);
    audit(&mut town, &[]);
    assert_eq!(restarts(&town, 7), 2);
    town.span(2, SpanIndication::Restarted { slot: 7 });
    assert_eq!((standing(&town), town.slot(at(7))), (vec![], SlotState::Idle));
    let ended: Vec<bool> = town.alarms.iter().map(|alarm| alarm.ended.is_some()).collect();
    assert_eq!(ended, [false, true]);
}

/// A disk of recordings that is full, or fails, is an alarm of the box while it says so; one disk's good news ends nothing of
/// another's.
#[test]
fn disks_of_recordings_have_alarms() {
    let mut town = Town::new();
    let say = |town: &mut Town, part: u8, wrong: &[AlarmKind]| {
        town.input(Input::Box { part, wrong: wrong.iter().copied().collect() });
    };
    say(&mut town, 1, &[AlarmKind::RecordingsFull]);
    say(&mut town, 2, &[AlarmKind::RecordingsFailing, AlarmKind::RecordingsSlow]);
    assert_eq!(
        standing(&town),
        [
            (Some(1), AlarmKind::RecordingsFull),
            (Some(2), AlarmKind::RecordingsFailing),
            (Some(2), AlarmKind::RecordingsSlow)
        ]
    );
    assert!(town.alarms.iter().all(|alarm| alarm.span == desk::BOX));
    say(&mut town, 2, &[AlarmKind::RecordingsSlow]);
    say(&mut town, 1, &[]);
    assert_eq!(standing(&town), [(Some(2), AlarmKind::RecordingsSlow)]);
    assert_eq!(town.alarms.iter().filter(|alarm| alarm.ended.is_some()).count(), 2);
}

/// The far end's signalling goes while the line is good: an alarm. With the line it is the line's alarm alone, and afterwards it is given
/// half a minute to come back.
#[test]
fn signalling_is_missed_on_a_good_line_only() {
    let mut town = Town::new();
    town.span(2, SpanIndication::Down);
    assert_eq!(standing(&town), [(None, AlarmKind::SignallingDown)]);
    town.span(2, SpanIndication::Up);
    assert_eq!(standing(&town), []);
    town.span(2, SpanIndication::Alarms(Alarms { los: true, ..Alarms::default() }));
    town.span(2, SpanIndication::Down);
    assert_eq!(standing(&town), [(None, AlarmKind::Los)]);
    town.span(2, SpanIndication::Alarms(Alarms::default()));
    assert_eq!(standing(&town), []);
    audit(&mut town, &[]);
    assert_eq!(standing(&town), []);
    audit(&mut town, &[]);
    assert_eq!(standing(&town), [(None, AlarmKind::SignallingDown)]);
    town.span(2, SpanIndication::Up);
    assert_eq!(standing(&town), []);
}

/// A span that the administrator takes out of the settings has no alarm any more.
#[test]
fn a_span_that_is_taken_out_has_no_alarm() {
    let mut town = Town::new();
    town.span(2, SpanIndication::Alarms(Alarms { ais: true, ..Alarms::default() }));
    assert_eq!(standing(&town), [(None, AlarmKind::Ais)]);
    town.change(|settings| settings.spans[1].enabled = false);
    assert_eq!(standing(&town), []);
    assert_eq!(town.alarms.last().map(|alarm| alarm.ended.is_some()), Some(true));
}
