//! One party of the far exchange: a customer who calls, or one who is called.

use crate::random::Random;
use crate::voice::{Ear, Mouth, Saying, Talker};
use clock::{Millis, Monotonic};
use identity::CircuitId;
use numbering::Digits;
use plan::Tone;
use std::sync::Arc;

/// A customer presses nothing before having heard so much of the menu.
const MENU_HEARD: u64 = 2000;

/// What a party is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Dialled; waits for an answer.
    Calling,
    /// Answered; listens to the menu.
    Listening { since: Monotonic },
    /// Pressed a key (or never will); waits, talks, and gives up at `until`.
    Staying { until: Monotonic },
    /// Called by the box: rings until `answer`.
    Ringing { answer: Monotonic },
    /// Called by the box: rings and is never answered, or is busy.
    Absent,
}

/// What a party wants done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    Nothing,
    Answer,
    HangUp,
}

/// What customers say: their own recorded sentence, or babble.
#[derive(Clone, Debug, Default)]
pub struct Speech(pub Option<Arc<[u8]>>);

#[derive(Debug)]
pub struct Party {
    pub circuit: CircuitId,
    pub stage: Stage,
    pub mouth: Mouth,
    pub ear: Ear,
    keys: Option<Digits>,
    patience: Millis,
    pitch: f64,
    speech: Speech,
}

impl Party {
    /// A customer who calls.
    pub fn caller(
        circuit: CircuitId,
        keys: Option<Digits>,
        patience: Millis,
        speech: Speech,
        random: &mut Random,
    ) -> Party {
        Party {
            circuit,
            stage: Stage::Calling,
            mouth: Mouth::default(),
            ear: Ear::default(),
            keys,
            patience,
            pitch: CALLER_PITCH + random.below(20) as f64,
            speech,
        }
    }

    /// A customer whom the box calls.
    pub fn callee(circuit: CircuitId, stage: Stage, random: &mut Random) -> Party {
        let patience = Millis::secs(random.between(10, 30));
        let mut party = Party::caller(circuit, None, patience, Speech::default(), random);
        party.stage = stage;
        if let Stage::Ringing { .. } | Stage::Absent = stage {
            party.mouth.tone(Tone::Ringback);
        }
        party
    }

    /// The other side answered.
    pub fn answered(&mut self, now: Monotonic) {
        if self.stage == Stage::Calling {
            self.stage = Stage::Listening { since: now };
        }
    }

    /// Time passes.
    pub fn live(&mut self, now: Monotonic) -> Wish {
        match self.stage {
            Stage::Calling | Stage::Absent => Wish::Nothing,
            Stage::Listening { since } => {
                // Who hears nothing for ten seconds presses all the same.
                if self.ear.millis() >= MENU_HEARD || now.since(since) > Millis::secs(10) {
                    if let Some(keys) = self.keys.take() {
                        self.mouth.press(&keys);
                    }
                    self.talk(now);
                }
                Wish::Nothing
            }
            Stage::Staying { until } if until <= now => Wish::HangUp,
            Stage::Staying { .. } => Wish::Nothing,
            Stage::Ringing { answer } if answer <= now => {
                self.talk(now);
                Wish::Answer
            }
            Stage::Ringing { .. } => Wish::Nothing,
        }
    }

    fn talk(&mut self, now: Monotonic) {
        self.stage = Stage::Staying { until: now + self.patience };
        self.mouth.say(match &self.speech.0 {
            Some(octets) => Saying::Recorded { octets: octets.clone(), next: 0 },
            None => Saying::Babble(Talker::new(self.pitch)),
        });
    }
}

/// Lowest pitch of customers: 130 to 150 Hz. Agents speak higher, so that a recording tells them apart.
pub const CALLER_PITCH: f64 = 130.0;

#[cfg(test)]
mod tests {
    use super::*;
    use identity::SpanId;

    /// A customer listens before pressing a key, and gives up when patience ends.
    #[test]
    fn customer_listens_presses_waits_and_gives_up() {
        let circuit = CircuitId { span: SpanId(1), slot: 1 };
        let keys = "1".parse().ok();
        let mut party = Party::caller(circuit, keys, Millis::secs(40), Speech::default(), &mut Random::new(1));
        assert_eq!(party.live(Monotonic(0)), Wish::Nothing);
        party.answered(Monotonic(1000));
        party.live(Monotonic(2000));
        assert!(matches!(party.stage, Stage::Listening { .. }));
        for _ in 0..2100 {
            party.ear.hear(&[0x2a; 8]);
        }
        assert_eq!(party.live(Monotonic(4000)), Wish::Nothing);
        assert_eq!(party.stage, Stage::Staying { until: Monotonic(44_000) });
        assert_eq!(party.live(Monotonic(44_000)), Wish::HangUp);
    }
}
