//! LIN-12: an analog card from the wire to the exchange's words and back: here a box whose telephones' ports (FXS) are wired to the lines
//! (FXO) of another box, so that each hears what the other really sounds.

use analog::{AnsweredBy, Office, PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::{AnalogCard, AnalogKind, Direction, Fault, PairFault, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, Target};
use lines::{Cards, LineSet, Output};
use numbering::{Cause, ClearCause, PartyNumber};
use tones::Tones;

const SPAN: SpanId = SpanId(3);

struct Side {
    cards: Cards,
    lines: LineSet,
    heard: Vec<(LegId, LegIndication)>,
    spans: Vec<SpanIndication>,
    /// What the exchange's speech path says on port 1.
    says: Option<plan::Tone>,
    position: usize,
}

struct Town {
    /// Feeds telephones.
    house: Side,
    /// Its lines are the house's telephones.
    branch: Side,
    now: Monotonic,
    tones: Tones,
}

fn side(kind: AnalogKind, ports: Vec<PortConfig>, practice: Practice, wire: Wire) -> Side {
    let slots: Vec<(u8, AnalogKind)> = ports.iter().map(|port| (port.slot, kind)).collect();
    let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
    lines.add(SPAN, cards.add_analog(SPAN, AnalogCard::new(&slots, wire, 7, Monotonic(0))));
    lines.configure(Monotonic(0), SPAN, Some(analog::Config { span: SPAN, practice, ports }.into()));
    Side { cards, lines, heard: Vec::new(), spans: Vec::new(), says: None, position: 0 }
}

fn digits(text: &str) -> numbering::Digits {
    text.parse().unwrap_or_default()
}

impl Side {
    fn tick(&mut self, now: Monotonic, tones: &Tones) {
        let circuit = CircuitId { span: SPAN, slot: 1 };
        let spoken = self.cards.spoken(circuit);
        spoken.fill(pcm::alaw::SILENCE);
        if let Some(tone) = self.says {
            let tone = tones.of(tone);
            let mut block = pcm::alaw::SILENT;
            let mut position = self.position;
            tone.fill(&mut position, &mut block);
            spoken.copy_from_slice(&block[..40]);
            self.position = (self.position + 40) % tone.turn();
        }
        self.cards.transmit(now);
    }

    fn tock(&mut self, now: Monotonic) {
        if self.cards.receive(now) {
            self.lines.receive(now);
        }
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            match output {
                Output::Leg { leg, indication, .. } => self.heard.push((leg, indication)),
                Output::Span { indication, .. } => self.spans.push(indication),
                _ => {}
            }
        }
    }

    fn call(&mut self, now: Monotonic, leg: u64, called: &str, calling: &str) -> LegId {
        let calling = (!calling.is_empty()).then(|| PartyNumber::plain(digits(calling)));
        let setup = Setup { called: PartyNumber::plain(digits(called)), complete: true, calling, ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot: 1 });
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.lines.request(now, SPAN, LegId(leg), LegRequest::Setup(Box::new(outgoing)));
        LegId(leg)
    }

    fn ask(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        self.lines.request(now, SPAN, leg, request);
    }

    fn release(&mut self, now: Monotonic, leg: LegId) {
        self.ask(now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    }

    /// The leg that came in, with the caller's number and the called one.
    fn incoming(&self) -> Option<(LegId, String, String)> {
        self.heard.iter().rev().find_map(|(leg, indication)| match indication {
            LegIndication::Setup(incoming) => {
                let calling = incoming.setup.calling.as_ref().map(|number| number.digits.to_string());
                Some((*leg, calling.unwrap_or_default(), incoming.setup.called.digits.to_string()))
            }
            _ => None,
        })
    }

    fn said(&self, leg: LegId, wanted: impl Fn(&LegIndication) -> bool) -> bool {
        self.heard.iter().any(|(of, indication)| *of == leg && wanted(indication))
    }

    fn is_answered(&self, leg: LegId) -> bool {
        self.said(leg, |indication| matches!(indication, LegIndication::Answered { .. }))
    }

    fn is_released(&self, leg: LegId) -> bool {
        self.said(leg, |indication| matches!(indication, LegIndication::Released { .. }))
    }

    /// The digits that a telephone dialled.
    fn dialled(&self, leg: LegId) -> String {
        let of_leg = self.heard.iter().filter(|(of, _)| *of == leg);
        of_leg
            .filter_map(
                |(_, said)| {
                    if let LegIndication::Digits { digits, .. } = said { Some(digits.to_string()) } else { None }
                },
            )
            .collect()
    }

    fn expect_idle(&self) {
        assert_eq!(self.lines.legs(SPAN), Some(Vec::new()));
    }
}

impl Town {
    fn new(station: Station, office: Office, practice: Practice) -> Town {
        let (one, other) = Wire::pair();
        let house =
            side(AnalogKind::Station, vec![PortConfig { slot: 1, kind: PortKind::Fxs(station) }], practice, one);
        let branch =
            side(AnalogKind::Terminal, vec![PortConfig { slot: 1, kind: PortKind::Fxo(office) }], practice, other);
        let mut town = Town { house, branch, now: Monotonic(0), tones: Tones::default() };
        town.after(200);
        town
    }

    fn after(&mut self, millis: u64) {
        for _ in 0..millis / 5 {
            self.now = Monotonic(self.now.0 + 5);
            self.house.tick(self.now, &self.tones);
            self.branch.tick(self.now, &self.tones);
            self.house.tock(self.now);
            self.branch.tock(self.now);
        }
    }

    /// A call from the house to the branch, until the branch hears who calls.
    fn ring_branch(&mut self, calling: &str) -> (LegId, LegId) {
        let out = self.house.call(self.now, 1, "8001", calling);
        self.after(9000);
        let (leg, ..) = self.branch.incoming().expect("a call came in");
        (out, leg)
    }
}

fn office() -> Office {
    Office { number: digits("62770334"), ..Office::default() }
}

fn station(show_caller: ShowCaller) -> Station {
    Station { show_caller, ..Station::default() }
}

/// LIN-07, LIN-12: the number by Bell 202 and by V.23 after the first ring, by keys before it, in every practice; and the answer, the talk's
/// end by the caller, each seen at the other end.
#[test]
fn the_caller_is_known_by_modem_and_by_keys() {
    let ways = [ShowCaller::Multiple, ShowCaller::Single, ShowCaller::Dtmf];
    for (practice, way) in Practice::ALL.into_iter().flat_map(|practice| ways.map(|way| (practice, way))) {
        let mut town = Town::new(station(way), office(), practice);
        let (out, leg) = town.ring_branch("01062770334");
        let (_, calling, called) = town.branch.incoming().expect("a call came in");
        assert_eq!((calling.as_str(), called.as_str()), ("01062770334", "62770334"), "{way:?} {}", practice.name);
        town.branch.ask(town.now, leg, LegRequest::Answer { connected: None });
        town.after(500);
        assert!(town.house.is_answered(out));
        town.branch.release(town.now, leg);
        town.after(4000);
        assert!(town.house.is_released(out) && town.branch.is_released(leg));
        town.house.expect_idle();
        town.branch.expect_idle();
    }
}

/// LIN-07: one ring, and the caller has gone: the call is told with his number, and ends.
#[test]
fn a_caller_who_rings_once_is_caught_with_his_number() {
    let mut town = Town::new(station(ShowCaller::Multiple), office(), Practice::CHINA);
    let out = town.house.call(town.now, 1, "8001", "13800138000");
    town.after(3500);
    town.house.release(town.now, out);
    town.after(500);
    let (leg, calling, _) = town.branch.incoming().expect("a call came in");
    assert_eq!(calling, "13800138000");
    town.after(7000);
    assert!(town.branch.is_released(leg));
    town.branch.expect_idle();
}

/// LIN-12: dial tone is waited for, the digits arrive, ringing tone is told, the answer by reversal, and the end by busy tone.
#[test]
fn a_call_out_over_a_line() {
    let reverse = Station { reverse_at_answer: true, ..station(ShowCaller::No) };
    let mut town = Town::new(reverse, Office { polarity_releases: false, ..office() }, Practice::CHINA);
    let out = town.branch.call(town.now, 1, "62770334", "");
    town.after(100);
    let (phone, ..) = town.house.incoming().expect("the telephone was lifted");
    town.house.ask(town.now, phone, LegRequest::MoreDigits);
    town.after(5000);
    assert_eq!(town.house.dialled(phone), "62770334");
    town.house.ask(town.now, phone, LegRequest::Proceeding);
    town.house.says = Some(plan::Tone::Ringback);
    town.after(4000);
    assert!(town.branch.said(out, |said| matches!(said, LegIndication::Alerting { inband: true })));
    town.house.says = None;
    town.house.ask(town.now, phone, LegRequest::Answer { connected: None });
    town.after(500);
    assert!(town.branch.is_answered(out));
    // The house's end hangs up: it sounds busy tone, which the branch knows for what it is.
    let reversal_ends = town.branch.is_released(out);
    assert!(!reversal_ends);
    town.house.release(town.now, phone);
    town.after(6000);
    assert!(town.branch.is_released(out));
    town.house.expect_idle();
    town.branch.expect_idle();
}

/// LIN-12: a line without any supervision: busy tone alone ends the call, within three seconds.
#[test]
fn busy_tone_ends_a_call() {
    let office = Office { polarity_releases: false, answered_by: AnsweredBy::Polarity, ..office() };
    let mut town = Town::new(station(ShowCaller::Multiple), office, Practice::CHINA);
    let (out, leg) = town.ring_branch("8002");
    town.branch.ask(town.now, leg, LegRequest::Answer { connected: None });
    town.after(1000);
    assert!(town.house.is_answered(out));
    town.house.release(town.now, out);
    town.after(3000);
    assert!(town.branch.said(leg, |said| matches!(said, LegIndication::Disconnecting { .. })));
    town.after(3000);
    town.branch.expect_idle();
    town.house.expect_idle();
}

/// LIN-12: a flash holds at the other end; the feed taken away ends the call there.
#[test]
fn flash_and_break_of_the_feed() {
    let station = Station { break_at_release: true, ..station(ShowCaller::No) };
    let office = Office { flash_to_hold: true, tones_release: false, ..office() };
    let mut town = Town::new(station, office, Practice::CHINA);
    let (out, leg) = town.ring_branch("");
    town.branch.ask(town.now, leg, LegRequest::Answer { connected: None });
    town.after(300);
    town.branch.ask(town.now, leg, LegRequest::Hold);
    town.after(800);
    assert!(town.house.said(out, |said| matches!(said, LegIndication::Held)));
    town.branch.ask(town.now, leg, LegRequest::Retrieve);
    town.after(800);
    assert!(town.house.said(out, |said| matches!(said, LegIndication::Retrieved)));
    town.house.release(town.now, out);
    town.after(1000);
    assert!(town.branch.said(leg, |said| matches!(said, LegIndication::Disconnecting { .. })));
    town.after(3000);
    town.branch.expect_idle();
}

/// LIN-12: bit errors garble the message: the call comes without a number, and comes.
#[test]
fn a_garbled_message_costs_the_number_not_the_call() {
    let mut town = Town::new(station(ShowCaller::Multiple), office(), Practice::CHINA);
    town.branch.lines.inject(SPAN, Direction::Receive, Fault::BitErrors(40_000));
    let out = town.house.call(town.now, 1, "8001", "13800138000");
    town.after(3000);
    town.branch.lines.inject(SPAN, Direction::Receive, Fault::Mended);
    town.after(4000);
    let (leg, ..) = town.branch.incoming().expect("the call came in");
    town.house.release(town.now, out);
    town.after(8000);
    assert!(town.branch.is_released(leg));
    town.branch.expect_idle();
}

/// LIN-12: ringing that never ends, a cut pair, a short circuit: told as trouble, and over when mended.
#[test]
fn faults_of_a_pair() {
    let mut town = Town::new(station(ShowCaller::No), office(), Practice::CHINA);
    let port = CircuitId { span: SPAN, slot: 1 };
    let blocked = |town: &Town, wanted| {
        town.branch.spans.iter().rev().find_map(|said| match said {
            SpanIndication::BlockedByPeer { slot: 1, blocked } => Some(*blocked),
            _ => None,
        }) == Some(wanted)
    };
    town.branch.lines.inject_pair(port, PairFault::StuckRing(true));
    town.after(14_000);
    assert!(blocked(&town, true));
    town.branch.expect_idle();
    town.branch.lines.inject_pair(port, PairFault::StuckRing(false));
    town.after(61_000);
    assert!(blocked(&town, false));
    town.branch.lines.inject_pair(port, PairFault::Open(true));
    town.after(4000);
    assert!(blocked(&town, true));
    town.branch.lines.inject_pair(port, PairFault::Open(false));
    town.after(200);
    assert!(blocked(&town, false));
    // Water in the cable at the telephone's end: the exchange hears of a telephone that dials nothing.
    town.house.lines.inject_pair(port, PairFault::Short(true));
    town.after(200);
    let (leg, ..) = town.house.incoming().expect("it looks lifted");
    town.house.release(town.now, leg);
    town.house.lines.inject_pair(port, PairFault::Short(false));
    town.after(1000);
    town.house.expect_idle();
    // And after all that it serves.
    let (out, leg) = town.ring_branch("");
    town.branch.ask(town.now, leg, LegRequest::Answer { connected: None });
    town.after(500);
    assert!(town.house.is_answered(out));
}
