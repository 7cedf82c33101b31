//! The table of legs, and which message concerns which.

use super::contacts::Abandoned;
use super::leg::{Closing, GIVE_UP, Leg, LegTimer, Phase};
use crate::dialog::DialogName;
use crate::ports::Ports;
use crate::random::Random;
use crate::transactions::{Peer, Transactions, TxEvent, TxId};
use crate::transport::Transport;
use crate::wire::{self, push, text};
use clock::{Deadlines, Millis, Monotonic};
use identity::{LegId, LegIds, LineId};
use legs::LegIndication;
use numbering::{Cause, ClearCause};
use plan::MediaRequest;
use sipx_sip::auth::Credentials;
use sipx_sip::{HeaderName, Method, Request};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use trace::{Trace, Way};

/// What a client transaction was for.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// With the ACK of its 2xx, to be sent again with each repeated 2xx.
    Invite(LegId, Option<(Request, Peer)>),
    /// An INVITE to a contact that said nothing, after another one was called: whatever it says now, it is told that it is over.
    Abandoned(Box<Abandoned>),
    Reinvite(LegId, Option<(Request, Peer)>),
    Update(LegId),
    /// BYE, CANCEL, PRACK, INFO: nothing hangs on the answer.
    Courtesy,
    Refer(LegId),
    /// Belongs to the owner of the calls.
    Outside,
}

#[derive(Debug)]
pub(crate) enum CallOutput {
    Leg(LegId, LegIndication),
    Media(MediaRequest),
    Trace(Trace),
    /// NOTIFY in a dialog: event package and body (the telephone's side).
    Notified {
        leg: LegId,
        event: String,
        body: String,
    },
    /// The far end answered our REFER.
    Referred {
        leg: LegId,
        status: u16,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct CallSettings {
    pub max_legs: usize,
    /// RFC 4028; 0: off.
    pub session_seconds: u32,
    /// The longest that an outgoing leg may ring.
    pub ring_limit: Millis,
    /// What to answer challenges with (a telephone's side only).
    pub credentials: Option<Credentials>,
    /// The user part of Contacts.
    pub contact_user: String,
}

#[derive(Debug)]
pub(crate) struct Calls {
    pub tx: Transactions,
    pub random: Random,
    pub settings: CallSettings,
    pub(super) legs: BTreeMap<LegId, Leg>,
    pub(super) names: HashMap<DialogName, LegId>,
    pub(super) purposes: HashMap<TxId, Purpose>,
    pub(super) timers: Deadlines<(LegId, LegTimer)>,
    pub(super) ports: Ports,
    pub(super) out: VecDeque<CallOutput>,
    ids: LegIds,
    /// Requests of the exchange, and messages, that their leg's state does not allow.
    pub unexpected: u64,
}

impl Calls {
    pub fn new(tx: Transactions, random: Random, settings: CallSettings, ports: Ports, ids: LegIds) -> Calls {
        Calls {
            tx,
            random,
            settings,
            legs: BTreeMap::new(),
            names: HashMap::new(),
            purposes: HashMap::new(),
            timers: Deadlines::default(),
            ports,
            out: VecDeque::new(),
            ids,
            unexpected: 0,
        }
    }

    /// Legs there are, those included that only wait for the far end's last word.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    pub fn full(&self) -> bool {
        self.legs.len() >= self.settings.max_legs
    }

    /// Another range of RTP ports, for calls from now on.
    pub fn change_ports(&mut self, range: (u16, u16)) {
        self.ports.change(range);
    }

    /// A leg's messages go out from this UDP address.
    pub fn speaks_from(&self, local: SocketAddr) -> bool {
        self.legs.values().any(|leg| leg.dialog.peer.local == local && leg.dialog.peer.transport == Transport::Udp)
    }

    /// Sends a request outside any call; what comes of it is the owner's.
    pub fn ask(&mut self, now: Monotonic, request: Request, peer: Peer) -> Option<TxId> {
        self.send(now, request, peer, Purpose::Outside)
    }

    pub fn allocate(&mut self) -> LegId {
        self.ids.allocate()
    }

    pub fn poll(&mut self) -> Option<CallOutput> {
        self.out.pop_front()
    }

    pub fn leg_named(&self, call_id: &str, local_tag: &str) -> Option<LegId> {
        let name = DialogName { call_id: call_id.to_owned(), local_tag: local_tag.to_owned() };
        self.names.get(&name).copied()
    }

    /// Call-ID, our tag and the far end's of a leg.
    pub fn dialog_of(&self, leg: LegId) -> Option<(&str, &str, Option<&str>)> {
        let dialog = &self.legs.get(&leg)?.dialog;
        Some((&dialog.name.call_id, &dialog.name.local_tag, dialog.remote_tag.as_deref()))
    }

    pub fn is_closing(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_none_or(|l| matches!(l.phase, Phase::Closing(_)))
    }

    pub(super) fn indicate(&mut self, leg: LegId, what: LegIndication) {
        let name = what.name();
        self.out.push_back(CallOutput::Trace(Trace::Primitive {
            leg,
            call: None,
            line: LineId::Sip,
            way: Way::In,
            name,
        }));
        self.out.push_back(CallOutput::Leg(leg, what));
    }

    pub(super) fn insert(&mut self, id: LegId, leg: Leg) {
        self.names.insert(leg.dialog.name.clone(), id);
        self.legs.insert(id, leg);
    }

    /// Handles what concerns calls; gives back what does not.
    pub fn on_event(&mut self, now: Monotonic, event: TxEvent) -> Option<TxEvent> {
        match event {
            TxEvent::Request { tx, request, source } => {
                if request.method == Method::Cancel {
                    self.cancel_received(now, tx, &request);
                    return None;
                }
                let Some(tag) = wire::tag(&request.headers, &HeaderName::To) else {
                    return Some(TxEvent::Request { tx, request, source });
                };
                let call_id = text(&request.headers, &HeaderName::CallId).unwrap_or_default();
                match self.leg_named(&call_id, &tag) {
                    Some(leg) => self.request_within(now, leg, tx, &request, source),
                    None => self.refuse(now, tx, &request, 481),
                }
                None
            }
            TxEvent::Ack { request } => {
                let call_id = text(&request.headers, &HeaderName::CallId).unwrap_or_default();
                let tag = wire::tag(&request.headers, &HeaderName::To).unwrap_or_default();
                if let Some(leg) = self.leg_named(&call_id, &tag) {
                    self.acked(now, leg, &request);
                }
                None
            }
            TxEvent::Response { tx, response, source } => match self.purposes.get(&tx) {
                Some(Purpose::Outside) | None => Some(TxEvent::Response { tx, response, source }),
                Some(_) => {
                    self.response(now, tx, &response, source);
                    None
                }
            },
            TxEvent::Unanswered { tx } => match self.purposes.get(&tx) {
                Some(Purpose::Outside) | None => Some(TxEvent::Unanswered { tx }),
                Some(_) => {
                    self.unanswered(now, tx);
                    None
                }
            },
            TxEvent::Ended { tx } => {
                self.purposes.remove(&tx);
                Some(TxEvent::Ended { tx })
            }
        }
    }

    /// Refuses a request without more ado.
    pub fn refuse(&mut self, now: Monotonic, tx: TxId, request: &Request, code: u16) {
        let tag = self.random.token();
        if let Some(response) = wire::reply(request, code, &tag) {
            self.tx.respond(now, tx, response);
        }
    }

    /// Sends a request of this purpose.
    pub fn send(&mut self, now: Monotonic, request: Request, peer: Peer, purpose: Purpose) -> Option<TxId> {
        let tx = self.tx.send(now, request, peer)?;
        self.purposes.insert(tx, purpose);
        Some(tx)
    }

    pub fn expire(&mut self, now: Monotonic) {
        while let Some((leg, timer)) = self.timers.expire(now) {
            match timer {
                LegTimer::OkAgain => self.ok_again(now, leg),
                LegTimer::ReliableAgain => self.reliable_again(now, leg),
                LegTimer::NextContact => self.contact_silent(now, leg),
                LegTimer::RingLimit => self.clear(now, leg, Cause::NoAnswer.into()),
                LegTimer::CancelLimit => self.cancel_unanswered(now, leg),
                LegTimer::ChangeAgain => self.renegotiate(now, leg),
                LegTimer::Session => self.session_due(now, leg),
                LegTimer::ReferLimit => self.transfer_failed(now, leg, Cause::RecoveryOnTimerExpiry.into()),
                LegTimer::ImageLimit => self.answer_image(now, leg, None),
                LegTimer::ClearLimit => self.clear(now, leg, Cause::NormalClearing.into()),
            }
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        match (self.timers.deadline(), self.tx.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// We end the leg: says Released and tells the far end as its state demands.
    pub fn clear(&mut self, now: Monotonic, id: LegId, cause: ClearCause) {
        let Some(leg) = self.legs.get(&id) else { return };
        match &leg.phase {
            Phase::Closing(_) => {}
            Phase::Invited(invited) => {
                let invite = invited.invite;
                self.reject_invite(now, id, invite, cause);
                self.gone(now, id, cause);
            }
            Phase::Inviting(inviting) => {
                let (invite, heard) = (inviting.invite, inviting.heard);
                self.close(now, id, cause, Closing::Cancel { invite, cause, sent: false });
                if heard {
                    self.send_cancel(now, id);
                } else {
                    self.timers.arm((id, LegTimer::CancelLimit), now + GIVE_UP);
                }
            }
            Phase::Up if leg.unacked.is_some() => {
                self.close(now, id, cause, Closing::Bye { cause });
                self.timers.arm((id, LegTimer::OkAgain), now);
            }
            Phase::Up => {
                self.send_bye(now, id, cause);
                self.gone(now, id, cause);
            }
        }
    }

    /// The exchange has its last word; the dialog stays until the far end has it too.
    fn close(&mut self, now: Monotonic, id: LegId, cause: ClearCause, closing: Closing) {
        self.drop_referral(now, id);
        self.drop_image(now, id);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let from = leg.phase.name();
        leg.phase = Phase::Closing(closing);
        let port = leg.media.local.port;
        self.timers.disarm_all(|(leg, _)| *leg == id);
        self.out.push_back(CallOutput::Trace(Trace::StateChanged {
            leg: id,
            call: None,
            from,
            to: "Closing",
            by: "Release",
        }));
        self.ports.give_back(now, port);
        self.indicate(id, LegIndication::Released { cause });
    }

    /// The leg is over for both ends.
    pub(super) fn gone(&mut self, now: Monotonic, id: LegId, cause: ClearCause) {
        self.drop_referral(now, id);
        self.drop_image(now, id);
        let Some(leg) = self.legs.remove(&id) else { return };
        self.names.remove(&leg.dialog.name);
        self.timers.disarm_all(|(leg, _)| *leg == id);
        if !matches!(leg.phase, Phase::Closing(_)) {
            self.ports.give_back(now, leg.media.local.port);
            self.indicate(id, LegIndication::Released { cause });
        }
    }

    pub(super) fn send_bye(&mut self, now: Monotonic, id: LegId, cause: ClearCause) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let peer = leg.dialog.peer;
        if let Some(mut bye) = leg.dialog.request(Method::Bye, &mut self.random) {
            push(&mut bye.headers, HeaderName::Reason, crate::causes::reason_header(cause));
            self.send(now, bye, peer, Purpose::Courtesy);
        }
    }

    /// Sends a request within the dialog of a leg.
    pub fn send_within(
        &mut self,
        now: Monotonic,
        id: LegId,
        method: Method,
        headers: Vec<(HeaderName, String)>,
        body: Option<(&'static str, String)>,
        purpose: Purpose,
    ) -> Option<TxId> {
        let leg = self.legs.get_mut(&id)?;
        let peer = leg.dialog.peer;
        let mut request = leg.dialog.request(method, &mut self.random)?;
        for (name, value) in headers {
            push(&mut request.headers, name, value);
        }
        if let Some((kind, text)) = body {
            let octets = wire::body(&mut request.headers, kind, &text);
            request.set_body(octets);
        }
        self.send(now, request, peer, purpose)
    }
}
