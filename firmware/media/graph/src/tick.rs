//! The phases of a tick. Nothing here allocates.

use crate::coded::Block;
use crate::engine::{Engine, Leg, PortSlot, Voices};
use crate::hearing::Hearing;
use crate::rings::{AudioName, Discarded, RecordedBlock};
use crate::stream::FarEnd;
use detect::Heard;
use pcm::{Speech, alaw, mulaw};
use plan::{Law, MediaIndication, RecordingFault};
use prompt_bank::Audio;

/// Ticks in which all streams were tended once: 200 ms.
const TURNS: u64 = 10;

impl Engine {
    /// Audio that the loader found or missed since the last tick.
    pub(crate) fn take_audio(&mut self) {
        while let Ok(found) = self.ends.found.pop() {
            match (found.ticket.fragment, found.audio) {
                (None, Ok(audio)) => {
                    if let Some(before) = self.music.found(found.ticket, audio) {
                        self.discard(Discarded::Audio(before));
                    }
                }
                (None, Err(name)) => {
                    self.music.missing(found.ticket);
                    self.counters.music_missing += 1;
                    self.discard(Discarded::Name(name));
                }
                (Some(_), audio) => self.take_fragment(found.ticket, audio),
            }
        }
        self.want_audio();
    }

    fn take_fragment(&mut self, ticket: crate::AudioTicket, audio: Result<Audio, AudioName>) {
        let (audio, name) = match audio {
            Ok(audio) => (Some(audio), None),
            Err(name) => (None, Some(name)),
        };
        let leg = self.legs.get_mut(ticket.slot as usize).and_then(Option::as_mut);
        let (taken, report) = match leg {
            Some(leg) => match &mut leg.hearing {
                Hearing::Play(playing) => (playing.found(ticket, audio), Some((leg.id, playing.play))),
                _ => (Err(audio), None),
            },
            None => (Err(audio), None),
        };
        match (taken, name, report) {
            (Ok(()), Some(AudioName::Prompt(prompt)), Some((leg, play))) => {
                self.indicate(MediaIndication::PromptMissing { leg, play, prompt });
            }
            (Ok(()), name, _) => {
                if let Some(name) = name {
                    self.discard(Discarded::Name(name));
                }
            }
            (Err(audio), name, _) => {
                if let Some(audio) = audio {
                    self.discard(Discarded::Audio(audio));
                }
                if let Some(name) = name {
                    self.discard(Discarded::Name(name));
                }
            }
        }
    }

    /// Asks for audio that was not asked for yet.
    pub(crate) fn want_audio(&mut self) {
        self.music.want(&mut self.ends.wanted);
        for slot in &self.wiring.hearing {
            if let Some(Leg { hearing: Hearing::Play(playing), .. }) = &mut self.legs[*slot as usize] {
                playing.want(*slot, &mut self.ends.wanted);
            }
        }
    }

    /// What every leg says that somebody wants to hear by blocks.
    pub(crate) fn capture(&mut self) {
        self.music.start_tick();
        for place in 0..self.wiring.speaking.len() {
            let slot = self.wiring.speaking[place] as usize;
            let Some(leg) = &mut self.legs[slot] else { continue };
            match leg.port {
                PortSlot::Circuit { place, .. } => {
                    self.voices.said[slot] = self.circuits.pool[place as usize].capture(&mut self.counters);
                    self.voices.law[slot] = Law::A;
                }
                PortSlot::Rtp { place } => {
                    let stream = &mut self.streams.pool[place as usize];
                    if let Some(coded) = &mut stream.coded {
                        let linear = self.voices.decoded(slot, self.counters.ticks);
                        coded.capture(self.now.micros, linear);
                        self.voices.said[slot] = alaw::encode_block(linear);
                        self.voices.law[slot] = Law::A;
                        continue;
                    }
                    stream.capture(self.now, &mut self.voices.said[slot]);
                    self.voices.law[slot] = stream.law();
                }
            }
        }
    }

    /// Silence, reports and figures of the streams: a part of them at each tick, each several times a second.
    pub(crate) fn tend(&mut self) {
        let turn = (self.counters.ticks % TURNS) as usize;
        for slot in (turn..self.legs.len()).step_by(TURNS as usize) {
            let Some(Leg { id: leg, port: PortSlot::Rtp { place }, .. }) = self.legs[slot] else { continue };
            let stream = &mut self.streams.pool[place as usize];
            stream.report(self.now, &mut self.outbox);
            let (far_end, quality) = (stream.watch(self.now.micros), stream.quality_due());
            match far_end {
                Some(FarEnd::Silent { millis }) => self.indicate(MediaIndication::FarEndSilent { leg, millis }),
                Some(FarEnd::Heard) => self.indicate(MediaIndication::FarEndHeard { leg }),
                None => {}
            }
            if let Some(quality) = quality {
                self.indicate(MediaIndication::Quality { leg, quality });
            }
        }
    }

    /// Keys that sound on circuits, and on RTP legs that negotiated no events.
    pub(crate) fn detect_keys(&mut self) {
        for place in 0..self.wiring.speaking.len() {
            let slot = self.wiring.speaking[place] as usize;
            let Some(leg) = self.legs[slot].as_mut().filter(|leg| leg.detect_keys) else { continue };
            if let PortSlot::Rtp { place } = leg.port
                && self.streams.pool[place as usize].has_events()
            {
                continue;
            }
            let heard = leg.detector.hear(self.voices.linear(slot, self.counters.ticks));
            let leg = leg.id;
            if let Some(Heard { key, millis }) = heard {
                self.indicate(MediaIndication::Key { leg, key, millis });
            }
        }
    }

    /// What every leg hears, but those that get another's packets and are not recorded.
    pub(crate) fn render(&mut self) {
        for place in 0..self.wiring.hearing.len() {
            let slot = self.wiring.hearing[place] as usize;
            let heard = self.heard(slot);
            self.record(slot, heard);
            if self.wiring.is_fed(slot) {
                continue;
            }
            let Some(leg) = &mut self.legs[slot] else { continue };
            match leg.port {
                PortSlot::Circuit { place, .. } => {
                    let speech = in_law(heard, Law::A);
                    self.circuits.pool[place as usize].deliver(&speech, &mut self.counters);
                }
                PortSlot::Rtp { place } => {
                    let stream = &mut self.streams.pool[place as usize];
                    if stream.coded.is_some() {
                        self.deliver_coded(slot, place, heard);
                        continue;
                    }
                    let speech = in_law(heard, stream.law());
                    stream.deliver(&speech, &mut self.outbox);
                }
            }
        }
    }

    /// Another leg's speech goes to the encoder as it was decoded, wide if both are; all else as what the leg hears.
    fn deliver_coded(&mut self, slot: usize, place: u16, heard: (Speech, Law)) {
        let other = match &self.legs[slot] {
            Some(Leg { hearing: Hearing::Leg(party), sender, .. }) if sender.is_idle() => party.slot,
            Some(_) | None => None,
        };
        let speaker = other.and_then(|other| match self.legs[other as usize].as_ref()?.port {
            PortSlot::Rtp { place } => self.streams.pool[place as usize].coded.as_ref()?.wide().copied(),
            PortSlot::Circuit { .. } => None,
        });
        let stream = &mut self.streams.pool[place as usize];
        match (speaker, other) {
            (Some(wide), _) => stream.deliver_coded(Block::Wide(&wide), &mut self.outbox),
            (None, Some(other)) => {
                let narrow = self.voices.linear(other as usize, self.counters.ticks);
                stream.deliver_coded(Block::Narrow(narrow), &mut self.outbox);
            }
            (None, None) => {
                let narrow = match heard {
                    (speech, Law::A) => alaw::decode_block(&speech),
                    (speech, Law::Mu) => mulaw::decode_block(&speech),
                };
                stream.deliver_coded(Block::Narrow(&narrow), &mut self.outbox);
            }
        }
    }

    /// The block for one leg, and its law.
    fn heard(&mut self, slot: usize) -> (Speech, Law) {
        let tick = self.counters.ticks;
        let Some(leg) = &mut self.legs[slot] else { return (alaw::SILENT, Law::A) };
        let mut speech = alaw::SILENT;
        if !leg.sender.is_idle() {
            let mut keys = [0; pcm::BLOCK];
            leg.sender.fill(&mut keys);
            // Its packets may come from another leg again.
            self.legs_changed |= leg.sender.is_idle();
            return (alaw::encode_block(&keys), Law::A);
        }
        match &mut leg.hearing {
            Hearing::Silence => {}
            Hearing::Leg(party) => {
                if let Some(other) = party.slot {
                    return (self.voices.said[other as usize], self.voices.law[other as usize]);
                }
            }
            Hearing::Mix(parties) => {
                self.mix.clear();
                for other in parties.iter().filter_map(|party| party.slot).filter(|other| *other as usize != slot) {
                    self.mix.add(self.voices.linear(other as usize, tick));
                }
                speech = alaw::encode_block(&self.mix.limited(&mut leg.limiter));
            }
            Hearing::Room { place } => {
                let (place, talks) = (*place, leg.talk.mixed);
                return self.room_heard(place, slot, talks);
            }
            Hearing::Tone { tone, position } => self.tones.of(*tone).fill(position, &mut speech),
            Hearing::Play(playing) => {
                if playing.fill(&mut speech) {
                    let ended = MediaIndication::PlayEnded { leg: leg.id, play: playing.play };
                    self.indicate(ended);
                }
            }
            Hearing::Music { place } => self.music.fill(*place, &mut speech),
        }
        (speech, Law::A)
    }

    /// Hands the leg's two directions to the recorder, if its plan says so.
    fn record(&mut self, slot: usize, heard: (Speech, Law)) {
        let Some(leg) = &mut self.legs[slot] else { return };
        let Some(recording) = leg.record else { return };
        let Voices { said, law, .. } = &self.voices;
        let left = in_law((said[slot], law[slot]), Law::A);
        let block = RecordedBlock { recording, tick: self.counters.ticks, left, right: in_law(heard, Law::A) };
        if self.ends.recorded.push(block).is_ok() {
            return;
        }
        self.counters.recorded_lost += 1;
        if !std::mem::replace(&mut leg.record_failed, true) {
            self.indicate(MediaIndication::RecordingFailed { recording, reason: RecordingFault::WriterTooSlow });
        }
    }
}

/// The block in the law that is wanted: itself, if it is in it already.
fn in_law((speech, law): (Speech, Law), wanted: Law) -> Speech {
    match (law, wanted) {
        (Law::A, Law::A) | (Law::Mu, Law::Mu) => speech,
        (Law::A, Law::Mu) => speech.map(mulaw::from_alaw),
        (Law::Mu, Law::A) => speech.map(alaw::from_mulaw),
    }
}
