/// A sine of exact frequency: a phasor turned once a sample. In `f64` its amplitude drifts by less than a part in a million in a day.
#[derive(Clone, Copy, Debug)]
pub struct Oscillator {
    sine: f64,
    cosine: f64,
    turn: (f64, f64),
}

impl Oscillator {
    /// Starts at phase zero, so that a burst begins without a click.
    pub fn new(hertz: f64, dbm0: f64) -> Oscillator {
        let step = std::f64::consts::TAU * hertz / pcm::RATE as f64;
        Oscillator { sine: 0.0, cosine: pcm::peak_of_dbm0(dbm0), turn: step.sin_cos() }
    }

    /// The next sample on the 16-bit scale.
    pub fn sample(&mut self) -> f64 {
        let now = self.sine;
        let (sin, cos) = self.turn;
        self.sine = now * cos + self.cosine * sin;
        self.cosine = self.cosine * cos - now * sin;
        now
    }
}
