//! When a telephone's next packet is due: one that speaks evenly is looked at then, and the poll need not tell of it.
//!
//! ```text
//!          four packets, a period apart each
//!   Told ───────────────────────────────────> Due (at this wake or another)
//!    ^                                         │ ^ packet: due again a period later
//!    └─────────────────────────────────────────┘ └ nothing: at the next wake, up to four times
//!          nothing for four wakes
//! ```

use crate::media_thread::WAKE_MICROS;

/// Wakes that can be booked ahead: the longest packet is 60 ms.
const DAYS: usize = 16;
/// Packets a period apart until the poll is not needed.
const EVEN: u8 = 4;
/// Looks in vain until the poll is asked to tell again.
const LOOKS: u8 = 4;
/// How far from even a packet may come.
const UNEVEN_MICROS: u64 = 5_000;
/// Packets are a whole number of these long.
const STEP_MICROS: u64 = 10_000;
const LONGEST_MICROS: u64 = 60_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    /// The poll tells of its packets.
    Told,
    /// It is looked at, at this wake.
    Due { wake: u64, looks: u8 },
}

/// What is to be done about the poll after a port was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// As before.
    Same,
    /// Look at the port at this wake.
    Look { wake: u64 },
    /// The same, and the poll need not tell any more.
    LookAlone { wake: u64 },
    /// The poll is to tell again.
    Tell,
}

/// Of so many packets of an even telephone, two in a row are asked when they came: the kernel's answer costs a thirtieth of a packet's way.
const SAMPLE: u8 = 8;

/// How evenly one port's packets come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    /// Packets until the next two whose time is asked for.
    unasked: u8,
    /// Every packet's time matters.
    exact: bool,
    /// When the last packet came, microseconds.
    heard: u64,
    period: u64,
    even: u8,
    visit: Visit,
}

impl Rhythm {
    pub(crate) fn new() -> Rhythm {
        Rhythm { unasked: 0, exact: false, heard: 0, period: 20_000, even: 0, visit: Visit::Told }
    }

    /// A packet that came at `arrival` is read at `now`. True: more may wait behind it. Not if it came a packet's time after the one before,
    /// for then the next is as far behind, unless it waited so long itself.
    pub(crate) fn heard(&mut self, arrival: u64, now: u64) -> bool {
        self.unasked = if self.unasked == 0 { SAMPLE - 1 } else { self.unasked - 1 };
        let apart = arrival.saturating_sub(self.heard);
        self.heard = arrival;
        if apart.abs_diff(self.period) <= UNEVEN_MICROS {
            self.even = self.even.saturating_add(1).min(EVEN);
            return now.saturating_sub(arrival) + UNEVEN_MICROS > self.period;
        }
        self.even = self.even.saturating_sub(1);
        if self.even == 0 {
            let steps = (apart + STEP_MICROS / 2) / STEP_MICROS;
            self.period = (steps * STEP_MICROS).clamp(STEP_MICROS, LONGEST_MICROS);
        }
        true
    }

    /// The kernel should say when the next packet came: now and then, at each packet while they come unevenly, and if that is wanted.
    pub(crate) fn asks_when(&self) -> bool {
        self.exact || self.unasked < 2 || self.even < EVEN
    }

    pub(crate) fn want_exact(&mut self, exact: bool) {
        self.exact = exact;
    }

    /// The port was booked for this wake, and not read since.
    pub(crate) fn is_due(&self, wake: u64) -> bool {
        matches!(self.visit, Visit::Due { wake: booked, .. } if booked == wake)
    }

    /// The port was read at `wake`, at `now`; whether anything came.
    pub(crate) fn read(&mut self, any: bool, wake: u64, now: u64) -> Next {
        match self.visit {
            Visit::Told if self.even < EVEN => Next::Same,
            Visit::Told => {
                let next = self.next(wake, now);
                self.visit = Visit::Due { wake: next, looks: 0 };
                Next::LookAlone { wake: next }
            }
            // Read for another reason: it is booked already.
            Visit::Due { wake: booked, .. } if booked != wake => Next::Same,
            Visit::Due { .. } if any => {
                let next = self.next(wake, now);
                self.visit = Visit::Due { wake: next, looks: 0 };
                Next::Look { wake: next }
            }
            Visit::Due { looks, .. } if looks < LOOKS => {
                self.visit = Visit::Due { wake: wake + 1, looks: looks + 1 };
                Next::Look { wake: wake + 1 }
            }
            Visit::Due { .. } => {
                (self.visit, self.even) = (Visit::Told, 0);
                Next::Tell
            }
        }
    }

    /// The first wake after the next packet should be here.
    fn next(&self, wake: u64, now: u64) -> u64 {
        let wait = (self.heard + self.period).saturating_sub(now);
        wake + wait.div_ceil(WAKE_MICROS).clamp(1, DAYS as u64 - 1)
    }
}

/// The ports to look at, by wake.
#[derive(Debug)]
pub(crate) struct Calendar {
    days: [Vec<u16>; DAYS],
    pub(crate) wake: u64,
}

impl Calendar {
    pub(crate) fn new() -> Calendar {
        Calendar { days: Default::default(), wake: 0 }
    }

    /// Room for so many ports on any day: booking them allocates nothing, unless ports close and open again faster than days pass.
    pub(crate) fn make_room(&mut self, ports: usize) {
        for day in &mut self.days {
            day.reserve(ports.next_power_of_two().saturating_sub(day.len()));
        }
    }

    pub(crate) fn book(&mut self, port: u16, wake: u64) {
        self.days[wake as usize % DAYS].push(port);
    }

    /// The ports of the next wake. The memory is given back by [`Calendar::over`].
    pub(crate) fn turn(&mut self) -> Vec<u16> {
        self.wake += 1;
        std::mem::take(&mut self.days[self.wake as usize % DAYS])
    }

    pub(crate) fn over(&mut self, mut day: Vec<u16>) {
        day.clear();
        self.days[self.wake as usize % DAYS] = day;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads at each wake where the port is told of or due; returns the looks in vain and the greatest wait of a packet, in wakes.
    fn drive(arrivals: &[u64], wakes: u64) -> (u64, u64, Rhythm) {
        let mut rhythm = Rhythm::new();
        let (mut place, mut vain, mut longest) = (0, 0, 0);
        for wake in 1..=wakes {
            let now = wake * WAKE_MICROS;
            let told = rhythm.visit == Visit::Told && arrivals.get(place).is_some_and(|at| *at <= now);
            if !told && !rhythm.is_due(wake) {
                continue;
            }
            let mut any = false;
            while let Some(at) = arrivals.get(place).filter(|at| **at <= now) {
                place += 1;
                any = true;
                longest = longest.max((now - at) / WAKE_MICROS);
                if !rhythm.heard(*at, now) {
                    break;
                }
            }
            vain += u64::from(!any);
            rhythm.read(any, wake, now);
        }
        assert_eq!(place, arrivals.iter().filter(|at| **at <= wakes * WAKE_MICROS).count(), "all packets are read");
        (vain, longest, rhythm)
    }

    /// An even telephone is looked at when its packet is there: never in vain, never late.
    #[test]
    fn an_even_telephone_costs_one_look_a_packet() {
        for phase in [0, 1, 2_500, 4_999] {
            let arrivals: Vec<u64> = (1..500).map(|n| n * 20_000 + phase).collect();
            let (vain, longest, rhythm) = drive(&arrivals, 1900);
            assert!((vain, longest) == (0, 0) && rhythm.visit != Visit::Told, "{phase}: {vain} {longest} {rhythm:?}");
        }
    }

    /// Packets of 10 to 60 ms are learnt.
    #[test]
    fn other_packet_times_are_learnt() {
        for period in [10_000, 30_000, 40_000, 60_000] {
            let arrivals: Vec<u64> = (1..200).map(|n| n * period + 700).collect();
            let (vain, longest, rhythm) = drive(&arrivals, 199 * period / WAKE_MICROS);
            assert_eq!((vain, longest, rhythm.period), (0, 0, period));
        }
    }

    /// Jitter of 15 ms and a clock that drifts: every packet is read, and none waits longer than the one that was late before it.
    #[test]
    fn jitter_and_drift_are_followed() {
        let mut at = 0;
        let arrivals: Vec<u64> = (1..2000u64)
            .map(|n| {
                at = at.max(n * 20_010 + (n * 7919 % 31) * 500);
                at
            })
            .collect();
        let (_, longest, _) = drive(&arrivals, 8_500);
        assert!(longest <= 4, "{longest}");
    }

    /// A telephone that falls silent is looked at a few times, then the poll is to tell, and it tells of the next packet.
    #[test]
    fn a_silent_telephone_is_left_to_the_poll() {
        let mut arrivals: Vec<u64> = (1..50).map(|n| n * 20_000).collect();
        arrivals.extend((200..220).map(|n| n * 20_000 + 1_300));
        let (vain, longest, rhythm) = drive(&arrivals, 220 * 4);
        assert!(vain == u64::from(LOOKS) + 1 && longest == 0 && rhythm.visit != Visit::Told, "{vain} {longest}");
    }
}
