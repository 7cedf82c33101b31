//! Changes of an established session: re-INVITE (RFC 3261 14) and UPDATE (RFC 3311), theirs and ours.

use super::core::{Calls, Purpose};
use super::leg::{Exchange, LegTimer, Phase};
use super::offer::description;
use super::session;
use crate::sdp::Direction;
use crate::transactions::{Peer, TxId};
use crate::wire::{self, push};
use clock::{Millis, Monotonic};
use identity::LegId;
use sipx_sip::session::{Answer, Refresher};
use sipx_sip::{HeaderName, Method, Request, Response};
use std::time::Duration;

impl Calls {
    /// re-INVITE of the far end.
    pub(super) fn reinvited(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.phase, Phase::Up) {
            // 14.2: a second INVITE before the final response to the first.
            self.retry_later(now, tx, request);
            return;
        }
        if leg.change.out.is_some() || leg.unacked.is_some() {
            self.refuse(now, tx, request, 491);
            return;
        }
        let Some(request) = self.unless_image_offered(now, id, tx, request) else { return };
        let offer = match self.session_offer(id, request) {
            Ok(offer) => offer,
            Err(code) => {
                self.refuse(now, tx, request, code);
                return;
            }
        };
        let Some(mut ok) = self.reply_within(id, request) else { return };
        let sdp = if offer { self.describe(id) } else { self.offer(id) };
        let Some(sdp) = sdp else { return };
        let octets = wire::body(&mut ok.headers, wire::SDP, &sdp);
        ok.set_body(octets);
        if !self.refresh_terms(now, id, tx, request, &mut ok) {
            return;
        }
        self.accept(now, id, tx, ok);
    }

    /// UPDATE of the far end: an offer, a refresh, or both; early or in an established session.
    pub(super) fn update_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let offers = !request.body().is_empty();
        if offers && (leg.change.out.is_some() || matches!(leg.media.exchange, Exchange::WeOffered)) {
            self.refuse(now, tx, request, 491);
            return;
        }
        if offers && matches!(leg.media.exchange, Exchange::TheyOffered(..)) {
            self.retry_later(now, tx, request);
            return;
        }
        let offer = match self.session_offer(id, request) {
            Ok(offer) => offer,
            Err(code) => {
                self.refuse(now, tx, request, code);
                return;
            }
        };
        let Some(mut ok) = self.reply_within(id, request) else { return };
        if offer && let Some(sdp) = self.describe(id) {
            let octets = wire::body(&mut ok.headers, wire::SDP, &sdp);
            ok.set_body(octets);
        }
        if self.refresh_terms(now, id, tx, request, &mut ok) {
            self.tx.respond(now, tx, ok);
        }
    }

    /// RFC 3261 14.2, RFC 3311 5.2: 500 with a Retry-After between 0 and 10 seconds.
    pub(super) fn retry_later(&mut self, now: Monotonic, tx: TxId, request: &Request) {
        let tag = self.random.token();
        let Some(mut response) = wire::reply(request, 500, &tag) else { return };
        push(&mut response.headers, HeaderName::RetryAfter, self.random.below(11).to_string());
        self.tx.respond(now, tx, response);
    }

    /// Notes target and offer of a request that refreshes the session; true if it has an offer.
    fn session_offer(&mut self, id: LegId, request: &Request) -> Result<bool, u16> {
        let offer = description(&request.headers, request.body())?;
        let has = offer.is_some();
        if let Some(offer) = offer {
            self.note_offer(id, offer)?;
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.dialog.note_target(&request.headers);
        }
        Ok(has)
    }

    pub(super) fn reply_within(&mut self, id: LegId, request: &Request) -> Option<Response> {
        let leg = self.legs.get(&id)?;
        let mut response = wire::reply(request, 200, &leg.dialog.name.local_tag)?;
        push(&mut response.headers, HeaderName::Contact, leg.dialog.contact());
        push(&mut response.headers, HeaderName::Allow, wire::ALLOW);
        push(&mut response.headers, HeaderName::Supported, wire::SUPPORTED);
        Some(response)
    }

    /// Settles the session timer of a refresh; false if the request was refused for it.
    pub(super) fn refresh_terms(
        &mut self,
        now: Monotonic,
        id: LegId,
        tx: TxId,
        request: &Request,
        ok: &mut Response,
    ) -> bool {
        match session::answer(&request.headers, self.settings.session_seconds) {
            Answer::None => self.stop_session(id),
            Answer::Accept(terms) => {
                session::state_terms(&mut ok.headers, &terms);
                self.start_session(now, id, session::of_terms(&terms));
            }
            Answer::TooBrief(floor) => {
                let tag = self.random.token();
                if let Some(mut response) = wire::reply(request, 422, &tag) {
                    push(&mut response.headers, HeaderName::MinSe, floor.as_secs().to_string());
                    self.tx.respond(now, tx, response);
                }
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.media.exchange = Exchange::Stable;
                }
                return false;
            }
        }
        true
    }

    /// Holds or retrieves the far end.
    pub(super) fn hold(&mut self, now: Monotonic, id: LegId, hold: bool) {
        let want = if hold { Direction::SEND_ONLY } else { Direction::BOTH };
        let up = self.legs.get(&id).is_some_and(|l| matches!(l.phase, Phase::Up));
        if !up {
            self.unexpected += 1;
            return;
        }
        if self.is_image(id) {
            return;
        }
        if self.want(id, want) {
            self.renegotiate(now, id);
        }
    }

    pub(super) fn renegotiate_if_wanted(&mut self, now: Monotonic, id: LegId) {
        let wanted = self.legs.get_mut(&id).is_some_and(|leg| std::mem::take(&mut leg.change.again));
        if wanted {
            self.renegotiate(now, id);
        }
    }

    /// Sends a re-INVITE with what we want now, as soon as nothing else is under way.
    pub(super) fn renegotiate(&mut self, now: Monotonic, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.phase, Phase::Up) {
            return;
        }
        if leg.change.out.is_some() || leg.unacked.is_some() || self.timers.runs(&(id, LegTimer::ChangeAgain)) {
            leg.change.again = true;
            return;
        }
        let interval = leg.session.map(|s| (s.interval.as_secs(), s.we_refresh));
        let Some(sdp) = self.offer(id) else { return };
        let mut headers =
            vec![(HeaderName::Allow, wire::ALLOW.to_owned()), (HeaderName::Supported, wire::SUPPORTED.to_owned())];
        if let Some((seconds, ours)) = interval {
            let role = if ours { Refresher::Uac } else { Refresher::Uas };
            headers.push((HeaderName::SessionExpires, format!("{seconds};refresher={}", role.as_str())));
        }
        let tx =
            self.send_within(now, id, Method::Invite, headers, Some((wire::SDP, sdp)), Purpose::Reinvite(id, None));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change.out = tx;
        }
    }

    /// A response to our re-INVITE.
    pub(super) fn reinvite_response(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response, peer: Peer) {
        let code = response.status.code();
        if code < 200 {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else {
            self.ack_again(tx);
            return;
        };
        if leg.change.out != Some(tx) {
            self.ack_again(tx);
            return;
        }
        if response.status.is_success() {
            leg.change.out = None;
            leg.dialog.note_response(response, peer.to, false);
            leg.dialog.note_target(&response.headers);
            let asked = leg.session.map(|s| s.interval);
            self.send_ack(now, tx, id, response);
            self.adopt_session(now, id, &response.headers, asked);
            if let Ok(Some(answer)) = description(&response.headers, response.body()) {
                self.take_answer(id, &answer);
            }
            self.settle(id);
            self.renegotiate_if_wanted(now, id);
            return;
        }
        self.change_refused(now, tx, id, response, Method::Invite);
    }

    /// A response to our UPDATE.
    pub(super) fn update_response(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response) {
        if response.status.is_provisional() {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !response.status.is_success() {
            self.change_refused(now, tx, id, response, Method::Update);
            return;
        }
        leg.change.out = None;
        leg.dialog.note_target(&response.headers);
        let asked: Option<Duration> = leg.session.map(|s| s.interval);
        self.adopt_session(now, id, &response.headers, asked);
        self.renegotiate_if_wanted(now, id);
    }

    fn change_refused(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response, method: Method) {
        let code = response.status.code();
        if matches!(code, 401 | 407)
            && let Some(request) = self.authorized(tx, response)
        {
            self.send_change_again(now, id, request, method);
            return;
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change.out = None;
        }
        self.settle(id);
        match code {
            // Glare: who made the Call-ID waits longer (RFC 3261 14.1).
            491 => {
                let wait = match self.legs.get(&id).is_some_and(|l| l.dialog.caller) {
                    true => 2100 + 10 * self.random.below(191),
                    false => 10 * self.random.below(201),
                };
                self.timers.arm((id, LegTimer::ChangeAgain), now + Millis(wait));
            }
            408 | 481 => self.lost(now, id),
            _ => {
                self.image_refused(id);
                self.renegotiate_if_wanted(now, id);
            }
        }
    }

    fn send_change_again(&mut self, now: Monotonic, id: LegId, mut request: Request, method: Method) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.dialog.local_seq += 1;
        let (peer, seq) = (leg.dialog.peer, leg.dialog.local_seq);
        let name = String::from_utf8_lossy(method.as_bytes()).into_owned();
        wire::set(&mut request.headers, HeaderName::CSeq, format!("{seq} {name}"));
        let purpose = if method == Method::Invite { Purpose::Reinvite(id, None) } else { Purpose::Update(id) };
        let tx = self.send(now, request, peer, purpose);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change.out = tx;
        }
    }

    /// An offer of ours that was not answered counts for nothing (RFC 3261 14.1: the session stays as it was).
    fn settle(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id)
            && matches!(leg.media.exchange, Exchange::WeOffered)
        {
            leg.media.exchange = Exchange::Stable;
        }
    }
}
