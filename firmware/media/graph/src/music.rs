use crate::rings::{AudioName, AudioTicket, AudioWanted};
use pcm::{BLOCK, Speech, alaw};
use prompt_bank::Audio;
use rtrb::Producer;
use std::sync::Arc;

/// One kind of music: everybody who listens hears the same place of it, and it stands still while nobody does.
#[derive(Debug)]
struct Music {
    name: Arc<AudioName>,
    audio: Option<Audio>,
    position: usize,
    /// Rendered already in this tick.
    block: Option<Speech>,
    /// Asked for and not yet answered.
    asked: bool,
    /// To be asked for: never was, or somebody listens again after a pause and the file may be another by now.
    stale: bool,
    silent_ticks: u16,
}

/// A pause of listeners after which the file is looked at again: 10 s.
const STALE_TICKS: u16 = 500;

/// All music that was ever asked for, by place.
#[derive(Debug)]
pub(crate) struct MusicShelf {
    shelf: Vec<Music>,
    room: usize,
}

impl MusicShelf {
    pub(crate) fn new(room: usize) -> MusicShelf {
        MusicShelf { shelf: Vec::with_capacity(room), room }
    }

    /// The place of a music; `None` if the shelf is full.
    pub(crate) fn place(&mut self, name: &str) -> Option<u16> {
        let same = |music: &Music| matches!(&*music.name, AudioName::Music(n) if n == name);
        let place = match self.shelf.iter().position(same) {
            Some(place) => place,
            None if self.shelf.len() < self.room => {
                self.shelf.push(Music {
                    name: Arc::new(AudioName::Music(name.to_owned())),
                    audio: None,
                    position: 0,
                    block: None,
                    asked: false,
                    stale: true,
                    silent_ticks: 0,
                });
                self.shelf.len() - 1
            }
            None => return None,
        };
        let music = &mut self.shelf[place];
        music.stale |= music.silent_ticks >= STALE_TICKS;
        Some(place as u16)
    }

    pub(crate) fn want(&mut self, ring: &mut Producer<AudioWanted>) {
        for (place, music) in self.shelf.iter_mut().enumerate() {
            if music.stale && !music.asked {
                let ticket = AudioTicket { serial: 0, slot: place as u16, fragment: None };
                music.asked = ring.push(AudioWanted { ticket, name: music.name.clone() }).is_ok();
                music.stale = !music.asked;
            }
        }
    }

    /// Takes the audio; returns what it replaces (or the audio itself, if nobody wants it).
    pub(crate) fn found(&mut self, ticket: AudioTicket, audio: Audio) -> Option<Audio> {
        let Some(music) = self.shelf.get_mut(ticket.slot as usize) else { return Some(audio) };
        music.asked = false;
        if music.position >= audio.len() {
            music.position = 0;
        }
        music.audio.replace(audio)
    }

    /// Not readable now: asked for again when somebody listens after a pause.
    pub(crate) fn missing(&mut self, ticket: AudioTicket) {
        if let Some(music) = self.shelf.get_mut(ticket.slot as usize) {
            music.asked = false;
        }
    }

    pub(crate) fn start_tick(&mut self) {
        for music in &mut self.shelf {
            music.silent_ticks = if music.block.is_some() { 0 } else { music.silent_ticks.saturating_add(1) };
            music.block = None;
        }
    }

    /// What every listener of `place` hears in this tick.
    pub(crate) fn fill(&mut self, place: u16, out: &mut Speech) {
        let Some(music) = self.shelf.get_mut(place as usize) else {
            *out = alaw::SILENT;
            return;
        };
        let Music { audio, position, .. } = music;
        *out = *music.block.get_or_insert_with(|| next_block(audio.as_deref(), position));
    }
}

fn next_block(audio: Option<&[u8]>, position: &mut usize) -> Speech {
    let mut block = alaw::SILENT;
    let Some(octets) = audio.filter(|octets| !octets.is_empty()) else { return block };
    let mut filled = 0;
    while filled < BLOCK {
        let count = (BLOCK - filled).min(octets.len() - *position);
        block[filled..filled + count].copy_from_slice(&octets[*position..*position + count]);
        filled += count;
        *position = (*position + count) % octets.len();
    }
    block
}
