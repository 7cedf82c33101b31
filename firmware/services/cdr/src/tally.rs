use crate::Cdr;
use ledger::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Closed calls counted by outcome. Every call has exactly one, so offered less the sum of outcomes is 0.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    pub offered: u64,
    pub outcomes: BTreeMap<Outcome, u64>,
}

impl Tally {
    pub fn of<'a>(cdrs: impl IntoIterator<Item = &'a Cdr>) -> Tally {
        let mut tally = Tally::default();
        cdrs.into_iter().for_each(|cdr| tally.add(cdr));
        tally
    }

    pub fn add(&mut self, cdr: &Cdr) {
        self.offered += 1;
        *self.outcomes.entry(cdr.outcome).or_default() += 1;
    }

    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Must be 0.
    pub fn difference(&self) -> u64 {
        self.offered - self.outcomes.values().sum::<u64>()
    }
}
