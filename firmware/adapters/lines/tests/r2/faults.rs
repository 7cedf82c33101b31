//! Bad lines: calls end cleanly or survive as the standard says, and nothing stays seized.

use crate::path::Path;
use crate::town::{Town, china, cleared};
use chassis::Fault;
use legs::{LegIndication, SpanIndication};
use numbering::Cause;

/// Both ends are idle, and a call goes through.
fn serves_again(town: &mut Town) {
    assert_eq!(town.up(), [0, 0], "{:?} {:?}", town.ends[0].legs, town.ends[1].legs);
    town.ends.iter_mut().for_each(|end| end.legs.clear());
    let [caller, _] = town.talk(9);
    town.request(0, caller, cleared());
    town.after(500);
    assert_eq!(town.up(), [0, 0]);
}

/// LIN-01: a bit in a thousand of timeslot 16 is wrong: calls come up, stand, and end by their own parties only.
#[test]
fn bit_errors_on_timeslot_16() {
    for seed in 1..6 {
        let mut town = Town::new(&china(8, true), seed);
        (0..2).for_each(|end| town.fault(end, Fault::SignallingErrors(1000)));
        let mut callers = Vec::new();
        for slot in 1..=12 {
            callers.push(town.talk(slot)[0]);
        }
        town.after(60_000);
        assert_eq!(town.up(), [12, 12], "seed {seed}: {:?}", town.ends[0].legs);
        callers.iter().for_each(|leg| town.request(0, *leg, cleared()));
        town.after(3000);
        serves_again(&mut town);
    }
}

/// Clocks that differ slip a frame now and then, in registers as in speech: no call suffers.
#[test]
fn slips_at_any_moment() {
    for every in [2003, -2003, 4001, -4001, 20_011] {
        let mut town = Town::new(&china(8, true), 28);
        (0..2).for_each(|end| town.fault(end, Fault::Drift(every)));
        let callers: Vec<_> = (1..=10).map(|slot| town.talk(slot)[0]).collect();
        town.after(5000);
        assert_eq!(town.up(), [10, 10], "a slip each {every} frames: {:?}", town.ends[0].legs);
        callers.iter().for_each(|leg| town.request(0, *leg, cleared()));
        town.after(1000);
        serves_again(&mut town);
    }
}

/// LIN-05: three seconds without a signal end the calls of the span at both ends; once it is back it serves as before.
#[test]
fn three_seconds_of_los_in_mid_call() {
    for deaf in [0, 1] {
        let mut town = Town::new(&china(8, true), 28);
        for slot in [1, 2, 17] {
            town.talk(slot);
        }
        // And one in the middle of its digits.
        town.dial(1, 31, "62345678", None);
        town.after(400);
        town.fault(deaf, Fault::Cut(true));
        town.after(3000);
        town.fault(deaf, Fault::Cut(false));
        town.after(4000);
        let released = |end: usize| {
            let gone = |(_, what): &&(_, LegIndication)| matches!(what, LegIndication::Released { .. });
            town.ends[end].legs.iter().filter(gone).count()
        };
        // The call in its digits was not known to the called end's exchange yet.
        assert_eq!([released(0), released(1)], [3, 4], "{:?} {:?}", town.ends[0].legs, town.ends[1].legs);
        for end in &town.ends {
            assert!(end.told.contains(&SpanIndication::Down) && end.told.last() != Some(&SpanIndication::Down));
        }
        serves_again(&mut town);
    }
}

/// A burst of a second is worth no alarm: calls stand.
#[test]
fn a_second_of_los_in_mid_call() {
    let mut town = Town::new(&china(8, true), 28);
    let [caller, _] = town.talk(1);
    town.fault(1, Fault::Cut(true));
    town.after(1000);
    town.fault(1, Fault::Cut(false));
    town.after(3000);
    assert_eq!(town.up(), [1, 1]);
    town.request(0, caller, cleared());
    town.after(1000);
    serves_again(&mut town);
}

/// LIN-06: both ends seize every timeslot at once, or nearly: nobody's call stays on one, and each is idle again.
#[test]
fn both_ends_seize_at_once() {
    for apart in [0, 5, 10, 20, 30, 60] {
        let mut town = Town::new(&china(8, true), 28);
        for slot in 1..=10 {
            town.dial(0, slot, "62345678", Some("13812345678"));
        }
        town.after(apart);
        for slot in 1..=10 {
            town.dial(1, slot, "62345678", Some("13812345678"));
        }
        town.after(5000);
        for end in 0..2 {
            let came: Vec<_> = town.answer_all(end).into_iter().map(|(leg, _)| leg).collect();
            came.into_iter().for_each(|leg| town.request(end, leg, cleared()));
            let ours: Vec<_> = town.ends[end].lines.legs(crate::town::SPAN).into_iter().flatten().collect();
            ours.into_iter().for_each(|(leg, _)| town.request(end, leg, cleared()));
        }
        town.after(5000);
        serves_again(&mut town);
    }
}

/// Ten slips a second, one in each signal or two (Q.455 has receivers outlive what a line does to the phase): every number comes through whole.
#[test]
fn slips_ten_times_a_second() {
    for every in [797, -797, 803, -803] {
        let mut town = Town::new(&china(8, true), 28);
        (0..2).for_each(|end| town.fault(end, Fault::Drift(every)));
        for slot in (1..=15).chain(17..=31) {
            assert_eq!(town.call_through(slot), ["62345678", "02112345678"], "a slip each {every} frames, {slot}");
        }
        assert_eq!(town.up(), [30, 30], "a slip each {every} frames");
        let callers: Vec<_> = town.ends[0].lines.legs(crate::town::SPAN).into_iter().flatten().collect();
        callers.into_iter().for_each(|(leg, _)| town.request(0, leg, cleared()));
        town.after(3000);
        serves_again(&mut town);
    }
}

/// LIN-01: the speech path is long and bad: it weakens by 6 dB and more towards one edge of the band, by 4 dB over the forward group, brings each end its
/// own signals back 20 dB below what it sent, and noise: every number comes through whole.
#[test]
fn echo_and_twist_on_the_speech_path() {
    for (seed, tilt) in [(1, 0.5), (2, -0.2), (3, 0.5)] {
        let echo_millis = 5 + 9 * seed as usize;
        let path = Path { gain_db: -6.0, tilt, echo_db: -20.0, echo_millis, noise_dbm0: -45.0 };
        let mut town = Town::over(&china(8, true), seed, Some(path));
        for slot in (1..=15).chain(17..=31) {
            assert_eq!(town.call_through(slot), ["62345678", "02112345678"], "{path:?} {slot}");
        }
        let callers: Vec<_> = town.ends[0].lines.legs(crate::town::SPAN).into_iter().flatten().collect();
        callers.into_iter().for_each(|(leg, _)| town.request(0, leg, cleared()));
        town.after(3000);
        serves_again(&mut town);
    }
}

/// LIN-01: a path so bad that no signal is recognised: every register gives up in its time, and nothing stays seized.
#[test]
fn a_speech_path_that_carries_no_signal() {
    let path = Path { gain_db: -50.0, tilt: 0.0, echo_db: -6.0, echo_millis: 20, noise_dbm0: -40.0 };
    let mut town = Town::over(&china(8, true), 1, Some(path));
    for slot in 1..=10 {
        town.dial(usize::from(slot % 2), slot, "62345678", None);
    }
    town.after(20_000);
    assert_eq!(town.ends[0].told.len() + town.ends[1].told.len(), 2, "each span came up, and no circuit is blocked");
    assert_eq!(town.up(), [0, 0], "{:?} {:?}", town.ends[0].legs, town.ends[1].legs);
    let causes = town.ends.iter().flat_map(|end| &end.legs).filter(|(_, what)| match what {
        LegIndication::Released { cause } => cause.cause == Cause::ProtocolError,
        _ => false,
    });
    assert_eq!(causes.count(), 10);
}
