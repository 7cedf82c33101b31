//! LIN-12: an administrator changes one port of an analog card while others are in use: from the settings to the wires.

use analog::{Config, Office, PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::{AnalogCard, AnalogKind, Timeslots, Wire};
use clock::Monotonic;
use identity::{LegId, SpanId};
use legs::{LegIndication, SpanIndication};
use lines::{Cards, LineSet, Output};

const SPAN: SpanId = SpanId(3);

/// Two telephones' ports and one to an exchange.
struct House {
    cards: Cards,
    lines: LineSet,
    far: AnalogCard,
    now: Monotonic,
    told: Vec<(LegId, LegIndication)>,
    spans: Vec<SpanIndication>,
}

fn telephone(slot: u8, show_caller: ShowCaller) -> PortConfig {
    PortConfig { slot, kind: PortKind::Fxs(Station { show_caller, ..Station::default() }) }
}

fn line(number: &str) -> PortConfig {
    let number = number.parse().unwrap_or_default();
    PortConfig { slot: 3, kind: PortKind::Fxo(Office { number, ..Office::default() }) }
}

impl House {
    fn new(ports: Vec<PortConfig>) -> House {
        let (ours, theirs) = Wire::pair();
        let (near, far) = (AnalogKind::Station, AnalogKind::Terminal);
        let card = AnalogCard::new(&[(1, near), (2, near), (3, far)], ours, 7, Monotonic(0));
        let (mut cards, mut lines) = (Cards::new(5), LineSet::default());
        lines.add(SPAN, cards.add_analog(SPAN, card));
        let far = AnalogCard::new(&[(1, far), (2, far), (3, near)], theirs, 8, Monotonic(0));
        let mut house = House { cards, lines, far, now: Monotonic(0), told: Vec::new(), spans: Vec::new() };
        house.set(Practice::CHINA, ports);
        house.after(200);
        house
    }

    fn set(&mut self, practice: Practice, ports: Vec<PortConfig>) {
        self.lines.configure(self.now, SPAN, Some(Config { span: SPAN, practice, ports }.into()));
    }

    fn after(&mut self, millis: u64) {
        for _ in 0..millis / 5 {
            self.now = Monotonic(self.now.0 + 5);
            let (spoken, mut heard) = (Timeslots::millis(5), Timeslots::millis(5));
            self.far.exchange(self.now, &spoken, &mut heard);
            self.cards.exchange(self.now);
            self.lines.receive(self.now);
            self.lines.expire(self.now);
            while let Some(output) = self.lines.poll() {
                match output {
                    Output::Leg { leg, indication, .. } => self.told.push((leg, indication)),
                    Output::Span { indication, .. } => self.spans.push(indication),
                    Output::Message { .. } => {}
                }
            }
        }
    }

    /// Who has a port.
    fn on(&self, slot: u8) -> Option<LegId> {
        let legs = self.lines.legs(SPAN).unwrap_or_default();
        legs.into_iter().find(|(_, at)| *at == Some(slot)).map(|(leg, _)| leg)
    }

    fn lift(&mut self, slot: u8) -> LegId {
        self.far.set_hook(slot, true);
        self.after(200);
        self.on(slot).expect("the telephone was lifted")
    }

    fn released(&self, leg: LegId) -> bool {
        self.told.iter().any(|(of, said)| *of == leg && matches!(said, LegIndication::Released { .. }))
    }

    fn fell(&self) -> bool {
        self.spans.contains(&SpanIndication::Down)
    }
}

fn three() -> Vec<PortConfig> {
    vec![telephone(1, ShowCaller::Multiple), telephone(2, ShowCaller::Multiple), line("62770334")]
}

/// The calls of two telephones go on while the line's number changes, and one of their own settings; the number counts from the next call.
#[test]
fn calls_go_on_while_a_port_changes() {
    let mut house = House::new(three());
    let (one, two) = (house.lift(1), house.lift(2));
    house.set(Practice::CHINA, vec![telephone(1, ShowCaller::Dtmf), telephone(2, ShowCaller::Multiple), line("8200")]);
    house.after(500);
    assert_eq!((house.on(1), house.on(2)), (Some(one), Some(two)));
    assert!(!house.fell());
    house.far.ring(3, true);
    house.after(1000);
    house.far.ring(3, false);
    house.after(5000);
    let numbers = house.told.iter().filter_map(|(_, said)| called_by(said));
    let called: Vec<String> = numbers.filter(|number| !number.is_empty()).collect();
    assert_eq!(called, ["8200"]);
    assert!(!house.released(one) && !house.released(two));
}

/// A line that rings while its number changes is told with the number that its caller dialled.
#[test]
fn a_call_ends_by_the_settings_it_began_with() {
    let mut house = House::new(three());
    house.far.ring(3, true);
    house.after(500);
    house.set(Practice::CHINA, vec![telephone(1, ShowCaller::Multiple), telephone(2, ShowCaller::No), line("8200")]);
    house.after(500);
    house.far.ring(3, false);
    house.after(5000);
    let called: Vec<String> = house.told.iter().filter_map(|(_, said)| called_by(said)).collect();
    assert_eq!(called, ["62770334"]);
    // The caller gives up.
    house.after(12_000);
    assert_eq!(house.on(3), None);
    house.far.ring(3, true);
    house.after(1000);
    house.far.ring(3, false);
    house.after(5000);
    let called: Vec<String> = house.told.iter().filter_map(|(_, said)| called_by(said)).collect();
    assert_eq!(called, ["62770334", "8200"]);
}

/// A port is taken out of the settings: its call ends, and only its own. Put in again, it knows that its telephone is off hook.
#[test]
fn a_port_goes_and_comes_while_another_talks() {
    let mut house = House::new(three());
    let (one, two) = (house.lift(1), house.lift(2));
    house.set(Practice::CHINA, vec![telephone(1, ShowCaller::Multiple), line("62770334")]);
    house.after(100);
    assert!(house.released(two) && house.on(2).is_none());
    assert_eq!(house.on(1), Some(one));
    house.set(Practice::CHINA, three());
    house.after(300);
    let again = house.on(2);
    assert!(again.is_some() && again != Some(two), "the telephone is off hook, and wants to call");
    assert_eq!(house.on(1), Some(one));
    house.far.set_hook(1, false);
    house.far.set_hook(2, false);
    house.after(2000);
    assert_eq!(house.lines.legs(SPAN), Some(Vec::new()));
    assert!(!house.fell());
}

/// Another network's practice is for the whole card: it begins anew.
#[test]
fn another_practice_is_for_the_whole_card() {
    let mut house = House::new(three());
    let one = house.lift(1);
    house.set(Practice::EUROPE, three());
    house.after(100);
    assert!(house.released(one) && house.fell());
}

fn called_by(said: &LegIndication) -> Option<String> {
    match said {
        LegIndication::Setup(incoming) => Some(incoming.setup.called.digits.to_string()),
        _ => None,
    }
}
