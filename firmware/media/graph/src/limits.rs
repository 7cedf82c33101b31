/// Blocks of a recording that the recorder may be behind by: 0.6 s. It looks ten times a second and waits for no disk.
pub const BLOCKS_A_RECORDING: usize = 30;

/// How much of everything there may be; memory for it is taken at start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Spans are numbered 1 to this.
    pub spans: u16,
    /// Legs on circuits at once.
    pub circuits: usize,
    /// Legs on RTP ports at once.
    pub rtp: usize,
    /// Kinds of music at once.
    pub music: usize,
    /// Meeting rooms at once.
    pub rooms: usize,
    /// Blocks that the recorder may be behind by, see [`BLOCKS_A_RECORDING`].
    pub recorded_blocks: usize,
    /// Where RTP's SSRCs, first sequence numbers and timestamps come from: random at each start of the daemon.
    pub seed: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            spans: 2,
            circuits: 60,
            rtp: 120,
            music: 16,
            rooms: 64,
            recorded_blocks: 90 * BLOCKS_A_RECORDING,
            seed: 0x5eed,
        }
    }
}

impl Limits {
    /// Legs at once.
    pub fn legs(&self) -> usize {
        self.circuits + self.rtp
    }
}

/// When a tick happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moment {
    /// Of the monotonic clock; the same clock stamps packets' arrival.
    pub micros: u64,
    /// Of UTC, for RTCP sender reports only.
    pub unix_micros: u64,
}

/// What went wrong or was lost, since start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub ticks: u64,
    /// Octets that a card did not deliver in time.
    pub receive_underrun: u64,
    /// Octets dropped because a card delivered too many.
    pub receive_overrun: u64,
    /// Octets a card asked for beyond what the tick had made.
    pub transmit_underrun: u64,
    /// Octets no card fetched.
    pub transmit_overrun: u64,
    /// Indications lost because nobody took them.
    pub indications_lost: u64,
    /// Recorded blocks lost because the recorder was behind.
    pub recorded_lost: u64,
    /// Memory freed on the media thread because the ring was full.
    pub freed_here: u64,
    /// Music that could not be read.
    pub music_missing: u64,
    /// Datagrams to a port that no leg has.
    pub no_such_port: u64,
    /// Datagrams that are not RTP or RTCP.
    pub rtp_malformed: u64,
    /// Packets of a payload type that was not negotiated.
    pub rtp_wrong_type: u64,
    /// Packets from somebody who is not the far end.
    pub rtp_strangers: u64,
    /// Packets of an SRTP leg that were forged, damaged or not sealed at all.
    pub rtp_forged: u64,
    /// Packets of an SRTP leg that were there before.
    pub rtp_replayed: u64,
    /// Packets that could not be sealed for their hearer, as its keys had sealed that number before.
    pub rtp_unsealed: u64,
    /// Packets before anything was negotiated.
    pub rtp_early: u64,
    /// Packets that did not fit into a tick's output.
    pub packets_lost: u64,
    /// Requests that named an unknown leg, or a port that could not be had.
    pub requests_refused: u64,
    /// Times that a card took two circuits over.
    pub crossings: u64,
}

impl Counters {
    /// How many there are.
    pub const COUNT: usize = 20;

    /// By name, for whoever shows them.
    pub fn named(&self) -> [(&'static str, u64); Counters::COUNT] {
        [
            ("ticks", self.ticks),
            ("receive_underrun", self.receive_underrun),
            ("receive_overrun", self.receive_overrun),
            ("transmit_underrun", self.transmit_underrun),
            ("transmit_overrun", self.transmit_overrun),
            ("indications_lost", self.indications_lost),
            ("recorded_lost", self.recorded_lost),
            ("freed_on_media_thread", self.freed_here),
            ("music_missing", self.music_missing),
            ("rtp_no_such_port", self.no_such_port),
            ("rtp_malformed", self.rtp_malformed),
            ("rtp_wrong_type", self.rtp_wrong_type),
            ("rtp_strangers", self.rtp_strangers),
            ("rtp_forged", self.rtp_forged),
            ("rtp_replayed", self.rtp_replayed),
            ("rtp_unsealed", self.rtp_unsealed),
            ("rtp_early", self.rtp_early),
            ("packets_lost", self.packets_lost),
            ("requests_refused", self.requests_refused),
            ("crossings", self.crossings),
        ]
    }
}
