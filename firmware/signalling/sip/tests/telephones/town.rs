//! A core, telephones, and a network between them under virtual time: it may lose, double and delay.

use clock::{Millis, Monotonic};
use identity::{LegId, LegIds};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::MediaRequest;
use sip::phone::{Phone, PhoneConfig, PhoneEvent};
use sip::{Account, Config, Secret, SipCore, SipOutput, Source, Transmit, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// What the network does to a datagram, in percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    pub loss: u64,
    pub doubling: u64,
    /// Delay is 1 ms plus up to so many.
    pub jitter: u64,
}

pub struct Town {
    pub now: Monotonic,
    pub core: SipCore,
    pub phones: Vec<Phone>,
    pub weather: Weather,
    pub heard: Vec<(LegId, LegIndication)>,
    pub media: Vec<MediaRequest>,
    pub registrations: Vec<(Digits, Option<String>)>,
    pub events: Vec<(usize, PhoneEvent)>,
    /// Telephones whose network cable is out.
    pub unplugged: BTreeSet<usize>,
    /// What was said on the network, oldest first.
    pub wire: Vec<Transmit>,
    flying: BTreeMap<(Monotonic, u64), Transmit>,
    serial: u64,
    random: u64,
    legs: LegIds,
}

pub const PASSWORD: &str = "correct horse";

pub fn server() -> SocketAddr {
    "192.0.2.1:5060".parse().unwrap()
}

pub fn phone_address(index: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 100 + index as u8], 5060))
}

pub fn extension(index: usize) -> Digits {
    format!("80{:02}", index + 1).parse().unwrap()
}

pub fn config() -> Config {
    Config { realm: "town".to_owned(), ..Config::at(server(), [9; 32]) }
}

pub fn phone_config(index: usize) -> PhoneConfig {
    PhoneConfig::of(extension(index).as_str(), PASSWORD, server(), phone_address(index), [index as u8 + 20; 32])
}

impl Town {
    pub fn with(phones: usize) -> Town {
        Town::built(config(), (0..phones).map(phone_config).collect())
    }

    pub fn built(config: Config, phones: Vec<PhoneConfig>) -> Town {
        let mut core = SipCore::new(config);
        core.set_accounts(
            phones
                .iter()
                .map(|p| Account {
                    extension: p.extension.clone(),
                    name: format!("Seat {}", p.extension),
                    secret: Secret::Password(PASSWORD.to_owned()),
                    codecs: Vec::new(),
                })
                .collect(),
        );
        Town {
            now: Monotonic(0),
            core,
            phones: phones.into_iter().map(Phone::new).collect(),
            weather: Weather::default(),
            heard: Vec::new(),
            media: Vec::new(),
            registrations: Vec::new(),
            events: Vec::new(),
            unplugged: BTreeSet::new(),
            wire: Vec::new(),
            flying: BTreeMap::new(),
            serial: 0,
            random: 1,
            legs: LegIds::of(LegIds::EXCHANGE),
        }
    }

    pub fn seeded(mut self, seed: u64) -> Town {
        self.random = seed | 1;
        self
    }

    pub fn registered(mut self) -> Town {
        for i in 0..self.phones.len() {
            self.phones[i].register(self.now);
        }
        self.run(Millis::secs(2));
        self
    }

    pub fn draw(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    /// Lets time pass, event by event.
    pub fn run(&mut self, wait: Millis) {
        let end = self.now + wait;
        self.drain();
        while let Some(next) = self.next().filter(|at| *at <= end) {
            self.now = self.now.max(next);
            while let Some(entry) = self.flying.first_entry().filter(|e| e.key().0 <= self.now) {
                let message = entry.remove();
                self.deliver(&message);
                self.drain();
            }
            self.core.expire(self.now);
            for phone in &mut self.phones {
                phone.expire(self.now);
            }
            self.drain();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Monotonic> {
        let phones = self.phones.iter().filter_map(Phone::deadline).min();
        let flying = self.flying.first_key_value().map(|((at, _), _)| *at);
        [self.core.deadline(), phones, flying].into_iter().flatten().min()
    }

    fn deliver(&mut self, message: &Transmit) {
        let source = Source { transport: Transport::Udp, from: message.from, local: message.to };
        if self.unplugged.iter().any(|i| [message.from, message.to].contains(&phone_address(*i))) {
            return;
        }
        if message.to == server() {
            self.core.receive(self.now, source, &message.bytes);
        } else if let Some(phone) = (0..self.phones.len()).find(|i| phone_address(*i) == message.to) {
            self.phones[phone].receive(self.now, source, &message.bytes);
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.core.poll() {
            match output {
                SipOutput::Transmit(message) => self.fly(message),
                SipOutput::Leg { leg, what } => self.heard.push((leg, what)),
                SipOutput::Registration { extension, contact } => self.registrations.push((extension, contact)),
                SipOutput::Media(order) => self.media.push(order),
                SipOutput::Trace(_) => {}
            }
        }
        for i in 0..self.phones.len() {
            while let Some(event) = self.phones[i].poll() {
                match event {
                    PhoneEvent::Transmit(message) => self.fly(message),
                    event => self.events.push((i, event)),
                }
            }
        }
    }

    fn fly(&mut self, message: Transmit) {
        let copies = 1 + u64::from(self.draw(100) < self.weather.doubling);
        for _ in 0..copies {
            if self.draw(100) < self.weather.loss {
                continue;
            }
            let delay = 1 + self.draw(self.weather.jitter + 1);
            self.serial += 1;
            self.flying.insert((self.now + Millis(delay), self.serial), message.clone());
        }
        self.wire.push(message);
    }

    /// Something from outside, as if a datagram came.
    pub fn inject(&mut self, from: SocketAddr, bytes: &[u8]) {
        let source = Source { transport: Transport::Udp, from, local: server() };
        self.core.receive(self.now, source, bytes);
        self.drain();
    }

    // What the exchange does.

    pub fn call(&mut self, phone: usize, calling: &str, answer_at_once: bool) -> LegId {
        let leg = self.legs.allocate();
        let setup = Setup {
            calling: Some(PartyNumber::plain(calling.parse().unwrap())),
            display: Some("Wang \"Lao\" 王".to_owned()),
            ..Setup::default()
        };
        let outgoing = Outgoing { setup, target: Target::Extension(extension(phone)), answer_at_once };
        self.ask(leg, LegRequest::Setup(Box::new(outgoing)));
        leg
    }

    pub fn ask(&mut self, leg: LegId, request: LegRequest) {
        self.core.request(self.now, leg, request);
        self.run(Millis(50));
    }

    pub fn release(&mut self, leg: LegId, cause: Cause) {
        self.ask(leg, LegRequest::Release { cause: ClearCause::ours(cause) });
    }

    // What can be seen.

    /// All that the exchange heard of a leg.
    pub fn of(&self, leg: LegId) -> Vec<LegIndication> {
        self.heard.iter().filter(|(l, _)| *l == leg).map(|(_, what)| what.clone()).collect()
    }

    pub fn last(&self, leg: LegId) -> Option<LegIndication> {
        self.of(leg).pop()
    }

    /// The newest leg that came in.
    pub fn came(&self) -> LegId {
        let setups = self.heard.iter().filter(|(_, what)| matches!(what, LegIndication::Setup(_)));
        setups.map(|(leg, _)| *leg).next_back().expect("a leg came in")
    }

    /// The call that a telephone sees: its newest.
    pub fn ringing(&self, phone: usize) -> LegId {
        self.events
            .iter()
            .rev()
            .find_map(|(i, e)| match e {
                PhoneEvent::Call { call, what: LegIndication::Setup(_) } if *i == phone => Some(*call),
                _ => None,
            })
            .expect("the phone was called")
    }

    pub fn phone_heard(&self, phone: usize, call: LegId) -> Vec<LegIndication> {
        self.events
            .iter()
            .filter_map(|(i, e)| match e {
                PhoneEvent::Call { call: c, what } if *i == phone && *c == call => Some(what.clone()),
                _ => None,
            })
            .collect()
    }

    pub fn said(&self, text: &str) -> usize {
        self.wire.iter().filter(|m| String::from_utf8_lossy(&m.bytes).contains(text)).count()
    }

    /// Nothing is left anywhere: no leg, no transaction.
    pub fn expect_quiet(&mut self) {
        self.run(Millis::secs(120));
        let (legs, transactions, _) = self.core.sizes();
        assert_eq!((legs, transactions), (0, 0), "left in the core");
        for (i, phone) in self.phones.iter().enumerate() {
            assert_eq!(phone.sizes().0, 0, "left in phone {i}");
        }
        self.expect_one_last_word();
    }

    /// Each leg said Released once, and nothing afterwards.
    pub fn expect_one_last_word(&self) {
        let mut legs: Vec<LegId> = self.heard.iter().map(|(leg, _)| *leg).collect();
        legs.sort_unstable();
        legs.dedup();
        for leg in legs {
            let all = self.of(leg);
            let released = all.iter().filter(|w| matches!(w, LegIndication::Released { .. })).count();
            assert_eq!(released, 1, "{leg}: {all:?}");
            assert!(matches!(all.last(), Some(LegIndication::Released { .. })), "{leg}: {all:?}");
        }
    }
}
