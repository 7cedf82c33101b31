//! What is told of queues and agents, and what agents leave with their calls afterwards.

use crate::house::{House, closed, digits, entries};
use clock::{Millis, WallTime};
use identity::{AgentId, CallId, CircuitId, LegId, QueueId, SpanId};
use ledger::{Direction, Event, Outcome, Place, QueueExit, Record};
use std::collections::BTreeMap;
use store::{Amended, Amendment, CallFilter, Entry, IntervalQuery};

const QUARTER: i64 = 15 * 60 * 1000;
const DAY: i64 = 1_763_740_800_000;

/// A call in queue 1: when it came and left, how, and who answered; in seconds of the day.
fn visit(id: u64, came: i64, left: i64, why: QueueExit, agent: Option<u32>) -> Vec<Record> {
    let queue = QueueId(1);
    let mut events = vec![
        (
            came,
            Event::Began {
                leg: LegId(id),
                place: Place::Circuit(CircuitId { span: SpanId(1), slot: 5 }),
                port: None,
                calling: None,
                called: digits("4008001"),
                direction: Direction::Inbound,
            },
        ),
        (came, Event::Queued { queue }),
        (left, Event::LeftQueue { queue, why }),
    ];
    let mut outcome = Outcome::AbandonedInQueue;
    if let Some(agent) = agent.map(AgentId) {
        outcome = Outcome::Answered;
        events.push((left, Event::Connected { queue: Some(queue), agent }));
        events.push((left + 60, Event::WrapUpEnded { agent, code: Some("sold".into()), note: Some("红色".into()) }));
    }
    events.push((left + 60, Event::Closed { outcome }));
    let numbered = (0u32..).zip(events);
    let record = |(seq, (at, event))| Record { call: CallId(id), seq, at: WallTime(DAY + at * 1000), event };
    numbered.map(record).collect()
}

fn whole(records: &[Record]) -> Vec<Entry> {
    let cdr = cdr::fold(records).unwrap();
    entries(records).chain([closed(&cdr)]).collect()
}

/// ACD-13: each quarter of an hour of a queue is summed up from the ledger, and a box that starts again knows what its day was like.
#[test]
fn a_queue_by_quarters() {
    let house = House::new();
    house.record(whole(&visit(1, 0, 10, QueueExit::Connected, Some(1))));
    house.record(whole(&visit(2, 30, 80, QueueExit::Connected, Some(2))));
    house.record(whole(&visit(3, 800, 950, QueueExit::Abandoned, None)));
    house.record(whole(&visit(3, 800, 950, QueueExit::Abandoned, None)));
    let query = IntervalQuery {
        from: WallTime(DAY),
        to: WallTime(DAY + 96 * QUARTER),
        each: Millis(QUARTER as u64),
        goals: BTreeMap::from([(QueueId(1), Millis::secs(20)), (QueueId(2), Millis::secs(20))]),
    };
    let found = house.store.queue_intervals(&query).unwrap();
    let numbers = |place: usize| {
        let i = &found[place];
        (i.offered, i.answered, i.answered_in_goal, i.abandoned, i.waited_millis, i.longest_millis)
    };
    assert_eq!(found.iter().map(|i| i.from.0 - DAY).collect::<Vec<_>>(), [0, QUARTER]);
    assert_eq!((numbers(0), numbers(1)), ((3, 2, 1, 0, 60_000, 50_000), (0, 0, 0, 1, 0, 150_000)));
    let agents = house.store.calls_of_agents(query.from, query.to).unwrap();
    assert_eq!(agents, BTreeMap::from([(AgentId(1), 1), (AgentId(2), 1)]));
}

/// SEA-19: an agent mends code and note of its last call; the ledger keeps both, the record shows the new ones and is found by them.
#[test]
fn the_last_call_is_amended() {
    let house = House::new();
    house.record(whole(&visit(1, 0, 10, QueueExit::Connected, Some(1))));
    house.record(whole(&visit(2, 30, 80, QueueExit::Connected, Some(1))));
    let amend = |call: u64, code: &str, note: &str| {
        let amendment = Amendment {
            call: CallId(call),
            agent: AgentId(1),
            at: WallTime(DAY + 300_000),
            code: Some(code.into()),
            note: Some(note.into()),
        };
        let takes = |cdr: &cdr::Cdr| cdr.queue == Some(QueueId(1)) && cdr.wrap_up_code.is_some();
        house.store.amend_wrap_up(amendment, takes).unwrap()
    };
    let Amended::Done(cdr) = amend(2, "not sold", "wants blue") else { panic!("amended") };
    assert_eq!((cdr.wrap_up_code.as_deref(), cdr.wrap_up_note.as_deref()), (Some("not sold"), Some("wants blue")));
    assert_eq!(house.store.call(CallId(2)).unwrap(), Some(*cdr));
    let ledger = house.store.ledger(CallId(2)).unwrap();
    assert!(ledger.iter().any(|r| matches!(&r.event, Event::WrapUpEnded { note: Some(note), .. } if note == "红色")));
    assert!(matches!(ledger.last().unwrap().event, Event::WrapUpAmended { .. }));
    assert_eq!(amend(1, "sold", ""), Amended::NotTheLast);
    assert_eq!(amend(9, "sold", ""), Amended::NoSuchCall);
    let found = |words: &str| {
        let filter = CallFilter { wrap_up: Some(words.into()), page: 1, per_page: 10, ..CallFilter::default() };
        house.store.calls(&filter).unwrap().rows.iter().map(|cdr| cdr.call.0).collect::<Vec<_>>()
    };
    assert_eq!((found("blue"), found("红"), found("not sold"), found("sol")), (vec![2], vec![1], vec![2], vec![]));
    assert!(house.store.open_ledgers().unwrap().is_empty());
}
