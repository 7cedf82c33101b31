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
//! Once a second the octets so far and the header follow and the volume is synced, once for all recordings and on a thread of its own,
//! so that a power cut costs a second and a slow disk holds nothing up. What was not recorded in between is silence. Below the free space to keep, or when the disk fails, recordings end as failed; calls never notice.
//!
//! ```text
//! Start ─> writing ──Stop──> ending (0.1 s for blocks under way) ─> closing (the sync) ─> closed: RecordingClosed { millis }
//!             │ disk full, disk failed
//!             └────> failed: RecordingFailed, header put right ──Stop──> closed: RecordingClosed { what is on disk }
//! ```
//! `<dir>/open/<recording>` marks a file in the making; [`recover`] finishes what a crash left.
//!
//! It keeps no index (the store does), and does not yet encrypt or join recordings into a journal.
//!
//! ```
//! use clock::WallTime;
//! use identity::RecordingId;
//! let path = files::recording_path("/rec".as_ref(), RecordingId(7), WallTime(1_767_200_400_000), 480);
//! assert_eq!(path.to_str(), Some("/rec/2026/01/01/7.wav"));
//! ```

mod loader;
mod places;
mod prompts;
mod recorder;
mod recorder_thread;
mod recover;
mod resample;
mod wav;
mod waveform;
mod writing;

pub use loader::{Loader, spawn_loader};
pub use places::{find_recording, recording_path};
pub use prompts::{PromptError, PromptFault, PromptLibrary};
pub use recorder::{Recorder, RecorderConfig, VolumeSync};
pub use recorder_thread::{RecorderOrder, RecorderThread, RecorderWiring, spawn_recorder};
pub use recover::recover;
pub use wav::{WavError, decode_wav};
pub use waveform::{Waveform, waveform};
