//! The least that moving the packets of these calls costs: a loop that receives each and sends it on, and looks at nothing.

use super::Mover;
use crate::machine;
use crate::report::Trouble;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// As often as the media thread wakes.
const WAKE: Duration = Duration::from_millis(5);
const THREAD: &str = "bare-relay";
const ROOM: usize = 256;

/// Each leg has a port of its own, as SIP wants it, connected to its telephone, which makes sending cheaper.
pub struct Floor {
    ports: Vec<u16>,
    telephones: Sender<Vec<u16>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Floor {
    pub fn start(calls: usize) -> Result<Floor, Trouble> {
        let sockets = (0..calls * 2).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
        let mut ports = Vec::new();
        for socket in &sockets {
            socket.set_nonblocking(true)?;
            ports.push(socket.local_addr()?.port());
        }
        let over = Arc::new(AtomicBool::new(false));
        let (telephones, introduced) = channel();
        let stop = over.clone();
        let thread = std::thread::Builder::new().name(THREAD.into()).spawn(move || {
            machine::be_punctual();
            if let Err(problem) = relay(&sockets, &introduced, &stop) {
                eprintln!("the bare relay: {problem}");
            }
        })?;
        Ok(Floor { ports, telephones, over, thread: Some(thread) })
    }
}

impl Mover for Floor {
    fn ports(&self) -> &[u16] {
        &self.ports
    }

    fn introduce(&self, telephones: &[u16]) -> Result<(), Trouble> {
        Ok(self.telephones.send(telephones.to_vec())?)
    }

    fn threads(&self) -> &[&'static str] {
        &[THREAD]
    }

    fn kibibytes(&self) -> f64 {
        0.0
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It says itself why it died.
            drop(thread.join());
        }
    }
}

/// Sleeps from wake to wake until it is over.
fn each_wake(over: &AtomicBool, mut wake: impl FnMut() -> std::io::Result<()>) -> std::io::Result<()> {
    let start = Instant::now();
    for turn in 1u32.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        wake()?;
        std::thread::sleep((start + WAKE * turn).saturating_duration_since(Instant::now()));
    }
    Ok(())
}

fn relay(sockets: &[UdpSocket], introduced: &Receiver<Vec<u16>>, over: &AtomicBool) -> std::io::Result<()> {
    let Ok(telephones) = introduced.recv() else { return Ok(()) };
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    for (leg, (socket, telephone)) in sockets.iter().zip(telephones).enumerate() {
        socket.connect((Ipv4Addr::LOCALHOST, telephone))?;
        epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, leg as u64))?;
    }
    let mut events = [EpollEvent::empty(); 256];
    let mut datagram = [0; ROOM];
    each_wake(over, || {
        loop {
            let count = epoll.wait(&mut events, EpollTimeout::ZERO)?;
            for event in &events[..count] {
                let leg = event.data() as usize;
                // One packet in five milliseconds at most: a second look would find nothing.
                if let Ok(length) = sockets[leg].recv(&mut datagram) {
                    drop(sockets[leg ^ 1].send(&datagram[..length]));
                }
            }
            if count < events.len() {
                return Ok(());
            }
        }
    })
}
