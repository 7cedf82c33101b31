//! Clearing, 5.3: states 11, 12 and 19 of both sides.

use super::state::{Call, PeerMessage, State, StateEvent};
use super::{recovery, status};
use crate::codec::{Message, MessageType, Progress};
use crate::interface::{CallIndication, CallRequest, InterfaceIndication, Line, Timer};
use numbering::{Cause, ClearCause};

/// The call is over and its reference free.
pub(super) fn null(cause: ClearCause) -> State {
    State::Null { cause }
}

/// 5.5, 5.8.9: without a word to the peer. A call that was being cleared keeps the cause it had.
pub(super) fn clear_inside(at: State, cause: ClearCause) -> State {
    null(at.clearing_cause().unwrap_or(cause))
}

/// 5.3.3, 5.3.4: sends DISCONNECT. With `tone`, T306 instead of T305 (5.3.4.1).
pub(super) fn disconnect(call: &Call, cause: ClearCause, tone: bool, line: &mut Line) -> State {
    let progress = tone.then_some(Progress::InBand);
    let message = call
        .message(MessageType::Disconnect)
        .with(recovery::cause_element(cause))
        .with_any(recovery::progress_element(progress, line));
    line.send(&message);
    State::DisconnectRequest { cause, tone }
}

/// Sends RELEASE with `answer`; the call's user will hear `cause`.
pub(super) fn release(call: &Call, cause: ClearCause, answer: ClearCause, line: &mut Line) -> State {
    send_release(call, answer, line);
    State::ReleaseRequest { cause, answer, retransmitted: false }
}

fn send_release(call: &Call, answer: ClearCause, line: &mut Line) {
    let message = call.message(MessageType::Release).with(recovery::cause_element(answer));
    line.send(&message);
}

pub(super) fn send_release_complete(call: &Call, cause: ClearCause, line: &mut Line) {
    let message = call.message(MessageType::ReleaseComplete).with(recovery::cause_element(cause));
    line.send(&message);
}

/// DISCONNECT in a state where the call is not being cleared yet.
pub(super) fn disconnect_received(call: &mut Call, message: &Message, line: &mut Line) -> State {
    let said = recovery::clearing_cause(message, line);
    let in_band = recovery::in_band(message);
    line.indicate(call.handle, CallIndication::Disconnect { cause: said.cause, in_band });
    if in_band {
        return State::DisconnectIndication { cause: said.cause, answer: said.answer };
    }
    release(call, said.cause, said.answer, line)
}

/// RELEASE in any state: answered with RELEASE COMPLETE (5.3.3, 5.8.4), except in state 19 (5.3.5: both sides sent it).
pub(super) fn release_received(call: &mut Call, at: State, message: &Message, line: &mut Line) -> State {
    match (at.clearing_cause(), at) {
        (Some(cause), State::ReleaseRequest { .. }) => null(cause),
        // The cause was in the DISCONNECT: this one may do without (table 3-10).
        (Some(cause), _) => {
            acknowledge_release(call, None, line);
            null(cause)
        }
        (None, _) => {
            let said = recovery::clearing_cause(message, line);
            acknowledge_release(call, said.fault, line);
            null(said.cause)
        }
    }
}

/// RELEASE COMPLETE with no cause, unless the RELEASE was at fault (5.8.6).
fn acknowledge_release(call: &Call, fault: Option<ClearCause>, line: &mut Line) {
    let message = call.message(MessageType::ReleaseComplete).with_any(fault.map(recovery::cause_element));
    line.send(&message);
}

/// RELEASE COMPLETE in any state (5.3, 5.8.4).
pub(super) fn release_complete_received(at: State, message: &Message, line: &mut Line) -> State {
    null(at.clearing_cause().unwrap_or_else(|| recovery::clearing_cause(message, line).cause))
}

/// U11, N12: we sent DISCONNECT.
pub(super) fn disconnect_request(
    call: &mut Call,
    cause: ClearCause,
    tone: bool,
    event: StateEvent<'_>,
    line: &mut Line,
) -> State {
    let at = State::DisconnectRequest { cause, tone };
    match event {
        // 5.3.5: both sides disconnected.
        StateEvent::Peer(PeerMessage::Disconnect, _) => release(call, cause, cause, line),
        // The peer had not heard of our DISCONNECT yet.
        StateEvent::Peer(
            PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::Progress
            | PeerMessage::Connect
            | PeerMessage::ConnectAcknowledge
            | PeerMessage::Information,
            _,
        ) => {
            line.counters.unexpected += 1;
            at
        }
        StateEvent::Expired(Timer::T305 | Timer::T306) => release(call, cause, cause, line),
        StateEvent::Request(CallRequest::Release { .. }) if tone => release(call, cause, cause, line),
        event => cleared(at, event, line),
    }
}

/// U12, N11: the peer sent DISCONNECT with a tone, and it is being heard.
pub(super) fn disconnect_indication(
    call: &mut Call,
    cause: ClearCause,
    answer: ClearCause,
    event: StateEvent<'_>,
    line: &mut Line,
) -> State {
    let at = State::DisconnectIndication { cause, answer };
    match event {
        StateEvent::Request(CallRequest::Disconnect { .. } | CallRequest::Release { .. }) => {
            release(call, cause, answer, line)
        }
        StateEvent::Peer(PeerMessage::Information, _) => at,
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::Progress
            | PeerMessage::Connect
            | PeerMessage::ConnectAcknowledge
            | PeerMessage::Disconnect),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            at
        }
        event => cleared(at, event, line),
    }
}

/// U19, N19: we sent RELEASE.
pub(super) fn release_request(
    call: &mut Call,
    cause: ClearCause,
    answer: ClearCause,
    retransmitted: bool,
    event: StateEvent<'_>,
    line: &mut Line,
) -> State {
    let at = State::ReleaseRequest { cause, answer, retransmitted };
    match event {
        // 5.8.4 exempts state 19: what comes now was sent before our RELEASE arrived.
        StateEvent::Peer(..) => {
            line.counters.unexpected += 1;
            at
        }
        StateEvent::Expired(Timer::T308) if !retransmitted => {
            send_release(call, answer, line);
            line.arm(call.owner(), Timer::T308);
            State::ReleaseRequest { cause, answer, retransmitted: true }
        }
        StateEvent::Expired(Timer::T308) => {
            // 5.3.3: the channel is not trusted until it is restarted.
            if let Some(slot) = call.channel.slot {
                line.indicate_interface(InterfaceIndication::Maintenance { slot });
            }
            null(cause)
        }
        event => cleared(at, event, line),
    }
}

/// Requests that come too late or too early.
pub(super) fn cleared(at: State, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(_) => line.counters.misused += 1,
        StateEvent::Peer(..) | StateEvent::Expired(_) => {}
    }
    at
}

/// 5.8.8: calls in the overlap states are cleared, others go on if the peer still has them (5.8.10).
pub(super) fn link_reset(call: &mut Call, at: State, line: &mut Line) -> State {
    match at {
        State::OverlapSending | State::OverlapReceiving => {
            disconnect(call, line.config.cause(Cause::TemporaryFailure), false, line)
        }
        at => status::verify(call, at, line),
    }
}
