//! Calls of the network to all terminals of a bus: Q.931 5.2.1 to 5.2.9 and 5.3.2 point to multipoint, states N6 and N22 of the whole.

use crate::config::SLOTS;
use crate::legs_of_calls::{Party, Terminal};
use crate::span::BriSpan;
use clock::{Deadlines, Monotonic};
use identity::LegId;
use legs::{LegIndication, LegRequest, Setup};
use numbering::{Cause, ClearCause, Digits};
use pri::{call_indication, setup_request};
use q931::{
    CallControl, CallHandle, CallIndication, CallReference, CallRequest, ChannelIdentification, Message, MessageType,
    Timer,
};
use std::collections::{BTreeMap, BTreeSet};

/// Calls to all terminals at once at most: one a channel, and those whose reference rests until T312.
const AT_ONCE: usize = 32;
/// Digits kept for terminals that answer late at most.
const MAX_DIGITS: usize = 32;

/// How far the call to all has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// N6 and, terminal by terminal, N25, N9 and N7: nobody has answered.
    Present { leg: LegId },
    /// One terminal has it; the others are told (5.2.9).
    Selected,
    /// N22 call abort: over, but terminals may still answer.
    Abort { cause: ClearCause },
}

#[derive(Debug)]
struct Broadcast {
    phase: Phase,
    setup: Vec<u8>,
    slot: u8,
    retransmitted: bool,
    /// Terminals with a part of it.
    terminals: BTreeSet<Terminal>,
    /// What the exchange heard so far: asks for digits 1, proceeding 2, alerting 3.
    heard: u8,
    digits: Digits,
    complete: bool,
    /// What those who refused said, the weightiest.
    refusal: Option<ClearCause>,
}

#[derive(Debug, Default)]
pub(crate) struct Broadcasts {
    calls: BTreeMap<u16, Broadcast>,
    /// T303 and T312 of each.
    timers: Deadlines<(u16, Timer)>,
    last: u16,
}

impl Broadcasts {
    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        self.timers.deadline()
    }

    fn end(&mut self, value: u16) {
        self.calls.remove(&value);
        self.timers.disarm(&(value, Timer::T303));
        self.timers.disarm(&(value, Timer::T312));
    }
}

impl Broadcast {
    /// 5.2.5.3: of several causes #21 counts most, then #17; #88 is that of a terminal that was not meant.
    fn refused(&mut self, cause: ClearCause) {
        let weight = |cause: ClearCause| match cause.cause {
            Cause::CallRejected => 3,
            Cause::UserBusy => 2,
            Cause::InvalidDestination => 0,
            _ => 1,
        };
        if weight(cause) > 0 && self.refusal.is_none_or(|before| weight(before) < weight(cause)) {
            self.refusal = Some(cause);
        }
    }
}

impl BriSpan {
    /// 5.2.1: SETUP by the broadcast data link. The channel is not negotiable (5.2.3.2).
    pub(crate) fn call_all_terminals(
        &mut self,
        now: Monotonic,
        leg: LegId,
        slot: u8,
        setup: Setup,
    ) -> Result<Party, Cause> {
        let value = self.free_value().ok_or(Cause::NoCircuitAvailable)?;
        let channel = ChannelIdentification::basic(slot, true);
        let complete = setup.complete || !self.config.overlap_sending;
        let request = setup_request(self.config.side, channel, setup, self.config.overlap_sending);
        let setup = CallControl::broadcast_setup(&self.config.call_control(), value, request);
        let call = Broadcast {
            phase: Phase::Present { leg },
            setup,
            slot,
            retransmitted: false,
            terminals: BTreeSet::new(),
            heard: 0,
            digits: Digits::default(),
            complete,
            refusal: None,
        };
        self.broadcasts.calls.insert(value, call);
        self.send_setup(now, value);
        Ok(Party::Broadcast(value))
    }

    fn send_setup(&mut self, now: Monotonic, value: u16) {
        let Some(call) = self.broadcasts.calls.get(&value) else { return };
        self.channel.broadcast(&call.setup);
        for timer in [Timer::T303, Timer::T312] {
            let at = now + self.timers().value(timer);
            self.broadcasts.timers.arm((value, timer), at);
        }
    }

    /// 4.3: a value that no terminal has for a call of ours.
    fn free_value(&mut self) -> Option<u16> {
        if self.broadcasts.calls.len() >= AT_ONCE {
            return None;
        }
        let free = |value: &u16| {
            let call = CallHandle { value: *value, ours: true };
            !self.broadcasts.calls.contains_key(value) && !self.stations.values().any(|it| it.control.uses(call))
        };
        let last = self.broadcasts.last;
        let value = (last + 1..=127).chain(1..=last).find(free)?;
        self.broadcasts.last = value;
        Some(value)
    }

    /// A message of a terminal that has no part of the call yet that it answers. True if that is all there is to do about it.
    pub(crate) fn answers_broadcast(&mut self, now: Monotonic, terminal: Terminal, message: &[u8]) -> bool {
        if self.broadcasts.calls.is_empty() {
            return false;
        }
        let Ok(message) = Message::parse(message) else { return false };
        let CallReference::Call { value, flag: true } = message.reference else { return false };
        let call = CallHandle { value, ours: true };
        let known = self.stations.get(&terminal).is_none_or(|station| station.control.uses(call));
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value).filter(|_| !known) else { return false };
        match message.kind {
            MessageType::SetupAcknowledge
            | MessageType::CallProceeding
            | MessageType::Alerting
            | MessageType::Connect => {}
            MessageType::ReleaseComplete => {
                if let Some(cause) = message.cause() {
                    broadcast.refused(cause.clear_cause());
                }
                return true;
            }
            _ => return false,
        }
        self.add_part(now, terminal, value)
    }

    /// True if the message that it answered with is to go no further.
    fn add_part(&mut self, now: Monotonic, terminal: Terminal, value: u16) -> bool {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return true };
        let Some(station) = self.stations.get_mut(&terminal) else { return true };
        let Ok(call) = station.control.broadcast_answered(now, value, Some(broadcast.slot)) else { return true };
        let unwanted = match broadcast.phase {
            Phase::Present { .. } => {
                broadcast.terminals.insert(terminal);
                self.broadcasts.timers.disarm(&(value, Timer::T303));
                if !broadcast.digits.is_empty() {
                    let (digits, complete) = (broadcast.digits.clone(), broadcast.complete);
                    station.control.request(now, call, CallRequest::Information { digits, complete });
                }
                return false;
            }
            Phase::Selected => self.cause(Cause::NonSelectedUserClearing),
            Phase::Abort { cause } => cause,
        };
        self.counters.not_selected += 1;
        self.with_control(terminal, |control| control.request(now, call, CallRequest::Deselect { cause: unwanted }));
        true
    }

    /// What a part of a call to all tells. Other indications without a leg are of calls that never had one.
    pub(crate) fn hear_part(
        &mut self,
        now: Monotonic,
        terminal: Terminal,
        call: CallHandle,
        indication: CallIndication,
    ) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&call.value).filter(|_| call.ours) else { return };
        let (value, phase) = (call.value, broadcast.phase);
        let Phase::Present { leg } = phase else { return };
        if !broadcast.terminals.contains(&terminal) {
            return;
        }
        let stage = match indication {
            CallIndication::MoreInfo { .. } => 1,
            CallIndication::Proceeding { .. } => 2,
            CallIndication::Alerting { .. } => 3,
            CallIndication::Connect { connected } => {
                return self.select(now, (terminal, value), leg, LegIndication::Answered { connected });
            }
            CallIndication::Disconnect { cause, in_band } => {
                broadcast.refused(cause);
                if in_band {
                    // Nobody listens to one of several terminals.
                    self.with_control(terminal, |control| control.request(now, call, CallRequest::Release { cause }));
                }
                return;
            }
            CallIndication::Released { cause } => return self.part_released(now, terminal, value, cause),
            // No speech path leads to one of several terminals before it is selected.
            CallIndication::Setup(_)
            | CallIndication::Channel { .. }
            | CallIndication::Progress { .. }
            | CallIndication::Active
            | CallIndication::Information { .. }
            | CallIndication::Notify { .. }
            | CallIndication::SuspendConfirm
            | CallIndication::SuspendRejected { .. }
            | CallIndication::ResumeConfirm { .. }
            | CallIndication::Suspended { .. }
            | CallIndication::Resumed { .. } => return,
        };
        if stage <= broadcast.heard {
            return;
        }
        broadcast.heard = stage;
        let plain = match stage {
            1 => CallIndication::MoreInfo { in_band: false },
            2 => CallIndication::Proceeding { in_band: false },
            _ => CallIndication::Alerting { in_band: false },
        };
        let told = call_indication(plain, self.config.overlap_sending);
        self.tell_if_any(leg, told);
    }

    /// 5.2.8, 5.2.9: the first to answer gets the call, the others are released.
    fn select(&mut self, now: Monotonic, (winner, value): (Terminal, u16), leg: LegId, told: LegIndication) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return };
        broadcast.phase = Phase::Selected;
        let others: Vec<Terminal> = broadcast.terminals.iter().copied().filter(|it| *it != winner).collect();
        self.legs.rebind(leg, winner, CallHandle { value, ours: true });
        let cause = self.cause(Cause::NonSelectedUserClearing);
        self.counters.not_selected += others.len() as u64;
        self.deselect(now, &others, value, cause);
        self.stop_waiting(value);
        if self.settle_leg(now, leg) {
            self.tell_leg(leg, told);
        }
    }

    fn deselect(&mut self, now: Monotonic, terminals: &[Terminal], value: u16, cause: ClearCause) {
        let call = CallHandle { value, ours: true };
        for terminal in terminals {
            self.with_control(*terminal, |control| control.request(now, call, CallRequest::Deselect { cause }));
        }
    }

    /// No more SETUPs. The reference rests as long as T312 lets terminals answer.
    fn stop_waiting(&mut self, value: u16) {
        self.broadcasts.timers.disarm(&(value, Timer::T303));
        if !self.broadcasts.timers.runs(&(value, Timer::T312)) {
            self.broadcasts.end(value);
        }
    }

    fn part_released(&mut self, now: Monotonic, terminal: Terminal, value: u16, cause: ClearCause) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return };
        broadcast.terminals.remove(&terminal);
        broadcast.refused(cause);
        self.end_if_refused(now, value);
    }

    /// Everybody who answered has cleared, and nobody else will answer (5.2.5.3, 5.3.2 e).
    fn end_if_refused(&mut self, now: Monotonic, value: u16) {
        let Some(broadcast) = self.broadcasts.calls.get(&value) else { return };
        let waits = [Timer::T303, Timer::T312].iter().any(|timer| self.broadcasts.timers.runs(&(value, *timer)));
        if broadcast.terminals.is_empty() && !waits {
            let cause = broadcast.refusal.unwrap_or(self.cause(Cause::NoUserResponding));
            self.abort(now, value, cause, cause);
        }
    }

    /// The whole is over: the leg hears it, the terminals that have a part are released with
    /// `told`, and others that answer until T312 will be.
    fn abort(&mut self, now: Monotonic, value: u16, cause: ClearCause, told: ClearCause) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return };
        let Phase::Present { leg } = broadcast.phase else { return };
        broadcast.phase = Phase::Abort { cause: told };
        let parts: Vec<Terminal> = std::mem::take(&mut broadcast.terminals).into_iter().collect();
        self.deselect(now, &parts, value, told);
        self.stop_waiting(value);
        self.end_leg(leg, cause);
    }

    /// A terminal went away with its parts of calls.
    pub(crate) fn terminal_gone(&mut self, now: Monotonic, terminal: Terminal, cause: ClearCause) {
        let with_part = |(value, it): (&u16, &Broadcast)| it.terminals.contains(&terminal).then_some(*value);
        let values: Vec<u16> = self.broadcasts.calls.iter().filter_map(with_part).collect();
        for value in values {
            self.part_released(now, terminal, value, cause);
        }
    }

    /// Requests to a call that nobody has answered.
    pub(crate) fn broadcast_request(&mut self, now: Monotonic, value: u16, request: LegRequest) {
        match request {
            LegRequest::Disconnect { cause, .. } | LegRequest::Release { cause } => {
                self.abort(now, value, cause, cause)
            }
            LegRequest::Digits { digits, complete } if self.config.overlap_sending => {
                self.send_digits(now, value, digits, complete);
            }
            LegRequest::Setup(_)
            | LegRequest::MoreDigits
            | LegRequest::Proceeding
            | LegRequest::Alerting { .. }
            | LegRequest::Progress { .. }
            | LegRequest::Answer { .. }
            | LegRequest::Digits { .. }
            | LegRequest::Key(_)
            | LegRequest::AnswerNow
            | LegRequest::Notify { .. }
            | LegRequest::Hold
            | LegRequest::Retrieve
            | LegRequest::OfferImage { .. }
            | LegRequest::AnswerImage { .. }
            | LegRequest::TransferAccepted
            | LegRequest::TransferDone
            | LegRequest::TransferFailed { .. } => self.counters.ignored_requests += 1,
        }
    }

    /// 5.2.4: to each terminal that asked for more, and kept for those that will.
    fn send_digits(&mut self, now: Monotonic, value: u16, digits: Digits, complete: bool) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return };
        if broadcast.digits.len() + digits.len() <= MAX_DIGITS {
            broadcast.digits.append(&digits);
        }
        broadcast.complete |= complete;
        let parts: Vec<Terminal> = broadcast.terminals.iter().copied().collect();
        let call = CallHandle { value, ours: true };
        for terminal in parts {
            let request = CallRequest::Information { digits: digits.clone(), complete };
            self.with_control(terminal, |control| control.request(now, call, request));
        }
    }

    pub(crate) fn expire_broadcasts(&mut self, now: Monotonic) {
        while let Some((value, timer)) = self.broadcasts.timers.expire(now) {
            match timer {
                Timer::T303 => self.t303_expired(now, value),
                _ => self.t312_expired(now, value),
            }
        }
    }

    /// Nobody rings, and those who spoke refused (5.2.5.3); or nobody spoke at all, twice (5.2.5.4). A refusal is not told before: however
    /// many terminals have TEIs, one that has none yet may be plugged in, and nobody but T303 knows when all have had their say.
    fn t303_expired(&mut self, now: Monotonic, value: u16) {
        let Some(broadcast) = self.broadcasts.calls.get_mut(&value) else { return };
        match broadcast.refusal {
            Some(cause) => self.abort(now, value, cause, cause),
            None if broadcast.retransmitted => {
                let told = self.cause(Cause::RecoveryOnTimerExpiry);
                self.abort(now, value, self.cause(Cause::NoUserResponding), told);
            }
            None => {
                broadcast.retransmitted = true;
                self.send_setup(now, value);
            }
        }
    }

    /// No terminal may answer any more; the reference is free once all parts are.
    fn t312_expired(&mut self, now: Monotonic, value: u16) {
        let Some(broadcast) = self.broadcasts.calls.get(&value) else { return };
        match broadcast.phase {
            Phase::Present { .. } => self.end_if_refused(now, value),
            Phase::Selected | Phase::Abort { .. } => self.broadcasts.end(value),
        }
    }
}

/// A call for each channel finds a place besides those that rest.
const _: () = assert!(AT_ONCE > SLOTS.len());
