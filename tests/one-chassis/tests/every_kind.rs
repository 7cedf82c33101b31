//! LIN-05, LIN-14, LIN-15: lines of every kind in one box, and calls between every two of them.

use desk::{CallPhase, CallView};
use identity::{CircuitId, LegId, SpanId};
use one_chassis::{self as plan, BASIC_IN, CALLED_STATIONS, Kind, LINES_IN, PRI, R2, STATIONS, Town};
use std::collections::BTreeMap;

/// Calls of each pair of kinds: 36 pairs, 2,016 calls.
const EACH: usize = 56;

/// A call must be answered within this; the longest are those that dial by keys over two analog lines.
const ANSWERED_WITHIN: u64 = 25_000;

/// Both talk so long.
const TALK: u64 = 200;

/// Rest of a line between two calls.
const REST: u64 = 2_500;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Caller {
    Line((SpanId, LegId)),
    Phone(LegId),
}

struct Call {
    from: Kind,
    to: Kind,
    caller: Caller,
    began: u64,
    talks_since: Option<u64>,
    /// Circuits of the two outside parties, where they have one, with what each says.
    speech: Vec<(CircuitId, u8)>,
}

/// A caller's place: a circuit of the far end, or a SIP telephone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Place {
    Circuit(CircuitId),
    Phone(u8),
}

/// The places that a kind of line calls from. Lines that bring calls lead to one kind each.
fn places(from: Kind, to: Kind) -> Vec<Place> {
    let on = |span: SpanId, slots: std::ops::RangeInclusive<u8>| {
        slots.map(move |slot| Place::Circuit(CircuitId { span, slot }))
    };
    match from {
        Kind::Pri => on(PRI, 17..=31).collect(),
        Kind::R2 => on(R2, 17..=31).collect(),
        Kind::Bri => BASIC_IN.iter().flat_map(|span| on(*span, 1..=2)).collect(),
        Kind::Fxs => on(STATIONS, CALLED_STATIONS + 1..=15).collect(),
        Kind::Fxo => {
            let slot = Kind::ALL.iter().position(|kind| *kind == to).map_or(1, |at| at as u8 + 1);
            on(LINES_IN, slot..=slot).collect()
        }
        Kind::Sip => (8..16).map(Place::Phone).collect(),
    }
}

/// How many calls to a kind of line may be under way.
fn room(to: Kind) -> usize {
    match to {
        Kind::Pri | Kind::R2 => 10,
        Kind::Bri => 4,
        Kind::Fxs | Kind::Sip => 7,
        Kind::Fxo => 5,
    }
}

#[derive(Default)]
struct Day {
    left: BTreeMap<(Kind, Kind), usize>,
    calls: Vec<(Place, Call, u8)>,
    resting: BTreeMap<Place, u64>,
    /// Telephones that were just called.
    telephones: BTreeMap<(Kind, u8), u64>,
    /// Calls that were just released: their lines may not be idle yet.
    clearing: Vec<(Kind, u64)>,
    done: usize,
    heard_each_other: usize,
}

impl Day {
    fn begin(&mut self, town: &mut Town) {
        let now = town.now.mono;
        self.resting.retain(|_, until| *until > now.0);
        self.telephones.retain(|_, until| *until > now.0);
        self.clearing.retain(|(_, until)| *until > now.0);
        let pairs: Vec<(Kind, Kind)> = self.left.keys().copied().collect();
        for (from, to) in pairs {
            let clearing = self.clearing.iter().filter(|(kind, _)| *kind == to).count();
            let under_way = clearing + self.calls.iter().filter(|(_, call, _)| call.to == to).count();
            let free = places(from, to).into_iter().find(|place| {
                !self.resting.contains_key(place) && !self.calls.iter().any(|(taken, ..)| taken == place)
            });
            let Some(place) = free.filter(|_| under_way < room(to)) else { continue };
            let Some(nth) = self.free_telephone(from, to) else { continue };
            let inside = matches!(from, Kind::Fxs | Kind::Sip);
            let number = if inside { plan::dialled(to, nth) } else { plan::service(to, nth) };
            let caller = match place {
                Place::Circuit(circuit) => Caller::Line(town.far.call(now, circuit, number)),
                Place::Phone(n) => Caller::Phone(town.dial(plan::sip(n), number)),
            };
            self.calls.push((
                place,
                Call { from, to, caller, began: now.0, talks_since: None, speech: Vec::new() },
                nth,
            ));
            let left = self.left.entry((from, to)).or_default();
            *left -= 1;
            if *left == 0 {
                self.left.remove(&(from, to));
            }
        }
    }

    /// Which of the telephones to call, where there are several.
    fn free_telephone(&self, from: Kind, to: Kind) -> Option<u8> {
        match (from, to) {
            (_, Kind::Pri | Kind::R2 | Kind::Bri | Kind::Fxo) => Some(0),
            (Kind::Fxo, _) => Some(0).filter(|nth| self.is_free(to, *nth)),
            (_, Kind::Fxs | Kind::Sip) => (1..8).find(|nth| self.is_free(to, *nth)),
        }
    }

    fn is_free(&self, to: Kind, nth: u8) -> bool {
        let called = self.calls.iter().any(|(_, call, called)| call.to == to && *called == nth);
        !called && !self.telephones.contains_key(&(to, nth))
    }

    /// Calls that talk, and those that have talked.
    fn look(&mut self, town: &mut Town) {
        let now = town.now.mono.0;
        let live = town.exchange.live_view();
        for (place, call, nth) in &mut self.calls {
            let Some(view) = live.calls.iter().find(|view| is_of(view, *place)) else { continue };
            if call.talks_since.is_none() && view.phase == CallPhase::Talking {
                call.talks_since = Some(now);
                let circuits =
                    [circuit_of_caller(*place), circuit_of_called(view, call.to, *nth)].into_iter().flatten();
                call.speech = circuits.zip([0x2a, 0x4c]).collect();
            }
        }
        let mut rest = Vec::new();
        for (place, call, nth) in std::mem::take(&mut self.calls) {
            let Call { from, to, .. } = call;
            assert!(
                call.talks_since.is_some() || now < call.began + ANSWERED_WITHIN,
                "{from:?} to {to:?} from {place:?} begun at {} is not answered: {:?}\n{:#?}",
                call.began,
                live.calls.iter().find(|view| is_of(view, place)),
                match call.caller {
                    Caller::Line(key) => town.far.parties.get(&key).cloned(),
                    Caller::Phone(_) => None,
                },
            );
            match call.talks_since {
                Some(since) if now >= since + TALK => {
                    self.telephones.insert((to, nth), now + REST);
                    self.clearing.push((to, now + REST));
                    self.end(town, place, call);
                }
                _ => rest.push((place, call, nth)),
            }
        }
        self.calls = rest;
    }

    fn end(&mut self, town: &mut Town, place: Place, call: Call) {
        if let [(one, said), (other, answered)] = call.speech[..] {
            let hears = |at: CircuitId, what: u8| town.far.cards.heard(at).iter().all(|octet| *octet == what);
            let both = (hears(one, answered), hears(other, said));
            assert_eq!(
                both,
                (true, true),
                "{:?} to {:?}: who hears the other on {one} and {other}",
                call.from,
                call.to
            );
            self.heard_each_other += 1;
        }
        match call.caller {
            Caller::Line(key) => town.far.hang_up(town.now.mono, key),
            Caller::Phone(leg) => town.hang_up(leg),
        }
        self.resting.insert(place, town.now.mono.0 + REST);
        self.done += 1;
    }

    fn turn(&mut self, town: &mut Town) {
        let calls = &self.calls;
        town.turn(|cards| {
            for (circuit, what) in calls.iter().flat_map(|(_, call, _)| &call.speech) {
                cards.spoken(*circuit).fill(*what);
            }
        });
    }
}

fn circuit_of_caller(place: Place) -> Option<CircuitId> {
    if let Place::Circuit(circuit) = place { Some(circuit) } else { None }
}

/// A telephone's port is known by its number; a trunk's circuit by what the board shows.
fn circuit_of_called(view: &CallView, to: Kind, nth: u8) -> Option<CircuitId> {
    match to {
        Kind::Fxs => Some(CircuitId { span: STATIONS, slot: if nth == 0 { CALLED_STATIONS } else { nth } }),
        _ => view.parties.iter().find(|party| party.role != ledger::Role::Caller).and_then(|party| party.circuit),
    }
}

fn is_of(view: &CallView, place: Place) -> bool {
    let caller = view.parties.iter().find(|party| party.role == ledger::Role::Caller);
    caller.is_some_and(|party| match place {
        Place::Circuit(CircuitId { span: STATIONS, slot }) => party.extension == Some(plan::station(slot)),
        Place::Circuit(circuit) => party.circuit == Some(circuit),
        Place::Phone(n) => party.extension == Some(plan::sip(n)),
    })
}

/// LIN-05, LIN-15: R2, PRI, BRI, telephones and lines at analog ports and SIP telephones in one chassis call each other, 56 times each way
/// between every two kinds, up to forty at once: each call is answered, speech crosses the media engine bit by bit where both ends have a
/// timeslot, each has one record, and afterwards no line is seized at either end.
#[test]
fn every_kind_of_line_calls_every_other() {
    let mut town = Town::built();
    let mut day = Day::default();
    for from in Kind::ALL {
        day.left.extend(Kind::ALL.map(|to| ((from, to), EACH)));
    }
    let all: usize = day.left.values().sum();
    (0..1600).for_each(|_| day.turn(&mut town));
    assert_eq!(town.up.values().filter(|up| **up).count(), 9, "{:?}", town.up);
    while day.done < all {
        for _ in 0..10 {
            day.turn(&mut town);
        }
        day.look(&mut town);
        day.begin(&mut town);
        assert!(town.now.mono.0 < 3_600_000, "an hour is over: {} of {all} calls, left {:?}", day.done, day.left);
    }
    (0..6000).for_each(|_| day.turn(&mut town));
    assert_eq!(town.cdrs.len(), all);
    let answered = town.cdrs.values().filter(|cdr| cdr.answered.is_some()).count();
    assert_eq!(answered, all);
    // Of 36 pairs, 25 have a timeslot at both ends.
    assert_eq!(day.heard_each_other, 25 * EACH);
    for lines in [&town.lines, &town.far.lines] {
        for span in lines.spans() {
            assert_eq!(lines.legs(span), Some(vec![]), "{span} has legs left");
        }
    }
    assert!(town.exchange.live_view().calls.is_empty());
    assert!(town.exchange.audit().is_empty());
    println!("{all} calls in {} s of the box's time", town.now.mono.0 / 1000);
}
