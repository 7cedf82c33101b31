use std::net::SocketAddr;

/// What to do with a packet of the right kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// From the far end.
    Ours,
    /// From the far end, whose address is known only now.
    NewSource,
    /// From somebody else: ignored.
    Stranger,
}

/// Symmetric RTP (RFC 4961): the far end is where its packets come from, which behind a NAT is not what its SDP says.
///
/// The first valid source after negotiation is locked on to. Only the negotiated address itself may take the lock from another: a
/// stranger who was quicker than the phone does not keep the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceLock {
    negotiated: SocketAddr,
    locked: Option<SocketAddr>,
    pub strangers: u64,
}

impl SourceLock {
    pub fn new(negotiated: SocketAddr) -> SourceLock {
        SourceLock { negotiated, locked: None, strangers: 0 }
    }

    /// A new negotiation; the same address again keeps the lock.
    pub fn negotiated(&mut self, remote: SocketAddr) {
        if remote != self.negotiated {
            self.negotiated = remote;
            self.locked = None;
        }
    }

    #[inline]
    pub fn judge(&mut self, from: SocketAddr) -> Verdict {
        match self.locked {
            Some(locked) if locked == from => Verdict::Ours,
            Some(_) if from != self.negotiated => {
                self.strangers += 1;
                Verdict::Stranger
            }
            _ => {
                self.locked = Some(from);
                Verdict::NewSource
            }
        }
    }

    /// Where our packets go: where the far end's come from, or where it said it listens.
    #[inline]
    pub fn remote(&self) -> SocketAddr {
        self.locked.unwrap_or(self.negotiated)
    }
}
