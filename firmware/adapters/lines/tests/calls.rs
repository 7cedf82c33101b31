//! Two boxes on two E1 wires: calls, speech, alarms, through cards and rings.

use chassis::{Direction, Fault, Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{Incoming, LegIndication, LegRequest, LineTest, Origin, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::{Cause, ClearCause, PartyNumber};
use pri::Side;

const SPAN: SpanId = SpanId(1);
const CIRCUIT: CircuitId = CircuitId { span: SPAN, slot: 7 };

/// One box with one span.
struct Box1 {
    cards: Cards,
    lines: LineSet,
    heard: Vec<Output>,
}

impl Box1 {
    fn new(side: Side, wire: Wire, framing: Framing) -> Box1 {
        let timeslot16 = match framing {
            Framing::Card => Timeslot16::Hdlc,
            Framing::Software => Timeslot16::Clear,
            Framing::Cas => Timeslot16::Cas,
        };
        let span = Span::new(SpanConfig { timeslot16, seed: 28 }, wire, Monotonic(0));
        let mut cards = Cards::new(5);
        let mut lines = LineSet::default();
        lines.add(SPAN, cards.add(SPAN, span, framing));
        lines.configure(Monotonic(0), SPAN, Some(pri::Config::new(SPAN, side).into()));
        Box1 { cards, lines, heard: Vec::new() }
    }

    fn pace(&mut self, now: Monotonic) {
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        self.heard.extend(std::iter::from_fn(|| self.lines.poll()));
    }

    fn legs(&mut self) -> Vec<(LegId, LegIndication)> {
        let legs = std::mem::take(&mut self.heard).into_iter();
        legs.filter_map(|output| match output {
            Output::Leg { leg, indication, .. } => Some((leg, indication)),
            Output::Span { .. } | Output::Message { .. } => None,
        })
        .collect()
    }
}

struct Town {
    office: Box1,
    house: Box1,
    now: Monotonic,
}

impl Town {
    fn new(framing: Framing) -> Town {
        let (one, other) = Wire::pair();
        let mut town = Town {
            office: Box1::new(Side::Network, one, Framing::Card),
            house: Box1::new(Side::User, other, framing),
            now: Monotonic(0),
        };
        // The first SABME meets a framer that is not aligned yet; T200 sends it again.
        town.after(3000);
        town
    }

    fn after(&mut self, millis: u64) {
        for _ in 0..millis / 5 {
            self.now.0 += 5;
            self.office.pace(self.now);
            self.house.pace(self.now);
        }
    }

    fn dial(&mut self) -> LegId {
        self.office.heard.clear();
        self.house.heard.clear();
        let number = |digits: &str| PartyNumber::plain(digits.parse().expect("digits"));
        let setup = Setup {
            called: number("4001234567"),
            complete: true,
            calling: Some(number("13812345678")),
            ..Setup::default()
        };
        let outgoing = Outgoing { setup, target: Target::Circuit(CIRCUIT), answer_at_once: false };
        self.office.lines.request(self.now, SPAN, LegId(1), LegRequest::Setup(Box::new(outgoing)));
        self.after(100);
        let arrived = self.house.legs();
        let [(leg, LegIndication::Setup(incoming))] = arrived.as_slice() else { panic!("{arrived:?}") };
        let Incoming { setup, origin, .. } = incoming.as_ref();
        assert_eq!(setup.called.digits.as_str(), "4001234567");
        assert_eq!(*origin, Origin::Circuit(CIRCUIT));
        *leg
    }

    fn answer(&mut self, leg: LegId) {
        self.house.lines.request(self.now, SPAN, leg, LegRequest::Answer { connected: None });
        self.after(100);
        assert!(self.office.legs().iter().any(|(_, what)| matches!(what, LegIndication::Answered { .. })));
    }
}

fn a_call(framing: Framing) {
    let mut town = Town::new(framing);
    let leg = town.dial();
    town.answer(leg);
    town.office.cards.spoken(CIRCUIT).fill(0x2a);
    town.after(10);
    assert_eq!(town.house.cards.heard(CIRCUIT), [0x2a; 40]);
    let cause = ClearCause::ours(Cause::NormalClearing);
    town.house.lines.request(town.now, SPAN, leg, LegRequest::Release { cause });
    town.after(200);
    assert!(matches!(town.office.legs().last(), Some((LegId(1), LegIndication::Released { .. }))));
    assert!(matches!(town.house.legs().last(), Some((_, LegIndication::Released { .. }))));
}

/// LIN-03, LIN-08: a call with both numbers over a card that does HDLC.
#[test]
fn call_over_a_card_that_does_hdlc() {
    a_call(Framing::Card);
}

/// LIN-03: and over one that gives raw octets.
#[test]
fn call_over_a_card_that_gives_raw_octets() {
    a_call(Framing::Software);
}

/// A burst of a second on the line is not worth an alarm; three seconds are, and the mended line serves again.
#[test]
fn cut_line_is_told_when_it_lasts() {
    let mut town = Town::new(Framing::Card);
    let cut = |town: &mut Town, cut| town.house.lines.inject(SPAN, Direction::Receive, Fault::Cut(cut));
    let alarms = |town: &mut Town| -> Vec<bool> {
        let heard = std::mem::take(&mut town.house.heard).into_iter();
        heard
            .filter_map(|output| match output {
                Output::Span { indication: SpanIndication::Alarms(alarms), .. } => Some(alarms.out_of_service()),
                _ => None,
            })
            .collect()
    };
    cut(&mut town, true);
    town.after(1000);
    assert!(town.house.lines.health(SPAN).is_some_and(|health| health.alarms.los));
    cut(&mut town, false);
    town.after(4000);
    assert!(alarms(&mut town).is_empty());
    cut(&mut town, true);
    town.after(3000);
    cut(&mut town, false);
    town.after(3000);
    assert_eq!(alarms(&mut town), [true, false]);
}

/// A span taken out of service by the administrator ends its calls and shows AIS to the far end.
#[test]
fn span_out_of_service_ends_its_calls() {
    let mut town = Town::new(Framing::Card);
    let leg = town.dial();
    town.answer(leg);
    town.house.lines.configure(town.now, SPAN, None);
    town.after(3000);
    let last = town.house.legs();
    assert!(matches!(last.as_slice(), [(gone, LegIndication::Released { .. })] if *gone == leg));
    assert!(town.office.lines.health(SPAN).is_some_and(|health| health.alarms.ais));
    town.house.lines.request(town.now, SPAN, LegId(9), LegRequest::AnswerNow);
    town.house.lines.configure(town.now, SPAN, Some(pri::Config::new(SPAN, Side::User).into()));
    town.after(4000);
    assert!(
        town.house.heard.iter().any(|output| matches!(output, Output::Span { indication: SpanIndication::Up, .. }))
    );
}

/// The far end loops a timeslot: a test counts each bit error of the line twice crossed, the tone comes back at its level, and neither
/// touches the timeslots beside it. A stopped test leaves the timeslot to the media engine.
#[test]
fn a_looped_timeslot_is_tested() {
    let mut town = Town::new(Framing::Card);
    let beside = CircuitId { span: SPAN, slot: 8 };
    town.office.lines.test(CIRCUIT, Some(LineTest::Loopback));
    town.house.lines.test(CIRCUIT, Some(LineTest::BitErrors));
    town.office.cards.spoken(beside).fill(0x2a);
    town.after(3000);
    let clean = town.house.lines.tested(CIRCUIT).expect("a report");
    assert_eq!((clean.in_step, clean.errors, clean.losses), (true, 0, 0));
    assert!(clean.bits > 100_000, "{clean:?}");
    assert_eq!(town.house.cards.heard(beside), [0x2a; 40]);

    town.house.lines.inject(SPAN, Direction::Receive, Fault::BitErrors(1000));
    town.after(10_000);
    let noisy = town.house.lines.tested(CIRCUIT).expect("a report");
    let rate = (noisy.errors - clean.errors) as f64 / (noisy.bits - clean.bits) as f64;
    assert!((0.0008..0.0012).contains(&rate), "one in a thousand, measured {rate}");
    town.house.lines.inject(SPAN, Direction::Receive, Fault::Mended);

    town.house.lines.test(CIRCUIT, Some(LineTest::Tone));
    town.after(2000);
    let tone = town.house.lines.tested(CIRCUIT).expect("a report");
    assert!(tone.level.is_some_and(|level| (-1010..=-990).contains(&level)), "{tone:?}");

    town.house.lines.test(CIRCUIT, None);
    town.house.cards.spoken(CIRCUIT).fill(0x55);
    town.after(100);
    assert_eq!((town.house.lines.tested(CIRCUIT), town.house.cards.heard(CIRCUIT)), (None, &[0x55; 40][..]));
}
