//! LIN-12: what pairs and telephones do that they should not, from the wires to the exchange's words: the far ends of a telephone's port and of a
//! line's are two bare cards' ends, on which a test does as it likes. Each ends with nothing seized.

use analog::{CallerId, Office, PortConfig, PortKind, Practice, Station};
use chassis::{AnalogCard, AnalogKind, Timeslots, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, LineSet, Output};
use numbering::{Cause, ClearCause, PartyNumber};
use pcm::{BLOCK, Linear, alaw};
use std::collections::VecDeque;
use tones::{FskModem, FskSender, Sender};

const SPAN: SpanId = SpanId(3);
const TELEPHONE: u8 = 1;
const LINE: u8 = 2;

struct Pairs {
    cards: Cards,
    lines: LineSet,
    far: AnalogCard,
    now: Monotonic,
    /// What the far exchange sounds on the line.
    says: VecDeque<u8>,
    told: Vec<(LegId, LegIndication)>,
}

impl Pairs {
    fn new() -> Pairs {
        let (ours, theirs) = Wire::pair();
        let office = Office { number: "62770334".parse().unwrap_or_default(), ..Office::default() };
        let ports = vec![
            PortConfig { slot: TELEPHONE, kind: PortKind::Fxs(Station::default()) },
            PortConfig { slot: LINE, kind: PortKind::Fxo(office) },
        ];
        let kinds = [(TELEPHONE, AnalogKind::Station), (LINE, AnalogKind::Terminal)];
        let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
        lines.add(SPAN, cards.add_analog(SPAN, AnalogCard::new(&kinds, ours, 7, Monotonic(0))));
        let config = analog::Config { span: SPAN, practice: Practice::CHINA, ports };
        lines.configure(Monotonic(0), SPAN, Some(config.into()));
        let kinds = [(TELEPHONE, AnalogKind::Terminal), (LINE, AnalogKind::Station)];
        let far = AnalogCard::new(&kinds, theirs, 8, Monotonic(0));
        let mut pairs = Pairs { cards, lines, far, now: Monotonic(0), says: VecDeque::new(), told: Vec::new() };
        pairs.after(200);
        pairs
    }

    fn after(&mut self, millis: u64) {
        for _ in 0..millis / 5 {
            self.now = Monotonic(self.now.0 + 5);
            let (mut spoken, mut heard) = (Timeslots::millis(5), Timeslots::millis(5));
            for octet in spoken.slot_mut(LINE) {
                *octet = self.says.pop_front().unwrap_or(alaw::SILENCE);
            }
            self.far.exchange(self.now, &spoken, &mut heard);
            self.cards.transmit(self.now);
            if self.cards.receive(self.now) {
                self.lines.receive(self.now);
            }
            self.lines.expire(self.now);
            while let Some(output) = self.lines.poll() {
                if let Output::Leg { leg, indication, .. } = output {
                    self.told.push((leg, indication));
                }
            }
        }
    }

    fn ring(&mut self, millis: u64) {
        self.far.ring(LINE, true);
        self.after(millis);
        self.far.ring(LINE, false);
    }

    fn hook(&mut self, closed: bool, millis: u64) {
        self.far.set_hook(TELEPHONE, closed);
        self.after(millis);
    }

    /// Contacts that bounce, so many times.
    fn bounce(&mut self, times: usize, closed: u64, open: u64) {
        for _ in 0..times {
            self.hook(true, closed);
            self.hook(false, open);
        }
    }

    /// Sounds on the line though nobody has lifted it.
    fn say(&mut self, octets: Vec<u8>) {
        self.far.set_on_hook_speech(LINE, true);
        self.after(10);
        let millis = octets.len() as u64 / 8;
        self.says.extend(octets);
        self.after(millis + 50);
        self.far.set_on_hook_speech(LINE, false);
    }

    fn ask(&mut self, leg: LegId, request: LegRequest) {
        self.lines.request(self.now, SPAN, leg, request);
    }

    fn ring_telephone(&mut self) -> LegId {
        let target = Target::Circuit(CircuitId { span: SPAN, slot: TELEPHONE });
        let outgoing = Outgoing { setup: Setup::default(), target, answer_at_once: false };
        self.ask(LegId(1), LegRequest::Setup(Box::new(outgoing)));
        LegId(1)
    }

    /// The legs that began, each with who called.
    fn calls(&self) -> Vec<(LegId, Option<String>)> {
        let calling = |setup: &Setup| setup.calling.as_ref().map(|number| number.digits.to_string());
        let begun = |(leg, said): &(LegId, LegIndication)| match said {
            LegIndication::Setup(incoming) => Some((*leg, calling(&incoming.setup))),
            _ => None,
        };
        self.told.iter().filter_map(begun).collect()
    }

    fn heard(&self, wanted: impl Fn(&LegIndication) -> bool) -> usize {
        self.told.iter().filter(|(_, said)| wanted(said)).count()
    }

    fn nothing_seized(&mut self) {
        self.after(12_000);
        assert_eq!(self.lines.legs(SPAN), Some(Vec::new()), "{:?}", self.told);
    }
}

fn sounded(mut fill: impl FnMut(&mut Linear) -> bool) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut block: Linear = [0; BLOCK];
    while fill(&mut block) {
        octets.extend(alaw::encode_block(&block));
    }
    octets
}

fn keys(text: &str) -> Vec<u8> {
    let mut sender = Sender::default();
    sender.send(&text.parse().unwrap_or_default()).expect("room");
    sounded(|block| {
        !sender.is_idle() && {
            sender.fill(block);
            true
        }
    })
}

fn message(number: &str) -> Vec<u8> {
    let mut sender = FskSender::new(FskModem::BELL_202, -13.5);
    sender.send(&CallerId { number: Some(number.into()), ..CallerId::default() }.message());
    sounded(|block| {
        !sender.is_idle() && {
            sender.fill(block);
            true
        }
    })
}

fn noise(millis: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        alaw::encode(((state >> 16) as i16) / 16)
    };
    (0..millis * 8).map(|_| next()).collect()
}

/// Numbers told by keys before the first ring and between rings, and by modem: each is known at the latest with the second ring.
#[test]
fn keys_before_and_between_rings() {
    for before in [true, false] {
        let mut pairs = Pairs::new();
        if before {
            pairs.say(keys("D13900139000C"));
            pairs.ring(1000);
        } else {
            pairs.ring(1000);
            pairs.after(300);
            pairs.say(keys("D13900139000C"));
        }
        assert_eq!(pairs.calls().first().and_then(|(_, from)| from.as_deref()), Some("13900139000"), "{before}");
        pairs.nothing_seized();
    }
}

/// Noise where the message should be, and in front of one: the call comes all the same, and with the number where it could be heard.
#[test]
fn noise_on_the_pair() {
    let mut pairs = Pairs::new();
    pairs.say(noise(3000));
    assert_eq!(pairs.calls(), [], "noise is no call");
    pairs.after(6000);
    pairs.ring(1000);
    pairs.after(300);
    pairs.say(noise(3000));
    pairs.ring(1000);
    pairs.after(1000);
    assert_eq!(pairs.calls().len(), 1);
    pairs.nothing_seized();
    pairs.ring(1000);
    pairs.after(500);
    pairs.say(message("13900139000"));
    pairs.after(200);
    assert_eq!(pairs.calls()[1].1.as_deref(), Some("13900139000"), "the next call is not spoilt");
    pairs.nothing_seized();
}

/// Somebody lifts another telephone on the same line while the number is told: a call without a number, which ends at once it can.
#[test]
fn a_message_cut_short_by_an_answer_elsewhere() {
    let mut pairs = Pairs::new();
    pairs.ring(1000);
    pairs.after(500);
    let mut cut = message("13900139000");
    cut.truncate(cut.len() * 3 / 4);
    pairs.say(cut);
    pairs.after(7000);
    assert_eq!(pairs.calls().iter().map(|(_, from)| from.clone()).collect::<Vec<_>>(), [None]);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Released { .. })), 1);
    pairs.nothing_seized();
}

/// A splash of ringing when the exchange switches, and a neighbour's dial pulses: no call.
#[test]
fn ring_splashes_are_no_call() {
    let mut pairs = Pairs::new();
    for _ in 0..10 {
        pairs.ring(100);
        pairs.after(400);
    }
    assert_eq!(pairs.calls(), []);
    pairs.nothing_seized();
}

/// A polarity that flaps each 10 ms for three seconds, with nobody on the line and in a call: the call goes on, and ends when we end it.
#[test]
fn polarity_flaps() {
    let mut pairs = Pairs::new();
    let flap = |pairs: &mut Pairs| {
        for turn in 0..300 {
            pairs.far.set_polarity(LINE, turn % 2 == 0);
            pairs.after(10);
        }
        pairs.far.set_polarity(LINE, false);
    };
    flap(&mut pairs);
    pairs.ring(1000);
    pairs.after(6000);
    let (leg, _) = pairs.calls()[0];
    pairs.told.clear();
    pairs.ring(1000);
    pairs.after(1000);
    let leg = pairs.calls().first().map_or(leg, |(leg, _)| *leg);
    pairs.ask(leg, LegRequest::Answer { connected: None });
    pairs.after(200);
    flap(&mut pairs);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Disconnecting { .. })), 0);
    pairs.ask(leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    pairs.nothing_seized();
}

/// Contacts chatter: on a telephone that hangs and that rings it is no lifting; where it is lifted, and put down, it is that once.
#[test]
fn hook_chatter() {
    let mut pairs = Pairs::new();
    pairs.bounce(30, 10, 15);
    pairs.after(1000);
    assert_eq!(pairs.told, [], "nobody lifted it");
    let leg = pairs.ring_telephone();
    pairs.after(300);
    pairs.bounce(30, 10, 15);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Answered { .. })), 0);
    pairs.ask(leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    pairs.after(1000);
    pairs.told.clear();
    pairs.bounce(4, 10, 5);
    pairs.hook(true, 1000);
    assert_eq!(pairs.calls().len(), 1);
    pairs.bounce(4, 10, 20);
    pairs.hook(false, 1000);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Released { .. })), 1);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Digits { .. })), 0);
    pairs.nothing_seized();
}

/// Rotary dials from 8 to 12 pulses a second, with breaks of 60 to 67 of a hundred parts: each digit as it was dialled.
#[test]
fn dials_at_their_limits() {
    for (open, closed) in [(85, 40), (75, 50), (65, 35), (60, 40), (55, 30), (50, 35)] {
        let mut pairs = Pairs::new();
        pairs.hook(true, 500);
        let (leg, _) = pairs.calls()[0];
        pairs.ask(leg, LegRequest::MoreDigits);
        for digit in [8, 10, 1] {
            for _ in 0..digit {
                pairs.hook(false, open);
                pairs.hook(true, closed);
            }
            pairs.after(800);
        }
        let dialled: String = pairs.told.iter().filter_map(|(_, said)| digits_of(said)).collect();
        assert_eq!(dialled, "801", "open {open} ms, closed {closed} ms");
        pairs.hook(false, 1000);
        pairs.nothing_seized();
    }
}

fn digits_of(said: &LegIndication) -> Option<String> {
    if let LegIndication::Digits { digits, .. } = said { Some(digits.to_string()) } else { None }
}

/// Two flashes, one upon the other: held, and taken back.
#[test]
fn a_double_flash() {
    let mut pairs = Pairs::new();
    pairs.ring_telephone();
    pairs.after(300);
    pairs.hook(true, 500);
    for _ in 0..2 {
        pairs.hook(false, 200);
        pairs.hook(true, 150);
    }
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Held)), 1);
    assert_eq!(pairs.heard(|said| matches!(said, LegIndication::Retrieved)), 1);
    pairs.hook(false, 1000);
    pairs.nothing_seized();
}

/// A ring without a number, and the caller gives up: one call, to the line's own number.
#[test]
fn a_plain_ring_is_one_call_of_its_line() {
    let mut pairs = Pairs::new();
    pairs.ring(1000);
    pairs.after(6000);
    let called = |said: &LegIndication| match said {
        LegIndication::Setup(incoming) => incoming.setup.called == PartyNumber::plain("62770334".parse().unwrap()),
        _ => false,
    };
    assert_eq!(pairs.heard(called), 1);
    pairs.nothing_seized();
}
