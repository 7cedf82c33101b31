use crate::codec::{
    BearerCapability, CallIdentity, CallReference, ChannelIdentification, FrameError, InformationElement, MessageType,
    Progress, StateValue,
};
use numbering::{ClearCause, Digits, PartyNumber, Redirection, SubAddress};

/// Names one call of the interface: its call reference value and which side chose it. A handle is dead once
/// [`CallIndication::Released`] was polled; its value may then come back with another call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallHandle {
    pub value: u16,
    pub ours: bool,
}

impl CallHandle {
    /// As it stands in messages that we send (4.3: the flag is 0 from the side that chose the value).
    pub const fn reference(self) -> CallReference {
        CallReference::Call { value: self.value, flag: !self.ours }
    }
}

/// A call to set up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupRequest {
    pub bearer: BearerCapability,
    pub channel: ChannelIdentification,
    pub called: PartyNumber,
    /// The number is whole: "sending complete" goes along, and no overlap sending follows.
    pub complete: bool,
    pub calling: Option<PartyNumber>,
    pub calling_sub_address: Option<SubAddress>,
    pub called_sub_address: Option<SubAddress>,
    pub redirecting: Option<Redirection>,
    /// Progress indicators (#1 not end-to-end ISDN, #3 origin not ISDN).
    pub progress: Vec<Progress>,
    pub display: Option<Vec<u8>>,
    /// Elements to send as they are, after the others.
    pub other: Vec<InformationElement>,
}

/// A call that comes in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupIndication {
    pub bearer: BearerCapability,
    /// What the peer asks; the answer is [`CallRequest::SelectChannel`] before any other request.
    pub channel: Option<ChannelIdentification>,
    pub called: PartyNumber,
    pub complete: bool,
    pub calling: Option<PartyNumber>,
    pub calling_sub_address: Option<SubAddress>,
    pub called_sub_address: Option<SubAddress>,
    pub redirecting: Option<Redirection>,
    pub progress: Vec<Progress>,
    pub display: Option<Vec<u8>>,
    /// All that is not above, in order.
    pub other: Vec<InformationElement>,
}

/// Requests and responses to one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallRequest {
    /// Incoming, local: the channel this call gets. The first message back names it.
    SelectChannel {
        slot: u8,
    },
    /// Incoming: send SETUP ACKNOWLEDGE. `dial_tone`: progress indicator #8 goes along.
    MoreInfo {
        dial_tone: bool,
    },
    Proceeding {
        progress: Option<Progress>,
    },
    Alerting {
        progress: Option<Progress>,
    },
    Progress {
        progress: Progress,
        cause: Option<ClearCause>,
    },
    Connect {
        connected: Option<PartyNumber>,
        progress: Option<Progress>,
    },
    /// Outgoing, overlap sending: more digits.
    Information {
        digits: Digits,
        complete: bool,
    },
    Notify {
        description: u8,
    },
    /// Begin to clear; `tone`: in-band information says why (progress indicator #8).
    Disconnect {
        cause: ClearCause,
        tone: bool,
    },
    /// Clear by the shortest way that the state allows.
    Release {
        cause: ClearCause,
    },
    /// Network, outgoing to several terminals: RELEASE to one that is not, or no longer, wanted (5.2.9, 5.3.2).
    Deselect {
        cause: ClearCause,
    },
    /// User side: suspend the answered call (5.6.1).
    Suspend {
        identity: CallIdentity,
    },
    /// Send STATUS ENQUIRY (5.8.10).
    StatusEnquiry,
}

/// Indications and confirmations of one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallIndication {
    Setup(Box<SetupIndication>),
    /// Outgoing: the peer's first answer names another channel than we did (5.1.2, 5.2.3).
    Channel {
        slot: u8,
    },
    /// Outgoing: SETUP ACKNOWLEDGE.
    MoreInfo {
        in_band: bool,
    },
    Proceeding {
        in_band: bool,
    },
    Alerting {
        in_band: bool,
    },
    Progress {
        in_band: bool,
        cause: Option<ClearCause>,
    },
    /// Outgoing: answered.
    Connect {
        connected: Option<PartyNumber>,
    },
    /// Incoming: our answer was acknowledged; with the network side, as soon as it was sent.
    Active,
    /// Incoming: more digits. With none and `complete`, T302 ran out.
    Information {
        digits: Digits,
        complete: bool,
    },
    Notify {
        description: u8,
    },
    /// The peer began to clear. Without `in_band` this layer goes on by itself; with it, request `Release` when heard enough.
    Disconnect {
        cause: ClearCause,
        in_band: bool,
    },
    /// User side: the network keeps the call; its release follows, and [`crate::CallControl::resume`] takes it up again.
    SuspendConfirm,
    /// User side: refused, or unanswered (#102); the call goes on.
    SuspendRejected {
        cause: ClearCause,
    },
    /// User side: the suspended call is back, on this channel.
    ResumeConfirm {
        slot: u8,
    },
    /// Network side: the user suspended the call. It keeps its channel and goes on under `parked`, which takes nothing but
    /// `Disconnect` and `Release`; this handle is dead.
    Suspended {
        parked: CallHandle,
    },
    /// Network side: the user is back. The call goes on under `call`; the parked handle is dead.
    Resumed {
        call: CallHandle,
    },
    /// The call is in the null state: the handle's last word.
    Released {
        cause: ClearCause,
    },
}

/// What a restart concerns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RestartScope {
    Channel(u8),
    Interface,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterfaceIndication {
    /// The peer restarts (5.5.2): its calls were released before. Answer with `restart_response` when the circuits are idle.
    Restart(RestartScope),
    /// Our restart was acknowledged.
    RestartConfirm(RestartScope),
    /// Our restart was not answered though T316 ran twice (5.5.1): maintenance condition.
    RestartFailed(RestartScope),
    /// T308 ran out twice (5.3.3): the channel is in a maintenance condition until it is restarted.
    Maintenance { slot: u8 },
}

/// What the data link told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataLink {
    /// DL-ESTABLISH confirm or indication.
    Established,
    /// MDL-ERROR F: the peer set the link up anew. Nothing of ours was lost, so there is no DL-ESTABLISH indication (Q.921 annex B);
    /// but the peer's layer 3 may have seen its end fail.
    PeerReestablished,
    /// DL-RELEASE confirm or indication.
    Released,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// DL-ESTABLISH request.
    EstablishLink,
    /// DL-DATA request.
    Transmit(Vec<u8>),
    Call {
        call: CallHandle,
        indication: CallIndication,
    },
    Interface(InterfaceIndication),
    Trace(Trace),
}

/// What happened, for the call ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trace {
    Sent { reference: CallReference, kind: MessageType },
    Received { reference: CallReference, kind: MessageType },
    Ignored(FrameError),
    StateChanged { call: CallHandle, from: StateValue, to: StateValue },
    Expired { call: CallHandle, timer: super::timer::Timer },
}

/// Why a call cannot be set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The data link is not established.
    LinkDown,
    /// The interface holds all the calls it can.
    Full,
    /// The interface does not serve that.
    NotServed,
}
