//! LIN-03, LIN-04: ISDN over bad lines, primary rate and basic access, through cards, HDLC and rings: calls end cleanly or survive, and nothing stays
//! seized.

use chassis::{Direction, Fault, Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, Framing, LineSet, Output, Signalling};
use numbering::{Cause, ClearCause, PartyNumber};

const SPAN: SpanId = SpanId(1);

struct End {
    cards: Cards,
    lines: LineSet,
    heard: Vec<(LegId, LegIndication)>,
}

impl End {
    fn new(signalling: Signalling, wire: Wire, seed: u64) -> End {
        let span = Span::new(SpanConfig { timeslot16: Timeslot16::Hdlc, seed }, wire, Monotonic(0));
        let mut cards = Cards::new(5);
        let mut lines = LineSet::default();
        lines.add(SPAN, cards.add(SPAN, span, Framing::Card));
        lines.configure(Monotonic(0), SPAN, Some(signalling));
        End { cards, lines, heard: Vec::new() }
    }

    fn pace(&mut self, now: Monotonic) {
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            if let Output::Leg { leg, indication, .. } = output {
                match &indication {
                    LegIndication::Setup(_) => self.request(now, leg, LegRequest::Answer { connected: None }),
                    LegIndication::Disconnecting { cause, .. } => {
                        self.request(now, leg, LegRequest::Release { cause: *cause });
                    }
                    _ => {}
                }
                self.heard.push((leg, indication));
            }
        }
    }

    fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        self.lines.request(now, SPAN, leg, request);
    }

    fn up(&self) -> usize {
        self.lines.legs(SPAN).map_or(0, |legs| legs.len())
    }
}

/// End 0 is the network. Who is called answers.
struct Town {
    name: &'static str,
    ends: [End; 2],
    now: Monotonic,
    ids: LegIds,
}

const KINDS: [&str; 3] = ["primary rate", "point to point", "bus"];

fn signalling(kind: &str, end: usize) -> Signalling {
    let side = [q931::Side::Network, q931::Side::User][end];
    match kind {
        "primary rate" => pri::Config::new(SPAN, side).into(),
        "point to point" => bri::Config::new(SPAN, side, bri::Mode::PointToPoint).into(),
        _ => bri::Config::new(SPAN, side, bri::Mode::PointToMultipoint).into(),
    }
}

impl Town {
    fn new(kind: &'static str, seed: u64) -> Town {
        let (one, other) = Wire::pair();
        let end = |n, wire| End::new(signalling(kind, n), wire, seed * 2 + n as u64);
        let mut town = Town {
            name: kind,
            ends: [end(0, one), end(1, other)],
            now: Monotonic(0),
            ids: LegIds::of(LegIds::EXCHANGE),
        };
        town.after(6000);
        town
    }

    fn after(&mut self, millis: u64) {
        for _ in 0..millis / 5 {
            self.now.0 += 5;
            self.ends.iter_mut().for_each(|end| end.pace(self.now));
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.ends.iter_mut().for_each(|end| end.lines.inject(SPAN, Direction::Receive, fault));
    }

    fn dial(&mut self, from: usize, slot: u8) -> LegId {
        let leg = self.ids.allocate();
        let called = PartyNumber::plain("26660001".parse().expect("digits"));
        let setup = Setup { called, complete: true, ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot });
        let now = self.now;
        self.ends[from].request(
            now,
            leg,
            LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })),
        );
        leg
    }

    fn hang_up(&mut self, end: usize, leg: LegId) {
        let cause = ClearCause::ours(Cause::NormalClearing);
        let now = self.now;
        self.ends[end].request(now, leg, LegRequest::Release { cause });
    }

    fn answered(&self, end: usize, leg: LegId) -> bool {
        let heard = &self.ends[end].heard;
        heard.iter().any(|(of, what)| *of == leg && matches!(what, LegIndication::Answered { .. }))
    }

    fn up(&self) -> [usize; 2] {
        [self.ends[0].up(), self.ends[1].up()]
    }

    /// Both ends are idle, and calls go through either way.
    fn serves_again(&mut self) {
        assert_eq!(self.up(), [0, 0], "{}: {:?}", self.name, self.ends[0].lines.legs(SPAN));
        for from in 0..2 {
            let caller = self.dial(from, 1 + from as u8);
            self.after(500);
            assert!(self.answered(from, caller), "{} from {from}", self.name);
            self.hang_up(from, caller);
            self.after(500);
        }
        assert_eq!(self.up(), [0, 0], "{}", self.name);
    }
}

/// A bit in a thousand of timeslot 16 is wrong, one frame in five or so: the data link repeats them, and most calls come through; what does not
/// ends at both ends.
#[test]
fn bit_errors_on_timeslot_16() {
    for kind in KINDS {
        let mut answered = 0;
        for seed in 1..4 {
            let mut town = Town::new(kind, seed);
            town.fault(Fault::SignallingErrors(1000));
            for n in 0..20 {
                let from = n % 2;
                let caller = town.dial(from, 1 + (n / 2 % 2) as u8);
                town.after(6000);
                answered += usize::from(town.answered(from, caller));
                town.hang_up(from, caller);
                town.after(3000);
            }
            town.fault(Fault::Mended);
            town.after(60_000);
            town.serves_again();
        }
        println!("{kind}: {answered} of 60 answered");
        assert!(answered >= 50, "{kind}: {answered} of 60 answered");
    }
}

/// Three seconds without a signal in mid-call: ISDN keeps its calls (T309 runs longer), and they end by their parties.
#[test]
fn three_seconds_of_los_in_mid_call() {
    for kind in KINDS {
        for deaf in [0, 1] {
            let mut town = Town::new(kind, 28);
            let caller = town.dial(0, 2);
            town.after(1000);
            assert!(town.answered(0, caller), "{kind}");
            town.ends[deaf].lines.inject(SPAN, Direction::Receive, Fault::Cut(true));
            town.after(3000);
            town.ends[deaf].lines.inject(SPAN, Direction::Receive, Fault::Cut(false));
            town.after(10_000);
            assert_eq!(town.up(), [1, 1], "{kind}, end {deaf} deaf: {:?}", town.ends[0].heard);
            town.hang_up(1 - deaf, town.ends[1 - deaf].lines.legs(SPAN).expect("signalling")[0].0);
            town.after(3000);
            town.serves_again();
        }
    }
}

/// Ten slips a second spoil a frame each when one is under way: no call suffers.
#[test]
fn slips_ten_times_a_second() {
    for kind in KINDS {
        for every in [797, -803] {
            let mut town = Town::new(kind, 28);
            town.fault(Fault::Drift(every));
            for n in 0..20 {
                let from = n % 2;
                let caller = town.dial(from, 1 + (n / 2 % 2) as u8);
                // A broadcast SETUP is repeated by T303, not by the data link.
                town.after(6000);
                assert!(town.answered(from, caller), "{kind}, call {n}");
                town.hang_up(from, caller);
                town.after(3000);
            }
            town.serves_again();
        }
    }
}

/// Both ends take the same channel at once: the network's call has it, the other is moved or refused, and nothing stays seized (5.7).
#[test]
fn both_ends_seize_at_once() {
    for kind in KINDS {
        for apart in [0, 5, 10, 20, 40] {
            let mut town = Town::new(kind, 28);
            let theirs = town.dial(0, 1);
            town.after(apart);
            let ours = town.dial(1, 1);
            town.after(8000);
            assert!(town.answered(0, theirs), "{kind}, {apart} ms apart");
            for (end, leg) in [(0, theirs), (1, ours)] {
                town.hang_up(end, leg);
            }
            town.after(8000);
            town.serves_again();
        }
    }
}
