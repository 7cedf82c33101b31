//! QEMU, and what the machine says on its console.

use crate::shell::Failure;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A machine that takes longer hangs: on an idle host it is a minute or two.
const PATIENCE: Duration = Duration::from_secs(1500);

/// One line of the machine's table.
pub struct Check {
    pub name: String,
    pub passed: bool,
    pub millis: u64,
    pub words: String,
}

#[derive(Default)]
pub struct Verdict {
    pub checks: Vec<Check>,
    /// What the kernel or the machine complained of.
    pub problems: Vec<String>,
    /// Passed and failed, as the machine counted at its end.
    pub told: Option<(usize, usize)>,
}

/// Ends the machine with the test.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        // One that is off already is what we want.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub fn run(vmlinux: &Path, initramfs: &Path, checks: &[&str]) -> Result<Verdict, Failure> {
    let mut machine = Machine(start(vmlinux, initramfs, checks)?);
    let console = machine.0.stdout.take().ok_or_else(|| Failure::new("the machine has no console"))?;
    let (told, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(console).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if told.send(line).is_err() {
                return;
            }
        }
    });
    let (began, mut verdict) = (Instant::now(), Verdict::default());
    loop {
        match lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
            Ok(line) => take(&mut verdict, &line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                verdict.problems.push(format!("still running after {} s", PATIENCE.as_secs()));
                break;
            }
        }
    }
    if verdict.told.is_none() {
        verdict.problems.push("the machine stopped before its checks did".into());
    }
    Ok(verdict)
}

fn start(vmlinux: &Path, initramfs: &Path, checks: &[&str]) -> Result<Child, Failure> {
    let mut command = Command::new("nice");
    command.args(["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]);
    // Time is counted in instructions, 1 ns each (slower, and a tick of some hundred channels fills its millisecond), and the host's clock is never looked at.
    command.args(["-accel", "tcg,thread=single", "-smp", "1", "-m", "1024", "-rtc", "clock=vm"]);
    // Randomness, which the daemon's passwords want, is a seeded instruction of the machine's.
    command.args(["-cpu", "qemu64,+rdrand", "-seed", "1"]);
    command.args(["-icount", "shift=0,sleep=off,align=off", "-serial", "stdio"]);
    command.arg("-kernel").arg(vmlinux).arg("-initrd").arg(initramfs);
    let words = "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on";
    command.arg("-append").arg(format!("{words} checks={}", checks.join(",")));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command.spawn()?)
}

fn take(verdict: &mut Verdict, line: &str) {
    println!("   {line}");
    let mut words = line.splitn(5, ' ');
    match words.next() {
        Some("CHECK") => {
            let mut word = || words.next().unwrap_or_default().to_owned();
            let (name, outcome, millis) = (word(), word(), word());
            let passed = outcome == "passed";
            verdict.checks.push(Check { name, passed, millis: millis.parse().unwrap_or(0), words: word() });
        }
        Some("CHECKS") => {
            let mut number = || words.next().and_then(|word| word.parse().ok());
            verdict.told = number().zip(number());
        }
        Some("APPLIANCE") if line != "APPLIANCE EXIT 0" => verdict.problems.push(line.to_owned()),
        _ => {}
    }
}
