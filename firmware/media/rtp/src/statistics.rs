use crate::bursts::Bursts;
use crate::rtcp::ReportBlock;

/// A jump larger than this is a restarted sender, not loss (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3000;
/// Packets older than this are a restarted sender, not reordering.
const MAX_MISORDER: u16 = 100;

/// What one source's packets say of the network: RFC 3550 appendices A.1, A.3 and A.8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reception {
    ssrc: u32,
    /// Timestamp units a millisecond: a multiple of 8.
    khz: u8,
    base: u16,
    highest: u16,
    /// Sequence number cycles, already shifted by 16.
    cycles: u32,
    received: u32,
    expected_prior: u32,
    received_prior: u32,
    /// The sequence number after the last one that jumped: two in a row restart the count.
    suspect: Option<u16>,
    /// Of the packet before, if it is known when that came.
    transit: Option<i32>,
    /// Interarrival jitter in 1/16 timestamp units.
    jitter: u32,
    pub reordered: u32,
    bursts: Bursts,
}

impl Reception {
    /// Begins with the first packet of `ssrc`, whose clock is 8 kHz.
    pub fn begin(ssrc: u32, sequence: u16, timestamp: u32, arrival_micros: u64) -> Reception {
        Reception::begin_at(8, ssrc, sequence, timestamp, arrival_micros)
    }

    /// The same for a clock of so many kHz.
    pub fn begin_at(khz: u8, ssrc: u32, sequence: u16, timestamp: u32, arrival_micros: u64) -> Reception {
        Reception {
            ssrc,
            khz,
            base: sequence,
            highest: sequence,
            cycles: 0,
            received: 1,
            expected_prior: 0,
            received_prior: 0,
            suspect: None,
            transit: Some(transit(khz, timestamp, arrival_micros)),
            jitter: 0,
            reordered: 0,
            bursts: Bursts::default(),
        }
    }

    #[inline]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Counts a packet. False: its number is far off; if the next one follows it, the sender has restarted.
    #[inline]
    pub fn receive(&mut self, sequence: u16, timestamp: u32, arrival_micros: u64) -> bool {
        self.receive_at(sequence, timestamp, arrival_micros, true)
    }

    /// The same of a packet of which it is known only roughly when it came, unless `exact`: jitter is measured on pairs of packets that
    /// follow one another and are both exact.
    #[inline]
    pub fn receive_at(&mut self, sequence: u16, timestamp: u32, arrival_micros: u64, exact: bool) -> bool {
        let ahead = sequence.wrapping_sub(self.highest);
        if ahead < MAX_DROPOUT {
            if sequence < self.highest {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.highest = sequence;
            if ahead > 1 {
                self.bursts.lost(u32::from(ahead) - 1);
            }
        } else if ahead <= u16::MAX - MAX_MISORDER {
            if self.suspect == Some(sequence) {
                *self = Reception::begin_at(self.khz, self.ssrc, sequence, timestamp, arrival_micros);
                return true;
            }
            self.suspect = Some(sequence.wrapping_add(1));
            return false;
        } else {
            self.reordered = self.reordered.wrapping_add(1);
        }
        self.received = self.received.wrapping_add(1);
        self.suspect = None;
        self.bursts.received();
        let before = self.transit.take();
        if exact {
            let transit = transit(self.khz, timestamp, arrival_micros);
            self.transit = Some(transit);
            if let Some(before) = before {
                // A.8's integer form; a hostile timestamp may move it, not overflow it.
                let change = transit.wrapping_sub(before).unsigned_abs().min(1 << 20);
                self.jitter = self.jitter.saturating_add(change) - ((self.jitter + 8) >> 4);
            }
        }
        true
    }

    fn extended(&self) -> u32 {
        self.cycles | self.highest as u32
    }

    fn expected(&self) -> u32 {
        self.extended().wrapping_sub(self.base as u32).wrapping_add(1)
    }

    /// How losses came together.
    pub fn bursts(&self) -> &Bursts {
        &self.bursts
    }

    /// Share of the packets that never came.
    pub fn share_lost(&self) -> f64 {
        f64::from(self.lost().max(0)) / f64::from(self.expected().max(1))
    }

    /// Packets that never came; duplicates may make it negative.
    pub fn lost(&self) -> i32 {
        self.expected().wrapping_sub(self.received) as i32
    }

    pub fn received(&self) -> u32 {
        self.received
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    pub fn jitter_micros(&self) -> u32 {
        self.jitter().saturating_mul(1000) / u32::from(self.khz.max(1))
    }

    /// The block of a report, and the start of the next interval (A.3).
    pub fn report(&mut self, last_sr: u32, delay_since_last_sr: u32) -> ReportBlock {
        let expected = self.expected();
        let expected_now = expected.wrapping_sub(self.expected_prior);
        let received_now = self.received.wrapping_sub(self.received_prior);
        self.expected_prior = expected;
        self.received_prior = self.received;
        let lost_now = (expected_now as i32).wrapping_sub(received_now as i32);
        let fraction = if expected_now == 0 || lost_now <= 0 {
            0
        } else {
            ((lost_now as u64 * 256) / expected_now as u64).min(255) as u8
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction,
            lost: self.lost().clamp(-0x80_0000, 0x7f_ffff),
            highest: self.extended(),
            jitter: self.jitter(),
            last_sr,
            delay_since_last_sr,
        }
    }
}

/// Arrival minus timestamp, in timestamp units, modulo 2^32.
#[inline]
fn transit(khz: u8, timestamp: u32, arrival_micros: u64) -> i32 {
    ((arrival_micros / 125) as u32).wrapping_mul(u32::from(khz) / 8).wrapping_sub(timestamp) as i32
}
