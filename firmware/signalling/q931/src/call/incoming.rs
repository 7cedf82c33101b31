//! States of a call that the peer set up: U6, U25, U9, U7 as the user, N1 to N4 as the network.

use super::state::{Call, Channel, PeerMessage, State, StateEvent};
use super::{active, clearing, recovery};
use crate::codec::{InformationElement as Ie, Message, MessageType, Progress, Slots};
use crate::interface::{CallHandle, CallIndication, CallRequest, Line, SetupIndication, Timer};
use numbering::{ClearCause, Digits, PartyNumber};

/// 5.2.1, 5.1.1: SETUP of a new call. Its mandatory elements were looked at before.
pub(crate) fn setup_received(handle: CallHandle, message: Message, line: &mut Line) -> Option<Call> {
    let channel = Channel { slot: None, exclusive: false, settled: false };
    let setup = setup_indication(message)?;
    let call = Call::begin(handle, channel, State::CallPresent, line);
    line.indicate(handle, CallIndication::Setup(Box::new(setup)));
    Some(call)
}

fn setup_indication(message: Message) -> Option<SetupIndication> {
    let mut setup = SetupIndication {
        bearer: message.bearer()?.clone(),
        channel: message.channel().cloned(),
        called: message.called().cloned().or_else(|| keypad_number(&message)).unwrap_or_default(),
        complete: message.sending_complete(),
        calling: None,
        calling_sub_address: None,
        called_sub_address: None,
        redirecting: None,
        progress: message.progress().map(|it| it.progress).collect(),
        display: None,
        other: Vec::new(),
    };
    for element in message.elements {
        match element {
            Ie::BearerCapability(_)
            | Ie::ChannelIdentification(_)
            | Ie::CalledNumber(_)
            | Ie::SendingComplete
            | Ie::Progress(_) => {}
            // 5.8.5.2: of an element that comes twice, the first counts.
            Ie::CallingNumber(number) => setup.calling = setup.calling.or(Some(number)),
            Ie::CallingSubAddress(it) => setup.calling_sub_address = setup.calling_sub_address.or(Some(it)),
            Ie::CalledSubAddress(it) => setup.called_sub_address = setup.called_sub_address.or(Some(it)),
            Ie::Redirecting(it) => setup.redirecting = setup.redirecting.or(Some(it)),
            Ie::Display(text) => setup.display = setup.display.or(Some(text)),
            other @ (Ie::Cause(_)
            | Ie::CallState(_)
            | Ie::Notification(_)
            | Ie::Keypad(_)
            | Ie::Signal(_)
            | Ie::ConnectedNumber(_)
            | Ie::ConnectedSubAddress(_)
            | Ie::Restart(_)
            | Ie::LowLayer(_)
            | Ie::HighLayer(_)
            | Ie::Repeat(_)
            | Ie::Other(_)) => setup.other.push(other),
        }
    }
    Some(setup)
}

/// 5.1.1: digits may come in a keypad element instead.
fn keypad_number(message: &Message) -> Option<PartyNumber> {
    Some(PartyNumber::plain(keypad_digits(message)?))
}

fn keypad_digits(message: &Message) -> Option<Digits> {
    std::str::from_utf8(message.keypad()?).ok()?.parse().ok()
}

/// U6, N1.
pub(super) fn call_present(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(CallRequest::MoreInfo { dial_tone }) => {
            let tone = dial_tone.then_some(Progress::InBand);
            let message = call.answer(MessageType::SetupAcknowledge, tone, line);
            line.send(&message);
            State::OverlapReceiving
        }
        StateEvent::Request(CallRequest::Progress { progress, cause }) => {
            // PROGRESS cannot be the first answer (5.1.2): CALL PROCEEDING names the channel.
            send_proceeding(call, None, line);
            send_progress(call, progress, cause, line);
            State::IncomingCallProceeding
        }
        StateEvent::Request(CallRequest::Disconnect { cause, tone: true }) => {
            send_proceeding(call, None, line);
            clearing::disconnect(call, cause, true, line)
        }
        StateEvent::Request(CallRequest::Disconnect { cause, tone: false } | CallRequest::Release { cause }) => {
            // 5.2.5.1, 5.3.2 a: a SETUP is refused with RELEASE COMPLETE.
            clearing::send_release_complete(call, cause, line);
            clearing::null(cause)
        }
        event => answered(call, State::CallPresent, event, line),
    }
}

/// U25, N2.
pub(super) fn overlap_receiving(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Information, message) => {
            let complete = message.sending_complete();
            let digits = match message.called() {
                Some(number) => number.digits.clone(),
                None => keypad_digits(message).unwrap_or_default(),
            };
            if complete {
                line.disarm(call.owner(), Timer::T302);
            } else {
                line.arm(call.owner(), Timer::T302);
            }
            line.indicate(call.handle, CallIndication::Information { digits, complete });
            State::OverlapReceiving
        }
        StateEvent::Expired(Timer::T302) => {
            // 5.1.3, 5.2.4: whoever owns the numbering plan takes the number as complete or refuses it with #28.
            line.indicate(call.handle, CallIndication::Information { digits: Digits::default(), complete: true });
            State::OverlapReceiving
        }
        StateEvent::Request(CallRequest::Progress { progress, cause }) => {
            send_progress(call, progress, cause, line);
            State::OverlapReceiving
        }
        event => answered(call, State::OverlapReceiving, event, line),
    }
}

/// U9, N3.
pub(super) fn incoming_call_proceeding(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(CallRequest::Progress { progress, cause }) => {
            send_progress(call, progress, cause, line);
            State::IncomingCallProceeding
        }
        StateEvent::Request(CallRequest::Proceeding { .. }) => {
            line.counters.misused += 1;
            State::IncomingCallProceeding
        }
        event => answered(call, State::IncomingCallProceeding, event, line),
    }
}

/// U7, N4.
pub(super) fn call_received(call: &mut Call, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Request(CallRequest::Progress { progress, cause }) => {
            send_progress(call, progress, cause, line);
            State::CallReceived
        }
        StateEvent::Request(CallRequest::Proceeding { .. } | CallRequest::Alerting { .. }) => {
            line.counters.misused += 1;
            State::CallReceived
        }
        event => answered(call, State::CallReceived, event, line),
    }
}

/// What the states of an incoming call have in common: the way forward, and clearing.
fn answered(call: &mut Call, at: State, event: StateEvent<'_>, line: &mut Line) -> State {
    match event {
        StateEvent::Peer(PeerMessage::Disconnect, message) => clearing::disconnect_received(call, message, line),
        // Digits that crossed our answer.
        StateEvent::Peer(PeerMessage::Information, _) => {
            line.counters.not_served += 1;
            at
        }
        StateEvent::Peer(
            other @ (PeerMessage::SetupAcknowledge
            | PeerMessage::CallProceeding
            | PeerMessage::Alerting
            | PeerMessage::Progress
            | PeerMessage::Connect
            | PeerMessage::ConnectAcknowledge),
            _,
        ) => {
            recovery::unexpected(call, other.kind(), line);
            at
        }
        StateEvent::Request(request) => respond(call, at, request, line),
        StateEvent::Expired(_) => at,
    }
}

fn respond(call: &mut Call, at: State, request: CallRequest, line: &mut Line) -> State {
    match request {
        CallRequest::SelectChannel { slot } => {
            if call.channel.settled || Slots::one(slot).is_empty() {
                line.counters.misused += 1;
            } else {
                call.channel.slot = Some(slot);
            }
            at
        }
        CallRequest::Proceeding { progress } => {
            send_proceeding(call, progress, line);
            State::IncomingCallProceeding
        }
        CallRequest::Alerting { progress } => {
            let message = call.answer(MessageType::Alerting, progress, line);
            line.send(&message);
            State::CallReceived
        }
        CallRequest::Connect { connected, progress } => active::connect(call, connected, progress, line),
        CallRequest::Disconnect { cause, tone } => clearing::disconnect(call, cause, tone, line),
        CallRequest::Release { cause } => clearing::disconnect(call, cause, false, line),
        CallRequest::MoreInfo { .. }
        | CallRequest::Progress { .. }
        | CallRequest::Information { .. }
        | CallRequest::Notify { .. }
        | CallRequest::Deselect { .. }
        | CallRequest::Suspend { .. }
        | CallRequest::StatusEnquiry => {
            line.counters.misused += 1;
            at
        }
    }
}

fn send_proceeding(call: &mut Call, progress: Option<Progress>, line: &mut Line) {
    let message = call.answer(MessageType::CallProceeding, progress, line);
    line.send(&message);
}

fn send_progress(call: &Call, progress: Progress, cause: Option<ClearCause>, line: &mut Line) {
    let message = call
        .message(MessageType::Progress)
        .with_any(cause.map(recovery::cause_element))
        .with_any(recovery::progress_element(Some(progress), line));
    line.send(&message);
}
