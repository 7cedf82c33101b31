//! A telephone on a two-wire loop.

use chassis::SILENCE;
use chassis::analog::{Line, StationEvent, TerminalEvent};
use clock::Monotonic;

/// Lifting the handset trips the ringing, and both hear each other.
#[test]
fn ringing_telephone_is_answered() {
    let mut line = Line::default();
    let mut heard = [0; 40];
    line.ring(true);
    line.exchange_station(&[1; 40], &mut heard);
    line.exchange_terminal(&[2; 40], &mut heard);
    assert_eq!(heard, [SILENCE; 40]);
    line.set_hook(Monotonic(3000), true);
    assert_eq!(line.poll_station(), Some(StationEvent::OffHook));
    line.exchange_station(&[1; 40], &mut heard);
    line.exchange_terminal(&[2; 40], &mut heard);
    assert_eq!(heard, [1; 40]);
    line.exchange_station(&[1; 40], &mut heard);
    assert_eq!(heard, [2; 40]);
    line.ring(true);
    assert_eq!(line.poll_terminal(), Some(TerminalEvent::RingBegan));
    assert_eq!(line.poll_terminal(), Some(TerminalEvent::RingEnded));
    assert_eq!(line.poll_terminal(), None);
}

/// How long the loop is open tells a dial pulse, a flash and hanging up apart.
#[test]
fn pulse_flash_and_hanging_up() {
    let mut line = Line::default();
    line.set_hook(Monotonic(0), true);
    assert_eq!(line.poll_station(), Some(StationEvent::OffHook));
    for (open, close, event) in [(1000, 1060, StationEvent::Pulse), (2000, 2300, StationEvent::Flash)] {
        line.set_hook(Monotonic(open), false);
        line.set_hook(Monotonic(close), true);
        assert_eq!(line.poll_station(), Some(event));
    }
    line.set_hook(Monotonic(3000), false);
    line.set_hook(Monotonic(3010), true);
    assert_eq!(line.poll_station(), None);
    line.set_hook(Monotonic(4000), false);
    assert_eq!(line.deadline(), Some(Monotonic(4600)));
    line.expire(Monotonic(4600));
    assert_eq!(line.poll_station(), Some(StationEvent::OnHook));
}

#[test]
fn polarity_and_battery_reach_the_terminal() {
    let mut line = Line::default();
    line.set_polarity(true);
    line.set_battery(false);
    line.ring(true);
    assert_eq!(line.poll_terminal(), Some(TerminalEvent::Polarity { reversed: true }));
    assert_eq!(line.poll_terminal(), Some(TerminalEvent::Battery { feeding: false }));
    assert_eq!(line.poll_terminal(), None);
}
