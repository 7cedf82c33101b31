use crate::limits::Counters;
use pcm::{BLOCK, Speech, alaw};

/// Room for three blocks and a bit, so that places wrap around by a mask: a late tick finds its octets, a dead one does not make
/// delay pile up.
const ROOM: usize = 512;
const _: () = assert!(ROOM >= 3 * BLOCK && ROOM.is_power_of_two());

/// Ticks over which the least standing surplus is measured before it is thrown away.
const SURPLUS_TICKS: u8 = 50;

/// A surplus below this is the card's natural granularity and stays: 1 ms.
const SURPLUS_KEPT: usize = 8;

#[derive(Clone, Debug)]
struct Fifo {
    octets: [u8; ROOM],
    first: usize,
    len: usize,
}

impl Fifo {
    const fn new() -> Fifo {
        Fifo { octets: [alaw::SILENCE; ROOM], first: 0, len: 0 }
    }

    /// Appends; the oldest octets give way. Returns how many did.
    fn push(&mut self, octets: &[u8]) -> usize {
        let (beyond, octets) = octets.split_at(octets.len().saturating_sub(ROOM));
        let lost = (self.len + octets.len()).saturating_sub(ROOM);
        self.drop_first(lost);
        let place = (self.first + self.len) % ROOM;
        let (until_end, from_start) = octets.split_at(octets.len().min(ROOM - place));
        self.octets[place..place + until_end.len()].copy_from_slice(until_end);
        self.octets[..from_start.len()].copy_from_slice(from_start);
        self.len += octets.len();
        lost + beyond.len()
    }

    fn drop_first(&mut self, count: usize) {
        let count = count.min(self.len);
        self.first = (self.first + count) % ROOM;
        self.len -= count;
    }

    /// Takes what there is, up to `out`'s length; returns how many.
    fn pop(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.len);
        let (until_end, from_start) = out[..count].split_at_mut(count.min(ROOM - self.first));
        until_end.copy_from_slice(&self.octets[self.first..self.first + until_end.len()]);
        from_start.copy_from_slice(&self.octets[..from_start.len()]);
        self.drop_first(count);
        count
    }
}

/// One timeslot in use: octets from the card waiting for the tick, octets of the tick waiting for the card.
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    received: Fifo,
    transmit: Fifo,
    /// Nothing came from the card yet: an empty FIFO is no underrun.
    started: bool,
    last: u8,
    surplus: usize,
    surplus_age: u8,
}

impl Circuit {
    pub(crate) const fn new() -> Circuit {
        Circuit {
            received: Fifo::new(),
            transmit: Fifo::new(),
            started: false,
            last: alaw::SILENCE,
            surplus: ROOM,
            surplus_age: 0,
        }
    }

    pub(crate) fn received(&mut self, octets: &[u8], counters: &mut Counters) {
        self.started = true;
        counters.receive_overrun += self.received.push(octets) as u64;
    }

    pub(crate) fn transmit(&mut self, out: &mut [u8], counters: &mut Counters) {
        let count = self.transmit.pop(out);
        if count < out.len() {
            out[count..].fill(alaw::SILENCE);
            if self.started {
                counters.transmit_underrun += (out.len() - count) as u64;
            }
        }
    }

    /// What the line said in the last 20 ms. A few octets short (the card's clock and ours are not in step yet), the last one is held,
    /// which leaves just the margin that was missing.
    pub(crate) fn capture(&mut self, counters: &mut Counters) -> Speech {
        let mut said = alaw::SILENT;
        let count = self.received.pop(&mut said);
        if count == 0 {
            self.last = alaw::SILENCE;
        } else {
            self.last = said[count - 1];
        }
        said[count..].fill(self.last);
        if self.started {
            counters.receive_underrun += (BLOCK - count) as u64;
        }
        self.shed_surplus(counters);
        said
    }

    /// A standing surplus is delay: what was never needed for a second goes.
    fn shed_surplus(&mut self, counters: &mut Counters) {
        self.surplus = self.surplus.min(self.received.len);
        self.surplus_age += 1;
        if self.surplus_age < SURPLUS_TICKS {
            return;
        }
        if self.surplus > SURPLUS_KEPT {
            let count = self.surplus - SURPLUS_KEPT;
            self.received.drop_first(count);
            counters.receive_overrun += count as u64;
        }
        self.surplus = ROOM;
        self.surplus_age = 0;
    }

    pub(crate) fn deliver(&mut self, heard: &Speech, counters: &mut Counters) {
        let lost = self.transmit.push(heard) as u64;
        if self.started {
            counters.transmit_overrun += lost;
        }
    }
}
