//! Frames written down for tshark, and what tshark says of them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// LAPD frames without FCS, as libpcap numbers link types.
pub const LINKTYPE_LAPD: u32 = 203;

/// A pcap file in the making.
pub struct Capture {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Capture {
    pub fn create(path: &Path, link_type: u32) -> io::Result<Capture> {
        let mut file = BufWriter::new(File::create(path)?);
        for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65_535, link_type] {
            file.write_all(&word.to_le_bytes())?;
        }
        Ok(Capture { path: path.to_owned(), file })
    }

    pub fn frame(&mut self, micros: u64, frame: &[u8]) -> io::Result<()> {
        let length = frame.len() as u32;
        for word in [(micros / 1_000_000) as u32, (micros % 1_000_000) as u32, length, length] {
            self.file.write_all(&word.to_le_bytes())?;
        }
        self.file.write_all(frame)
    }

    /// Ends the file and hands it to tshark.
    pub fn finish(mut self) -> io::Result<Read> {
        self.file.flush()?;
        Ok(Read { path: self.path })
    }
}

/// A capture that tshark can read.
pub struct Read {
    path: PathBuf,
}

impl Read {
    /// How many frames match a display filter.
    pub fn count(&self, filter: &str) -> io::Result<usize> {
        Ok(self.lines(filter)?.len())
    }

    /// One line a frame that matches a display filter.
    pub fn lines(&self, filter: &str) -> io::Result<Vec<String>> {
        let output = Command::new("tshark").arg("-r").arg(&self.path).args(["-Y", filter]).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }
}
