//! What the two ends of a call tell one another of how it is heard: RTCP, with VoIP metrics (RFC 3611), and what is made of it.

use graph::{Engine, Limits, Moment, connect};
use identity::LegId;
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, Quality, RtpSession, Tone};
use rtp::{BurstFigures, Header, ReportBlock, Rtcp, SenderInfo, VoipMetrics};
use std::net::SocketAddr;

const PORT: u16 = 20_000;
const PHONE: LegId = LegId(1);

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

struct Desk {
    engine: Engine,
    now: u64,
    ssrc: u32,
    /// The last report of the box: its sender information, its metrics.
    told: (Option<SenderInfo>, Option<VoipMetrics>),
}

impl Desk {
    fn new() -> Desk {
        let limits = Limits::default();
        let (ends, _loader, _recorder) = connect(&limits);
        let mut engine = Engine::new(limits, ends);
        engine.request(MediaRequest::Open { leg: PHONE, port: Port::Rtp { local_port: PORT } });
        let rtp = RtpSession {
            remote: address(4000),
            codec: Codec::G711(Law::A),
            payload_type: 8,
            event_payload_type: None,
            event_khz: 8,
            packet_millis: 20,
            send: true,
            receive: true,
        };
        engine.request(MediaRequest::Negotiated { leg: PHONE, rtp });
        let plan = Plan { hears: Hears::Tone(Tone::Dial), ..Plan::default() };
        engine.request(MediaRequest::Plan { leg: PHONE, plan });
        Desk { engine, now: 0, ssrc: 0, told: (None, None) }
    }

    /// Packet `n` of the telephone, if it is not lost, and a tick.
    fn goes_on(&mut self, n: u16, lost: bool) {
        self.now += 20_000;
        if !lost {
            let (timestamp, ssrc) = (u32::from(n) * 160, 0xfeed);
            let header = Header { marker: false, payload_type: 8, sequence: n, timestamp, ssrc };
            let mut packet = [&header.octets()[..], &[0x55; 160]].concat();
            self.engine.rtp_received(PORT, address(4000), &mut packet, self.now - 3_000);
        }
        let unix_micros = 1_700_000_000_000_000 + self.now;
        self.engine.tick(Moment { micros: self.now, unix_micros });
        for packet in self.engine.packets() {
            if packet.local_port == PORT {
                self.ssrc = rtp::Packet::parse(packet.octets()).expect("RTP").header.ssrc;
                continue;
            }
            for part in rtp::compound(packet.octets()) {
                match part.expect("well formed") {
                    Rtcp::SenderReport { info, .. } => self.told.0 = Some(info),
                    Rtcp::Extended { metrics, .. } => self.told.1 = Some(metrics),
                    _ => {}
                }
            }
        }
        self.engine.packets_sent();
    }

    fn hears(&mut self, report: &[u8]) {
        self.engine.rtcp_received(PORT + 1, address(4001), report, self.now);
    }

    fn ends(&mut self) -> Quality {
        while self.engine.indication().is_some() {}
        self.engine.request(MediaRequest::Close { leg: PHONE });
        let told = std::iter::from_fn(|| self.engine.indication()).find_map(|told| match told {
            MediaIndication::Quality { quality, .. } => Some(quality),
            _ => None,
        });
        told.expect("a last account")
    }
}

/// Losses that come together are told the far end as bursts, and weigh more than the same number one by one.
#[test]
fn bursts_of_losses_are_told_and_weigh_more() {
    let mut opinions = Vec::new();
    for together in [1u16, 8] {
        let mut desk = Desk::new();
        // As many lost either way: 4 %.
        let lost = |n: u16| n % (25 * together) < together && n > 100;
        (0..1500).for_each(|n| desk.goes_on(n, lost(n)));
        let metrics = desk.told.1.expect("an extended report");
        assert_eq!(metrics.ssrc, 0xfeed);
        assert!((8..=11).contains(&metrics.lost), "{metrics:?}");
        match together {
            1 => assert!(metrics.bursts.burst_density == 0 && metrics.bursts.gap_density > 8, "{metrics:?}"),
            _ => assert!(metrics.bursts.burst_density > 200 && metrics.bursts.burst_packets < 200, "{metrics:?}"),
        }
        let quality = desk.ends();
        assert_eq!(metrics.mos_tenths, quality.mos_hundredths.map(|opinion| ((opinion + 5) / 10) as u8));
        opinions.push(quality.mos_hundredths.expect("G.711"));
    }
    assert!(opinions[1] + 4 < opinions[0], "{opinions:?}");
}

/// The way there and back is reckoned out of the far end's answer to our report, and a long one is heard.
#[test]
fn the_way_there_and_back_is_known() {
    let mut short = None;
    for way_millis in [30u64, 700] {
        let mut desk = Desk::new();
        (0..600).for_each(|n| desk.goes_on(n, false));
        desk.told.0 = None;
        let mut n = 600;
        while desk.told.0.is_none() {
            desk.goes_on(n, false);
            n += 1;
        }
        let info = desk.told.0.expect("a sender report");
        // The far end keeps it for a second, and its answer comes after the way.
        let held = 1_000;
        desk.now += (held + way_millis) * 1000;
        let block = ReportBlock {
            ssrc: desk.ssrc,
            fraction_lost: 0,
            lost: 0,
            highest: 600,
            jitter: 0,
            last_sr: (info.ntp >> 16) as u32,
            delay_since_last_sr: (held * 65_536 / 1000) as u32,
        };
        let mut report = [0; rtp::MAX_REPORT];
        let length = rtp::write_report(&mut report, 0xfeed, None, Some(&block));
        desk.hears(&report[..length]);
        let quality = desk.ends();
        let told = quality.round_trip_micros.expect("answered") / 1000;
        assert!(u64::from(told).abs_diff(way_millis) <= 1, "{told} ms");
        let opinion = quality.far_mos_hundredths.expect("G.711");
        let before = *short.get_or_insert(opinion);
        assert!(way_millis == 30 && opinion > 430 || way_millis == 700 && opinion + 20 < before, "{opinion}");
    }
}

/// What the far end says that its people hear is believed before our reckoning; of somebody else's packets it is not ours.
#[test]
fn what_the_far_end_hears_it_may_tell() {
    for (ssrc_is_ours, expected) in [(true, Some(310)), (false, None)] {
        let mut desk = Desk::new();
        (0..100).for_each(|n| desk.goes_on(n, false));
        let metrics = VoipMetrics {
            ssrc: if ssrc_is_ours { desk.ssrc } else { !desk.ssrc },
            lost: 9,
            discarded: 0,
            bursts: BurstFigures::default(),
            packet_millis: 20,
            round_trip_millis: 0,
            end_system_millis: 60,
            rating: None,
            mos_tenths: Some(31),
            buffer_millis: 40,
            most_buffer_millis: 200,
        };
        let mut report = [0; rtp::MAX_REPORT];
        let length = rtp::write_report(&mut report, 0xfeed, None, None);
        desk.hears(&[&report[..length], &rtp::write_voip(0xfeed, &metrics)].concat());
        assert_eq!(desk.ends().far_mos_hundredths, expected);
    }
}
