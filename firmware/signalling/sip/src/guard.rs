//! Who is not listened to for now: sources that failed to prove who they are, and known scanners.

use clock::{Millis, Monotonic};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// Wrong passwords from one source, or for one account, before it has to wait.
const FREE_FAILURES: u32 = 5;
/// The first wait; doubled with each further failure up to the longest.
const FIRST_WAIT: Millis = Millis::secs(2);
const LONGEST_WAIT: Millis = Millis::secs(900);
/// A source without a failure for so long starts afresh.
const FORGIVEN: Millis = Millis::secs(3600);
const MAX_ENTRIES: usize = 4096;

/// User-Agents of well-known scanning tools, in lower case.
const SCANNERS: &[&str] =
    &["friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sundayddr", "iwar", "pplsip", "vaxsipuseragent"];

/// Whom failures are counted for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Suspect {
    Source(IpAddr),
    /// An account name, as claimed: it need not exist.
    Account(String),
}

#[derive(Clone, Copy, Debug)]
struct Record {
    failures: u32,
    last: Monotonic,
    until: Monotonic,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    records: HashMap<Suspect, Record>,
    by_age: BTreeSet<(Monotonic, Suspect)>,
}

impl Guard {
    pub fn blocked(&self, now: Monotonic, suspect: &Suspect) -> bool {
        self.records.get(suspect).is_some_and(|r| r.until > now)
    }

    pub fn failed(&mut self, now: Monotonic, suspect: Suspect) {
        let old = self.records.get(&suspect).copied();
        let failures = old.filter(|r| now.since(r.last) < FORGIVEN).map_or(0, |r| r.failures).saturating_add(1);
        let wait = match failures.checked_sub(FREE_FAILURES) {
            None | Some(0) => Millis::ZERO,
            Some(over) => Millis((FIRST_WAIT.0 << (over - 1).min(20)).min(LONGEST_WAIT.0)),
        };
        if let Some(old) = old {
            self.by_age.remove(&(old.last, suspect.clone()));
        } else if self.records.len() >= MAX_ENTRIES
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.records.remove(&oldest);
        }
        self.by_age.insert((now, suspect.clone()));
        self.records.insert(suspect, Record { failures, last: now, until: now + wait });
    }

    pub fn succeeded(&mut self, suspect: &Suspect) {
        if let Some(record) = self.records.remove(suspect) {
            self.by_age.remove(&(record.last, suspect.clone()));
        }
    }
}

pub(crate) fn scanner(user_agent: &str) -> bool {
    let lower = user_agent.to_ascii_lowercase();
    SCANNERS.iter().any(|name| lower.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A guesser waits longer and longer; a phone whose user mistyped twice does not wait at all.
    #[test]
    fn guessing_gets_slower() {
        let mut guard = Guard::default();
        let who = Suspect::Source(IpAddr::from([192, 0, 2, 9]));
        let mut now = Monotonic(0);
        for _ in 0..FREE_FAILURES {
            assert!(!guard.blocked(now, &who));
            guard.failed(now, who.clone());
        }
        assert!(!guard.blocked(now, &who));
        guard.failed(now, who.clone());
        assert!(guard.blocked(now, &who));
        now = now + FIRST_WAIT;
        assert!(!guard.blocked(now, &who));
        guard.failed(now, who.clone());
        assert!(guard.blocked(now + FIRST_WAIT, &who));
        guard.succeeded(&who);
        assert!(!guard.blocked(now, &who));
    }

    /// A flood of forged names does not grow the table.
    #[test]
    fn the_table_is_bounded() {
        let mut guard = Guard::default();
        for n in 0..3 * MAX_ENTRIES as u64 {
            guard.failed(Monotonic(n), Suspect::Account(n.to_string()));
        }
        assert_eq!((guard.records.len(), guard.by_age.len()), (MAX_ENTRIES, MAX_ENTRIES));
    }
}
