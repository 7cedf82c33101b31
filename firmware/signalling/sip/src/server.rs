//! The exchange's side: who may register and call, and which message is for whom.

use crate::accounts::Account;
use crate::calls::{CallOutput, CallSettings, Calls, Invitation, Terms};
use crate::config::Config;
use crate::digest;
use crate::digest::{Authorization, Verdict, Verifier};
use crate::guard::{Guard, Suspect, scanner};
use crate::ports::Ports;
use crate::qualify::{Asked, Qualifier};
use crate::random::Random;
use crate::registrar::{Refusal, Registrar};
use crate::transactions::{Peer, Transactions, TxEvent, TxId};
use crate::transport::{ConnId, MAX_MESSAGE, Source, Transmit, Transport};
use crate::wire::{self, other, push, text};
use bytes::Bytes;
use clock::{Millis, Monotonic};
use identity::{LegId, LegIds};
use legs::{Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup, Target};
use numbering::{Cause, Digits, PartyNumber, Presentation, Screening};
use plan::MediaRequest;
use sipx_sip::{HeaderName, Message, Method, Request};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use trace::Trace;

/// What the core wants done, or has to say.
#[derive(Clone, PartialEq, Debug)]
pub enum SipOutput {
    Transmit(Transmit),
    Leg {
        leg: LegId,
        what: LegIndication,
    },
    /// The contact that an extension is reached at changed; `None`: it cannot be reached.
    Registration {
        extension: Digits,
        contact: Option<String>,
    },
    /// Orders to the media engine: ports and what was negotiated. Plans and closing are the exchange's.
    Media(MediaRequest),
    Trace(Trace),
}

/// What happened that is nobody's leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub received: u64,
    pub sent: u64,
    /// Not SIP, or too long: dropped without an answer.
    pub unreadable: u64,
    /// SIP that breaks its own rules: refused with 4xx or 505.
    pub malformed: u64,
    /// Scanning tools, and sources that failed too often: dropped without an answer.
    pub ignored: u64,
    pub challenges: u64,
    pub wrong_credentials: u64,
    /// Refused because something bounded was full.
    pub overload: u64,
    /// Requests of the exchange that a leg's state did not allow.
    pub unexpected: u64,
}

/// See the crate's documentation.
#[derive(Debug)]
pub struct SipCore {
    pub(crate) config: Config,
    pub(crate) accounts: BTreeMap<Digits, Account>,
    pub(crate) calls: Calls,
    pub(crate) registrar: Registrar,
    pub(crate) qualifier: Qualifier,
    pub(crate) verifier: Verifier,
    guard: Guard,
    /// Extensions' contacts as last told.
    told: BTreeMap<Digits, String>,
    /// Extensions whose contacts were not yet kept as they are now.
    pub(crate) changed: BTreeSet<Digits>,
    counters: Counters,
    out: VecDeque<SipOutput>,
    next_sweep: Option<Monotonic>,
}

/// Old nonces are forgotten this often.
const SWEEP: Millis = Millis::secs(60);

impl SipCore {
    pub fn new(config: Config) -> SipCore {
        let random = Random::seeded(config.seed);
        let verifier = Verifier::new(config.realm.clone(), config.digest, random.derive("nonce"));
        let settings = CallSettings {
            max_legs: config.limits.legs,
            session_seconds: config.session_seconds,
            ring_limit: config.ring_limit,
            credentials: None,
            contact_user: "fastcall".to_owned(),
        };
        let transactions = Transactions::new(config.limits.transactions);
        let ports = Ports::range(config.rtp_ports);
        SipCore {
            calls: Calls::new(transactions, random, settings, ports, LegIds::of(LegIds::SIP)),
            accounts: BTreeMap::new(),
            registrar: Registrar::default(),
            qualifier: Qualifier::default(),
            verifier,
            guard: Guard::default(),
            told: BTreeMap::new(),
            changed: BTreeSet::new(),
            counters: Counters::default(),
            out: VecDeque::new(),
            next_sweep: None,
            config,
        }
    }

    /// The telephones there are. Registrations of those that are gone, or whose password changed, end.
    pub fn set_accounts(&mut self, accounts: Vec<Account>) {
        let new: BTreeMap<Digits, Account> = accounts.into_iter().map(|a| (a.extension.clone(), a)).collect();
        let old = std::mem::replace(&mut self.accounts, new);
        let kept = |e: &Digits| self.accounts.get(e).is_some_and(|n| old.get(e).is_some_and(|o| o.secret == n.secret));
        let gone = self.registrar.keep_only(kept);
        gone.iter().for_each(|e| self.contacts_changed(e));
    }

    /// One datagram, or one message that [`crate::TcpFramer`] cut out of a stream.
    pub fn receive(&mut self, now: Monotonic, mut source: Source, bytes: &[u8]) {
        self.counters.received += 1;
        source.local = self.config.local(source.local);
        if bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0)) {
            // A keep-alive (RFC 5626 3.5.1 and common practice).
            return;
        }
        if let Some(message) = self.readable(now, source, bytes) {
            self.calls.tx.receive(now, message, source);
            self.settle(now);
        }
    }

    /// What the exchange asks of a leg.
    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        match request {
            LegRequest::Setup(outgoing) => self.set_up(now, leg, &outgoing),
            request => self.calls.request(now, leg, request),
        }
        self.settle(now);
    }

    /// A TCP connection is gone; so are the contacts behind it.
    pub fn connection_closed(&mut self, now: Monotonic, conn: ConnId) {
        self.calls.tx.connection_closed(now, conn);
        let lost = self.registrar.connection_closed(conn);
        lost.iter().for_each(|e| self.contacts_changed(e));
        self.settle(now);
    }

    /// Runs what is due.
    pub fn expire(&mut self, now: Monotonic) {
        self.calls.tx.expire(now);
        self.settle(now);
        self.calls.expire(now);
        if self.registrar.deadline().is_some_and(|at| at <= now) {
            let gone = self.registrar.expire(now);
            gone.iter().for_each(|e| self.contacts_changed(e));
        }
        if self.next_sweep.is_some_and(|at| at <= now) {
            self.verifier.forget_old(now);
            self.next_sweep = Some(now + SWEEP);
        }
        self.ask_due(now);
        self.settle(now);
    }

    /// When [`SipCore::expire`] is to be called next.
    pub fn deadline(&self) -> Option<Monotonic> {
        let own = [self.registrar.deadline(), self.qualifier.deadline(), self.next_sweep];
        own.into_iter().chain([self.calls.deadline()]).flatten().min()
    }

    pub fn poll(&mut self) -> Option<SipOutput> {
        if let Some(transmit) = self.calls.tx.poll_transmit() {
            self.counters.sent += 1;
            return Some(SipOutput::Transmit(transmit));
        }
        self.out.pop_front()
    }

    pub fn counters(&self) -> Counters {
        Counters { unexpected: self.calls.unexpected, ..self.counters }
    }

    /// Legs, transactions and contacts there are now.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.calls.len(), self.calls.tx.len(), self.registrar.len())
    }

    /// The contact that an extension is reached at.
    pub fn contact(&self, extension: &Digits) -> Option<&str> {
        self.registrar.contact(extension).map(|b| b.contact.as_str())
    }

    /// Parses and checks a message; refuses or drops what is wrong with it.
    fn readable(&mut self, now: Monotonic, source: Source, bytes: &[u8]) -> Option<Message> {
        let limits = sipx_sip::Limits { max_message_bytes: MAX_MESSAGE, ..sipx_sip::Limits::datagram() };
        let bytes = Bytes::copy_from_slice(bytes);
        let parsed = match source.transport {
            Transport::Udp => sipx_sip::parse_datagram(bytes, &limits),
            Transport::Tcp(_) => sipx_sip::parse_frame(bytes, &limits),
        };
        let Ok(message) = parsed else {
            self.counters.unreadable += 1;
            return None;
        };
        let mut request = match message {
            Message::Request(request) => request,
            Message::Response(response) => {
                if !sipx_sip::validate_response(&response).is_empty() {
                    self.counters.malformed += 1;
                    return None;
                }
                return Some(Message::Response(response));
            }
        };
        if self.unwelcome(now, source, &request) {
            self.counters.ignored += 1;
            return None;
        }
        wire::note_source(&mut request, source);
        let code = match sipx_sip::validate_request(&request).first() {
            // Common in old telephones and harmless at an endpoint (16.6 lets even a proxy put it right).
            None => None,
            Some(finding) if finding.is_repairable() => None,
            Some(finding) => Some(finding.status()),
        };
        let code = code.or_else(|| (self.calls.tx.full() && !known_method(&request.method)).then_some(503));
        match code {
            None => Some(Message::Request(request)),
            Some(code) => {
                self.counters.malformed += 1;
                self.refuse_statelessly(source, &request, code);
                None
            }
        }
    }

    /// Scanners, and sources that guessed too often. Dialogs that exist go on: others may sit behind the same address.
    fn unwelcome(&self, now: Monotonic, source: Source, request: &Request) -> bool {
        let agent = text(&request.headers, &HeaderName::UserAgent);
        if agent.is_some_and(|a| scanner(&a)) {
            return true;
        }
        let opens = matches!(request.method, Method::Register | Method::Invite | Method::Options)
            && wire::tag(&request.headers, &HeaderName::To).is_none();
        opens && self.guard.blocked(now, &Suspect::Source(source.from.ip()))
    }

    fn refuse_statelessly(&mut self, source: Source, request: &Request, code: u16) {
        if request.method == Method::Ack {
            return;
        }
        let tag = self.calls.random.token();
        if let Some(response) = wire::reply(request, code, &tag) {
            self.calls.tx.send_raw(&Message::Response(response), Peer::from(source));
        }
    }

    /// Carries events up until nothing moves any more.
    fn settle(&mut self, now: Monotonic) {
        while let Some(event) = self.calls.tx.poll_event() {
            match self.calls.on_event(now, event) {
                Some(TxEvent::Request { tx, request, source }) => self.opened(now, tx, &request, source),
                Some(TxEvent::Response { tx, .. }) => self.question_concluded(now, tx, Asked::Answered),
                Some(TxEvent::Unanswered { tx }) => self.question_concluded(now, tx, Asked::Missed),
                Some(TxEvent::Ended { .. } | TxEvent::Ack { .. }) | None => {}
            }
        }
        while let Some(output) = self.calls.poll() {
            match output {
                CallOutput::Leg(leg, what) => self.out.push_back(SipOutput::Leg { leg, what }),
                CallOutput::Media(order) => self.out.push_back(SipOutput::Media(order)),
                CallOutput::Trace(record) => self.out.push_back(SipOutput::Trace(record)),
                // A telephone that notifies or answers a REFER: we send neither SUBSCRIBE nor REFER.
                CallOutput::Notified { .. } | CallOutput::Referred { .. } => {}
            }
        }
    }

    /// A request outside any dialog.
    fn opened(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source) {
        if let Some(unknown) = crate::calls::unsupported(&request.headers) {
            self.calls.refuse_extension(now, tx, request, unknown);
            return;
        }
        match request.method {
            Method::Register => self.registering(now, tx, request, source),
            Method::Invite => self.calling(now, tx, request, source),
            Method::Options => self.calls.options_received(now, tx, request),
            Method::Bye | Method::Prack | Method::Update | Method::Info | Method::Notify | Method::Refer => {
                self.calls.refuse(now, tx, request, 481);
            }
            _ => self.calls.refuse_method(now, tx, request),
        }
    }

    fn registering(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source) {
        let user = wire::address(&request.headers, &HeaderName::To).and_then(|to| wire::user(&to.uri));
        let Some(extension) = self.authenticated(now, tx, request, source, user) else { return };
        let times = self.config.registration;
        let outcome = self.registrar.register(now, &extension, request, Peer::from(source), times);
        let code = match outcome {
            Ok(()) => 200,
            Err(Refusal::Bad) => 400,
            Err(Refusal::TooBrief) => 423,
            Err(Refusal::OutOfOrder) => 500,
            Err(Refusal::TooMany) => 403,
        };
        let tag = self.calls.random.token();
        let Some(mut response) = wire::reply(request, code, &tag) else { return };
        if code == 200 {
            self.registrar
                .current(now, &extension)
                .into_iter()
                .for_each(|c| push(&mut response.headers, HeaderName::Contact, c));
        }
        if code == 423 {
            push(&mut response.headers, HeaderName::MinExpires, times.min_expires.to_string());
        }
        self.calls.tx.respond(now, tx, response);
        if code == 200 {
            self.contacts_changed(&extension);
            self.ask_later(now, &extension, Peer::from(source));
        }
    }

    fn calling(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source) {
        let scheme = request.uri.scheme();
        if !scheme.is_sip() && request.uri.tel_parts().is_none() {
            self.calls.refuse(now, tx, request, 416);
            return;
        }
        let from = wire::address(&request.headers, &HeaderName::From);
        let user = from.as_ref().and_then(|from| wire::user(&from.uri));
        let Some(extension) = self.authenticated(now, tx, request, source, user) else { return };
        let replaces = match text(&request.headers, &HeaderName::Replaces).map(|value| self.calls.replaced(&value)) {
            None => None,
            Some(Some(leg)) => Some(leg),
            // RFC 3891 3: nothing to replace.
            Some(None) => {
                self.calls.refuse(now, tx, request, 481);
                return;
            }
        };
        let called = wire::user(&request.uri).and_then(|user| crate::calls::party(&user));
        let called = match (called, replaces) {
            (Some(called), _) => called,
            (None, Some(_)) => PartyNumber::default(),
            (None, None) => {
                self.calls.refuse(now, tx, request, 404);
                return;
            }
        };
        let terms = self.terms_of(&extension);
        let incoming = self.incoming(extension, called, request, replaces);
        if let Err(refused) = self.calls.invited(now, tx, request, Peer::from(source), incoming, terms) {
            self.counters.overload += u64::from(refused.code == 503);
            if let Some(response) = refused.response(request) {
                self.calls.tx.respond(now, tx, response);
            }
        }
    }

    fn terms_of(&self, extension: &Digits) -> Terms {
        let own = self.accounts.get(extension).map(|account| &account.codecs).filter(|own| !own.is_empty());
        let codecs = own.map_or_else(|| self.config.codecs.clone(), |own| own.as_slice().into());
        Terms { codecs, srtp: self.config.srtp.of(extension) }
    }

    fn incoming(&self, extension: Digits, called: PartyNumber, request: &Request, replaces: Option<LegId>) -> Incoming {
        let restricted = text(&request.headers, &HeaderName::Privacy)
            .is_some_and(|p| p.split(';').any(|v| matches!(v.trim(), "id" | "user" | "header")));
        let calling = PartyNumber {
            presentation: if restricted { Presentation::Restricted } else { Presentation::Allowed },
            screening: Screening::Network,
            ..PartyNumber::plain(extension.clone())
        };
        let display = self.accounts.get(&extension).map(|a| a.name.clone()).filter(|n| !n.is_empty());
        let setup = Setup { called, complete: true, calling: Some(calling), display, ..Setup::default() };
        Incoming { setup, origin: Origin::Extension(extension), replaces }
    }

    /// The extension that a request proves to come from, or `None` when it was challenged or refused. What is said to a user that does
    /// not exist is what is said to one with a wrong password.
    fn authenticated(
        &mut self,
        now: Monotonic,
        tx: TxId,
        request: &Request,
        source: Source,
        claimed: Option<String>,
    ) -> Option<Digits> {
        let claimed = claimed.unwrap_or_default();
        let extension: Option<Digits> = claimed.parse().ok();
        let account = extension.as_ref().and_then(|e| self.accounts.get(e));
        let given = request
            .headers
            .get_all(&HeaderName::Authorization)
            .filter_map(|h| Authorization::parse(&String::from_utf8_lossy(&h.value())))
            .find(|a| a.field("realm") == Some(&self.config.realm));
        let suspect = Suspect::Account(claimed.clone());
        let at_home = extension.as_ref().is_some_and(|e| self.registrar.comes_from(e, source.from.ip()));
        let Some(given) = given else {
            self.challenge(now, tx, request, source, false);
            return None;
        };
        let method = String::from_utf8_lossy(request.method.as_bytes());
        let asked = digest::Asked { method: &method, from: source.from.ip() };
        let secret = account.map(|a| &a.secret);
        let mut verdict = self.verifier.verify(now, &given, secret, &asked);
        if verdict == Verdict::Good && given.field("username") != Some(&claimed) {
            verdict = Verdict::Wrong;
        }
        // Somebody else's guessing must not shut out a telephone that is registered; others have to wait.
        if verdict == Verdict::Good && !at_home && self.guard.blocked(now, &suspect) {
            verdict = Verdict::Wrong;
        }
        match verdict {
            Verdict::Good => {
                self.guard.succeeded(&suspect);
                self.guard.succeeded(&Suspect::Source(source.from.ip()));
                extension
            }
            Verdict::Stale | Verdict::Unknown => {
                self.challenge(now, tx, request, source, verdict == Verdict::Stale);
                None
            }
            Verdict::Wrong => {
                self.counters.wrong_credentials += 1;
                self.guard.failed(now, suspect);
                self.guard.failed(now, Suspect::Source(source.from.ip()));
                self.challenge(now, tx, request, source, false);
                None
            }
        }
    }

    fn challenge(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source, stale: bool) {
        self.counters.challenges += 1;
        self.next_sweep = self.next_sweep.or(Some(now + SWEEP));
        let tag = self.calls.random.token();
        let Some(mut response) = wire::reply(request, 401, &tag) else { return };
        for value in self.verifier.challenge(now, source.from.ip(), stale) {
            push(&mut response.headers, HeaderName::WwwAuthenticate, value);
        }
        self.calls.tx.respond(now, tx, response);
    }

    /// Calls an extension at its newest contact, and at the others if that one says nothing.
    fn set_up(&mut self, now: Monotonic, leg: LegId, outgoing: &Outgoing) {
        let Target::Extension(extension) = &outgoing.target else {
            self.out.push_back(released(leg, Cause::InvalidDestination));
            return;
        };
        let mut contacts = self.registrar.contacts(extension).into_iter().map(|b| (b.contact.clone(), b.peer));
        let Some((target, peer)) = contacts.next() else {
            self.out.push_back(released(leg, Cause::SubscriberAbsent));
            return;
        };
        let invitation = Invitation {
            target,
            to: format!("<sip:{extension}@{}>", wire::host(peer.local.ip())),
            from: caller(&outgoing.setup, peer.local),
            peer,
            headers: call_headers(outgoing, peer.local),
            terms: self.terms_of(extension),
            others: contacts.collect(),
        };
        self.calls.invite(now, leg, invitation);
    }

    /// Registrations came, went or moved.
    pub(crate) fn contacts_changed(&mut self, extension: &Digits) {
        self.changed.insert(extension.clone());
        self.tell_registration(extension);
    }

    pub(crate) fn tell_registration(&mut self, extension: &Digits) {
        let contact = self.registrar.contact(extension).map(|b| b.contact.clone());
        let before = match &contact {
            Some(contact) => self.told.insert(extension.clone(), contact.clone()),
            None => self.told.remove(extension),
        };
        if before != contact {
            self.out.push_back(SipOutput::Registration { extension: extension.clone(), contact });
        }
    }
}

/// Requests that end something are let in even when nothing new may begin.
fn known_method(method: &Method) -> bool {
    matches!(method, Method::Ack | Method::Bye | Method::Cancel | Method::Prack)
}

fn released(leg: LegId, cause: Cause) -> SipOutput {
    SipOutput::Leg { leg, what: LegIndication::Released { cause: cause.into() } }
}

/// The From of an outgoing call: what the phone shows (RFC 3323 4.1 when the caller wants to stay unknown).
fn caller(setup: &Setup, local: SocketAddr) -> String {
    let shown = setup.calling.as_ref().filter(|c| c.presentation == Presentation::Allowed && !c.digits.is_empty());
    match (shown, &setup.display) {
        (Some(number), Some(name)) => {
            format!("{} <sip:{}@{}>", wire::quoted(name), crate::calls::number_user(number), wire::host(local.ip()))
        }
        (Some(number), None) => format!("<sip:{}@{}>", crate::calls::number_user(number), wire::host(local.ip())),
        (None, _) => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
    }
}

fn call_headers(outgoing: &Outgoing, local: SocketAddr) -> Vec<(HeaderName, String)> {
    let mut headers = Vec::new();
    if let Some(number) = &outgoing.setup.calling {
        match number.presentation {
            Presentation::Allowed => {
                let user = crate::calls::number_user(number);
                headers.push((HeaderName::PAssertedIdentity, format!("<sip:{user}@{}>", wire::host(local.ip()))));
            }
            Presentation::Restricted | Presentation::NotAvailable | Presentation::Reserved => {
                headers.push((HeaderName::Privacy, "id".to_owned()));
            }
        }
    }
    if let Some(redirection) = &outgoing.setup.redirecting {
        let user = crate::calls::number_user(&redirection.from);
        let reason = match redirection.reason {
            numbering::RedirectReason::Busy => "user-busy",
            numbering::RedirectReason::NoReply => "no-answer",
            numbering::RedirectReason::Unconditional => "unconditional",
            numbering::RedirectReason::Deflection | numbering::RedirectReason::ByCalledParty => "deflection",
            numbering::RedirectReason::OutOfOrder => "unavailable",
            numbering::RedirectReason::Unknown | numbering::RedirectReason::Reserved(_) => "unknown",
        };
        headers.push((other("Diversion"), format!("<sip:{user}@{}>;reason={reason}", wire::host(local.ip()))));
    }
    if outgoing.answer_at_once {
        headers.extend(crate::calls::answer_at_once(&wire::host(local.ip())));
    }
    headers
}
