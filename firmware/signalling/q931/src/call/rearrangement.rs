//! Suspending and resuming a call as its user, 5.6: states 15 and 17. The network's side is in `suspended`.

use super::state::{Call, Channel, PeerMessage, State, StateEvent};
use super::{clearing, recovery};
use crate::codec::{CallIdentity, Message, MessageType, call_identity_element};
use crate::interface::{CallHandle, CallIndication, CallRequest, Line, Side, Timer};
use numbering::Cause;

/// 5.6.1: only an answered call is suspended.
pub(super) fn suspend(call: &Call, at: State, identity: CallIdentity, line: &mut Line) -> State {
    match at {
        State::Active if line.rearranges_as(Side::User) => {
            line.send(&call.message(MessageType::Suspend).with_any(call_identity_element(identity)));
            State::SuspendRequest
        }
        at => {
            line.counters.misused += 1;
            at
        }
    }
}

/// 5.6.4: sends RESUME on a reference of its own and enters U17.
pub(crate) fn resume_requested(handle: CallHandle, identity: CallIdentity, line: &mut Line) -> Call {
    let channel = Channel { slot: None, exclusive: true, settled: false };
    let message = Message::new(handle.reference(), MessageType::Resume).with_any(call_identity_element(identity));
    line.send(&message);
    Call::begin(handle, channel, State::ResumeRequest, line)
}

/// The messages of 5.6 that a network sends. Elsewhere than where they are awaited they are unexpected (5.8.4).
pub(super) fn received(call: &mut Call, at: State, message: &Message, line: &mut Line) -> State {
    match (at, message.kind) {
        (State::SuspendRequest, MessageType::SuspendAcknowledge) => {
            line.indicate(call.handle, CallIndication::SuspendConfirm);
            clearing::null(line.config.cause(Cause::NormalClearing))
        }
        (State::SuspendRequest, MessageType::SuspendReject) => {
            let cause = recovery::clearing_cause(message, line).cause;
            line.indicate(call.handle, CallIndication::SuspendRejected { cause });
            State::Active
        }
        (State::ResumeRequest, MessageType::ResumeAcknowledge) => resumed(call, message, line),
        (State::ResumeRequest, MessageType::ResumeReject) => {
            let cause = recovery::clearing_cause(message, line).cause;
            clearing::null(cause)
        }
        (at, kind) => {
            recovery::unexpected(call, kind, line);
            at
        }
    }
}

/// The channel is the one that the network kept; it need not be the one from before.
fn resumed(call: &mut Call, message: &Message, line: &mut Line) -> State {
    let Some(slot) = message.channel().and_then(|channel| channel.single_slot()) else {
        let cause = line.config.cause(Cause::MandatoryElementMissing);
        return clearing::release(call, cause, cause, line);
    };
    call.channel = Channel { slot: Some(slot), exclusive: true, settled: true };
    line.indicate(call.handle, CallIndication::ResumeConfirm { slot });
    State::Active
}

/// U15.
pub(super) fn suspend_request(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(other, _) => {
            recovery::unexpected(call, other.kind(), line);
            State::SuspendRequest
        }
        // 5.6.3: the call is as it was.
        StateEvent::Expired(Timer::T319) => {
            let cause = line.config.cause(Cause::RecoveryOnTimerExpiry);
            line.indicate(call.handle, CallIndication::SuspendRejected { cause });
            State::Active
        }
        StateEvent::Request(CallRequest::Disconnect { cause, .. } | CallRequest::Release { cause }) => {
            clearing::disconnect(call, cause, false, line)
        }
        event => clearing::cleared(State::SuspendRequest, event, line),
    }
}

/// U17.
pub(super) fn resume_request(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(other, _) => {
            recovery::unexpected(call, other.kind(), line);
            State::ResumeRequest
        }
        // 5.6.5, 5.3.2 f.
        StateEvent::Expired(Timer::T318) => {
            let cause = line.config.cause(Cause::RecoveryOnTimerExpiry);
            clearing::release(call, cause, cause, line)
        }
        StateEvent::Request(CallRequest::Disconnect { cause, .. } | CallRequest::Release { cause }) => {
            clearing::release(call, cause, cause, line)
        }
        event => clearing::cleared(State::ResumeRequest, event, line),
    }
}
