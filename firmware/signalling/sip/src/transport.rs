//! Where messages come from and go to, and how a byte stream is cut into messages.

use std::net::SocketAddr;

/// Largest message taken or made, RFC 3261 18.1.1: what a UDP datagram can hold.
pub const MAX_MESSAGE: usize = 65_535;
/// Largest header section of a message on a stream.
const MAX_HEAD: usize = 16 * 1024;

/// One TCP connection, numbered by the adapter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnId(pub u64);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transport {
    Udp,
    Tcp(ConnId),
}

impl Transport {
    /// Its name in a Via.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp(_) => "TCP",
        }
    }
}

/// Where a message came from, and on which local address it arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    pub transport: Transport,
    pub from: SocketAddr,
    pub local: SocketAddr,
}

/// A message for the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transmit {
    pub to: SocketAddr,
    /// Which of our addresses it goes out from.
    pub from: SocketAddr,
    pub transport: Transport,
    pub bytes: Vec<u8>,
}

/// Why a stream cannot be followed any further; the connection is to be closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FramingFault {
    /// No end of headers within 16 KiB.
    HeadTooLong,
    /// A message over 64 KiB.
    TooLong,
    /// No Content-Length, two that differ, or not a number (RFC 3261 20.14: mandatory on streams).
    NoLength,
}

/// Cuts a TCP byte stream into messages by Content-Length (RFC 3261 18.3).
///
/// ```
/// let mut framer = sip::TcpFramer::default();
/// framer.push(b"\r\n\r\nBYE sip:a@b SIP/2.0\r\nContent-Len").unwrap();
/// assert_eq!(framer.next_message(), Ok(None));
/// framer.push(b"gth: 2\r\n\r\nhi").unwrap();
/// assert!(framer.next_message().unwrap().unwrap().ends_with(b"hi"));
/// assert_eq!(framer.take_pings(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct TcpFramer {
    buffer: Vec<u8>,
    pings: usize,
}

impl TcpFramer {
    /// Takes bytes off the wire. What is kept never exceeds two messages.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FramingFault> {
        if self.buffer.len() + bytes.len() > 2 * MAX_MESSAGE {
            return Err(FramingFault::TooLong);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole message, if one is there.
    pub fn next_message(&mut self) -> Result<Option<Vec<u8>>, FramingFault> {
        self.skip_keepalives();
        let Some(head) = find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > MAX_HEAD { Err(FramingFault::HeadTooLong) } else { Ok(None) };
        };
        if head > MAX_HEAD {
            return Err(FramingFault::HeadTooLong);
        }
        let body = content_length(&self.buffer[..head]).ok_or(FramingFault::NoLength)?;
        let total = head + 4 + body;
        if total > MAX_MESSAGE {
            return Err(FramingFault::TooLong);
        }
        if self.buffer.len() < total {
            return Ok(None);
        }
        let rest = self.buffer.split_off(total);
        Ok(Some(std::mem::replace(&mut self.buffer, rest)))
    }

    /// Double line ends received since the last time: each asks for one line end back (RFC 5626 4.4.1).
    pub fn take_pings(&mut self) -> usize {
        std::mem::take(&mut self.pings)
    }

    fn skip_keepalives(&mut self) {
        let skip = self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        // A lone CR may be half of a line end that is still under way.
        self.pings += skip / 4;
        self.buffer.drain(..skip);
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn content_length(head: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in head.split(|b| *b == b'\n') {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = line[..colon].trim_ascii();
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let value: usize = std::str::from_utf8(line[colon + 1..].trim_ascii()).ok()?.parse().ok()?;
        if found.is_some_and(|other| other != value) {
            return None;
        }
        found = Some(value.min(MAX_MESSAGE + 1));
    }
    found
}
