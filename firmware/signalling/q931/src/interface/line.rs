use super::config::{Access, Config, Side};
use super::counters::Counters;
use super::primitive::{CallHandle, CallIndication, InterfaceIndication, Output, RestartScope, Trace};
use super::timer::Timer;
use crate::codec::Message;
use clock::{Deadlines, Monotonic};
use std::collections::VecDeque;

/// Whose timer it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Owner {
    Call(CallHandle),
    /// The global call reference: a restart.
    Restart(RestartScope),
    /// The message being put together from segments.
    Segments,
}

/// What every call of the interface uses while it handles one event.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) config: Config,
    pub(crate) now: Monotonic,
    pub(crate) link_up: bool,
    pub(crate) timers: Deadlines<(Owner, Timer)>,
    pub(crate) counters: Counters,
    pub(crate) out: VecDeque<Output>,
}

impl Line {
    pub(crate) fn new(config: Config) -> Line {
        Line {
            config,
            now: Monotonic(0),
            link_up: false,
            timers: Deadlines::default(),
            counters: Counters::default(),
            out: VecDeque::new(),
        }
    }

    pub(crate) fn side(&self) -> Side {
        self.config.side
    }

    /// Whether calls may be suspended, by us or by a user of ours.
    pub(crate) fn rearranges_as(&self, side: Side) -> bool {
        self.config.rearrangement && self.config.side == side
    }

    pub(crate) fn send(&mut self, message: &Message) {
        self.send_again(self.encoded(message), message);
    }

    /// As it is written on this access.
    pub(crate) fn encoded(&self, message: &Message) -> Vec<u8> {
        match self.config.access {
            Access::Primary => message.encode(),
            Access::Basic => message.encode_short(),
        }
    }

    /// As [`Line::send`], for octets that were kept for a retransmission.
    pub(crate) fn send_again(&mut self, octets: Vec<u8>, message: &Message) {
        if !self.link_up {
            self.counters.unsent += 1;
            return;
        }
        self.counters.sent += 1;
        self.trace(Trace::Sent { reference: message.reference, kind: message.kind });
        self.out.push_back(Output::Transmit(octets));
    }

    pub(crate) fn indicate(&mut self, call: CallHandle, indication: CallIndication) {
        self.out.push_back(Output::Call { call, indication });
    }

    pub(crate) fn indicate_interface(&mut self, indication: InterfaceIndication) {
        self.out.push_back(Output::Interface(indication));
    }

    pub(crate) fn trace(&mut self, trace: Trace) {
        if self.config.trace {
            self.out.push_back(Output::Trace(trace));
        }
    }

    pub(crate) fn arm(&mut self, owner: Owner, timer: Timer) {
        self.timers.arm((owner, timer), self.now + self.config.timers.value(timer));
    }

    pub(crate) fn disarm(&mut self, owner: Owner, timer: Timer) {
        self.timers.disarm(&(owner, timer));
    }
}
