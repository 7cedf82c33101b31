//! LIN-01: a far end that stops, or never stops, in each state of a register, and its line in each state at the same time: the timers of Q.476 and
//! Q.422 end every call, and the circuit serves again once the far end is idle.

use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use r2::{Config, Length, R2Output, R2Span, Signal, Variant, Wants};

const SPAN: SpanId = SpanId(1);
const IDLE: u8 = 0b10;
const SEIZED: u8 = 0b00;
const ANSWERED: u8 = 0b01;
const ACKNOWLEDGED: u8 = 0b11;

/// One circuit, and a far end that does what the test says.
struct Alone {
    span: R2Span,
    now: Monotonic,
    ids: LegIds,
    heard: Vec<(LegId, LegIndication, Monotonic)>,
    blocked: Option<bool>,
    sounds: Option<Signal>,
}

impl Alone {
    fn new(wants: Wants) -> Alone {
        let config = Config { slots: vec![1], wants, ..Config::new(SPAN, Variant::CHINA) };
        let mut alone = Alone {
            span: R2Span::new(config),
            now: Monotonic(0),
            ids: LegIds::of(LegIds::EXCHANGE),
            heard: Vec::new(),
            blocked: None,
            sounds: None,
        };
        alone.line(IDLE);
        alone
    }

    fn drain(&mut self) {
        while let Some(output) = self.span.poll() {
            match output {
                R2Output::Leg { leg, indication } => self.heard.push((leg, indication, self.now)),
                R2Output::Span(SpanIndication::BlockedByPeer { blocked, .. }) => self.blocked = Some(blocked),
                R2Output::Sound { signal, .. } => self.sounds = signal,
                _ => {}
            }
        }
    }

    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        self.span.expire(self.now);
        self.drain();
        while let Some(at) = self.span.deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.span.expire(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn line(&mut self, ab: u8) {
        self.span.bits(self.now, 1, ab << 2 | 0b11);
        self.pass(Millis(30));
    }

    fn hear(&mut self, signal: u8) {
        self.span.signal(self.now, 1, Signal::new(signal));
        self.pass(Millis(30));
    }

    /// A backward or forward signal that begins and ends.
    fn hear_whole(&mut self, signal: u8) {
        self.hear(signal);
        self.hear(0);
    }

    fn call(&mut self, called: &str, complete: bool) -> LegId {
        let leg = self.ids.allocate();
        let digits: Digits = called.parse().expect("digits");
        let setup = Setup { called: PartyNumber::plain(digits), complete, ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot: 1 });
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.request(leg, LegRequest::Setup(Box::new(outgoing)));
        leg
    }

    fn request(&mut self, leg: LegId, request: LegRequest) {
        self.span.request(self.now, leg, request);
        self.drain();
    }

    /// The leg's last word and its time.
    fn released(&self) -> Option<(Cause, Monotonic)> {
        self.heard.iter().find_map(|(_, it, at)| match it {
            LegIndication::Released { cause } => Some((cause.cause, *at)),
            _ => None,
        })
    }

    /// The circuit serves: an incoming call comes, an outgoing one goes, both end.
    fn serves(&mut self, place: &str) {
        self.line(IDLE);
        self.pass(Millis(100));
        assert_eq!((self.span.seized(), self.sounds), (0, None), "{place}");
        assert_ne!(self.blocked, Some(true), "{place}");
        self.call("8", true);
        assert_eq!(self.span.seized(), 1, "{place}");
        self.line(ACKNOWLEDGED);
        assert_eq!(self.sounds, Signal::new(8), "{place}");
        self.line(IDLE);
        assert_eq!(self.span.seized(), 0, "{place}");
        self.line(SEIZED);
        assert_eq!(self.span.seized(), 1, "{place}");
        self.line(IDLE);
        assert_eq!(self.span.seized(), 0, "{place}");
    }
}

fn wants(called: Length, caller: bool) -> Wants {
    Wants { called, caller, caller_after: 0 }
}

/// How a register gets into a state, with its name.
type Enter = fn(&mut Alone);

const CALLING: [(&str, Enter, u64); 6] = [
    // T1 of Q.476: a forward signal sounds for 15 s at most.
    (
        "its first digit sounds",
        |it| {
            it.call("8001", true);
        },
        15,
    ),
    (
        "a later digit sounds",
        |it| {
            it.call("8001", true);
            it.line(ACKNOWLEDGED);
            it.hear_whole(1);
        },
        15,
    ),
    (
        "the category sounds",
        |it| {
            it.call("8001", true);
            it.line(ACKNOWLEDGED);
            it.hear_whole(6);
        },
        15,
    ),
    // T2: without one for 24 s.
    (
        "the backward signal never ends",
        |it| {
            it.call("8001", true);
            it.line(ACKNOWLEDGED);
            it.hear(1);
        },
        24,
    ),
    (
        "digits are wanted and do not come",
        |it| {
            it.call("8", false);
            it.line(ACKNOWLEDGED);
            it.hear_whole(1);
        },
        24,
    ),
    (
        "a pulse never ends",
        |it| {
            it.call("8", true);
            it.line(ACKNOWLEDGED);
            it.hear_whole(1);
            it.hear(3);
        },
        24,
    ),
];

/// Nothing more comes from the far end: T1 or T2 ends the call, and clears forward.
#[test]
fn the_far_end_stops_while_we_call() {
    for (state, enter, limit) in CALLING {
        let mut it = Alone::new(wants(Length::Fixed(4), true));
        enter(&mut it);
        it.line(ACKNOWLEDGED);
        let began = it.now;
        it.pass(Millis::secs(limit - 1));
        assert_eq!(it.released(), None, "{state}");
        it.pass(Millis::secs(2));
        assert_eq!((it.released(), it.sounds), (None, None), "{state}: cleared forward, not idle yet");
        it.line(IDLE);
        let (cause, at) = it.released().unwrap_or_else(|| panic!("{state}: not released"));
        assert!(cause == Cause::ProtocolError && at.since(began) <= Millis::secs(limit + 2), "{state}: {cause:?}");
        it.serves(state);
    }
}

/// And its line does not become idle after that either: ten seconds later the leg is free of it, and the circuit is kept from calls until it is.
#[test]
fn a_far_end_that_never_becomes_idle() {
    for (state, enter, limit) in CALLING {
        let mut it = Alone::new(wants(Length::Fixed(4), true));
        enter(&mut it);
        it.line(ACKNOWLEDGED);
        it.pass(Millis::secs(limit + 12));
        assert_eq!((it.span.seized(), it.blocked), (0, Some(true)), "{state}");
        assert!(it.released().is_some(), "{state}");
        it.pass(Millis::secs(300));
        assert_eq!(it.blocked, Some(true), "{state}");
        it.serves(state);
    }
}

/// Its line goes to each other state in each state of the register that calls.
#[test]
fn the_line_changes_while_we_call() {
    for (state, enter, _) in CALLING {
        for ab in [IDLE, SEIZED, ANSWERED] {
            let place = format!("{state}, then {ab:02b}");
            let mut it = Alone::new(wants(Length::Fixed(4), true));
            enter(&mut it);
            it.line(ACKNOWLEDGED);
            it.line(ab);
            assert_eq!(it.sounds, None, "{place}");
            match ab {
                // Idle, as if cleared: our call has failed. It is over at once.
                IDLE => assert_eq!(it.released().map(|(cause, _)| cause), Some(Cause::NormalUnspecified), "{place}"),
                // An answer is one whenever it comes.
                ANSWERED => {
                    let leg = it.heard.iter().find(|(_, what, _)| matches!(what, LegIndication::Answered { .. }));
                    let leg = leg.unwrap_or_else(|| panic!("{place}: not answered")).0;
                    it.request(leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
                }
                // No backward signal: clear-forward.
                _ => assert_eq!(it.released(), None, "{place}"),
            }
            it.line(IDLE);
            assert!(it.released().is_some(), "{place}");
            it.serves(&place);
        }
    }
}

const CALLED: [(&str, Length, Enter, u64); 7] = [
    // T3 of Q.476: 15 s from one forward signal to the next.
    ("no digit comes", Length::Fixed(4), |_| {}, 15),
    // It may be the last: pulsed A-3 (Q.442), and T3 again.
    ("no second digit comes", Length::Fixed(4), |it| it.hear_whole(8), 31),
    ("the first digit never ends", Length::Fixed(4), |it| it.hear(8), 15),
    (
        "the caller's category never ends",
        Length::Fixed(1),
        |it| {
            it.hear_whole(8);
            it.hear(1);
        },
        15,
    ),
    (
        "the caller's number never ends",
        Length::Fixed(1),
        |it| {
            it.hear_whole(8);
            it.hear_whole(1);
            it.hear_whole(2);
        },
        15,
    ),
    // The exchange's silence counts as an answer after 10 s; the signal that it is waited for with then never ends.
    (
        "the kind of call never ends",
        Length::Fixed(1),
        |it| {
            it.hear_whole(8);
            it.hear_whole(1);
            it.hear_whole(15);
            it.hear(3);
        },
        25,
    ),
    // Pulsed A-3 after 4 s without a digit; nobody answers it.
    (
        "the pulse is not answered",
        Length::Asked,
        |it| {
            it.hear_whole(8);
            it.hear_whole(1);
            it.hear(15);
            if let Some((leg, ..)) = it.heard.last().cloned() {
                it.request(leg, LegRequest::MoreDigits);
            }
            it.hear(0);
        },
        20,
    ),
];

/// Nothing more comes while we are called: the register falls silent, and waits for clear-forward; without one the leg ends all the same, and
/// the circuit is kept from calls.
#[test]
fn the_far_end_stops_while_it_calls() {
    for (state, called, enter, limit) in CALLED {
        for clears in [true, false] {
            let mut it = Alone::new(wants(called, true));
            it.line(SEIZED);
            enter(&mut it);
            assert_eq!(it.span.seized(), 1, "{state}");
            it.pass(Millis::secs(limit + 1));
            assert_eq!((it.sounds, it.span.counters().registers_failed), (None, 1), "{state}");
            if clears {
                it.line(IDLE);
                assert_eq!(it.span.seized(), 0, "{state}");
            } else {
                it.pass(Millis::secs(31));
                assert_eq!((it.span.seized(), it.blocked), (0, Some(true)), "{state}");
            }
            let told = it.heard.iter().filter(|(_, what, _)| matches!(what, LegIndication::Setup(_))).count();
            assert_eq!(it.released().iter().count(), told, "{state}: {:?}", it.heard);
            it.heard.clear();
            it.serves(state);
        }
    }
}

/// Its line goes to each other state in each state of the register that is called: only clear-forward ends the call, the rest is a fault that the
/// register's timers outlive.
#[test]
fn the_line_changes_while_it_calls() {
    for (state, called, enter, limit) in CALLED {
        for ab in [IDLE, ANSWERED, ACKNOWLEDGED] {
            let place = format!("{state}, then {ab:02b}");
            let mut it = Alone::new(wants(called, true));
            it.line(SEIZED);
            enter(&mut it);
            it.line(ab);
            assert_eq!(it.span.seized(), usize::from(ab != IDLE), "{place}");
            assert_eq!(it.span.counters().strange_bits, u64::from(ab != IDLE), "{place}");
            it.pass(Millis::secs(limit + 32));
            assert_eq!(it.span.seized(), 0, "{place}");
            it.heard.clear();
            it.serves(&place);
        }
    }
}

/// A far end that asks for the number from its beginning for ever, or by pulses for a digit that there is not, is given up.
#[test]
fn a_far_end_that_asks_for_ever() {
    for ask in [1, 2] {
        let mut it = Alone::new(wants(Length::Fixed(4), true));
        it.call("80", true);
        it.line(ACKNOWLEDGED);
        for _ in 0..250 {
            it.hear_whole(ask);
        }
        it.line(IDLE);
        assert_eq!(it.released().map(|(cause, _)| cause), Some(Cause::ProtocolError), "A-{ask}");
        it.serves("asked for ever");
    }
}

/// Refused after alerting, or cleared back: the far end has two minutes and a half to clear, then the leg is gone. When it clears in the end, the
/// circuit serves again.
#[test]
fn a_refusal_that_the_far_end_does_not_follow() {
    for answered in [false, true] {
        let mut it = Alone::new(wants(Length::Fixed(1), false));
        it.line(SEIZED);
        it.hear_whole(8);
        it.hear(3);
        let (leg, ..) = it.heard.last().cloned().expect("a call");
        it.request(leg, LegRequest::Alerting { inband: true });
        it.hear(0);
        if answered {
            it.request(leg, LegRequest::Answer { connected: None });
        }
        it.pass(Millis::secs(20));
        it.request(leg, LegRequest::Release { cause: ClearCause::ours(Cause::UserBusy) });
        it.pass(Millis::secs(149));
        assert_eq!(it.released(), None);
        it.pass(Millis::secs(2));
        assert_eq!(it.released().map(|(cause, _)| cause), Some(Cause::UserBusy));
        assert_eq!((it.span.seized(), it.blocked), (0, Some(true)));
        it.serves("not followed");
    }
}

/// Q.118: nobody answers for three minutes, or the called party has cleared for one and a half: we clear forward.
#[test]
fn nobody_answers_and_nobody_clears() {
    for answered in [false, true] {
        let mut it = Alone::new(wants(Length::Fixed(1), false));
        it.call("8", true);
        it.line(ACKNOWLEDGED);
        it.hear_whole(3);
        it.hear_whole(1);
        if answered {
            it.line(ANSWERED);
            it.line(ACKNOWLEDGED);
        }
        it.pass(Millis::secs(if answered { 89 } else { 179 }));
        assert_eq!((it.span.seized(), it.released()), (1, None));
        it.pass(Millis::secs(2));
        it.line(IDLE);
        let cause = if answered { Cause::NormalClearing } else { Cause::NoAnswer };
        assert_eq!(it.released().map(|(cause, _)| cause), Some(cause));
        it.serves("not answered");
    }
}

/// Whatever went before, once the line says the same for ever and the exchange wants none of its legs, every leg has its last word within five
/// minutes, once, and nothing sounds; and when the far end is idle the circuit serves.
#[test]
fn nothing_stays_seized() {
    for seed in 1..3000u64 {
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut roll = move |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let called = if roll(2) == 0 { Length::Asked } else { Length::Fixed(1 + roll(3) as u8) };
        let mut it = Alone::new(wants(called, roll(2) == 0));
        for _ in 0..roll(60) {
            match roll(6) {
                0 => it.line(roll(4) as u8),
                1 => it.hear(roll(16) as u8),
                2 => it.hear_whole(1 + roll(15) as u8),
                3 => drop(it.call("801", roll(2) == 0)),
                4 => it.pass(Millis(roll(20_000))),
                _ => {
                    let leg = it.heard.last().map(|(leg, ..)| *leg);
                    let cause = ClearCause::ours(Cause::NormalClearing);
                    let request = match roll(5) {
                        0 => LegRequest::Answer { connected: None },
                        1 => LegRequest::Alerting { inband: false },
                        2 => LegRequest::Proceeding,
                        3 => LegRequest::MoreDigits,
                        _ => LegRequest::Release { cause },
                    };
                    leg.into_iter().for_each(|leg| it.request(leg, request.clone()));
                }
            }
        }
        // The last word of the line, for ever. The exchange has had enough of its calls, and of any that comes yet.
        for wait in [0, 60, 240] {
            it.pass(Millis::secs(wait));
            let legs: Vec<LegId> = it.heard.iter().map(|(leg, ..)| *leg).collect();
            let cause = ClearCause::ours(Cause::NormalClearing);
            legs.into_iter().for_each(|leg| it.request(leg, LegRequest::Release { cause }));
        }
        it.pass(Millis::secs(200));
        assert_eq!((it.span.seized(), it.sounds), (0, None), "seed {seed}: {:?}", it.heard);
        let mut last = Vec::new();
        for (leg, what, _) in &it.heard {
            assert!(!last.contains(leg), "seed {seed}: {leg} spoke after its last word");
            if matches!(what, LegIndication::Released { .. }) {
                last.push(*leg);
            }
        }
        it.serves(&format!("seed {seed}"));
    }
}
