//! LIN-03: what happens to calls when the line, the peer or the exchange makes trouble.

mod pair;

use clock::{Millis, Monotonic};
use lapd::{DataLink, DlIndication, DlRequest};
use legs::{Alarms, LegRequest, SpanIndication, SpanRequest};
use numbering::Cause;
use pair::{End, Pair, config};
use pri::{PriOutput, PriSpan};
use q931::{Message, MessageType};

/// The span is cut for 40 seconds: who talks keeps talking, who rings is released, and afterwards both ends agree.
#[test]
fn answered_calls_survive_a_short_cut() {
    let mut pair = Pair::new();
    let (caller, callee) = pair.talk(End::Network, 1);
    let ringing = pair.dial(End::Network, 2, "8002");
    pair.moment();
    let rung = pair.incoming(End::User);
    pair.request(End::User, rung, LegRequest::Alerting { inband: false });
    pair.moment();
    pair.wire.cut = true;
    pair.after(Millis::secs(40));
    assert!(pair.span_heard.contains(&(End::User, SpanIndication::Down)));
    assert_eq!((pair.released(End::Network, ringing).len(), pair.released(End::User, rung).len()), (1, 1));
    pair.wire.cut = false;
    pair.after(Millis::secs(20));
    assert_eq!(pair.span_heard.last().map(|(_, it)| *it), Some(SpanIndication::Up));
    assert_eq!((pair.released(End::Network, caller).len(), pair.released(End::User, callee).len()), (0, 0));
    pair.release(End::User, callee, Cause::NormalClearing);
    pair.moment();
    pair.expect_quiet();
}

/// T309: the span stays cut, and after 90 seconds nobody talks any more.
#[test]
fn a_long_cut_releases_everybody() {
    let mut pair = Pair::new();
    let (caller, callee) = pair.talk(End::User, 1);
    pair.wire.cut = true;
    pair.after(Millis::secs(130));
    assert_eq!(pair.released(End::User, caller), [Cause::DestinationOutOfOrder]);
    assert_eq!(pair.released(End::Network, callee), [Cause::DestinationOutOfOrder]);
    pair.expect_quiet();
}

/// One end hangs up during the cut: the other learns it when the line is back, from the answer to its STATUS ENQUIRY.
#[test]
fn a_call_hung_up_during_a_cut_ends_at_both_ends() {
    let mut pair = Pair::new();
    let (caller, callee) = pair.talk(End::User, 1);
    pair.wire.cut = true;
    pair.after(Millis::secs(30));
    pair.release(End::User, caller, Cause::NormalClearing);
    assert_eq!(pair.released(End::User, caller), [Cause::NormalClearing]);
    pair.wire.cut = false;
    pair.after(Millis::secs(20));
    assert_eq!(pair.released(End::Network, callee).len(), 1);
    pair.expect_quiet();
}

/// One direction fails: one end clears the ringing call with its data link, the other notices no failure. Neither may keep it, whichever
/// end is deaf and whoever called; who talked goes on talking.
#[test]
fn a_loss_in_one_direction_leaves_nothing_seized() {
    for deaf in [End::User, End::Network] {
        for caller in [End::User, End::Network] {
            for rung in [false, true] {
                let mut pair = Pair::new();
                let (talking, _) = pair.talk(caller, 1);
                let ringing = pair.dial(caller, 2, "8002");
                pair.moment();
                let called = pair.incoming(caller.other());
                let word = if rung { LegRequest::Alerting { inband: false } } else { LegRequest::Proceeding };
                pair.request(caller.other(), called, word);
                pair.moment();
                pair.wire.deaf = Some(deaf);
                pair.after(Millis::secs(30));
                pair.wire.deaf = None;
                pair.after(Millis::secs(20));
                let heard = (pair.released(caller, ringing).len(), pair.released(caller.other(), called).len());
                assert_eq!(heard, (1, 1), "deaf: {deaf:?}, caller: {caller:?}");
                assert_eq!((pair.span(End::User).seized(), pair.span(End::Network).seized()), (1, 1));
                pair.release(caller, talking, Cause::NormalClearing);
                pair.moment();
                pair.expect_quiet();
            }
        }
    }
}

/// One end hangs up while it is deaf: its DISCONNECT could not be sent, and the other end, which saw no failure, hears of it with
/// the link.
#[test]
fn a_call_hung_up_at_a_deaf_end_ends_at_both_ends() {
    for deaf in [End::User, End::Network] {
        let mut pair = Pair::new();
        let (caller, callee) = pair.talk(deaf, 1);
        pair.wire.deaf = Some(deaf);
        pair.after(Millis::secs(30));
        pair.release(deaf, caller, Cause::NormalClearing);
        assert_eq!(pair.released(deaf, caller), [Cause::NormalClearing]);
        pair.wire.deaf = None;
        pair.after(Millis::secs(10));
        assert_eq!(pair.released(deaf.other(), callee).len(), 1);
        pair.expect_quiet();
    }
}

/// No line, no call: a set-up is released at once, so that routing can take another trunk.
#[test]
fn a_dead_span_refuses_at_once() {
    let mut pair = Pair::new();
    pair.wire.cut = true;
    pair.after(Millis::secs(40));
    let caller = pair.dial(End::User, 1, "10086");
    assert_eq!(pair.released(End::User, caller), [Cause::NetworkOutOfOrder]);
}

/// A line in alarm takes no new calls from the first moment; when the alarm ends it does, though the data link never noticed.
#[test]
fn a_line_in_alarm_takes_no_calls() {
    let mut pair = Pair::new();
    let los = Alarms { los: true, ..Alarms::default() };
    pair.alarm(End::User, los);
    assert_eq!(pair.span_heard.last(), Some(&(End::User, SpanIndication::Alarms(los))));
    let caller = pair.dial(End::User, 1, "10086");
    assert_eq!(pair.released(End::User, caller), [Cause::NetworkOutOfOrder]);
    pair.alarm(End::User, Alarms::default());
    pair.talk(End::User, 1);
}

/// One frame in twenty is lost: LAPD repairs it, and all of 200 calls are answered and cleared.
#[test]
fn a_lossy_line_loses_no_call() {
    let mut pair = Pair::new();
    pair.wire.loss = 50;
    for round in 0..200u8 {
        let from = if round % 2 == 0 { End::User } else { End::Network };
        let caller = pair.dial(from, 1 + round % 15, "8001");
        pair.after(Millis::secs(6));
        let callee = pair.incoming(from.other());
        pair.request(from.other(), callee, LegRequest::Answer { connected: None });
        pair.after(Millis::secs(6));
        assert!(pair.answered(from, caller), "call {round}");
        pair.release(from, caller, Cause::NormalClearing);
        pair.after(Millis::secs(6));
    }
    pair.after(Millis::secs(60));
    pair.expect_quiet();
}

/// 5.5: a circuit is restarted from the console: its call ends at both ends, and both count the circuit idle.
#[test]
fn restarting_a_circuit_frees_it_at_both_ends() {
    let mut pair = Pair::new();
    let (caller, callee) = pair.talk(End::User, 7);
    let (other, _) = pair.talk(End::User, 8);
    pair.ask_span(End::User, SpanRequest::RestartCircuit { slot: 7 });
    pair.moment();
    assert_eq!((pair.released(End::User, caller).len(), pair.released(End::Network, callee).len()), (1, 1));
    for end in [End::User, End::Network] {
        assert!(pair.span_heard.contains(&(end, SpanIndication::Restarted { slot: 7 })));
    }
    assert_eq!(pair.released(End::User, other), []);
    pair.talk(End::Network, 7);
}

/// 5.5: a box that starts restarts the interface; calls that the far end still held are gone, all circuits idle.
#[test]
fn a_box_that_starts_restarts_the_interface() {
    let mut user = config(End::User);
    user.restart_at_start = true;
    let pair = Pair::with(user, config(End::Network));
    for end in [End::User, End::Network] {
        let restarted = |it: &&(End, SpanIndication)| it.0 == end && matches!(it.1, SpanIndication::Restarted { .. });
        assert_eq!(pair.span_heard.iter().filter(restarted).count(), 30);
    }
}

/// A far end whose layer 3 is dead: only its data link answers.
struct DeafPeer {
    link: DataLink,
    heard: Vec<Message>,
}

impl DeafPeer {
    /// Exchanges frames with the span until both are quiet.
    fn listen(&mut self, now: Monotonic, span: &mut PriSpan) -> Vec<PriOutput> {
        let mut outputs = Vec::new();
        loop {
            if let Some(output) = span.poll() {
                match output {
                    PriOutput::Transmit(frame) => self.link.receive(now, &frame),
                    other => outputs.push(other),
                }
            } else if let Some(output) = self.link.poll() {
                match output {
                    lapd::Output::Transmit(frame) => span.receive_frame(now, &frame),
                    lapd::Output::Indicate(DlIndication::Data(octets)) => {
                        self.heard.push(Message::parse(&octets).expect("what we send can be read"));
                    }
                    lapd::Output::Indicate(_) => {}
                }
            } else {
                return outputs;
            }
        }
    }

    fn pass(&mut self, now: &mut Monotonic, wait: Millis, span: &mut PriSpan) -> Vec<PriOutput> {
        let until = *now + wait;
        let mut outputs = self.listen(*now, span);
        while let Some(due) =
            [span.deadline(), self.link.deadline()].into_iter().flatten().min().filter(|at| *at <= until)
        {
            *now = due.max(*now);
            span.expire(*now);
            self.link.expire(*now);
            outputs.extend(self.listen(*now, span));
        }
        *now = until;
        outputs
    }
}

/// T308 twice: the far end never answers RELEASE. The leg ends, the circuit is restarted before anyone gets it, and stays out of
/// use when that fails too; when the far end offers it again, it serves.
#[test]
fn a_circuit_with_an_unanswered_release_is_restarted() {
    let mut now = Monotonic(0);
    let mut span = PriSpan::new(config(End::User));
    let mut peer = DeafPeer { link: DataLink::new(lapd::Config::primary_rate(lapd::Side::Network)), heard: Vec::new() };
    peer.pass(&mut now, Millis::secs(1), &mut span);
    let setup = [0x08, 2, 0, 1, 0x05, 0xa1, 0x04, 3, 0x80, 0x90, 0xa3, 0x18, 3, 0xa9, 0x83, 0x83, 0x70, 2, 0x81, b'8'];
    peer.link.request(now, DlRequest::Data(setup.to_vec()));
    let outputs = peer.pass(&mut now, Millis::secs(1), &mut span);
    let leg = match outputs[..] {
        [PriOutput::Leg { leg, .. }] => leg,
        _ => panic!("one SETUP: {outputs:?}"),
    };
    span.request(now, leg, LegRequest::Proceeding);
    span.request(now, leg, LegRequest::Release { cause: numbering::ClearCause::ours(Cause::NormalClearing) });
    // T305, T308 twice.
    let outputs = peer.pass(&mut now, Millis::secs(40), &mut span);
    assert!(
        outputs.iter().any(|it| matches!(it, PriOutput::Leg { indication: legs::LegIndication::Released { .. }, .. }))
    );
    assert_eq!((span.legs(), span.seized()), (0, 0));
    assert_eq!(peer.heard.last().map(|it| it.kind), Some(MessageType::Restart));
    let outputs = peer.pass(&mut now, Millis::secs(250), &mut span);
    assert!(outputs.contains(&PriOutput::Span(SpanIndication::RestartFailed { slot: Some(3) })));
    peer.link.request(now, DlRequest::Data(setup.to_vec()));
    peer.pass(&mut now, Millis::secs(1), &mut span);
    assert_eq!(span.seized(), 1);
}

/// Q.931 5.6 on a private network's interface: a user suspends, takes its call up again under a new reference, and hangs up; the leg
/// and its channel live through all of it.
#[test]
fn a_suspended_call_keeps_leg_and_channel() {
    let mut now = Monotonic(0);
    let mut span = PriSpan::new(pri::Config { rearrangement: true, ..config(End::Network) });
    let mut peer = DeafPeer { link: DataLink::new(lapd::Config::primary_rate(lapd::Side::User)), heard: Vec::new() };
    peer.pass(&mut now, Millis::secs(1), &mut span);
    let mut says = |span: &mut PriSpan, reference: u8, rest: &[u8]| {
        peer.link.request(now, DlRequest::Data([&[0x08, 2, 0, reference], rest].concat()));
        let outputs = peer.pass(&mut now, Millis::secs(1), span);
        (outputs, peer.heard.last().map(|message| message.kind))
    };
    let setup = [0x05, 0xa1, 0x04, 3, 0x80, 0x90, 0xa3, 0x18, 3, 0xa9, 0x83, 0x83, 0x70, 2, 0x81, b'8'];
    let leg = match says(&mut span, 1, &setup).0[..] {
        [PriOutput::Leg { leg, .. }] => leg,
        ref outputs => panic!("one SETUP: {outputs:?}"),
    };
    span.request(Monotonic(2000), leg, LegRequest::Answer { connected: None });
    assert_eq!(says(&mut span, 1, &[0x25, 0x10, 1, 7]).1, Some(MessageType::SuspendAcknowledge));
    assert_eq!((span.legs(), span.seized()), (1, 1));
    assert_eq!(says(&mut span, 2, &[0x26, 0x10, 1, 7]).1, Some(MessageType::ResumeAcknowledge));
    says(&mut span, 2, &[0x45, 8, 2, 0x80, 0x90]);
    says(&mut span, 2, &[0x5a]);
    assert_eq!((span.legs(), span.seized()), (0, 0));
}
