//! Tones from afar: a signal that four coefficients foretell tells nothing of the rest of the band.

/// Coefficients: two tones need two each.
const ORDER: usize = 4;

/// The past's share in the next block's products: 20 ms.
const KEPT: f64 = 0.75;

/// What is not foretold of a tone: 15 dB below. Vowels leave more.
const FORETOLD: f64 = 0.03;

/// Products of samples so and so far back: the covariance method, which foretells a pair of tones whole however short the stretch is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Narrow {
    products: [[f64; ORDER + 1]; ORDER + 1],
}

impl Narrow {
    pub(crate) const PAST: usize = ORDER;

    /// `sent` is a block with [`Narrow::PAST`] samples before it.
    pub(crate) fn is_tone(&mut self, sent: &[f32]) -> bool {
        for row in 0..=ORDER {
            for column in 0..=row {
                let (one, other) = (&sent[ORDER - row..], &sent[ORDER - column..]);
                let count = sent.len() - ORDER;
                let sum: f32 = one[..count].iter().zip(&other[..count]).map(|(a, b)| a * b).sum();
                self.products[row][column] = self.products[row][column] * KEPT + f64::from(sum);
            }
        }
        self.left() < FORETOLD * self.products[0][0]
    }

    /// The power that the best prediction leaves: Cholesky, the current sample last.
    fn left(&self) -> f64 {
        let all = self.products[0][0];
        let product = |row: usize, column: usize| {
            // Samples 1 to ORDER back come first, the current one is foretold by them.
            let (row, column) = ((row + 1) % (ORDER + 1), (column + 1) % (ORDER + 1));
            self.products[row.max(column)][row.min(column)]
        };
        let mut factors = [[0f64; ORDER + 1]; ORDER + 1];
        for row in 0..=ORDER {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| factors[row][k] * factors[column][k]).sum();
                let rest = product(row, column) - known;
                if column < row {
                    factors[row][column] = rest / factors[column][column];
                } else if row == ORDER {
                    return rest;
                } else {
                    factors[row][row] = (rest + 1e-7 * all).max(f64::MIN_POSITIVE).sqrt();
                }
            }
        }
        all
    }
}
