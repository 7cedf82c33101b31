//! What a port made of its loop so far: which changes are worth an event.

use crate::analog::{FLASH, LIFTED, ON_HOOK, PULSE, StationEvent, TerminalEvent};
use clock::Monotonic;

/// The feed is to be told, changed or not.
const UNTOLD: u8 = 8;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Hook {
    loop_state: Loop,
    /// FXO: what was told of ringing (1), polarity (2) and feed (4). A line is thought to be fed until it shows that it is not.
    told: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Loop {
    Open,
    /// Closed a moment ago: lifted, or a contact that chatters.
    Closing(Monotonic),
    Closed,
    /// Opened a moment ago: a pulse, a flash or on-hook, as time will tell.
    Opened(Monotonic),
}

impl Default for Hook {
    fn default() -> Hook {
        Hook { loop_state: Loop::Open, told: 4 }
    }
}

impl Hook {
    /// As of a new pair, but its feed is told once however it is: who begins to listen may have heard of it before the first frame came.
    pub(crate) fn untold() -> Hook {
        Hook { told: UNTOLD | 4, ..Hook::default() }
    }

    /// FXS: the loop as it is now.
    pub(crate) fn set(&mut self, now: Monotonic, closed: bool, mut tell: impl FnMut(StationEvent)) {
        match (self.loop_state, closed) {
            (Loop::Open, true) => self.loop_state = Loop::Closing(now),
            (Loop::Closing(since), true) if now.since(since) >= LIFTED => {
                self.loop_state = Loop::Closed;
                tell(StationEvent::OffHook);
            }
            (Loop::Closing(_), false) => self.loop_state = Loop::Open,
            (Loop::Closed, false) => self.loop_state = Loop::Opened(now),
            (Loop::Opened(since), true) => {
                self.loop_state = Loop::Closed;
                match now.since(since) {
                    open if open >= FLASH => tell(StationEvent::Flash),
                    open if open >= PULSE => tell(StationEvent::Pulse),
                    _ => {}
                }
            }
            (Loop::Opened(since), false) if now.since(since) >= ON_HOOK => {
                self.loop_state = Loop::Open;
                tell(StationEvent::OnHook);
            }
            (Loop::Open | Loop::Opened(_), false) | (Loop::Closing(_) | Loop::Closed, true) => {}
        }
    }

    /// FXO: the station's end as it is now.
    pub(crate) fn see(&mut self, state: u8, mut tell: impl FnMut(TerminalEvent)) {
        let changed = ((self.told ^ state) & 7) | if self.told & UNTOLD != 0 { 4 } else { 0 };
        self.told = state & 7;
        if changed & 4 != 0 {
            tell(TerminalEvent::Battery { feeding: state & 4 != 0 });
        }
        if changed & 2 != 0 && state & 4 != 0 {
            tell(TerminalEvent::Polarity { reversed: state & 2 != 0 });
        }
        if changed & 1 != 0 {
            tell(if state & 1 != 0 { TerminalEvent::RingBegan } else { TerminalEvent::RingEnded });
        }
    }
}
