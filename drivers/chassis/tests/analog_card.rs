//! LIN-12: analog cards at the two ends of a wire.

use chassis::analog::{StationEvent, TerminalEvent};
use chassis::{AnalogCard, AnalogEvent, AnalogKind, Direction, Fault, PairFault, SILENCE, Timeslots, Wire};
use clock::Monotonic;

struct Pair {
    station: AnalogCard,
    terminal: AnalogCard,
    now: u64,
    /// What either end says on slot 2, and heard last.
    spoken: (u8, u8),
    heard: (u8, u8),
}

impl Pair {
    fn new() -> Pair {
        let (one, other) = Wire::pair();
        let station = AnalogCard::new(&[(2, AnalogKind::Station)], one, 1, Monotonic(0));
        let terminal = AnalogCard::new(&[(2, AnalogKind::Terminal)], other, 2, Monotonic(0));
        let mut pair = Pair { station, terminal, now: 0, spoken: (0x2a, 0x1b), heard: (0, 0) };
        pair.after(20);
        pair
    }

    fn after(&mut self, millis: u64) {
        let (mut speech, mut heard) = (Timeslots::millis(5), Timeslots::millis(5));
        for _ in 0..millis / 5 {
            self.now += 5;
            speech.slot_mut(2).fill(self.spoken.0);
            self.station.transmit(Monotonic(self.now), &speech);
            speech.slot_mut(2).fill(self.spoken.1);
            self.terminal.transmit(Monotonic(self.now), &speech);
            self.station.receive(Monotonic(self.now), &mut heard);
            self.heard.0 = heard.slot(2)[39];
            self.terminal.receive(Monotonic(self.now), &mut heard);
            self.heard.1 = heard.slot(2)[39];
        }
    }

    fn at_station(&mut self) -> Vec<StationEvent> {
        std::iter::from_fn(|| self.station.poll())
            .filter_map(|event| match event {
                AnalogEvent::Station { slot: 2, event } => Some(event),
                _ => None,
            })
            .collect()
    }

    fn at_terminal(&mut self) -> Vec<TerminalEvent> {
        std::iter::from_fn(|| self.terminal.poll())
            .filter_map(|event| match event {
                AnalogEvent::Terminal { slot: 2, event } => Some(event),
                _ => None,
            })
            .collect()
    }

    fn hook(&mut self, closed: bool, millis: u64) {
        self.terminal.set_hook(2, closed);
        self.after(millis);
    }
}

/// LIN-12: ringing, the message window while on hook, ring trip, speech both ways, hanging up.
#[test]
fn a_call_to_a_telephone() {
    let mut pair = Pair::new();
    assert_eq!(pair.at_terminal(), []);
    assert_eq!(pair.heard, (SILENCE, SILENCE), "nothing passes an open loop");
    pair.station.ring(2, true);
    pair.after(1000);
    assert!(pair.terminal.measure(2).unwrap().ringing);
    pair.station.ring(2, false);
    pair.station.set_on_hook_speech(2, true);
    pair.after(100);
    assert_eq!(pair.at_terminal(), [TerminalEvent::RingBegan, TerminalEvent::RingEnded]);
    assert_eq!(pair.heard, (SILENCE, 0x2a), "the caller-ID window is one way");
    pair.station.set_on_hook_speech(2, false);
    pair.station.ring(2, true);
    pair.after(100);
    pair.hook(true, 50);
    assert_eq!(pair.at_terminal(), [TerminalEvent::RingBegan, TerminalEvent::RingEnded], "the ring is tripped");
    assert_eq!(pair.at_station(), [StationEvent::OffHook]);
    pair.station.ring(2, false);
    pair.after(50);
    assert_eq!(pair.heard, (0x1b, 0x2a));
    assert_eq!(pair.terminal.measure(2).unwrap().milliamperes, 30);
    pair.hook(false, 700);
    assert_eq!(pair.at_station(), [StationEvent::OnHook]);
    assert_eq!(pair.heard, (SILENCE, SILENCE));
}

/// LIN-12: openings of the loop by their length: bounce, dial pulse, flash, on hook.
#[test]
fn openings_of_the_loop() {
    let mut pair = Pair::new();
    pair.hook(true, 50);
    for millis in [20, 60, 300] {
        pair.hook(false, millis);
        pair.hook(true, 100);
    }
    assert_eq!(pair.at_station(), [StationEvent::OffHook, StationEvent::Pulse, StationEvent::Flash]);
}

/// LIN-12: answer and release by polarity and by the feed.
#[test]
fn supervision_by_the_feed() {
    let mut pair = Pair::new();
    pair.hook(true, 50);
    pair.station.set_polarity(2, true);
    pair.after(50);
    assert_eq!(pair.terminal.measure(2).unwrap().volts, -9);
    pair.station.set_battery(2, false);
    pair.after(500);
    pair.station.set_battery(2, true);
    pair.after(50);
    assert_eq!(
        pair.at_terminal(),
        [
            TerminalEvent::Polarity { reversed: true },
            TerminalEvent::Battery { feeding: false },
            TerminalEvent::Battery { feeding: true }
        ]
    );
}

/// LIN-12: faults of a pair and of the whole wire show as what they are on a real line, and bit errors are no events.
#[test]
fn faults() {
    let mut pair = Pair::new();
    pair.terminal.inject_pair(2, PairFault::StuckRing(true));
    pair.after(50);
    pair.terminal.inject_pair(2, PairFault::StuckRing(false));
    pair.after(50);
    assert_eq!(pair.at_terminal(), [TerminalEvent::RingBegan, TerminalEvent::RingEnded]);
    pair.station.inject_pair(2, PairFault::Short(true));
    pair.after(50);
    assert_eq!(pair.at_station(), [StationEvent::OffHook], "water in the cable");
    pair.station.inject_pair(2, PairFault::Short(false));
    pair.after(700);
    assert_eq!(pair.at_station(), [StationEvent::OnHook]);
    pair.terminal.inject(Direction::Receive, Fault::Cut(true));
    pair.after(200);
    assert_eq!(pair.at_terminal(), [TerminalEvent::Battery { feeding: false }]);
    pair.terminal.inject(Direction::Receive, Fault::Mended);
    pair.after(50);
    assert_eq!(pair.at_terminal(), [TerminalEvent::Battery { feeding: true }]);
    pair.terminal.inject(Direction::Receive, Fault::BitErrors(1000));
    pair.station.inject(Direction::Receive, Fault::BitErrors(1000));
    pair.after(5000);
    assert_eq!((pair.at_terminal(), pair.at_station()), (vec![], vec![]));
}
