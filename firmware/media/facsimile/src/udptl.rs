use std::collections::VecDeque;
use std::fmt;

/// The longest IFP packet that is sent or taken.
pub const MOST_IFP: usize = 1024;
/// The longest datagram: an IFP packet and copies of those before (T.38's `T38FaxMaxDatagram`).
pub const MOST_DATAGRAM: usize = 1400;
/// Copies of earlier packets in a datagram, at most (T.38 9.1.4.1).
const MOST_COPIES: usize = 5;
/// A number that is further off than this is a new stream's.
const FAR: u16 = 1000;

/// Why a datagram is none of T.38's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UdptlFault {
    Truncated,
    /// A length in fragments (X.691 10.9.3.8), which no fax needs.
    Fragmented,
    TooLong,
}

impl fmt::Display for UdptlFault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            UdptlFault::Truncated => "the datagram ends too early",
            UdptlFault::Fragmented => "a length in fragments",
            UdptlFault::TooLong => "an IFP packet longer than any fax has",
        })
    }
}

impl std::error::Error for UdptlFault {}

/// Packs IFP packets with copies of the ones before.
#[derive(Clone, Debug)]
pub struct UdptlSender {
    next: u16,
    copies: usize,
    most: usize,
    sent: VecDeque<Vec<u8>>,
}

impl UdptlSender {
    /// `copies`: how many earlier packets each datagram repeats, so that as many lost ones in a row cost nothing.
    pub fn new(copies: usize) -> UdptlSender {
        UdptlSender { next: 0, copies: copies.min(MOST_COPIES), most: MOST_DATAGRAM, sent: VecDeque::new() }
    }

    /// The far end takes datagrams of so many octets: of copies only those that fit.
    pub fn at_most(mut self, octets: usize) -> UdptlSender {
        self.most = octets.min(MOST_DATAGRAM);
        self
    }

    /// The datagram of the next packet. `None`: it is longer than [`MOST_IFP`].
    pub fn pack(&mut self, ifp: &[u8]) -> Option<Vec<u8>> {
        if ifp.len() > MOST_IFP {
            return None;
        }
        let mut datagram = self.next.to_be_bytes().to_vec();
        self.next = self.next.wrapping_add(1);
        open_type(&mut datagram, ifp);
        // The choice: copies of packets; a parity would be 0x80.
        datagram.push(0);
        let room = self.most.saturating_sub(datagram.len() + 1);
        let fitting = self
            .sent
            .iter()
            .scan(room, |room, copy| {
                *room = room.checked_sub(copy.len() + 2)?;
                Some(())
            })
            .count();
        datagram.push(fitting as u8);
        self.sent.iter().take(fitting).for_each(|copy| open_type(&mut datagram, copy));
        self.sent.push_front(ifp.to_vec());
        self.sent.truncate(self.copies);
        Some(datagram)
    }
}

/// An open type of X.691 10.2: its length, its octets.
fn open_type(datagram: &mut Vec<u8>, octets: &[u8]) {
    match octets.len() {
        length @ 0..128 => datagram.push(length as u8),
        length => datagram.extend((length as u16 | 0x8000).to_be_bytes()),
    }
    datagram.extend(octets);
}

/// One IFP packet, once and in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    pub sequence: u16,
    pub ifp: Vec<u8>,
}

/// Takes datagrams, yields each IFP packet once and in order; what was lost is taken from the copies.
#[derive(Clone, Debug, Default)]
pub struct UdptlReceiver {
    /// The number that comes next.
    next: Option<u16>,
    /// Packets that came in no datagram and in no copy.
    pub lost: u64,
    /// Packets that a copy brought.
    pub recovered: u64,
}

impl UdptlReceiver {
    pub fn receive(&mut self, datagram: &[u8]) -> Result<Vec<Received>, UdptlFault> {
        let (number, rest) = datagram.split_first_chunk::<2>().ok_or(UdptlFault::Truncated)?;
        let sequence = u16::from_be_bytes(*number);
        let (primary, rest) = take_open_type(rest)?;
        let copies = match rest.split_first() {
            Some((0, rest)) => take_copies(rest)?,
            // Parities cannot be asked for here, and what they follow is whole; some send nothing after it.
            _ => Vec::new(),
        };
        let expected = self.next.unwrap_or(sequence);
        let ahead = sequence.wrapping_sub(expected);
        if ahead >= FAR && expected.wrapping_sub(sequence) < FAR {
            // One that came late or twice.
            return Ok(Vec::new());
        }
        self.next = Some(sequence.wrapping_add(1));
        let missing = if ahead < FAR { ahead as usize } else { 0 };
        let found = missing.min(copies.len());
        self.lost += (missing - found) as u64;
        self.recovered += found as u64;
        let mut received: Vec<Received> = (1..)
            .zip(&copies[..found])
            .map(|(back, ifp)| Received { sequence: sequence.wrapping_sub(back), ifp: ifp.to_vec() })
            .collect();
        received.reverse();
        received.push(Received { sequence, ifp: primary.to_vec() });
        Ok(received)
    }
}

fn take_open_type(octets: &[u8]) -> Result<(&[u8], &[u8]), UdptlFault> {
    let (length, rest) = match *octets {
        [length @ 0..0x80, ..] => (length as usize, &octets[1..]),
        [high @ 0x80..0xc0, low, ..] => (u16::from_be_bytes([high & 0x3f, low]) as usize, &octets[2..]),
        [0xc0..=0xff, ..] => return Err(UdptlFault::Fragmented),
        _ => return Err(UdptlFault::Truncated),
    };
    if length > MOST_IFP {
        return Err(UdptlFault::TooLong);
    }
    rest.split_at_checked(length).ok_or(UdptlFault::Truncated)
}

/// The copies, the latest first.
fn take_copies(octets: &[u8]) -> Result<Vec<&[u8]>, UdptlFault> {
    let (&count, mut rest) = octets.split_first().ok_or(UdptlFault::Truncated)?;
    if count >= 0x80 {
        return Err(UdptlFault::TooLong);
    }
    let mut copies = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let (copy, after) = take_open_type(rest)?;
        copies.push(copy);
        rest = after;
    }
    Ok(copies)
}
