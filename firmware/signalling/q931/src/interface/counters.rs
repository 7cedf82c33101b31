/// What went wrong on the interface so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    pub received: u64,
    pub sent: u64,
    /// 5.8.1 to 5.8.3.1: frames ignored as a whole.
    pub ignored_frames: u64,
    /// 5.8.3.2: messages of unknown or misused call references.
    pub reference_errors: u64,
    /// 5.8.4: messages that the call state does not expect.
    pub unexpected: u64,
    /// 5.8.6, 5.8.7: elements missing or unreadable.
    pub element_errors: u64,
    /// 5.8.11: STATUS that contradicts our state.
    pub incompatible_states: u64,
    /// Recognised messages of procedures that this interface does not serve (congestion control, supplementary services).
    pub not_served: u64,
    /// Annex H: segments whose message never became whole.
    pub segments_lost: u64,
    /// Calls refused because the table of calls was full.
    pub refused_full: u64,
    /// Messages that could not be sent because the data link was down.
    pub unsent: u64,
    /// Requests that the call's state does not allow.
    pub misused: u64,
    pub timer_expiries: u64,
}
