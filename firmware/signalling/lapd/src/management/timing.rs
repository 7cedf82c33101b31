use clock::Millis;

/// Parameters of TEI management, 5.9.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ManagementTimers {
    /// T201: between TEI identity check requests, 1 s (5.9.2).
    pub t201: Millis,
    /// T202: between TEI identity requests, 2 s (5.9.6).
    pub t202: Millis,
    /// N202: TEI identity requests at most, 3 (5.9.7).
    pub n202: u32,
    /// Network side: how often all TEIs are checked (5.3.3.1 has the audit and leaves its period open). None: never of itself.
    pub audit: Option<Millis>,
}

impl Default for ManagementTimers {
    fn default() -> ManagementTimers {
        ManagementTimers { t201: Millis(1000), t202: Millis(2000), n202: 3, audit: Some(Millis::secs(120)) }
    }
}

/// The reference numbers Ri of 5.3.1.1: random, so that terminals that ask at once are told apart. A seed replays.
#[derive(Clone, Debug)]
pub(crate) struct References(u64);

impl References {
    pub(crate) fn seeded(seed: u64) -> References {
        References(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// Splitmix64.
    pub(crate) fn next(&mut self) -> u16 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 48) as u16
    }
}
