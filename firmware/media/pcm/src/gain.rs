use crate::Linear;

/// Level of the loudest sine that A-law holds, hundredths of dBm0 (G.711 section 5).
const OVERLOAD_HUNDREDTHS: f64 = 314.0;

/// The peak of a sine of `dbm0` on the 16-bit scale.
pub fn peak_of_dbm0(dbm0: f64) -> f64 {
    32768.0 * 10f64.powf((dbm0 * 100.0 - OVERLOAD_HUNDREDTHS) / 2000.0)
}

/// A gain or loss, saturating, -60 dB to +24 dB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gain {
    /// Factor in 1/4096.
    factor: i32,
}

impl Gain {
    pub const UNITY: Gain = Gain { factor: 4096 };

    pub fn decibels(db: f64) -> Gain {
        Gain { factor: (4096.0 * 10f64.powf(db.clamp(-60.0, 24.0) / 20.0)).round() as i32 }
    }

    pub fn apply(self, linear: &mut Linear) {
        if self == Gain::UNITY {
            return;
        }
        for sample in linear {
            // Below 2^15 * 2^16, so i32 holds the product.
            let scaled = (*sample as i32 * self.factor) >> 12;
            *sample = scaled.clamp(i16::MIN as i32, i16::MAX as i32) as i16;
        }
    }
}
