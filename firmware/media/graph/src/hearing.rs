use crate::playing::Playing;
use identity::LegId;
use plan::Tone;

/// A leg that is heard. Where it is, is looked up whenever legs came or went.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    pub(crate) leg: LegId,
    pub(crate) slot: Option<u16>,
}

/// `plan::Hears` with what the engine remembers to carry it out.
#[derive(Debug)]
pub(crate) enum Hearing {
    Silence,
    Leg(Party),
    Mix(Vec<Party>),
    /// By its place among the rooms.
    Room {
        place: u16,
    },
    Tone {
        tone: Tone,
        position: usize,
    },
    Play(Playing),
    Music {
        place: u16,
    },
}
