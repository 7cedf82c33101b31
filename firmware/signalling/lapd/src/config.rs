use clock::Millis;

/// Which side of the interface this end is. It decides the C/R bit (Q.921 table 1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    User,
    Network,
}

/// System parameters of Q.921 5.9.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    pub side: Side,
    /// Service access point: 0 for call control.
    pub sapi: u8,
    /// Terminal endpoint: 0 on a point-to-point primary rate interface.
    pub tei: u8,
    /// T200: wait for an acknowledgement, 1 s (5.9.1).
    pub t200: Millis,
    /// T203: longest silence on an idle link, 10 s (5.9.8).
    pub t203: Millis,
    /// N200: retransmissions at most, 3 (5.9.2).
    pub n200: u32,
    /// N201: octets in an information field at most, 260 (5.9.3).
    pub n201: usize,
    /// k: I frames unacknowledged at most, 7 for signalling on a primary rate interface (5.9.5).
    pub k: u8,
}

impl Config {
    pub const fn primary_rate(side: Side) -> Config {
        Config { side, sapi: 0, tei: 0, t200: Millis(1000), t203: Millis(10_000), n200: 3, n201: 260, k: 7 }
    }

    /// Call control on a basic access: k is 1 (5.9.5).
    pub const fn basic_rate(side: Side, tei: u8) -> Config {
        Config { tei, k: 1, ..Config::primary_rate(side) }
    }
}
