//! The VoIP metrics block of RTCP extended reports: RFC 3611 section 4.7.

use crate::bursts::{BurstFigures, GMIN};

const EXTENDED_REPORT: u8 = 207;
const VOIP_METRICS: u8 = 7;
/// Octets of a block.
const BLOCK: usize = 36;
/// Octets of an extended report with one block.
pub const VOIP_REPORT: usize = 8 + BLOCK;
/// "Unavailable" (sections 4.7.4 to 4.7.6).
const UNKNOWN: u8 = 127;

/// What one end tells of what it hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoipMetrics {
    /// The source that is heard.
    pub ssrc: u32,
    /// Shares of its packets, in 256ths.
    pub lost: u8,
    pub discarded: u8,
    pub bursts: BurstFigures,
    /// Milliseconds of a packet.
    pub packet_millis: u8,
    pub round_trip_millis: u16,
    pub end_system_millis: u16,
    /// R of the E-model, and what people would say, in tenths. None: unavailable.
    pub rating: Option<u8>,
    pub mos_tenths: Option<u8>,
    /// Delay of the jitter buffer now, and the most that it may be.
    pub buffer_millis: u16,
    pub most_buffer_millis: u16,
}

/// An extended report with one block, to append to a compound.
pub fn write_voip(ssrc: u32, metrics: &VoipMetrics) -> [u8; VOIP_REPORT] {
    let mut out = [0; VOIP_REPORT];
    let mut put = |at: usize, octets: &[u8]| out[at..at + octets.len()].copy_from_slice(octets);
    put(0, &[0x80, EXTENDED_REPORT, 0, (VOIP_REPORT / 4 - 1) as u8]);
    put(4, &ssrc.to_be_bytes());
    put(8, &[VOIP_METRICS, 0, 0, (BLOCK / 4 - 1) as u8]);
    put(12, &metrics.ssrc.to_be_bytes());
    let BurstFigures { burst_density, gap_density, burst_packets, gap_packets } = metrics.bursts;
    put(16, &[metrics.lost, metrics.discarded, burst_density, gap_density]);
    let millis = |packets: u32| (packets.saturating_mul(metrics.packet_millis.into())).min(u16::MAX.into()) as u16;
    put(20, &millis(burst_packets).to_be_bytes());
    put(22, &millis(gap_packets).to_be_bytes());
    put(24, &metrics.round_trip_millis.to_be_bytes());
    put(26, &metrics.end_system_millis.to_be_bytes());
    // Signal, noise and echo are not measured.
    put(28, &[UNKNOWN, UNKNOWN, UNKNOWN, GMIN]);
    let (rating, opinion) = (metrics.rating.unwrap_or(UNKNOWN), metrics.mos_tenths.unwrap_or(UNKNOWN));
    put(32, &[rating, UNKNOWN, opinion, opinion]);
    // Concealment unspecified: packets that pass are mended by the far end, if at all. The buffer is adaptive.
    put(36, &[0b0011_0000, 0]);
    put(38, &metrics.buffer_millis.to_be_bytes());
    put(40, &metrics.most_buffer_millis.to_be_bytes());
    put(42, &metrics.most_buffer_millis.to_be_bytes());
    out
}

/// The VoIP metrics of an extended report's body (behind its first four octets), if it has some.
pub(crate) fn read_voip(body: &[u8]) -> Option<VoipMetrics> {
    let mut blocks = body.get(4..)?;
    loop {
        let header: &[u8; 4] = blocks.first_chunk()?;
        let length = 4 + usize::from(u16::from_be_bytes([header[2], header[3]])) * 4;
        let (block, rest) = blocks.split_at_checked(length)?;
        if header[0] == VOIP_METRICS {
            return metrics(block.first_chunk()?);
        }
        blocks = rest;
    }
}

fn metrics(block: &[u8; BLOCK]) -> Option<VoipMetrics> {
    let half = |at: usize| u16::from_be_bytes([block[at], block[at + 1]]);
    let known = |octet: u8| (octet != UNKNOWN).then_some(octet);
    Some(VoipMetrics {
        ssrc: u32::from_be_bytes([block[4], block[5], block[6], block[7]]),
        lost: block[8],
        discarded: block[9],
        // The block tells durations: a packet of a millisecond makes them packets.
        bursts: BurstFigures {
            burst_density: block[10],
            gap_density: block[11],
            burst_packets: half(12).into(),
            gap_packets: half(14).into(),
        },
        packet_millis: 1,
        round_trip_millis: half(16),
        end_system_millis: half(18),
        rating: known(block[24]).filter(|rating| *rating <= 100),
        mos_tenths: known(block[27]).filter(|opinion| (10..=50).contains(opinion)),
        buffer_millis: half(30),
        most_buffer_millis: half(32),
    })
}
