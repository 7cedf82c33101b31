use identity::{LegId, RoomId};
use numbering::Digits;
use plan::{Hears, Tone};

/// Who else is in a party's room.
#[derive(Clone, PartialEq, Debug)]
pub enum Company {
    /// Nobody, and it is being told so.
    Told(Hears),
    /// Nobody: it hears music.
    Nobody,
    Others,
}

/// What a call is doing. Each stage holds what only it needs.
#[derive(Clone, PartialEq, Debug)]
pub enum Stage {
    /// Digits come in.
    Dialling {
        leg: LegId,
    },
    /// A service (flow, queue) has the party and says what it hears. `offer`: an agent being rung for it meanwhile.
    Served {
        leg: LegId,
        hears: Hears,
        keys: bool,
        offer: Option<LegId>,
    },
    /// The house rings a telephone of its own before it can go on (click to dial, fetching a parked caller).
    Fetching {
        leg: LegId,
    },
    /// `to` is called for `from`.
    Ringing {
        from: LegId,
        to: LegId,
        why: Reason,
        ringback: Ringback,
    },
    Talking {
        a: LegId,
        b: LegId,
    },
    /// `held` hears music; `by` may hear why a consultation failed.
    Held {
        held: LegId,
        by: LegId,
        tone: Option<Tone>,
    },
    /// `held` hears music while `by` calls or talks to `with`.
    Consulting {
        held: LegId,
        by: LegId,
        with: LegId,
        answered: bool,
        ringback: Ringback,
    },
    /// `held` hears music; `by` has chosen a service or a park slot for it, and lets it go there by completing or hanging up.
    Directing {
        held: LegId,
        by: LegId,
        to: Digits,
    },
    ThreeWay {
        by: LegId,
        other: LegId,
        third: LegId,
    },
    /// In a room with the parties of other calls.
    Meeting {
        leg: LegId,
        room: RoomId,
        muted: bool,
        company: Company,
    },
    Parked {
        leg: LegId,
        slot: Digits,
        by: Digits,
    },
    /// The party hears why the call fails; then it is released. `source`: a far end whose own tone is passed on.
    Failing {
        leg: LegId,
        tone: Tone,
        source: Option<LegId>,
    },
    /// Nobody is left; the last releases are awaited.
    Over,
}

/// Why somebody is rung.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The caller dialled it or was routed there.
    Dialled,
    /// A transfer; unanswered, the caller goes back there.
    Transferred { back: Option<Digits> },
    /// Back to who transferred, parked or held the caller: this telephone.
    Recall { back: Digits },
}

/// What the waiting party hears while the other is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ringback {
    /// The far end is not ringing yet.
    #[default]
    Silence,
    Tone,
    /// The far end's speech path.
    CutThrough,
}

impl Stage {
    /// The stage's name, for traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Stage::Dialling { .. } => "Dialling",
            Stage::Served { offer: None, .. } => "Served",
            Stage::Served { offer: Some(_), .. } => "Offered",
            Stage::Fetching { .. } => "Fetching",
            Stage::Ringing { .. } => "Ringing",
            Stage::Talking { .. } => "Talking",
            Stage::Held { .. } => "Held",
            Stage::Consulting { .. } => "Consulting",
            Stage::Directing { .. } => "Directing",
            Stage::ThreeWay { .. } => "ThreeWay",
            Stage::Meeting { .. } => "Meeting",
            Stage::Parked { .. } => "Parked",
            Stage::Failing { .. } => "Failing",
            Stage::Over => "Over",
        }
    }

    /// The legs that take part, in a fixed order.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        let legs: [Option<LegId>; 3] = match *self {
            Stage::Dialling { leg }
            | Stage::Fetching { leg }
            | Stage::Meeting { leg, .. }
            | Stage::Parked { leg, .. } => [Some(leg), None, None],
            Stage::Served { leg, offer, .. } => [Some(leg), offer, None],
            Stage::Ringing { from, to, .. } => [Some(from), Some(to), None],
            Stage::Talking { a, b } => [Some(a), Some(b), None],
            Stage::Held { held, by, .. } | Stage::Directing { held, by, .. } => [Some(held), Some(by), None],
            Stage::Consulting { held, by, with, .. } => [Some(held), Some(by), Some(with)],
            Stage::ThreeWay { by, other, third } => [Some(by), Some(other), Some(third)],
            Stage::Failing { leg, source, .. } => [Some(leg), source, None],
            Stage::Over => [None, None, None],
        };
        legs.into_iter().flatten()
    }

    /// The pair that talks, if just two do.
    pub fn bridge(&self) -> Option<(LegId, LegId)> {
        match *self {
            Stage::Talking { a, b } => Some((a, b)),
            Stage::Consulting { by, with, answered: true, .. } => Some((by, with)),
            _ => None,
        }
    }

    /// Who waits with music for somebody to come back.
    pub(crate) fn held(&self) -> Option<LegId> {
        match *self {
            Stage::Held { held, .. }
            | Stage::Consulting { held, .. }
            | Stage::Directing { held, .. }
            | Stage::Parked { leg: held, .. } => Some(held),
            _ => None,
        }
    }

    /// Whom `leg` talks to, alone.
    pub fn talks_to(&self, leg: LegId) -> Option<LegId> {
        match self.bridge()? {
            (a, b) if a == leg => Some(b),
            (a, b) if b == leg => Some(a),
            _ => None,
        }
    }
}
