//! Incoming INVITEs, RFC 3261 13.3: from the first 100 to the ACK of our 2xx.

use super::core::{CallOutput, Calls};
use super::leg::{Change, Closing, Exchange, GIVE_UP, Invited, Leg, LegTimer, Media, Phase, T1, T2, Unacked};
use super::offer::description;
use super::reliable::Reliable;
use super::session;
use crate::calls::Terms;
use crate::causes;
use crate::dialog::Dialog;
use crate::sdes::Secrets;
use crate::sdp::Local;
use crate::transactions::{Peer, TxId};
use crate::wire::{self, push, text};
use clock::Monotonic;
use identity::LegId;
use legs::{Incoming, LegIndication};
use numbering::{Cause, CauseLocation, ClearCause, PartyNumber};
use plan::{MediaRequest, Port};
use sipx_sip::session::Answer;
use sipx_sip::{HeaderName, Request, Response};

/// How an INVITE is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub code: u16,
    pub tag: String,
    /// The shortest session interval, with 422.
    pub min_se: Option<u64>,
}

impl Refused {
    pub fn response(&self, request: &Request) -> Option<Response> {
        let mut response = wire::reply(request, self.code, &self.tag)?;
        if let Some(seconds) = self.min_se {
            push(&mut response.headers, HeaderName::MinSe, seconds.to_string());
        }
        if self.code == 415 {
            push(&mut response.headers, HeaderName::Accept, wire::SDP);
        }
        Some(response)
    }
}

impl Calls {
    /// Takes an INVITE outside any dialog as a new leg, or gives the response that refuses it.
    pub fn invited(
        &mut self,
        now: Monotonic,
        tx: TxId,
        request: &Request,
        peer: Peer,
        incoming: Incoming,
        terms: Terms,
    ) -> Result<LegId, Refused> {
        let tag = self.random.token();
        let refusal = |code: u16| Refused { code, tag: tag.clone(), min_se: None };
        if self.full() {
            return Err(refusal(503));
        }
        let Terms { codecs, srtp } = terms;
        let secrets = Secrets::new(srtp, &mut self.random);
        let offer = description(&request.headers, request.body()).map_err(refusal)?;
        if offer.as_ref().is_some_and(|o| o.agree(&codecs, &secrets).is_err()) {
            return Err(refusal(488));
        }
        let terms = match session::answer(&request.headers, self.settings.session_seconds) {
            Answer::None => None,
            Answer::Accept(terms) => Some(terms),
            Answer::TooBrief(floor) => {
                return Err(Refused { min_se: Some(floor.as_secs()), ..refusal(422) });
            }
        };
        let dialog = Dialog::incoming(request, peer, &mut self.random).ok_or_else(|| refusal(400))?;
        let Some(port) = self.ports.take(now) else { return Err(refusal(503)) };
        let id = self.allocate();
        let local =
            Local { address: peer.local.ip(), port, id: self.random.below(1 << 53), version: 0, codecs, secrets };
        let reliable = Reliable::wanted_by(&request.headers, &mut self.random);
        self.insert(
            id,
            Leg {
                dialog,
                phase: Phase::Invited(Box::new(Invited { invite: tx, reliable, early: false, terms })),
                media: Media::new(local, Exchange::Stable),
                unacked: None,
                change: Change::default(),
                session: None,
                can_update: wire::names(&request.headers, &HeaderName::Allow, "UPDATE"),
                referral: None,
            },
        );
        self.provisional(now, id, 100, false, None);
        self.indicate(id, LegIndication::Setup(Box::new(incoming)));
        self.out.push_back(CallOutput::Media(MediaRequest::Open { leg: id, port: Port::Rtp { local_port: port } }));
        if let Some(offer) = offer {
            // Agreed above; the answer goes with our first SDP.
            self.note_offer(id, offer).map_err(refusal)?;
        }
        Ok(id)
    }

    /// Sends a provisional response: plainly, or reliably where the caller asks for it (RFC 3262 3).
    pub(super) fn provisional(&mut self, now: Monotonic, id: LegId, code: u16, sdp: bool, cause: Option<ClearCause>) {
        let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) else { return };
        if code > 100 && invited.reliable.busy() {
            invited.reliable.wait(code, sdp, cause);
            return;
        }
        let (invite, early) = (invited.invite, invited.early);
        let reliably = code > 100 && invited.reliable.applies(sdp && !early);
        // An SDP of ours in an unreliable provisional response is only a preview; it is repeated in the 2xx. Without reliability a
        // delayed offer may not go out before the 2xx (RFC 3261 13.2.1).
        let offered = self
            .legs
            .get(&id)
            .is_some_and(|l| l.media.agreed.is_some() || matches!(l.media.exchange, Exchange::TheyOffered(..)));
        let body = if sdp && (reliably || offered) { self.early_description(id) } else { None };
        let Some(mut response) = self.reply_to_invite(id, invite, code) else { return };
        if let Some(cause) = cause {
            push(&mut response.headers, HeaderName::Reason, causes::reason_header(cause));
        }
        if let Some(sdp) = &body {
            let octets = wire::body(&mut response.headers, wire::SDP, sdp);
            response.set_body(octets);
        }
        if reliably {
            self.send_reliably(now, id, response);
        } else {
            self.tx.respond(now, invite, response);
        }
    }

    fn early_description(&mut self, id: LegId) -> Option<String> {
        let text = self.describe(id).or_else(|| self.same_answer(id))?;
        if let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) {
            invited.early = true;
        }
        Some(text)
    }

    /// The description that stands, once more: with the same version, for it says nothing new.
    pub(super) fn same_answer(&mut self, id: LegId) -> Option<String> {
        let media = &mut self.legs.get_mut(&id)?.media;
        let agreed = media.agreed?;
        let (offer, index) = media.answered.as_ref().map_or((None, 0), |(offer, index)| (Some(&**offer), *index));
        Some(media.local.again(offer, index, &agreed, media.want))
    }

    pub(super) fn reply_to_invite(&mut self, id: LegId, invite: TxId, code: u16) -> Option<Response> {
        let leg = self.legs.get(&id)?;
        let request = self.tx.server_request(invite)?;
        let mut response = wire::reply(request, code, &leg.dialog.name.local_tag)?;
        if code > 100 {
            for route in request.headers.get_all(&HeaderName::RecordRoute) {
                response.headers.push(route.clone());
            }
            push(&mut response.headers, HeaderName::Contact, leg.dialog.contact());
            push(&mut response.headers, HeaderName::Allow, wire::ALLOW);
            push(&mut response.headers, HeaderName::Supported, wire::SUPPORTED);
        }
        Some(response)
    }

    /// Answers the call.
    pub(super) fn answer(&mut self, now: Monotonic, id: LegId, connected: Option<&PartyNumber>) {
        let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) else {
            self.unexpected += 1;
            return;
        };
        if invited.reliable.busy() {
            invited.reliable.answer_after(connected.cloned());
            return;
        }
        let (invite, terms) = (invited.invite, invited.terms);
        let Some(mut response) = self.reply_to_invite(id, invite, 200) else { return };
        let Some(sdp) = self.describe(id).or_else(|| self.same_answer(id)) else { return };
        let octets = wire::body(&mut response.headers, wire::SDP, &sdp);
        response.set_body(octets);
        if let (Some(number), Some(leg)) = (connected, self.legs.get(&id)) {
            let host = wire::host(leg.dialog.peer.local.ip());
            let user = crate::dialog::escape_user(number.digits.as_str());
            push(&mut response.headers, HeaderName::PAssertedIdentity, format!("<sip:{user}@{host}>"));
        }
        if let Some(terms) = terms {
            session::state_terms(&mut response.headers, &terms);
            self.start_session(now, id, session::of_terms(&terms));
        }
        self.accept(now, id, invite, response);
    }

    /// Sends a 2xx to an INVITE and repeats it until the ACK comes (RFC 3261 13.3.1.4).
    pub(super) fn accept(&mut self, now: Monotonic, id: LegId, invite: TxId, ok: Response) {
        self.tx.respond(now, invite, ok.clone());
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.phase = Phase::Up;
        leg.unacked = Some(Unacked { invite, ok, interval: T1, until: now + GIVE_UP });
        self.timers.disarm(&(id, LegTimer::ReliableAgain));
        self.timers.arm((id, LegTimer::OkAgain), now + T1);
    }

    pub(super) fn ok_again(&mut self, now: Monotonic, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(unacked) = &mut leg.unacked else { return };
        if now >= unacked.until {
            // No ACK ever came: the session is not established on the far side (13.3.1.4).
            leg.unacked = None;
            let cause = ClearCause::ours(Cause::RecoveryOnTimerExpiry);
            self.send_bye(now, id, cause);
            self.gone(now, id, cause);
            return;
        }
        let (invite, ok) = (unacked.invite, unacked.ok.clone());
        let next = (now + unacked.interval).min(unacked.until);
        unacked.interval = clock::Millis((unacked.interval.0 * 2).min(T2.0));
        self.tx.respond(now, invite, ok);
        self.timers.arm((id, LegTimer::OkAgain), next);
    }

    /// The ACK of a 2xx.
    pub(super) fn acked(&mut self, now: Monotonic, id: LegId, ack: &Request) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.unacked.take().is_none() {
            return;
        }
        self.timers.disarm(&(id, LegTimer::OkAgain));
        if let Phase::Closing(Closing::Bye { cause }) = leg.phase {
            self.send_bye(now, id, cause);
            self.gone(now, id, cause);
            return;
        }
        if matches!(leg.media.exchange, Exchange::WeOffered) {
            // The answer to the offer in our 2xx (RFC 3261 13.2.1).
            let agreed = match description(&ack.headers, ack.body()) {
                Ok(Some(answer)) => self.take_answer(id, &answer),
                Ok(None) | Err(_) => false,
            };
            if !agreed {
                self.clear(now, id, Cause::BearerNotImplemented.into());
                return;
            }
        }
        self.renegotiate_if_wanted(now, id);
    }

    /// The final response that refuses the INVITE of a leg.
    pub(super) fn reject_invite(&mut self, now: Monotonic, id: LegId, invite: TxId, cause: ClearCause) {
        let Some(mut response) = self.reply_to_invite(id, invite, causes::status(cause.cause)) else { return };
        response.headers.remove_all(&HeaderName::Contact);
        push(&mut response.headers, HeaderName::Reason, causes::reason_header(cause));
        self.tx.respond(now, invite, response);
    }

    /// CANCEL, RFC 3261 9.2.
    pub(super) fn cancel_received(&mut self, now: Monotonic, tx: TxId, cancel: &Request) {
        let Some(invite) = self.tx.cancelled_by(cancel) else {
            self.refuse(now, tx, cancel, 481);
            return;
        };
        self.refuse(now, tx, cancel, 200);
        let call_id = text(&cancel.headers, &HeaderName::CallId);
        let hit = self.legs.iter().find(|(_, leg)| {
            matches!(&leg.phase, Phase::Invited(i) if i.invite == invite)
                && Some(&leg.dialog.name.call_id) == call_id.as_ref()
        });
        let Some(id) = hit.map(|(id, _)| *id) else { return };
        if let Some(response) = self.reply_to_invite(id, invite, 487) {
            self.tx.respond(now, invite, response);
        }
        let cause = ClearCause { location: CauseLocation::User, ..causes::of_clearing(&cancel.headers) };
        self.gone(now, id, cause);
    }
}
