use std::collections::VecDeque;

/// The variables of multiple frame operation, 3.5.2, and the frames sent but not acknowledged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    /// V(S): number of the next I frame to send.
    pub vs: u8,
    /// V(A): the last frame acknowledged by the peer, plus one.
    pub va: u8,
    /// V(R): number of the next I frame expected.
    pub vr: u8,
    /// Sent and not acknowledged, from V(A) on; those from V(S) on are to be sent again.
    sent: VecDeque<Vec<u8>>,
    /// A REJ is out and not yet answered.
    pub reject_exception: bool,
    /// The peer said RNR.
    pub peer_busy: bool,
    /// A frame was taken and not yet acknowledged.
    pub acknowledge_pending: bool,
}

impl Window {
    /// Frames numbered from V(A) to V(S).
    pub fn outstanding(&self) -> u8 {
        self.vs.wrapping_sub(self.va) & 127
    }

    /// V(A) ≤ N(R) ≤ V(S), modulo 128. V(S) is taken before any going back: an acknowledgement that crossed our decision to
    /// send again is a good one.
    pub fn valid(&self, nr: u8) -> bool {
        usize::from(nr.wrapping_sub(self.va) & 127) <= self.sent.len()
    }

    /// V(A) := N(R); N(R) was found valid.
    pub fn acknowledge(&mut self, nr: u8) {
        let done = nr.wrapping_sub(self.va) & 127;
        if done > self.outstanding() {
            self.vs = nr;
        }
        self.sent.drain(..usize::from(done).min(self.sent.len()));
        self.va = nr;
    }

    /// V(S) := V(A): everything unacknowledged is sent again (invoke retransmission).
    pub fn go_back(&mut self) {
        self.vs = self.va;
    }

    /// The next frame to send: an old one, or the next of `queue`; none if the window of `k` is full.
    pub fn next(&mut self, queue: &mut VecDeque<Vec<u8>>, k: u8) -> Option<(u8, &[u8])> {
        let outstanding = self.outstanding();
        if outstanding >= k {
            return None;
        }
        if usize::from(outstanding) == self.sent.len() {
            self.sent.push_back(queue.pop_front()?);
        }
        let ns = self.vs;
        self.vs = (self.vs + 1) & 127;
        self.sent.get(usize::from(outstanding)).map(|information| (ns, information.as_slice()))
    }

    /// Nothing waits for an acknowledgement or to be sent again.
    pub fn all_acknowledged(&self) -> bool {
        self.sent.is_empty()
    }
}
