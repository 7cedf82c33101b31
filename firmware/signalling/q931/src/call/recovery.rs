//! What the standard does about errors of the peer, 5.8.3 to 5.8.7.

use super::state::Call;
use super::status;
use crate::codec::{
    CallReference, CauseElement, IeError, IeErrorKind, InformationElement as Ie, Message, MessageType, Progress,
    ProgressIndicator, id,
};
use crate::interface::{CallHandle, Line, Side};
use numbering::{Cause, ClearCause};

/// Elements that make a message useless: the cause to answer with and its diagnostics (identifiers).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ElementFault {
    pub(crate) cause: Cause,
    pub(crate) diagnostics: Vec<u8>,
}

/// What a clearing message said.
pub(super) struct ClearingCause {
    /// For the call's user.
    pub(super) cause: ClearCause,
    /// For the message we answer with.
    pub(super) answer: ClearCause,
    /// If the message was at fault, the same.
    pub(super) fault: Option<ClearCause>,
}

pub(super) fn cause_element(cause: ClearCause) -> Ie {
    Ie::Cause(CauseElement::new(cause))
}

pub(super) fn progress_element(progress: Option<Progress>, line: &Line) -> Option<Ie> {
    progress.map(|progress| Ie::Progress(ProgressIndicator::new(progress, line.config.location())))
}

pub(super) fn in_band(message: &Message) -> bool {
    message.progress().any(|it| it.progress.opens_speech_path())
}

/// 5.8.6.1 and 5.8.6.2 for messages other than clearing ones; 5.8.7.1 makes an element that must be understood one of them.
pub(crate) fn mandatory_elements(message: &Message, side: Side) -> Result<(), ElementFault> {
    let mandatory: &[u8] = match (message.kind, side) {
        // The network's SETUP names the channel (table 3-15); the user's need not.
        (MessageType::Setup, Side::User) => &[id::BEARER, id::CHANNEL],
        (MessageType::Setup, Side::Network) => &[id::BEARER],
        (MessageType::Progress, _) => &[id::PROGRESS],
        (MessageType::Notify, _) => &[id::NOTIFICATION],
        (MessageType::Status, _) => &[id::CAUSE, id::CALL_STATE],
        (MessageType::Restart | MessageType::RestartAcknowledge, _) => &[id::RESTART],
        _ => &[],
    };
    let has = |wanted: &u8| message.elements.iter().any(|element| element.identifier() == (0, *wanted));
    let unclear = |fault: &&IeError| fault.kind == IeErrorKind::ComprehensionRequired;
    let missing = mandatory.iter().copied().filter(|wanted| !has(wanted) && message.fault_of(*wanted).is_none());
    let missing: Vec<u8> = missing.chain(message.faults.iter().filter(unclear).map(|fault| fault.ie)).collect();
    if !missing.is_empty() {
        return Err(ElementFault { cause: Cause::MandatoryElementMissing, diagnostics: missing });
    }
    // A channel that cannot be read is as bad as none in a SETUP to the network.
    let vital = |wanted: u8| mandatory.contains(&wanted) || message.kind == MessageType::Setup && wanted == id::CHANNEL;
    let bad: Vec<u8> =
        message.faults.iter().map(|fault| fault.ie).filter(|wanted| vital(*wanted) && !has(wanted)).collect();
    if bad.is_empty() { Ok(()) } else { Err(ElementFault { cause: Cause::InvalidElementContents, diagnostics: bad }) }
}

/// The cause of DISCONNECT, RELEASE or RELEASE COMPLETE. Without a good one it counts as #31, and our answer tells (5.8.6).
pub(super) fn clearing_cause(message: &Message, line: &mut Line) -> ClearingCause {
    if let Some(cause) = message.cause() {
        let cause = cause.clear_cause();
        let answer = line.config.cause(cause.cause);
        return ClearingCause { cause, answer, fault: None };
    }
    let unspecified = line.config.cause(Cause::NormalUnspecified);
    let fault = match message.fault_of(id::CAUSE) {
        Some(_) => line.config.cause(Cause::InvalidElementContents),
        None => line.config.cause(Cause::MandatoryElementMissing),
    };
    line.counters.element_errors += 1;
    ClearingCause { cause: unspecified, answer: fault, fault: Some(fault) }
}

/// 5.8.4: a message that the state does not expect, or that nobody knows.
pub(crate) fn unexpected(call: &Call, kind: MessageType, line: &mut Line) {
    line.counters.unexpected += 1;
    status::report(call, Cause::MessageNotCompatibleWithState, vec![kind.value()], line);
}

/// A message type that is unknown, or whose procedures we do not run.
pub(crate) fn not_implemented(call: &Call, kind: MessageType, line: &mut Line) {
    line.counters.unexpected += 1;
    status::report(call, Cause::MessageTypeNonexistent, vec![kind.value()], line);
}

/// 5.8.3.2: a message for a call that does not exist, SETUP of the peer's own excepted.
pub(crate) fn unknown_reference(handle: CallHandle, message: &Message, line: &mut Line) {
    line.counters.reference_errors += 1;
    match message.kind {
        // c and d: RELEASE COMPLETE, or a SETUP whose flag says that we chose the reference.
        MessageType::ReleaseComplete | MessageType::Setup => {}
        // f: in the null state only "null" is compatible (5.8.11).
        MessageType::Status => {
            if message.call_state().is_some_and(|state| state.0 != 0) {
                refuse(handle, Cause::MessageNotCompatibleWithState, line);
            }
        }
        // g, 5.8.10.
        MessageType::StatusEnquiry => status::report_null(handle, line),
        // a and b: RELEASE COMPLETE is the shorter of the two answers allowed.
        _ => refuse(handle, Cause::InvalidCallReference, line),
    }
}

fn refuse(handle: CallHandle, cause: Cause, line: &mut Line) {
    refuse_with(handle, ElementFault { cause, diagnostics: Vec::new() }, line);
}

/// RELEASE COMPLETE for a call that stays in the null state.
pub(crate) fn refuse_with(handle: CallHandle, fault: ElementFault, line: &mut Line) {
    let cause = CauseElement::with_diagnostics(line.config.cause(fault.cause), fault.diagnostics);
    line.send(&Message::new(handle.reference(), MessageType::ReleaseComplete).with(Ie::Cause(cause)));
}

/// STATUS of the global call reference, 5.8.3.2 f.
pub(crate) fn invalid_global(flag: bool, state: crate::codec::StateValue, cause: Cause, line: &mut Line) {
    let message = Message::new(CallReference::Global { flag: !flag }, MessageType::Status)
        .with(cause_element(line.config.cause(cause)))
        .with(Ie::CallState(state));
    line.send(&message);
}
