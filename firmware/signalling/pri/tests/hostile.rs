//! LIN-03: two spans that do anything at any time over a line that loses frames and breaks: afterwards both are idle.

mod pair;

use clock::Millis;
use identity::LegId;
use legs::{LegIndication, LegRequest, SpanRequest};
use numbering::{Cause, ClearCause};
use pair::{End, Pair, config, digits};
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
    Cut(bool),
    /// Nothing reaches this end.
    Deaf(Option<End>),
    Loss(u64),
    Restart {
        end: End,
        slot: u8,
    },
    Garbage {
        to: End,
        frame: Vec<u8>,
    },
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::User), Just(End::Network)]
}

/// Few slots, so that calls collide.
fn slot() -> impl Strategy<Value = u8> {
    1u8..5
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (end(), slot(), any::<bool>()).prop_map(|(from, slot, complete)| Step::Dial { from, slot, complete }),
        8 => (end(), any::<usize>(), any::<u8>()).prop_map(|(end, leg, request)| Step::Request { end, leg, request }),
        4 => prop_oneof![0u64..20, 0u64..40_000].prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::Cut),
        1 => proptest::option::of(end()).prop_map(Step::Deaf),
        1 => (0u64..300).prop_map(Step::Loss),
        1 => (end(), 0u8..6).prop_map(|(end, slot)| Step::Restart { end, slot }),
        1 => (end(), proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(to, frame)| Step::Garbage { to, frame }),
    ]
}

fn any_request(choice: u8) -> LegRequest {
    let cause = ClearCause::ours(Cause::NormalClearing);
    let inband = choice & 0x80 != 0;
    match choice % 11 {
        0 => LegRequest::MoreDigits,
        1 => LegRequest::Proceeding,
        2 => LegRequest::Alerting { inband },
        3 => LegRequest::Progress { inband, cause: None },
        4 | 5 => LegRequest::Answer { connected: None },
        6 => LegRequest::Digits { digits: digits("7"), complete: inband },
        7 => LegRequest::Disconnect { cause, inband },
        8 => LegRequest::Release { cause },
        9 => LegRequest::Hold,
        _ => LegRequest::Retrieve,
    }
}

fn play(pair: &mut Pair, step: Step) {
    match step {
        Step::Dial { from, slot, complete } => {
            pair.dial_with(from, slot, legs::Setup { complete, ..pair::plain_setup("8001") });
        }
        Step::Request { end, leg, request } => {
            let legs: Vec<LegId> = pair.heard.iter().filter(|(e, ..)| *e == end).map(|(_, leg, _)| *leg).collect();
            if !legs.is_empty() {
                pair.request(end, legs[leg % legs.len()], any_request(request));
            }
        }
        Step::Wait(millis) => pair.after(Millis(millis)),
        Step::Cut(cut) => pair.wire.cut = cut,
        Step::Deaf(end) => pair.wire.deaf = end,
        Step::Loss(loss) => pair.wire.loss = loss,
        Step::Restart { end, slot: 0 } => pair.ask_span(end, SpanRequest::RestartSpan),
        Step::Restart { end, slot } => pair.ask_span(end, SpanRequest::RestartCircuit { slot }),
        Step::Garbage { to, frame } => {
            let now = pair.now;
            pair.span_mut(to).receive_frame(now, &frame);
        }
    }
}

/// Each circuit that is seized has one leg, and each leg that has a circuit has seized it.
fn no_circuit_has_two_owners(pair: &Pair) {
    for end in [End::User, End::Network] {
        let slots: BTreeSet<u8> = pair.span(end).circuits().map(|(_, slot)| slot).collect();
        assert_eq!(slots.len(), pair.span(end).circuits().count());
        assert_eq!(slots.len(), pair.span(end).seized());
    }
}

fn expect_one_last_word(pair: &Pair) {
    for (at, (end, leg, _)) in pair.heard.iter().enumerate() {
        let after = pair.heard[at + 1..].iter().filter(|(e, l, _)| (e, l) == (end, leg)).count();
        if let LegIndication::Released { .. } = pair.heard[at].2 {
            assert_eq!(after, 0, "{end:?} {leg} spoke after its last word");
        }
    }
}

/// The line is whole again after all that.
fn after_history(seed: u64, steps: Vec<Step>) -> Pair {
    let (mut user, mut network) = (config(End::User), config(End::Network));
    for it in [&mut user, &mut network] {
        it.overlap_receiving = true;
        it.overlap_sending = true;
        it.trace = true;
    }
    let mut pair = Pair::with(user, network);
    pair.wire.reseed(seed);
    for step in steps {
        play(&mut pair, step);
        no_circuit_has_two_owners(&pair);
    }
    pair.wire.cut = false;
    pair.wire.deaf = None;
    pair.wire.loss = 0;
    pair
}

fn expect_idle(pair: &mut Pair) {
    expect_one_last_word(pair);
    // A leg that asked nothing and heard nothing yet is not in the list: outgoing ones always hear their release.
    pair.expect_quiet();
    let (caller, _) = pair.talk(End::User, 1);
    pair.release(End::User, caller, Cause::NormalClearing);
    pair.moment();
    pair.expect_quiet();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any history, when everybody has hung up and the line is whole again, no circuit is seized and each leg was released once.
    #[test]
    fn every_history_ends_idle(seed in any::<u64>(), steps in proptest::collection::vec(step(), 1..60)) {
        let mut pair = after_history(seed, steps);
        pair.hang_up_all();
        pair.after(Millis::secs(60));
        pair.hang_up_all();
        pair.after(Millis::secs(600));
        expect_idle(&mut pair);
    }

    /// Whatever the line did to either end, it is enough that one end hangs up its calls: the other keeps none that the first does not have.
    #[test]
    fn hung_up_at_one_end_every_call_ends_at_both(at in end(), seed in any::<u64>(), steps in proptest::collection::vec(step(), 1..60)) {
        let mut pair = after_history(seed, steps);
        // An exchange says something to each call that comes in.
        pair.after(Millis::secs(60));
        pair.proceed_all_at(at.other());
        pair.after(Millis::secs(60));
        pair.hang_up_all_at(at);
        pair.after(Millis::secs(600));
        expect_idle(&mut pair);
    }
}

/// LIN-03: the peer moves a call to a channel that we cannot give, and cannot be told so; when the channel that we had asked for is restarted,
/// the call that waits for its release has nothing on it (5.2.3.1, 5.5).
#[test]
fn a_call_moved_to_a_channel_that_it_cannot_have_keeps_none() {
    let dial = |slot| Step::Dial { from: End::User, slot, complete: false };
    let steps = vec![
        Step::Restart { end: End::Network, slot: 0 },
        dial(4),
        Step::Wait(5),
        dial(4),
        Step::Wait(5),
        dial(1),
        Step::Deaf(Some(End::Network)),
        Step::Request { end: End::Network, leg: 1297157256570212881, request: 0 },
        Step::Wait(5),
        Step::Restart { end: End::User, slot: 4 },
    ];
    let mut pair = after_history(0, steps);
    pair.hang_up_all();
    pair.after(Millis::secs(600));
    expect_idle(&mut pair);
}

/// LIN-03: a channel is restarted while the peer has the call on another one, which it could not say: the call ends at both ends (5.5).
#[test]
fn a_restart_ends_a_call_that_the_peer_has_elsewhere() {
    let mut pair = after_history(
        0,
        vec![
            Step::Deaf(Some(End::User)),
            Step::Restart { end: End::Network, slot: 2 },
            Step::Dial { from: End::User, slot: 2, complete: false },
            Step::Wait(4000),
            Step::Request { end: End::Network, leg: 0, request: 1 },
        ],
    );
    pair.after(Millis::secs(60));
    assert_eq!(pair.span(End::Network).legs(), 0);
    pair.hang_up_all_at(End::User);
    pair.after(Millis::secs(600));
    expect_idle(&mut pair);
}
