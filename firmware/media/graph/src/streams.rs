use crate::limits::Limits;
use crate::stream::Stream;

/// Lines of a stream that a packet touches: see there.
const HOT_LINES: usize = 7;

/// RTP ports in use and the streams behind them.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Indexed by half the even port: the stream and the leg's slot.
    owner: Vec<Option<(u16, u16)>>,
    pub(crate) pool: Vec<Stream>,
    free: Vec<u16>,
    /// Streams with SRTP.
    pub(crate) sealed: usize,
    random: u64,
}

impl Streams {
    pub(crate) fn new(limits: &Limits) -> Streams {
        Streams {
            owner: vec![None; 1 << 15],
            pool: (0..limits.rtp).map(|_| Stream::new()).collect(),
            free: (0..limits.rtp as u16).rev().collect(),
            sealed: 0,
            random: limits.seed,
        }
    }

    /// `None`: an odd port, one that has an owner, or all are taken.
    pub(crate) fn take(&mut self, local_port: u16, slot: u16) -> Option<u16> {
        let owner = self.owner.get_mut(local_port as usize / 2)?;
        if !local_port.is_multiple_of(2) || local_port == 0 || owner.is_some() {
            return None;
        }
        let place = self.free.pop()?;
        *owner = Some((place, slot));
        let random = [self.roll(), self.roll()];
        self.pool[place as usize].open(local_port, random);
        Some(place)
    }

    /// No packet passes to or from the stream until the plans are looked at anew: it changes, or its place will be another's.
    pub(crate) fn unwire(&mut self, place: u16) {
        let stream = &mut self.pool[place as usize];
        stream.passing.to = None;
        if let Some(feeder) = stream.passing.from {
            self.pool[feeder as usize].passing.to = None;
        }
    }

    pub(crate) fn give_back(&mut self, place: u16) {
        let port = self.pool[place as usize].local_port;
        if let Some(owner) = self.owner.get_mut(port as usize / 2)
            && owner.take().is_some()
        {
            self.free.push(place);
        }
    }

    fn get(&self, port: u16) -> Option<&Stream> {
        let (place, _) = (*self.owner.get(port as usize / 2)?)?;
        self.pool.get(place as usize)
    }

    pub(crate) fn expect_soon(&self, port: u16) {
        if let Some(stream) = self.get(port) {
            rtp::bring_near(stream, HOT_LINES);
        }
    }

    pub(crate) fn expect_next(&self, port: u16) {
        let Some(stream) = self.get(port) else { return };
        if let Some(hearer) = stream.passing.to.and_then(|place| self.pool.get(place as usize)) {
            rtp::bring_near(hearer, HOT_LINES);
        }
        if stream.passing.wanted {
            stream.jitter.expect();
        }
    }

    /// The stream of an RTP or RTCP port, and the slot of its leg.
    pub(crate) fn at(&mut self, port: u16) -> Option<(&mut Stream, usize)> {
        let (place, slot) = (*self.owner.get(port as usize / 2)?)?;
        Some((self.pool.get_mut(place as usize)?, slot as usize))
    }

    /// SplitMix64: unpredictable enough for SSRCs, from the seed of the limits.
    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.random;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}
