//! Calls that go as they should.

use crate::town::{PACE, Town, china, circuit, cleared};
use clock::Monotonic;
use legs::{LegIndication, Origin};
use r2::{Config, Length, Variant, Wants};

/// Milliseconds from the seizure to the answer of one call that the called end answers as soon as it knows of it.
fn seize_to_answer(config: &Config, called: &str, calling: Option<&str>) -> u64 {
    let mut town = Town::new(config, 28);
    let begin = town.now;
    let caller = town.dial(0, 3, called, calling);
    let mut came = Vec::new();
    while !town.answered(0, caller) {
        town.turn();
        came.extend(town.answer_all(1));
        assert!(town.now.since(begin).0 < 10_000, "{:?}", town.ends[0].legs);
    }
    let (_, incoming) = came.first().expect("a call came");
    assert_eq!(incoming.setup.called.digits.as_str(), called);
    let number = incoming.setup.calling.as_ref().map(|calling| calling.digits.as_str());
    assert_eq!(number, calling.filter(|_| config.wants.caller));
    assert_eq!(incoming.origin, Origin::Circuit(circuit(3)));
    town.now.since(begin).0
}

/// LIN-01, LIN-08: China No. 1 with both numbers, over bits of timeslot 16 and tones in the speech path.
#[test]
fn a_call_by_china_no_1() {
    let took = seize_to_answer(&china(8, false), "62345678", Some("13812345678"));
    println!("{took}");
    println!("{took}");
    assert!(took < 1200, "{took} ms without the caller's number");
    let took = seize_to_answer(&china(8, true), "62345678", Some("13812345678"));
    println!("{took}");
    println!("{took}");
    assert!(took < 3000, "{took} ms with the caller's number");
}

/// Every network's variant carries both numbers, of fixed length and digit by digit.
#[test]
fn a_call_by_each_variant() {
    for variant in Variant::ALL {
        for called in [Length::Fixed(4), Length::Asked] {
            let wants = Wants { called, caller: true, caller_after: 0 };
            let config = Config { wants, ..Config::new(crate::town::SPAN, variant) };
            match called {
                Length::Fixed(_) => {
                    seize_to_answer(&config, "8001", Some("02112345"));
                }
                Length::Asked => digit_by_digit(&config),
            }
        }
    }
}

/// The exchange says when the number is complete.
fn digit_by_digit(config: &Config) {
    let mut town = Town::new(config, 28);
    let caller = town.dial(0, 1, "8001", Some("02112345"));
    let (mut heard, mut leg) = (String::new(), None);
    for _ in 0..6000 / PACE {
        town.turn();
        for (from, indication) in std::mem::take(&mut town.ends[1].legs) {
            match indication {
                LegIndication::Setup(incoming) => {
                    assert_eq!(incoming.setup.calling.map(|c| c.digits.to_string()).as_deref(), Some("02112345"));
                    heard.push_str(incoming.setup.called.digits.as_str());
                    leg = Some(from);
                }
                LegIndication::Digits { digits, .. } => heard.push_str(digits.as_str()),
                other => panic!("{other:?}"),
            }
            let answer = legs::LegRequest::Answer { connected: None };
            let request = if heard.len() < 4 { legs::LegRequest::MoreDigits } else { answer };
            town.request(1, from, request);
        }
        if town.answered(0, caller) {
            break;
        }
    }
    assert_eq!((heard.as_str(), town.answered(0, caller)), ("8001", true), "{}", config.variant.name);
    assert!(leg.is_some());
}

/// Speech goes through octet by octet once the call is answered, and not before: registers are not heard by the callers.
#[test]
fn speech_is_the_callers_own() {
    let mut town = Town::new(&china(8, true), 28);
    let mut loudest = 0;
    town.dial(0, 5, "62345678", None);
    for _ in 0..2500 / PACE {
        town.ends[0].cards.spoken(circuit(5)).fill(0x2a);
        town.turn();
        town.answer_all(1);
        let heard = town.ends[0].cards.heard(circuit(5));
        loudest = heard.iter().map(|octet| pcm::alaw::decode(*octet).unsigned_abs()).max().unwrap_or(0).max(loudest);
    }
    assert_eq!(town.ends[1].cards.heard(circuit(5)), [0x2a; 8 * PACE as usize]);
    assert!(loudest < 100, "a signal of a register is heard: {loudest}");
}

/// LIN-01: thirty calls at once on one span, ten times, all of them complete and end.
#[test]
fn thirty_calls_at_once_ten_times() {
    let mut town = Town::new(&china(8, true), 28);
    for round in 0..10 {
        let begin = town.now;
        let slots = (1..=15).chain(17..=31u8);
        // Odd rounds from the other end, and even timeslots of each round from either.
        let from = |slot: u8| usize::from((slot + round) % 2);
        let callers: Vec<_> = slots
            .map(|slot| (from(slot), town.dial(from(slot), slot, &format!("6234{slot:04}"), Some("13812345678"))))
            .collect();
        let done = |town: &Town| callers.iter().all(|(end, leg)| town.answered(*end, *leg));
        while !done(&town) && town.now.since(begin).0 < 6000 {
            town.turn();
            (0..2).for_each(|end| drop(town.answer_all(end)));
        }
        assert!(done(&town), "round {round} at {:?}: {:?}", town.now, town.ends[0].legs);
        assert_eq!(town.up(), [30, 30]);
        callers.iter().for_each(|(end, leg)| town.request(*end, *leg, cleared()));
        town.after(500);
        assert_eq!(town.up(), [0, 0], "round {round}");
        town.ends.iter_mut().for_each(|end| end.legs.clear());
    }
    assert!(town.now > Monotonic(0));
    let lost = |end: usize| town.ends[end].lines.health(crate::town::SPAN).map(|health| health.lost_to_rings);
    assert_eq!([lost(0), lost(1)], [Some(0), Some(0)]);
}
