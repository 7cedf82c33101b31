//! LIN-04: a network and its terminals that do anything at any time over a bus that loses frames, is unplugged and restarted: afterwards all are
//! idle.

mod bus;

use bri::Mode;
use bus::{Bus, End, NETWORK, config, digits};
use clock::Millis;
use identity::LegId;
use legs::{LegIndication, LegRequest, SpanRequest};
use numbering::{Cause, ClearCause};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    Dial {
        from: End,
        slot: u8,
        complete: bool,
    },
    Request {
        end: End,
        leg: usize,
        request: u8,
    },
    Wait(u64),
    Unplug(End, bool),
    Loss(u64),
    Restart {
        end: End,
        slot: u8,
    },
    /// Octets of nobody, to that end.
    Garbage {
        to: End,
        frame: Vec<u8>,
    },
    /// TEI management and call control by somebody who knows how frames look.
    Forged {
        to: End,
        tei: u8,
        management: bool,
        content: Vec<u8>,
    },
}

fn end() -> impl Strategy<Value = End> {
    0usize..4
}

fn step() -> impl Strategy<Value = Step> {
    let octets = || proptest::collection::vec(any::<u8>(), 0..24);
    prop_oneof![
        4 => (end(), 0u8..4, any::<bool>()).prop_map(|(from, slot, complete)| Step::Dial { from, slot, complete }),
        10 => (end(), any::<usize>(), any::<u8>()).prop_map(|(end, leg, request)| Step::Request { end, leg, request }),
        5 => prop_oneof![0u64..40, 0u64..20_000].prop_map(Step::Wait),
        1 => (end(), any::<bool>()).prop_map(|(end, apart)| Step::Unplug(end, apart)),
        1 => (0u64..300).prop_map(Step::Loss),
        1 => (end(), 0u8..4).prop_map(|(end, slot)| Step::Restart { end, slot }),
        1 => (end(), octets()).prop_map(|(to, frame)| Step::Garbage { to, frame }),
        1 => (end(), 60u8..70, any::<bool>(), octets())
            .prop_map(|(to, tei, management, content)| Step::Forged { to, tei, management, content }),
    ]
}

fn any_request(choice: u8) -> LegRequest {
    let cause = ClearCause::ours(Cause::NormalClearing);
    let inband = choice & 0x80 != 0;
    match choice % 11 {
        0 => LegRequest::MoreDigits,
        1 => LegRequest::Proceeding,
        2 | 3 => LegRequest::Alerting { inband },
        4 | 5 => LegRequest::Answer { connected: None },
        6 => LegRequest::Digits { digits: digits("7"), complete: inband },
        7 => LegRequest::Disconnect { cause, inband },
        8 => LegRequest::Release { cause },
        9 => LegRequest::Progress { inband, cause: None },
        _ => LegRequest::Hold,
    }
}

fn play(bus: &mut Bus, step: Step) {
    let ends = bus.spans.len();
    let now = bus.now;
    match step {
        Step::Dial { from, slot, complete } => {
            bus.dial_with(from % ends, slot, legs::Setup { complete, ..bus::plain_setup("8001") });
        }
        Step::Request { end, leg, request } => {
            let end = end % ends;
            let legs: Vec<LegId> = bus.heard.iter().filter(|(e, ..)| *e == end).map(|(_, leg, _)| *leg).collect();
            if !legs.is_empty() {
                bus.request(end, legs[leg % legs.len()], any_request(request));
            }
        }
        Step::Wait(millis) => bus.after(Millis(millis)),
        Step::Unplug(end, true) => {
            bus.wire.unplugged.insert(end % ends);
        }
        Step::Unplug(end, false) => {
            bus.wire.unplugged.remove(&(end % ends));
        }
        Step::Loss(loss) => bus.wire.loss = loss,
        Step::Restart { end, slot: 0 } => bus.ask_span(end % ends, SpanRequest::RestartSpan),
        Step::Restart { end, slot } => bus.ask_span(end % ends, SpanRequest::RestartCircuit { slot }),
        Step::Garbage { to, frame } => bus.spans[to % ends].receive_frame(now, &frame),
        Step::Forged { to, tei, management, content } => {
            let to = to % ends;
            let command = u8::from(to != NETWORK) << 1;
            let head =
                if management { [0xfc | command, 0xff, 0x03, 0x0f] } else { [command, tei << 1 | 1, 0x03, 0x08] };
            bus.spans[to].receive_frame(now, &[&head[..], &content[..]].concat());
        }
    }
}

/// Each channel that is seized has one leg, and each leg that has a channel has seized it.
fn no_channel_has_two_owners(bus: &Bus) {
    for span in &bus.spans {
        let slots: BTreeSet<u8> = span.circuits().map(|(_, slot)| slot).collect();
        assert_eq!(slots.len(), span.circuits().count());
        assert_eq!(slots.len(), span.seized());
    }
}

fn expect_one_last_word(bus: &Bus) {
    for (at, (end, leg, said)) in bus.heard.iter().enumerate() {
        let after = bus.heard[at + 1..].iter().filter(|(e, l, _)| (e, l) == (end, leg)).count();
        if let LegIndication::Released { .. } = said {
            assert_eq!(after, 0, "end {end} {leg} spoke after its last word");
        }
    }
}

/// The line is whole again after all that.
fn after_history(configs: Vec<bri::Config>, seed: u64, steps: Vec<Step>) -> Bus {
    let configs = configs
        .into_iter()
        .map(|config| bri::Config { overlap_receiving: true, overlap_sending: true, trace: true, ..config })
        .collect();
    let mut bus = Bus::of(configs);
    bus.wire.reseed(seed);
    for step in steps {
        play(&mut bus, step);
        no_channel_has_two_owners(&bus);
    }
    bus.wire.loss = 0;
    bus.wire.unplugged.clear();
    bus
}

fn expect_idle(bus: &mut Bus) {
    expect_one_last_word(bus);
    bus.expect_quiet();
    // And the line works.
    let terminal = bus.spans.len() - 1;
    let call = bus.dial(terminal, 1, "9001");
    bus.moment();
    let leg = bus.incoming(NETWORK);
    bus.answer(NETWORK, leg);
    bus.moment();
    assert!(bus.answered(terminal, call));
    bus.release(terminal, call, Cause::NormalClearing);
    bus.after(Millis::secs(10));
    bus.expect_quiet();
}

fn every_history_ends_idle(configs: Vec<bri::Config>, seed: u64, steps: Vec<Step>) {
    let mut bus = after_history(configs, seed, steps);
    bus.hang_up_all();
    bus.after(Millis::secs(60));
    bus.hang_up_all();
    bus.after(Millis::secs(600));
    expect_idle(&mut bus);
}

/// One side says something to each call, as an exchange does, and never hangs up; the other hangs up.
fn hung_up_at_one_side(configs: Vec<bri::Config>, network: bool, seed: u64, steps: Vec<Step>) {
    let mut bus = after_history(configs, seed, steps);
    let (here, there): (Vec<End>, Vec<End>) = (0..bus.spans.len()).partition(|end| (*end == NETWORK) == network);
    bus.after(Millis::secs(60));
    for end in there {
        for leg in bus.incoming_all(end) {
            bus.request(end, leg, LegRequest::Proceeding);
        }
    }
    bus.after(Millis::secs(60));
    here.iter().for_each(|end| bus.hang_up_all_at(*end));
    bus.after(Millis::secs(600));
    expect_idle(&mut bus);
}

fn passive_bus(terminals: usize) -> Vec<bri::Config> {
    (0..=terminals).map(|end| config(end, Mode::PointToMultipoint)).collect()
}

/// A terminal that is away while the network takes all TEIs back has its own still when it is plugged in again, and the next to ask was given
/// the same one.
#[test]
fn a_terminal_that_was_away_has_an_old_tei() {
    for slot in [0, 1] {
        let steps = vec![Step::Unplug(1, true), Step::Restart { end: NETWORK, slot }, Step::Wait(40)];
        hung_up_at_one_side(passive_bus(2), false, 154_705_966, steps.clone());
        every_history_ends_idle(passive_bus(2), 154_705_966, steps);
    }
}

/// Frames are lost while the network and a terminal take back their channels, and one more call is begun.
#[test]
fn restarts_on_a_bad_line() {
    let dial = |from, slot| Step::Dial { from, slot, complete: false };
    let steps = vec![
        Step::Wait(1341),
        dial(3, 2),
        dial(0, 1),
        Step::Wait(15),
        Step::Wait(2674),
        Step::Restart { end: 1, slot: 2 },
        Step::Loss(156),
        Step::Restart { end: 0, slot: 2 },
        Step::Request { end: 2, leg: 619_402_072_911_653_376, request: 108 },
        Step::Wait(10),
        dial(0, 2),
        Step::Loss(228),
        Step::Wait(7020),
    ];
    hung_up_at_one_side(passive_bus(2), true, 5_553_363_556_739_425_037, steps);
}

/// A terminal's release is lost, and so is the network's, on a line that loses a quarter of its frames.
#[test]
fn both_releases_are_lost() {
    let dial = |from, slot| Step::Dial { from, slot, complete: false };
    let steps = vec![
        dial(0, 1),
        Step::Wait(7021),
        dial(1, 2),
        Step::Wait(10_059),
        Step::Request { end: 2, leg: 0, request: 232 },
        Step::Loss(267),
        Step::Request { end: 1, leg: 11_841_093_949_872_092_768, request: 88 },
        Step::Wait(4050),
    ];
    hung_up_at_one_side(passive_bus(2), true, 5_209_974_573_492_134_489, steps);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any history on a bus with one to three terminals, when everybody has hung up and the line is whole again, nothing is seized.
    #[test]
    fn a_bus_ends_idle(terminals in 1usize..4, seed in any::<u64>(), steps in proptest::collection::vec(step(), 1..60)) {
        every_history_ends_idle(passive_bus(terminals), seed, steps);
    }

    /// The same of a line point to point.
    #[test]
    fn a_line_point_to_point_ends_idle(seed in any::<u64>(), steps in proptest::collection::vec(step(), 1..60)) {
        every_history_ends_idle((0..=1).map(|end| config(end, Mode::PointToPoint)).collect(), seed, steps);
    }

    /// Whatever happened, it is enough that the network, or all terminals, hang up: the other side keeps no call that the first does not have.
    #[test]
    fn hung_up_at_one_side_every_call_ends_at_both(
        network in any::<bool>(),
        terminals in 1usize..4,
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        hung_up_at_one_side(passive_bus(terminals), network, seed, steps);
    }
}
