//! Where SIP listens, and how that changes while calls are up.
//!
//! A new port is opened before the old one is given up. Over TCP the old listener closes at once and its connections go on. Over UDP
//! the old port stays open as long as a call goes over it: the telephone at the other end knows no other.

use settings::SipSettings;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::Receiver;
use udp::{Sender, SocketEvent, SocketsConfig};

pub struct Sockets {
    address: IpAddr,
    in_force: Listening,
    /// UDP addresses that only old calls use.
    retiring: Vec<SocketAddr>,
    pub heard: Receiver<SocketEvent>,
    pub sender: Sender,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Listening {
    port: u16,
    tcp: bool,
}

impl Listening {
    fn of(sip: &SipSettings) -> Listening {
        Listening { port: sip.port, tcp: sip.tcp }
    }
}

/// Where SIP listens from the start.
pub fn config(local: SocketAddr, sip: &SipSettings) -> SocketsConfig {
    let mut config = SocketsConfig::at(local);
    if !sip.tcp {
        config.tcp.clear();
    }
    config
}

impl Sockets {
    /// What [`config`] opened.
    pub fn new(address: IpAddr, sip: &SipSettings, heard: Receiver<SocketEvent>, sender: Sender) -> Sockets {
        Sockets { address, in_force: Listening::of(sip), retiring: Vec::new(), heard, sender }
    }

    /// Listens as the settings say, or on as before if that cannot be. Returns where new calls go out from.
    pub fn follow(&mut self, sip: &SipSettings) -> SocketAddr {
        let wanted = Listening::of(sip);
        if wanted != self.in_force {
            match self.change(wanted) {
                Ok(()) => self.in_force = wanted,
                Err(problem) => {
                    let port = self.in_force.port;
                    tracing::error!(%problem, "SIP goes on at port {port}: free the other port, then save the settings again");
                }
            }
        }
        self.local()
    }

    /// Where new calls go out from.
    pub fn local(&self) -> SocketAddr {
        self.at(self.in_force.port)
    }

    fn at(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.address, port)
    }

    fn change(&mut self, wanted: Listening) -> std::io::Result<()> {
        let (old, new) = (self.local(), self.at(wanted.port));
        let moves = old != new;
        let mut udp = if moves { vec![new] } else { vec![] };
        // Back to a port that old calls still use: it is open.
        udp.retain(|address| !self.retiring.contains(address));
        let tcp = if wanted.tcp && (moves || !self.in_force.tcp) { vec![new] } else { vec![] };
        self.sender.listen(&udp, &tcp)?;
        self.retiring.retain(|address| *address != new);
        if moves {
            self.retiring.push(old);
        }
        if self.in_force.tcp && (moves || !wanted.tcp) {
            self.sender.close_tcp(old)?;
        }
        tracing::info!(address = %new, tcp = wanted.tcp, "SIP listens");
        Ok(())
    }

    /// Closes old UDP ports that no call uses any more.
    pub fn retire(&mut self, in_use: impl Fn(SocketAddr) -> bool) {
        let sender = &self.sender;
        // An order that does not get through is given again next time.
        self.retiring.retain(|address| in_use(*address) || sender.close_udp(*address).is_err());
    }
}
