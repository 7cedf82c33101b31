/// Repeatable chance (xorshift).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            dice.roll();
        }
        dice
    }

    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of 0 up to, not including, `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.roll() >> 16) as usize % count.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Evenly between the two.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * ((self.roll() >> 11) as f64 / (1u64 << 53) as f64)
    }

    /// Normal, variance 1.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.between(-1.0, 1.0)).sum::<f64>() / 2.0
    }
}
