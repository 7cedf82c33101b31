//! The largest box's lines: 3,840 channels of 128 E1, every one listened to for keys, 960 of their calls recorded. How much of a core that takes.
//!
//! The engine runs as in the daemon: its real-time thread, a wake every 5 ms and a tick every 20, the recorder's threads, sealed journals in a real
//! file system. In place of cards there are flat arrays, as a driver fills and empties them; what cards and drivers cost is not in it. Each
//! channel speaks to another: two directions of 1,920 calls. Their lines are a third speech, a third keys without end, and a third quiet.

use crate::machine;
use crate::report::{Row, Trouble};
use crate::signals::{KEYS, TwoTones, quiet, through_line};
use clock::WallTime;
use corpus::{ANNOUNCEMENTS, Dice, GREETINGS, MACHINES, Part, Speaker};
use files::{KeyFile, Recorder, RecorderConfig, RecorderOrder, RecorderWiring, spawn_recorder};
use graph::{Engine, Limits, connect};
use identity::{CircuitId, LegId, RecordingId, SpanId};
use media_io::{CardIo, MediaIo, Wiring};
use plan::{Hears, MediaIndication, MediaRequest, Plan, Port};
use rtrb::{Producer, RingBuffer};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const SPANS: u16 = 128;
/// Speech timeslots of an E1: timeslot 16 signals.
const SLOTS: usize = 30;
const CHANNELS: usize = SPANS as usize * SLOTS;
/// Calls that are recorded (REC-08).
const RECORDED: usize = 960;
/// Octets that a wake moves of each timeslot: 5 ms.
const BLOCK: usize = 40;
/// Different lines, and the length of each in samples: four seconds, over and over, each channel at another place of it.
const LINES: usize = 96;
const SAMPLES: usize = 32_000;
const SPEECH: &str = "target/corpus";
/// 2026-01-01, for the recordings' folder.
const TODAY: WallTime = WallTime(1_767_225_600_000);
const CORE: f64 = 1.0;

/// Everybody's timeslots in place of cards.
struct FlatSpans {
    circuits: Vec<CircuitId>,
    lines: Arc<Vec<Vec<u8>>>,
    /// What the wires get.
    spoken: Vec<[u8; BLOCK]>,
    at: usize,
}

impl CardIo for FlatSpans {
    fn receive(&mut self, _now_micros: u64, engine: &mut Engine) {
        for (channel, circuit) in self.circuits.iter().enumerate() {
            engine.circuit_received(*circuit, block(&self.lines, channel, self.at));
        }
        self.at = (self.at + BLOCK) % SAMPLES;
    }

    fn transmit(&mut self, _now_micros: u64, engine: &mut Engine) {
        for (circuit, spoken) in self.circuits.iter().zip(&mut self.spoken) {
            engine.circuit_transmit(*circuit, spoken);
        }
    }
}

fn block(lines: &[Vec<u8>], channel: usize, at: usize) -> &[u8] {
    let start = (at + channel * 37 * BLOCK) % SAMPLES;
    &lines[channel % LINES][start..start + BLOCK]
}

fn circuit(channel: usize) -> CircuitId {
    let slot = channel % SLOTS + 1;
    let slot = if slot < 16 { slot } else { slot + 1 };
    CircuitId { span: SpanId((channel / SLOTS) as u16 + 1), slot: slot as u8 }
}

/// A third speech, a third keys, a third quiet.
fn lines() -> Result<Vec<Vec<u8>>, Trouble> {
    let (speaker, mut dice) = (Speaker::new(Path::new(SPEECH))?, Dice::new(3840));
    let mut lines = Vec::new();
    for number in 0..LINES {
        let mut line = Vec::new();
        while line.len() < SAMPLES {
            match number % 3 {
                0 => {
                    let phrases = *dice.pick(&[ANNOUNCEMENTS, MACHINES, GREETINGS]);
                    line.extend(speaker.say(&phrases, Part::HeldOut, &mut dice)?);
                }
                1 => {
                    TwoTones::key(KEYS.as_bytes()[dice.below(16)] as char).sound(&mut line, 0.0);
                    quiet(&mut line, 70.0);
                }
                _ => line.resize(SAMPLES, 0.0),
            }
            quiet(&mut line, 20.0);
        }
        line.truncate(SAMPLES);
        lines.push(through_line(&line, Some(-55.0), &mut dice).into_iter().map(pcm::alaw::encode).collect());
    }
    Ok(lines)
}

/// What was measured over some seconds.
struct Measured {
    /// Of a core: the media thread, the recorder's threads.
    media: f64,
    recorder: f64,
    /// A second.
    keys: f64,
    lost: u64,
    /// Ticks that came too late to be worth anything.
    skipped: u64,
    megabytes: f64,
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let seconds = if quick { 4 } else { 20 };
    let lines = Arc::new(lines()?);
    let bare = copies(&lines);
    let measured = measure(&lines, seconds)?;
    let all = measured.media + measured.recorder;
    let core = ("a core", CORE);
    Ok(vec![
        Row::at_most("3,840 channels, keys on all, 960 calls recorded", all, "cores", core, CORE),
        Row::figure("of it the media thread", measured.media, "cores", ("bare copies in and out", bare)),
        Row::figure("of it the recorder", measured.recorder, "cores", core),
        Row::at_most("recorded blocks lost", measured.lost as f64, "blocks", ("wanted", 1.0), 0.0),
        Row::at_most("ticks skipped", measured.skipped as f64, "ticks", ("wanted", 1.0), 0.0),
        // Six keys a second on each of a third of the channels, but for where a line begins anew.
        Row::at_least(
            "keys heard",
            measured.keys,
            "a second",
            ("sent, nearly", CHANNELS as f64 / 3.0 * 1000.0 / 160.0),
            0.95,
        ),
        Row::figure("memory of the engine and recorder", measured.megabytes, "MB", ("channels", CHANNELS as f64)),
    ])
}

/// The least that can be done: each channel's 5 ms copied in and out again, share of a core.
fn copies(lines: &[Vec<u8>]) -> f64 {
    let mut memory = vec![[0u8; BLOCK]; 2 * CHANNELS];
    let rounds = 400;
    let began = machine::own_thread_seconds();
    for round in 0..rounds {
        let (heard, spoken) = memory.split_at_mut(CHANNELS);
        for (channel, heard) in heard.iter_mut().enumerate() {
            heard.copy_from_slice(block(lines, channel, round * BLOCK % SAMPLES));
        }
        for (channel, spoken) in spoken.iter_mut().enumerate() {
            *spoken = heard[channel ^ 1];
        }
        std::hint::black_box(&mut memory);
    }
    (machine::own_thread_seconds() - began) / (rounds as f64 * 0.005)
}

/// Legs on all circuits, two of each call, and recorders for the first calls.
fn plug(requests: &mut Producer<MediaRequest>, orders: &mut Producer<RecorderOrder>) -> Result<(), Trouble> {
    for channel in 0..CHANNELS {
        let (leg, pair) = (LegId(channel as u64 + 1), channel / 2);
        let record = (channel % 2 == 0 && pair < RECORDED).then_some(RecordingId(pair as u64 + 1));
        if let Some(recording) = record {
            orders.push(RecorderOrder::Start { recording, at: TODAY }).map_err(|_| "the recorder takes no orders")?;
        }
        let hears = Hears::Leg(LegId((channel ^ 1) as u64 + 1));
        let plan = Plan { hears, detect_keys: true, record, ..Plan::default() };
        let open = MediaRequest::Open { leg, port: Port::Circuit(circuit(channel)) };
        for request in [open, MediaRequest::Plan { leg, plan }] {
            requests.push(request).map_err(|_| "the media thread takes no requests")?;
        }
    }
    Ok(())
}

fn measure(lines: &Arc<Vec<Vec<u8>>>, seconds: u64) -> Result<Measured, Trouble> {
    let before = machine::megabytes(std::process::id());
    let folder = tempfile::tempdir()?;
    let limits = Limits {
        spans: SPANS,
        circuits: CHANNELS,
        rtp: 0,
        recorded_blocks: RECORDED * graph::BLOCKS_A_RECORDING,
        ..Limits::default()
    };
    let (ends, _loader, recorder_end) = connect(&limits);
    let (mut requests, queue) = RingBuffer::new(CHANNELS * 3);
    let (indicate, mut indications) = RingBuffer::new(1 << 16);
    let wiring =
        Wiring { requests: queue, indications: indicate, notify: Box::new(|| {}), wake_loader: Box::new(|| {}) };
    let cards = FlatSpans {
        circuits: (0..CHANNELS).map(circuit).collect(),
        lines: lines.clone(),
        spoken: vec![[0; BLOCK]; CHANNELS],
        at: 0,
    };
    let media = MediaIo::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Engine::new(limits, ends), wiring, cards)?;
    let (mut orders, ordered) = RingBuffer::new(RECORDED * 2);
    let (tell, _told) = RingBuffer::new(1 << 14);
    let dir = folder.path().join("recordings");
    let mut recorder = Recorder::new(RecorderConfig { dir, keep_free_octets: 0, utc_offset_minutes: 0, seal: true })?;
    recorder.hold_keys(KeyFile::open(&folder.path().join("keys").join("recording.json"), None, 0)?.keys())?;
    let wiring = RecorderWiring { orders: ordered, indications: tell, notify: Box::new(|| {}) };
    let recorder = spawn_recorder(recorder, recorder_end, wiring)?;
    plug(&mut requests, &mut orders)?;
    let running = media.spawn()?;
    std::thread::sleep(Duration::from_secs(3));
    while indications.pop().is_ok() {}
    let (begun, woken) = (threads(), running.status().wakes());
    let mut keys = 0;
    for _ in 0..seconds * 10 {
        std::thread::sleep(Duration::from_millis(100));
        while let Ok(indication) = indications.pop() {
            keys += u64::from(matches!(indication, MediaIndication::Key { .. }));
        }
    }
    let (ended, woken) = (threads(), running.status().wakes() - woken);
    let (status, losses) = (running.status(), recorder.gauges().losses());
    let unrecorded: u64 =
        status.engine().iter().filter(|(name, _)| *name == "recorded_lost").map(|(_, count)| *count).sum();
    let skipped = status.skipped_ticks();
    let megabytes = machine::megabytes(std::process::id()) - before;
    running.stop()?;
    recorder.stop()?;
    // The line's own time: 5 ms for each wake.
    let line_seconds = woken as f64 * 0.005;
    Ok(Measured {
        media: (ended.0 - begun.0) / line_seconds,
        recorder: (ended.1 - begun.1) / line_seconds,
        keys: keys as f64 / line_seconds,
        skipped,
        lost: unrecorded + losses.late_blocks + losses.damaged_pieces + losses.failed_commits,
        megabytes,
    })
}

/// Seconds of processor time of the media thread and of the recorder's threads.
fn threads() -> (f64, f64) {
    let recorder = ["recorder", "recorder-sync", "recorder-cut"];
    (machine::own_threads_seconds(&["media"]), machine::own_threads_seconds(&recorder))
}
