//! LIN-11, LIN-12: what is heard on an analog line without answer supervision, and what the line makes of it for the exchange: from the octets of
//! the pair through the card's ear to the leg's words.

use analog::{AnsweredBy, Office, PortConfig, PortKind, Practice};
use chassis::{AnalogCard, AnalogKind, Timeslots, Wire};
use clock::Monotonic;
use corpus::condition::Condition;
use corpus::scene::{Course, Scene, Stage};
use corpus::{Dice, Part, Speaker};
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, LineSet, Output};
use numbering::{Cause, FarParty, PartyNumber};

const SPAN: SpanId = SpanId(3);
const TICK: usize = 5;

/// What the exchange was told of one call, and when after its last digit.
#[derive(Debug, Default)]
struct Told {
    rings: bool,
    answered: Option<u32>,
    /// As it sounded last.
    party: Option<FarParty>,
    refused: Option<Cause>,
}

/// A line of the box, and the wires at the far exchange's end of it.
struct Pair {
    cards: Cards,
    lines: LineSet,
    far: AnalogCard,
    now: Monotonic,
}

impl Pair {
    fn new() -> Pair {
        let (ours, theirs) = Wire::pair();
        let office = Office { answered_by: AnsweredBy::Sound, wait_for_dial_tone: false, ..Office::default() };
        let ports = vec![PortConfig { slot: 1, kind: PortKind::Fxo(office) }];
        let (mut cards, mut lines) = (Cards::new(TICK), LineSet::default());
        let card = AnalogCard::new(&[(1, AnalogKind::Terminal)], ours, 7, Monotonic(0));
        lines.add(SPAN, cards.add_analog(SPAN, card));
        let config = analog::Config { span: SPAN, practice: Practice::CHINA, ports };
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        let far = AnalogCard::new(&[(1, AnalogKind::Station)], theirs, 8, Monotonic(0));
        let mut pair = Pair { cards, lines, far, now: Monotonic(0) };
        (0..40).for_each(|_| drop(pair.tick(None)));
        pair
    }

    fn tick(&mut self, says: Option<&[u8]>) -> Vec<LegIndication> {
        self.now = Monotonic(self.now.0 + TICK as u64);
        let (mut spoken, mut heard) = (Timeslots::millis(TICK), Timeslots::millis(TICK));
        if let Some(says) = says {
            spoken.slot_mut(1)[..says.len()].copy_from_slice(says);
        }
        self.far.exchange(self.now, &spoken, &mut heard);
        self.cards.transmit(self.now);
        if self.cards.receive(self.now) {
            self.lines.receive(self.now);
        }
        self.lines.expire(self.now);
        let mut told = Vec::new();
        while let Some(output) = self.lines.poll() {
            if let Output::Leg { indication, .. } = output {
                told.push(indication);
            }
        }
        told
    }

    /// A call goes out; what is heard once the number is dialled is the scene.
    fn call(&mut self, scene: &Scene) -> Told {
        let called = PartyNumber::plain("62770334".parse().unwrap_or_default());
        let setup = Setup { called, complete: true, ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot: 1 });
        let setup = LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false }));
        self.lines.request(self.now, SPAN, LegId(1), setup);
        let dialled = |told: Vec<LegIndication>| told.iter().any(|said| matches!(said, LegIndication::Proceeding));
        assert!((0..2000).any(|_| dialled(self.tick(None))), "the digits are out");
        let mut told = Told::default();
        for (octets, time) in scene.octets.chunks(8 * TICK).zip((0..).step_by(TICK)) {
            for said in self.tick(Some(octets)) {
                match said {
                    LegIndication::Sounds { like } => told.party = Some(like),
                    LegIndication::Alerting { .. } => told.rings = true,
                    LegIndication::Answered { .. } => told.answered = Some(time),
                    LegIndication::Disconnecting { cause, .. } => told.refused = told.refused.or(Some(cause.cause)),
                    _ => {}
                }
            }
        }
        told
    }
}

/// Whether a call was told for what it is. An answer before there was one connects a caller to a colour ring-back; that is worse than none.
fn right(scene: &Scene, told: &Told) -> bool {
    match scene.course {
        Course::Ringback => told.rings && told.answered.is_none() && told.refused.is_none(),
        Course::ColourRingback | Course::SungColour => {
            told.party == Some(FarParty::ColourRingback) && told.answered.is_none() && told.refused.is_none()
        }
        Course::Announcement => told.answered.is_none(),
        Course::Busy => told.refused == Some(Cause::UserBusy) && told.answered.is_none(),
        Course::Congestion => told.refused == Some(Cause::SwitchingCongestion) && told.answered.is_none(),
        Course::Unobtainable => told.refused == Some(Cause::UnallocatedNumber) && told.answered.is_none(),
        Course::HumanAfterRingback
        | Course::HumanAfterColour
        | Course::HumanAfterSong
        | Course::MachineAfterSong
        | Course::HumanAfterSpokenColour
        | Course::MachineAfterRingback
        | Course::MachineAfterColour
        | Course::Fax
        | Course::Silent => {
            told.refused.is_none()
                && told.party.is_some_and(FarParty::is_answered)
                && told.answered >= scene.answered
                && told.answered.is_some()
        }
    }
}

/// Ringback and colour ring-back are no answer, a person, a machine and a facsimile machine behind them are; busy, congestion and a number that is
/// none end the call with their causes. Voices and music are those that the classifier was not made with.
#[test]
fn calls_without_supervision_are_told_for_what_they_are() {
    const CALLS: usize = 6;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("line-speech");
    let speaker = Speaker::new(&folder).expect("a synthesiser");
    let stage = Stage { speaker: &speaker, part: Part::HeldOut, condition: Condition::Line };
    let mut dice = Dice::new(2026);
    for course in Course::ALL {
        let least = match course {
            // The hardest two, as the published matrix says.
            Course::Announcement | Course::HumanAfterSpokenColour => CALLS / 2,
            Course::Silent | Course::MachineAfterColour | Course::HumanAfterColour => CALLS - 2,
            Course::SungColour | Course::HumanAfterSong | Course::MachineAfterSong => CALLS - 2,
            _ => CALLS - 1,
        };
        let mut good = 0;
        for _ in 0..CALLS {
            let scene = stage.scene(course, &mut dice).expect("a scene");
            let told = Pair::new().call(&scene);
            if right(&scene, &told) {
                good += 1;
            } else {
                println!("{}: {told:?}, answered {:?}", course.name(), scene.answered);
            }
        }
        println!("{}: {good} of {CALLS}", course.name());
        assert!(good >= least, "{}: {good} of {CALLS}", course.name());
    }
}
