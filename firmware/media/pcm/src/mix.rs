use crate::{BLOCK, Limiter, Linear};

/// A sum of voices, wide enough for 65,536 of them, limited only when taken.
#[derive(Clone, Debug)]
pub struct Mix {
    total: [i32; BLOCK],
}

impl Default for Mix {
    fn default() -> Self {
        Mix { total: [0; BLOCK] }
    }
}

impl Mix {
    pub fn clear(&mut self) {
        self.total = [0; BLOCK];
    }

    pub fn add(&mut self, voice: &Linear) {
        for (total, sample) in self.total.iter_mut().zip(voice) {
            *total += *sample as i32;
        }
    }

    /// All voices together, turned down while they are too loud.
    pub fn limited(&self, limiter: &mut Limiter) -> Linear {
        limiter.apply(&self.total)
    }

    /// All voices but `own`, likewise.
    pub fn limited_without(&self, own: &Linear, limiter: &mut Limiter) -> Linear {
        limiter.apply(&std::array::from_fn(|i| self.total[i] - own[i] as i32))
    }

    /// All voices together.
    pub fn sum(&self) -> Linear {
        self.total.map(saturate)
    }

    /// All voices but `own`: what a party of a conference hears.
    pub fn sum_without(&self, own: &Linear) -> Linear {
        std::array::from_fn(|i| saturate(self.total[i] - own[i] as i32))
    }
}

fn saturate(total: i32) -> i16 {
    total.clamp(i16::MIN as i32, i16::MAX as i32) as i16
}
