//! What comes back.

use crate::annexes::PATHS;
use std::collections::VecDeque;

/// m1 to m8.
pub const PATH_COUNT: usize = PATHS.len();

/// An echo path: a pure delay, and one of annex D's hybrids.
#[derive(Clone, Debug)]
pub struct Hybrid {
    response: Vec<f64>,
    past: VecDeque<f64>,
    under_way: VecDeque<f64>,
}

impl Hybrid {
    /// Path m1 to m8, from 0 on, of an echo return loss, dB.
    pub fn new(path: usize, loss: f64, delay_millis: f64) -> Hybrid {
        let scale = 10f64.powf(-loss / 20.0) * PATHS[path].k;
        let response: Vec<f64> = PATHS[path].m.iter().map(|m| f64::from(*m) * scale).collect();
        let past = VecDeque::from(vec![0.0; response.len()]);
        Hybrid { response, past, under_way: VecDeque::from(vec![0.0; (delay_millis * 8.0) as usize]) }
    }

    /// No echo at all.
    pub fn open() -> Hybrid {
        Hybrid { response: vec![0.0], past: VecDeque::from([0.0]), under_way: VecDeque::new() }
    }

    /// What comes back while `x` is sent.
    pub fn step(&mut self, x: f64) -> f64 {
        self.under_way.push_back(x);
        self.past.pop_back();
        self.past.push_front(self.under_way.pop_front().unwrap_or_default());
        self.past.iter().zip(&self.response).map(|(x, h)| x * h).sum()
    }
}
