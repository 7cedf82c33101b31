//! The SIP core under the exchange: settings, registrations that outlive a restart, and what legs say.

use crate::media_side::MediaSide;
use crate::sip_sockets::Sockets;
use clock::{Millis, Monotonic, Now};
use exchange::Input;
use identity::{LegId, LineId};
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use plan::CodecName;
use settings::{Settings, SipDigest, SipSettings};
use sip::{Account, DigestOffer, KeptContact, RegistrationTimes, Secret, SipCore, SipOutput, SrtpRules};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use store::{Entry, Registration, Registrations, Store};
use trace::Trace;
use udp::SocketEvent;

/// The longest that an outgoing leg may ring: the exchange's own limits are shorter.
const RING_LIMIT: Millis = Millis::secs(300);

pub struct Telephones {
    core: SipCore,
    sockets: Sockets,
    store: Store,
    draining: bool,
    turned_away: BTreeSet<LegId>,
    /// What the core did, for the call ladder; taken by the exchange thread after each poll.
    pub traces: Vec<Trace>,
}

/// Those codecs that this machine has.
fn there_are(codecs: &[CodecName]) -> impl Iterator<Item = CodecName> {
    codecs.iter().copied().filter(|name| codec::is_available(name.codec()))
}

fn warn_of_missing_codecs(sip: &SipSettings) {
    let all = sip.own_codecs.iter().map(|own| &own.codecs).chain([&sip.codecs]).flatten();
    let missing: BTreeSet<CodecName> = all.copied().filter(|name| !codec::is_available(name.codec())).collect();
    for codec in missing {
        tracing::warn!(
            ?codec,
            "telephones are not offered a codec of the settings: this machine has no library for it"
        );
    }
}

/// The core's configuration, out of the settings.
pub fn configuration(advertised: SocketAddr, sip: &SipSettings, seed: [u8; 32]) -> sip::Config {
    sip::Config {
        realm: sip.realm.clone(),
        registration: RegistrationTimes { expires: sip.expires_seconds, min_expires: sip.min_expires_seconds },
        codecs: there_are(&sip.codecs).collect(),
        srtp: SrtpRules {
            usual: sip.srtp,
            own: sip.own_srtp.iter().map(|own| (own.extension.clone(), own.srtp)).collect(),
        },
        session_seconds: sip.session_seconds,
        rtp_ports: sip.rtp_ports,
        digest: match sip.digest {
            SipDigest::Both => DigestOffer::Both,
            SipDigest::Md5 => DigestOffer::Md5,
        },
        ring_limit: RING_LIMIT,
        qualify: Millis::secs(sip.qualify_seconds.into()),
        ..sip::Config::at(advertised, seed)
    }
}

/// `local` is where SIP listens now: the port may have been changed since.
fn kept_contact(now: Now, local: SocketAddr, one: Registration) -> KeptContact {
    let Registration { contact, remote, expires, call_id, cseq, .. } = one;
    KeptContact { contact, to: remote, local, until: now.mono + expires.since(now.wall), call_id, cseq }
}

fn registration(now: Now, kept: KeptContact) -> Registration {
    let KeptContact { contact, to, local, until, call_id, cseq } = kept;
    Registration { contact, remote: to, local, expires: now.wall + until.since(now.mono), call_id, cseq }
}

impl Telephones {
    pub fn new(core: SipCore, sockets: Sockets, store: Store) -> Telephones {
        Telephones { core, sockets, store, draining: false, turned_away: BTreeSet::new(), traces: Vec::new() }
    }

    /// Telephones that were registered when the box stopped are reached as before.
    pub fn begin(&mut self, now: Now, settings: &Settings) {
        self.configure(now, settings);
        let kept = match self.store.registrations(now.wall) {
            Ok(kept) => kept,
            Err(problem) => {
                tracing::warn!(%problem, "registrations cannot be read: telephones come back when they register");
                return;
            }
        };
        for Registrations { extension, contacts } in kept {
            let Ok(extension) = extension.parse() else { continue };
            let local = self.sockets.local();
            let contacts = contacts.into_iter().map(|one| kept_contact(now, local, one)).collect();
            self.core.restore(now.mono, &extension, contacts);
        }
    }

    /// New settings, as differences: calls go on, and so do telephones that are registered.
    pub fn configure(&mut self, now: Now, settings: &Settings) {
        warn_of_missing_codecs(&settings.sip);
        let local = self.sockets.follow(&settings.sip);
        self.core.configure(now.mono, configuration(local, &settings.sip, [0; 32]));
        let accounts = settings.extensions.iter().map(|extension| Account {
            extension: extension.number.clone(),
            name: extension.name.clone(),
            secret: Secret::Password(extension.password.clone()),
            codecs: there_are(settings.sip.own_codecs_of(&extension.number)).collect(),
        });
        self.core.set_accounts(accounts.collect());
    }

    /// From now on new calls are refused.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Takes what the sockets brought.
    pub fn receive(&mut self, now: Monotonic) {
        while let Ok(event) = self.sockets.heard.try_recv() {
            match event {
                SocketEvent::Message { source, bytes } => self.core.receive(now, source, &bytes),
                SocketEvent::ConnectionClosed(connection) => self.core.connection_closed(now, connection),
            }
        }
        let core = &self.core;
        self.sockets.retire(|local| core.speaks_from(local));
    }

    pub fn expire(&mut self, now: Monotonic) {
        self.core.expire(now);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.core.deadline()
    }

    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        self.core.request(now, leg, request);
    }

    /// What the exchange is to hear next; what is for the sockets or the media engine goes there.
    pub fn poll(&mut self, now: Now, media: &mut MediaSide) -> Option<Input> {
        loop {
            let Some(output) = self.core.poll() else {
                self.keep(now);
                return None;
            };
            match output {
                SipOutput::Transmit(transmit) => self.sockets.sender.send(transmit),
                SipOutput::Media(request) => media.request(request),
                SipOutput::Registration { extension, contact } => {
                    return Some(Input::Registration { extension, contact });
                }
                SipOutput::Leg { leg, what } => {
                    if let Some(input) = self.leg_says(now.mono, leg, what) {
                        return Some(input);
                    }
                }
                // The exchange notes the primitives itself.
                SipOutput::Trace(Trace::Primitive { .. }) => {}
                SipOutput::Trace(trace) => self.traces.push(trace),
            }
        }
    }

    /// Leaves registrations that changed to the database's writer. What finds its queue full is told again by the telephone in time.
    fn keep(&mut self, now: Now) {
        while let Some((extension, contacts)) = self.core.changed_contacts() {
            let contacts = contacts.into_iter().map(|kept| registration(now, kept)).collect();
            let registrations = Registrations { extension: extension.to_string(), contacts };
            if self.store.record(Entry::Registrations(registrations)).is_err() {
                tracing::warn!(%extension, "its registration is not kept: the database's queue is full");
            }
        }
    }

    fn leg_says(&mut self, now: Monotonic, leg: LegId, indication: LegIndication) -> Option<Input> {
        match indication {
            LegIndication::Setup(incoming) if self.draining => {
                self.turned_away.insert(leg);
                let cause = Cause::SwitchingCongestion.into();
                self.core.request(now, leg, LegRequest::Release { cause });
                Some(Input::Leg { line: LineId::Sip, leg, indication: LegIndication::TurnedAway { incoming, cause } })
            }
            LegIndication::Released { .. } if self.turned_away.remove(&leg) => None,
            _ if self.turned_away.contains(&leg) => None,
            indication => Some(Input::Leg { line: LineId::Sip, leg, indication }),
        }
    }

    /// For the gauges.
    pub fn numbers(&self) -> [(&'static str, u64); 9] {
        let counters = self.core.counters();
        let (legs, transactions, contacts) = self.core.sizes();
        [
            ("legs", legs as u64),
            ("transactions", transactions as u64),
            ("contacts", contacts as u64),
            ("received", counters.received),
            ("sent", counters.sent),
            ("unreadable", counters.unreadable),
            ("malformed", counters.malformed),
            ("ignored", counters.ignored),
            ("overload", counters.overload),
        ]
    }
}
