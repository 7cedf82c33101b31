//! libpri as a process on the far end of a span.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;
use std::sync::mpsc::{Receiver, channel};

/// Which side libpri takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PeerSide {
    Network,
    User,
}

/// Which access libpri has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    Primary,
    BasicPointToPoint,
    BasicMultipoint,
}

/// What libpri reports; `id` is the number that the call was given in [`Peer::call`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PeerEvent {
    Up,
    Down,
    Restarted { channel: u8 },
    RestartAcknowledged { channel: u8 },
    Ring { channel: u8, called: String, calling: String },
    Collected { called: String },
    MoreDigits { id: i32 },
    Proceeding { id: i32 },
    Ringing { id: i32 },
    Answered { id: i32 },
    Disconnected { id: i32, cause: i32 },
    Gone { id: i32, cause: i32 },
    Other(String),
}

/// A running libpri. It ends when dropped.
pub struct Peer {
    child: Child,
    commands: ChildStdin,
    events: Receiver<PeerEvent>,
}

static BUILT: Once = Once::new();

/// Compiles the peer with the C compiler, once a run.
fn program() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/libpri_peer.c");
    let program = std::env::temp_dir().join(format!("fastcall-libpri-peer-{}", std::process::id()));
    BUILT.call_once(|| {
        let flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-o"];
        let built = Command::new("gcc").args(flags).arg(&program).arg(&source).arg("-lpri").status();
        assert!(built.is_ok_and(|status| status.success()), "gcc and libpri-dev are needed: run `cargo xtask setup`");
    });
    program
}

impl Peer {
    /// Starts libpri on the far end of the datagram socket that comes back.
    pub fn start(side: PeerSide, access: Access) -> io::Result<(Peer, UnixDatagram)> {
        let (ours, theirs) = UnixDatagram::pair()?;
        let wire = theirs.as_raw_fd();
        let mut command = Command::new(program());
        command.arg(match side {
            PeerSide::Network => "net",
            PeerSide::User => "cpe",
        });
        command.args(match access {
            Access::Primary => None,
            Access::BasicPointToPoint => Some("ptp"),
            Access::BasicMultipoint => Some("ptmp"),
        });
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // SAFETY: dup2 is async-signal-safe and touches only the child's own descriptors.
        unsafe {
            command.pre_exec(move || if libc::dup2(wire, 3) == 3 { Ok(()) } else { Err(io::Error::last_os_error()) });
        }
        let mut child = command.spawn()?;
        let commands = child.stdin.take().ok_or_else(|| io::Error::other("no standard input"))?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(event(&line)).is_err() {
                    return;
                }
            }
        });
        ours.set_nonblocking(true)?;
        Ok((Peer { child, commands, events }, ours))
    }

    pub fn poll(&self) -> Option<PeerEvent> {
        self.events.try_recv().ok()
    }

    /// Sets up a call; `called` of none means overlap: send [`Peer::digit`]s when more are asked for.
    pub fn call(&mut self, id: i32, channel: u8, called: Option<&str>, calling: &str) -> io::Result<()> {
        writeln!(self.commands, "call {id} {channel} {} {calling}", called.unwrap_or("-"))
    }

    pub fn digit(&mut self, id: i32, digit: char) -> io::Result<()> {
        writeln!(self.commands, "digit {id} {digit}")
    }

    pub fn hang_up(&mut self, id: i32, cause: u8) -> io::Result<()> {
        writeln!(self.commands, "hangup {id} {cause}")
    }

    pub fn restart(&mut self, channel: u8) -> io::Result<()> {
        writeln!(self.commands, "restart {channel}")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // A child that is gone already is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn event(line: &str) -> PeerEvent {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |index: usize| words.get(index).and_then(|word| word.parse::<i32>().ok()).unwrap_or(-1);
    let text = |index: usize| words.get(index).copied().unwrap_or_default().to_owned();
    let channel = |index: usize| number(index) as u8;
    match words[0] {
        "up" => PeerEvent::Up,
        "down" => PeerEvent::Down,
        "restart" => PeerEvent::Restarted { channel: channel(1) },
        "restartack" => PeerEvent::RestartAcknowledged { channel: channel(1) },
        "ring" => PeerEvent::Ring { channel: channel(2), called: text(3), calling: text(4) },
        "collected" => PeerEvent::Collected { called: text(2) },
        "setupack" => PeerEvent::MoreDigits { id: number(1) },
        "proceeding" => PeerEvent::Proceeding { id: number(1) },
        "ringing" => PeerEvent::Ringing { id: number(1) },
        "answered" => PeerEvent::Answered { id: number(1) },
        "disconnect" => PeerEvent::Disconnected { id: number(1), cause: number(2) },
        "gone" => PeerEvent::Gone { id: number(1), cause: number(2) },
        _ => PeerEvent::Other(line.to_owned()),
    }
}
