//! TEI management of the user side: asks for a TEI, answers checks, gives up what is removed.

use super::message::{ANY_TEI, ManagementKind, ManagementMessage};
use super::{FIRST_AUTOMATIC_TEI, ManagementTimers, Ordered, References};
use clock::Monotonic;
use std::collections::VecDeque;

/// What the terminal knows of its TEI. T202 runs in the two middle ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Identity {
    /// States 1 to 3 without a request under way.
    Unassigned,
    /// Identity request sent so often, the last with this reference.
    Requested {
        reference: u16,
        sent: u32,
        at: Monotonic,
    },
    /// Identity verify sent (5.3.5); once more after the first T202.
    Verifying {
        tei: u8,
        again: bool,
        at: Monotonic,
    },
    Assigned(u8),
}

/// The user side's layer management entity.
#[derive(Clone, Debug)]
pub(crate) struct UserManagement {
    identity: Identity,
    timers: ManagementTimers,
    references: References,
    pub(crate) orders: VecDeque<Ordered>,
}

impl UserManagement {
    pub(crate) fn automatic(timers: ManagementTimers, references: References) -> UserManagement {
        UserManagement { identity: Identity::Unassigned, timers, references, orders: VecDeque::new() }
    }

    /// Equipment with a TEI of its own, 0 to 63 (3.3.4.1).
    pub(crate) fn fixed(tei: u8, timers: ManagementTimers, references: References) -> UserManagement {
        let mut management = UserManagement::automatic(timers, references);
        management.identity = Identity::Assigned(tei);
        management
    }

    pub(crate) fn tei(&self) -> Option<u8> {
        match self.identity {
            Identity::Assigned(tei) | Identity::Verifying { tei, .. } => Some(tei),
            Identity::Unassigned | Identity::Requested { .. } => None,
        }
    }

    /// 5.3.2: asks for a TEI, unless there is one or it is being asked for.
    pub(crate) fn ask(&mut self, now: Monotonic) {
        if self.identity == Identity::Unassigned {
            self.send_request(now, 1);
        }
    }

    fn send_request(&mut self, now: Monotonic, sent: u32) {
        let reference = self.references.next();
        self.identity = Identity::Requested { reference, sent, at: now + self.timers.t202 };
        self.send(ManagementKind::IdentityRequest, reference, ANY_TEI);
    }

    fn send(&mut self, kind: ManagementKind, reference: u16, action: u8) {
        self.orders.push_back(Ordered::Send(ManagementMessage::new(kind, reference, action)));
    }

    /// 5.3.5: perhaps somebody else has our TEI too, or the network has forgotten it. A fixed TEI is nobody's to take away, but may be checked.
    pub(crate) fn verify(&mut self, now: Monotonic) {
        if let Identity::Assigned(tei) = self.identity {
            self.identity = Identity::Verifying { tei, again: false, at: now + self.timers.t202 };
            self.send(ManagementKind::IdentityVerify, 0, tei);
        }
    }

    pub(crate) fn receive(&mut self, message: ManagementMessage) {
        let ManagementMessage { kind, reference, action } = message;
        match kind {
            ManagementKind::IdentityAssigned => self.assigned(reference, action),
            // 5.3.2.1: T202 goes on; the next request has a new reference.
            ManagementKind::IdentityDenied => {}
            ManagementKind::IdentityCheckRequest => self.checked(action),
            ManagementKind::IdentityRemove => self.removed(action),
            // Of the user side.
            ManagementKind::IdentityRequest
            | ManagementKind::IdentityCheckResponse
            | ManagementKind::IdentityVerify => {}
        }
    }

    fn assigned(&mut self, reference: u16, tei: u8) {
        match self.identity {
            Identity::Requested { reference: ours, .. } if ours == reference && is_automatic(tei) => {
                self.identity = Identity::Assigned(tei);
                self.orders.push_back(Ordered::Assign(tei));
            }
            // 5.3.2: our own TEI goes to somebody else: it is not ours any more.
            Identity::Assigned(ours) | Identity::Verifying { tei: ours, .. } if ours == tei && is_automatic(tei) => {
                self.give_up(ours);
            }
            Identity::Unassigned | Identity::Requested { .. } | Identity::Assigned(_) | Identity::Verifying { .. } => {}
        }
    }

    /// 5.3.3.2.
    fn checked(&mut self, action: u8) {
        let Some(tei) = self.tei().filter(|tei| action == *tei || action == ANY_TEI) else { return };
        self.identity = Identity::Assigned(tei);
        let reference = self.references.next();
        self.send(ManagementKind::IdentityCheckResponse, reference, tei);
    }

    /// 5.3.4. A terminal with a fixed TEI cannot get another: it keeps it, and its owner hears of it (5.3.4.2).
    fn removed(&mut self, action: u8) {
        let Some(tei) = self.tei().filter(|tei| action == *tei || action == ANY_TEI) else { return };
        if is_automatic(tei) {
            self.give_up(tei);
        } else {
            self.orders.push_back(Ordered::Failed);
        }
    }

    fn give_up(&mut self, tei: u8) {
        self.identity = Identity::Unassigned;
        self.orders.push_back(Ordered::Remove(tei));
    }

    /// T202.
    pub(crate) fn expire(&mut self, now: Monotonic) {
        match self.identity {
            Identity::Requested { sent, at, .. } if at <= now => {
                if sent < self.timers.n202 {
                    self.send_request(now, sent + 1);
                } else {
                    self.identity = Identity::Unassigned;
                    self.orders.push_back(Ordered::Failed);
                }
            }
            Identity::Verifying { tei, again: false, at } if at <= now => {
                self.identity = Identity::Verifying { tei, again: true, at: now + self.timers.t202 };
                self.send(ManagementKind::IdentityVerify, 0, tei);
            }
            Identity::Verifying { tei, again: true, at } if at <= now => {
                if is_automatic(tei) {
                    self.give_up(tei);
                } else {
                    self.identity = Identity::Assigned(tei);
                }
            }
            Identity::Unassigned | Identity::Requested { .. } | Identity::Verifying { .. } | Identity::Assigned(_) => {}
        }
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        match self.identity {
            Identity::Requested { at, .. } | Identity::Verifying { at, .. } => Some(at),
            Identity::Unassigned | Identity::Assigned(_) => None,
        }
    }
}

const fn is_automatic(tei: u8) -> bool {
    tei >= FIRST_AUTOMATIC_TEI && tei < ANY_TEI
}
