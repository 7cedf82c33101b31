//! The SIP core on real sockets under the smallest exchange there can be: it answers who calls and calls whom it is told to.

use crate::said::Said;
use clock::{Millis, Monotonic};
use identity::{LegId, LegIds};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use numbering::{Cause, Digits, PartyNumber};
use sip::{Account, Config, SipCore, SipOutput};
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use udp::{SipSockets, SocketEvent, SocketsConfig};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub registered: usize,
    pub came_in: usize,
    pub answered: usize,
    pub released: usize,
    /// Outgoing legs released before they were answered.
    pub failed: usize,
}

pub struct SipExchange {
    core: SipCore,
    sockets: SipSockets,
    events: Receiver<SocketEvent>,
    started: Instant,
    legs: LegIds,
    /// Outgoing legs that were not answered yet.
    calling: Vec<LegId>,
    /// Answered legs and when to hang up: at once would let BYE overtake ACK in a busy peer.
    talking: Vec<(Monotonic, LegId)>,
    pub tally: Tally,
    pub said: Vec<Said>,
}

impl SipExchange {
    /// On the loopback, at any free port.
    pub fn start(accounts: Vec<Account>, change: impl FnOnce(&mut Config)) -> io::Result<SipExchange> {
        let (tell, events) = sync_channel(65_536);
        let local: SocketAddr = ([127, 0, 0, 1], 0).into();
        let sockets = SipSockets::start(SocketsConfig::at(local), Box::new(move |e| tell.try_send(e).is_ok()))?;
        let address = sockets.addresses().first().copied().unwrap_or(local);
        let mut config = Config::at(address, [3; 32]);
        change(&mut config);
        let mut core = SipCore::new(config);
        core.set_accounts(accounts);
        Ok(SipExchange {
            core,
            sockets,
            events,
            started: Instant::now(),
            legs: LegIds::of(LegIds::EXCHANGE),
            calling: Vec::new(),
            talking: Vec::new(),
            tally: Tally::default(),
            said: Vec::new(),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.sockets.addresses()[0]
    }

    pub fn core(&self) -> &SipCore {
        &self.core
    }

    fn now(&self) -> Monotonic {
        Monotonic(self.started.elapsed().as_millis() as u64)
    }

    /// Calls an extension; hangs up soon after it answered.
    pub fn call(&mut self, extension: &Digits) {
        let leg = self.legs.allocate();
        let calling = "13800000000".parse().map(PartyNumber::plain).ok();
        let setup = Setup { calling, ..Setup::default() };
        let outgoing = Outgoing { setup, target: Target::Extension(extension.clone()), answer_at_once: false };
        self.calling.push(leg);
        let now = self.now();
        self.core.request(now, leg, LegRequest::Setup(Box::new(outgoing)));
        self.drain();
    }

    /// Works until `done` or until the time is over; says which.
    pub fn run(&mut self, limit: Duration, mut done: impl FnMut(&SipExchange) -> bool) -> bool {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if done(self) {
                return true;
            }
            let due = self.core.deadline().map_or(Millis(20), |at| at.since(self.now()));
            if let Ok(event) = self.events.recv_timeout(Duration::from_millis(due.0.min(20))) {
                self.heard(event);
                while let Ok(event) = self.events.try_recv() {
                    self.heard(event);
                }
            }
            let now = self.now();
            self.core.expire(now);
            let due: Vec<LegId> = self.talking.iter().filter(|(at, _)| *at <= now).map(|(_, leg)| *leg).collect();
            self.talking.retain(|(at, _)| *at > now);
            for leg in due {
                self.core.request(now, leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
            }
            self.drain();
        }
        done(self)
    }

    fn heard(&mut self, event: SocketEvent) {
        let now = self.now();
        match event {
            SocketEvent::Message { source, bytes } => {
                let micros = self.started.elapsed().as_micros() as u64;
                self.core.receive(now, source, &bytes);
                self.said.push(Said { micros, from: source.from, to: source.local, bytes });
            }
            SocketEvent::ConnectionClosed(conn) => self.core.connection_closed(now, conn),
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.core.poll() {
            match output {
                SipOutput::Transmit(message) => {
                    let micros = self.started.elapsed().as_micros() as u64;
                    let (from, to, bytes) = (message.from, message.to, message.bytes.clone());
                    self.said.push(Said { micros, from, to, bytes });
                    self.sockets.sender().send(message);
                }
                SipOutput::Leg { leg, what } => self.leg_says(leg, &what),
                SipOutput::Registration { contact, .. } => self.tally.registered += usize::from(contact.is_some()),
                SipOutput::Media(_) | SipOutput::Trace(_) => {}
            }
        }
    }

    fn leg_says(&mut self, leg: LegId, what: &LegIndication) {
        let now = self.now();
        match what {
            LegIndication::Setup(_) => {
                self.tally.came_in += 1;
                self.core.request(now, leg, LegRequest::Alerting { inband: false });
                self.core.request(now, leg, LegRequest::Answer { connected: None });
            }
            LegIndication::Answered { .. } => {
                self.tally.answered += 1;
                self.calling.retain(|l| *l != leg);
                self.talking.push((now + Millis(300), leg));
            }
            LegIndication::Released { .. } => {
                self.tally.released += 1;
                self.tally.failed += usize::from(self.calling.contains(&leg));
            }
            _ => {}
        }
    }
}
