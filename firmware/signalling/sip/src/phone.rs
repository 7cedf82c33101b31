//! A telephone: registers, rings, calls, holds, transfers. For simulated seats and callers; the exchange's side shares nothing with it but
//! dialogs and transactions.
//!
//! ```
//! use clock::Monotonic;
//! use sip::phone::{Phone, PhoneConfig};
//! let mut phone = Phone::new(PhoneConfig::of("8001", "secret", "192.0.2.1:5060".parse().unwrap(), "192.0.2.77:5060".parse().unwrap(), [1; 32]));
//! phone.register(Monotonic(0));
//! assert!(phone.poll().is_some());
//! ```

use crate::calls::{CallOutput, CallSettings, Calls, Invitation, Purpose, Terms, party};
use crate::dialog::escape_user;
use crate::ports::Ports;
use crate::random::Random;
use crate::transactions::{Peer, Transactions, TxEvent, TxId};
use crate::transport::{ConnId, Source, Transmit, Transport};
use crate::wire::{self, push, set, text};
use bytes::Bytes;
use clock::{Millis, Monotonic};
use identity::{LegId, LegIds};
use legs::{Incoming, LegIndication, LegRequest, Origin, Setup};
use numbering::{ClearCause, Digits, Key};
use plan::{CodecName, MediaRequest, SrtpUse};
use sipx_sip::auth::Credentials;
use sipx_sip::{CSeq, HeaderName, Message, Method, Request, Response};
use std::collections::VecDeque;
use std::net::SocketAddr;

#[derive(Clone, Debug)]
pub struct PhoneConfig {
    pub extension: Digits,
    pub password: String,
    /// The exchange.
    pub server: SocketAddr,
    pub local: SocketAddr,
    pub transport: Transport,
    pub rtp_ports: (u16, u16),
    pub expires_seconds: u32,
    /// RFC 4028, seconds; 0: off.
    pub session_seconds: u32,
    pub rings: Rings,
    /// Its codecs in the order in which it wants them.
    pub codecs: Vec<CodecName>,
    pub srtp: SrtpUse,
    pub seed: [u8; 32],
}

/// What the telephone does by itself when called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rings {
    /// Says 180 at once.
    pub at_once: bool,
    /// Answers a NOTIFY talk.
    pub answers_talk: bool,
    /// Answers a call that asks for it (answer-after=0).
    pub answers_intercom: bool,
}

impl PhoneConfig {
    /// A telephone over UDP with usual habits. An extension that is no number is taken as empty.
    pub fn of(extension: &str, password: &str, server: SocketAddr, local: SocketAddr, seed: [u8; 32]) -> PhoneConfig {
        PhoneConfig {
            extension: extension.parse().unwrap_or_default(),
            password: password.to_owned(),
            server,
            local,
            transport: Transport::Udp,
            rtp_ports: (30_000, 30_019),
            expires_seconds: 600,
            session_seconds: 0,
            rings: Rings { at_once: true, answers_talk: true, answers_intercom: true },
            codecs: vec![CodecName::Pcma, CodecName::Pcmu],
            srtp: SrtpUse::Off,
            seed,
        }
    }
}

/// What a telephone wants done, or has to say.
#[derive(Clone, PartialEq, Debug)]
pub enum PhoneEvent {
    Transmit(Transmit),
    Registered {
        seconds: u32,
    },
    Unregistered,
    /// The exchange refused, or did not answer (408).
    RegistrationFailed {
        status: u16,
    },
    /// What happened to a call, in the words of the leg primitives.
    Call {
        call: LegId,
        what: LegIndication,
    },
    Media(MediaRequest),
    /// The exchange asks us to answer now.
    Talk {
        call: LegId,
    },
    /// Our transfer was taken or refused.
    Referred {
        call: LegId,
        status: u16,
    },
    /// How our transfer goes on: the status of the call to its target.
    TransferProgress {
        call: LegId,
        status: u16,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Registration {
    None,
    Asking { tx: TxId, seconds: u32 },
    Until { refresh: Monotonic },
}

#[derive(Debug)]
pub struct Phone {
    config: PhoneConfig,
    calls: Calls,
    registration: Registration,
    /// Call-ID and last number of our REGISTERs (RFC 3261 10.2: one Call-ID for all).
    register_id: (String, u32),
    out: VecDeque<PhoneEvent>,
}

impl Phone {
    pub fn new(config: PhoneConfig) -> Phone {
        let mut random = Random::seeded(config.seed);
        let register_id = (format!("{}@{}", random.token(), config.local.ip()), 0);
        let settings = CallSettings {
            max_legs: 8,
            session_seconds: config.session_seconds,
            ring_limit: Millis::secs(300),
            credentials: Some(Credentials::new(config.extension.as_str(), config.password.as_str())),
            contact_user: config.extension.as_str().to_owned(),
        };
        let calls = Calls::new(Transactions::new(64), random, settings, Ports::range(config.rtp_ports), LegIds::of(0));
        Phone { config, calls, registration: Registration::None, register_id, out: VecDeque::new() }
    }

    pub fn extension(&self) -> &Digits {
        &self.config.extension
    }

    /// Legs and transactions there are.
    pub fn sizes(&self) -> (usize, usize) {
        (self.calls.len(), self.calls.tx.len())
    }

    pub fn register(&mut self, now: Monotonic) {
        self.send_register(now, self.config.expires_seconds);
        self.settle(now);
    }

    pub fn unregister(&mut self, now: Monotonic) {
        self.send_register(now, 0);
        self.settle(now);
    }

    /// Calls a number.
    pub fn dial(&mut self, now: Monotonic, number: &str) -> LegId {
        let call = self.calls.allocate();
        let to = format!("sip:{}@{}", escape_user(number), self.config.server);
        let invitation = Invitation {
            target: to.clone(),
            from: self.address(),
            to: format!("<{to}>"),
            peer: self.peer(),
            headers: Vec::new(),
            terms: self.terms(),
            others: Vec::new(),
        };
        self.calls.invite(now, call, invitation);
        self.settle(now);
        call
    }

    fn terms(&self) -> Terms {
        Terms { codecs: self.config.codecs.as_slice().into(), srtp: self.config.srtp }
    }

    /// Takes the place of a call that another telephone has (INVITE with Replaces, RFC 3891).
    pub fn dial_replacing(&mut self, now: Monotonic, number: &str, replaces: &str) -> LegId {
        let call = self.calls.allocate();
        let to = format!("sip:{}@{}", escape_user(number), self.config.server);
        let headers = vec![(HeaderName::Replaces, replaces.to_owned())];
        let invitation = Invitation {
            target: to.clone(),
            from: self.address(),
            to: format!("<{to}>"),
            peer: self.peer(),
            headers,
            terms: self.terms(),
            others: Vec::new(),
        };
        self.calls.invite(now, call, invitation);
        self.settle(now);
        call
    }

    /// The Replaces value that names one of our calls, as its far end knows it.
    pub fn replaces_value(&self, call: LegId) -> Option<String> {
        let (call_id, ours, theirs) = self.calls.dialog_of(call)?;
        Some(format!("{call_id};to-tag={};from-tag={ours}", theirs?))
    }

    pub fn ring(&mut self, now: Monotonic, call: LegId) {
        self.request(now, call, LegRequest::Alerting { inband: false });
    }

    pub fn answer(&mut self, now: Monotonic, call: LegId) {
        self.request(now, call, LegRequest::Answer { connected: None });
    }

    /// Hangs up, refuses, or gives up calling.
    pub fn hang_up(&mut self, now: Monotonic, call: LegId, cause: ClearCause) {
        self.request(now, call, LegRequest::Release { cause });
    }

    pub fn hold(&mut self, now: Monotonic, call: LegId) {
        self.request(now, call, LegRequest::Hold);
    }

    pub fn retrieve(&mut self, now: Monotonic, call: LegId) {
        self.request(now, call, LegRequest::Retrieve);
    }

    /// Sends a key by INFO.
    pub fn key(&mut self, now: Monotonic, call: LegId, key: Key) {
        self.calls.send_info(now, call, key);
        self.settle(now);
    }

    /// Asks that the far end be transferred to a number.
    pub fn transfer(&mut self, now: Monotonic, call: LegId, number: &str) {
        let target = format!("sip:{}@{}", escape_user(number), self.config.server);
        self.calls.refer(now, call, &target, None);
        self.settle(now);
    }

    /// Asks that the far ends of two of our calls be joined.
    pub fn transfer_to(&mut self, now: Monotonic, call: LegId, other: LegId) {
        let target = format!("sip:{}", self.config.server);
        self.calls.refer(now, call, &target, Some(other));
        self.settle(now);
    }

    /// Any leg primitive.
    pub fn request(&mut self, now: Monotonic, call: LegId, request: LegRequest) {
        self.calls.request(now, call, request);
        self.settle(now);
    }

    pub fn receive(&mut self, now: Monotonic, source: Source, bytes: &[u8]) {
        let parsed = sipx_sip::parse_datagram(Bytes::copy_from_slice(bytes), &sipx_sip::Limits::datagram());
        let Ok(mut message) = parsed else { return };
        if let Message::Request(request) = &mut message {
            wire::note_source(request, source);
        }
        if sipx_sip::validate(&message).iter().all(sipx_sip::Finding::is_repairable) {
            self.calls.tx.receive(now, message, source);
            self.settle(now);
        }
    }

    pub fn connection_closed(&mut self, now: Monotonic, conn: ConnId) {
        self.calls.tx.connection_closed(now, conn);
        self.settle(now);
    }

    pub fn expire(&mut self, now: Monotonic) {
        self.calls.tx.expire(now);
        self.settle(now);
        self.calls.expire(now);
        if let Registration::Until { refresh } = self.registration
            && refresh <= now
        {
            self.send_register(now, self.config.expires_seconds);
        }
        self.settle(now);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let refresh = match self.registration {
            Registration::Until { refresh } => Some(refresh),
            Registration::None | Registration::Asking { .. } => None,
        };
        [self.calls.deadline(), refresh].into_iter().flatten().min()
    }

    pub fn poll(&mut self) -> Option<PhoneEvent> {
        self.calls.tx.poll_transmit().map(PhoneEvent::Transmit).or_else(|| self.out.pop_front())
    }

    fn peer(&self) -> Peer {
        Peer { transport: self.config.transport, to: self.config.server, local: self.config.local }
    }

    fn address(&self) -> String {
        format!("<sip:{}@{}>", self.config.extension, wire::host(self.config.server.ip()))
    }

    fn send_register(&mut self, now: Monotonic, seconds: u32) {
        let (target, aor, peer) = (format!("sip:{}", self.config.server), self.address(), self.peer());
        let Some(mut request) = self.calls.outside(Method::Register, &target, &aor, &aor, peer) else { return };
        self.register_id.1 += 1;
        set(&mut request.headers, HeaderName::CallId, self.register_id.0.clone());
        set(&mut request.headers, HeaderName::CSeq, format!("{} REGISTER", self.register_id.1));
        let transport = if self.config.transport == Transport::Udp { "" } else { ";transport=tcp" };
        let contact = format!("<sip:{}@{}{transport}>", self.config.extension, self.config.local);
        push(&mut request.headers, HeaderName::Contact, contact);
        push(&mut request.headers, HeaderName::Expires, seconds.to_string());
        self.ask(now, request, seconds);
    }

    fn ask(&mut self, now: Monotonic, request: Request, seconds: u32) {
        let peer = self.peer();
        self.registration = match self.calls.send(now, request, peer, Purpose::Outside) {
            Some(tx) => Registration::Asking { tx, seconds },
            None => Registration::None,
        };
    }

    fn settle(&mut self, now: Monotonic) {
        while let Some(event) = self.calls.tx.poll_event() {
            match self.calls.on_event(now, event) {
                Some(TxEvent::Request { tx, request, source }) => self.opened(now, tx, &request, source),
                Some(TxEvent::Response { tx, response, .. }) => self.register_answered(now, tx, &response),
                Some(TxEvent::Unanswered { tx }) => self.register_unanswered(now, tx),
                Some(TxEvent::Ended { .. } | TxEvent::Ack { .. }) | None => {}
            }
        }
        while let Some(output) = self.calls.poll() {
            match output {
                CallOutput::Leg(call, what) => self.out.push_back(PhoneEvent::Call { call, what }),
                CallOutput::Media(order) => self.out.push_back(PhoneEvent::Media(order)),
                CallOutput::Trace(_) => {}
                CallOutput::Notified { leg, event, body } => self.notified(now, leg, &event, &body),
                CallOutput::Referred { leg, status } => self.out.push_back(PhoneEvent::Referred { call: leg, status }),
            }
        }
    }

    fn notified(&mut self, now: Monotonic, call: LegId, event: &str, body: &str) {
        if event == "talk" {
            self.out.push_back(PhoneEvent::Talk { call });
            if self.config.rings.answers_talk {
                self.answer(now, call);
            }
        }
        let status = body.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        if let (true, Some(status)) = (event == "refer", status) {
            self.out.push_back(PhoneEvent::TransferProgress { call, status });
        }
    }

    fn opened(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source) {
        match request.method {
            Method::Invite => self.invited(now, tx, request, source),
            Method::Options => self.calls.options_received(now, tx, request),
            _ => self.calls.refuse_method(now, tx, request),
        }
    }

    fn invited(&mut self, now: Monotonic, tx: TxId, request: &Request, source: Source) {
        let from = wire::address(&request.headers, &HeaderName::From);
        let calling = from.as_ref().and_then(|f| wire::user(&f.uri)).and_then(|user| party(&user));
        let display = from.and_then(|f| f.display_name).map(|n| String::from_utf8_lossy(&n).into_owned());
        let called = wire::user(&request.uri).and_then(|user| party(&user)).unwrap_or_default();
        let setup = Setup { called, complete: true, calling, display, ..Setup::default() };
        let origin = Origin::Extension(self.config.extension.clone());
        let incoming = Incoming { setup, origin, replaces: None };
        let terms = self.terms();
        match self.calls.invited(now, tx, request, Peer::from(source), incoming, terms) {
            Ok(call) => {
                let intercom =
                    text(&request.headers, &HeaderName::CallInfo).is_some_and(|v| v.contains("answer-after=0"));
                if self.config.rings.at_once {
                    self.calls.request(now, call, LegRequest::Alerting { inband: false });
                }
                if intercom && self.config.rings.answers_intercom {
                    self.calls.request(now, call, LegRequest::Answer { connected: None });
                }
            }
            Err(refused) => {
                if let Some(response) = refused.response(request) {
                    self.calls.tx.respond(now, tx, response);
                }
            }
        }
    }

    fn register_answered(&mut self, now: Monotonic, tx: TxId, response: &Response) {
        let Registration::Asking { tx: asked, seconds } = self.registration else { return };
        let status = response.status.code();
        if asked != tx || status < 200 {
            return;
        }
        if matches!(status, 401 | 407)
            && let Some(mut request) = self.calls.authorized(tx, response)
        {
            let number = request.headers.typed::<CSeq>().and_then(Result::ok).map_or(0, |c| c.sequence) + 1;
            self.register_id.1 = number;
            set(&mut request.headers, HeaderName::CSeq, format!("{number} REGISTER"));
            self.ask(now, request, seconds);
            return;
        }
        self.registration = Registration::None;
        match status {
            200 if seconds == 0 => self.out.push_back(PhoneEvent::Unregistered),
            200 => {
                let granted = granted(response, &self.config).unwrap_or(seconds);
                // RFC 3261 10.2.4: refreshed before it runs out.
                self.registration = Registration::Until { refresh: now + Millis(u64::from(granted) * 800) };
                self.out.push_back(PhoneEvent::Registered { seconds: granted });
            }
            status => self.out.push_back(PhoneEvent::RegistrationFailed { status }),
        }
    }

    fn register_unanswered(&mut self, now: Monotonic, tx: TxId) {
        if matches!(self.registration, Registration::Asking { tx: asked, .. } if asked == tx) {
            self.registration = Registration::Until { refresh: now + Millis::secs(30) };
            self.out.push_back(PhoneEvent::RegistrationFailed { status: 408 });
        }
    }
}

/// How long our own contact was granted.
fn granted(response: &Response, config: &PhoneConfig) -> Option<u32> {
    let ours = format!("{}@{}", config.extension, config.local);
    let contact = wire::list(&response.headers, &HeaderName::Contact).into_iter().find(|c| c.contains(&ours))?;
    contact.split(';').find_map(|p| p.trim().strip_prefix("expires=")?.parse().ok())
}
