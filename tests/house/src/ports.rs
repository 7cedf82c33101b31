//! Which ports a house takes: one run of ports below those that the kernel gives out by chance.

use crate::Plan;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

/// Ports before the box's RTP ports, and behind them for telephones' RTP.
const BEFORE: u16 = 10;
const BEHIND: u16 = 30;

/// Lowest ports that are tried, and how far they are apart.
const LOWEST: u16 = 12_000;
const APART: u16 = 100;

/// Runs that houses of this process have taken: two that are built at once must not find the same ones free.
static TAKEN: Mutex<Vec<(u16, u16)>> = Mutex::new(Vec::new());

/// The ports of one house.
pub struct Premises {
    base: u16,
    rtp_ports: u16,
}

impl Premises {
    pub(crate) fn find(name: &str, plan: &Plan) -> Premises {
        let count = BEFORE + plan.rtp_ports + BEHIND;
        let salt = name.bytes().fold(std::process::id(), |sum, octet| sum.wrapping_mul(31).wrapping_add(octet.into()));
        let bases = (0..200).map(|n| LOWEST + ((salt.wrapping_add(n * 97)) % 170) as u16 * APART);
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let apart = |base: u16| taken.iter().all(|(first, last)| base + count <= *first || base > *last);
        let mut fitting = bases.filter(|base| apart(*base));
        let base = fitting.find(|base| (*base..base + count).all(|port| free(plan.address, port)));
        let base = base.expect("free ports");
        taken.push((base, base + count));
        Premises { base, rtp_ports: plan.rtp_ports }
    }

    fn local(&self, place: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.base + place))
    }

    pub fn web(&self) -> SocketAddr {
        self.local(0)
    }

    pub fn sip(&self) -> u16 {
        self.base + 1
    }

    /// The box's end of each span's wire, and the far end's.
    pub fn spans(&self) -> [(u16, u16); 2] {
        [(self.base + 2, self.base + 3), (self.base + 4, self.base + 5)]
    }

    pub fn control(&self) -> SocketAddr {
        self.local(6)
    }

    /// Ports for the test's own use: three of them.
    pub fn spare(&self, which: u16) -> u16 {
        assert!(which < 3, "there are three spare ports");
        self.base + 7 + which
    }

    /// First and last port of the box's RTP.
    pub fn rtp(&self) -> (u16, u16) {
        (self.base + BEFORE, self.base + BEFORE + self.rtp_ports - 1)
    }

    /// The first of thirty ports for telephones' RTP.
    pub fn phone_rtp(&self) -> u16 {
        self.base + BEFORE + self.rtp_ports
    }
}

fn free(address: IpAddr, port: u16) -> bool {
    let local = IpAddr::from([127, 0, 0, 1]);
    [local, address].iter().all(|ip| UdpSocket::bind((*ip, port)).is_ok() && TcpListener::bind((*ip, port)).is_ok())
}
