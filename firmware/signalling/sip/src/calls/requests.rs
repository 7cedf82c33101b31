//! Requests of the exchange, and responses of the far end, sent to where they belong.

use super::core::{CallOutput, Calls, Purpose};
use super::leg::Phase;
use crate::causes;
use crate::dialog;
use crate::transactions::{Peer, TxId};
use crate::transport::Source;
use crate::wire::{self, push};
use clock::Monotonic;
use identity::{LegId, LineId};
use legs::LegRequest;
use numbering::{Cause, Key};
use sipx_sip::auth::{Challenge, respond, strongest};
use sipx_sip::{CSeq, HeaderName, Method, Request, Response};
use trace::{Trace, Way};

impl Calls {
    /// Carries out what the exchange asks of a leg. Setup is the owner's: it knows where extensions are.
    pub fn request(&mut self, now: Monotonic, id: LegId, request: LegRequest) {
        let name = request.name();
        self.out.push_back(CallOutput::Trace(Trace::Primitive {
            leg: id,
            call: None,
            line: LineId::Sip,
            way: Way::Out,
            name,
        }));
        let Some(leg) = self.legs.get(&id) else {
            self.unexpected += 1;
            return;
        };
        if matches!(leg.phase, Phase::Closing(_)) {
            self.unexpected += 1;
            return;
        }
        match request {
            // What Q.931 notifies of (5.9) has no word in SIP.
            LegRequest::Proceeding | LegRequest::Notify { .. } => {}
            LegRequest::Alerting { inband: false } => self.provisional(now, id, 180, false, None),
            LegRequest::Alerting { inband: true } => self.provisional(now, id, 183, true, None),
            LegRequest::Progress { inband, cause } => self.provisional(now, id, 183, inband, cause),
            LegRequest::Answer { connected } => self.answer(now, id, connected.as_ref()),
            LegRequest::Key(key) => self.send_key(now, id, key),
            LegRequest::AnswerNow => self.answer_now(now, id),
            LegRequest::Disconnect { cause, inband } => self.disconnect(now, id, cause, inband),
            LegRequest::Release { cause } => self.clear(now, id, cause),
            LegRequest::Hold => self.hold(now, id, true),
            LegRequest::Retrieve => self.hold(now, id, false),
            LegRequest::OfferImage { stream } => self.offer_image(now, id, stream),
            LegRequest::AnswerImage { stream } => self.answer_image(now, id, stream),
            LegRequest::TransferAccepted => self.transfer_accepted(now, id),
            LegRequest::TransferDone => self.transfer_done(now, id),
            LegRequest::TransferFailed { cause } => self.transfer_failed(now, id, cause),
            // SIP telephones dial en bloc: a number that needs more digits is refused as incomplete (RFC 3578 is not for them).
            LegRequest::MoreDigits => self.clear(now, id, Cause::InvalidNumberFormat.into()),
            LegRequest::Setup(_) | LegRequest::Digits { .. } => {
                self.unexpected += 1;
                let state = self.legs.get(&id).map_or("Gone", |l| l.phase.name());
                self.out.push_back(CallOutput::Trace(Trace::Unexpected { leg: id, call: None, state, event: name }));
            }
        }
    }

    /// A key by INFO, unless the far end takes RFC 4733 events: then the media engine sends it.
    fn send_key(&mut self, now: Monotonic, id: LegId, key: Key) {
        let Some(leg) = self.legs.get(&id) else { return };
        if !matches!(leg.phase, Phase::Up) || leg.media.agreed.is_some_and(|a| a.events.is_some()) {
            return;
        }
        self.send_info(now, id, key);
    }

    pub fn send_info(&mut self, now: Monotonic, id: LegId, key: Key) {
        let body = format!("Signal={}\r\nDuration=160\r\n", key.as_char());
        self.send_within(now, id, Method::Info, vec![], Some(("application/dtmf-relay", body)), Purpose::Courtesy);
    }

    /// A response to one of our requests within a call.
    pub(super) fn response(&mut self, now: Monotonic, tx: TxId, response: &Response, source: Source) {
        let peer = Peer::from(source);
        match self.purposes.get(&tx) {
            Some(Purpose::Invite(id, _)) => {
                let id = *id;
                self.invite_response(now, tx, id, response, peer);
            }
            Some(Purpose::Abandoned(_)) => self.abandoned_response(now, tx, response, peer),
            Some(Purpose::Reinvite(id, _)) => {
                let id = *id;
                self.reinvite_response(now, tx, id, response, peer);
            }
            Some(Purpose::Update(id)) => {
                let id = *id;
                self.update_response(now, tx, id, response);
            }
            Some(Purpose::Refer(id)) => {
                let id = *id;
                self.refer_response(now, tx, id, response);
            }
            Some(Purpose::Courtesy) => self.courtesy_response(now, tx, response),
            Some(Purpose::Outside) | None => {}
        }
    }

    fn refer_response(&mut self, now: Monotonic, tx: TxId, id: LegId, response: &Response) {
        let status = response.status.code();
        if matches!(status, 401 | 407) && self.send_authorized(now, tx, response, Purpose::Refer(id)) {
            return;
        }
        if status >= 200 {
            self.out.push_back(CallOutput::Referred { leg: id, status });
        }
    }

    fn courtesy_response(&mut self, now: Monotonic, tx: TxId, response: &Response) {
        if matches!(response.status.code(), 401 | 407) {
            self.send_authorized(now, tx, response, Purpose::Courtesy);
        }
    }

    /// Nobody answered one of our requests.
    pub(super) fn unanswered(&mut self, now: Monotonic, tx: TxId) {
        match self.purposes.remove(&tx) {
            Some(Purpose::Invite(id, _)) => {
                if !self.call_next(now, id) {
                    self.gone(now, id, causes::of_response(408, &sipx_sip::Headers::new()));
                }
            }
            Some(Purpose::Reinvite(id, _) | Purpose::Update(id)) => self.lost(now, id),
            Some(Purpose::Refer(id)) => self.out.push_back(CallOutput::Referred { leg: id, status: 408 }),
            Some(Purpose::Courtesy | Purpose::Abandoned(_) | Purpose::Outside) | None => {}
        }
    }

    /// The request of a client transaction with a new branch, ready to be put right and sent again.
    pub fn fresh_copy(&mut self, tx: TxId) -> Option<Request> {
        let mut request = self.tx.client_request(tx)?.clone();
        let old = wire::text(&request.headers, &HeaderName::Via)?;
        let (head, _) = old.split_once(";branch=")?;
        let via = format!("{head};branch=z9hG4bK{};rport", self.random.token());
        request.headers.remove_first(&HeaderName::Via);
        if let Ok(header) = sipx_sip::Header::build(HeaderName::Via, via) {
            request.headers.push_front(header);
        }
        Some(request)
    }

    /// The request of a client transaction with an answer to this challenge, if we have one that was not tried yet.
    pub fn authorized(&mut self, tx: TxId, response: &Response) -> Option<Request> {
        let credentials = self.settings.credentials.clone()?;
        let challenges = |name: HeaderName, proxy: bool| {
            response.headers.get_all(&name).filter_map(|h| Challenge::parse(&h.value(), proxy)).collect::<Vec<_>>()
        };
        let mut all = challenges(HeaderName::WwwAuthenticate, false);
        all.extend(challenges(HeaderName::ProxyAuthenticate, true));
        let challenge = strongest(all)?;
        let mut request = self.fresh_copy(tx)?;
        let header = challenge.response_header();
        if request.headers.get(&header).is_some() && !challenge.stale {
            return None;
        }
        let method = String::from_utf8_lossy(request.method.as_bytes()).into_owned();
        let uri = wire::uri_text(&request.uri);
        let cnonce = self.random.token();
        let value = respond(&challenge, &credentials, &method, &uri, 1, &cnonce);
        wire::set(&mut request.headers, header, value);
        Some(request)
    }

    /// Sends a request of a dialog once more with credentials; false if that is hopeless.
    fn send_authorized(&mut self, now: Monotonic, tx: TxId, response: &Response, purpose: Purpose) -> bool {
        let Some(mut request) = self.authorized(tx, response) else { return false };
        let call_id = wire::text(&request.headers, &HeaderName::CallId).unwrap_or_default();
        let tag = wire::tag(&request.headers, &HeaderName::From).unwrap_or_default();
        let Some(leg) = self.leg_named(&call_id, &tag).and_then(|id| self.legs.get_mut(&id)) else { return false };
        leg.dialog.local_seq += 1;
        let (peer, seq) = (leg.dialog.peer, leg.dialog.local_seq);
        let Some(Ok(cseq)) = request.headers.typed::<CSeq>() else { return false };
        let method = String::from_utf8_lossy(cseq.method.as_bytes()).into_owned();
        wire::set(&mut request.headers, HeaderName::CSeq, format!("{seq} {method}"));
        self.send(now, request, peer, purpose).is_some()
    }

    /// A request outside any dialog (REGISTER, OPTIONS), for the owner of the calls.
    pub fn outside(&mut self, method: Method, target: &str, from: &str, to: &str, peer: Peer) -> Option<Request> {
        let mut request = Request::new(method.clone(), wire::parse_uri(target)?);
        let headers = &mut request.headers;
        push(headers, HeaderName::Via, dialog::via(peer, &mut self.random));
        push(headers, HeaderName::MaxForwards, "70");
        push(headers, HeaderName::From, format!("{from};tag={}", self.random.token()));
        push(headers, HeaderName::To, to.to_owned());
        push(headers, HeaderName::CallId, format!("{}@{}", self.random.token(), peer.local.ip()));
        push(headers, HeaderName::CSeq, format!("1 {}", String::from_utf8_lossy(method.as_bytes())));
        push(headers, HeaderName::UserAgent, wire::USER_AGENT);
        push(headers, HeaderName::ContentLength, "0");
        Some(request)
    }
}
