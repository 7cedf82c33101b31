use identity::SpanId;
pub use q931::Side;
use q931::Timers;

/// How one span is run.
#[derive(Clone, Debug)]
pub struct Config {
    pub span: SpanId,
    pub side: Side,
    /// Timeslots that carry speech.
    pub slots: Vec<u8>,
    /// Incoming numbers may come digit by digit.
    pub overlap_receiving: bool,
    /// Outgoing numbers may be sent digit by digit.
    pub overlap_sending: bool,
    /// Restart the whole interface when the data link first comes up (5.5).
    pub restart_at_start: bool,
    /// Serve suspension and resumption (5.6): no public network offers it on a primary rate access.
    pub rearrangement: bool,
    pub timers: Timers,
    /// Emit `PriOutput::Trace`.
    pub trace: bool,
}

impl Config {
    /// An E1 with all its 30 channels, en bloc both ways.
    pub fn new(span: SpanId, side: Side) -> Config {
        Config {
            span,
            side,
            slots: (1..=15).chain(17..=31).collect(),
            overlap_receiving: false,
            overlap_sending: false,
            restart_at_start: false,
            rearrangement: false,
            timers: Timers::default(),
            trace: false,
        }
    }

    pub(crate) fn call_control(&self) -> q931::Config {
        q931::Config {
            side: self.side,
            access: q931::Access::Primary,
            channels: self.slots.len(),
            timers: self.timers.clone(),
            rearrangement: self.rearrangement,
            trace: self.trace,
        }
    }

    pub(crate) fn data_link(&self) -> lapd::Config {
        lapd::Config::primary_rate(match self.side {
            Side::User => lapd::Side::User,
            Side::Network => lapd::Side::Network,
        })
    }
}
