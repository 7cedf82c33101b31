//! Outgoing INVITEs, RFC 3261 13.2, and what becomes of them.

use super::contacts::SILENCE;
use super::core::{Calls, Purpose};
use super::leg::{Closing, Exchange, GIVE_UP, Inviting, Leg, LegTimer, Media, Others, Phase};
use super::offer::description;
use super::session;
use crate::causes;
use crate::dialog::{Dialog, DialogName, escape_user};
use crate::sdes::Secrets;
use crate::sdp::{Direction, Local};
use crate::transactions::{Peer, TxId};
use crate::wire::{self, other, push, set};
use clock::Monotonic;
use identity::LegId;
use legs::LegIndication;
use numbering::{Cause, ClearCause, Digits, NumberType, PartyNumber};
use plan::{CodecName, MediaRequest, Port, SrtpUse};
use sipx_sip::{CSeq, HeaderName, Message, Method, Request, Response};
use std::sync::Arc;
use std::time::Duration;

/// What a far end is offered.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// In the order in which they are wanted.
    pub codecs: Arc<[CodecName]>,
    pub srtp: SrtpUse,
}

/// An outgoing call as the owner of the calls wants it.
#[derive(Debug)]
pub(crate) struct Invitation {
    /// Request-URI.
    pub target: String,
    /// From and To, without tags.
    pub from: String,
    pub to: String,
    pub peer: Peer,
    pub headers: Vec<(HeaderName, String)>,
    pub terms: Terms,
    /// Contacts to call if the target says nothing, in this order.
    pub others: Vec<(String, Peer)>,
}

impl Calls {
    /// Sends an INVITE with our offer. The leg is released at once if there is no room for it.
    pub fn invite(&mut self, now: Monotonic, id: LegId, invitation: Invitation) {
        if self.legs.contains_key(&id) {
            self.unexpected += 1;
            return;
        }
        let port = if self.full() { None } else { self.ports.take(now) };
        let Some(port) = port else {
            self.indicate(id, LegIndication::Released { cause: Cause::ResourceUnavailable.into() });
            return;
        };
        let peer = invitation.peer;
        let dialog = Dialog {
            name: DialogName {
                call_id: format!("{}@{}", self.random.token(), peer.local.ip()),
                local_tag: self.random.token(),
            },
            remote_tag: None,
            local: invitation.from,
            remote: invitation.to,
            target: invitation.target,
            routes: Vec::new(),
            local_seq: 0,
            remote_seq: None,
            peer,
            user: self.settings.contact_user.clone(),
            caller: true,
        };
        let Terms { codecs, srtp } = invitation.terms;
        let (id_of_session, secrets) = (self.random.below(1 << 53), Secrets::new(srtp, &mut self.random));
        let local = Local { address: peer.local.ip(), port, id: id_of_session, version: 0, codecs, secrets };
        let mut leg = Leg::new(dialog, Phase::Up, Media::new(local, Exchange::WeOffered));
        let others = Others { contacts: invitation.others.into(), headers: invitation.headers };
        let Some(request) = self.invite_request(&mut leg, &others.headers) else {
            self.ports.give_back(now, port);
            self.indicate(id, LegIndication::Released { cause: Cause::InvalidNumberFormat.into() });
            return;
        };
        let Some(invite) = self.send(now, request, peer, Purpose::Invite(id, None)) else {
            self.ports.give_back(now, port);
            self.indicate(id, LegIndication::Released { cause: Cause::SwitchingCongestion.into() });
            return;
        };
        let asked = self.session_asked();
        if !others.contacts.is_empty() {
            self.timers.arm((id, LegTimer::NextContact), now + SILENCE);
        }
        let (rseq, talk) = (None, false);
        leg.phase = Phase::Inviting(Inviting { invite, heard: false, rseq, talk, alerted: false, asked, others });
        self.insert(id, leg);
        self.out.push_back(super::core::CallOutput::Media(MediaRequest::Open {
            leg: id,
            port: Port::Rtp { local_port: port },
        }));
        self.timers.arm((id, LegTimer::RingLimit), now + self.settings.ring_limit);
    }

    fn session_asked(&self) -> Option<Duration> {
        let seconds = u64::from(self.settings.session_seconds);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    /// The first INVITE of a leg's dialog, with our offer.
    pub(super) fn invite_request(&mut self, leg: &mut Leg, headers: &[(HeaderName, String)]) -> Option<Request> {
        let mut request = leg.dialog.request(Method::Invite, &mut self.random)?;
        push(&mut request.headers, HeaderName::Allow, wire::ALLOW);
        push(&mut request.headers, HeaderName::Supported, wire::SUPPORTED);
        headers.iter().for_each(|(name, value)| push(&mut request.headers, name.clone(), value.clone()));
        if let Some(asked) = self.session_asked() {
            session::ask(&mut request.headers, asked.as_secs(), None);
        }
        let sdp = leg.media.local.offer(Direction::BOTH, None);
        let octets = wire::body(&mut request.headers, wire::SDP, &sdp);
        request.set_body(octets);
        Some(request)
    }

    /// A response to the INVITE of a leg.
    pub(super) fn invite_response(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response, peer: Peer) {
        let code = response.status.code();
        if response.status.is_success() {
            self.invite_accepted(now, tx, id, response, peer);
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.phase {
            Phase::Inviting(inviting) if code < 200 => {
                let first = !std::mem::replace(&mut inviting.heard, true);
                self.timers.disarm(&(id, LegTimer::NextContact));
                if code > 100 {
                    leg.can_update |= wire::names(&response.headers, &HeaderName::Allow, "UPDATE");
                    leg.dialog.note_response(response, peer.to, true);
                }
                if first {
                    self.indicate(id, LegIndication::Proceeding);
                }
                if code > 100 && self.acknowledge(now, id, response) {
                    self.invite_progress(now, id, response);
                }
            }
            Phase::Closing(Closing::Cancel { .. }) if code < 200 => self.send_cancel(now, id),
            Phase::Closing(_) => self.gone(now, id, Cause::NormalClearing.into()),
            Phase::Inviting(_) => {
                // 408 and 503 stand for silence and for a broken transport (RFC 3261 8.1.3.1).
                let next = matches!(code, 408 | 503) && self.call_next(now, id);
                if !next && !self.try_again(now, tx, id, response) {
                    self.gone(now, id, causes::of_response(code, &response.headers));
                }
            }
            Phase::Invited(_) | Phase::Up => {}
        }
    }

    fn invite_progress(&mut self, now: Monotonic, id: LegId, response: &Response) {
        let early = match description(&response.headers, response.body()) {
            Ok(Some(answer)) => self.take_answer(id, &answer),
            Ok(None) | Err(_) => false,
        };
        let Some(Leg { phase: Phase::Inviting(inviting), .. }) = self.legs.get_mut(&id) else { return };
        let what = match response.status.code() {
            180 if !std::mem::replace(&mut inviting.alerted, true) => Some(LegIndication::Alerting { inband: early }),
            180 if !early => None,
            _ => Some(LegIndication::Progress { inband: early, cause: None }),
        };
        let talk = std::mem::take(&mut inviting.talk);
        if let Some(what) = what {
            self.indicate(id, what);
        }
        if talk {
            self.answer_now(now, id);
        }
    }

    fn invite_accepted(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response, peer: Peer) {
        let tag = wire::tag(&response.headers, &HeaderName::To);
        let Some(leg) = self.legs.get_mut(&id) else {
            self.ack_again(tx);
            return;
        };
        match &leg.phase {
            Phase::Up if tag == leg.dialog.remote_tag => self.ack_again(tx),
            Phase::Up | Phase::Invited(_) => self.drop_fork(now, id, response, peer),
            Phase::Inviting(inviting) => {
                let asked = inviting.asked;
                leg.dialog.note_response(response, peer.to, true);
                leg.can_update = wire::names(&response.headers, &HeaderName::Allow, "UPDATE");
                leg.phase = Phase::Up;
                self.timers.disarm(&(id, LegTimer::RingLimit));
                self.send_ack(now, tx, id, response);
                self.adopt_session(now, id, &response.headers, asked);
                self.answered(now, id, response);
            }
            Phase::Closing(Closing::Cancel { cause, .. }) => {
                // CANCEL and 2xx crossed (RFC 3261 15): the call is up over there, so it is ended.
                let cause = *cause;
                leg.dialog.note_response(response, peer.to, true);
                self.send_ack(now, tx, id, response);
                self.send_bye(now, id, cause);
                self.gone(now, id, cause);
            }
            Phase::Closing(Closing::Bye { .. }) => {}
        }
    }

    fn answered(&mut self, now: Monotonic, id: LegId, response: &Response) {
        let agreed = match description(&response.headers, response.body()) {
            Ok(Some(answer)) => self.take_answer(id, &answer),
            // The answer came in a provisional response.
            Ok(None) => self.legs.get(&id).is_some_and(|l| l.media.agreed.is_some()),
            Err(_) => false,
        };
        if !agreed {
            self.clear(now, id, ClearCause::ours(Cause::BearerNotImplemented));
            return;
        }
        let connected = wire::address(&response.headers, &HeaderName::PAssertedIdentity)
            .and_then(|a| wire::user(&a.uri))
            .and_then(|user| party(&user));
        self.indicate(id, LegIndication::Answered { connected });
        self.renegotiate_if_wanted(now, id);
    }

    /// ACKs the 2xx of an INVITE or re-INVITE and keeps the ACK for its repetitions (RFC 3261 13.2.2.4).
    pub(super) fn send_ack(&mut self, _now: Monotonic, tx: TxId, id: LegId, response: &Response) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(Ok(cseq)) = response.headers.typed::<CSeq>() else { return };
        let Some(mut ack) = leg.dialog.request_numbered(Method::Ack, cseq.sequence, &mut self.random) else { return };
        let peer = leg.dialog.peer;
        if let Some(invite) = self.tx.client_request(tx) {
            // RFC 3261 22.1: an ACK carries the credentials of its INVITE.
            for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
                invite.headers.get_all(&name).for_each(|h| ack.headers.push(h.clone()));
            }
        }
        self.tx.send_raw(&Message::Request(ack.clone()), peer);
        if let Some(Purpose::Invite(_, kept) | Purpose::Reinvite(_, kept)) = self.purposes.get_mut(&tx) {
            *kept = Some((ack, peer));
        }
    }

    pub(super) fn ack_again(&mut self, tx: TxId) {
        if let Some(Purpose::Invite(_, Some((ack, peer))) | Purpose::Reinvite(_, Some((ack, peer)))) =
            self.purposes.get(&tx)
        {
            self.tx.send_raw(&Message::Request(ack.clone()), *peer);
        }
    }

    /// Another branch of a forked call answered too: it is acknowledged and ended (RFC 3261 13.2.2.4).
    fn drop_fork(&mut self, now: Monotonic, id: LegId, response: &Response, peer: Peer) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(Ok(cseq)) = response.headers.typed::<CSeq>() else { return };
        let mut fork = leg.dialog.clone();
        fork.note_response(response, peer.to, true);
        let Some(ack) = fork.request_numbered(Method::Ack, cseq.sequence, &mut self.random) else { return };
        self.tx.send_raw(&Message::Request(ack), fork.peer);
        if let Some(bye) = fork.request(Method::Bye, &mut self.random) {
            self.send(now, bye, fork.peer, Purpose::Courtesy);
        }
    }

    pub(super) fn send_cancel(&mut self, now: Monotonic, id: LegId) {
        let Some(Leg { phase: Phase::Closing(Closing::Cancel { invite, cause, sent }), dialog, .. }) =
            self.legs.get_mut(&id)
        else {
            return;
        };
        if std::mem::replace(sent, true) {
            return;
        }
        let (peer, cause) = (dialog.peer, *cause);
        if let Some(cancel) = self.tx.client_request(*invite).and_then(|invite| cancel_of(invite, cause)) {
            self.send(now, cancel, peer, Purpose::Courtesy);
        }
        self.timers.arm((id, LegTimer::CancelLimit), now + GIVE_UP);
    }

    /// RFC 3261 9.1: no final response within 64 * T1 of the CANCEL; the INVITE counts as cancelled.
    pub(super) fn cancel_unanswered(&mut self, now: Monotonic, id: LegId) {
        let Some(Leg { phase: Phase::Closing(Closing::Cancel { invite, .. }), .. }) = self.legs.get(&id) else {
            return;
        };
        let invite = *invite;
        self.purposes.remove(&invite);
        self.tx.forget(now, invite);
        self.gone(now, id, Cause::NormalClearing.into());
    }

    /// NOTIFY talk: asks a ringing phone to answer, as common telephones understand it.
    pub fn answer_now(&mut self, now: Monotonic, id: LegId) {
        let Some(Leg { phase: Phase::Inviting(inviting), dialog, .. }) = self.legs.get_mut(&id) else {
            self.unexpected += 1;
            return;
        };
        if dialog.remote_tag.is_none() {
            inviting.talk = true;
            return;
        }
        let headers =
            vec![(HeaderName::Event, "talk".to_owned()), (HeaderName::SubscriptionState, "active".to_owned())];
        self.send_within(now, id, Method::Notify, headers, None, Purpose::Courtesy);
    }

    /// 401, 407 with credentials at hand and 422 are answered by the same INVITE put right.
    fn try_again(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response) -> bool {
        let request = match response.status.code() {
            401 | 407 => self.authorized(tx, response),
            422 => self.longer_session(tx, response),
            _ => None,
        };
        let (Some(mut request), Some(leg)) = (request, self.legs.get_mut(&id)) else { return false };
        leg.dialog.local_seq += 1;
        leg.dialog.remote_tag = None;
        let (peer, seq) = (leg.dialog.peer, leg.dialog.local_seq);
        set(&mut request.headers, HeaderName::CSeq, format!("{seq} INVITE"));
        let Some(again) = self.send(now, request, peer, Purpose::Invite(id, None)) else { return false };
        if let Some(Leg { phase: Phase::Inviting(inviting), .. }) = self.legs.get_mut(&id) {
            inviting.invite = again;
            inviting.heard = false;
        }
        true
    }

    fn longer_session(&mut self, tx: TxId, response: &Response) -> Option<Request> {
        let floor = response.headers.typed::<sipx_sip::session::MinSe>()?.ok()?.0.as_secs();
        let mut request = self.fresh_copy(tx)?;
        let asked = request.headers.typed::<sipx_sip::session::SessionExpires>()?.ok()?.interval.as_secs();
        if floor <= asked {
            return None;
        }
        set(&mut request.headers, HeaderName::SessionExpires, floor.to_string());
        set(&mut request.headers, HeaderName::MinSe, floor.to_string());
        Some(request)
    }
}

/// The CANCEL of an INVITE: same Via, number and addresses (RFC 3261 9.1).
pub(super) fn cancel_of(invite: &Request, cause: ClearCause) -> Option<Request> {
    let cseq = invite.headers.typed::<CSeq>()?.ok()?;
    let mut cancel = Request::new(Method::Cancel, invite.uri.clone());
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::Route] {
        invite.headers.get_all(&name).for_each(|h| cancel.headers.push(h.clone()));
    }
    push(&mut cancel.headers, HeaderName::CSeq, format!("{} CANCEL", cseq.sequence));
    push(&mut cancel.headers, HeaderName::MaxForwards, "70");
    push(&mut cancel.headers, HeaderName::Reason, causes::reason_header(cause));
    push(&mut cancel.headers, HeaderName::ContentLength, "0");
    Some(cancel)
}

/// Reads a user part as a telephone number: a leading plus is an international number, visual separators go (RFC 3966 5.1.1).
pub(crate) fn party(user: &str) -> Option<PartyNumber> {
    let number = user.split(';').next().unwrap_or_default();
    let (kind, rest) = match number.strip_prefix('+') {
        Some(rest) => (NumberType::International, rest),
        None => (NumberType::Unknown, number),
    };
    let digits: Digits = rest.replace(['-', '.', '(', ')', ' '], "").parse().ok()?;
    (!digits.is_empty()).then(|| PartyNumber { kind, ..PartyNumber::plain(digits) })
}

/// The headers that ask a phone to answer by itself; which one it understands depends on its maker.
pub(crate) fn answer_at_once(host: &str) -> Vec<(HeaderName, String)> {
    vec![
        (HeaderName::CallInfo, format!("<sip:{host}>;answer-after=0")),
        (HeaderName::AlertInfo, "<http://127.0.0.1>;info=alert-autoanswer;delay=0".to_owned()),
        (other("Answer-Mode"), "Auto".to_owned()),
    ]
}

/// A number as the user part of a URI.
pub(crate) fn number_user(number: &PartyNumber) -> String {
    let plus = if number.kind == NumberType::International { "+" } else { "" };
    format!("{plus}{}", escape_user(number.digits.as_str()))
}
