//! Calls that users suspended, as the network keeps them (5.6.2 to 5.6.5): by call identity, with their channel, until T307.

use crate::call::Channel;
use crate::codec::{CallIdentity, CauseElement, InformationElement as Ie, Message, MessageType};
use crate::interface::{CallHandle, CallIndication, Line, Owner, RestartScope, Timer};
use numbering::{Cause, ClearCause};
use std::collections::BTreeMap;

/// Above every call reference value of an interface (4.3: 15 bits).
const FIRST_PARKED: u16 = 0x8000;

#[derive(Debug, Default)]
pub(crate) struct Suspended {
    calls: BTreeMap<CallHandle, Parked>,
    /// A call was suspended and then cleared: tells which cause a vain RESUME gets.
    cleared: Option<CallIdentity>,
    last: u16,
}

#[derive(Debug)]
struct Parked {
    identity: CallIdentity,
    channel: Channel,
}

impl Suspended {
    pub(crate) fn contains(&self, handle: CallHandle) -> bool {
        self.calls.contains_key(&handle)
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// 5.6.2, 5.6.3. True: the call's reference is released, the call goes on under the handle told.
    pub(crate) fn suspend(&mut self, handle: CallHandle, channel: Channel, message: &Message, line: &mut Line) -> bool {
        let identity = message.call_identity();
        let in_use = self.calls.values().any(|parked| parked.identity == identity);
        if in_use || self.calls.len() >= line.config.max_calls() {
            reject(handle, MessageType::SuspendReject, Cause::CallIdentityInUse, line);
            return false;
        }
        let parked = self.free_handle();
        line.send(&Message::new(handle.reference(), MessageType::SuspendAcknowledge));
        line.arm(Owner::Call(parked), Timer::T307);
        line.indicate(handle, CallIndication::Suspended { parked });
        self.cleared.take_if(|cleared| *cleared == identity);
        self.calls.insert(parked, Parked { identity, channel });
        true
    }

    fn free_handle(&mut self) -> CallHandle {
        loop {
            self.last = (self.last + 1) & 0x7fff;
            let handle = CallHandle { value: FIRST_PARKED | self.last, ours: false };
            if !self.calls.contains_key(&handle) {
                return handle;
            }
        }
    }

    /// 5.6.4, 5.6.5. The channel of the call that goes on under `handle`.
    pub(crate) fn resume(&mut self, handle: CallHandle, message: &Message, line: &mut Line) -> Option<Channel> {
        let identity = message.call_identity();
        let found = self.calls.iter().find(|(_, parked)| parked.identity == identity).map(|(parked, _)| *parked);
        let taken = found.and_then(|parked| Some((parked, self.calls.remove(&parked)?)));
        let Some((parked, Parked { channel, .. })) = taken else {
            let cause = match &self.cleared {
                Some(cleared) if *cleared == identity => Cause::CallWithIdentityCleared,
                _ if self.calls.is_empty() => Cause::NoCallSuspended,
                _ => Cause::NoSuchSuspendedCall,
            };
            reject(handle, MessageType::ResumeReject, cause, line);
            return None;
        };
        line.disarm(Owner::Call(parked), Timer::T307);
        let slot = channel.slot.map(|slot| Ie::ChannelIdentification(line.config.channel(slot, true)));
        line.send(&Message::new(handle.reference(), MessageType::ResumeAcknowledge).with_any(slot));
        line.indicate(parked, CallIndication::Resumed { call: handle });
        Some(channel)
    }

    /// Cleared by the other party or by T307; the identity may be used again.
    pub(crate) fn clear(&mut self, parked: CallHandle, cause: ClearCause, line: &mut Line) {
        if let Some(gone) = self.calls.remove(&parked) {
            self.cleared = Some(gone.identity);
            line.disarm(Owner::Call(parked), Timer::T307);
            line.indicate(parked, CallIndication::Released { cause });
        }
    }

    /// The suspended calls that a restart ends.
    pub(crate) fn within(&self, scope: RestartScope) -> Vec<CallHandle> {
        let concerns = |parked: &Parked| match scope {
            RestartScope::Interface => true,
            RestartScope::Channel(slot) => parked.channel.slot == Some(slot),
        };
        self.calls.iter().filter(|(_, parked)| concerns(parked)).map(|(handle, _)| *handle).collect()
    }
}

fn reject(handle: CallHandle, kind: MessageType, cause: Cause, line: &mut Line) {
    let cause = Ie::Cause(CauseElement::new(line.config.cause(cause)));
    line.send(&Message::new(handle.reference(), kind).with(cause));
}
