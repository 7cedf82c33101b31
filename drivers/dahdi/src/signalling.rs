//! How a channel signals, and how a span's line is framed: the words of the configuration.

use crate::span::ChannelNumber;

const FXO_SIDE: i32 = 1 << 12;
const FXS_SIDE: i32 = 1 << 13;
const CLEAR: i32 = 1 << 7;
const HDLC_RAW: i32 = (1 << 8) | CLEAR;
const HDLC_FCS: i32 = (1 << 9) | HDLC_RAW;
const DACS: i32 = (1 << 16) | CLEAR;

/// The bits a, b, c, d of timeslot 16 (G.704), a highest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CasBits(u8);

impl CasBits {
    /// 1101: idle as most exchanges send it.
    pub const IDLE: CasBits = CasBits(0b1101);

    /// The four lowest bits of `nibble`; what stands above is not ours: the dynamic driver leaves the neighbour's bits there.
    pub const fn new(nibble: u8) -> CasBits {
        CasBits(nibble & 0xf)
    }

    pub const fn nibble(self) -> u8 {
        self.0
    }
}

/// How a channel signals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signalling {
    /// Unused.
    None,
    /// Octets as they are, no signalling of its own: a B-channel.
    Clear,
    /// A channel of CAS: R2. The bits are sent while nobody has the channel open.
    Cas { idle: CasBits },
    /// A D-channel whose HDLC the kernel does.
    Hdlc,
    /// A D-channel whose HDLC the card does.
    HardwareHdlc,
    /// A telephone's port, by its feed: loop start, or with a cut of feed at the end of a call ("kewlstart").
    Fxs { feed_cut: bool },
    /// An exchange line's port.
    Fxo { feed_cut: bool },
    /// The kernel copies to this channel what the other receives.
    CrossConnected { from: ChannelNumber },
}

impl Signalling {
    /// A port signals as what is at its far end: an FXS port has FXO signalling. The kernel's names keep to that, ours to the port.
    pub(crate) fn kind(self) -> i32 {
        match self {
            Signalling::None => 0,
            Signalling::Clear => CLEAR,
            Signalling::Cas { .. } => 1 << 15,
            Signalling::Hdlc => HDLC_FCS,
            Signalling::HardwareHdlc => (1 << 19) | CLEAR,
            Signalling::Fxs { feed_cut: false } => (1 << 3) | FXO_SIDE,
            Signalling::Fxs { feed_cut: true } => (1 << 5) | FXO_SIDE,
            Signalling::Fxo { feed_cut: false } => 1 | FXS_SIDE,
            Signalling::Fxo { feed_cut: true } => (1 << 2) | FXS_SIDE,
            Signalling::CrossConnected { .. } => DACS,
        }
    }

    /// The field that holds the idle bits, or the channel that is listened to.
    pub(crate) fn idle_or_source(self) -> i32 {
        match self {
            Signalling::Cas { idle } => i32::from(idle.nibble()),
            Signalling::CrossConnected { from } => from.raw(),
            Signalling::None
            | Signalling::Clear
            | Signalling::Hdlc
            | Signalling::HardwareHdlc
            | Signalling::Fxs { .. }
            | Signalling::Fxo { .. } => 0,
        }
    }
}

/// What a channel can do, as its driver tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Capabilities {
    pub fxs: bool,
    pub fxo: bool,
    pub cas: bool,
    pub clear: bool,
    pub hardware_hdlc: bool,
}

impl Capabilities {
    pub(crate) fn decode(sigcap: i32) -> Capabilities {
        let all = |kind: Signalling| sigcap & kind.kind() == kind.kind();
        Capabilities {
            fxs: all(Signalling::Fxs { feed_cut: false }),
            fxo: all(Signalling::Fxo { feed_cut: false }),
            cas: sigcap & (1 << 15) != 0,
            clear: all(Signalling::Clear),
            hardware_hdlc: all(Signalling::HardwareHdlc),
        }
    }
}

/// G.711's two laws.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Law {
    Mu,
    A,
}

impl Law {
    pub(crate) fn raw(self) -> i32 {
        match self {
            Law::Mu => 1,
            Law::A => 2,
        }
    }
}

/// How an E1 is framed and coded (G.703, G.704).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct E1Line {
    /// Timeslot 16 carries frames or speech, not the multiframe of CAS.
    pub common_channel: bool,
    pub crc4: bool,
    /// HDB3; otherwise AMI.
    pub hdb3: bool,
    /// How good a clock this line is: 0 none, 1 the best.
    pub clock_priority: u8,
}

impl E1Line {
    pub(crate) fn bits(self) -> i32 {
        let bit = |set: bool, position: u32| i32::from(set) << position;
        let coding = if self.hdb3 { 1 << 9 } else { 1 << 6 };
        coding | bit(self.common_channel, 8) | bit(self.crc4, 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signalling_has_the_kernels_numbers() {
        for (signalling, number) in [
            (Signalling::None, 0),
            (Signalling::Clear, 0x80),
            (Signalling::Cas { idle: CasBits::IDLE }, 0x8000),
            (Signalling::Hdlc, 0x380),
            (Signalling::HardwareHdlc, 0x8_0080),
            (Signalling::Fxs { feed_cut: false }, 0x1008),
            (Signalling::Fxs { feed_cut: true }, 0x1020),
            (Signalling::Fxo { feed_cut: false }, 0x2001),
            (Signalling::Fxo { feed_cut: true }, 0x2004),
            (Signalling::CrossConnected { from: ChannelNumber(7) }, 0x1_0080),
        ] {
            assert_eq!(signalling.kind(), number, "{signalling:?}");
        }
        assert_eq!(Signalling::Cas { idle: CasBits::IDLE }.idle_or_source(), 0b1101);
        assert_eq!(Signalling::CrossConnected { from: ChannelNumber(7) }.idle_or_source(), 7);
    }

    #[test]
    fn a_neighbours_bits_are_cut_off() {
        assert_eq!(CasBits::new(0x9d), CasBits::IDLE);
    }

    #[test]
    fn an_e1_of_cas_has_no_bit_for_ccs() {
        let cas = E1Line { common_channel: false, crc4: true, hdb3: true, clock_priority: 1 };
        assert_eq!(cas.bits(), 0x600);
        assert_eq!(E1Line { common_channel: true, ..cas }.bits(), 0x700);
        assert_eq!(E1Line { hdb3: false, crc4: false, ..cas }.bits(), 0x40);
    }

    #[test]
    fn capabilities_of_a_telephone_port() {
        let port = Capabilities::decode(0x1008 | 0x1020);
        assert!(port.fxs && !port.fxo && !port.clear && !port.cas);
    }
}
