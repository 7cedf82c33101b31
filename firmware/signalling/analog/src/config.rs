use crate::practice::Practice;
use clock::{Millis, Monotonic, WallTime};
use identity::SpanId;
use numbering::Digits;

/// How an analog card is run.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    pub span: SpanId,
    pub practice: Practice,
    pub ports: Vec<PortConfig>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct PortConfig {
    /// From 1, as on the front panel.
    pub slot: u8,
    pub kind: PortKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum PortKind {
    /// Feeds a telephone.
    Fxs(Station),
    /// Is a telephone to another exchange.
    Fxo(Office),
}

/// A port that feeds a telephone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Station {
    pub show_caller: ShowCaller,
    /// Calling numbers of at most so many digits are colleagues': they ring differently.
    pub inside_digits: usize,
    /// Reverse the feed while a call of this telephone's is answered.
    pub reverse_at_answer: bool,
    /// Take the feed away for a moment when the far end releases.
    pub break_at_release: bool,
}

/// How a telephone is told who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ShowCaller {
    No,
    /// By modem after the first ring, in the form with a name (MDMF), or the simple one (SDMF).
    #[default]
    Multiple,
    Single,
    /// By keys before the first ring.
    Dtmf,
}

impl Default for Station {
    fn default() -> Station {
        Station {
            show_caller: ShowCaller::Multiple,
            inside_digits: 6,
            reverse_at_answer: false,
            break_at_release: false,
        }
    }
}

/// A port to another exchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Office {
    /// The line's own number: what its callers dialled.
    pub number: Digits,
    /// The line tells who calls: ringing is told once that is known, or will not come.
    pub hear_caller: bool,
    pub answered_by: AnsweredBy,
    /// A change of polarity in a call that came in ends it.
    pub polarity_releases: bool,
    /// Busy, congestion or dial tone in a call ends it.
    pub tones_release: bool,
    pub silence_releases: Option<Millis>,
    pub wait_for_dial_tone: bool,
    /// Holding and taking back is told to the exchange by a flash (Centrex).
    pub flash_to_hold: bool,
}

/// How an outgoing call is known to be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AnsweredBy {
    /// The exchange reverses the feed.
    Polarity,
    /// By what is heard; the polarity counts too.
    #[default]
    Sound,
    /// It counts as answered once dialled: nobody knows better.
    Dialled,
}

impl Default for Office {
    fn default() -> Office {
        Office {
            number: Digits::default(),
            hear_caller: true,
            answered_by: AnsweredBy::Sound,
            polarity_releases: true,
            tones_release: true,
            silence_releases: None,
            wait_for_dial_tone: true,
            flash_to_hold: false,
        }
    }
}

/// The wall clock at a moment, for the time that a telephone shows beside the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockFace {
    pub at: Monotonic,
    pub wall: WallTime,
    pub utc_offset_minutes: i32,
}

impl ClockFace {
    pub(crate) fn call_time(self, now: Monotonic) -> crate::CallTime {
        let civil = (self.wall + now.since(self.at)).civil(self.utc_offset_minutes);
        crate::CallTime { month: civil.month, day: civil.day, hour: civil.hour, minute: civil.minute }
    }
}
