//! Real peers of Debian's, each on its end of a wire of the kernel's.

use crate::ground::{E1_BASE, Failed, Ground, must};
use dahdi::{CasBits, ChannelNumber, Control, DChannel, Law, Received, Signalling};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Ends the peer with the check.
pub struct Peer {
    child: Child,
    commands: Option<ChildStdin>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // One that has ended already is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// B-channels and a D-channel: who had the span before may have left it at rest, without any.
fn configure(base: u16, last: u16, dchannel: u16) -> Result<(), Failed> {
    let control = Control::open()?;
    for slot in 1..=last {
        let signalling = if slot == dchannel { Signalling::Hdlc } else { Signalling::Clear };
        control.configure_channel(ChannelNumber(base + slot), signalling, Law::A)?;
    }
    for span in control.spans()? {
        if control.first_channel(span.number)? == ChannelNumber(base + 1) {
            control.start(span.number)?;
        }
    }
    Ok(())
}

/// libpri on the far end of a span: its frames go through the kernel's HDLC both ways.
pub struct Libpri {
    peer: Peer,
    wire: UnixDatagram,
    dchannel: DChannel,
    events: Receiver<String>,
    heard: Vec<String>,
}

impl Libpri {
    /// On the span whose timeslot 0 would be this channel.
    pub fn start(base: u16) -> Result<Libpri, Failed> {
        Libpri::on(base, 31, 16, "net")
    }

    /// The network's side of a basic access with a bus.
    pub fn start_basic(base: u16) -> Result<Libpri, Failed> {
        Libpri::on(base, 3, 3, "net ptmp")
    }

    fn on(base: u16, last: u16, dchannel: u16, side: &str) -> Result<Libpri, Failed> {
        configure(base, last, dchannel)?;
        let (wire, theirs) = UnixDatagram::pair()?;
        wire.set_nonblocking(true)?;
        // The peer wants its frames on descriptor 3; the shell moves them there from where a process can be given them.
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("exec /bin/libpri_peer {side} 3>&2 2>/dev/console"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::from(OwnedFd::from(theirs)));
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| Failed("libpri says nothing".into()))?;
        let commands = child.stdin.take();
        let (tell, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let dchannel = DChannel::open(ChannelNumber(base + dchannel))?;
        Ok(Libpri { peer: Peer { child, commands }, wire, dchannel, events, heard: Vec::new() })
    }

    /// Carries frames between libpri and the kernel, and takes what libpri says.
    pub fn carry(&mut self) -> Result<(), Failed> {
        let mut frame = [0; 1024];
        while let Ok(length) = self.wire.recv(&mut frame) {
            must(self.dchannel.send(&frame[..length])?, || "the D-channel takes no frame".into())?;
        }
        while let Some(received) = self.dchannel.receive()? {
            if let Received::Frame(octets) = received {
                self.wire.send(octets)?;
            }
        }
        self.heard.extend(self.events.try_iter());
        Ok(())
    }

    pub fn say(&mut self, words: &str) -> Result<(), Failed> {
        let commands = self.peer.commands.as_mut().ok_or_else(|| Failed("libpri does not listen".into()))?;
        Ok(writeln!(commands, "{words}")?)
    }

    /// What libpri said and nobody asked for yet.
    pub fn heard(&self) -> &[String] {
        &self.heard
    }

    pub fn forget(&mut self) {
        self.heard.clear();
    }

    pub fn said(&mut self, words: &str) -> bool {
        let found = self.heard.iter().position(|line| line.starts_with(words));
        found.map(|at| self.heard.remove(at)).is_some()
    }
}

/// The thirty channels of the far E1 as r2test is to have them, and r2test on them.
pub fn r2test(ground: &Ground, words: &str) -> Result<Peer, Failed> {
    for slot in (1..=31).filter(|slot| *slot != 16) {
        let channel = ChannelNumber(E1_BASE[1] + slot);
        ground.control.configure_channel(channel, Signalling::Cas { idle: CasBits::IDLE }, Law::A)?;
    }
    ground.control.configure_channel(ChannelNumber(E1_BASE[1] + 16), Signalling::None, Law::A)?;
    let (first, last) = (E1_BASE[1] + 1, E1_BASE[1] + 31);
    let channels = format!("channel={first}-{}\nchannel={}-{last}\n", first + 14, first + 16);
    let common = "category=NATIONAL_SUBSCRIBER\nloglevel=error\ncallfiles=no\nusedahdimf=no\nmfthreshold=0\nmfbacktimeout=-1\nmeteringpulsetimeout=-1\ngetanifirst=no\nplayaudio=no\n";
    std::fs::write("/tmp/r2test.conf", format!("{common}{words}{channels}"))?;
    let mut command = Command::new("/bin/r2test");
    command.args(["-c", "/tmp/r2test.conf"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(Peer { child: command.spawn()?, commands: None })
}
