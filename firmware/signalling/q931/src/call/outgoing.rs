//! States of a call that we set up: U1 to U4 as the user, N6, N25, N9, N7 as the network.

use super::state::{Call, CallInitiated, Channel, PeerMessage, State, StateEvent};
use super::{clearing, recovery};
use crate::codec::{InformationElement as Ie, Message, MessageType};
use crate::interface::{CallHandle, CallIndication, CallRequest, Line, SetupRequest, Timer};
use numbering::{Cause, Digits, PartyNumber};

/// Digits held back until SETUP ACKNOWLEDGE at most.
const MAX_WAITING: usize = 32;

/// 5.1.1, 5.2.1: sends SETUP and enters U1 or N6.
pub(crate) fn setup_requested(handle: CallHandle, request: SetupRequest, line: &mut Line) -> Call {
    let channel = Channel { slot: request.channel.single_slot(), exclusive: request.channel.exclusive, settled: false };
    let message = setup_message(handle, request, line);
    let setup = line.encoded(&message);
    line.send_again(setup.clone(), &message);
    let initiated = CallInitiated { setup, retransmitted: false, waiting: Digits::default(), waiting_complete: false };
    Call::begin(handle, channel, State::CallInitiated(initiated), line)
}

/// A terminal answers a SETUP that went to all of them (5.2.1): its part of the call begins where the SETUP left it. Nothing is sent again
/// on its own data link.
pub(crate) fn broadcast_setup_answered(handle: CallHandle, slot: Option<u8>, line: &mut Line) -> Call {
    // What the broadcast SETUP named is not up for negotiation (5.2.3.2).
    let channel = Channel { slot, exclusive: true, settled: false };
    let initiated =
        CallInitiated { setup: Vec::new(), retransmitted: true, waiting: Digits::default(), waiting_complete: false };
    Call::begin(handle, channel, State::CallInitiated(initiated), line)
}

/// The SETUP that goes to all terminals.
pub(crate) fn broadcast_setup(handle: CallHandle, request: SetupRequest, line: &Line) -> Vec<u8> {
    line.encoded(&setup_message(handle, request, line))
}

/// Elements in the order of their identifiers (4.5.1); sending complete leads, as a single octet may.
fn setup_message(handle: CallHandle, request: SetupRequest, line: &Line) -> Message {
    let mut message = Message::new(handle.reference(), MessageType::Setup)
        .with_any(request.complete.then_some(Ie::SendingComplete))
        .with(Ie::BearerCapability(request.bearer))
        .with(Ie::ChannelIdentification(request.channel));
    message.elements.extend(request.progress.into_iter().filter_map(|it| recovery::progress_element(Some(it), line)));
    let mut message = message
        .with_any(request.display.map(Ie::Display))
        .with_any(request.calling.map(Ie::CallingNumber))
        .with_any(request.calling_sub_address.map(Ie::CallingSubAddress))
        .with(Ie::CalledNumber(request.called))
        .with_any(request.called_sub_address.map(Ie::CalledSubAddress))
        .with_any(request.redirecting.map(Ie::Redirecting));
    message.elements.extend(request.other);
    message
}

/// U1, N6.
pub(super) fn call_initiated(call: &mut Call, mut at: CallInitiated, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::SetupAcknowledge, message) => match settle_channel(call, message, line) {
            Some(cleared) => cleared,
            None => enter_overlap_sending(call, at, message, line),
        },
        StateEvent::Peer(PeerMessage::CallProceeding, message) => proceeding(call, message, line),
        StateEvent::Peer(PeerMessage::Alerting, message) => alerting(call, message, line),
        StateEvent::Peer(PeerMessage::Connect, message) => connected(call, message, line),
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(
            other @ (PeerMessage::Progress | PeerMessage::ConnectAcknowledge | PeerMessage::Information),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            State::CallInitiated(at)
        }
        StateEvent::Request(CallRequest::Information { digits, complete }) => {
            if at.waiting.len() + digits.len() <= MAX_WAITING {
                at.waiting.append(&digits);
            }
            at.waiting_complete |= complete;
            State::CallInitiated(at)
        }
        StateEvent::Expired(Timer::T303) => t303_expired(call, at, line),
        event => requested(call, State::CallInitiated(at), event, line),
    }
}

/// 5.1.1, table 9-1: once again; the second time the call is cleared with a RELEASE COMPLETE. The network too sends that, where
/// 5.2.5.4 b asks for DISCONNECT: a user that answered neither SETUP would keep the channel until T305 and T308 have run out.
fn t303_expired(call: &mut Call, at: CallInitiated, line: &mut Line) -> State {
    if at.retransmitted {
        clearing::send_release_complete(call, line.config.cause(Cause::RecoveryOnTimerExpiry), line);
        let cause = line.config.cause(Cause::NoUserResponding);
        return clearing::null(cause);
    }
    line.send_again(at.setup.clone(), &call.message(MessageType::Setup));
    line.arm(call.owner(), Timer::T303);
    State::CallInitiated(CallInitiated { retransmitted: true, ..at })
}

fn enter_overlap_sending(call: &mut Call, at: CallInitiated, message: &Message, line: &mut Line) -> State {
    line.indicate(call.handle, CallIndication::MoreInfo { in_band: recovery::in_band(message) });
    if !at.waiting.is_empty() || at.waiting_complete {
        send_digits(call, at.waiting, at.waiting_complete, line);
    }
    State::OverlapSending
}

/// 5.1.3: the digits go in a called party number element.
fn send_digits(call: &Call, digits: Digits, complete: bool, line: &mut Line) {
    let number = (!digits.is_empty()).then(|| Ie::CalledNumber(PartyNumber::plain(digits)));
    let message =
        call.message(MessageType::Information).with_any(complete.then_some(Ie::SendingComplete)).with_any(number);
    line.send(&message);
}

/// U2, N25.
pub(super) fn overlap_sending(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::CallProceeding, message) => proceeding(call, message, line),
        StateEvent::Peer(PeerMessage::Alerting, message) => alerting(call, message, line),
        StateEvent::Peer(PeerMessage::Connect, message) => connected(call, message, line),
        StateEvent::Peer(PeerMessage::Progress, message) => {
            progress(call, message, line);
            State::OverlapSending
        }
        StateEvent::Peer(PeerMessage::Information, message) => {
            information(message, line);
            State::OverlapSending
        }
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(other @ (PeerMessage::SetupAcknowledge | PeerMessage::ConnectAcknowledge), _) => {
            recovery::unexpected(call, other.kind(), line);
            State::OverlapSending
        }
        StateEvent::Request(CallRequest::Information { digits, complete }) => {
            send_digits(call, digits, complete, line);
            line.arm(call.owner(), Timer::T304);
            State::OverlapSending
        }
        StateEvent::Expired(Timer::T304) => {
            clearing::disconnect(call, line.config.cause(Cause::RecoveryOnTimerExpiry), false, line)
        }
        event => requested(call, State::OverlapSending, event, line),
    }
}

/// U3, N9.
pub(super) fn outgoing_call_proceeding(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Alerting, message) => alerting(call, message, line),
        StateEvent::Peer(PeerMessage::Connect, message) => connected(call, message, line),
        StateEvent::Peer(PeerMessage::Progress, message) => {
            // 5.1.6: the far network says that it takes its time.
            line.disarm(call.owner(), Timer::T310);
            progress(call, message, line);
            State::OutgoingCallProceeding
        }
        StateEvent::Peer(PeerMessage::Information, message) => {
            information(message, line);
            State::OutgoingCallProceeding
        }
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge | PeerMessage::CallProceeding | PeerMessage::ConnectAcknowledge),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            State::OutgoingCallProceeding
        }
        StateEvent::Expired(Timer::T310) => {
            clearing::disconnect(call, line.config.cause(Cause::RecoveryOnTimerExpiry), false, line)
        }
        event => requested(call, State::OutgoingCallProceeding, event, line),
    }
}

/// U4, N7.
pub(super) fn call_delivered(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Connect, message) => connected(call, message, line),
        StateEvent::Peer(PeerMessage::Progress, message) => {
            progress(call, message, line);
            State::CallDelivered
        }
        StateEvent::Peer(PeerMessage::Information, message) => {
            information(message, line);
            State::CallDelivered
        }
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::ConnectAcknowledge),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            State::CallDelivered
        }
        StateEvent::Expired(Timer::T301) => clearing::disconnect(call, line.config.cause(Cause::NoAnswer), false, line),
        event => requested(call, State::CallDelivered, event, line),
    }
}

/// What every state of an outgoing call does with requests of its user.
fn requested(call: &mut Call, at: State, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(CallRequest::Deselect { cause }) => clearing::release(call, cause, cause, line),
        StateEvent::Request(CallRequest::Disconnect { cause, .. } | CallRequest::Release { cause }) => {
            // 5.3.2: the calling side has nothing to play, so there is no tone.
            clearing::disconnect(call, cause, false, line)
        }
        StateEvent::Request(_) => {
            line.counters.misused += 1;
            at
        }
        StateEvent::Peer(..) | StateEvent::Expired(_) => at,
    }
}

/// The peer's first answer may name another channel than we did. Returns the next state if that ends the call.
fn settle_channel(call: &mut Call, message: &Message, line: &mut Line) -> Option<State> {
    if std::mem::replace(&mut call.channel.settled, true) {
        return None;
    }
    let slot = message.channel()?.single_slot()?;
    if call.channel.slot == Some(slot) {
        return None;
    }
    if call.channel.exclusive {
        let cause = line.config.cause(Cause::ChannelUnacceptable);
        return Some(clearing::release(call, cause, cause, line));
    }
    call.channel.slot = Some(slot);
    line.indicate(call.handle, CallIndication::Channel { slot });
    None
}

fn proceeding(call: &mut Call, message: &Message, line: &mut Line) -> State {
    if let Some(cleared) = settle_channel(call, message, line) {
        return cleared;
    }
    line.indicate(call.handle, CallIndication::Proceeding { in_band: recovery::in_band(message) });
    State::OutgoingCallProceeding
}

fn alerting(call: &mut Call, message: &Message, line: &mut Line) -> State {
    if let Some(cleared) = settle_channel(call, message, line) {
        return cleared;
    }
    line.indicate(call.handle, CallIndication::Alerting { in_band: recovery::in_band(message) });
    State::CallDelivered
}

/// 5.1.8, 5.2.8: both sides acknowledge; the network side need not be told, but does not mind.
fn connected(call: &mut Call, message: &Message, line: &mut Line) -> State {
    if let Some(cleared) = settle_channel(call, message, line) {
        return cleared;
    }
    let acknowledge = call.message(MessageType::ConnectAcknowledge);
    line.send(&acknowledge);
    line.indicate(call.handle, CallIndication::Connect { connected: message.connected().cloned() });
    State::Active
}

fn progress(call: &Call, message: &Message, line: &mut Line) {
    let cause = message.cause().map(|cause| cause.clear_cause());
    line.indicate(call.handle, CallIndication::Progress { in_band: recovery::in_band(message), cause });
}

/// Display or charging towards the caller: nothing that a leg can use.
fn information(_message: &Message, line: &mut Line) {
    line.counters.not_served += 1;
}
