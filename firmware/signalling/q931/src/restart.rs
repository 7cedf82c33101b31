//! Restart of a channel or the interface, 5.5, on the global call reference.

use crate::call::{invalid_global, mandatory_elements};
use crate::codec::{
    CallReference, ChannelIdentification, ChannelSelection, InformationElement as Ie, Message, MessageType,
    RestartClass, Slots, StateValue,
};
use crate::interface::{InterfaceIndication, Line, Owner, RestartScope, Timer};
use numbering::Cause;
use std::collections::BTreeMap;

/// Restarts of the peer being carried out at most: one for each channel and the interface.
const MAX_PEER_RESTARTS: usize = 32;

/// Both roles may run at once, and for several channels.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    /// Rest 1: we sent RESTART; whether it was sent twice.
    requested: BTreeMap<RestartScope, bool>,
    /// Rest 2: the peer did.
    carried_out: Vec<PeerRestart>,
}

#[derive(Debug)]
struct PeerRestart {
    class: RestartClass,
    channel: Option<ChannelIdentification>,
    /// Channels not yet idle; empty for a whole interface, which is answered as one.
    waiting: Slots,
    cleared: Slots,
    scope: RestartScope,
}

impl Restarts {
    /// 5.5.1.
    pub(crate) fn request(&mut self, scope: RestartScope, line: &mut Line) {
        if self.requested.insert(scope, false).is_none() {
            send_restart(scope, line);
        }
    }

    /// Restarts that we asked for and that are not acknowledged.
    pub(crate) fn requested(&self) -> impl Iterator<Item = RestartScope> + '_ {
        self.requested.keys().copied()
    }

    /// The data link is back: what was asked meanwhile may be lost.
    pub(crate) fn ask_again(&mut self, line: &mut Line) {
        for (scope, again) in &mut self.requested {
            *again = false;
            send_restart(*scope, line);
        }
    }

    /// T316: once more, then the maintenance condition.
    pub(crate) fn t316_expired(&mut self, scope: RestartScope, line: &mut Line) {
        match self.requested.get_mut(&scope) {
            Some(again @ false) => {
                *again = true;
                send_restart(scope, line);
            }
            Some(true) => {
                self.requested.remove(&scope);
                line.indicate_interface(InterfaceIndication::RestartFailed(scope));
            }
            None => {}
        }
    }

    /// T317: what is idle by now is acknowledged, the rest is left to the peer's T316 (5.5.2).
    pub(crate) fn t317_expired(&mut self, scope: RestartScope, line: &mut Line) {
        let Some(at) = self.carried_out.iter().position(|restart| restart.scope == scope) else { return };
        let restart = self.carried_out.swap_remove(at);
        if !restart.cleared.is_empty() {
            acknowledge(&restart, line);
        }
    }

    /// A message on the global call reference. Returns the channels to clear, if it is a RESTART that we carry out.
    pub(crate) fn receive(&mut self, flag: bool, message: &Message, line: &mut Line) -> Vec<RestartScope> {
        match message.kind {
            MessageType::Restart if !flag => self.restart_received(message, line),
            MessageType::RestartAcknowledge if flag => {
                self.acknowledged(message, line);
                Vec::new()
            }
            // Without a call there is nothing to compare, and a STATUS is not answered.
            MessageType::Status => {
                line.counters.incompatible_states += 1;
                Vec::new()
            }
            _ => {
                line.counters.reference_errors += 1;
                invalid_global(flag, self.state(), Cause::InvalidCallReference, line);
                Vec::new()
            }
        }
    }

    fn state(&self) -> StateValue {
        if !self.carried_out.is_empty() {
            StateValue::RESTART
        } else if !self.requested.is_empty() {
            StateValue::RESTART_REQUEST
        } else {
            StateValue::NULL
        }
    }

    fn acknowledged(&mut self, message: &Message, line: &mut Line) {
        let Ok((_, scopes)) = scopes_of(message) else {
            line.counters.element_errors += 1;
            return;
        };
        for scope in scopes {
            if self.requested.remove(&scope).is_some() {
                line.disarm(Owner::Restart(scope), Timer::T316);
                line.indicate_interface(InterfaceIndication::RestartConfirm(scope));
            }
        }
    }

    fn restart_received(&mut self, message: &Message, line: &mut Line) -> Vec<RestartScope> {
        let read = mandatory_elements(message, line.side()).map_err(|fault| fault.cause);
        let (class, scopes) = match read.and_then(|()| scopes_of(message)) {
            Ok(read) => read,
            Err(cause) => {
                line.counters.element_errors += 1;
                invalid_global(false, self.state(), cause, line);
                return Vec::new();
            }
        };
        let Some(first) = scopes.first().copied() else { return scopes };
        // A repeated RESTART (the peer's T316) takes the place of the one that is carried out.
        self.carried_out.retain(|restart| restart.scope != first);
        if self.carried_out.len() == MAX_PEER_RESTARTS {
            line.counters.refused_full += 1;
            return Vec::new();
        }
        let waiting = scopes.iter().fold(Slots::EMPTY, |slots, scope| match scope {
            RestartScope::Channel(slot) => slots.with(*slot),
            RestartScope::Interface => slots,
        });
        let channel = message.channel().cloned();
        self.carried_out.push(PeerRestart { class, channel, waiting, cleared: Slots::EMPTY, scope: first });
        line.arm(Owner::Restart(first), Timer::T317);
        scopes
    }

    /// The circuits of `scope` are idle.
    pub(crate) fn respond(&mut self, scope: RestartScope, line: &mut Line) {
        let concerns = |restart: &PeerRestart| match scope {
            RestartScope::Interface => restart.scope == RestartScope::Interface,
            RestartScope::Channel(slot) => restart.waiting.contains(slot),
        };
        let Some(at) = self.carried_out.iter().position(concerns) else {
            line.counters.misused += 1;
            return;
        };
        if let RestartScope::Channel(slot) = scope {
            let restart = &mut self.carried_out[at];
            restart.waiting = restart.waiting.without(slot);
            restart.cleared = restart.cleared.with(slot);
            if !restart.waiting.is_empty() {
                return;
            }
        }
        let restart = self.carried_out.swap_remove(at);
        line.disarm(Owner::Restart(restart.scope), Timer::T317);
        acknowledge(&restart, line);
    }
}

fn send_restart(scope: RestartScope, line: &mut Line) {
    let (class, channel) = match scope {
        RestartScope::Interface => (RestartClass::SingleInterface, None),
        RestartScope::Channel(slot) => (RestartClass::IndicatedChannels, Some(line.config.channel(slot, true))),
    };
    let message = Message::new(CallReference::Global { flag: false }, MessageType::Restart)
        .with_any(channel.map(Ie::ChannelIdentification))
        .with(Ie::Restart(class));
    line.send(&message);
    line.arm(Owner::Restart(scope), Timer::T316);
}

/// RESTART ACKNOWLEDGE with what the RESTART said, or with the channels that are idle if not all are.
fn acknowledge(restart: &PeerRestart, line: &mut Line) {
    let channel = if restart.waiting.is_empty() {
        restart.channel.clone()
    } else {
        restart.channel.clone().map(|channel| channel.with_slots(restart.cleared))
    };
    let message = Message::new(CallReference::Global { flag: true }, MessageType::RestartAcknowledge)
        .with_any(channel.map(Ie::ChannelIdentification))
        .with(Ie::Restart(restart.class));
    line.send(&message);
}

/// What a RESTART or its acknowledgement speaks of.
fn scopes_of(message: &Message) -> Result<(RestartClass, Vec<RestartScope>), Cause> {
    let class = message.restart().ok_or(Cause::MandatoryElementMissing)?;
    let scopes = match class {
        RestartClass::SingleInterface | RestartClass::AllInterfaces => vec![RestartScope::Interface],
        RestartClass::IndicatedChannels => {
            let channel = message.channel().ok_or(Cause::MandatoryElementMissing)?;
            match channel.selection {
                ChannelSelection::Primary { slots, .. } => slots.iter().map(RestartScope::Channel).collect(),
                ChannelSelection::Basic(which) => vec![RestartScope::Channel(which)],
                ChannelSelection::None | ChannelSelection::Any | ChannelSelection::Interface => {
                    return Err(Cause::InvalidElementContents);
                }
            }
        }
    };
    Ok((class, scopes))
}
