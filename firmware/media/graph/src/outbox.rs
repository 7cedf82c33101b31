use std::net::{Ipv4Addr, SocketAddr};

/// Octets of the longest packet: a payload, a header, and what encryption adds.
const LONGEST: usize = codec::LONGEST_SENT + 48;

/// A datagram to send.
#[derive(Clone, Debug)]
pub struct OutgoingPacket {
    /// The port to send it from: a leg's RTP port, or the one after it for RTCP.
    pub local_port: u16,
    pub remote: SocketAddr,
    octets: [u8; LONGEST],
    len: u16,
}

impl OutgoingPacket {
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.len as usize]
    }
}

/// Datagrams of a tick, in memory taken at start.
#[derive(Debug)]
pub(crate) struct Outbox {
    packets: Vec<OutgoingPacket>,
    used: usize,
    /// Those before this one are as they leave.
    sealed: usize,
    pub(crate) lost: u64,
}

impl Outbox {
    pub(crate) fn new(room: usize) -> Outbox {
        let blank = OutgoingPacket {
            local_port: 0,
            remote: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            octets: [0; LONGEST],
            len: 0,
        };
        Outbox { packets: vec![blank; room], used: 0, sealed: 0, lost: 0 }
    }

    pub(crate) fn push(&mut self, local_port: u16, remote: SocketAddr, header: &[u8], payload: &[u8]) {
        let length = header.len() + payload.len();
        let Some(packet) = self.packets.get_mut(self.used).filter(|_| length <= LONGEST) else {
            self.lost += 1;
            return;
        };
        packet.local_port = local_port;
        packet.remote = remote;
        packet.octets[..header.len()].copy_from_slice(header);
        packet.octets[header.len()..length].copy_from_slice(payload);
        packet.len = length as u16;
        self.used += 1;
    }

    /// Nothing in it is to be sealed.
    pub(crate) fn all_sealed(&mut self) {
        self.sealed = self.used;
    }

    /// Calls `seal` with the port, the memory and the length of each packet that was not sealed yet; a packet that it refuses is lost.
    pub(crate) fn seal<E>(&mut self, mut seal: impl FnMut(u16, &mut [u8], usize) -> Result<usize, E>) {
        while self.sealed < self.used {
            let packet = &mut self.packets[self.sealed];
            match seal(packet.local_port, &mut packet.octets, packet.len as usize) {
                Ok(length) => {
                    packet.len = length as u16;
                    self.sealed += 1;
                }
                Err(_) => {
                    self.used -= 1;
                    self.packets.swap(self.sealed, self.used);
                    self.lost += 1;
                }
            }
        }
    }

    pub(crate) fn packets(&self) -> &[OutgoingPacket] {
        &self.packets[..self.used]
    }

    pub(crate) fn clear(&mut self) {
        (self.used, self.sealed) = (0, 0);
    }
}
