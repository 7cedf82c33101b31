//! What an administration's lines do, as tables of data.

use clock::Millis;

/// A burst of ringing and the pause after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Burst {
    pub on: Millis,
    pub off: Millis,
}

const fn burst(on: u64, off: u64) -> Burst {
    Burst { on: Millis(on), off: Millis(off) }
}

/// One turn of ringing; it is repeated. Its last pause is the longest: there the exchange tells who calls.
pub type Cadence = &'static [Burst];

/// The modem of a line (YD/T 1277.1 5.1: Bell 202; ETSI EN 300 659-1 5.1: V.23 or Bell 202).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Modem {
    #[default]
    Bell202,
    V23,
}

/// What makes a telephone listen for a message without a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alert {
    /// The feed is away for a moment (GR-30 2.3: open switching interval, 150 ms to 300 ms).
    Break(Millis),
    /// A pulse of ringing (EN 300 659-1 6.2.2: RP-AS, 200 ms to 300 ms).
    RingPulse(Millis),
}

/// How lines ring, and how long things take on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Practice {
    pub name: &'static str,
    pub modem: Modem,
    /// A call from outside, and one from a colleague (distinctive ringing).
    pub ring: Cadence,
    pub ring_inside: Cadence,
    /// What goes before a message that belongs to no call.
    pub alert: Alert,
    pub office: OfficeTimes,
    pub station: StationTimes,
    /// Each key that a card sounds is out within this. A card whose word that all are out is lost holds nothing up for longer.
    pub key_within: Millis,
}

impl Practice {
    pub(crate) fn keys_within(&self, keys: usize) -> Millis {
        Millis(self.key_within.0 * (keys as u64 + 1))
    }
}

/// Towards another exchange (FXO).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OfficeTimes {
    /// Ringing voltage for less than this is no ringing: a lightning stroke, a neighbour's dial pulses.
    pub shortest_ring: Millis,
    /// Ringing without a pause for so long is a fault of the line.
    pub longest_ring: Millis,
    /// No ringing for so long: the caller has given up.
    pub rings_within: Millis,
    /// After the first ring the number comes within this, or not at all.
    pub number_within: Millis,
    /// A number that came before the first ring is this call's if ringing begins within this.
    pub ring_after_number: Millis,
    pub dial_tone_within: Millis,
    /// From dial tone, or from seizure where no tone is waited for, to the first key.
    pub before_dialling: Millis,
    /// The feed is away for so long: the exchange releases. Away for longer on an idle line: the line is cut.
    pub break_releases: Millis,
    pub break_is_fault: Millis,
    /// A change of polarity that stands for so long is one.
    pub polarity_settles: Millis,
    pub flash: Millis,
    /// From the last digit to the answer at most (Q.931 table 9-1: T301).
    pub answer_within: Millis,
    /// From on-hook until the exchange has certainly noticed.
    pub guard: Millis,
}

/// Towards a telephone (FXS).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StationTimes {
    /// From the end of the first ring to the message about the caller.
    pub before_message: Millis,
    /// From on-hook to a message that belongs to no call, and the longest that it sounds.
    pub before_lamp: Millis,
    pub lamp_within: Millis,
    /// From the last key of a number told before ringing to the ring.
    pub before_ring: Millis,
    /// The feed is taken away so long when the far end releases.
    pub break_for: Millis,
    /// A telephone left off hook hears busy tone for so long, then the howler, then nothing.
    pub busy_for: Millis,
    pub howl_for: Millis,
    /// A pause this long ends a digit of a rotary dial.
    pub between_digits: Millis,
}

const OFFICE: OfficeTimes = OfficeTimes {
    shortest_ring: Millis(150),
    longest_ring: Millis(12_000),
    rings_within: Millis(6000),
    // EN 300 659-1 6.1.1: the message begins 0.5 s to 2 s after the first ring, and lasts up to 2.5 s.
    number_within: Millis(4500),
    ring_after_number: Millis(4000),
    dial_tone_within: Millis(6000),
    before_dialling: Millis(250),
    break_releases: Millis(200),
    break_is_fault: Millis(3000),
    polarity_settles: Millis(60),
    flash: Millis(300),
    answer_within: Millis::secs(180),
    guard: Millis(1500),
};

const STATION: StationTimes = StationTimes {
    before_message: Millis(600),
    before_lamp: Millis(1000),
    lamp_within: Millis(5000),
    before_ring: Millis(300),
    break_for: Millis(800),
    busy_for: Millis(40_000),
    howl_for: Millis(60_000),
    between_digits: Millis(300),
};

impl Practice {
    /// YD/T 586 and GB/T 3380: 25 Hz, 1 s on, 4 s off.
    pub const CHINA: Practice = Practice {
        name: "cn",
        modem: Modem::Bell202,
        ring: &[burst(1000, 4000)],
        ring_inside: &[burst(400, 200), burst(400, 4000)],
        alert: Alert::Break(Millis(200)),
        office: OFFICE,
        station: STATION,
        key_within: Millis(500),
    };

    /// ETS 300 001 1.5: 1 s on, 4 s off.
    pub const EUROPE: Practice =
        Practice { name: "eu", modem: Modem::V23, alert: Alert::RingPulse(Millis(250)), ..Practice::CHINA };

    /// GR-506: 2 s on, 4 s off; the howler comes sooner.
    pub const NORTH_AMERICA: Practice = Practice {
        name: "us",
        ring: &[burst(2000, 4000)],
        ring_inside: &[burst(800, 400), burst(800, 4000)],
        office: OfficeTimes { rings_within: Millis(7000), ..OFFICE },
        ..Practice::CHINA
    };

    pub const ALL: [Practice; 3] = [Practice::CHINA, Practice::EUROPE, Practice::NORTH_AMERICA];

    pub fn named(name: &str) -> Option<Practice> {
        Practice::ALL.into_iter().find(|practice| practice.name == name)
    }
}
