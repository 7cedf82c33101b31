//! A span as the kernel tells it: what it is, how it is, what it counted.

use crate::abi::{self, SpanInfo};

/// A span's number, 1 to 128, in the order in which the drivers registered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpanNumber(pub u16);

/// A channel's number, 1 to 1023, over all spans.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelNumber(pub u16);

impl SpanNumber {
    pub(crate) fn raw(self) -> i32 {
        i32::from(self.0)
    }
}

impl ChannelNumber {
    pub(crate) fn raw(self) -> i32 {
        i32::from(self.0)
    }
}

/// What a span is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SpanKind {
    E1,
    T1,
    J1,
    Bri,
    Fxs,
    Fxo,
    /// Both kinds of analog ports: each channel tells its own.
    AnalogMixed,
    /// Made by a program's request: over Ethernet, or in software.
    Dynamic,
    Unknown,
}

impl SpanKind {
    pub fn is_digital(self) -> bool {
        match self {
            SpanKind::E1 | SpanKind::T1 | SpanKind::J1 | SpanKind::Bri | SpanKind::Dynamic => true,
            SpanKind::Fxs | SpanKind::Fxo | SpanKind::AnalogMixed | SpanKind::Unknown => false,
        }
    }

    /// The kernel gives five letters of the name.
    fn of(text: &str) -> SpanKind {
        match text {
            "E1" => SpanKind::E1,
            "T1" => SpanKind::T1,
            "J1" => SpanKind::J1,
            "NT" | "TE" | "BRI_S" | "BRI" => SpanKind::Bri,
            "FXS" => SpanKind::Fxs,
            "FXO" => SpanKind::Fxo,
            "ANALO" => SpanKind::AnalogMixed,
            "DYNAM" => SpanKind::Dynamic,
            _ => SpanKind::Unknown,
        }
    }
}

/// The alarms that stand on a span (G.732, G.775).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SpanAlarms {
    /// The signal came back a moment ago: the card waits before it believes so.
    pub recovering: bool,
    /// Maintenance has the span in a loop.
    pub loopback: bool,
    /// Remote alarm indication: the far end does not receive us (yellow).
    pub rai: bool,
    /// Nothing usable is received (red); why, if the card knows, stand in the next three.
    pub red: bool,
    /// Alarm indication signal: all ones (blue).
    pub ais: bool,
    pub not_open: bool,
    /// Loss of signal.
    pub los: bool,
    /// Loss of frame alignment.
    pub lfa: bool,
    /// Loss of multiframe alignment.
    pub lmfa: bool,
}

impl SpanAlarms {
    /// Decodes the bits of SPANSTAT.
    pub fn from_bits(bits: u32) -> SpanAlarms {
        let has = |bit: u32| bits & (1 << bit) != 0;
        SpanAlarms {
            recovering: has(0),
            loopback: has(1),
            rai: has(2),
            red: has(3),
            ais: has(4),
            not_open: has(5),
            los: has(8),
            lfa: has(9),
            lmfa: has(10),
        }
    }

    pub fn any(self) -> bool {
        self != SpanAlarms::default()
    }

    /// No speech and no signalling comes in.
    pub fn out_of_service(self) -> bool {
        self.red || self.los || self.lfa || self.ais || self.not_open
    }
}

/// What a span counted since its driver was loaded, or since the counts were reset. They wrap at 2^32.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ErrorCounts {
    /// Bipolar violations.
    pub bpv: u32,
    /// Sub-multiframes whose CRC-4 was wrong.
    pub crc4: u32,
    /// The same at the far end, as its E bits tell.
    pub ebit: u32,
    /// Wrong frame alignment signals.
    pub fas: u32,
    pub framing: u32,
    pub coding: u32,
    /// Wrong bits of a test pattern.
    pub bit: u32,
    pub errored_seconds: u32,
    /// Interrupts that came too late: a host too slow, or a card that shares its interrupt.
    pub missed_interrupts: u32,
    /// Controlled slips: the clocks of line and host differ (G.822). The kernel tells them in a file of its own.
    pub slips: u32,
}

impl ErrorCounts {
    /// What came on top since `before`, of counts that may have wrapped.
    pub fn since(&self, before: &ErrorCounts) -> ErrorCounts {
        ErrorCounts {
            bpv: self.bpv.wrapping_sub(before.bpv),
            crc4: self.crc4.wrapping_sub(before.crc4),
            ebit: self.ebit.wrapping_sub(before.ebit),
            fas: self.fas.wrapping_sub(before.fas),
            framing: self.framing.wrapping_sub(before.framing),
            coding: self.coding.wrapping_sub(before.coding),
            bit: self.bit.wrapping_sub(before.bit),
            errored_seconds: self.errored_seconds.wrapping_sub(before.errored_seconds),
            missed_interrupts: self.missed_interrupts.wrapping_sub(before.missed_interrupts),
            slips: self.slips.wrapping_sub(before.slips),
        }
    }
}

/// What a span's hardware is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hardware {
    pub description: String,
    pub manufacturer: String,
    /// The card's model.
    pub device: String,
    /// Where it is plugged in: the same after a restart, so that spans are known by it.
    pub location: String,
}

/// One span as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpanStatus {
    pub number: SpanNumber,
    /// Cut by the kernel after 19 letters.
    pub name: String,
    pub kind: SpanKind,
    pub hardware: Hardware,
    /// Its place on the card from 1, as the card's driver tells it; 0: not told.
    pub on_card: u16,
    pub alarms: SpanAlarms,
    pub counts: ErrorCounts,
    pub channels: u16,
    /// Channels that have a signalling.
    pub configured: u16,
    /// The span that clocks this card; none: the card runs free.
    pub clocked_by: Option<SpanNumber>,
    /// Framing and coding in force, and what the hardware can do, as bits.
    pub line_config: u32,
    pub line_capabilities: u32,
}

impl SpanStatus {
    pub(crate) fn decode(info: &SpanInfo) -> SpanStatus {
        let (alarms, syncsrc, lineconfig, linecompat) = (info.alarms, info.syncsrc, info.lineconfig, info.linecompat);
        SpanStatus {
            number: SpanNumber(small(info.spanno)),
            name: abi::words(&info.name),
            kind: SpanKind::of(&abi::words(&info.spantype)),
            hardware: Hardware {
                description: abi::words(&info.desc),
                manufacturer: abi::words(&info.manufacturer),
                device: abi::words(&info.devicetype),
                location: abi::words(&info.location),
            },
            on_card: 0,
            alarms: SpanAlarms::from_bits(alarms.cast_unsigned()),
            counts: counts(info),
            channels: small(info.totalchans),
            configured: small(info.numchans),
            clocked_by: (syncsrc > 0).then(|| SpanNumber(small(syncsrc))),
            line_config: lineconfig.cast_unsigned(),
            line_capabilities: linecompat.cast_unsigned(),
        }
    }
}

fn counts(info: &SpanInfo) -> ErrorCounts {
    let (bpv, crc4, ebit, fas, irq) = (info.bpvcount, info.crc4count, info.ebitcount, info.fascount, info.irqmisses);
    ErrorCounts {
        bpv: bpv.cast_unsigned(),
        crc4: crc4.cast_unsigned(),
        ebit: ebit.cast_unsigned(),
        fas: fas.cast_unsigned(),
        framing: info.fecount,
        coding: info.cvcount,
        bit: info.becount,
        errored_seconds: info.errsec,
        missed_interrupts: irq.cast_unsigned(),
        slips: 0,
    }
}

fn small(number: i32) -> u16 {
    u16::try_from(number).unwrap_or(0)
}

/// The slips in what `/proc/dahdi/<span>` says: the one count that SPANSTAT leaves out. The line is absent while it is 0.
pub(crate) fn slips_of(text: &str) -> u32 {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Timing slips:"))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_read_from_their_bits() {
        let alarms = SpanAlarms::from_bits((1 << 3) | (1 << 8));
        assert!(alarms.red && alarms.los && alarms.out_of_service());
        assert!(!SpanAlarms::from_bits(1 << 2).out_of_service(), "RAI alone: we still receive");
        assert!(SpanAlarms::from_bits(1 << 2).any());
        assert!(!SpanAlarms::from_bits(0).any());
        assert!(SpanAlarms::from_bits(1 << 4).ais);
    }

    #[test]
    fn counts_are_told_apart_over_a_wrap() {
        let before = ErrorCounts { bpv: u32::MAX, crc4: 3, ..ErrorCounts::default() };
        let after = ErrorCounts { bpv: 1, crc4: 5, ..ErrorCounts::default() };
        assert_eq!(after.since(&before), ErrorCounts { bpv: 2, crc4: 2, ..ErrorCounts::default() });
    }

    #[test]
    fn slips_are_found_in_the_text() {
        assert_eq!(slips_of("Span 1: X\n\tTiming slips: 12\n\n 1 X\n"), 12);
        assert_eq!(slips_of("Span 1: X\n"), 0);
    }
}
