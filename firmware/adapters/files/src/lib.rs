//! Prompt files in, recording files out, each on a thread of its own between rings and the disk.
//!
//! # Prompts
//! A prompt `digits/3` in `zh` is `<dir>/zh/digits/3.wav` (or `.al`, bare A-law octets); music `spring` is `<dir>/music/spring.wav`. The
//! site's directory is looked in first, then the shipped one. WAV may be 16-bit PCM, A-law or mu-law, 8 to 48 kHz, mono or
//! stereo; it becomes A-law at 8 kHz. Names are lower-case letters, digits, `-`, `_` and `/` and cannot leave the directory. Files are kept in a
//! cache bounded in bytes and read again when they change.
//!
//! # Recordings
//! One two-channel A-law WAV a recording, caller left, agent right: `<dir>/YYYY/MM/DD/<recording>.wav`, the date being the site's at its start.
//! Until a recording ends its sound is in the volume's [`journal`], `<dir>/journal`: one write and one `fdatasync` for all of them,
//! every 0.35 s, on a thread of its own; so a power cut costs less than a second and a slow disk holds nothing up: ten seconds wait in
//! memory, and what does not fit is counted. A recording that ends is cut out of the journal into its file on another thread, many by
//! one sync; calls that last are moved there piece by piece as `<recording>.wav.part`. What was not recorded in between is silence. Below the free space to keep, or when the disk fails, recordings end as failed; calls never notice.
//!
//! ```text
//! Start ─> open ──Stop──> ending (0.1 s for blocks under way) ─> ended ──commit──> cutting ──file synced──> closed: RecordingClosed { millis }
//!            │ disk full, disk failed                                                  ^
//!            └────> failed: RecordingFailed; what is in the journal stays ──Stop───────┘
//! ```
//! [`recover`] finishes what a crash left in the journal. [`Recorder`] decides and touches no disk: it hands out [`Work`].
//!
//! It keeps no index: the store does.
//!
//! ```
//! use clock::WallTime;
//! use identity::RecordingId;
//! let path = files::recording_path("/rec".as_ref(), RecordingId(7), WallTime(1_767_200_400_000), 480);
//! assert_eq!(path.to_str(), Some("/rec/2026/01/01/7.wav"));
//! ```

mod condition;
mod cutting;
mod formats;
mod keys;
mod loader;
mod manifest;
mod places;
mod play;
mod prompts;
mod recorder;
mod recorder_thread;
mod recover;
mod removal;
mod resample;
mod sealed;
mod track;
mod verify;
mod volume;
mod wav;
mod waveform;

pub use condition::{Losses, VolumeState};
pub use cutting::{Custody, Cut, CutDone, cut};
pub use formats::{Format, convert};
pub use keys::{BoardSecret, KeyFile, Keys};
pub use loader::{Loader, spawn_loader};
pub use manifest::{Manifests, public_keys_of};
pub use places::{find_recording, recording_path, recording_place};
pub use play::Playable;
pub use prompts::{PromptError, PromptFault, PromptLibrary, read_bank};
pub use recorder::{Recorder, RecorderConfig, Work};
pub use recorder_thread::{
    MOST_VOLUMES, RecorderGauges, RecorderOrder, RecorderThread, RecorderWiring, spawn_recorder, spawn_recorders,
};
pub use recover::{Recovered, recover};
pub use removal::remove_recording;
pub use verify::{PublicKey, Verified, read_public_keys, verify};
pub use volume::{Commit, Committed, JournalHand, JournalShape};
pub use wav::{WavError, decode_wav};
pub use waveform::{Waveform, waveform};
