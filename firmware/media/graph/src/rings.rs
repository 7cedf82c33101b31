use crate::Limits;
use identity::RecordingId;
use pcm::Speech;
use plan::{Plan, PromptRef};
use prompt_bank::Audio;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;

/// A file the engine wants to hear from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AudioName {
    Prompt(PromptRef),
    Music(String),
}

/// What the engine will do with the audio. The loader hands it back as it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioTicket {
    pub(crate) serial: u32,
    pub(crate) slot: u16,
    pub(crate) fragment: Option<u16>,
}

#[derive(Clone, Debug)]
pub struct AudioWanted {
    pub ticket: AudioTicket,
    pub name: Arc<AudioName>,
}

/// The loader's answer: A-law octets, or the name again if there is no such file or it cannot be read.
#[derive(Clone, Debug)]
pub struct AudioFound {
    pub ticket: AudioTicket,
    pub audio: Result<Audio, AudioName>,
}

/// Memory the engine is done with; dropping it is all there is to do.
#[derive(Debug)]
pub enum Discarded {
    Audio(Audio),
    Name(AudioName),
    Names(Arc<AudioName>),
    Plan(Plan),
    Fragments(Vec<crate::playing::Fragment>),
    Parties(Vec<crate::hearing::Party>),
    Coded(Box<crate::coded::Coded>),
    Secrecy(Box<crate::secrecy::Secrecy>),
}

/// 20 ms of one recording, A-law both.
#[derive(Clone, Debug)]
pub struct RecordedBlock {
    pub recording: RecordingId,
    /// Ticks since start: a gap between two blocks of a recording was not recorded, and is silence.
    pub tick: u64,
    /// What the recorded leg says: the caller.
    pub left: Speech,
    /// What it hears: the agent.
    pub right: Speech,
}

/// The engine's end of every ring.
#[derive(Debug)]
pub struct EngineEnd {
    pub(crate) wanted: Producer<AudioWanted>,
    pub(crate) found: Consumer<AudioFound>,
    pub(crate) discarded: Producer<Discarded>,
    pub(crate) recorded: Producer<RecordedBlock>,
}

/// The end of who reads prompts and music.
#[derive(Debug)]
pub struct LoaderEnd {
    pub wanted: Consumer<AudioWanted>,
    pub found: Producer<AudioFound>,
    pub discarded: Consumer<Discarded>,
}

/// The end of who writes recordings.
#[derive(Debug)]
pub struct RecorderEnd {
    pub blocks: Consumer<RecordedBlock>,
}

impl EngineEnd {
    /// Wishes that the loader has not taken yet.
    pub(crate) fn waiting_wishes(&self) -> bool {
        self.wanted.slots() < self.wanted.buffer().capacity()
    }
}

/// Makes the rings between the engine, the loader and the recorder.
pub fn connect(limits: &Limits) -> (EngineEnd, LoaderEnd, RecorderEnd) {
    // A play of twenty fragments on every leg at once, and their remains.
    let audio = (limits.legs() * 20).max(64);
    let (want, wanted) = RingBuffer::new(audio);
    let (find, found) = RingBuffer::new(audio);
    let (discard, discarded) = RingBuffer::new(audio * 2);
    let (record, blocks) = RingBuffer::new(limits.recorded_blocks.max(1));
    (
        EngineEnd { wanted: want, found, discarded: discard, recorded: record },
        LoaderEnd { wanted, found: find, discarded },
        RecorderEnd { blocks },
    )
}
