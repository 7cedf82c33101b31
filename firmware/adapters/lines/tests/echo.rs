//! Echo of two-wire lines over the cards, from the exchange's speech path to a far end's hybrid and back: on a telephone's port, on a line to
//! another exchange, and on an E1 that leads to a gateway. What is far is a bare card's end whose speech goes through a hybrid.

use analog::{AnsweredBy, Office, PortConfig, PortKind, Practice, Station};
use chassis::{AnalogCard, AnalogKind, Span, SpanConfig, Timeslots, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, Framing, LineSet, Output};
use numbering::PartyNumber;
use pcm::alaw;
use two_wire::{Hybrid, css, mean, near_css, silence};

const SPAN: SpanId = SpanId(3);
const TELEPHONE: u8 = 1;
const LINE: u8 = 2;
const BLOCK: usize = 40;

/// What is at the other end of the wire.
enum Far {
    Pairs(Box<AnalogCard>),
    Gateway(Box<Span>),
}

struct Town {
    cards: Cards,
    lines: LineSet,
    far: Far,
    slot: u8,
    hybrid: Hybrid,
    now: Monotonic,
    told: Vec<LegIndication>,
}

impl Town {
    fn analog(slot: u8, cancel: bool) -> Town {
        let (ours, theirs) = Wire::pair();
        let office = Office {
            number: "62770334".parse().unwrap_or_default(),
            wait_for_dial_tone: false,
            answered_by: AnsweredBy::Dialled,
            ..Office::default()
        };
        let ports = vec![
            PortConfig { slot: TELEPHONE, kind: PortKind::Fxs(Station::default()) },
            PortConfig { slot: LINE, kind: PortKind::Fxo(office) },
        ];
        let kinds = [(TELEPHONE, AnalogKind::Station), (LINE, AnalogKind::Terminal)];
        let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
        lines.add(SPAN, cards.add_analog(SPAN, AnalogCard::new(&kinds, ours, 7, Monotonic(0))));
        lines.cancel_echo(SPAN, cancel);
        let config = analog::Config { span: SPAN, practice: Practice::CHINA, ports };
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        let kinds = [(TELEPHONE, AnalogKind::Terminal), (LINE, AnalogKind::Station)];
        let far = Far::Pairs(Box::new(AnalogCard::new(&kinds, theirs, 8, Monotonic(0))));
        let mut town =
            Town { cards, lines, far, slot, hybrid: Hybrid::new(2, 10.0, 8.0), now: Monotonic(0), told: vec![] };
        town.run(&silence(3000), &[]);
        let target = Target::Circuit(CircuitId { span: SPAN, slot });
        let called = PartyNumber::plain("62770000".parse().unwrap_or_default());
        let setup = Setup { called, complete: true, ..Setup::default() };
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        town.lines.request(town.now, SPAN, LegId(1), LegRequest::Setup(Box::new(outgoing)));
        town.run(&silence(1500), &[]);
        if let (Far::Pairs(card), TELEPHONE) = (&mut town.far, slot) {
            card.set_hook(TELEPHONE, true);
        }
        // Long enough to dial on a line.
        town.run(&silence(6000), &[]);
        town
    }

    /// An E1 to a gateway, its first timeslot in a call.
    fn gateway(cancel: bool) -> Town {
        let (ours, theirs) = Wire::pair();
        let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
        let span = Span::new(SpanConfig::default(), ours, Monotonic(0));
        lines.add(SPAN, cards.add(SPAN, span, Framing::Card));
        lines.cancel_echo(SPAN, cancel);
        let far =
            Far::Gateway(Box::new(Span::new(SpanConfig { seed: 2, ..SpanConfig::default() }, theirs, Monotonic(0))));
        let mut town =
            Town { cards, lines, far, slot: 1, hybrid: Hybrid::new(5, 10.0, 30.0), now: Monotonic(0), told: vec![] };
        town.run(&silence(4000), &[]);
        town
    }

    /// The exchange's side says this while the line's own voice says that, or nothing; what the exchange hears.
    fn run(&mut self, says: &[i16], voice: &[i16]) -> Vec<i16> {
        let (circuit, mut all) = (CircuitId { span: SPAN, slot: self.slot }, Vec::new());
        let (mut spoken, mut heard) = (Timeslots::millis(5), Timeslots::millis(5));
        for (at, says) in says.chunks(BLOCK).enumerate() {
            self.now = Monotonic(self.now.0 + 5);
            self.cards.receive(self.now);
            all.extend(self.cards.heard(circuit).iter().map(|octet| alaw::decode(*octet)));
            for (octet, sample) in self.cards.spoken(circuit).iter_mut().zip(says) {
                *octet = alaw::encode(*sample);
            }
            self.cards.transmit(self.now);
            match &mut self.far {
                Far::Pairs(card) => card.receive(self.now, &mut heard),
                Far::Gateway(span) => span.receive(self.now, &mut heard),
            }
            let back = heard.slot(self.slot).to_vec();
            for (n, (octet, back)) in spoken.slot_mut(self.slot).iter_mut().zip(back).enumerate() {
                let own = voice.get(at * BLOCK + n).copied().unwrap_or(0);
                *octet = alaw::encode((self.hybrid.step(f64::from(alaw::decode(back))) + f64::from(own)) as i16);
            }
            match &mut self.far {
                Far::Pairs(card) => card.transmit(self.now, &spoken),
                Far::Gateway(span) => span.transmit(self.now, &spoken),
            }
            self.lines.receive(self.now);
            self.lines.expire(self.now);
            while let Some(output) = self.lines.poll() {
                if let Output::Leg { indication, .. } = output {
                    self.told.push(indication);
                }
            }
        }
        all
    }

    /// dB by which the exchange's own speech is lower when it comes back, after two seconds.
    fn return_loss(&mut self) -> f64 {
        let says = css(-12.0, 4000, 3);
        let back = self.run(&says, &[]);
        mean(&says[16_000..]) - mean(&back[16_000..])
    }
}

/// LIN-12: a call to a telephone with a hybrid loses its echo, and the telephone's own speech comes through, over the caller's too.
#[test]
fn a_telephones_echo_is_cancelled() {
    let mut without = Town::analog(TELEPHONE, false);
    assert!(without.told.iter().any(|told| matches!(told, LegIndication::Answered { .. })), "{:?}", without.told);
    let loss = without.return_loss();
    assert!((8.0..14.0).contains(&loss), "{loss:.1} dB: there is an echo to cancel");
    let mut with = Town::analog(TELEPHONE, true);
    let loss = with.return_loss();
    println!("telephone: {loss:.1} dB");
    assert!(loss >= 45.0, "{loss:.1} dB");
    let voice = near_css(-15.0, 4000, 9);
    let heard = with.run(&css(-12.0, 4000, 5), &voice);
    let change = mean(&heard) - mean(&voice);
    assert!(change.abs() < 1.0, "{change:.1} dB");
}

/// LIN-12: the same of a call over a line to another exchange.
#[test]
fn a_lines_echo_is_cancelled() {
    let mut without = Town::analog(LINE, false);
    assert!(without.told.iter().any(|told| matches!(told, LegIndication::Answered { .. })), "{:?}", without.told);
    let loss = without.return_loss();
    assert!((8.0..14.0).contains(&loss), "{loss:.1} dB: there is an echo to cancel");
    let loss = Town::analog(LINE, true).return_loss();
    println!("line: {loss:.1} dB");
    assert!(loss >= 45.0, "{loss:.1} dB");
}

/// An E1 that leads to a gateway with two-wire lines loses their echo where its setting says so, and is left alone where not; a change
/// of the setting needs no new signalling.
#[test]
fn a_gateways_echo_is_cancelled() {
    let mut town = Town::gateway(false);
    let loss = town.return_loss();
    assert!((8.0..14.0).contains(&loss), "{loss:.1} dB: there is an echo to cancel");
    town.lines.cancel_echo(SPAN, true);
    let loss = town.return_loss();
    println!("gateway: {loss:.1} dB");
    assert!(loss >= 45.0, "{loss:.1} dB");
    town.lines.cancel_echo(SPAN, false);
    assert!(town.return_loss() < 14.0);
}
