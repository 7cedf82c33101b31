use plan::Quality;
use rtp::{Reception, Reports};

/// How a stream's packets fare, over all sources that it had.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Of sources that were replaced by another.
    earlier_received: u64,
    earlier_lost: u64,
    far: Option<(u64, u32)>,
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

    /// What the far end says of what we send, by a clock of so many kHz.
    pub(crate) fn reported(&mut self, own_ssrc: u32, khz: u32, reports: Reports<'_>) {
        for block in reports.filter(|block| block.ssrc == own_ssrc) {
            self.far = Some((block.lost.max(0) as u64, block.jitter.saturating_mul(1000) / khz.max(1)));
        }
    }

    pub(crate) fn of(&self, now: Option<&Reception>) -> Quality {
        Quality {
            received: self.earlier_received + now.map_or(0, |now| u64::from(now.received())),
            lost: self.earlier_lost + now.map_or(0, |now| now.lost().max(0) as u64),
            jitter_micros: now.map_or(0, |now| now.jitter_micros()),
            far_lost: self.far.map(|(lost, _)| lost),
            far_jitter_micros: self.far.map(|(_, jitter)| jitter),
        }
    }
}
