//! Analog ports: a two-wire loop with an exchange's port at one end and a terminal's at the other.
//!
//! [`Line`] is the loop. Its FXS end ("foreign exchange station", the exchange's side) feeds current, rings and reverses
//! polarity; its FXO end (the terminal's side) closes and opens the loop. Both ends exchange audio at 8 kHz, A-law. A card's
//! port is one end; in the simulation the other end is played by a test or by a simulated telephone.
//!
//! | FXS says | FXO hears as |
//! |---|---|
//! | ring on / off | [`TerminalEvent::RingBegan`], [`TerminalEvent::RingEnded`] |
//! | polarity reversed (answer supervision) | [`TerminalEvent::Polarity`] |
//! | battery off (disconnect supervision) | [`TerminalEvent::Battery`] |
//!
//! | FXO does | FXS hears as |
//! |---|---|
//! | closes the loop | [`StationEvent::OffHook`] (ring trip if it rang) |
//! | opens it for 30 to 150 ms | [`StationEvent::Pulse`]: a dial pulse |
//! | opens it for 150 to 600 ms | [`StationEvent::Flash`] |
//! | opens it for longer | [`StationEvent::OnHook`] |
//!
//! ```
//! use chassis::analog::{Line, StationEvent, TerminalEvent};
//! use clock::Monotonic;
//! let mut line = Line::default();
//! line.ring(true);
//! assert_eq!(line.poll_terminal(), Some(TerminalEvent::RingBegan));
//! line.set_hook(Monotonic(2000), true);
//! assert_eq!(line.poll_station(), Some(StationEvent::OffHook));
//! assert_eq!(line.poll_terminal(), Some(TerminalEvent::RingEnded));
//! ```

use crate::frame::SILENCE;
use clock::{Millis, Monotonic};
use std::collections::VecDeque;

/// A loop closed for less than this is a contact that chatters.
pub(crate) const LIFTED: Millis = Millis(20);
/// An opening shorter than this is contact bounce: the shortest pulse of a dial, at 12 a second, is 45 ms.
pub(crate) const PULSE: Millis = Millis(30);
/// From here it is a hook flash; the longest pulse of a dial, at 8 a second, is 85 ms.
pub(crate) const FLASH: Millis = Millis(150);
/// From here it is on-hook.
pub(crate) const ON_HOOK: Millis = Millis(600);

/// Events waiting at most at each end.
const WAITING: usize = 64;

/// Octets of audio waiting at most each way: 60 ms.
const AUDIO: usize = 480;

/// What the exchange's end sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StationEvent {
    OffHook,
    OnHook,
    Flash,
    Pulse,
}

/// What the terminal's end sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminalEvent {
    RingBegan,
    RingEnded,
    /// `reversed` is now so.
    Polarity {
        reversed: bool,
    },
    /// Current feed is there or gone.
    Battery {
        feeding: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Loop {
    OnHook,
    OffHook,
    /// Opened a moment ago: a pulse, a flash or on-hook, as time will tell.
    Opened(Monotonic),
}

/// A two-wire loop, both ends.
#[derive(Clone, Debug)]
pub struct Line {
    state: Loop,
    ringing: bool,
    reversed: bool,
    battery: bool,
    to_station: VecDeque<StationEvent>,
    to_terminal: VecDeque<TerminalEvent>,
    spoken_by_station: VecDeque<u8>,
    spoken_by_terminal: VecDeque<u8>,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            state: Loop::OnHook,
            ringing: false,
            reversed: false,
            battery: true,
            to_station: VecDeque::new(),
            to_terminal: VecDeque::new(),
            spoken_by_station: VecDeque::new(),
            spoken_by_terminal: VecDeque::new(),
        }
    }
}

impl Line {
    /// FXS: ringing voltage on or off. The cadence is the caller's business. An off-hook telephone is not rung.
    pub fn ring(&mut self, on: bool) {
        let on = on && self.state == Loop::OnHook && self.battery;
        if self.ringing != on {
            self.ringing = on;
            self.tell_terminal(if on { TerminalEvent::RingBegan } else { TerminalEvent::RingEnded });
        }
    }

    /// FXS: polarity reversal.
    pub fn set_polarity(&mut self, reversed: bool) {
        if self.reversed != reversed {
            self.reversed = reversed;
            self.tell_terminal(TerminalEvent::Polarity { reversed });
        }
    }

    /// FXS: current feed.
    pub fn set_battery(&mut self, feeding: bool) {
        if self.battery != feeding {
            self.battery = feeding;
            self.tell_terminal(TerminalEvent::Battery { feeding });
        }
    }

    /// FXO: hook switch closes (true) or opens the loop.
    pub fn set_hook(&mut self, now: Monotonic, closed: bool) {
        self.expire(now);
        match (self.state, closed) {
            (Loop::OnHook, true) => {
                self.state = Loop::OffHook;
                self.ring_trip();
                self.tell_station(StationEvent::OffHook);
            }
            (Loop::OffHook, false) => self.state = Loop::Opened(now),
            (Loop::Opened(since), true) => {
                self.state = Loop::OffHook;
                let open = now.since(since);
                if open >= FLASH {
                    self.tell_station(StationEvent::Flash);
                } else if open >= PULSE {
                    self.tell_station(StationEvent::Pulse);
                }
            }
            (Loop::OnHook | Loop::Opened(_), false) | (Loop::OffHook, true) => {}
        }
    }

    /// Time passes: an opened loop becomes on-hook.
    pub fn expire(&mut self, now: Monotonic) {
        if let Loop::Opened(since) = self.state
            && now.since(since) >= ON_HOOK
        {
            self.state = Loop::OnHook;
            self.tell_station(StationEvent::OnHook);
        }
    }

    /// When [`Line::expire`] has something to do.
    pub fn deadline(&self) -> Option<Monotonic> {
        match self.state {
            Loop::Opened(since) => Some(since + ON_HOOK),
            Loop::OnHook | Loop::OffHook => None,
        }
    }

    pub fn is_off_hook(&self) -> bool {
        self.state == Loop::OffHook
    }

    /// FXS: says `spoken`, hears `heard`. Silence without a closed loop.
    pub fn exchange_station(&mut self, spoken: &[u8], heard: &mut [u8]) {
        let closed = self.is_off_hook();
        say(closed, &mut self.spoken_by_station, spoken);
        hear(&mut self.spoken_by_terminal, heard);
    }

    /// FXO: says `spoken`, hears `heard`.
    pub fn exchange_terminal(&mut self, spoken: &[u8], heard: &mut [u8]) {
        let closed = self.is_off_hook();
        say(closed, &mut self.spoken_by_terminal, spoken);
        hear(&mut self.spoken_by_station, heard);
    }

    pub fn poll_station(&mut self) -> Option<StationEvent> {
        self.to_station.pop_front()
    }

    pub fn poll_terminal(&mut self) -> Option<TerminalEvent> {
        self.to_terminal.pop_front()
    }

    fn ring_trip(&mut self) {
        if std::mem::take(&mut self.ringing) {
            self.tell_terminal(TerminalEvent::RingEnded);
        }
    }

    fn tell_station(&mut self, event: StationEvent) {
        if self.to_station.len() < WAITING {
            self.to_station.push_back(event);
        }
    }

    fn tell_terminal(&mut self, event: TerminalEvent) {
        if self.to_terminal.len() < WAITING {
            self.to_terminal.push_back(event);
        }
    }
}

fn say(closed: bool, wire: &mut VecDeque<u8>, spoken: &[u8]) {
    if !closed {
        return wire.clear();
    }
    wire.extend(spoken);
    let over = wire.len().saturating_sub(AUDIO);
    wire.drain(..over);
}

fn hear(wire: &mut VecDeque<u8>, heard: &mut [u8]) {
    for octet in heard {
        *octet = wire.pop_front().unwrap_or(SILENCE);
    }
}
