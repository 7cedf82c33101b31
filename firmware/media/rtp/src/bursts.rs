/// Packets that must come in a row for a loss to be in the gap between bursts (RFC 3611 4.7.2: 16 is recommended).
pub const GMIN: u8 = 16;

/// Whether packets are lost one by one or in bursts: the counts of RFC 3611 appendix A.2, and how many losses in a row there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bursts {
    /// Packets since the last loss.
    since: u32,
    /// Losses of the burst under way.
    lost: u32,
    c11: u32,
    c13: u32,
    c14: u32,
    c22: u32,
    c23: u32,
    c33: u32,
    /// All losses, and how often some in a row.
    losses: u32,
    rows: u32,
}

/// Densities in 256ths of the packets, lengths in packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BurstFigures {
    pub burst_density: u8,
    pub gap_density: u8,
    pub burst_packets: u32,
    pub gap_packets: u32,
}

impl Bursts {
    #[inline]
    pub(crate) fn received(&mut self) {
        self.since = self.since.saturating_add(1);
    }

    /// `count` packets in a row did not come.
    pub(crate) fn lost(&mut self, count: u32) {
        self.rows = self.rows.saturating_add(1);
        self.losses = self.losses.saturating_add(count);
        for _ in 0..count {
            self.lost_one();
        }
    }

    fn lost_one(&mut self) {
        if self.since >= u32::from(GMIN) {
            let before = if self.lost == 1 { &mut self.c14 } else { &mut self.c13 };
            *before = before.saturating_add(1);
            self.c11 = self.c11.saturating_add(self.since);
            self.lost = 1;
        } else {
            self.lost = self.lost.saturating_add(1);
            if self.since == 0 {
                self.c33 = self.c33.saturating_add(1);
            } else {
                self.c23 = self.c23.saturating_add(1);
                self.c22 = self.c22.saturating_add(self.since - 1);
            }
        }
        self.since = 0;
    }

    /// How many losses a row has, against as many as rows of losses by chance would have: BurstR of ITU-T G.107, at least 1.
    pub fn ratio(&self, share_lost: f64) -> f64 {
        if self.rows == 0 {
            return 1.0;
        }
        (f64::from(self.losses) / f64::from(self.rows) * (1.0 - share_lost)).max(1.0)
    }

    /// The end of RFC 3611 appendix A.2.
    pub fn figures(&self) -> BurstFigures {
        let counts = [self.c11, self.c13, self.c14, self.c22, self.c23, self.c33].map(f64::from);
        let [c11, c13, c14, c22, c23, c33] = counts;
        let c11 = c11 + f64::from(self.since);
        let (c31, c32) = (c13, c23);
        let part = |of: f64, all: f64| if all > 0.0 { of / all } else { 0.0 };
        let p32 = part(c32, c31 + c32 + c33);
        let p23 = if c22 + c23 < 1.0 { 1.0 } else { 1.0 - c22 / (c22 + c23) };
        let gap = (c11 + c14 + c13) / c13.max(1.0);
        let burst = ((c11 + c14 + c13 + c22 + c23 + c31 + c32 + c33) / c13.max(1.0) - gap).max(0.0);
        let in_bursts = c23 + c33 > 0.0;
        BurstFigures {
            burst_density: if in_bursts { (256.0 * part(p23, p23 + p32)).min(255.0) as u8 } else { 0 },
            gap_density: (256.0 * part(c14, c11 + c14)).min(255.0) as u8,
            burst_packets: if in_bursts { burst as u32 } else { 0 },
            gap_packets: gap as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: impl Iterator<Item = bool>) -> Bursts {
        let (mut bursts, mut row) = (Bursts::default(), 0);
        for lost in pattern {
            if lost {
                row += 1;
                continue;
            }
            if row > 0 {
                bursts.lost(row);
                row = 0;
            }
            bursts.received();
        }
        bursts
    }

    /// One lost in fifty, each alone: no burst, and a fiftieth of the gap.
    #[test]
    fn losses_far_apart_are_in_the_gap() {
        let bursts = of((0..5000).map(|n| n % 50 == 49));
        let figures = bursts.figures();
        assert_eq!((figures.burst_density, figures.burst_packets), (0, 0));
        assert!((4..=6).contains(&figures.gap_density), "{figures:?}");
        assert_eq!(bursts.ratio(0.02), 1.0);
    }

    /// Five of a row of ten lost every 200: the bursts are dense and short, the gaps clean, and the ratio says that losses come together.
    #[test]
    fn losses_in_a_row_are_bursts() {
        let bursts = of((0..20_000).map(|n| n % 200 >= 195));
        let figures = bursts.figures();
        assert!(figures.burst_density > 200 && figures.gap_density == 0, "{figures:?}");
        assert!(figures.burst_packets < 10 && figures.gap_packets > 150, "{figures:?}");
        assert!((bursts.ratio(0.025) - 5.0 * 0.975).abs() < 0.01);
    }

    #[test]
    fn no_loss_is_no_burst() {
        let figures = of((0..1000).map(|_| false)).figures();
        assert_eq!((figures.burst_density, figures.gap_density, figures.gap_packets), (0, 0, 1000));
    }
}
