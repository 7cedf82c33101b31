use crate::core::Passing;
use crate::names::CallerId;
use clock::Monotonic;
use identity::{AgentId, LegId, PlayId, RecordingId, SpanId};
use legs::LegIndication;
use std::collections::BTreeMap;

/// What is going to happen. Things due at the same millisecond happen in the order in which they were planned.
#[derive(Debug, Default)]
pub struct Agenda {
    planned: BTreeMap<(Monotonic, u64), Happening>,
    serial: u64,
}

#[derive(Clone, Debug)]
pub enum Happening {
    /// Something comes to one end of a span over its wire.
    Arrives {
        span: SpanId,
        to: End,
        what: Passing,
    },
    /// A SIP message reaches the box or a telephone.
    Datagram(Box<sip::Transmit>),
    /// The user of a telephone that speaks SIP decides.
    UserDoes {
        extension: numbering::Digits,
        call: LegId,
        deed: PhoneDeed,
    },
    /// A phone's word reaches the box, in leg primitives.
    PhoneSays {
        leg: LegId,
        indication: LegIndication,
    },
    /// Somebody at a phone decides.
    PhoneDoes {
        leg: LegId,
        deed: PhoneDeed,
    },
    /// A subscriber of the far exchange decides.
    SubscriberDoes {
        span: SpanId,
        leg: LegId,
        deed: SubscriberDeed,
    },
    /// The next digit of a number that is dialled digit by digit.
    CallerDialsOn(CallerId),
    CallerThinks(CallerId),
    AgentThinks(AgentId),
    PlayEnds {
        life: u32,
        leg: LegId,
        play: PlayId,
    },
    KeyHeard {
        life: u32,
        leg: LegId,
        key: numbering::Key,
    },
    RecordingClosed {
        life: u32,
        recording: RecordingId,
    },
    StoreWrites {
        life: u32,
    },
    /// A phone registers again after the box came back.
    PhoneRegisters {
        extension: numbering::Digits,
    },
    Fault(Fault),
}

/// The two ends of a span: the box and the far exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Box,
    Far,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PhoneDeed {
    Answer,
    HangUp,
    /// Hold and back again by the phone's own keys.
    Hold,
    Retrieve,
    /// REFER: send the other party there.
    Refer(numbering::Digits),
    /// REFER with Replaces: join the other party with that of another leg.
    Join(LegId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubscriberDeed {
    Ring,
    Answer,
    Refuse(numbering::Cause),
    HangUp,
}

/// What goes wrong, or is mended, by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing gets through in either direction.
    Cut(SpanId, Failure),
    /// Nothing gets through towards this end.
    CutTowards(SpanId, End, Failure),
    Mend(SpanId),
    /// Bit errors in so many of a thousand frames.
    Noise(SpanId, u32),
    /// Slips in so many of a thousand frames.
    Slips(SpanId, u32),
    Store(crate::store::Mood),
    Disk(crate::media::Disk),
    /// The daemon dies after this many more effects, and is started again a little later.
    KillAfter(u32),
    Restart,
    /// The network between telephones and box, where they speak SIP.
    Weather(crate::sip_net::Weather),
    Unregister(numbering::Digits),
    /// An administrator does something.
    Administrator(desk::Command),
    /// The settings are changed, drawn from this seed.
    Settings(u64),
}

/// How a direction of a line fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Loss of signal.
    Los,
    /// Loss of frame alignment: a signal, but no frames in it.
    Lfa,
    /// All ones: a fault further away.
    Ais,
    /// The D-channel's timeslot alone gets lost on its way through the network: no alarm tells of it.
    Silence,
}

impl Failure {
    /// Whether the receiver sees it, and sends the remote alarm.
    pub const fn alarms(self) -> bool {
        match self {
            Failure::Los | Failure::Lfa | Failure::Ais => true,
            Failure::Silence => false,
        }
    }
}

impl Agenda {
    pub fn plan(&mut self, at: Monotonic, happening: Happening) {
        self.planned.insert((at, self.serial), happening);
        self.serial += 1;
    }

    pub fn next_at(&self) -> Option<Monotonic> {
        self.planned.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next thing due at `now`.
    pub fn take(&mut self, now: Monotonic) -> Option<Happening> {
        let entry = self.planned.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        Some(entry.remove())
    }

    pub fn forget(&mut self, gone: impl Fn(&Happening) -> bool) {
        self.planned.retain(|_, happening| !gone(happening));
    }

    /// Whether anything is planned that may still change the state of calls.
    pub fn busy(&self) -> bool {
        self.planned.values().any(|happening| match happening {
            // A data link's supervision and registrations go on for ever.
            Happening::Arrives { .. } | Happening::Datagram(_) | Happening::AgentThinks(_) => false,
            Happening::PhoneSays { .. }
            | Happening::PhoneDoes { .. }
            | Happening::UserDoes { .. }
            | Happening::SubscriberDoes { .. }
            | Happening::CallerDialsOn(_)
            | Happening::CallerThinks(_)
            | Happening::PlayEnds { .. }
            | Happening::KeyHeard { .. }
            | Happening::RecordingClosed { .. }
            | Happening::StoreWrites { .. }
            | Happening::PhoneRegisters { .. }
            | Happening::Fault(_) => true,
        })
    }
}
