//! A tap in an E1 wire: passes datagrams both ways and notes when each octet of one timeslot passed.

use crate::box_under_test::local;
use crate::machine;
use crate::report::Trouble;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Octets of a datagram's number, and of a frame.
const NUMBER: usize = 4;
const FRAME: usize = 32;

/// Octets with the time at which each was spoken or arrived, in seconds; in the order of the line.
#[derive(Clone, Default)]
pub struct Track(Arc<Mutex<Stamped>>);

#[derive(Clone, Default)]
pub struct Stamped {
    pub octets: Vec<u8>,
    pub seconds: Vec<f64>,
}

impl Track {
    /// Adds octets of which the last was on the line `at`, the others an eighth of a millisecond apart before it.
    pub fn add(&self, at: f64, octets: impl ExactSizeIterator<Item = u8>) {
        let mut track = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = octets.len();
        for (place, octet) in octets.enumerate() {
            track.octets.push(octet);
            track.seconds.push(at - (count - 1 - place) as f64 / 8000.0);
        }
    }

    pub fn taken(&self) -> Stamped {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// What passed on the timeslot.
pub struct Tap {
    pub to_box: Track,
    pub from_box: Track,
}

impl Tap {
    /// Joins the far end at `far` to the box at `near`, by the tap's own two ports.
    pub fn open(near: (u16, u16), far: (u16, u16), slot: usize, start: Instant) -> Result<Tap, Trouble> {
        let end = |(ours, theirs): (u16, u16)| {
            let socket = UdpSocket::bind(local(ours))?;
            socket.connect(local(theirs))?;
            Ok::<_, std::io::Error>(socket)
        };
        let (near, far) = (end(near)?, end(far)?);
        let tap = Tap { to_box: Track::default(), from_box: Track::default() };
        pass(far.try_clone()?, near.try_clone()?, slot, start, tap.to_box.clone());
        pass(near, far, slot, start, tap.from_box.clone());
        Ok(tap)
    }
}

fn pass(from: UdpSocket, to: UdpSocket, slot: usize, start: Instant, track: Track) {
    std::thread::spawn(move || {
        machine::be_punctual();
        let mut datagram = [0; 2048];
        loop {
            // An end that is not there yet refuses; the wire waits for it.
            let Ok(length) = from.recv(&mut datagram) else { continue };
            let at = start.elapsed().as_secs_f64();
            drop(to.send(&datagram[..length]));
            let frames = datagram[NUMBER..length.max(NUMBER)].chunks_exact(FRAME);
            track.add(at, frames.map(|frame| frame[slot]));
        }
    });
}
