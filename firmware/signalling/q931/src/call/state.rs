use super::{active, clearing, incoming, outgoing, rearrangement, recovery, status};
use crate::codec::{CallReference, InformationElement, Message, MessageType, Progress, StateValue};
use crate::interface::{CallHandle, CallIndication, CallRequest, Line, Owner, Side, Timer, Trace};
use clock::Monotonic;
use numbering::{Cause, ClearCause, Digits};

/// One call, from SETUP to the null state.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) handle: CallHandle,
    pub(crate) channel: Channel,
    /// The state's number, for STATUS.
    pub(crate) value: StateValue,
    /// A STATUS ENQUIRY of ours is unanswered.
    pub(crate) enquiry: Option<Enquiry>,
    state: State,
}

/// The channel of a call, and how firmly it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel {
    pub(crate) slot: Option<u8>,
    pub(crate) exclusive: bool,
    /// The first answer to SETUP has passed: no more negotiation.
    pub(crate) settled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Enquiry {
    /// STATUS ENQUIRYs so far.
    pub(crate) sent: u8,
    /// When the last one was sent.
    pub(crate) at: Monotonic,
    /// The peer said that it does not know the question (#97).
    pub(crate) not_known: bool,
}

/// The call states of 2.1, by the names of the user side. The number depends on which side set the call up:
///
/// | state | user set up | network set up | timer |
/// |---|---|---|---|
/// | `CallInitiated` | U1 | N6 | T303 |
/// | `OverlapSending` | U2 | N25 | T304 |
/// | `OutgoingCallProceeding` | U3 | N9 | T310 |
/// | `CallDelivered` | U4 | N7 | T301 |
/// | `CallPresent` | N1 | U6 | |
/// | `OverlapReceiving` | N2 | U25 | T302 |
/// | `IncomingCallProceeding` | N3 | U9 | |
/// | `CallReceived` | N4 | U7 | |
/// | `ConnectRequest` | | U8 | T313 |
/// | `Active` | 10 | 10 | |
/// | `SuspendRequest` (user) | U15 | | T319 |
/// | `ResumeRequest` (user) | U17 | | T318 |
/// | `DisconnectRequest` (we sent it) | U11, N12 | | T305, T306 |
/// | `DisconnectIndication` | U12, N11 | | |
/// | `ReleaseRequest` | 19 | 19 | T308 |
#[derive(Debug)]
pub(crate) enum State {
    Null { cause: ClearCause },
    CallInitiated(CallInitiated),
    OverlapSending,
    OutgoingCallProceeding,
    CallDelivered,
    CallPresent,
    OverlapReceiving,
    IncomingCallProceeding,
    CallReceived,
    ConnectRequest,
    Active,
    SuspendRequest,
    ResumeRequest,
    DisconnectRequest { cause: ClearCause, tone: bool },
    DisconnectIndication { cause: ClearCause, answer: ClearCause },
    ReleaseRequest { cause: ClearCause, answer: ClearCause, retransmitted: bool },
}

/// SETUP is sent and unanswered.
#[derive(Debug)]
pub(crate) struct CallInitiated {
    /// Kept for the retransmission.
    pub(crate) setup: Vec<u8>,
    pub(crate) retransmitted: bool,
    /// Digits dialled before SETUP ACKNOWLEDGE came.
    pub(crate) waiting: Digits,
    pub(crate) waiting_complete: bool,
}

/// Messages that the states treat each in its own way. SETUP, RELEASE, RELEASE COMPLETE, STATUS and the rest mean the same in every state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PeerMessage {
    SetupAcknowledge,
    CallProceeding,
    Alerting,
    Progress,
    Connect,
    ConnectAcknowledge,
    Information,
    Disconnect,
}

/// What may happen to a call.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// Each state does with it as it must.
    OfState(StateEvent<'a>),
    Release(&'a Message),
    ReleaseComplete(&'a Message),
    Status(&'a Message),
    /// SUSPEND and RESUME ACKNOWLEDGE and REJECT.
    Rearrangement(&'a Message),
    /// Clear without a word to the peer (5.5, 5.8.9).
    ClearInside(ClearCause),
    /// 5.8.8.
    LinkReset,
    /// The peer's end of the data link may have failed.
    PeerReestablished,
}

#[derive(Debug)]
pub(crate) enum StateEvent<'a> {
    Peer(PeerMessage, &'a Message),
    Request(CallRequest),
    Expired(Timer),
}

impl PeerMessage {
    pub(crate) const fn kind(self) -> MessageType {
        match self {
            PeerMessage::SetupAcknowledge => MessageType::SetupAcknowledge,
            PeerMessage::CallProceeding => MessageType::CallProceeding,
            PeerMessage::Alerting => MessageType::Alerting,
            PeerMessage::Progress => MessageType::Progress,
            PeerMessage::Connect => MessageType::Connect,
            PeerMessage::ConnectAcknowledge => MessageType::ConnectAcknowledge,
            PeerMessage::Information => MessageType::Information,
            PeerMessage::Disconnect => MessageType::Disconnect,
        }
    }
}

impl Call {
    /// A call that enters its first state.
    pub(crate) fn begin(handle: CallHandle, channel: Channel, state: State, line: &mut Line) -> Call {
        let mut call = Call { handle, channel, value: StateValue::NULL, enquiry: None, state };
        call.entered(None, line);
        call
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner::Call(self.handle)
    }

    pub(crate) fn reference(&self) -> CallReference {
        self.handle.reference()
    }

    /// The cause of a call that is in the null state.
    pub(crate) fn ended(&self) -> Option<ClearCause> {
        if let State::Null { cause } = self.state { Some(cause) } else { None }
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// The cause of a call in the release request state.
    pub(crate) fn releasing(&self) -> Option<ClearCause> {
        if let State::ReleaseRequest { cause, .. } = self.state { Some(cause) } else { None }
    }

    /// A message of this call, to be completed.
    pub(crate) fn message(&self, kind: MessageType) -> Message {
        Message::new(self.reference(), kind)
    }

    /// A message back to the caller's side; the first one names the channel (5.1.2, 5.2.3).
    pub(crate) fn answer(&mut self, kind: MessageType, progress: Option<Progress>, line: &Line) -> Message {
        let channel = self.channel.slot.filter(|_| !self.channel.settled);
        self.channel.settled = true;
        let channel = channel.map(|slot| InformationElement::ChannelIdentification(line.config.channel(slot, true)));
        self.message(kind).with_any(channel).with_any(recovery::progress_element(progress, line))
    }

    /// Runs one event through the state the call is in.
    pub(crate) fn handle(&mut self, event: Event<'_>, line: &mut Line) {
        let before = self.state.timer();
        // The placeholder is seen by nobody: each state function returns the state to go on with.
        let placeholder = State::Null { cause: line.config.cause(Cause::TemporaryFailure) };
        let at = std::mem::replace(&mut self.state, placeholder);
        let kind = std::mem::discriminant(&at);
        self.state = self.transition(at, event, line);
        if kind != std::mem::discriminant(&self.state) {
            self.entered(before, line);
        }
    }

    fn transition(&mut self, at: State, event: Event<'_>, line: &mut Line) -> State {
        match event {
            Event::Release(message) => clearing::release_received(self, at, message, line),
            Event::ReleaseComplete(message) => clearing::release_complete_received(at, message, line),
            Event::Status(message) => status::received(self, at, message, line),
            Event::Rearrangement(message) => rearrangement::received(self, at, message, line),
            Event::ClearInside(cause) => clearing::clear_inside(at, cause),
            Event::LinkReset => clearing::link_reset(self, at, line),
            Event::PeerReestablished => status::verify(self, at, line),
            Event::OfState(event) => self.of_state(at, event, line),
        }
    }

    /// Requests and timers that mean the same in every state, then the state.
    fn of_state(&mut self, at: State, event: StateEvent<'_>, line: &mut Line) -> State {
        match event {
            StateEvent::Expired(Timer::T309) => clearing::null(line.config.cause(Cause::DestinationOutOfOrder)),
            StateEvent::Expired(Timer::T322) => status::t322_expired(self, at, line),
            StateEvent::Request(CallRequest::StatusEnquiry) => status::enquire(self, at, line),
            StateEvent::Request(CallRequest::Suspend { identity }) => rearrangement::suspend(self, at, identity, line),
            StateEvent::Request(CallRequest::Notify { description }) => {
                active::notify(self, description, line);
                at
            }
            StateEvent::Peer(..) | StateEvent::Request(_) | StateEvent::Expired(_) => self.by_state(at, event, line),
        }
    }

    fn by_state(&mut self, at: State, event: StateEvent<'_>, line: &mut Line) -> State {
        match at {
            State::Null { cause } => State::Null { cause },
            State::CallInitiated(initiated) => outgoing::call_initiated(self, initiated, event, line),
            State::OverlapSending => outgoing::overlap_sending(self, event, line),
            State::OutgoingCallProceeding => outgoing::outgoing_call_proceeding(self, event, line),
            State::CallDelivered => outgoing::call_delivered(self, event, line),
            State::CallPresent => incoming::call_present(self, event, line),
            State::OverlapReceiving => incoming::overlap_receiving(self, event, line),
            State::IncomingCallProceeding => incoming::incoming_call_proceeding(self, event, line),
            State::CallReceived => incoming::call_received(self, event, line),
            State::ConnectRequest => active::connect_request(self, event, line),
            State::Active => active::active(self, event, line),
            State::SuspendRequest => rearrangement::suspend_request(self, event, line),
            State::ResumeRequest => rearrangement::resume_request(self, event, line),
            State::DisconnectRequest { cause, tone } => clearing::disconnect_request(self, cause, tone, event, line),
            State::DisconnectIndication { cause, answer } => {
                clearing::disconnect_indication(self, cause, answer, event, line)
            }
            State::ReleaseRequest { cause, answer, retransmitted } => {
                clearing::release_request(self, cause, answer, retransmitted, event, line)
            }
        }
    }

    /// Leaving a state stops its timer, entering one starts its own.
    fn entered(&mut self, before: Option<Timer>, line: &mut Line) {
        let owner = self.owner();
        if let Some(timer) = before {
            line.disarm(owner, timer);
        }
        if let Some(timer) = self.state.timer() {
            line.arm(owner, timer);
        }
        let from = self.value;
        self.value = self.state.value(line.side(), self.handle.ours);
        line.trace(Trace::StateChanged { call: self.handle, from, to: self.value });
        // 5.8.10: no more questions once the call is being cleared.
        if self.state.clearing_cause().is_some() {
            status::stop(self, line);
        }
        if let State::Null { cause } = self.state {
            line.disarm(owner, Timer::T309);
            line.indicate(self.handle, CallIndication::Released { cause });
        }
    }
}

/// 5.6.4: a suspended call, active again under a reference of the user's choice.
pub(crate) fn resumed(handle: CallHandle, channel: Channel, line: &mut Line) -> Call {
    Call::begin(handle, channel, State::Active, line)
}

impl State {
    /// The timer that runs as long as the state lasts.
    const fn timer(&self) -> Option<Timer> {
        match self {
            State::CallInitiated(_) => Some(Timer::T303),
            State::OverlapSending => Some(Timer::T304),
            State::OutgoingCallProceeding => Some(Timer::T310),
            State::CallDelivered => Some(Timer::T301),
            State::OverlapReceiving => Some(Timer::T302),
            State::ConnectRequest => Some(Timer::T313),
            State::SuspendRequest => Some(Timer::T319),
            State::ResumeRequest => Some(Timer::T318),
            State::DisconnectRequest { tone: false, .. } => Some(Timer::T305),
            State::DisconnectRequest { tone: true, .. } => Some(Timer::T306),
            State::ReleaseRequest { .. } => Some(Timer::T308),
            State::Null { .. }
            | State::CallPresent
            | State::IncomingCallProceeding
            | State::CallReceived
            | State::Active
            | State::DisconnectIndication { .. } => None,
        }
    }

    /// The cause of a call that is being cleared, or is: it stays what it was whatever follows.
    pub(super) const fn clearing_cause(&self) -> Option<ClearCause> {
        match self {
            State::DisconnectRequest { cause, .. }
            | State::DisconnectIndication { cause, .. }
            | State::ReleaseRequest { cause, .. }
            | State::Null { cause } => Some(*cause),
            State::CallInitiated(_)
            | State::OverlapSending
            | State::OutgoingCallProceeding
            | State::CallDelivered
            | State::CallPresent
            | State::OverlapReceiving
            | State::IncomingCallProceeding
            | State::CallReceived
            | State::ConnectRequest
            | State::Active
            | State::SuspendRequest
            | State::ResumeRequest => None,
        }
    }

    /// Table 4-8.
    const fn value(&self, side: Side, ours: bool) -> StateValue {
        let user_set_up = matches!((side, ours), (Side::User, true) | (Side::Network, false));
        let user = matches!(side, Side::User);
        StateValue(match self {
            State::Null { .. } => 0,
            State::CallInitiated(_) | State::CallPresent => pick(user_set_up, 1, 6),
            State::OverlapSending | State::OverlapReceiving => pick(user_set_up, 2, 25),
            State::OutgoingCallProceeding | State::IncomingCallProceeding => pick(user_set_up, 3, 9),
            State::CallDelivered | State::CallReceived => pick(user_set_up, 4, 7),
            State::ConnectRequest => 8,
            State::Active => 10,
            State::SuspendRequest => 15,
            State::ResumeRequest => 17,
            State::DisconnectRequest { .. } => pick(user, 11, 12),
            State::DisconnectIndication { .. } => pick(user, 12, 11),
            State::ReleaseRequest { .. } => 19,
        })
    }
}

const fn pick(first: bool, one: u8, other: u8) -> u8 {
    if first { one } else { other }
}
