//! spandsp, compiled into a child process of the benchmark: what detectors are held against.

use crate::report::Trouble;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = include_str!("../rivals/spandsp.c");

/// As a box has them: a block of each channel, then the next ones. What is over is left out.
pub fn in_blocks(channels: &[Vec<i16>], block: usize) -> Vec<i16> {
    let blocks = channels.iter().map(|channel| channel.len() / block).min().unwrap_or(0);
    let one = |n: usize| channels.iter().flat_map(move |channel| &channel[n * block..(n + 1) * block]);
    (0..blocks).flat_map(one).copied().collect()
}

/// Which of its receivers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    Dtmf,
    /// MFC, 1380 to 1980 Hz.
    Forward,
    /// MFC, 1140 to 540 Hz.
    Backward,
}

/// What it heard on each channel, and the nanoseconds of its fastest round.
pub struct Verdict {
    pub nanos: f64,
    pub heard: Vec<String>,
}

pub struct Spandsp {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Spandsp {
    /// Compiles the child; needs gcc and Debian's libspandsp-dev.
    pub fn build() -> Result<Spandsp, Trouble> {
        let folder = tempfile::tempdir()?;
        let (source, program) = (folder.path().join("spandsp.c"), folder.path().join("spandsp"));
        std::fs::write(&source, SOURCE)?;
        let output = Command::new("gcc").arg("-O2").arg("-o").arg(&program).arg(&source).arg("-lspandsp").output()?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("the spandsp child does not compile (is libspandsp-dev installed?): {words}").into());
        }
        Ok(Spandsp { folder, program })
    }

    /// Lets it hear channels of one length.
    pub fn hear(&self, receiver: Receiver, channels: &[Vec<i16>], rounds: usize) -> Result<Verdict, Trouble> {
        let file = self.folder.path().join("samples");
        let (kind, block) = match receiver {
            Receiver::Dtmf => ("dtmf", pcm::BLOCK),
            Receiver::Forward => ("forward", detect::BANK_BLOCK),
            Receiver::Backward => ("backward", detect::BANK_BLOCK),
        };
        let octets: Vec<u8> = in_blocks(channels, block).iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(&file, octets)?;
        let numbers = [channels.len().to_string(), rounds.to_string()];
        let output = Command::new(&self.program).arg(kind).arg(&file).args(&numbers).output()?;
        let text = String::from_utf8(output.stdout)?;
        let mut lines = text.lines();
        let nanos = lines.next().ok_or("the spandsp child said nothing")?.parse()?;
        let heard: Vec<String> = lines.map(str::to_owned).collect();
        if heard.len() != channels.len() {
            return Err(format!("the spandsp child heard {} of {} channels", heard.len(), channels.len()).into());
        }
        Ok(Verdict { nanos, heard })
    }
}
