//! SRTP of a leg: what its far end sends is opened before anything looks at it, what it gets is sealed last.

use crate::limits::Counters;
use crate::outbox::Outbox;
use crate::streams::Streams;
use plan::{SrtpKeys, SrtpSuite};
use srtp::{Opener, Refused, Sealer};

/// Octets of the longest datagram that is sealed apart from where it came.
pub(crate) const LONGEST_SEALED: usize = 2048;

/// The keys of one leg, both ways.
#[derive(Debug)]
pub struct Secrecy {
    keys: SrtpKeys,
    sealer: Sealer,
    opener: Opener,
}

impl Secrecy {
    pub(crate) fn new(keys: SrtpKeys) -> Secrecy {
        Secrecy { keys, sealer: Sealer::new(&keys.send), opener: Opener::new(&keys.receive) }
    }

    pub(crate) fn suite(&self) -> SrtpSuite {
        self.keys.send.suite
    }

    /// New keys. A key that stays keeps its count: beginning it anew would seal two packets alike, and take old ones again.
    pub(crate) fn renew(&mut self, keys: SrtpKeys) {
        if self.keys.send != keys.send {
            self.sealer = Sealer::new(&keys.send);
        }
        if self.keys.receive != keys.receive {
            self.opener = Opener::new(&keys.receive);
        }
        self.keys = keys;
    }

    /// Opens what came, in place; returns its length.
    pub(crate) fn open(&mut self, datagram: &mut [u8], control: bool, counters: &mut Counters) -> Option<usize> {
        let opened = if control { self.opener.open_rtcp(datagram) } else { self.opener.open_rtp(datagram) };
        match opened {
            Ok(length) => return Some(length),
            Err(Refused::Malformed) => counters.rtp_malformed += 1,
            Err(Refused::Replayed) => counters.rtp_replayed += 1,
            Err(Refused::Forged | Refused::WornOut | Refused::NoRoom) => counters.rtp_forged += 1,
        }
        None
    }

    /// Seals what leaves, in place; returns its length.
    pub(crate) fn seal(&mut self, room: &mut [u8], length: usize, control: bool) -> Result<usize, Refused> {
        if control { self.sealer.seal_rtcp(room, length) } else { self.sealer.seal_rtp(room, length) }
    }

    /// The same for a packet that is another leg's too: out of where it came into memory of its own.
    pub(crate) fn seal_copy(&mut self, packet: &[u8], room: &mut [u8]) -> Result<usize, Refused> {
        room.get_mut(..packet.len()).ok_or(Refused::NoRoom)?.copy_from_slice(packet);
        self.seal(room, packet.len(), false)
    }
}

/// Seals what the tick put into the outbox.
pub(crate) fn seal_outbox(outbox: &mut Outbox, streams: &mut Streams) {
    if streams.sealed == 0 {
        outbox.all_sealed();
        return;
    }
    outbox.seal(|port, room, length| {
        let secrecy = streams.at(port).and_then(|(stream, _)| stream.secrecy.as_mut());
        secrecy.map_or(Ok(length), |secrecy| secrecy.seal(room, length, port & 1 == 1))
    });
}
