use crate::rings::{AudioName, AudioTicket, AudioWanted};
use identity::PlayId;
use pcm::{Speech, alaw};
use plan::PromptRef;
use prompt_bank::Audio;
use rtrb::Producer;
use std::sync::Arc;

/// One prompt of a play.
#[derive(Debug)]
pub struct Fragment {
    name: Arc<AudioName>,
    audio: FragmentAudio,
}

#[derive(Debug)]
enum FragmentAudio {
    Awaited,
    Here(Audio),
    Missing,
}

/// Prompts on their way to one leg's ear.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) play: PlayId,
    fragments: Vec<Fragment>,
    /// Tells this play's audio from that of an earlier one in the same slot.
    serial: u32,
    /// Fragments asked for so far.
    wanted: usize,
    current: usize,
    position: usize,
    repeat: bool,
    over: bool,
}

impl Playing {
    pub(crate) fn new(play: PlayId, prompts: &[PromptRef], repeat: bool, serial: u32) -> Playing {
        let fragment = |prompt: &PromptRef| Fragment {
            name: Arc::new(AudioName::Prompt(prompt.clone())),
            audio: FragmentAudio::Awaited,
        };
        // Tickets count fragments in 16 bits; nobody listens to more prompts than that.
        let fragments = prompts.iter().take(u16::MAX as usize).map(fragment).collect();
        Playing { play, fragments, serial, wanted: 0, current: 0, position: 0, repeat, over: false }
    }

    /// Asks for the fragments that were not asked for yet, as the ring has room.
    pub(crate) fn want(&mut self, slot: u16, ring: &mut Producer<AudioWanted>) {
        while let Some(fragment) = self.fragments.get(self.wanted) {
            let ticket = AudioTicket { serial: self.serial, slot, fragment: Some(self.wanted as u16) };
            if ring.push(AudioWanted { ticket, name: fragment.name.clone() }).is_err() {
                return;
            }
            self.wanted += 1;
        }
    }

    /// Takes a fragment's audio, or that it is missing (`None`). Gives the audio back if it is not of this play.
    pub(crate) fn found(&mut self, ticket: AudioTicket, audio: Option<Audio>) -> Result<(), Option<Audio>> {
        let fragment = ticket.fragment.and_then(|f| self.fragments.get_mut(f as usize));
        match fragment {
            Some(fragment) if ticket.serial == self.serial => {
                fragment.audio = audio.map_or(FragmentAudio::Missing, FragmentAudio::Here);
                Ok(())
            }
            _ => Err(audio),
        }
    }

    /// The next 20 ms: silence while a fragment is awaited, no gap between fragments that are here. True once, when the play ends.
    pub(crate) fn fill(&mut self, out: &mut Speech) -> bool {
        let was_over = self.over;
        let mut filled = 0;
        while filled < out.len() && !self.over {
            let Some(fragment) = self.fragments.get(self.current) else {
                self.start_again();
                continue;
            };
            match &fragment.audio {
                FragmentAudio::Awaited => break,
                FragmentAudio::Missing => self.current += 1,
                FragmentAudio::Here(octets) => {
                    let rest = octets.get(self.position..).unwrap_or_default();
                    let count = rest.len().min(out.len() - filled);
                    out[filled..filled + count].copy_from_slice(&rest[..count]);
                    filled += count;
                    self.position += count;
                    if count == rest.len() {
                        self.current += 1;
                        self.position = 0;
                    }
                }
            }
        }
        out[filled..].fill(alaw::SILENCE);
        self.over && !was_over
    }

    /// After the last fragment: from the start if something would be heard, else over.
    fn start_again(&mut self) {
        let audible = |f: &Fragment| matches!(&f.audio, FragmentAudio::Here(octets) if !octets.is_empty());
        self.current = 0;
        self.position = 0;
        self.over = !(self.repeat && self.fragments.iter().any(audible));
    }

    pub(crate) fn into_fragments(self) -> Vec<Fragment> {
        self.fragments
    }
}
