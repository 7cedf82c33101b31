//! U8 connect request, and the active state.

use super::state::{Call, PeerMessage, State, StateEvent};
use super::{clearing, recovery};
use crate::codec::{InformationElement as Ie, MessageType, Progress};
use crate::interface::{CallIndication, CallRequest, Line, Side, Timer};
use numbering::{Cause, PartyNumber};

/// Sends CONNECT. The user waits for the acknowledgement (5.2.7); the network does not (5.1.8).
pub(super) fn connect(
    call: &mut Call,
    connected: Option<PartyNumber>,
    progress: Option<Progress>,
    line: &mut Line,
) -> State {
    let message = call.answer(MessageType::Connect, progress, line).with_any(connected.map(Ie::ConnectedNumber));
    line.send(&message);
    match line.side() {
        Side::User => State::ConnectRequest,
        Side::Network => {
            line.indicate(call.handle, CallIndication::Active);
            State::Active
        }
    }
}

/// U8.
pub(super) fn connect_request(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::ConnectAcknowledge, _) => {
            line.indicate(call.handle, CallIndication::Active);
            State::Active
        }
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(PeerMessage::Information, _) => {
            line.counters.not_served += 1;
            State::ConnectRequest
        }
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::Progress
            | PeerMessage::Connect),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            State::ConnectRequest
        }
        StateEvent::Expired(Timer::T313) => {
            clearing::disconnect(call, line.config.cause(Cause::RecoveryOnTimerExpiry), false, line)
        }
        event => up(call, State::ConnectRequest, event, line),
    }
}

/// U10, N10.
pub(super) fn active(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        // 5.1.8, 5.2.8: the network side gets an acknowledgement that it does not need.
        StateEvent::Peer(PeerMessage::ConnectAcknowledge, _) => State::Active,
        // PROGRESS may cross our CONNECT.
        StateEvent::Peer(PeerMessage::Information | PeerMessage::Progress, _) => {
            line.counters.not_served += 1;
            State::Active
        }
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::Connect),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            State::Active
        }
        event => up(call, State::Active, event, line),
    }
}

/// Requests of an answered call.
fn up(call: &mut Call, at: State, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(CallRequest::Disconnect { cause, tone }) => clearing::disconnect(call, cause, tone, line),
        StateEvent::Request(CallRequest::Release { cause }) => clearing::disconnect(call, cause, false, line),
        StateEvent::Request(_) => {
            line.counters.misused += 1;
            at
        }
        StateEvent::Peer(..) | StateEvent::Expired(_) => at,
    }
}

/// 5.9: NOTIFY in either direction changes no state.
pub(super) fn notify(call: &Call, description: u8, line: &mut Line) {
    let message = call.message(MessageType::Notify).with(Ie::Notification(description));
    line.send(&message);
}
