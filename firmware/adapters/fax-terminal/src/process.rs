//! One running `fastcall-fax`, and what it says.

use facsimile::{Order, Report};
use identity::LegId;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// What became of a terminal.
#[derive(Debug)]
pub(crate) enum Heard {
    Said(Report),
    /// It is no more.
    Gone,
}

/// Who is told of what terminals say.
#[derive(Clone)]
pub(crate) struct Listener {
    pub tell: SyncSender<(LegId, Heard)>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// The terminal ends when its orders do; who listens to it reaps it.
pub(crate) struct Process {
    orders: Option<ChildStdin>,
    id: Pid,
}

impl Process {
    /// Starts a terminal for a leg, and a thread that listens to it.
    pub fn start(program: &Path, leg: LegId, begin: &Order, listener: Listener) -> io::Result<Process> {
        let mut child = Command::new(program).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let reports = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut process = Process { orders: child.stdin.take(), id: Pid::from_raw(child.id().cast_signed()) };
        process.order(begin);
        std::thread::Builder::new().name("fax".into()).spawn(move || listen(leg, child, reports, &listener))?;
        Ok(process)
    }

    /// A terminal that is gone hears nothing: that it is gone is told by its reports' end.
    pub fn order(&mut self, order: &Order) {
        let Some(pipe) = &mut self.orders else { return };
        let written = serde_json::to_string(order).map_err(io::Error::from).and_then(|line| writeln!(pipe, "{line}"));
        if written.is_err() {
            self.orders = None;
        }
    }

    /// It does not end by itself. Not to be used after [`Heard::Gone`], when the number may be another's.
    pub fn kill(&mut self) {
        // One that ended in this moment is not there any more.
        kill(self.id, Signal::SIGKILL).ok();
    }
}

fn listen(leg: LegId, mut child: Child, reports: impl Read, listener: &Listener) {
    for line in BufReader::new(reports).lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line) {
            Ok(report) => tell(leg, Heard::Said(report), listener),
            Err(problem) => tracing::warn!(%leg, %problem, "a fax terminal says what nobody understands"),
        }
    }
    tell(leg, Heard::Gone, listener);
    match child.wait() {
        Ok(status) if status.success() => {}
        ended => tracing::warn!(%leg, ?ended, "a fax terminal ended badly"),
    }
}

fn tell(leg: LegId, heard: Heard, listener: &Listener) {
    // The box is stopping if nobody listens.
    listener.tell.send((leg, heard)).ok();
    (listener.wake)();
}
