//! Sixty call attempts a second on the D-channels of two spans: each SETUP must have its first answer within T303.

use crate::box_under_test::{BoxUnderTest, box_wire, digits, far_wire, settings_with_telephones};
use crate::far_end::FarEnd;
use crate::machine;
use crate::report::{Row, Trouble, percentile};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, QueueId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::Output;
use numbering::{Cause, ClearCause, PartyNumber};
use settings::{Announcements, Overflow, QueueSettings, ServiceRoute, Settings, Strategy};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Attempts a second on both spans together.
const RATE: u64 = 60;

/// Q.931 table 9-1.
const T303: Millis = Millis(4000);

/// After the last attempt, so long for the last answers and clearings.
const REST: Millis = Millis::secs(6);

const SERVICE: &str = "4001";

struct Attempt {
    circuit: CircuitId,
    sent: Monotonic,
    answered: bool,
}

#[derive(Default)]
struct Tally {
    made: u64,
    no_channel: u64,
    responses: Vec<f64>,
    failed: u64,
}

struct Load {
    far: FarEnd,
    ids: LegIds,
    attempts: BTreeMap<LegId, Attempt>,
    busy: BTreeSet<CircuitId>,
    tally: Tally,
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let seconds = if quick { 10 } else { 60 };
    let tested = BoxUnderTest::start(&settings())?;
    let mut far = FarEnd::open(&[(far_wire(1), box_wire(1)), (far_wire(2), box_wire(2))])?;
    far.wait_up(2, Duration::from_secs(30)).map_err(|trouble| format!("{trouble}\n{}", tested.log()))?;
    let ids = LegIds::of(LegIds::EXCHANGE);
    let mut load = Load { far, ids, attempts: BTreeMap::new(), busy: BTreeSet::new(), tally: Tally::default() };
    let (began, before) = (Instant::now(), machine::process_seconds(tested.process()));
    load.attempt_for(Millis::secs(seconds));
    let share = (machine::process_seconds(tested.process()) - before) / began.elapsed().as_secs_f64();
    let Load { attempts, mut tally, .. } = load;
    let made = tally.made as f64;
    let in_time = tally.responses.iter().filter(|wait| **wait <= T303.0 as f64).count() as f64;
    let t303 = T303.0 as f64;
    let rate = made / seconds as f64;
    Ok(vec![
        Row::at_least("attempts a second", rate, "1/s", ("asked for", RATE as f64), 0.999),
        Row::at_least("SETUPs answered within T303", in_time, "calls", ("attempts", made), 1.0),
        Row::at_most("worst answer", percentile(&mut tally.responses, 1.0), "ms", ("T303", t303), 1.0),
        Row::figure("answer, 99th percentile", percentile(&mut tally.responses, 0.99), "ms", ("T303", t303)),
        Row::figure("answer, median", percentile(&mut tally.responses, 0.5), "ms", ("T303", t303)),
        Row::at_most("calls never cleared", attempts.len() as f64, "calls", ("attempts", made), 0.0),
        Row::at_most("attempts refused or failed", tally.failed as f64, "calls", ("attempts", made), 0.0),
        Row::at_most("attempts without a free channel", tally.no_channel as f64, "calls", ("attempts", made), 0.0),
        Row::figure("daemon", share, "core", ("one core", 1.0)),
    ])
}

/// A service that leads to a queue: the call is taken and answered with music.
fn settings() -> Settings {
    let queue = QueueSettings {
        id: QueueId(1),
        name: "Orders".into(),
        needs: vec![],
        strategy: Strategy::LongestIdle,
        priority: 5,
        ageing_seconds: 60,
        ring_seconds: 20,
        busy_after_no_answers: 0,
        wrap_up_seconds: 1,
        wrap_up_codes: vec![],
        music: String::new(),
        announcements: Announcements::default(),
        max_waiting: 0,
        max_wait_seconds: 0,
        overflow: Overflow::Release,
        goal_percent: 80,
        goal_seconds: 20,
    };
    let target = settings::Target::Queue(QueueId(1));
    let mut settings = settings_with_telephones(1);
    settings.services = vec![ServiceRoute { pattern: SERVICE.into(), name: "Orders".into(), target }];
    settings.queues = vec![queue];
    settings
}

impl Load {
    fn attempt_for(&mut self, duration: Millis) {
        let start = self.far.now();
        loop {
            let now = self.far.turn();
            let passed = now.since(start);
            self.hear(now);
            let due = (passed.0.min(duration.0) * RATE).div_ceil(1000);
            while self.tally.made + self.tally.no_channel < due {
                self.attempt(now);
            }
            self.hear(now);
            if passed > duration + REST || (passed > duration && self.attempts.is_empty()) {
                return;
            }
        }
    }

    /// Spans take turns.
    fn attempt(&mut self, now: Monotonic) {
        let span = SpanId(1 + (self.tally.made % 2) as u16);
        let slots = (1..=31).filter(|slot| *slot != 16).map(|slot| CircuitId { span, slot });
        let Some(circuit) = slots.into_iter().find(|circuit| !self.busy.contains(circuit)) else {
            self.tally.no_channel += 1;
            return;
        };
        self.busy.insert(circuit);
        self.tally.made += 1;
        let leg = self.ids.allocate();
        self.attempts.insert(leg, Attempt { circuit, sent: now, answered: false });
        let calling = Some(PartyNumber::plain(digits("13800138000")));
        let setup = Setup { called: PartyNumber::plain(digits(SERVICE)), complete: true, calling, ..Setup::default() };
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit), answer_at_once: false };
        self.far.lines.request(now, span, leg, LegRequest::Setup(Box::new(outgoing)));
    }

    fn hear(&mut self, now: Monotonic) {
        while let Some(output) = self.far.lines.poll() {
            if let Output::Leg { span, leg, indication } = output {
                self.leg_says(now, span, leg, &indication);
            }
        }
    }

    /// The first answer ends the wait, and the customer hangs up.
    fn leg_says(&mut self, now: Monotonic, span: SpanId, leg: LegId, indication: &LegIndication) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let first = !std::mem::replace(&mut attempt.answered, true);
        match indication {
            LegIndication::Released { .. } => {
                self.busy.remove(&attempt.circuit);
                self.attempts.remove(&leg);
                self.tally.failed += u64::from(first);
            }
            LegIndication::CircuitChanged { circuit } => {
                attempt.answered = !first;
                self.busy.remove(&attempt.circuit);
                self.busy.insert(*circuit);
                attempt.circuit = *circuit;
            }
            _ if first => {
                self.tally.responses.push(now.since(attempt.sent).0 as f64);
                let cause = ClearCause::ours(Cause::NormalClearing);
                self.far.lines.request(now, span, leg, LegRequest::Release { cause });
            }
            _ => {}
        }
    }
}
