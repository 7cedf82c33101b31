use clock::WallTime;
use identity::{CircuitId, LegId};

/// One speech timeslot.
#[derive(Clone, PartialEq, Debug)]
pub struct Circuit {
    usage: Usage,
    pub(crate) blocked_by_us: bool,
    pub(crate) blocked_by_peer: bool,
    pub(crate) since: WallTime,
    /// The value of the use counter when it was last seized.
    pub(crate) last_use: u64,
    /// Who has it, or had it last.
    pub(crate) last_leg: Option<LegId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Usage {
    Idle,
    Seized {
        leg: LegId,
    },
    Restarting,
    /// A restart was not answered.
    Faulty,
}

/// What a circuit is doing, the strongest reason first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Idle,
    Seized { leg: LegId },
    Restarting,
    BlockedByUs,
    BlockedByPeer,
    OutOfService,
}

/// A request that the circuit's state does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misuse {
    NoSuchCircuit,
    Owned { by: LegId },
    NotTheOwner { owner: Option<LegId> },
    Barred,
}

/// A broken invariant, for the audit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Violation {
    OwnerUnknown { circuit: CircuitId, leg: LegId },
    OwnerElsewhere { circuit: CircuitId, leg: LegId, believes: CircuitId },
    TwoCircuitsOneLeg { leg: LegId, circuits: [CircuitId; 2] },
}

impl Circuit {
    pub(crate) fn new(now: WallTime) -> Circuit {
        Circuit {
            usage: Usage::Idle,
            blocked_by_us: false,
            blocked_by_peer: false,
            since: now,
            last_use: 0,
            last_leg: None,
        }
    }

    pub(crate) fn owner(&self) -> Option<LegId> {
        match self.usage {
            Usage::Seized { leg } => Some(leg),
            Usage::Idle | Usage::Restarting | Usage::Faulty => None,
        }
    }

    /// A call of ours may take it (the span's own state aside).
    pub(crate) fn free(&self) -> bool {
        self.usage == Usage::Idle && !self.blocked_by_us && !self.blocked_by_peer
    }

    /// The far end's block binds us only: a call that it makes itself is taken.
    pub(crate) fn seize(&mut self, leg: LegId, use_number: u64, now: WallTime) -> Result<(), Misuse> {
        match self.usage {
            Usage::Seized { leg: by } => Err(Misuse::Owned { by }),
            Usage::Restarting => Err(Misuse::Barred),
            Usage::Idle | Usage::Faulty if self.blocked_by_us => Err(Misuse::Barred),
            // A call on a faulty circuit proves that the far end serves it again.
            Usage::Idle | Usage::Faulty => {
                self.usage = Usage::Seized { leg };
                self.last_use = use_number;
                self.last_leg = Some(leg);
                self.since = now;
                Ok(())
            }
        }
    }

    pub(crate) fn release(&mut self, leg: LegId, now: WallTime) -> Result<(), Misuse> {
        if self.owner() != Some(leg) {
            return Err(Misuse::NotTheOwner { owner: self.owner() });
        }
        self.usage = Usage::Idle;
        self.since = now;
        Ok(())
    }

    /// A seized circuit keeps its owner: the core releases the leg before it confirms the restart.
    pub(crate) fn restarting(&mut self) -> bool {
        match self.usage {
            Usage::Seized { .. } | Usage::Restarting => false,
            Usage::Idle | Usage::Faulty => {
                self.usage = Usage::Restarting;
                true
            }
        }
    }

    pub(crate) fn restarted(&mut self) -> bool {
        match self.usage {
            Usage::Seized { .. } | Usage::Idle => false,
            Usage::Restarting | Usage::Faulty => {
                self.usage = Usage::Idle;
                true
            }
        }
    }

    pub(crate) fn restart_failed(&mut self) -> bool {
        match self.usage {
            Usage::Seized { .. } | Usage::Faulty => false,
            Usage::Idle | Usage::Restarting => {
                self.usage = Usage::Faulty;
                true
            }
        }
    }

    /// A restart is not answered yet (false), or was given up (true).
    pub(crate) fn restart_given_up(&self) -> Option<bool> {
        match self.usage {
            Usage::Restarting => Some(false),
            Usage::Faulty => Some(true),
            Usage::Idle | Usage::Seized { .. } => None,
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.usage {
            Usage::Seized { leg } => State::Seized { leg },
            Usage::Restarting => State::Restarting,
            Usage::Faulty => State::OutOfService,
            Usage::Idle if self.blocked_by_us => State::BlockedByUs,
            Usage::Idle if self.blocked_by_peer => State::BlockedByPeer,
            Usage::Idle => State::Idle,
        }
    }
}
