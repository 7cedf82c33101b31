//! Reliable provisional responses, RFC 3262.

use super::core::{Calls, Purpose};
use super::leg::{Exchange, GIVE_UP, Leg, LegTimer, Phase, T1};
use super::offer::description;
use crate::random::Random;
use crate::transactions::TxId;
use crate::wire::{self, push, set, text};
use clock::{Millis, Monotonic};
use identity::LegId;
use numbering::{Cause, ClearCause, PartyNumber};
use sipx_sip::rel::{RAck, RSeq};
use sipx_sip::{CSeq, HeaderName, Headers, Method, Request, Response};
use std::collections::VecDeque;

/// Provisional responses that may wait for the PRACK of the one before.
const MAX_WAITING: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Peer {
    Plain,
    Supports,
    Requires,
}

/// The sender's half.
#[derive(Debug)]
pub(crate) struct Reliable {
    peer: Peer,
    rseq: u32,
    outstanding: Option<Outstanding>,
    waiting: VecDeque<(u16, bool, Option<ClearCause>)>,
    answer: Option<Option<PartyNumber>>,
}

#[derive(Debug)]
struct Outstanding {
    response: Response,
    interval: Millis,
    until: Monotonic,
}

impl Reliable {
    pub fn wanted_by(headers: &Headers, random: &mut Random) -> Reliable {
        let peer = if wire::names(headers, &HeaderName::Require, "100rel") {
            Peer::Requires
        } else if wire::names(headers, &HeaderName::Supported, "100rel") {
            Peer::Supports
        } else {
            Peer::Plain
        };
        // RFC 3262 3: the first number is between 1 and 2^31 - 1; well below it leaves room to count.
        let rseq = 1 + u32::try_from(random.below(1 << 20)).unwrap_or_default();
        Reliable { peer, rseq, outstanding: None, waiting: VecDeque::new(), answer: None }
    }

    pub fn busy(&self) -> bool {
        self.outstanding.is_some()
    }

    /// Goes this response reliably? Always if the caller requires it; with an SDP if it can.
    pub fn applies(&self, sdp: bool) -> bool {
        self.peer == Peer::Requires || (self.peer == Peer::Supports && sdp)
    }

    pub fn wait(&mut self, code: u16, sdp: bool, cause: Option<ClearCause>) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back((code, sdp, cause));
        }
    }

    pub fn answer_after(&mut self, connected: Option<PartyNumber>) {
        self.answer = Some(connected);
    }
}

impl Calls {
    pub(super) fn send_reliably(&mut self, now: Monotonic, id: LegId, mut response: Response) {
        let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) else { return };
        let reliable = &mut invited.reliable;
        set(&mut response.headers, HeaderName::Require, "100rel");
        push(&mut response.headers, HeaderName::RSeq, reliable.rseq.to_string());
        reliable.outstanding = Some(Outstanding { response: response.clone(), interval: T1, until: now + GIVE_UP });
        let invite = invited.invite;
        self.tx.respond(now, invite, response);
        self.timers.arm((id, LegTimer::ReliableAgain), now + T1);
    }

    pub(super) fn reliable_again(&mut self, now: Monotonic, id: LegId) {
        let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) else { return };
        let Some(outstanding) = &mut invited.reliable.outstanding else { return };
        if now >= outstanding.until {
            // RFC 3262 3: no PRACK within 64 * T1, so the call is refused with a 5xx.
            self.clear(now, id, ClearCause::ours(Cause::RecoveryOnTimerExpiry));
            return;
        }
        outstanding.interval = Millis(outstanding.interval.0 * 2);
        let (response, next) = (outstanding.response.clone(), (now + outstanding.interval).min(outstanding.until));
        let invite = invited.invite;
        self.tx.respond(now, invite, response);
        self.timers.arm((id, LegTimer::ReliableAgain), next);
    }

    /// PRACK from the caller.
    pub(super) fn prack_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let matches = self.acknowledges(id, request);
        let Some(Leg { phase: Phase::Invited(invited), dialog, media, .. }) = self.legs.get_mut(&id) else {
            self.refuse(now, tx, request, 481);
            return;
        };
        if !matches {
            self.refuse(now, tx, request, 481);
            return;
        }
        invited.reliable.outstanding = None;
        invited.reliable.rseq += 1;
        let Some(mut response) = wire::reply(request, 200, &dialog.name.local_tag) else { return };
        let answers = matches!(media.exchange, Exchange::WeOffered);
        self.timers.disarm(&(id, LegTimer::ReliableAgain));
        match description(&request.headers, request.body()) {
            Ok(Some(answer)) if answers => {
                if !self.take_answer(id, &answer) {
                    self.tx.respond(now, tx, response);
                    self.clear(now, id, Cause::BearerNotImplemented.into());
                    return;
                }
            }
            Ok(Some(offer)) => {
                if self.note_offer(id, offer).is_ok()
                    && let Some(sdp) = self.describe(id)
                {
                    let octets = wire::body(&mut response.headers, wire::SDP, &sdp);
                    response.set_body(octets);
                }
            }
            Ok(None) | Err(_) => {}
        }
        self.tx.respond(now, tx, response);
        self.send_waiting(now, id);
    }

    fn acknowledges(&self, id: LegId, prack: &Request) -> bool {
        let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get(&id) else { return false };
        let Some(Ok(rack)) = prack.headers.typed::<RAck>() else { return false };
        let invite = self.tx.server_request(invited.invite).and_then(|r| r.headers.typed::<CSeq>());
        let Some(Ok(cseq)) = invite else { return false };
        invited.reliable.busy()
            && rack.rseq == invited.reliable.rseq
            && rack.cseq == cseq.sequence
            && rack.method == b"INVITE"
    }

    fn send_waiting(&mut self, now: Monotonic, id: LegId) {
        while let Some(Leg { phase: Phase::Invited(invited), .. }) = self.legs.get_mut(&id) {
            let reliable = &mut invited.reliable;
            if reliable.busy() {
                return;
            }
            // An answer makes what still waits pointless.
            if let Some(connected) = reliable.answer.take() {
                reliable.waiting.clear();
                self.answer(now, id, connected.as_ref());
                return;
            }
            let Some((code, sdp, cause)) = reliable.waiting.pop_front() else { return };
            self.provisional(now, id, code, sdp, cause);
        }
    }

    /// The receiver's half (RFC 3262 4): acknowledges each reliable provisional response once, in order. False: a repetition.
    pub(super) fn acknowledge(&mut self, now: Monotonic, id: LegId, response: &Response) -> bool {
        let headers = &response.headers;
        if response.status.code() == 100 || !wire::names(headers, &HeaderName::Require, "100rel") {
            return true;
        }
        let (Some(Ok(RSeq(rseq))), Some(Ok(cseq))) = (headers.typed::<RSeq>(), headers.typed::<CSeq>()) else {
            return true;
        };
        let Some(Leg { phase: Phase::Inviting(inviting), .. }) = self.legs.get_mut(&id) else { return false };
        if inviting.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        inviting.rseq = Some(rseq);
        let rack = format!("{rseq} {} INVITE", cseq.sequence);
        self.send_within(now, id, Method::Prack, vec![(HeaderName::RAck, rack)], None, Purpose::Courtesy);
        true
    }
}

/// Extensions that a request requires and we do not know (RFC 3261 8.2.2.3).
pub(crate) fn unsupported(headers: &Headers) -> Option<String> {
    let known = ["100rel", "timer", "replaces", "norefersub"];
    let unknown: Vec<String> = wire::list(headers, &HeaderName::Require)
        .into_iter()
        .filter(|tag| !known.iter().any(|k| tag.eq_ignore_ascii_case(k)))
        .collect();
    let odd = text(headers, &HeaderName::Require).is_some() && wire::list(headers, &HeaderName::Require).is_empty();
    (!unknown.is_empty() || odd).then(|| unknown.join(", "))
}
