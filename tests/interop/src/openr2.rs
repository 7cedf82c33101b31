//! libopenr2 as a process on the far end of a span: both in step, 20 ms at a time, on a clock of their own.

use chassis::{Abcd, Event, Span, SpanConfig, Timeslot16, Timeslots, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::{Cause, Digits, PartyNumber};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Once;
use std::time::Duration;

pub const SPAN: SpanId = SpanId(1);

/// Milliseconds of the cards' turns, and of libopenr2's.
const TURN: usize = 5;
const TURNS: usize = 4;
/// Octets of a timeslot in one of its ticks, and behind the CAS octet.
const BLOCK: usize = 160;
const OF_SLOT: usize = 1 + BLOCK;
const SLOTS: usize = 31;

/// Our end, the wire, and libopenr2.
pub struct Line {
    child: Child,
    peer: UnixDatagram,
    cards: Cards,
    pub lines: LineSet,
    far: Span,
    /// What the far card heard and is to speak: a tick of libopenr2's each.
    heard: Vec<u8>,
    spoken: Vec<u8>,
    pub now: Monotonic,
    legs: LegIds,
    /// Everything that happened since last asked.
    pub indications: Vec<(LegId, LegIndication)>,
    pub span_indications: Vec<SpanIndication>,
    pub events: Vec<String>,
}

static BUILT: Once = Once::new();

/// Compiles the peer with the C compiler, once a run.
fn program() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/openr2_peer.c");
    let program = std::env::temp_dir().join(format!("fastcall-openr2-peer-{}", std::process::id()));
    BUILT.call_once(|| {
        let flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-o"];
        let built = Command::new("gcc").args(flags).arg(&program).arg(&source).arg("-lopenr2").status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "gcc and libopenr2-dev are needed: run `cargo xtask setup`"
        );
    });
    program
}

fn start(variant: &str, max_ani: u8, max_dnis: u8) -> io::Result<(Child, UnixDatagram)> {
    let (ours, theirs) = UnixDatagram::pair()?;
    let wire = theirs.as_raw_fd();
    let mut command = Command::new(program());
    command.args([variant, &max_ani.to_string(), &max_dnis.to_string()]);
    // SAFETY: dup2 is async-signal-safe and touches only the child's own descriptors.
    unsafe {
        command.pre_exec(move || if libc::dup2(wire, 3) == 3 { Ok(()) } else { Err(io::Error::last_os_error()) });
    }
    // A peer that does not answer has died or hangs.
    ours.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok((command.spawn()?, ours))
}

impl Line {
    /// Both ends of a span, up and idle. libopenr2 asks callers for at most so many digits.
    pub fn connect(config: r2::Config, max_ani: u8, max_dnis: u8) -> io::Result<Line> {
        let (child, peer) = start(config.variant.name, max_ani, max_dnis)?;
        let (one, other) = Wire::pair();
        let span = |wire, seed| Span::new(SpanConfig { timeslot16: Timeslot16::Cas, seed }, wire, Monotonic(0));
        let (mut cards, mut lines) = (Cards::new(TURN), LineSet::default());
        lines.add(SPAN, cards.add(SPAN, span(one, 1), Framing::Cas));
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        let silent = || [vec![0b1001], vec![chassis::SILENCE; BLOCK]].concat().repeat(SLOTS);
        let mut line = Line {
            child,
            peer,
            cards,
            lines,
            far: span(other, 2),
            heard: silent(),
            spoken: silent(),
            now: Monotonic(0),
            legs: LegIds::of(LegIds::EXCHANGE),
            indications: Vec::new(),
            span_indications: Vec::new(),
            events: Vec::new(),
        };
        for _ in 0..100 {
            line.tick()?;
        }
        line.events.clear();
        Ok(line)
    }

    /// Twenty milliseconds at both ends.
    pub fn tick(&mut self) -> io::Result<()> {
        let (mut heard, mut spoken) = (Timeslots::millis(TURN), Timeslots::millis(TURN));
        let octets = BLOCK / TURNS;
        for turn in 0..TURNS {
            self.now.0 += TURN as u64;
            for slot in 1..=SLOTS {
                let from = (slot - 1) * OF_SLOT;
                let bits = Abcd::new(self.spoken[from] & 0xf).unwrap_or(Abcd::IDLE);
                self.far.set_cas(slot as u8, bits);
                let at = from + 1 + turn * octets;
                spoken.slot_mut(slot as u8).copy_from_slice(&self.spoken[at..at + octets]);
            }
            self.far.exchange(self.now, &spoken, &mut heard);
            while let Some(event) = self.far.poll() {
                // Alarms before alignment; bits are read as they stand.
                let (Event::AlarmBegan(_) | Event::AlarmEnded(_) | Event::Cas { .. } | Event::Slipped(_)) = event;
            }
            self.our_turn();
            for slot in 1..=SLOTS {
                let from = (slot - 1) * OF_SLOT;
                self.heard[from] = self.far.cas(slot as u8).map_or(0b1001, Abcd::bits);
                let at = from + 1 + turn * octets;
                self.heard[at..at + octets].copy_from_slice(heard.slot(slot as u8));
            }
        }
        self.peer.send(&[b"T".as_slice(), &self.heard].concat())?;
        self.hear_peer()
    }

    fn our_turn(&mut self) {
        self.cards.exchange(self.now);
        self.lines.receive(self.now);
        self.lines.expire(self.now);
        while let Some(output) = self.lines.poll() {
            match output {
                Output::Leg { leg, indication, .. } => self.indications.push((leg, indication)),
                Output::Span { indication, .. } => self.span_indications.push(indication),
                Output::Message { .. } => {}
            }
        }
    }

    fn hear_peer(&mut self) -> io::Result<()> {
        let mut datagram = [0u8; 2 + SLOTS * OF_SLOT];
        loop {
            let length = self.peer.recv(&mut datagram)?;
            match datagram[..length].split_first() {
                Some((b'E', text)) => self.events.push(String::from_utf8_lossy(text).into_owned()),
                Some((b'T', line)) if line.len() == self.spoken.len() => {
                    self.spoken.copy_from_slice(line);
                    return Ok(());
                }
                other => return Err(io::Error::other(format!("libopenr2's end sent {other:?}"))),
            }
        }
    }

    /// Lets both ends work until `done`, or fails with what is known after so much of their time.
    pub fn until(&mut self, seconds: u64, what: &str, mut done: impl FnMut(&mut Line) -> bool) {
        let deadline = self.now.0 + seconds * 1000;
        while !done(self) {
            assert!(
                self.now.0 < deadline,
                "{what}: not within {seconds} s; {:?} {:?}",
                self.indications.iter().rev().take(5).collect::<Vec<_>>(),
                self.events.iter().rev().take(5).collect::<Vec<_>>()
            );
            self.tick().expect("libopenr2 answers");
        }
    }

    pub fn request(&mut self, leg: LegId, request: LegRequest) {
        self.lines.request(self.now, SPAN, leg, request);
    }

    pub fn clear(&mut self, leg: LegId) {
        self.request(leg, LegRequest::Release { cause: Cause::NormalClearing.into() });
    }

    /// Sets up a call from our side on a timeslot.
    pub fn call(&mut self, slot: u8, called: &str, calling: &str) -> LegId {
        let leg = self.legs.allocate();
        let number = |digits: &str| PartyNumber::plain(digits.parse::<Digits>().expect("digits"));
        let setup =
            Setup { called: number(called), complete: true, calling: Some(number(calling)), ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot });
        self.request(leg, LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
        leg
    }

    /// Sets up a call from libopenr2's side on a timeslot.
    pub fn peer_calls(&mut self, slot: u8, called: &str, calling: &str) {
        self.tell_peer(&format!("call {slot} {called} {calling}"));
    }

    pub fn peer_clears(&mut self, slot: u8) {
        self.tell_peer(&format!("hangup {slot}"));
    }

    fn tell_peer(&mut self, command: &str) {
        self.peer.send(format!("C{command}").as_bytes()).expect("libopenr2 listens");
    }

    pub fn seized(&self) -> usize {
        self.lines.legs(SPAN).map_or(0, |legs| legs.len())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // A child that is gone already is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
