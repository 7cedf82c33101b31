//! How far long exports are, for who waits for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Exports remembered at most; the oldest is forgotten.
const REMEMBERED: usize = 64;

/// Rows written of one export, and whether somebody still waits for it.
#[derive(Default)]
pub struct Tally {
    rows: AtomicU64,
    total: AtomicU64,
    given_up: AtomicBool,
}

impl Tally {
    pub fn expects(&self, total: u64) {
        self.total.store(total, Relaxed);
    }

    pub fn one_more(&self) {
        self.rows.fetch_add(1, Relaxed);
    }

    pub fn give_up(&self) {
        self.given_up.store(true, Relaxed);
    }

    pub fn wanted(&self) -> bool {
        !self.given_up.load(Relaxed)
    }

    /// Rows written, of how many.
    pub fn so_far(&self) -> (u64, u64) {
        (self.rows.load(Relaxed), self.total.load(Relaxed))
    }
}

/// By session and the ticket that it chose.
#[derive(Default)]
pub struct Exports(Mutex<VecDeque<(String, String, Arc<Tally>)>>);

impl Exports {
    pub fn begin(&self, session: &str, ticket: &str) -> Arc<Tally> {
        let tally = Arc::new(Tally::default());
        // Without a ticket nobody will ask.
        if !ticket.is_empty() && ticket.len() <= 64 {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.push_front((session.to_owned(), ticket.to_owned(), tally.clone()));
            known.truncate(REMEMBERED);
        }
        tally
    }

    pub fn find(&self, session: &str, ticket: &str) -> Option<Arc<Tally>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(whose, word, _)| whose == session && word == ticket).map(|(.., tally)| tally.clone())
    }
}
