use crate::call::{self, Call, Event, PeerMessage, StateEvent};
use crate::codec::{CallIdentity, CallReference, Message, MessageType, Segment};
use crate::interface::{
    CallHandle, CallIndication, CallRequest, Config, Counters, DataLink, InterfaceIndication, Line, Output, Owner,
    Refusal, RestartScope, SetupRequest, Side, Timer, Trace,
};
use crate::reassembly::Reassembly;
use crate::restart::Restarts;
use crate::suspended::Suspended;
use crate::unsaid::Unsaid;
use clock::Monotonic;
use numbering::{Cause, ClearCause};
use std::collections::BTreeMap;

/// Call control of one interface.
#[derive(Debug)]
pub struct CallControl {
    calls: BTreeMap<CallHandle, Call>,
    restarts: Restarts,
    unsaid: Unsaid,
    suspended: Suspended,
    reassembly: Reassembly,
    line: Line,
    last_value: u16,
}

impl CallControl {
    pub fn new(config: Config) -> CallControl {
        CallControl {
            calls: BTreeMap::new(),
            restarts: Restarts::default(),
            unsaid: Unsaid::default(),
            suspended: Suspended::default(),
            reassembly: Reassembly::default(),
            line: Line::new(config),
            last_value: 0,
        }
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.line.out.pop_front()
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.line.timers.deadline()
    }

    pub fn counters(&self) -> Counters {
        self.line.counters
    }

    /// Calls that are not in the null state, and suspended ones.
    pub fn calls(&self) -> usize {
        self.calls.len() + self.suspended.len()
    }

    pub fn link_is_up(&self) -> bool {
        self.line.link_up
    }

    /// Sets up a call.
    pub fn setup(&mut self, now: Monotonic, request: SetupRequest) -> Result<CallHandle, Refusal> {
        self.line.now = now;
        self.room()?;
        let handle = self.free_reference();
        let call = call::setup_requested(handle, request, &mut self.line);
        self.calls.insert(handle, call);
        Ok(handle)
    }

    /// Network side of a point-to-multipoint access: the SETUP of a call to all terminals. The call itself is its sender's; each terminal
    /// that answers gets a part of it by [`CallControl::broadcast_answered`].
    pub fn broadcast_setup(config: &Config, value: u16, request: SetupRequest) -> Vec<u8> {
        call::broadcast_setup(CallHandle { value, ours: true }, request, &Line::new(config.clone()))
    }

    /// This terminal's first answer to a broadcast SETUP is about to be received.
    pub fn broadcast_answered(&mut self, now: Monotonic, value: u16, slot: Option<u8>) -> Result<CallHandle, Refusal> {
        self.line.now = now;
        self.room()?;
        let handle = CallHandle { value, ours: true };
        if self.uses(handle) {
            return Err(Refusal::Full);
        }
        self.calls.insert(handle, call::broadcast_setup_answered(handle, slot, &mut self.line));
        Ok(handle)
    }

    /// A call that goes out was answered, as is heard on its channel; no CONNECT may ever come: nothing waits for it any more.
    pub fn answered_by_sound(&mut self, call: CallHandle) {
        for timer in [Timer::T310, Timer::T301] {
            self.line.disarm(Owner::Call(call), timer);
        }
    }

    /// The data link is taken away (MDL-REMOVE): every call ends, and there is nobody to tell.
    pub fn abandon(&mut self, now: Monotonic, cause: ClearCause) {
        self.line.now = now;
        self.run_all(|_| true, cause);
        self.unsaid.forget();
    }

    /// Whether that reference is taken: by a call, or by what its peer has not heard of the end of one.
    pub fn uses(&self, call: CallHandle) -> bool {
        self.calls.contains_key(&call) || self.unsaid.contains(call)
    }

    /// The cause of a call whose RELEASE is unanswered (state 19). 5.3.3, 5.3.4: its peer has released the channel when it answers.
    pub fn releasing(&self, call: CallHandle) -> Option<ClearCause> {
        self.calls.get(&call).and_then(Call::releasing)
    }

    /// User side of a point-to-multipoint access: a message of the broadcast data link. Only SETUP comes there (5.2.1), and what is wrong with
    /// one is not answered: every terminal would (5.8.3.2, 5.8.6).
    pub fn receive_broadcast(&mut self, now: Monotonic, frame: &[u8]) {
        let good = Message::parse(frame).is_ok_and(|message| {
            let new = matches!(message.reference, CallReference::Call { value, flag: false }
                if !self.calls.contains_key(&CallHandle { value, ours: false }));
            new && message.kind == MessageType::Setup && call::mandatory_elements(&message, self.line.side()).is_ok()
        });
        if good {
            self.receive(now, frame);
        } else {
            self.line.counters.ignored_frames += 1;
        }
    }

    /// User side: takes up a call that was suspended (5.6.4).
    pub fn resume(&mut self, now: Monotonic, identity: CallIdentity) -> Result<CallHandle, Refusal> {
        self.line.now = now;
        if !self.line.rearranges_as(Side::User) {
            return Err(Refusal::NotServed);
        }
        self.room()?;
        let handle = self.free_reference();
        let call = call::resume_requested(handle, identity, &mut self.line);
        self.calls.insert(handle, call);
        Ok(handle)
    }

    fn room(&mut self) -> Result<(), Refusal> {
        if !self.line.link_up {
            return Err(Refusal::LinkDown);
        }
        if self.is_full() {
            self.line.counters.refused_full += 1;
            return Err(Refusal::Full);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.calls() >= self.line.config.max_calls()
    }

    /// 4.3: a value that no call of ours has; both tables are far smaller than the 127 or 32767 values.
    fn free_reference(&mut self) -> CallHandle {
        loop {
            let last = self.line.config.last_reference();
            self.last_value = if self.last_value >= last { 1 } else { self.last_value + 1 };
            let handle = CallHandle { value: self.last_value, ours: true };
            if !self.uses(handle) {
                return handle;
            }
        }
    }

    /// A request for a call that is gone is counted and ignored.
    pub fn request(&mut self, now: Monotonic, call: CallHandle, request: CallRequest) {
        self.line.now = now;
        if self.suspended.contains(call) {
            return self.request_of_suspended(call, request);
        }
        if !self.calls.contains_key(&call) {
            self.line.counters.misused += 1;
            return;
        }
        // 5.8.9: nothing can be said while the data link is down; the peer hears of it once it is back.
        let event = match request {
            CallRequest::Disconnect { cause, .. } | CallRequest::Release { cause } if !self.line.link_up => {
                Event::ClearInside(cause)
            }
            request => Event::OfState(StateEvent::Request(request)),
        };
        self.run(call, event);
    }

    fn request_of_suspended(&mut self, parked: CallHandle, request: CallRequest) {
        match request {
            CallRequest::Disconnect { cause, .. } | CallRequest::Release { cause } => {
                self.suspended.clear(parked, cause, &mut self.line);
            }
            _ => self.line.counters.misused += 1,
        }
    }

    /// Runs one event through a call, and forgets the call if that ends it.
    fn run(&mut self, handle: CallHandle, event: Event<'_>) {
        let Some(call) = self.calls.get_mut(&handle) else { return };
        call.handle(event, &mut self.line);
        if let Some(cause) = call.ended() {
            self.calls.remove(&handle);
            if !self.line.link_up {
                self.unsaid.add(handle, cause, &self.line);
            }
        }
    }

    /// Restarts a channel or the interface (5.5.1). Its calls are released first.
    pub fn restart(&mut self, now: Monotonic, scope: RestartScope) {
        self.line.now = now;
        self.clear_inside(scope);
        self.restarts.request(scope, &mut self.line);
    }

    /// The circuits that the peer restarts are idle (5.5.2).
    pub fn restart_response(&mut self, now: Monotonic, scope: RestartScope) {
        self.line.now = now;
        self.restarts.respond(scope, &mut self.line);
    }

    fn ask_again(&mut self) {
        let scopes: Vec<RestartScope> = self.restarts.requested().collect();
        scopes.into_iter().for_each(|scope| self.clear_inside(scope));
        self.restarts.ask_again(&mut self.line);
    }

    /// Releases the calls within a restart. Of a channel that is not agreed on yet the peer may think otherwise: it has the call elsewhere,
    /// where the restart does not reach it, and is told.
    fn clear_inside(&mut self, scope: RestartScope) {
        let cause = self.line.config.cause(Cause::TemporaryFailure);
        let within = |call: &Call| match scope {
            RestartScope::Interface => true,
            RestartScope::Channel(slot) => call.channel.slot == Some(slot),
        };
        let unsure = |call: &Call| scope != RestartScope::Interface && within(call) && !call.channel.settled;
        let elsewhere = self.handles(unsure);
        self.run_all(within, cause);
        for handle in elsewhere {
            self.unsaid.add(handle, cause, &self.line);
            if self.line.link_up {
                self.unsaid.tell_of(handle, &mut self.line);
            }
        }
        for parked in self.suspended.within(scope) {
            self.suspended.clear(parked, cause, &mut self.line);
        }
    }

    fn run_all(&mut self, which: impl Fn(&Call) -> bool, cause: ClearCause) {
        for handle in self.handles(which) {
            self.run(handle, Event::ClearInside(cause));
        }
    }

    fn handles(&self, which: impl Fn(&Call) -> bool) -> Vec<CallHandle> {
        self.calls.values().filter(|call| which(call)).map(|call| call.handle).collect()
    }

    /// What the data link told, 5.8.8 and 5.8.9. Established while it was up is a reset.
    pub fn data_link(&mut self, now: Monotonic, event: DataLink) {
        self.line.now = now;
        let was_up = self.line.link_up;
        match event {
            DataLink::Established if was_up => {
                self.on_all_calls(|| Event::LinkReset);
                self.unsaid.tell(&mut self.line);
                // The reset may have swallowed a RESTART on its way.
                self.ask_again();
            }
            DataLink::Established => {
                self.line.link_up = true;
                for call in self.calls.values_mut().filter(|call| call.is_active()) {
                    call::resume_after_link_failure(call, &mut self.line);
                }
                self.unsaid.tell(&mut self.line);
                self.ask_again();
            }
            DataLink::PeerReestablished if was_up => self.on_all_calls(|| Event::PeerReestablished),
            DataLink::Released if was_up => {
                self.line.link_up = false;
                self.link_failed();
            }
            DataLink::PeerReestablished | DataLink::Released => {}
        }
    }

    fn on_all_calls(&mut self, event: impl Fn() -> Event<'static>) {
        for handle in self.handles(|_| true) {
            self.run(handle, event());
        }
    }

    /// 5.8.9: calls that are not answered are cleared; answered ones wait for the link until T309.
    fn link_failed(&mut self) {
        let cause = self.line.config.cause(Cause::DestinationOutOfOrder);
        self.run_all(|call| !call.is_active(), cause);
        for handle in self.handles(|_| true) {
            self.line.disarm(Owner::Call(handle), Timer::T322);
            self.line.arm(Owner::Call(handle), Timer::T309);
        }
        if !self.calls.is_empty() {
            self.line.out.push_back(Output::EstablishLink);
        }
    }

    /// Runs the timers that are due.
    pub fn expire(&mut self, now: Monotonic) {
        self.line.now = now;
        while let Some((owner, timer)) = self.line.timers.expire(now) {
            self.line.counters.timer_expiries += 1;
            match (owner, timer) {
                (Owner::Restart(scope), Timer::T316) => {
                    // The peer clears what it finds inside; calls begun meanwhile end here too, or only one side would keep them.
                    self.clear_inside(scope);
                    self.restarts.t316_expired(scope, &mut self.line);
                }
                (Owner::Segments, _) => self.reassembly.give_up(&mut self.line),
                (Owner::Restart(scope), _) => self.restarts.t317_expired(scope, &mut self.line),
                (Owner::Call(parked), Timer::T307) => {
                    let cause = self.line.config.cause(Cause::RecoveryOnTimerExpiry);
                    self.suspended.clear(parked, cause, &mut self.line);
                }
                (Owner::Call(call), timer) => {
                    self.line.trace(Trace::Expired { call, timer });
                    self.run(call, Event::OfState(StateEvent::Expired(timer)));
                }
            }
        }
    }

    /// DL-DATA indication.
    pub fn receive(&mut self, now: Monotonic, frame: &[u8]) {
        self.line.now = now;
        self.line.counters.received += 1;
        match Segment::parse(frame) {
            None => {
                self.reassembly.give_up(&mut self.line);
                self.receive_message(frame);
            }
            Some(segment) => {
                if let Some(whole) = self.reassembly.take(segment, &mut self.line) {
                    self.receive_message(&whole);
                }
            }
        }
    }

    fn receive_message(&mut self, frame: &[u8]) {
        let message = match Message::parse(frame) {
            Ok(message) => message,
            Err(error) => {
                self.line.counters.ignored_frames += 1;
                return self.line.trace(Trace::Ignored(error));
            }
        };
        self.line.trace(Trace::Received { reference: message.reference, kind: message.kind });
        match message.reference {
            CallReference::Dummy => self.line.counters.not_served += 1,
            CallReference::Global { flag } => self.global(flag, &message),
            CallReference::Call { value, flag } => {
                let handle = CallHandle { value, ours: flag };
                if self.calls.contains_key(&handle) {
                    self.of_call(handle, &message);
                } else if self.unsaid.answered(handle, message.kind, &mut self.line) {
                    // The last of a call that ended while the data link was down.
                } else if message.kind == MessageType::Setup && !handle.ours {
                    self.setup_received(handle, message);
                } else if message.kind == MessageType::Resume && !handle.ours && self.line.rearranges_as(Side::Network)
                {
                    self.resume_received(handle, &message);
                } else {
                    call::unknown_reference(handle, &message, &mut self.line);
                }
            }
        }
    }

    fn global(&mut self, flag: bool, message: &Message) {
        for scope in self.restarts.receive(flag, message, &mut self.line) {
            self.clear_inside(scope);
            if scope == RestartScope::Interface {
                self.unsaid.forget();
            }
            self.line.indicate_interface(InterfaceIndication::Restart(scope));
        }
    }

    fn setup_received(&mut self, handle: CallHandle, message: Message) {
        if self.is_full() {
            self.line.counters.refused_full += 1;
            let fault = call::ElementFault { cause: Cause::SwitchingCongestion, diagnostics: Vec::new() };
            return call::refuse_with(handle, fault, &mut self.line);
        }
        if let Err(fault) = call::mandatory_elements(&message, self.line.side()) {
            self.line.counters.element_errors += 1;
            return call::refuse_with(handle, fault, &mut self.line);
        }
        let faults = Message { elements: Vec::new(), faults: message.faults.clone(), ..message };
        if let Some(call) = call::setup_received(handle, message, &mut self.line) {
            if !faults.faults.is_empty() {
                call::report_bad_elements(&call, &faults, &mut self.line);
            }
            self.calls.insert(handle, call);
        }
    }

    fn resume_received(&mut self, handle: CallHandle, message: &Message) {
        if let Some(channel) = self.suspended.resume(handle, message, &mut self.line) {
            self.calls.insert(handle, call::resumed(handle, channel, &mut self.line));
        }
    }

    /// 5.6.2: the reference is free at once; the call goes on without one.
    fn suspend_received(&mut self, handle: CallHandle, message: &Message) {
        let Some(call) = self.calls.get(&handle) else { return };
        if !call.is_active() {
            return self.with(handle, |call, line| call::unexpected(call, MessageType::Suspend, line));
        }
        if self.suspended.suspend(handle, call.channel, message, &mut self.line) {
            self.calls.remove(&handle);
            self.line.timers.disarm_all(|(owner, _)| *owner == Owner::Call(handle));
        }
    }

    /// A message of a call that exists.
    fn of_call(&mut self, handle: CallHandle, message: &Message) {
        match message.kind {
            // 5.8.3.2 e.
            MessageType::Setup => self.line.counters.reference_errors += 1,
            MessageType::Release => self.run(handle, Event::Release(message)),
            MessageType::ReleaseComplete => self.run(handle, Event::ReleaseComplete(message)),
            MessageType::Status => self.run(handle, Event::Status(message)),
            MessageType::StatusEnquiry => self.with(handle, |call, line| {
                call::report(call, Cause::ResponseToStatusEnquiry, Vec::new(), line);
            }),
            MessageType::SetupAcknowledge => self.checked(handle, PeerMessage::SetupAcknowledge, message),
            MessageType::CallProceeding => self.checked(handle, PeerMessage::CallProceeding, message),
            MessageType::Alerting => self.checked(handle, PeerMessage::Alerting, message),
            MessageType::Progress => self.checked(handle, PeerMessage::Progress, message),
            MessageType::Connect => self.checked(handle, PeerMessage::Connect, message),
            MessageType::ConnectAcknowledge => self.checked(handle, PeerMessage::ConnectAcknowledge, message),
            MessageType::Information => self.checked(handle, PeerMessage::Information, message),
            MessageType::Disconnect => {
                self.run(handle, Event::OfState(StateEvent::Peer(PeerMessage::Disconnect, message)))
            }
            MessageType::Notify => self.notified(handle, message),
            MessageType::Suspend if self.line.rearranges_as(Side::Network) => self.suspend_received(handle, message),
            MessageType::SuspendAcknowledge
            | MessageType::SuspendReject
            | MessageType::ResumeAcknowledge
            | MessageType::ResumeReject
                if self.line.rearranges_as(Side::User) =>
            {
                self.run(handle, Event::Rearrangement(message));
            }
            // Recognised; no procedure of ours uses them, and their senders want no answer.
            MessageType::Facility
            | MessageType::Segment
            | MessageType::CongestionControl
            | MessageType::UserInformation => self.line.counters.not_served += 1,
            kind @ (MessageType::SuspendReject
            | MessageType::ResumeReject
            | MessageType::Hold
            | MessageType::Suspend
            | MessageType::Resume
            | MessageType::HoldAcknowledge
            | MessageType::SuspendAcknowledge
            | MessageType::ResumeAcknowledge
            | MessageType::HoldReject
            | MessageType::Retrieve
            | MessageType::RetrieveAcknowledge
            | MessageType::RetrieveReject
            | MessageType::Restart
            | MessageType::RestartAcknowledge
            | MessageType::Register
            | MessageType::Unknown(_)) => {
                self.with(handle, |call, line| call::not_implemented(call, kind, line));
            }
        }
    }

    fn with(&mut self, handle: CallHandle, what: impl FnOnce(&Call, &mut Line)) {
        if let Some(call) = self.calls.get(&handle) {
            what(call, &mut self.line);
        }
    }

    /// 5.8.6 before the state acts, 5.8.7.2 after it did.
    fn checked(&mut self, handle: CallHandle, kind: PeerMessage, message: &Message) {
        if self.passes(handle, message) {
            self.run(handle, Event::OfState(StateEvent::Peer(kind, message)));
            if !message.faults.is_empty() {
                self.with(handle, |call, line| call::report_bad_elements(call, message, line));
            }
        }
    }

    fn passes(&mut self, handle: CallHandle, message: &Message) -> bool {
        let Err(fault) = call::mandatory_elements(message, self.line.side()) else { return true };
        self.line.counters.element_errors += 1;
        self.with(handle, |call, line| call::report(call, fault.cause, fault.diagnostics, line));
        false
    }

    fn notified(&mut self, handle: CallHandle, message: &Message) {
        if self.passes(handle, message)
            && let Some(description) = message.notification()
        {
            self.line.indicate(handle, CallIndication::Notify { description });
        }
    }
}
