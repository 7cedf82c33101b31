//! Telephones that speak SIP with the box: real cores at both ends, and a UDP network between them that delays, loses and doubles.

use crate::phones::PhoneState;
use clock::Monotonic;
use identity::{LegId, LegIds};
use numbering::Digits;
use settings::Settings;
use sip::phone::{Phone, PhoneConfig};
use sip::{Account, Config, RegistrationTimes, Secret, SipCore};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What the network does to a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weather {
    /// Out of a thousand, each.
    pub loss: u32,
    pub doubling: u32,
    /// One way: 8 ms, and by chance up to so many more. Later ones may overtake.
    pub jitter: u64,
}

impl Weather {
    pub const FINE: Weather = Weather { loss: 0, doubling: 0, jitter: 0 };
    /// Nothing gets through.
    pub const OUTAGE: Weather = Weather { loss: 1000, doubling: 0, jitter: 0 };
}

#[derive(Debug)]
pub struct SipNet {
    /// The box's end; gone while the daemon is down.
    pub core: Option<SipCore>,
    pub phones: BTreeMap<Digits, SipPhone>,
    pub weather: Weather,
    pub datagrams: u64,
    seed: u64,
    cores: u64,
    /// Which leg of the box and which call of a telephone are the two ends of one SIP call, by Call-ID.
    ends: BTreeMap<String, Ends>,
    handles: LegIds,
    /// What somebody dialled at a telephone, and the leg that came of it at the box.
    dialled: BTreeMap<LegId, LegId>,
}

#[derive(Clone, Debug, Default)]
struct Ends {
    leg: Option<LegId>,
    phone: Option<(Digits, LegId)>,
    handle: Option<LegId>,
}

#[derive(Debug)]
pub struct SipPhone {
    pub ua: Phone,
    pub address: SocketAddr,
    /// Without power or network it neither sends nor receives.
    pub plugged: bool,
    /// Its calls as its user sees them.
    pub calls: BTreeMap<LegId, PhoneState>,
    lives: u64,
}

pub const PASSWORD: &str = "correct horse battery";

pub fn server() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5060))
}

impl SipNet {
    pub fn new(seed: u64, weather: Weather) -> SipNet {
        let mut net = SipNet {
            core: None,
            phones: BTreeMap::new(),
            weather,
            datagrams: 0,
            seed,
            cores: 0,
            ends: BTreeMap::new(),
            // Apart from all legs of the box and of the far exchange.
            handles: LegIds::of(0x7100),
            dialled: BTreeMap::new(),
        };
        net.start();
        net
    }

    /// The daemon starts: a core that knows of nobody yet.
    pub fn start(&mut self) {
        self.cores += 1;
        let config = Config {
            realm: "town".to_owned(),
            registration: RegistrationTimes { expires: 300, min_expires: 60 },
            session_seconds: 180,
            ..Config::at(server(), secret(self.seed, self.cores))
        };
        self.core = Some(SipCore::new(config));
    }

    pub fn die(&mut self) {
        self.core = None;
        self.ends.values_mut().for_each(|ends| ends.leg = None);
    }

    pub fn set_accounts(&mut self, settings: &Settings) {
        let account = |extension: &settings::ExtensionSettings| Account {
            extension: extension.number.clone(),
            name: extension.name.clone(),
            secret: Secret::Password(extension.password.clone()),
            codecs: Vec::new(),
        };
        if let Some(core) = &mut self.core {
            core.set_accounts(settings.extensions.iter().map(account).collect());
        }
    }

    /// A telephone on the desk. Installed again, it has forgotten everything.
    pub fn install(&mut self, extension: &Digits) {
        let lives = self.phones.get(extension).map_or(1, |phone| phone.lives + 1);
        let index = self.phones.keys().position(|known| known == extension).unwrap_or(self.phones.len()) as u8;
        let address = self
            .phones
            .get(extension)
            .map_or(SocketAddr::from(([192, 0, 2, 100 + index], 5060)), |phone| phone.address);
        let seed = secret(self.seed ^ 0x7e1e, u64::from(address.port()) << 32 | u64::from(index) << 16 | lives);
        let mut config = PhoneConfig::of(extension.as_str(), PASSWORD, server(), address, seed);
        config.expires_seconds = 300;
        config.rings.at_once = false;
        let phone = SipPhone { ua: Phone::new(config), address, plugged: true, calls: BTreeMap::new(), lives };
        self.phones.insert(extension.clone(), phone);
        self.ends.retain(|_, ends| {
            ends.phone = ends.phone.take().filter(|(at, _)| at != extension);
            ends.leg.is_some() || ends.phone.is_some()
        });
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let phones = self.phones.values().filter(|phone| phone.plugged).filter_map(|phone| phone.ua.deadline());
        phones.chain(self.core.as_ref().and_then(SipCore::deadline)).min()
    }

    /// No call at either end. A telephone without power remembers nothing.
    pub fn quiet(&self) -> bool {
        let legs = self.core.as_ref().map_or(0, |core| core.sizes().0);
        legs == 0 && self.phones.values().filter(|phone| phone.plugged).all(|phone| phone.ua.sizes().0 == 0)
    }

    pub fn unquiet(&self) -> String {
        let calls = self.phones.iter().map(|(extension, phone)| (extension, &phone.calls, phone.ua.sizes()));
        format!("{:?}, {:?}", self.core.as_ref().map(SipCore::sizes), calls.collect::<Vec<_>>())
    }

    pub fn phone_at(&self, address: SocketAddr) -> Option<Digits> {
        self.phones.iter().find(|(_, phone)| phone.address == address).map(|(extension, _)| extension.clone())
    }

    pub fn begins_at_box(&mut self, call_id: &str, leg: LegId) {
        let ends = self.ends.entry(call_id.to_owned()).or_default();
        ends.leg = Some(leg);
        if let Some(handle) = ends.handle {
            self.dialled.insert(handle, leg);
        }
    }

    pub fn begins_at_phone(&mut self, call_id: &str, extension: &Digits, call: LegId) {
        self.ends.entry(call_id.to_owned()).or_default().phone = Some((extension.clone(), call));
    }

    /// Somebody dialled: names the call before the box has a leg for it.
    pub fn name_dialled(&mut self, call_id: &str) -> LegId {
        let handle = self.handles.allocate();
        self.ends.entry(call_id.to_owned()).or_default().handle = Some(handle);
        handle
    }

    pub fn leg_dialled(&self, handle: LegId) -> Option<LegId> {
        self.dialled.get(&handle).copied()
    }

    pub fn ended_at_box(&mut self, leg: LegId) {
        self.ends.retain(|_, ends| {
            ends.leg = ends.leg.filter(|known| *known != leg);
            ends.leg.is_some() || ends.phone.is_some()
        });
    }

    pub fn ended_at_phone(&mut self, extension: &Digits, call: LegId) {
        self.ends.retain(|_, ends| {
            ends.phone = ends.phone.take().filter(|(at, known)| at != extension || *known != call);
            ends.leg.is_some() || ends.phone.is_some()
        });
    }

    /// The telephone's call at the other end of a leg of the box.
    pub fn call_of(&self, leg: LegId) -> Option<(Digits, LegId)> {
        self.ends.values().find(|ends| ends.leg == Some(leg)).and_then(|ends| ends.phone.clone())
    }

    /// Whether the box still has the other end of a telephone's call.
    pub fn known_at_box(&self, extension: &Digits, call: LegId) -> bool {
        let there = |ends: &&Ends| ends.phone.as_ref().is_some_and(|(at, known)| at == extension && *known == call);
        self.ends.values().find(there).is_some_and(|ends| ends.leg.is_some())
    }
}

fn secret(seed: u64, purpose: u64) -> [u8; 32] {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&seed.to_be_bytes());
    octets[8..16].copy_from_slice(&purpose.to_be_bytes());
    octets
}

/// The Call-ID of a message.
pub fn call_id(message: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"call-id:";
    let line = message
        .split(|octet| *octet == b'\n')
        .find(|line| line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME))?;
    Some(std::str::from_utf8(&line[NAME.len()..]).ok()?.trim())
}
