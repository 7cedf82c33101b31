//! What happens between ticks: legs come and go, plans change.

use crate::engine::{Engine, Leg, PortSlot};
use crate::hearing::{Hearing, Party};
use crate::playing::Playing;
use crate::rings::Discarded;
use crate::rooms::Talk;
use crate::secrecy::{Secrecy, seal_outbox};
use detect::KeyDetector;
use identity::LegId;
use numbering::Digits;
use plan::{Hears, MediaIndication, MediaRequest, Plan, Port, RtpSession, SrtpKeys};

impl Engine {
    /// Takes an order. What cannot be done is answered with [`MediaIndication::Refused`].
    pub fn request(&mut self, request: MediaRequest) {
        let (leg, done) = match request {
            MediaRequest::Open { leg, port } => (leg, self.open(leg, port)),
            MediaRequest::Negotiated { leg, rtp } => (leg, self.negotiated(leg, rtp)),
            MediaRequest::Secure { leg, keys } => (leg, self.secure(leg, keys)),
            MediaRequest::Plan { leg, plan } => (leg, self.plan(leg, plan)),
            MediaRequest::SendKeys { leg, keys } => (leg, self.send_keys(leg, &keys)),
            MediaRequest::Close { leg } => (leg, self.close(leg)),
        };
        if done.is_none() {
            self.counters.requests_refused += 1;
            self.indicate(MediaIndication::Refused { leg });
        }
    }

    fn open(&mut self, leg: LegId, port: Port) -> Option<()> {
        let old = self.slots.get(&leg).copied();
        if old.is_some_and(|slot| self.is_at(slot, port)) {
            return Some(());
        }
        let slot = match old {
            Some(slot) => slot,
            None => self.legs.iter().position(Option::is_none)? as u16,
        };
        let taken = self.take_port(port, slot)?;
        match &mut self.legs[slot as usize] {
            Some(present) => {
                let before = std::mem::replace(&mut present.port, taken);
                self.give_back_port(before);
            }
            vacant => {
                *vacant = Some(Leg {
                    id: leg,
                    port: taken,
                    hearing: Hearing::Silence,
                    detect_keys: false,
                    detector: KeyDetector::default(),
                    record: None,
                    record_failed: false,
                    sender: tones::Sender::default(),
                    speaks: None,
                    talk: Talk::default(),
                    limiter: pcm::Limiter::default(),
                });
                self.slots.insert(leg, slot);
                self.legs_changed = true;
            }
        }
        Some(())
    }

    /// The leg in `slot` has this very port already.
    fn is_at(&self, slot: u16, port: Port) -> bool {
        match (self.legs[slot as usize].as_ref().map(|leg| leg.port), port) {
            (Some(PortSlot::Circuit { id, .. }), Port::Circuit(wanted)) => id == wanted,
            (Some(PortSlot::Rtp { place }), Port::Rtp { local_port }) => {
                self.streams.pool[place as usize].local_port == local_port
            }
            _ => false,
        }
    }

    fn take_port(&mut self, port: Port, slot: u16) -> Option<PortSlot> {
        match port {
            Port::Circuit(id) => self.circuits.take(id).map(|place| PortSlot::Circuit { place, id }),
            Port::Rtp { local_port } => self.streams.take(local_port, slot).map(|place| PortSlot::Rtp { place }),
        }
    }

    fn give_back_port(&mut self, port: PortSlot) {
        match port {
            PortSlot::Circuit { id, .. } => self.circuits.give_back(id),
            PortSlot::Rtp { place } => {
                self.streams.unwire(place);
                let stream = &mut self.streams.pool[place as usize];
                // What is there has its own keys.
                stream.close(&mut self.outbox);
                seal_outbox(&mut self.outbox, &mut self.streams);
                let stream = &mut self.streams.pool[place as usize];
                let (coded, secrecy) = (stream.coded.take(), stream.secrecy.take());
                self.streams.sealed -= usize::from(secrecy.is_some());
                self.streams.give_back(place);
                if let Some(coded) = coded {
                    self.discard(Discarded::Coded(coded));
                }
                if let Some(secrecy) = secrecy {
                    self.discard(Discarded::Secrecy(secrecy));
                }
            }
        }
    }

    fn negotiated(&mut self, leg: LegId, rtp: RtpSession) -> Option<()> {
        let slot = *self.slots.get(&leg)?;
        match self.legs[slot as usize].as_ref()?.port {
            PortSlot::Circuit { .. } => None,
            PortSlot::Rtp { place } => {
                self.streams.unwire(place);
                let gone = self.streams.pool[place as usize].negotiated(rtp, self.now.micros).ok()?;
                if let Some(coded) = gone {
                    self.discard(Discarded::Coded(coded));
                }
                self.legs_changed = true;
                Some(())
            }
        }
    }

    fn secure(&mut self, leg: LegId, keys: Option<SrtpKeys>) -> Option<()> {
        let slot = *self.slots.get(&leg)?;
        let PortSlot::Rtp { place } = self.legs[slot as usize].as_ref()?.port else { return None };
        let stream = &mut self.streams.pool[place as usize];
        if stream.secrecy.is_some() != keys.is_some() {
            stream.srtp_changes();
        }
        match (&mut stream.secrecy, keys) {
            (Some(secrecy), Some(keys)) => secrecy.renew(keys),
            (secrecy @ None, Some(keys)) => {
                *secrecy = Some(Box::new(Secrecy::new(keys)));
                self.streams.sealed += 1;
            }
            (secrecy, None) => {
                if let Some(gone) = secrecy.take() {
                    self.streams.sealed -= 1;
                    self.discard(Discarded::Secrecy(gone));
                }
            }
        }
        Some(())
    }

    fn plan(&mut self, leg: LegId, plan: Plan) -> Option<()> {
        let slot = *self.slots.get(&leg)?;
        let hearing = self.hearing_of(slot, &plan.hears);
        let speaks = plan.speaks.and_then(|room| self.rooms.place(room));
        let present = self.legs[slot as usize].as_mut()?;
        if let Some(hearing) = hearing {
            let before = std::mem::replace(&mut present.hearing, hearing);
            if let Some(memory) = discard_hearing(before) {
                self.discard(memory);
            }
        }
        let present = self.legs[slot as usize].as_mut()?;
        if plan.detect_keys && !present.detect_keys {
            present.detector.reset();
        }
        present.detect_keys = plan.detect_keys;
        if present.speaks != speaks {
            present.speaks = speaks;
            present.talk = Talk::default();
        }
        if present.record != plan.record {
            present.record = plan.record;
            present.record_failed = false;
        }
        if let Hearing::Play(playing) = &mut present.hearing {
            playing.want(slot, &mut self.ends.wanted);
        }
        self.music.want(&mut self.ends.wanted);
        self.legs_changed = true;
        self.discard(Discarded::Plan(plan));
        Some(())
    }

    /// The new hearing, or `None` if the leg goes on with what it hears: a plan that only starts a recording must not restart the
    /// prompt or the cadence.
    fn hearing_of(&mut self, slot: u16, hears: &Hears) -> Option<Hearing> {
        let now = self.legs[slot as usize].as_ref().map(|leg| &leg.hearing);
        let party = |leg: &LegId| Party { leg: *leg, slot: None };
        Some(match (hears, now) {
            (Hears::Tone(tone), Some(Hearing::Tone { tone: same, .. })) if tone == same => return None,
            (Hears::Play { play, .. }, Some(Hearing::Play(playing))) if *play == playing.play => return None,
            (Hears::Silence, _) => Hearing::Silence,
            (Hears::Leg(leg), _) => Hearing::Leg(party(leg)),
            (Hears::Mix(legs), _) => Hearing::Mix(legs.iter().map(party).collect()),
            (Hears::Room(room), _) => match self.rooms.place(*room) {
                Some(place) => Hearing::Room { place },
                None => Hearing::Silence,
            },
            (Hears::Tone(tone), _) => Hearing::Tone { tone: *tone, position: 0 },
            (Hears::Play { play, prompts, repeat }, _) => {
                self.serial = self.serial.wrapping_add(1);
                Hearing::Play(Playing::new(*play, prompts, *repeat, self.serial))
            }
            (Hears::Music(name), _) => match self.music.place(name) {
                Some(place) => Hearing::Music { place },
                None => {
                    self.counters.music_missing += 1;
                    Hearing::Silence
                }
            },
        })
    }

    fn send_keys(&mut self, leg: LegId, keys: &Digits) -> Option<()> {
        let slot = *self.slots.get(&leg)?;
        let present = self.legs[slot as usize].as_mut()?;
        match present.port {
            PortSlot::Rtp { place } if self.streams.pool[place as usize].has_events() => {
                self.streams.pool[place as usize].send_keys(keys)
            }
            PortSlot::Rtp { .. } | PortSlot::Circuit { .. } => {
                // Tones are made by blocks.
                self.legs_changed = true;
                present.sender.send(keys).ok()
            }
        }
    }

    fn close(&mut self, leg: LegId) -> Option<()> {
        let slot = self.slots.remove(&leg)?;
        let gone = self.legs[slot as usize].take()?;
        if let PortSlot::Rtp { place } = gone.port
            && let Some(quality) = self.streams.pool[place as usize].quality()
        {
            self.indicate(MediaIndication::Quality { leg, quality });
        }
        self.give_back_port(gone.port);
        if let Some(memory) = discard_hearing(gone.hearing) {
            self.discard(memory);
        }
        self.legs_changed = true;
        Some(())
    }
}

fn discard_hearing(hearing: Hearing) -> Option<Discarded> {
    match hearing {
        Hearing::Play(playing) => Some(Discarded::Fragments(playing.into_fragments())),
        Hearing::Mix(parties) => Some(Discarded::Parties(parties)),
        Hearing::Silence | Hearing::Leg(_) | Hearing::Room { .. } | Hearing::Tone { .. } | Hearing::Music { .. } => {
            None
        }
    }
}
