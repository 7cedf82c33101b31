//! Telephone events, RFC 4733.

/// Octets of an event payload (section 2.3).
pub const EVENT_PAYLOAD: usize = 4;

/// Volume sent: -10 dBm0.
const VOLUME: u8 = 10;
/// The end is sent three times (section 2.5.1.4).
const ENDS: u8 = 3;
const QUEUE: usize = 64;
/// Milliseconds.
const ON: u32 = 100;
const OFF: u32 = 60;

/// Units in a millisecond of the clocks of a session with events: its timestamps', and that in which events tell how long they last.
///
/// They are one clock (RFC 4733 2.1); but there are telephones that offer events of 8 kHz alone beside Opus, whose clock is 48 kHz.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventClock {
    pub timestamp_khz: u8,
    pub duration_khz: u8,
}

impl Default for EventClock {
    fn default() -> EventClock {
        EventClock { timestamp_khz: 8, duration_khz: 8 }
    }
}

/// A key that began to be heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    pub code: u8,
    /// How long it has lasted so far.
    pub millis: u32,
}

/// Takes the packets of events, reports each event once.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventReceiver {
    clock: EventClock,
    /// Timestamp of the event reported last: all packets of an event carry the same (section 2.2).
    last: Option<u32>,
}

impl EventReceiver {
    pub fn at(clock: EventClock) -> EventReceiver {
        EventReceiver { clock, last: None }
    }

    /// Another source, by the same clocks.
    pub fn restart(&mut self) {
        self.last = None;
    }

    /// The event, if this is its first packet that came. `None` too for repetitions, late packets of an earlier event, and rubbish.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8]) -> Option<Event> {
        let [code, _flags_volume, high, low] = *payload.first_chunk::<EVENT_PAYLOAD>()?;
        if let Some(last) = self.last {
            let ahead = timestamp.wrapping_sub(last) as i32;
            // A jump back of more than a second is a sender that restarted its clock.
            if (-1000 * i32::from(self.clock.timestamp_khz)..=0).contains(&ahead) {
                return None;
            }
        }
        self.last = Some(timestamp);
        Some(Event { code, millis: u16::from_be_bytes([high, low]) as u32 / u32::from(self.clock.duration_khz.max(1)) })
    }
}

/// The queue of events to send is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventQueueFull;

/// What goes into the packet that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventPacket {
    /// Only on the first packet of an event.
    pub marker: bool,
    /// When the event began.
    pub timestamp: u32,
    pub payload: [u8; EVENT_PAYLOAD],
}

#[derive(Clone, Copy, Debug)]
enum Sending {
    Nothing,
    Event { code: u8, began: u32, started: bool },
    Ending { code: u8, began: u32, duration: u16, left: u8 },
    Pause { until: u32 },
}

/// Sends events, one after another, in place of audio.
#[derive(Clone, Debug)]
pub struct EventSender {
    clock: EventClock,
    queue: [u8; QUEUE],
    first: usize,
    waiting: usize,
    sending: Sending,
}

impl Default for EventSender {
    fn default() -> Self {
        EventSender { clock: EventClock::default(), queue: [0; QUEUE], first: 0, waiting: 0, sending: Sending::Nothing }
    }
}

impl EventSender {
    /// Events of a session with these clocks. What waits is sent by them; what is being sent begins anew.
    pub fn set_clock(&mut self, clock: EventClock) {
        if self.clock != clock {
            self.clock = clock;
            self.sending = Sending::Nothing;
        }
    }

    pub fn send(&mut self, code: u8) -> Result<(), EventQueueFull> {
        if self.waiting == QUEUE {
            return Err(EventQueueFull);
        }
        self.queue[(self.first + self.waiting) % QUEUE] = code;
        self.waiting += 1;
        Ok(())
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.sending, Sending::Nothing) && self.waiting == 0
    }

    /// What the packet due at `timestamp` carries: an event, or `None` for audio. Called once a packet time; `timestamp` is the first
    /// sample of the packet that is due, `step` how many samples it covers.
    pub fn due(&mut self, timestamp: u32, step: u32) -> Option<EventPacket> {
        if let Sending::Pause { until } = self.sending
            && timestamp.wrapping_sub(until) as i32 >= 0
        {
            self.sending = Sending::Nothing;
        }
        if let Sending::Nothing = self.sending
            && self.waiting > 0
        {
            let code = self.queue[self.first];
            self.first = (self.first + 1) % QUEUE;
            self.waiting -= 1;
            self.sending = Sending::Event { code, began: timestamp, started: false };
        }
        match self.sending {
            Sending::Nothing | Sending::Pause { .. } => None,
            Sending::Event { code, began, started } => {
                let lasted = timestamp.wrapping_sub(began).wrapping_add(step);
                let EventClock { timestamp_khz, duration_khz } = self.clock;
                let ends = lasted >= ON * u32::from(timestamp_khz);
                let duration = lasted.saturating_mul(duration_khz.into()) / u32::from(timestamp_khz.max(1));
                let duration = duration.min(u16::MAX as u32) as u16;
                self.sending = if ends {
                    Sending::Ending { code, began, duration, left: ENDS - 1 }
                } else {
                    Sending::Event { code, began, started: true }
                };
                Some(packet(code, began, duration, ends, !started))
            }
            Sending::Ending { code, began, duration, left } => {
                self.sending = if left > 1 {
                    Sending::Ending { code, began, duration, left: left - 1 }
                } else {
                    Sending::Pause { until: timestamp.wrapping_add(step + OFF * u32::from(self.clock.timestamp_khz)) }
                };
                Some(packet(code, began, duration, true, false))
            }
        }
    }
}

fn packet(code: u8, began: u32, duration: u16, end: bool, marker: bool) -> EventPacket {
    let [high, low] = duration.to_be_bytes();
    EventPacket { marker, timestamp: began, payload: [code, (end as u8) << 7 | VOLUME, high, low] }
}
