//! What call progress may signal, and each signal's frequency and cadence.

/// What is heard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signal {
    /// 拨号音: dial.
    Dial,
    /// 特种拨号音.
    SpecialDial,
    /// 回铃音: the called telephone rings.
    Ringback,
    /// 忙音.
    Busy,
    /// 拥塞音.
    Congestion,
    /// 空号音: there is no such number.
    NumberUnobtainable,
    /// 长途通知音: an operator wants to come in.
    TrunkOffering,
    /// 呼入等待音.
    CallWaiting,
    /// 提醒音 of three parties, and the tone of a recorder: 1400 Hz now and then.
    Reminder,
    /// Before an announcement that the call failed (E.180 section 6).
    SpecialInformation,
    /// 证实音: steady 950 Hz.
    Confirmation,
    /// 催挂音: 950 Hz far louder than speech.
    Howler,
    /// CNG: a facsimile machine calls.
    FaxCalling,
    /// CED, ANS, ANSam: a facsimile machine or a modem answers.
    FaxAnswering,
    /// Flags of a V.21 modem, channel 2: a facsimile machine identifies itself.
    FaxFlags,
    /// Any other single tone, to the next 10 Hz: a beep, a test tone.
    Tone { hertz: u16 },
    /// Speech, music, noise: see [`crate::AnswerClassifier`] for which.
    Sound,
    /// Nothing for as long as [`crate::ProgressTiming`] says.
    Silence,
}

/// A part of a cadence, milliseconds at least and at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) least: u32,
    pub(crate) most: u32,
}

/// A tone with a cadence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cadence {
    pub(crate) signal: Signal,
    /// Hertz, at least and at most.
    pub(crate) hertz: (f32, f32),
    /// On and off in turn, beginning with on.
    pub(crate) turn: &'static [Part],
    /// So many parts in a row make it certain...
    pub(crate) parts: usize,
    /// ...and so much of the one after them, milliseconds.
    pub(crate) and: u32,
}

const fn part(least: u32, most: u32) -> Part {
    Part { least, most }
}

/// 450 Hz +-25, and what a line and a measurement add.
pub(crate) const NETWORK: (f32, f32) = (420.0, 480.0);
/// 950 Hz +-50.
pub(crate) const LOUD: (f32, f32) = (895.0, 1005.0);
const REMINDING: (f32, f32) = (1360.0, 1440.0);
/// T.30 4.1.1: 1100 Hz +-38.
const CALLING: (f32, f32) = (1060.0, 1140.0);
/// T.30 4.1.2, V.25: 2100 Hz +-15; a carrier system may shift it.
pub(crate) const ANSWERING: (f32, f32) = (2075.0, 2125.0);

/// GB/T 3380 gives each part +-10 %; exchanges and PBXs take more freedom, so the limits lie where the next tone's begin.
pub(crate) const CADENCES: [Cadence; 9] = [
    Cadence { signal: Signal::SpecialDial, hertz: NETWORK, turn: &[part(320, 480), part(20, 70)], parts: 4, and: 0 },
    Cadence { signal: Signal::Busy, hertz: NETWORK, turn: &[part(240, 510), part(240, 510)], parts: 4, and: 0 },
    Cadence { signal: Signal::Congestion, hertz: NETWORK, turn: &[part(530, 850), part(530, 850)], parts: 4, and: 0 },
    Cadence {
        signal: Signal::NumberUnobtainable,
        hertz: NETWORK,
        turn: &[
            part(70, 150),
            part(60, 150),
            part(70, 150),
            part(60, 150),
            part(70, 150),
            part(60, 150),
            part(320, 480),
            part(320, 480),
        ],
        parts: 7,
        and: 0,
    },
    Cadence {
        signal: Signal::TrunkOffering,
        hertz: NETWORK,
        turn: &[part(160, 240), part(160, 240), part(160, 240), part(500, 700)],
        parts: 4,
        and: 0,
    },
    Cadence {
        signal: Signal::CallWaiting,
        hertz: NETWORK,
        turn: &[part(320, 480), part(3200, 4800)],
        parts: 3,
        and: 50,
    },
    Cadence {
        signal: Signal::Ringback,
        hertz: NETWORK,
        turn: &[part(700, 1450), part(2500, 5500)],
        parts: 1,
        and: 950,
    },
    Cadence {
        signal: Signal::Reminder,
        hertz: REMINDING,
        turn: &[part(320, 560), part(8000, 20_000)],
        parts: 1,
        and: 1000,
    },
    // T.30 4.1.1: 0.5 s on, 3 s off, each +-15 %.
    Cadence {
        signal: Signal::FaxCalling,
        hertz: CALLING,
        turn: &[part(410, 590), part(2500, 3500)],
        parts: 1,
        and: 300,
    },
];

/// E.180 section 6.1: 950, 1400, 1800 Hz, each +-50.
pub(crate) const SPECIAL_INFORMATION: [(f32, f32); 3] = [(890.0, 1010.0), (1340.0, 1460.0), (1740.0, 1860.0)];
/// Each 330 ms +-70.
pub(crate) const SPECIAL_PART: Part = part(240, 420);
/// Gaps of up to 30 ms between them.
pub(crate) const SPECIAL_GAP: u32 = 50;
