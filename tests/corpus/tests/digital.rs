//! LIN-11, LIN-12: E1 lines whose network does not pass the answer on: R2 and PRI, from the octets of a timeslot to the leg's words.

use chassis::{Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use corpus::condition::Condition;
use corpus::scene::{Course, Scene, Stage};
use corpus::{Dice, Part, Speaker};
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, Framing, LineSet, Output, Signalling};
use numbering::{Cause, FarParty, PartyNumber};

const SPAN: SpanId = SpanId(1);
const CIRCUIT: CircuitId = CircuitId { span: SPAN, slot: 7 };
const TICK: usize = 5;
const OURS: LegId = LegId(1);

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    R2,
    Pri,
}

/// One end of the E1.
struct End {
    cards: Cards,
    lines: LineSet,
}

impl End {
    fn new(kind: Kind, network: bool, wire: Wire) -> End {
        let (timeslot16, framing, signalling): (_, _, Signalling) = match kind {
            Kind::R2 => (Timeslot16::Cas, Framing::Cas, r2::Config::new(SPAN, r2::Variant::CHINA).into()),
            Kind::Pri => {
                let side = if network { pri::Side::Network } else { pri::Side::User };
                (Timeslot16::Hdlc, Framing::Card, pri::Config::new(SPAN, side).into())
            }
        };
        let span = Span::new(SpanConfig { timeslot16, seed: 28 }, wire, Monotonic(0));
        let (mut cards, mut lines) = (Cards::new(TICK), LineSet::default());
        lines.add(SPAN, cards.add(SPAN, span, framing));
        lines.answer_by_sound(SPAN, !network);
        lines.configure(Monotonic(0), SPAN, Some(signalling));
        End { cards, lines }
    }

    fn pace(&mut self, now: Monotonic) -> Vec<(LegId, LegIndication)> {
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        let mut told = Vec::new();
        while let Some(output) = self.lines.poll() {
            if let Output::Leg { leg, indication, .. } = output {
                told.push((leg, indication));
            }
        }
        told
    }
}

/// The box, and a network that rings the called party and never says that he answered.
struct Line {
    ours: End,
    theirs: End,
    now: Monotonic,
    called: Option<LegId>,
}

impl Line {
    fn new(kind: Kind) -> Line {
        let (one, other) = Wire::pair();
        let ends = (End::new(kind, false, one), End::new(kind, true, other));
        let mut line = Line { ours: ends.0, theirs: ends.1, now: Monotonic(0), called: None };
        (0..800).for_each(|_| drop(line.tick(None)));
        line
    }

    fn tick(&mut self, says: Option<&[u8]>) -> Vec<LegIndication> {
        self.now.0 += TICK as u64;
        let spoken = self.theirs.cards.spoken(CIRCUIT);
        spoken.fill(chassis::SILENCE);
        if let Some(says) = says {
            spoken[..says.len()].copy_from_slice(says);
        }
        for (leg, said) in self.theirs.pace(self.now) {
            if matches!(said, LegIndication::Setup(_)) {
                self.called = Some(leg);
                self.theirs.lines.request(self.now, SPAN, leg, LegRequest::Alerting { inband: true });
            }
        }
        self.ours.pace(self.now).into_iter().filter(|(leg, _)| *leg == OURS).map(|(_, said)| said).collect()
    }

    fn dial(&mut self) {
        let called = PartyNumber::plain("6277".parse().expect("digits"));
        let setup = Setup { called, complete: true, ..Setup::default() };
        let target = Target::Circuit(CIRCUIT);
        let setup = LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false }));
        self.ours.lines.request(self.now, SPAN, OURS, setup);
        let rings = |told: Vec<LegIndication>| told.iter().any(|said| matches!(said, LegIndication::Alerting { .. }));
        assert!((0..2000).any(|_| rings(self.tick(None))), "the far end rings");
    }

    fn hear(&mut self, octets: &[u8]) -> Vec<LegIndication> {
        octets.chunks(8 * TICK).flat_map(|octets| self.tick(Some(octets))).collect()
    }
}

fn scene(course: Course, seed: u64) -> Scene {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("digital-speech");
    let speaker = Speaker::new(&folder).expect("a synthesiser");
    let stage = Stage { speaker: &speaker, part: Part::HeldOut, condition: Condition::Line };
    stage.scene(course, &mut Dice::new(seed)).expect("a scene")
}

fn answers(told: &[LegIndication]) -> usize {
    told.iter().filter(|said| matches!(said, LegIndication::Answered { .. })).count()
}

fn sounds_like(told: &[LegIndication]) -> Option<FarParty> {
    told.iter().rev().find_map(|said| match said {
        LegIndication::Sounds { like } => Some(*like),
        _ => None,
    })
}

/// LIN-11, LIN-12: who answers is heard, and told once; ringing and colour ring-back are no answer.
#[test]
fn who_answers_is_heard() {
    let cases = [
        (Course::Ringback, FarParty::Ringback),
        (Course::ColourRingback, FarParty::ColourRingback),
        (Course::HumanAfterRingback, FarParty::Person),
        (Course::HumanAfterColour, FarParty::Person),
        (Course::MachineAfterRingback, FarParty::Machine),
        (Course::Fax, FarParty::Fax),
    ];
    for kind in [Kind::R2, Kind::Pri] {
        for (course, party) in cases {
            let mut line = Line::new(kind);
            line.dial();
            let told = line.hear(&scene(course, 4).octets);
            assert_eq!(sounds_like(&told), Some(party), "{kind:?}, {}", course.name());
            assert_eq!(answers(&told), usize::from(party.is_answered()), "{kind:?}, {}", course.name());
        }
    }
}

/// LIN-11: a busy tone on the speech path ends the call with its cause.
#[test]
fn a_busy_tone_refuses() {
    for kind in [Kind::R2, Kind::Pri] {
        let mut line = Line::new(kind);
        line.dial();
        let told = line.hear(&scene(Course::Busy, 4).octets);
        let busy = |said: &LegIndication| matches!(said, LegIndication::Disconnecting { cause, .. } if cause.cause == Cause::UserBusy);
        assert_eq!(told.iter().filter(|said| busy(said)).count(), 1, "{kind:?}: {told:?}");
        assert_eq!(answers(&told), 0);
    }
}

/// A conversation lasts longer than anybody waits for an answer (Q.118: 2 to 4 minutes; T301: 3); an answer that is signalled after all is told no second
/// time; busy tone then is its end.
#[test]
fn the_conversation_goes_on() {
    for kind in [Kind::R2, Kind::Pri] {
        let mut line = Line::new(kind);
        line.dial();
        let told = line.hear(&scene(Course::HumanAfterRingback, 4).octets);
        assert_eq!(answers(&told), 1, "{kind:?}");
        let told: Vec<_> = (0..300_000 / TICK).flat_map(|_| line.tick(None)).collect();
        assert!(told.is_empty(), "{kind:?}: {told:?}");
        let called = line.called.expect("a called leg");
        line.theirs.lines.request(line.now, SPAN, called, LegRequest::Answer { connected: None });
        let told: Vec<_> = (0..200).flat_map(|_| line.tick(None)).collect();
        assert!(told.is_empty(), "{kind:?}: {told:?}");
        let told = line.hear(&scene(Course::Busy, 4).octets);
        let over = |said: &LegIndication| matches!(said, LegIndication::Disconnecting { cause, .. } if cause.cause == Cause::NormalClearing);
        assert_eq!(told.iter().filter(|said| over(said)).count(), 1, "{kind:?}: {told:?}");
    }
}
