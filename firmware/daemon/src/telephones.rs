//! The SIP core under the exchange, and its sockets.

use crate::media_side::MediaSide;
use clock::{Millis, Monotonic};
use exchange::Input;
use identity::{LegId, LineId};
use legs::{LegIndication, LegRequest};
use numbering::Cause;
use settings::{Settings, SipDigest, SipSettings};
use sip::{Account, DigestOffer, RegistrationTimes, Secret, SipCore, SipOutput};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::mpsc::Receiver;
use trace::Trace;
use udp::{Sender, SocketEvent, SocketsConfig};

/// The longest that an outgoing leg may ring: the exchange's own limits are shorter.
const RING_LIMIT: Millis = Millis::secs(300);

pub struct Telephones {
    core: SipCore,
    heard: Receiver<SocketEvent>,
    sender: Sender,
    draining: bool,
    turned_away: BTreeSet<LegId>,
    /// What the core did, for the call ladder; taken by the exchange thread after each poll.
    pub traces: Vec<Trace>,
}

/// The core's configuration, out of the settings.
pub fn configuration(advertised: SocketAddr, sip: &SipSettings, seed: [u8; 32]) -> sip::Config {
    sip::Config {
        realm: sip.realm.clone(),
        registration: RegistrationTimes { expires: sip.expires_seconds, min_expires: sip.min_expires_seconds },
        session_seconds: sip.session_seconds,
        rtp_ports: sip.rtp_ports,
        digest: match sip.digest {
            SipDigest::Both => DigestOffer::Both,
            SipDigest::Md5 => DigestOffer::Md5,
        },
        ring_limit: RING_LIMIT,
        ..sip::Config::at(advertised, seed)
    }
}

/// Where SIP listens.
pub fn sockets(local: SocketAddr, sip: &SipSettings) -> SocketsConfig {
    let mut config = SocketsConfig::at(local);
    if !sip.tcp {
        config.tcp.clear();
    }
    config
}

impl Telephones {
    pub fn new(core: SipCore, heard: Receiver<SocketEvent>, sender: Sender) -> Telephones {
        Telephones { core, heard, sender, draining: false, turned_away: BTreeSet::new(), traces: Vec::new() }
    }

    /// Port, realm and timers hold from the next start on: telephones that are registered keep what they agreed to.
    pub fn configure(&mut self, settings: &Settings) {
        let accounts = settings.extensions.iter().map(|extension| Account {
            extension: extension.number.clone(),
            name: extension.name.clone(),
            secret: Secret::Password(extension.password.clone()),
        });
        self.core.set_accounts(accounts.collect());
    }

    /// From now on new calls are refused.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Takes what the sockets brought.
    pub fn receive(&mut self, now: Monotonic) {
        while let Ok(event) = self.heard.try_recv() {
            match event {
                SocketEvent::Message { source, bytes } => self.core.receive(now, source, &bytes),
                SocketEvent::ConnectionClosed(connection) => self.core.connection_closed(now, connection),
            }
        }
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
    pub fn poll(&mut self, now: Monotonic, media: &mut MediaSide) -> Option<Input> {
        loop {
            match self.core.poll()? {
                SipOutput::Transmit(transmit) => self.sender.send(transmit),
                SipOutput::Media(request) => media.request(request),
                SipOutput::Registration { extension, contact } => {
                    return Some(Input::Registration { extension, contact });
                }
                SipOutput::Leg { leg, what } => {
                    if let Some(input) = self.leg_says(now, leg, what) {
                        return Some(input);
                    }
                }
                // The exchange notes the primitives itself.
                SipOutput::Trace(Trace::Primitive { .. }) => {}
                SipOutput::Trace(trace) => self.traces.push(trace),
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
