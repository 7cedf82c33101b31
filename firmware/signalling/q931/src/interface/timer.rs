use clock::Millis;

macro_rules! timers {
    ($($(#[$doc:meta])* $name:ident = $seconds:literal;)*) => {
        /// Timers of tables 9-1 (network) and 9-2 (user), with the value this interface starts from.
        ///
        /// T312 is run by whoever sends a broadcast SETUP (`bri`). T320 and T321 belong to procedures that an interface in circuit mode
        /// does not have (packet mode, D-channel back-up): they are listed and never armed.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Timer {
            $($(#[$doc])* $name,)*
        }

        impl Timer {
            pub const ALL: &[Timer] = &[$(Timer::$name,)*];

            /// The default.
            pub const fn default_value(self) -> Millis {
                match self {
                    $(Timer::$name => Millis::secs($seconds),)*
                }
            }
        }
    };
}

timers! {
    /// ALERTING received, until CONNECT (at least 3 minutes).
    T301 = 180;
    /// Overlap receiving: between digits.
    T302 = 15;
    /// SETUP sent, until any answer; one retransmission.
    T303 = 4;
    /// Overlap sending: SETUP ACKNOWLEDGE or the last INFORMATION, until progress.
    T304 = 30;
    /// DISCONNECT sent without tone, until RELEASE.
    T305 = 30;
    /// DISCONNECT sent with tone, until RELEASE.
    T306 = 30;
    /// Network: SUSPEND ACKNOWLEDGE sent, until RESUME.
    T307 = 180;
    /// RELEASE sent, until RELEASE COMPLETE; one retransmission.
    T308 = 4;
    /// Data link lost with active calls, until it is back.
    T309 = 90;
    /// CALL PROCEEDING received, until ALERTING, PROGRESS, CONNECT or DISCONNECT.
    T310 = 40;
    /// Network: broadcast SETUP sent, as long as terminals may answer it.
    T312 = 6;
    /// User: CONNECT sent, until CONNECT ACKNOWLEDGE.
    T313 = 4;
    /// Between segments of one message (annex H).
    T314 = 4;
    /// RESTART sent, until RESTART ACKNOWLEDGE; one retransmission.
    T316 = 120;
    /// RESTART received, until the circuits are cleared inside; less than T316.
    T317 = 60;
    /// User: RESUME sent, until it is acknowledged or rejected.
    T318 = 4;
    /// User: SUSPEND sent, until it is acknowledged or rejected.
    T319 = 4;
    T320 = 30;
    T321 = 30;
    /// STATUS ENQUIRY sent, until STATUS; two retransmissions (5.8.10 leaves their number open).
    T322 = 4;
}

/// The values an interface uses: the table's, unless a setting says otherwise.
///
/// ```
/// use clock::Millis;
/// use q931::{Timer, Timers};
/// let timers = Timers::default().with(Timer::T310, Millis::secs(110));
/// assert_eq!(timers.value(Timer::T310), Millis::secs(110));
/// assert_eq!(timers.value(Timer::T303), Millis::secs(4));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Timers {
    overrides: Vec<(Timer, Millis)>,
}

impl Timers {
    pub fn with(mut self, timer: Timer, value: Millis) -> Timers {
        self.overrides.retain(|(overridden, _)| *overridden != timer);
        self.overrides.push((timer, value));
        self
    }

    pub fn value(&self, timer: Timer) -> Millis {
        let overridden = self.overrides.iter().find(|(overridden, _)| *overridden == timer);
        overridden.map_or(timer.default_value(), |(_, value)| *value)
    }
}
