//! STATUS and STATUS ENQUIRY, 5.8.10 and 5.8.11.

use super::clearing;
use super::state::{Call, Enquiry, State};
use crate::codec::{CauseElement, InformationElement as Ie, Message, MessageType, StateValue, id};
use crate::interface::{CallHandle, Line, Side, Timer};
use numbering::Cause;

/// 5.8.10 leaves open how often to ask. A reset in between may swallow one.
const MAX_ENQUIRIES: u8 = 3;

/// Tells the peer the state of the call.
pub(crate) fn report(call: &Call, cause: Cause, diagnostics: Vec<u8>, line: &mut Line) {
    let cause = CauseElement::with_diagnostics(line.config.cause(cause), diagnostics);
    line.send(&call.message(MessageType::Status).with(Ie::Cause(cause)).with(Ie::CallState(call.value)));
}

/// The answer to STATUS ENQUIRY for a call that does not exist.
pub(super) fn report_null(handle: CallHandle, line: &mut Line) {
    let cause = CauseElement::new(line.config.cause(Cause::ResponseToStatusEnquiry));
    let message = Message::new(handle.reference(), MessageType::Status)
        .with(Ie::Cause(cause))
        .with(Ie::CallState(StateValue::NULL));
    line.send(&message);
}

/// 5.8.10: asks, unless an answer is awaited already.
pub(super) fn enquire(call: &mut Call, at: State, line: &mut Line) -> State {
    if call.enquiry.is_none() {
        enquire_anew(call, line);
    }
    at
}

fn enquire_anew(call: &mut Call, line: &mut Line) {
    call.enquiry = Some(Enquiry { sent: 1, at: line.now, not_known: false });
    send_enquiry(call, line);
}

fn send_enquiry(call: &Call, line: &mut Line) {
    line.send(&call.message(MessageType::StatusEnquiry));
    line.arm(call.owner(), Timer::T322);
}

/// The question is answered, or of no interest any more.
pub(super) fn stop(call: &mut Call, line: &mut Line) {
    if call.enquiry.take().is_some() {
        line.disarm(call.owner(), Timer::T322);
    }
}

/// 5.8.10. A peer that does not know the question told its state with #97, and that was looked at when it came.
pub(super) fn t322_expired(call: &mut Call, at: State, line: &mut Line) -> State {
    match call.enquiry.take() {
        Some(Enquiry { not_known: true, .. }) => return at,
        Some(Enquiry { sent, .. }) if sent < MAX_ENQUIRIES => {
            call.enquiry = Some(Enquiry { sent: sent + 1, at: line.now, not_known: false });
            send_enquiry(call, line);
            return at;
        }
        Some(_) | None => {}
    }
    clear(call, at, Cause::TemporaryFailure, line)
}

/// 5.8.8, 5.8.10: the data link was set up anew, and the peer may have cleared the call meanwhile.
///
/// States whose own timer repeats or ends what was lost need no question. An answered call is asked for afresh each time: while the
/// peer sets the link up again and again it hears nothing, and its T309 is still running.
pub(super) fn verify(call: &mut Call, at: State, line: &mut Line) -> State {
    match at {
        State::Null { .. }
        | State::CallInitiated(_)
        | State::SuspendRequest
        | State::ResumeRequest
        | State::DisconnectRequest { .. }
        | State::ReleaseRequest { .. } => at,
        State::Active => {
            // Asked at this very moment: that question is behind the reset.
            if call.enquiry.is_none_or(|enquiry| enquiry.at != line.now) {
                enquire_anew(call, line);
            }
            at
        }
        State::OverlapSending
        | State::OutgoingCallProceeding
        | State::CallDelivered
        | State::CallPresent
        | State::OverlapReceiving
        | State::IncomingCallProceeding
        | State::CallReceived
        | State::ConnectRequest
        | State::DisconnectIndication { .. } => enquire(call, at, line),
    }
}

/// 5.8.9: the link is back; the call goes on if the peer still has it.
pub(crate) fn resume_after_link_failure(call: &mut Call, line: &mut Line) {
    line.disarm(call.owner(), Timer::T309);
    enquire_anew(call, line);
}

/// 5.8.11. A STATUS is never answered with a STATUS: two that misread each other would not stop.
pub(super) fn received(call: &mut Call, at: State, message: &Message, line: &mut Line) -> State {
    let Some(peer) = message.call_state() else {
        line.counters.element_errors += 1;
        return at;
    };
    let cause = message.cause().map(CauseElement::clear_cause);
    match (cause.map(|cause| cause.cause), &mut call.enquiry) {
        (Some(Cause::MessageTypeNonexistent), Some(enquiry)) => enquiry.not_known = true,
        // A complaint that was under way is no answer.
        (Some(cause), _) if (96..=101).contains(&cause.value()) => {}
        _ => stop(call, line),
    }
    if peer == StateValue::NULL {
        let cause = cause.unwrap_or(line.config.cause(Cause::TemporaryFailure));
        return clearing::null(at.clearing_cause().unwrap_or(cause));
    }
    if compatible(&at, peer, line.side(), call.handle.ours) {
        // A complaint about one of our messages (#96 to #101) with a compatible state is left at that.
        return at;
    }
    line.counters.incompatible_states += 1;
    clear(call, at, Cause::MessageNotCompatibleWithState, line)
}

fn clear(call: &Call, at: State, cause: Cause, line: &mut Line) -> State {
    if let State::ReleaseRequest { .. } | State::Null { .. } = at {
        return at;
    }
    let cause = line.config.cause(cause);
    clearing::release(call, cause, cause, line)
}

/// How far set-up has come, whichever side set up: 1 SETUP, 2 overlap, 3 proceeding, 4 alerting, 5 answered.
fn progress_of(state: StateValue, user_set_up: bool) -> Option<u8> {
    match (state.0, user_set_up) {
        (1, true) | (6, false) => Some(1),
        (2, true) | (25, false) => Some(2),
        (3, true) | (9, false) => Some(3),
        (4, true) | (7, false) => Some(4),
        (8, false) | (10 | 15 | 17, _) => Some(5),
        _ => None,
    }
}

/// Whether the peer may be in that state while messages are under way. The called side leads: the calling side is never ahead of it.
///
/// A link delivers in order: the DISCONNECT or RELEASE of a peer that tells of being past one would be here. A reset of the link took it, and
/// perhaps the next one too; after that the peer has no call, and says nothing more.
fn compatible(at: &State, peer: StateValue, side: Side, ours: bool) -> bool {
    let user_set_up = (side == Side::User) == ours;
    // The state of a peer that sent DISCONNECT.
    let sent = if side == Side::User { 12 } else { 11 };
    let own = match at {
        State::DisconnectRequest { .. } => return true,
        State::ReleaseRequest { .. } => return true,
        State::DisconnectIndication { .. } => return peer.0 == sent,
        State::Null { .. } => return false,
        State::CallInitiated(_) | State::CallPresent => 1,
        State::OverlapSending | State::OverlapReceiving => 2,
        State::OutgoingCallProceeding | State::IncomingCallProceeding => 3,
        State::CallDelivered | State::CallReceived => 4,
        State::ConnectRequest | State::Active | State::SuspendRequest | State::ResumeRequest => 5,
    };
    match progress_of(peer, user_set_up) {
        Some(far) if ours => far >= own,
        Some(far) => far <= own,
        None => false,
    }
}

/// 5.8.7.2: elements that the message could do without and that could not be read.
pub(crate) fn report_bad_elements(call: &Call, message: &Message, line: &mut Line) {
    line.counters.element_errors += message.faults.len() as u64;
    let bad: Vec<u8> = message.faults.iter().map(|fault| fault.ie).filter(|ie| ie & 0xf0 != id::SHIFT).collect();
    if !bad.is_empty() {
        report(call, Cause::InvalidElementContents, bad, line);
    }
}
