//! The least that moving these packets costs: a bare loop that receives and sends as many datagrams of the same sizes at the same pace,
//! and does nothing with them.

use crate::machine;
use crate::report::Trouble;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// An E1's datagram: 5 ms of 32 timeslots and a number.
const WIRE_DATAGRAM: usize = 1284;
const WIRE_PACE: Duration = Duration::from_millis(5);
const SPANS: usize = 2;

/// 20 ms of G.711 with its RTP header.
const RTP_DATAGRAM: usize = 172;

/// Turns of the wire to one RTP packet.
const RTP_EVERY: u32 = 4;

/// Pairs of sockets: the relay's end first.
struct Pairs {
    wires: Vec<(UdpSocket, UdpSocket)>,
    speech: Vec<(UdpSocket, UdpSocket)>,
}

/// Share of a core that the relay takes.
pub fn relay(calls: usize, duration: Duration) -> Result<f64, Trouble> {
    let pairs = Arc::new(Pairs { wires: open(SPANS)?, speech: open(calls)? });
    let over = Arc::new(AtomicBool::new(false));
    let sender = {
        let (pairs, over) = (pairs.clone(), over.clone());
        std::thread::spawn(move || {
            paced(|turn| {
                turns(&pairs, turn, |(_, far), length| exchange(far, length));
                !over.load(Ordering::Relaxed)
            });
        })
    };
    let (began, before) = (Instant::now(), machine::own_thread_seconds());
    paced(|turn| {
        turns(&pairs, turn, |(near, _), length| exchange(near, length));
        began.elapsed() < duration
    });
    let share = (machine::own_thread_seconds() - before) / began.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    sender.join().map_err(|_| "the sender of the bare relay died")?;
    Ok(share)
}

fn open(count: usize) -> std::io::Result<Vec<(UdpSocket, UdpSocket)>> {
    let pair = |_| {
        let (near, far) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        near.connect(far.local_addr()?)?;
        far.connect(near.local_addr()?)?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok((near, far))
    };
    (0..count).map(pair).collect()
}

fn paced(mut turn: impl FnMut(u32) -> bool) {
    let start = Instant::now();
    for number in 0.. {
        if !turn(number) {
            return;
        }
        std::thread::sleep((start + WIRE_PACE * (number + 1)).saturating_duration_since(Instant::now()));
    }
}

fn turns(pairs: &Pairs, turn: u32, each: impl Fn(&(UdpSocket, UdpSocket), usize)) {
    pairs.wires.iter().for_each(|pair| each(pair, WIRE_DATAGRAM));
    if turn.is_multiple_of(RTP_EVERY) {
        pairs.speech.iter().for_each(|pair| each(pair, RTP_DATAGRAM));
    }
}

/// Takes what has come and sends one of the same size.
fn exchange(socket: &UdpSocket, length: usize) {
    let mut datagram = [0; WIRE_DATAGRAM];
    while socket.recv(&mut datagram).is_ok() {}
    // A full buffer loses a datagram: the relay goes on, as a real one would.
    drop(socket.send(&datagram[..length]));
}
