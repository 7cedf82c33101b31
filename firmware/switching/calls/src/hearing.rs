use crate::call::Call;
use crate::leg::Leg;
use crate::outbox::{Outbox, Output};
use crate::stage::{Company, Ringback, Stage};
use identity::{LegId, RecordingId, RoomId};
use plan::{Hears, MediaRequest, Plan, Tone};

impl Stage {
    /// What `leg` hears in this stage. Held parties hear `music`.
    pub fn hears(&self, leg: LegId, music: &str) -> Hears {
        let held = || Hears::Music(music.to_owned());
        match self {
            Stage::Served { leg: served, hears, .. } if *served == leg => hears.clone(),
            Stage::Ringing { from, to, ringback, .. } if *from == leg => waiting(*ringback, *to),
            Stage::Talking { a, b } if *a == leg => Hears::Leg(*b),
            Stage::Talking { a, b } if *b == leg => Hears::Leg(*a),
            Stage::Held { held: party, .. } if *party == leg => held(),
            Stage::Held { by, tone: Some(tone), .. } if *by == leg => Hears::Tone(*tone),
            Stage::Consulting { held: party, .. } | Stage::Directing { held: party, .. } if *party == leg => held(),
            // As after a feature code: the box has understood, and waits for the word to go on.
            Stage::Directing { by, .. } if *by == leg => Hears::Tone(Tone::SpecialDial),
            Stage::Consulting { by, with, answered: true, .. } if *by == leg => Hears::Leg(*with),
            Stage::Consulting { by, with, answered: true, .. } if *with == leg => Hears::Leg(*by),
            Stage::Consulting { by, with, ringback, .. } if *by == leg => waiting(*ringback, *with),
            Stage::ThreeWay { by, other, third } if [by, other, third].contains(&&leg) => {
                Hears::Mix([*by, *other, *third].into_iter().filter(|l| *l != leg).collect())
            }
            Stage::Meeting { leg: party, room, company, .. } if *party == leg => match company {
                Company::Told(so) => so.clone(),
                Company::Nobody => held(),
                Company::Others => Hears::Room(*room),
            },
            Stage::Parked { leg: party, .. } if *party == leg => held(),
            Stage::Failing { leg: party, source: Some(source), .. } if *party == leg => Hears::Leg(*source),
            Stage::Failing { leg: party, tone, .. } if *party == leg => Hears::Tone(*tone),
            _ => Hears::Silence,
        }
    }

    /// The room that `leg` is heard in.
    fn speaks(&self, leg: LegId) -> Option<RoomId> {
        match self {
            Stage::Meeting { leg: party, room, muted: false, .. } if *party == leg => Some(*room),
            _ => None,
        }
    }

    /// A service wants the keys of the party that it has. A telephone's keys are wanted in talk too: it sends them as events
    /// (RFC 4733) beside its audio, so that the far end hears them only if we send them on.
    fn wants_keys(&self, leg: &Leg) -> bool {
        match self {
            Stage::Served { leg: served, keys, .. } => *keys && *served == leg.id,
            stage => leg.extension().is_some() && stage.talks_to(leg.id).is_some(),
        }
    }
}

fn waiting(ringback: Ringback, far: LegId) -> Hears {
    match ringback {
        Ringback::Silence => Hears::Silence,
        Ringback::Tone => Hears::Tone(Tone::Ringback),
        Ringback::CutThrough => Hears::Leg(far),
    }
}

impl Call {
    /// Tells the media engine what changed for each leg. A leg that is clearing hears nothing and is not recorded.
    pub fn publish(&mut self, music: &str, recording: impl Fn(LegId) -> Option<RecordingId>, out: &mut Outbox) {
        for place in 0..self.legs.len() {
            let leg = &self.legs[place];
            let plan = match leg.live() {
                false => Plan::default(),
                true => Plan {
                    hears: self.hears(leg.id, music),
                    detect_keys: self.stage.wants_keys(leg),
                    record: recording(leg.id),
                    speaks: self.stage.speaks(leg.id),
                },
            };
            let leg = &mut self.legs[place];
            if leg.published != plan {
                leg.published.clone_from(&plan);
                out.push(Output::Media(MediaRequest::Plan { leg: leg.id, plan }));
            }
        }
    }
}
