/// An alarm of an E1 (G.732, G.775).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Alarm {
    /// Loss of signal.
    Los,
    /// Loss of frame alignment.
    Lfa,
    /// Alarm indication signal: all ones.
    Ais,
    /// Remote alarm indication: the far end does not receive us.
    Rai,
}

/// What happened on a span. A driver hands these over without being asked for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    AlarmBegan(Alarm),
    AlarmEnded(Alarm),
    /// The far end's CAS bits of a timeslot changed.
    Cas {
        slot: u8,
        abcd: crate::Abcd,
    },
    Slipped(Slip),
}

/// How the receiver made up for two clocks that differ (G.822: a controlled slip of one frame).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slip {
    Repeated,
    Dropped,
}

/// Counts of one span since start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub frames_received: u64,
    /// Alignment words with a wrong bit.
    pub fas_errors: u64,
    /// Sub-multiframes whose CRC-4 was wrong, here and (by E-bits) at the far end.
    pub crc_errors: u64,
    pub far_crc_errors: u64,
    /// Violations of the line's code (HDB3), as a card counts them.
    pub code_violations: u64,
    pub slips_repeated: u64,
    pub slips_dropped: u64,
    /// Times that the wire brought too little or too much in time for the play-out: only packet wires do that.
    pub underruns: u64,
    pub overruns: u64,
    /// D-channel frames received good, and dropped (bad FCS, aborted, too long or short).
    pub dchannel_frames: u64,
    pub dchannel_faults: u64,
    /// Datagrams of a packet wire that never came, and those that were no frames of a span.
    pub datagrams_lost: u64,
    pub datagrams_bad: u64,
    /// Events dropped because nobody fetched them.
    pub events_dropped: u64,
}
