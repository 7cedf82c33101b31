//! Seeded chance: the same seed gives the same town.

use numbering::Digits;

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

/// Prefixes of mobile numbers.
const MOBILE: [&str; 8] = ["138", "139", "135", "136", "150", "158", "186", "189"];

/// Area codes: Beijing, Shanghai, Guangzhou, Shenzhen, Chengdu, Hangzhou, Nanjing, Xi'an.
const AREAS: [&str; 8] = ["010", "021", "020", "0755", "028", "0571", "025", "029"];

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// From 0 up to but not including `end` (at least 1).
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// From `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    /// Time to the next arrival of a Poisson process of `per_minute`, in milliseconds.
    pub fn arrival(&mut self, per_minute: f64) -> u64 {
        let uniform = (self.below(1 << 40) as f64 + 1.0) / (1u64 << 40) as f64;
        (-uniform.ln() * 60_000.0 / per_minute) as u64
    }

    /// A number that a customer could have.
    pub fn subscriber(&mut self) -> Digits {
        let (prefix, more) = if self.chance(70) { (self.pick(&MOBILE), 8) } else { (self.pick(&AREAS), 8) };
        let mut text = prefix.copied().unwrap_or("138").to_owned();
        text.push_str(&self.between(2, 8).to_string());
        for _ in 1..more {
            text.push_str(&self.below(10).to_string());
        }
        text.parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_their_rate() {
        let mut random = Random::new(28);
        let minutes = (0..2000).map(|_| random.arrival(20.0)).sum::<u64>() as f64 / 60_000.0;
        assert!((90.0..110.0).contains(&minutes), "2000 arrivals at 20 a minute took {minutes} minutes");
    }

    #[test]
    fn subscribers_have_eleven_or_twelve_digits() {
        let mut random = Random::new(28);
        for _ in 0..100 {
            let number = random.subscriber();
            assert!((11..=12).contains(&number.len()), "{number}");
        }
    }
}
