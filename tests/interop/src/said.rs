//! What went over the wire, and whether tshark finds anything wrong with it.

use crate::capture::Capture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// Packets without a link layer, as libpcap numbers link types: IPv4 or IPv6 by the first four bits.
const LINKTYPE_RAW: u32 = 101;

/// The port by which tshark knows SIP.
const SIP: u16 = 5060;

/// One datagram as it went over the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    pub micros: u64,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// What tshark makes of datagrams: how many it knows as SIP, and the lines of those that it finds broken.
#[derive(Debug)]
pub struct Verdict {
    pub sip: usize,
    pub broken: Vec<String>,
}

/// Has tshark read datagrams; `ours` is the box's SIP port, which may be any.
pub fn judge(file: &Path, said: &[Said], ours: u16) -> io::Result<Verdict> {
    let mut capture = Capture::create(file, LINKTYPE_RAW)?;
    let known = |address: SocketAddr| match address.port() == ours {
        true => SocketAddr::new(address.ip(), SIP),
        false => address,
    };
    for one in said {
        capture.frame(one.micros, &packet(known(one.from), known(one.to), &one.bytes))?;
    }
    let read = capture.finish()?;
    Ok(Verdict { sip: read.count("sip")?, broken: read.lines("_ws.malformed || _ws.expert.severity == error")? })
}

/// A UDP datagram with its IP header.
fn packet(from: SocketAddr, to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let length = 8 + bytes.len() as u16;
    let mut datagram = [from.port(), to.port(), length, 0].map(u16::to_be_bytes).concat();
    datagram.extend(bytes);
    match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut packet = vec![0x45, 0];
            packet.extend((20 + length).to_be_bytes());
            // Not to be fragmented, 64 hops, UDP; a checksum of 0 stands for none.
            packet.extend([0, 0, 0x40, 0, 64, 17, 0, 0]);
            packet.extend(from.octets());
            packet.extend(to.octets());
            [packet, datagram].concat()
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut packet = vec![0x60, 0, 0, 0];
            packet.extend(length.to_be_bytes());
            packet.extend([17, 64]);
            packet.extend(from.octets());
            packet.extend(to.octets());
            // RFC 8200 8.1: UDP over IPv6 has a checksum.
            let pseudo = [&packet[8..], &u32::from(length).to_be_bytes(), &17u32.to_be_bytes(), &datagram].concat();
            let sum = checksum(&pseudo).to_be_bytes();
            datagram[6..8].copy_from_slice(&sum);
            [packet, datagram].concat()
        }
        _ => Vec::new(),
    }
}

/// RFC 1071, with the all-ones form of zero.
fn checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|two| u32::from(two[0]) << 8 | u32::from(two.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    match !(sum as u16) {
        0 => 0xffff,
        sum => sum,
    }
}
