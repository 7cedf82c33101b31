//! LIN-12: a card on which anything happens at any time: afterwards no port has a leg, and each leg had one last word.

use analog::{
    AnalogOutput, AnalogSpan, AnsweredBy, Config, Heard, Office, PortConfig, PortKind, Practice, Progress, Seen,
    ShowCaller, Station,
};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, SpanId};
use legs::{Alarms, LegIndication, LegRequest, Outgoing, Setup, SpanRequest, Target};
use numbering::{Cause, ClearCause, Key, PartyNumber};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    See(u8, Seen),
    Hear(u8, Heard),
    Sounded(u8),
    Dial(u8),
    Request(usize, u8),
    Wait(u64),
    Serve(u8, bool),
    MessageWaiting(u8, bool),
    Reset(u8),
    Alarm(bool),
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        Just(Seen::OffHook),
        Just(Seen::OnHook),
        Just(Seen::Flash),
        Just(Seen::Pulse),
        any::<bool>().prop_map(|on| Seen::Ring { on }),
        any::<bool>().prop_map(|reversed| Seen::Polarity { reversed }),
        any::<bool>().prop_map(|feeding| Seen::Battery { feeding }),
    ]
}

fn heard() -> impl Strategy<Value = Heard> {
    let progress = prop::sample::select(vec![
        Progress::Dial,
        Progress::Ringback,
        Progress::Busy,
        Progress::Congestion,
        Progress::SpecialInformation,
        Progress::Speech,
        Progress::Answer,
        Progress::Silence,
    ]);
    prop_oneof![
        (0u8..16).prop_filter_map("a key", |event| Key::from_event(event).map(Heard::Key)),
        Just(Heard::Carrier),
        any::<u8>().prop_map(Heard::Octet),
        Just(Heard::Octet(0x80)),
        Just(Heard::Cut),
        progress.prop_map(Heard::Progress),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let slot = || 1u8..7;
    prop_oneof![
        6 => (slot(), seen()).prop_map(|(slot, seen)| Step::See(slot, seen)),
        5 => (slot(), heard()).prop_map(|(slot, heard)| Step::Hear(slot, heard)),
        2 => slot().prop_map(Step::Sounded),
        3 => slot().prop_map(Step::Dial),
        6 => (any::<usize>(), any::<u8>()).prop_map(|(leg, request)| Step::Request(leg, request)),
        5 => prop_oneof![0u64..300, 0u64..9000, 0u64..70_000].prop_map(Step::Wait),
        1 => (slot(), any::<bool>()).prop_map(|(slot, serve)| Step::Serve(slot, serve)),
        2 => (slot(), any::<bool>()).prop_map(|(slot, waiting)| Step::MessageWaiting(slot, waiting)),
        1 => slot().prop_map(Step::Reset),
        1 => any::<bool>().prop_map(Step::Alarm),
    ]
}

fn any_request(choice: u8) -> LegRequest {
    let cause = ClearCause::ours(Cause::UserBusy);
    match choice % 10 {
        0 => LegRequest::MoreDigits,
        1 => LegRequest::Proceeding,
        2 => LegRequest::Alerting { inband: choice & 0x80 != 0 },
        3 | 4 => LegRequest::Answer { connected: None },
        5 => LegRequest::Digits { digits: "12".parse().unwrap_or_default(), complete: false },
        6 => LegRequest::Disconnect { cause, inband: choice & 0x80 != 0 },
        7 => LegRequest::Hold,
        8 => LegRequest::Retrieve,
        _ => LegRequest::Release { cause },
    }
}

/// Three telephones and three lines, each run in another way.
fn card() -> AnalogSpan {
    let station = |slot, show_caller, odd| {
        let kind = Station { show_caller, reverse_at_answer: odd, break_at_release: odd, ..Station::default() };
        PortConfig { slot, kind: PortKind::Fxs(kind) }
    };
    let office = |slot, answered_by, odd: bool| {
        let silence_releases = odd.then_some(Millis::secs(20));
        let kind = Office {
            answered_by,
            silence_releases,
            wait_for_dial_tone: !odd,
            flash_to_hold: odd,
            hear_caller: slot != 6,
            ..Office::default()
        };
        PortConfig { slot, kind: PortKind::Fxo(kind) }
    };
    let ports = vec![
        station(1, ShowCaller::Multiple, false),
        station(2, ShowCaller::Dtmf, true),
        station(3, ShowCaller::No, false),
        office(4, AnsweredBy::Sound, false),
        office(5, AnsweredBy::Polarity, true),
        office(6, AnsweredBy::Dialled, true),
    ];
    AnalogSpan::new(Config { span: SpanId(1), practice: Practice::CHINA, ports })
}

#[derive(Debug)]
struct History {
    card: AnalogSpan,
    now: Monotonic,
    legs: Vec<LegId>,
    over: BTreeSet<LegId>,
    next: u64,
}

impl History {
    fn drain(&mut self) {
        while let Some(output) = self.card.poll() {
            let AnalogOutput::Leg { leg, indication } = output else { continue };
            assert!(!self.over.contains(&leg), "{leg} spoke after its last word: {indication:?}");
            if let LegIndication::Setup(_) = indication {
                assert!(!self.legs.contains(&leg));
                self.legs.push(leg);
            }
            if let LegIndication::Released { .. } = indication {
                self.over.insert(leg);
            }
        }
    }

    fn wait(&mut self, millis: u64) {
        let until = Monotonic(self.now.0 + millis);
        while let Some(due) = self.card.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.card.expire(self.now);
            self.drain();
            assert!(self.card.deadline().is_none_or(|next| next > self.now), "a timer stands still: {self:?}");
        }
        self.now = until;
    }

    fn play(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::See(slot, seen) => self.card.seen(now, slot, seen),
            Step::Hear(slot, heard) => self.card.heard(now, slot, heard),
            Step::Sounded(slot) => self.card.sounded(now, slot),
            Step::Dial(slot) => {
                self.next += 1;
                let leg = LegId(self.next);
                self.legs.push(leg);
                let setup = Setup { called: PartyNumber::plain("8001".parse().unwrap()), ..Setup::default() };
                let target = Target::Circuit(CircuitId { span: SpanId(1), slot });
                let outgoing = Outgoing { setup, target, answer_at_once: false };
                self.card.request(now, leg, LegRequest::Setup(Box::new(outgoing)));
            }
            Step::Request(leg, request) => {
                if !self.legs.is_empty() {
                    let leg = self.legs[leg % self.legs.len()];
                    self.card.request(now, leg, any_request(request));
                }
            }
            Step::Wait(millis) => self.wait(millis),
            Step::MessageWaiting(slot, waiting) => self.card.set_message_waiting(now, slot, waiting),
            Step::Serve(slot, serve) => self.card.span_request(now, SpanRequest::Serve { slot, serve }),
            Step::Reset(slot) => self.card.span_request(now, SpanRequest::RestartCircuit { slot }),
            Step::Alarm(los) => self.card.alarm(now, Alarms { los, ..Alarms::default() }),
        }
        self.drain();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any history, when telephones are put down, callers have given up and the exchange has released, nothing is seized, each leg has
    /// had its last word, and the card serves the next call.
    #[test]
    fn every_history_ends_idle(steps in proptest::collection::vec(step(), 1..80)) {
        let mut history =
            History { card: card(), now: Monotonic(0), legs: Vec::new(), over: BTreeSet::new(), next: 1000 };
        history.wait(1);
        steps.into_iter().for_each(|step| history.play(step));
        history.play(Step::Alarm(false));
        for slot in 1..7 {
            for seen in [Seen::OnHook, Seen::Ring { on: false }, Seen::Battery { feeding: true }] {
                history.play(Step::See(slot, seen));
            }
            history.play(Step::Serve(slot, true));
        }
        for _ in 0..2 {
            for leg in history.legs.clone() {
                history.card.request(history.now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
                history.drain();
            }
            history.wait(200_000);
        }
        prop_assert_eq!(history.card.seized(), 0);
        for leg in &history.legs {
            prop_assert!(history.over.contains(leg), "{} never had its last word", leg);
        }
        prop_assert_eq!(history.card.deadline(), None, "a timer runs in a rest state");
        history.play(Step::See(1, Seen::OffHook));
        prop_assert_eq!(history.card.seized(), 1);
        history.play(Step::Dial(4));
        prop_assert_eq!(history.card.seized(), 2);
    }
}
