use plan::{Codec, Quality};
use rtp::{Reception, Reports, VoipMetrics};

/// Longer than this no way there and back is: a report of it is wrong.
const MOST_ROUND_TRIP: u64 = 60_000_000;

/// How a stream's packets fare, over all sources that it had.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Of sources that were replaced by another.
    earlier_received: u64,
    earlier_lost: u64,
    far: Option<(u64, u32)>,
    /// What it says that its people would say, hundredths.
    far_opinion: Option<u16>,
    /// To it and back, microseconds.
    round_trip: Option<u32>,
    /// Told at the next opportunity.
    pub(crate) due: bool,
}

impl Figures {
    /// Another source takes over.
    pub(crate) fn keep(&mut self, gone: Option<Reception>) {
        if let Some(gone) = gone {
            self.earlier_received += u64::from(gone.received());
            self.earlier_lost += gone.lost().max(0) as u64;
        }
    }

    /// What the far end says of what we send, by a clock of so many kHz. `last`: the middle of our last sender report's time, and how long
    /// ago it left.
    pub(crate) fn reported(&mut self, own_ssrc: u32, khz: u32, reports: Reports<'_>, last: (u32, u64)) {
        for block in reports.filter(|block| block.ssrc == own_ssrc) {
            self.far = Some((block.lost.max(0) as u64, block.jitter.saturating_mul(1000) / khz.max(1)));
            // RFC 3550 6.4.1: what is left of the time since then is the way there and back.
            if block.last_sr != 0 && block.last_sr == last.0 {
                let held = u64::from(block.delay_since_last_sr) * 1_000_000 / 65_536;
                self.round_trip = last.1.checked_sub(held).map(|way| way.min(MOST_ROUND_TRIP) as u32);
            }
        }
    }

    /// What the far end reckons that people hear of ours.
    pub(crate) fn told(&mut self, own_ssrc: u32, metrics: &VoipMetrics) {
        if metrics.ssrc == own_ssrc {
            self.far_opinion = metrics.mos_tenths.map(|tenths| u16::from(tenths) * 10);
        }
    }

    pub(crate) fn round_trip_millis(&self) -> u16 {
        (self.round_trip.unwrap_or(0) / 1000).min(u16::MAX.into()) as u16
    }

    /// All of it. `sent`: packets of ours; `here_millis`: what a packet's time and our buffer take of the way from mouth to ear.
    pub(crate) fn of(&self, now: Option<&Reception>, codec: Codec, sent: u64, here_millis: f64) -> Quality {
        let mut quality = Quality {
            received: self.earlier_received + now.map_or(0, |now| u64::from(now.received())),
            lost: self.earlier_lost + now.map_or(0, |now| now.lost().max(0) as u64),
            jitter_micros: now.map_or(0, |now| now.jitter_micros()),
            far_lost: self.far.map(|(lost, _)| lost),
            far_jitter_micros: self.far.map(|(_, jitter)| jitter),
            round_trip_micros: self.round_trip,
            mos_hundredths: None,
            far_mos_hundredths: None,
            srtp: None,
        };
        let burst_ratio = now.map_or(1.0, |now| now.bursts().ratio(now.share_lost()));
        let way = f64::from(self.round_trip.unwrap_or(0)) / 2000.0;
        // People hear through a buffer of twice the jitter, as telephones' are.
        let buffer = f64::from(quality.jitter_micros) / 500.0;
        rtp::judge(&mut quality, codec, burst_ratio, sent, here_millis + way + buffer);
        quality.far_mos_hundredths = self.far_opinion.or(quality.far_mos_hundredths);
        quality
    }
}
