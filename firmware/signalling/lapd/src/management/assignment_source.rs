//! The assignment source point (ASP): TEI management of the network side.

use super::message::{ANY_TEI, ManagementKind, ManagementMessage};
use super::{FIRST_AUTOMATIC_TEI, ManagementTimers, Ordered};
use clock::{Deadlines, Monotonic};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A TEI check procedure, 5.3.3: two check requests at most.
#[derive(Clone, Copy, Debug, Default)]
struct Check {
    /// The second request is out.
    again: bool,
    /// Responses within this T201.
    now: u32,
    /// Within both.
    ever: u32,
}

/// The network side's layer management entity.
#[derive(Clone, Debug)]
pub(crate) struct AssignmentSource {
    assigned: BTreeSet<u8>,
    /// The last value that was assigned.
    last: u8,
    checks: BTreeMap<u8, Check>,
    /// T201 of each check, and of an audit under [`ANY_TEI`].
    t201: Deadlines<u8>,
    /// When the next audit is due.
    audit_at: Option<Monotonic>,
    /// The responses to the audit that is under way, by TEI.
    audited: Option<BTreeMap<u8, u32>>,
    timers: ManagementTimers,
    pub(crate) orders: VecDeque<Ordered>,
}

impl AssignmentSource {
    pub(crate) fn new(timers: ManagementTimers) -> AssignmentSource {
        AssignmentSource {
            assigned: BTreeSet::new(),
            last: ANY_TEI - 1,
            checks: BTreeMap::new(),
            t201: Deadlines::default(),
            audit_at: None,
            audited: None,
            timers,
            orders: VecDeque::new(),
        }
    }

    pub(crate) fn is_assigned(&self, tei: u8) -> bool {
        self.assigned.contains(&tei)
    }

    /// Nothing is known of the terminals: whatever TEI they have, they are to ask for a new one (5.3.4).
    pub(crate) fn start(&mut self, now: Monotonic) {
        self.remove(ANY_TEI);
        self.audit_after(now);
    }

    fn audit_after(&mut self, now: Monotonic) {
        self.audit_at = self.timers.audit.map(|period| now + period);
    }

    fn send(&mut self, kind: ManagementKind, reference: u16, action: u8) {
        self.orders.push_back(Ordered::Send(ManagementMessage::new(kind, reference, action)));
    }

    /// 5.3.4: said twice, as one may be lost.
    pub(crate) fn remove(&mut self, tei: u8) {
        for _ in 0..2 {
            self.send(ManagementKind::IdentityRemove, 0, tei);
        }
        let gone: Vec<u8> = self.assigned.iter().copied().filter(|it| tei == ANY_TEI || *it == tei).collect();
        gone.into_iter().for_each(|tei| self.forget(tei));
    }

    fn forget(&mut self, tei: u8) {
        self.assigned.remove(&tei);
        self.end_check(tei);
        self.orders.push_back(Ordered::Remove(tei));
    }

    fn end_check(&mut self, tei: u8) {
        self.checks.remove(&tei);
        self.t201.disarm(&tei);
    }

    pub(crate) fn receive(&mut self, now: Monotonic, message: ManagementMessage) {
        let ManagementMessage { kind, reference, action } = message;
        match kind {
            ManagementKind::IdentityRequest => self.requested(now, reference, action),
            ManagementKind::IdentityCheckResponse => self.responded(action),
            ManagementKind::IdentityVerify => self.verify(now, action),
            // Of the network side.
            ManagementKind::IdentityAssigned
            | ManagementKind::IdentityDenied
            | ManagementKind::IdentityCheckRequest
            | ManagementKind::IdentityRemove => {}
        }
    }

    /// 5.3.2. A request is answered at once, so that there is none to remember: one that comes again has a new reference.
    fn requested(&mut self, now: Monotonic, reference: u16, action: u8) {
        match action {
            0..FIRST_AUTOMATIC_TEI => return,
            FIRST_AUTOMATIC_TEI..ANY_TEI => return self.send(ManagementKind::IdentityDenied, reference, action),
            _ => {}
        }
        // In turn: a value that was taken back is perhaps still held by a terminal that was away and has not heard of it.
        let mut in_turn = (self.last + 1..ANY_TEI).chain(FIRST_AUTOMATIC_TEI..=self.last);
        match in_turn.find(|tei| !self.assigned.contains(tei)) {
            Some(tei) => {
                self.last = tei;
                self.assigned.insert(tei);
                self.orders.push_back(Ordered::Assign(tei));
                self.send(ManagementKind::IdentityAssigned, reference, tei);
            }
            // Terminals went away without a word: the next request may find their TEIs free again.
            None => {
                self.send(ManagementKind::IdentityDenied, reference, ANY_TEI);
                self.assigned.clone().into_iter().for_each(|tei| self.check(now, tei));
            }
        }
    }

    /// 5.3.5.
    fn verify(&mut self, now: Monotonic, tei: u8) {
        if tei == ANY_TEI {
            return;
        }
        if tei < FIRST_AUTOMATIC_TEI || self.assigned.contains(&tei) {
            self.check(now, tei);
        } else {
            self.remove(tei);
        }
    }

    /// 5.3.3: who has this TEI?
    pub(crate) fn check(&mut self, now: Monotonic, tei: u8) {
        if let Entry::Vacant(check) = self.checks.entry(tei) {
            check.insert(Check::default());
            // A terminal that answers both would count as two.
            self.end_audit();
            self.send(ManagementKind::IdentityCheckRequest, 0, tei);
            self.t201.arm(tei, now + self.timers.t201);
        }
    }

    /// 5.3.3.1: the check as an audit: everybody tells what TEI it has.
    pub(crate) fn audit(&mut self, now: Monotonic) {
        self.audit_after(now);
        if self.checks.is_empty() && self.audited.is_none() {
            self.audited = Some(BTreeMap::new());
            self.send(ManagementKind::IdentityCheckRequest, 0, ANY_TEI);
            self.t201.arm(ANY_TEI, now + self.timers.t201);
        }
    }

    fn end_audit(&mut self) -> BTreeMap<u8, u32> {
        self.t201.disarm(&ANY_TEI);
        self.audited.take().unwrap_or_default()
    }

    /// A TEI that two have, and one that nobody was given, are taken back. One that did not answer is left alone: it may be asleep, and a
    /// value is not scarce until all are out.
    fn audit_done(&mut self) {
        for (tei, responses) in self.end_audit() {
            if responses > 1 || tei >= FIRST_AUTOMATIC_TEI && !self.assigned.contains(&tei) {
                self.remove(tei);
            }
        }
    }

    fn responded(&mut self, tei: u8) {
        if let Some(audited) = self.audited.as_mut().filter(|_| tei != ANY_TEI) {
            *audited.entry(tei).or_default() += 1;
        }
        if let Some(check) = self.checks.get_mut(&tei) {
            check.now += 1;
            check.ever += 1;
        }
    }

    /// T201, and the time of an audit.
    pub(crate) fn expire(&mut self, now: Monotonic) {
        if self.audit_at.is_some_and(|at| at <= now) {
            self.audit(now);
        }
        while let Some(tei) = self.t201.expire(now) {
            if tei == ANY_TEI {
                self.audit_done();
                continue;
            }
            let Some(check) = self.checks.get_mut(&tei) else { continue };
            let Check { again, now: responses, ever } = *check;
            if responses > 1 {
                // 5.3.3.2: two terminals have it; both are to ask anew.
                self.end_check(tei);
                self.remove(tei);
            } else if !again {
                *check = Check { again: true, now: 0, ever };
                self.send(ManagementKind::IdentityCheckRequest, 0, tei);
                self.t201.arm(tei, now + self.timers.t201);
            } else {
                self.end_check(tei);
                // Nobody, twice: the value is free.
                if ever == 0 && self.assigned.contains(&tei) {
                    self.forget(tei);
                }
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        self.t201.deadline().into_iter().chain(self.audit_at).min()
    }
}
