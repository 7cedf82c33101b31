//! What an exchange's maintenance desk expects of its circuits.

use circuits::{Circuits, Config, Group, Misuse, Selection, State, Violation};
use clock::WallTime;
use identity::{CircuitId, GroupId, LegId, SpanId};

const NOW: WallTime = WallTime(0);
const GROUP: GroupId = GroupId(1);

fn at(span: u16, slot: u8) -> CircuitId {
    CircuitId { span: SpanId(span), slot }
}

fn two_spans(selection: Selection) -> Circuits {
    let spans = vec![SpanId(1), SpanId(2)];
    let mut circuits = Circuits::default();
    circuits.configure(Config { spans: spans.clone(), groups: vec![Group { id: GROUP, selection, spans }] }, NOW);
    circuits.signalling(SpanId(1), true, NOW);
    circuits.signalling(SpanId(2), true, NOW);
    circuits
}

fn take(circuits: &mut Circuits, leg: u64) -> Option<CircuitId> {
    circuits.select(GROUP, LegId(leg), NOW)
}

/// OUT-30: a group is used to its last circuit, never timeslot 0 or 16, and then says that it is full.
#[test]
fn sixty_calls_fill_two_spans_in_order() {
    let mut up = two_spans(Selection::Ascending);
    let taken: Vec<_> = (0..60).map(|leg| take(&mut up, leg).unwrap()).collect();
    assert_eq!(taken[0], at(1, 1));
    assert_eq!(taken[15], at(1, 17));
    assert_eq!(taken[59], at(2, 31));
    assert!(taken.iter().all(|c| c.slot != 16 && c.slot != 0));
    assert_eq!(take(&mut up, 60), None);
    let mut down = two_spans(Selection::Descending);
    assert_eq!(take(&mut down, 0), Some(at(2, 31)));
}

/// Least recently used spreads wear and skips the circuit that just failed: the next call takes another one.
#[test]
fn least_recently_used_comes_back_last() {
    let mut circuits = two_spans(Selection::LeastRecentlyUsed);
    let first = take(&mut circuits, 1).unwrap();
    circuits.release(first, LegId(1), NOW).unwrap();
    let rest: Vec<_> = (2..61).map(|leg| take(&mut circuits, leg).unwrap()).collect();
    assert!(!rest.contains(&first));
    assert_eq!(take(&mut circuits, 61), Some(first));
}

/// A circuit has one owner: glare is refused, and a stranger cannot release.
#[test]
fn one_owner_always() {
    let mut circuits = two_spans(Selection::Ascending);
    let circuit = take(&mut circuits, 1).unwrap();
    assert_eq!(circuits.seize(circuit, LegId(2), NOW), Err(Misuse::Owned { by: LegId(1) }));
    assert_eq!(circuits.release(circuit, LegId(2), NOW), Err(Misuse::NotTheOwner { owner: Some(LegId(1)) }));
    assert_eq!(circuits.owner(circuit), Some(LegId(1)));
}

/// LIN-14: blocking a busy circuit does not cut the call; it takes effect when the call is over.
#[test]
fn blocked_while_busy_takes_effect_when_idle() {
    let mut circuits = two_spans(Selection::Ascending);
    let circuit = take(&mut circuits, 1).unwrap();
    assert_eq!(circuits.block(circuit, true, NOW), Ok(true));
    assert_eq!(circuits.state(circuit).unwrap().0, State::Seized { leg: LegId(1) });
    circuits.release(circuit, LegId(1), NOW).unwrap();
    assert_eq!(circuits.state(circuit).unwrap().0, State::BlockedByUs);
    assert_eq!(take(&mut circuits, 2), Some(at(1, 2)));
    assert_eq!(circuits.seize(circuit, LegId(3), NOW), Err(Misuse::Barred));
    circuits.block(circuit, false, NOW).unwrap();
    assert_eq!(take(&mut circuits, 4), Some(circuit));
}

/// The far end's block binds only us: we do not choose the circuit, but its own call on it is taken.
#[test]
fn blocked_by_peer_binds_our_calls_only() {
    let mut circuits = two_spans(Selection::Ascending);
    circuits.block_by_peer(at(1, 1), true, NOW).unwrap();
    assert_eq!(take(&mut circuits, 1), Some(at(1, 2)));
    assert_eq!(circuits.state(at(1, 1)).unwrap().0, State::BlockedByPeer);
    assert_eq!(circuits.seize(at(1, 1), LegId(2), NOW), Ok(()));
}

/// PER-02: an alarm takes the idle circuits out of service at once and leaves the talking one to its own timers.
#[test]
fn span_alarm_and_back() {
    let mut circuits = two_spans(Selection::Ascending);
    let talking = take(&mut circuits, 1).unwrap();
    circuits.alarmed(SpanId(1), true, NOW);
    assert_eq!(circuits.state(at(1, 5)).unwrap().0, State::OutOfService);
    assert_eq!(circuits.state(talking).unwrap().0, State::Seized { leg: LegId(1) });
    assert_eq!(take(&mut circuits, 2), Some(at(2, 1)));
    circuits.alarmed(SpanId(1), false, NOW);
    assert_eq!(take(&mut circuits, 3), Some(at(1, 2)));
}

/// Q.931 5.5.1: a circuit whose restart nobody answers serves no call until a restart succeeds.
#[test]
fn restart_and_its_failure() {
    let mut circuits = two_spans(Selection::Ascending);
    circuits.restarting(at(1, 1), NOW).unwrap();
    assert_eq!(circuits.state(at(1, 1)).unwrap().0, State::Restarting);
    circuits.restart_failed(at(1, 1), NOW).unwrap();
    assert_eq!(circuits.state(at(1, 1)).unwrap().0, State::OutOfService);
    assert_eq!(take(&mut circuits, 1), Some(at(1, 2)));
    circuits.restarted(at(1, 1), NOW).unwrap();
    assert_eq!(take(&mut circuits, 2), Some(at(1, 1)));
}

/// The line may settle on another circuit than asked for; the first one is free again.
#[test]
fn negotiated_to_another_circuit() {
    let mut circuits = two_spans(Selection::Ascending);
    let asked = take(&mut circuits, 1).unwrap();
    circuits.change(LegId(1), asked, at(1, 9), NOW).unwrap();
    assert_eq!(circuits.owner(asked), None);
    assert_eq!(circuits.owner(at(1, 9)), Some(LegId(1)));
}

/// LIN-15: a span taken out of the settings keeps its calls and goes with the last of them.
#[test]
fn removed_span_drains() {
    let mut circuits = two_spans(Selection::Ascending);
    let up = take(&mut circuits, 1).unwrap();
    let only_second = Group { id: GROUP, selection: Selection::Ascending, spans: vec![SpanId(2)] };
    circuits.configure(Config { spans: vec![SpanId(2)], groups: vec![only_second] }, NOW);
    assert_eq!(circuits.owner(up), Some(LegId(1)));
    assert_eq!(circuits.seize(at(1, 7), LegId(2), NOW), Err(Misuse::NoSuchCircuit));
    circuits.release(up, LegId(1), NOW).unwrap();
    assert!(!circuits.has_span(SpanId(1)));
}

/// The audit finds a circuit whose leg is gone, and one whose leg believes to be elsewhere.
#[test]
fn audit_names_what_is_wrong() {
    let mut circuits = two_spans(Selection::Ascending);
    let lost = take(&mut circuits, 1).unwrap();
    let moved = take(&mut circuits, 2).unwrap();
    let wrong = circuits.audit(|leg| (leg == LegId(2)).then_some(at(2, 2)));
    assert!(wrong.contains(&Violation::OwnerUnknown { circuit: lost, leg: LegId(1) }));
    assert!(wrong.contains(&Violation::OwnerElsewhere { circuit: moved, leg: LegId(2), believes: at(2, 2) }));
    assert!(circuits.audit(|leg| Some(if leg == LegId(1) { lost } else { moved })).is_empty());
}

/// LIN-12: an analog card has few ports, and calls out take only those that lead to an exchange.
#[test]
fn an_analog_card_has_few_ports_and_fewer_trunks() {
    let (mut circuits, span) = (Circuits::default(), SpanId(3));
    let group = Group { id: GROUP, selection: Selection::Ascending, spans: vec![span] };
    circuits.configure(Config { spans: vec![span], groups: vec![group] }, NOW);
    circuits.set_slots(span, circuits::Slots::of(&[1, 2, 3], &[3]));
    circuits.signalling(span, true, NOW);
    assert_eq!(circuits.count(), 3);
    assert_eq!(circuits.select(GROUP, LegId(1), NOW), Some(CircuitId { span, slot: 3 }));
    assert_eq!(circuits.select(GROUP, LegId(2), NOW), None, "telephones are no trunks");
    assert_eq!(circuits.seize(CircuitId { span, slot: 1 }, LegId(2), NOW), Ok(()));
    assert_eq!(circuits.seize(CircuitId { span, slot: 4 }, LegId(3), NOW), Err(Misuse::NoSuchCircuit));
    // A port that goes while a call is up on it stays until the call's end.
    circuits.set_slots(span, circuits::Slots::of(&[2, 3], &[3]));
    assert_eq!(circuits.owner(CircuitId { span, slot: 1 }), Some(LegId(2)));
    assert_eq!(circuits.release(CircuitId { span, slot: 1 }, LegId(2), NOW), Ok(()));
    assert_eq!(circuits.count(), 2);
}
