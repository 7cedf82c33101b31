//! How the recorder's volumes are, and what was lost.

/// What was lost, since start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Losses {
    /// Blocks of recordings that had ended.
    pub stray_blocks: u64,
    /// Blocks that a disk too slow left no room for: silence in their recordings.
    pub late_blocks: u64,
    /// Commits that failed.
    pub failed_commits: u64,
    /// Cuts that failed, each counted as often as it did.
    pub failed_cuts: u64,
    /// Pieces that the journal no longer had whole when they were cut: silence in their recordings.
    pub damaged_pieces: u64,
}

impl Losses {
    /// With those of another volume.
    pub fn and(self, other: Losses) -> Losses {
        Losses {
            stray_blocks: self.stray_blocks + other.stray_blocks,
            late_blocks: self.late_blocks + other.late_blocks,
            failed_commits: self.failed_commits + other.failed_commits,
            failed_cuts: self.failed_cuts + other.failed_cuts,
            damaged_pieces: self.damaged_pieces + other.damaged_pieces,
        }
    }
}

/// How a volume is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VolumeState {
    /// No room above what is to be kept free, or its quota is used up.
    pub full: bool,
    /// A commit failed lately.
    pub failing: bool,
    /// A commit takes longer than three seconds.
    pub slow: bool,
}

impl VolumeState {
    /// New recordings go there.
    pub fn serves(self) -> bool {
        !self.full && !self.failing && !self.slow
    }
}
