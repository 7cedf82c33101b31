//! One recording file in the making.

use crate::wav::{FRAME, HEADER, millis_of, recording_header};
use graph::RecordedBlock;
use pcm::{BLOCK, alaw};
use plan::RecordingFault;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Octets held before they are written: a little over a second.
const HELD: usize = 20 * 1024;
/// The longest gap filled with silence: an hour. Beyond it the recording's clock is not believed.
const LONGEST_GAP: u64 = 3600 * 50;

/// A file that grows.
pub(crate) struct Writing {
    file: File,
    pub(crate) path: PathBuf,
    held: Vec<u8>,
    /// Octets of sound on disk.
    written: u64,
    /// The tick after the last block.
    next_tick: Option<u64>,
    /// Octets of sound that the header tells of.
    told: u64,
}

pub(crate) fn fault_of(error: &io::Error) -> RecordingFault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            RecordingFault::DiskFull
        }
        _ => RecordingFault::DiskFailed,
    }
}

impl Writing {
    pub(crate) fn create(path: &Path) -> io::Result<Writing> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options().write(true).create_new(true).open(path)?;
        file.write_all_at(&recording_header(0), 0)?;
        let path = path.to_owned();
        Ok(Writing { file, path, held: Vec::with_capacity(HELD + 2 * BLOCK), written: 0, next_tick: None, told: 0 })
    }

    /// Appends a block; silence for the ticks since the last one. A block of a tick already there is the same recording tapped
    /// twice, and dropped.
    pub(crate) fn block(&mut self, block: &RecordedBlock) -> io::Result<()> {
        let next = self.next_tick.unwrap_or(block.tick);
        if block.tick < next {
            return Ok(());
        }
        for _ in 0..(block.tick - next).min(LONGEST_GAP) {
            self.append(&[alaw::SILENCE; FRAME * BLOCK])?;
        }
        let mut frames = [0; FRAME * BLOCK];
        for (frame, (left, right)) in frames.chunks_exact_mut(FRAME).zip(block.left.iter().zip(&block.right)) {
            frame.copy_from_slice(&[*left, *right]);
        }
        self.append(&frames)?;
        self.next_tick = Some(block.tick + 1);
        Ok(())
    }

    fn append(&mut self, octets: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(octets);
        if self.held.len() >= HELD { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(&self.held, HEADER as u64 + self.written)?;
        self.written += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    /// Everything so far in the file, and a header that says so. The volume's sync brings it to the disk.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        if self.told != self.written {
            self.file.write_all_at(&recording_header(self.written), 0)?;
            self.told = self.written;
        }
        Ok(())
    }

    /// The file alone to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// After a failure: whatever reached the disk is made playable, as far as the disk lets us.
    pub(crate) fn salvage(&mut self) -> io::Result<()> {
        self.held.clear();
        self.file.set_len(HEADER as u64 + self.written)?;
        self.file.write_all_at(&recording_header(self.written), 0)?;
        self.file.sync_data()
    }

    /// Length on disk.
    pub(crate) fn millis(&self) -> u64 {
        millis_of(self.written)
    }
}
