use crate::frame::Frame;
use crate::udp::UdpWire;
use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

/// Frames on a local wire or loop-back plug at most: a quarter of a second. More means that nobody reads.
const ON_THE_WIRE: usize = 2048;

type Pipe = Arc<Mutex<VecDeque<Frame>>>;

/// What is plugged into a span.
#[derive(Debug)]
pub enum Wire {
    /// Nothing.
    Open,
    /// What is sent comes back.
    Loop(VecDeque<Frame>),
    /// The other end is in this program.
    Local(LocalEnd),
    /// The other end is behind UDP.
    Udp(UdpWire),
}

/// One end of a local wire.
#[derive(Debug)]
pub struct LocalEnd {
    out: Pipe,
    inward: Pipe,
}

impl Wire {
    /// Both ends of a wire inside this program.
    pub fn pair() -> (Wire, Wire) {
        let (one, other) = (Pipe::default(), Pipe::default());
        let near = LocalEnd { out: one.clone(), inward: other.clone() };
        let far = LocalEnd { out: other, inward: one };
        (Wire::Local(near), Wire::Local(far))
    }

    /// Opens what `address` says.
    pub fn open(address: WireAddress) -> std::io::Result<Wire> {
        Ok(match address {
            WireAddress::Open => Wire::Open,
            WireAddress::Loop => Wire::Loop(VecDeque::new()),
            WireAddress::Udp { local, remote } => Wire::Udp(UdpWire::open(local, remote)?),
        })
    }

    /// Frames that a receiver gathers before it plays them: a packet wire brings them in lumps.
    pub(crate) fn play_out_depth(&self) -> usize {
        match self {
            Wire::Open | Wire::Loop(_) | Wire::Local(_) => 0,
            Wire::Udp(_) => crate::udp::PLAY_OUT,
        }
    }

    pub(crate) fn send(&mut self, frames: &[Frame]) {
        match self {
            Wire::Open => {}
            Wire::Loop(frames_back) => push_bounded(frames_back, frames),
            Wire::Local(end) => push_bounded(&mut locked(&end.out), frames),
            Wire::Udp(wire) => wire.send(frames),
        }
    }

    /// Appends to `frames` what has arrived.
    pub(crate) fn receive(&mut self, frames: &mut Vec<Frame>) {
        match self {
            Wire::Open => {}
            Wire::Loop(frames_back) => frames.extend(frames_back.drain(..)),
            Wire::Local(end) => frames.extend(locked(&end.inward).drain(..)),
            Wire::Udp(wire) => wire.receive(frames),
        }
    }

    pub(crate) fn datagrams_lost_and_bad(&self) -> (u64, u64) {
        match self {
            Wire::Open | Wire::Loop(_) | Wire::Local(_) => (0, 0),
            Wire::Udp(wire) => (wire.lost(), wire.bad()),
        }
    }
}

fn push_bounded(pipe: &mut VecDeque<Frame>, frames: &[Frame]) {
    pipe.extend(frames);
    let over = pipe.len().saturating_sub(ON_THE_WIRE);
    pipe.drain(..over);
}

/// A program that panicked while it held the pipe left whole frames in it.
fn locked(pipe: &Pipe) -> std::sync::MutexGuard<'_, VecDeque<Frame>> {
    pipe.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A wire as a board file or command line writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WireAddress {
    Open,
    Loop,
    Udp { local: SocketAddr, remote: SocketAddr },
}

/// The text names no wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadWire(pub String);

impl fmt::Display for BadWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no wire: write open, loop, or udp:<local address:port>-><remote address:port>", self.0)
    }
}

impl std::error::Error for BadWire {}

impl FromStr for WireAddress {
    type Err = BadWire;
    fn from_str(text: &str) -> Result<WireAddress, BadWire> {
        let bad = || BadWire(text.to_owned());
        match text {
            "open" => return Ok(WireAddress::Open),
            "loop" => return Ok(WireAddress::Loop),
            _ => {}
        }
        let (local, remote) = text.strip_prefix("udp:").and_then(|ends| ends.split_once("->")).ok_or_else(bad)?;
        let end = |text: &str| text.trim().parse().map_err(|_| bad());
        Ok(WireAddress::Udp { local: end(local)?, remote: end(remote)? })
    }
}

impl fmt::Display for WireAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireAddress::Open => f.write_str("open"),
            WireAddress::Loop => f.write_str("loop"),
            WireAddress::Udp { local, remote } => write!(f, "udp:{local}->{remote}"),
        }
    }
}
