//! The card's side of spans whose calls are answered by sound: an ear for each timeslot.

use crate::by_sound::SlotSounds;
use crate::ear::party_of;
use crate::rings::FromCard;
use chassis::{SLOTS, Timeslots};
use detect::{AnswerClassifier, AnswerHeard, Progress, Signal};
use std::collections::VecDeque;

/// Words of a slot that wait while the ring is full.
const WAITING: usize = 8;

/// All that it needs is made when the span is configured: nothing here allocates later.
#[derive(Debug)]
pub(crate) struct SlotEars(Vec<SlotEar>);

#[derive(Debug)]
struct SlotEar {
    open: bool,
    classifier: AnswerClassifier,
    untold: VecDeque<SlotSounds>,
}

impl SlotEars {
    pub(crate) fn new() -> SlotEars {
        let ear = || SlotEar {
            open: false,
            classifier: AnswerClassifier::default(),
            untold: VecDeque::with_capacity(WAITING),
        };
        SlotEars((0..SLOTS).map(|_| ear()).collect())
    }

    /// Opens an ear for another call, or closes it.
    pub(crate) fn set(&mut self, slot: u8, open: bool) {
        if let Some(ear) = self.0.get_mut(usize::from(slot)) {
            ear.open = open;
            ear.untold.clear();
            ear.classifier.reset();
        }
    }

    pub(crate) fn is_open(&self, slot: u8) -> bool {
        self.0.get(usize::from(slot)).is_some_and(|ear| ear.open)
    }

    pub(crate) fn listen(&mut self, heard: &Timeslots, tell: &mut impl FnMut(FromCard) -> bool) {
        for (ear, slot) in self.0.iter_mut().zip(0..).filter(|(ear, _)| ear.open) {
            let SlotEar { classifier, untold, .. } = ear;
            classifier.hear_alaw(heard.slot(slot), |news| {
                if let Some(sounds) = sounds_of(news)
                    && untold.len() < WAITING
                {
                    untold.push_back(sounds);
                }
            });
            while let Some(sounds) = untold.front() {
                if !tell(FromCard::Sounds { slot, sounds: *sounds }) {
                    break;
                }
                untold.pop_front();
            }
        }
    }
}

fn sounds_of(news: AnswerHeard) -> Option<SlotSounds> {
    match news {
        AnswerHeard::Answer(answer) => Some(SlotSounds::Party(party_of(answer))),
        AnswerHeard::Progress(Progress::Began(signal)) => match signal {
            Signal::Busy => Some(SlotSounds::Busy),
            Signal::Congestion => Some(SlotSounds::Congestion),
            Signal::NumberUnobtainable | Signal::SpecialInformation => Some(SlotSounds::SpecialInformation),
            _ => None,
        },
        AnswerHeard::Progress(Progress::Ended(_)) => None,
    }
}
