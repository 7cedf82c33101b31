//! Calls that ended here without a word, and of which the peer may not have heard: the data link was down, or a channel was restarted
//! that the peer need not have given them.
//!
//! 5.8.9 clears them internally; a failure that only one side noticed would leave them at the peer for ever. As the clause's last
//! paragraph allows, a DISCONNECT tells it once the link is back. The reference rests until the peer has answered.

use crate::codec::{CauseElement, InformationElement as Ie, Message, MessageType};
use crate::interface::{CallHandle, Line};
use numbering::ClearCause;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Unsaid {
    calls: BTreeMap<CallHandle, ClearCause>,
}

impl Unsaid {
    /// A call ended and nothing could be sent. As many are kept as there may be calls.
    pub(crate) fn add(&mut self, handle: CallHandle, cause: ClearCause, line: &Line) {
        if self.calls.len() < line.config.max_calls() {
            self.calls.insert(handle, cause);
        }
    }

    pub(crate) fn contains(&self, handle: CallHandle) -> bool {
        self.calls.contains_key(&handle)
    }

    /// The link is up. A peer that has no such call answers RELEASE COMPLETE (5.8.3.2 a), one that has it RELEASE.
    pub(crate) fn tell(&self, line: &mut Line) {
        self.calls.keys().for_each(|handle| self.tell_of(*handle, line));
    }

    /// The same of one call.
    pub(crate) fn tell_of(&self, handle: CallHandle, line: &mut Line) {
        if let Some(cause) = self.calls.get(&handle) {
            let cause = Ie::Cause(CauseElement::new(line.config.cause(cause.cause)));
            line.send(&Message::new(handle.reference(), MessageType::Disconnect).with(cause));
        }
    }

    /// A message of such a call. True: it was the answer, and nothing else is to be done about it.
    pub(crate) fn answered(&mut self, handle: CallHandle, kind: MessageType, line: &mut Line) -> bool {
        match kind {
            MessageType::Release if self.calls.remove(&handle).is_some() => {
                line.send(&Message::new(handle.reference(), MessageType::ReleaseComplete));
                true
            }
            MessageType::ReleaseComplete => self.calls.remove(&handle).is_some(),
            // The peer uses the reference anew: it knows that the old call is over.
            MessageType::Setup => {
                self.calls.remove(&handle);
                false
            }
            _ => false,
        }
    }

    /// The interface was restarted: neither side has a call.
    pub(crate) fn forget(&mut self) {
        self.calls.clear();
    }
}
