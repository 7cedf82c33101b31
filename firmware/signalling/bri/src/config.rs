use clock::Millis;
use identity::SpanId;
use numbering::Digits;
use q931::{Side, Timers};

/// How many may be on the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One at each end, TEI 0: a PBX line.
    PointToPoint,
    /// A passive bus of up to eight terminals, each with a TEI.
    PointToMultipoint,
}

/// A terminal's TEI on a passive bus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tei {
    Automatic,
    /// 0 to 63.
    Fixed(u8),
}

/// How one basic access is run.
#[derive(Clone, Debug)]
pub struct Config {
    pub span: SpanId,
    pub side: Side,
    pub mode: Mode,
    /// User side on a passive bus.
    pub tei: Tei,
    /// User side on a passive bus: our numbers. Calls to others are not ours and are not answered (annex B.3.1); with none, all are.
    pub msns: Vec<Digits>,
    pub overlap_receiving: bool,
    pub overlap_sending: bool,
    /// The line sleeps when nothing is to be said: layer 1 is asked for before a frame is sent (I.430 6.2).
    pub power_save: bool,
    pub timers: Timers,
    /// Where random reference numbers of TEI management begin: terminals of one bus need different ones.
    pub seed: u64,
    /// Emit `BriOutput::Trace`.
    pub trace: bool,
}

/// I.430 timer T3: an activation that is not there by then has failed (at most 30 s).
pub(crate) const T3: Millis = Millis::secs(30);

/// B1 and B2.
pub(crate) const SLOTS: [u8; 2] = [1, 2];

impl Config {
    pub fn new(span: SpanId, side: Side, mode: Mode) -> Config {
        Config {
            span,
            side,
            mode,
            tei: Tei::Automatic,
            msns: Vec::new(),
            overlap_receiving: false,
            overlap_sending: false,
            power_save: false,
            timers: Timers::default(),
            seed: u64::from(span.0) + 1,
            trace: false,
        }
    }

    /// A network side with a bus of terminals.
    pub(crate) fn has_terminals(&self) -> bool {
        (self.side, self.mode) == (Side::Network, Mode::PointToMultipoint)
    }

    pub(crate) fn call_control(&self) -> q931::Config {
        q931::Config { timers: self.timers.clone(), trace: self.trace, ..q931::Config::basic(self.side) }
    }

    pub(crate) fn d_channel(&self) -> lapd::DChannelConfig {
        let side = match self.side {
            Side::User => lapd::Side::User,
            Side::Network => lapd::Side::Network,
        };
        let endpoint = match (self.mode, self.side, self.tei) {
            (Mode::PointToPoint, _, _) => lapd::Endpoint::PointToPoint,
            (Mode::PointToMultipoint, Side::Network, _) => lapd::Endpoint::Network,
            (Mode::PointToMultipoint, Side::User, Tei::Automatic) => lapd::Endpoint::AutomaticTei,
            (Mode::PointToMultipoint, Side::User, Tei::Fixed(tei)) => lapd::Endpoint::FixedTei(tei),
        };
        let basic = lapd::DChannelConfig::basic_rate(side, endpoint);
        // A line that sleeps is not woken for an audit: it has one when it wakes.
        let audit = basic.management.audit.filter(|_| !self.power_save);
        let management = lapd::ManagementTimers { audit, ..basic.management };
        lapd::DChannelConfig { seed: self.seed, management, ..basic }
    }

    /// Whether a number that was called is one of ours. Networks deliver it with or without the area; a call without a number is for everybody
    /// (annex B.3.1).
    pub(crate) fn is_ours(&self, called: &Digits) -> bool {
        let called = called.as_str();
        let suffix = |msn: &Digits| called.ends_with(msn.as_str()) || msn.as_str().ends_with(called);
        called.is_empty() || self.msns.is_empty() || self.msns.iter().any(suffix)
    }
}
