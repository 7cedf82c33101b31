//! A basic access through cards and rings: a network and a terminal on two ends of a wire.

use chassis::{Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::{Cause, ClearCause, PartyNumber};

const SPAN: SpanId = SpanId(1);
const B2: CircuitId = CircuitId { span: SPAN, slot: 2 };

struct Box1 {
    cards: Cards,
    lines: LineSet,
    heard: Vec<Output>,
}

impl Box1 {
    fn new(side: bri::Side, wire: Wire) -> Box1 {
        let span = Span::new(SpanConfig { timeslot16: Timeslot16::Hdlc, seed: 28 }, wire, Monotonic(0));
        let mut cards = Cards::new(5);
        let mut lines = LineSet::default();
        lines.add(SPAN, cards.add(SPAN, span, Framing::Card));
        let config = bri::Config::new(SPAN, side, bri::Mode::PointToMultipoint);
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
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
            _ => None,
        })
        .collect()
    }

    /// The messages that the ladder of this leg shows.
    fn messages_of(&self, leg: LegId) -> usize {
        self.heard.iter().filter(|it| matches!(it, Output::Message { leg: Some(of), .. } if *of == leg)).count()
    }
}

/// LIN-04: a terminal gets its TEI over the card, a call to the bus reaches it with its numbers, speech goes through on the second channel, the
/// call's messages are in its ladder, and afterwards neither end has a leg.
#[test]
fn a_call_to_a_terminal() {
    let (one, other) = Wire::pair();
    let (mut office, mut house) = (Box1::new(bri::Side::Network, one), Box1::new(bri::Side::User, other));
    let mut now = Monotonic(0);
    let mut after = |office: &mut Box1, house: &mut Box1, millis: u64| {
        for _ in 0..millis / 5 {
            now.0 += 5;
            office.pace(now);
            house.pace(now);
        }
        now
    };
    let now = after(&mut office, &mut house, 6000);
    assert!(house.heard.iter().any(|it| matches!(it, Output::Span { indication: SpanIndication::Up, .. })));
    office.heard.clear();
    house.heard.clear();
    let called = PartyNumber::plain("26660001".parse().expect("digits"));
    let setup = Setup { called, complete: true, ..Setup::default() };
    let outgoing = Outgoing { setup, target: Target::Circuit(B2), answer_at_once: false };
    office.lines.request(now, SPAN, LegId(1), LegRequest::Setup(Box::new(outgoing)));
    let now = after(&mut office, &mut house, 200);
    let arrived = house.legs();
    let [(leg, LegIndication::Setup(incoming))] = arrived.as_slice() else { panic!("{arrived:?}") };
    assert_eq!(incoming.setup.called.digits.as_str(), "26660001");
    house.lines.request(now, SPAN, *leg, LegRequest::Alerting { inband: false });
    house.lines.request(now, SPAN, *leg, LegRequest::Answer { connected: None });
    let now = after(&mut office, &mut house, 200);
    assert!(house.messages_of(*leg) >= 3, "ALERTING, CONNECT, CONNECT ACKNOWLEDGE");
    assert!(office.legs().iter().any(|(_, what)| matches!(what, LegIndication::Answered { .. })));
    office.cards.spoken(B2).fill(0x2a);
    after(&mut office, &mut house, 10);
    assert_eq!(house.cards.heard(B2), [0x2a; 40]);
    house.lines.request(now, SPAN, *leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    after(&mut office, &mut house, 300);
    for end in [&office, &house] {
        assert_eq!(end.lines.legs(SPAN), Some(vec![]));
    }
}
