//! The media engine with its thread, sockets and recorder, and somebody who plugs calls as the exchange would.

use super::Mover;
use crate::machine;
use crate::report::Trouble;
use clock::WallTime;
use files::{Recorder, RecorderConfig, RecorderOrder, RecorderThread, RecorderWiring, spawn_recorder};
use graph::{Engine, Limits, LoaderEnd, connect};
use identity::{LegId, RecordingId};
use media_io::{MediaIo, NoCards, Wiring};
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, RtpSession};
use rtrb::{Consumer, Producer, RingBuffer};
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tempfile::TempDir;

const FIRST_PORT: u16 = 10_000;
/// 2026-01-01, for the recordings' folder.
const TODAY: WallTime = WallTime(1_767_225_600_000);

pub struct Switchboard {
    ports: Vec<u16>,
    record: bool,
    requests: RefCell<Producer<MediaRequest>>,
    orders: RefCell<Producer<RecorderOrder>>,
    media: Option<media_io::Running>,
    recorder: Option<RecorderThread>,
    before_megabytes: f64,
    /// Nobody plays prompts and nobody listens to indications; the rings stay.
    _loader: LoaderEnd,
    _indications: (Consumer<MediaIndication>, Consumer<MediaIndication>),
    folder: TempDir,
}

impl Switchboard {
    /// With an open leg for each end of so many calls, not yet connected.
    pub fn start(calls: usize, record: bool) -> Result<Switchboard, Trouble> {
        let before_megabytes = machine::megabytes(std::process::id());
        let folder = tempfile::tempdir()?;
        let limits = Limits {
            rtp: calls * 2,
            circuits: 0,
            recorded_blocks: calls * graph::BLOCKS_A_RECORDING,
            ..Limits::default()
        };
        let (ends, loader, recorder_end) = connect(&limits);
        let (requests, queue) = RingBuffer::new(calls * 8 + 16);
        let (indicate, indications) = RingBuffer::new(4096);
        let wiring =
            Wiring { requests: queue, indications: indicate, notify: Box::new(|| {}), wake_loader: Box::new(|| {}) };
        let media = MediaIo::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Engine::new(limits, ends), wiring, NoCards)?;
        let (orders, ordered) = RingBuffer::new(calls * 2 + 16);
        let (tell, told) = RingBuffer::new(4096);
        let config =
            RecorderConfig { dir: folder.path().into(), keep_free_octets: 0, utc_offset_minutes: 0, seal: false };
        let wiring = RecorderWiring { orders: ordered, indications: tell, notify: Box::new(|| {}) };
        let recorder = spawn_recorder(Recorder::new(config)?, recorder_end, wiring)?;
        Ok(Switchboard {
            ports: (0..calls * 2).map(|leg| FIRST_PORT + 2 * leg as u16).collect(),
            record,
            requests: RefCell::new(requests),
            orders: RefCell::new(orders),
            media: Some(media.spawn()?),
            recorder: Some(recorder),
            before_megabytes,
            _loader: loader,
            _indications: (indications, told),
            folder,
        })
    }

    fn ask(&self, request: MediaRequest) -> Result<(), Trouble> {
        Ok(self.requests.borrow_mut().push(request).map_err(|_| "the media thread takes no requests")?)
    }

    fn plug(&self, leg: usize, telephone: u16) -> Result<(), Trouble> {
        let id = LegId(leg as u64 + 1);
        self.ask(MediaRequest::Open { leg: id, port: Port::Rtp { local_port: self.ports[leg] } })?;
        let rtp = RtpSession {
            remote: SocketAddr::from((Ipv4Addr::LOCALHOST, telephone)),
            codec: Codec::G711(Law::A),
            payload_type: 8,
            event_payload_type: Some(101),
            event_khz: 8,
            packet_millis: 20,
            send: true,
            receive: true,
        };
        self.ask(MediaRequest::Negotiated { leg: id, rtp })?;
        let recording = RecordingId(leg as u64 / 2 + 1);
        let record = (self.record && leg.is_multiple_of(2)).then_some(recording);
        if record.is_some() {
            let order = RecorderOrder::Start { recording, at: TODAY };
            self.orders.borrow_mut().push(order).map_err(|_| "the recorder takes no orders")?;
        }
        let hears = Hears::Leg(LegId((leg ^ 1) as u64 + 1));
        self.ask(MediaRequest::Plan { leg: id, plan: Plan { hears, detect_keys: true, record, ..Plan::default() } })
    }
}

impl Mover for Switchboard {
    fn ports(&self) -> &[u16] {
        &self.ports
    }

    fn introduce(&self, telephones: &[u16]) -> Result<(), Trouble> {
        telephones.iter().enumerate().try_for_each(|(leg, telephone)| self.plug(leg, *telephone))
    }

    fn threads(&self) -> &[&'static str] {
        &["media", "recorder", "recorder-sync"]
    }

    fn kibibytes(&self) -> f64 {
        (machine::megabytes(std::process::id()) - self.before_megabytes) * 1024.0
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        let stopped = self.media.take().map(|media| media.stop()).into_iter();
        for problem in stopped.chain(self.recorder.take().map(|recorder| recorder.stop())).filter_map(Result::err) {
            eprintln!("the switchboard in {}: {problem}", self.folder.path().display());
        }
    }
}
