//! What 960 recorded calls at once ask of the recorder and the disk, beside a disk that others write to and read from without rest; and what
//! a bare writer of the same octets asks of the same disk beside the same others. The recordings are sealed, as they are by default.

use crate::machine;
use crate::report::{Row, Trouble};
use files::{KeyFile, Recorder, RecorderConfig, RecorderOrder, RecorderWiring, spawn_recorder};
use graph::{RecordedBlock, RecorderEnd};
use identity::RecordingId;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use plan::MediaIndication;
use rtrb::RingBuffer;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// REC-08.
const CALLS: u64 = 960;
/// A tick.
const TICK: Duration = Duration::from_millis(20);
/// A call lasts so many ticks: ten seconds, so that files are cut all the time.
const CALL: u64 = 500;
/// What the others write and sync at a time, and the size of what they read again and again.
const OTHERS: usize = 64 << 20;
/// The mirror's rebuild takes so much of the disk, octets a second: what is left is what a throttled disk gives.
const REBUILD: f64 = 100e6;
/// Octets that two channels of a call make in a second.
const CALL_OCTETS: f64 = 16_000.0;
/// The bare writer writes and syncs as often as the recorder does.
const COMMIT: Duration = Duration::from_millis(350);

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let ticks = if quick { 750 } else { 3000 };
    let folder = tempfile::tempdir()?;
    let others = Others::start(folder.path())?;
    let bare = bare_writer(&folder.path().join("bare"), TICK * ticks as u32)?;
    let recorded = record(folder.path(), ticks)?;
    let (rebuilt, scanned) = others.stop()?;
    let (calls, octets) = (CALLS as f64, CALLS as f64 * CALL_OCTETS);
    let blocks = CALLS * ticks;
    Ok(vec![
        Row::at_most("blocks of 960 calls lost", recorded.lost as f64, "blocks", ("blocks", blocks as f64), 0.0),
        Row::at_most("slowest write and sync", recorded.slowest, "ms", ("what memory holds, ms", 10_000.0), 0.5),
        Row::figure("the same", recorded.slowest, "ms", ("bare writer's", bare.slowest)),
        Row::at_most("octets waiting for the disk", recorded.staged / 1e6, "MB", ("room", 160.0 * 1.048_576), 0.5),
        Row::at_most(
            "recorder's threads",
            recorded.share * 1e3 / calls,
            "ms/s call",
            ("a tenth of a core", 1e2 / calls),
            1.0,
        ),
        Row::figure("the same", recorded.share * 1e3 / calls, "ms/s call", ("bare writer", bare.share * 1e3 / calls)),
        Row::at_most("memory", recorded.memory * 1024.0 / calls, "kB/call", ("64 KiB", 64.0), 1.0),
        Row::at_least(
            "calls closed",
            recorded.closed as f64,
            "calls",
            ("calls that ended", recorded.ended as f64),
            0.9,
        ),
        Row::figure("octets journalled and cut", 2.0 * octets / 1e6, "MB/s", ("bare writer's", octets / 1e6)),
        Row::figure("mirror rebuilt beside it", rebuilt, "MB/s", ("throttled at", REBUILD / 1e6)),
        Row::figure("database scanned beside it", scanned, "MB/s", ("calls' octets", octets / 1e6)),
    ])
}

/// What a writer took.
struct Bare {
    /// Milliseconds.
    slowest: f64,
    /// Of a core.
    share: f64,
}

/// The octets of 960 calls into one file, a write and a sync at a time, and nothing else.
fn bare_writer(path: &Path, duration: Duration) -> Result<Bare, Trouble> {
    let mut file = File::create_new(path)?;
    let octets = vec![0xd5; (CALLS as f64 * CALL_OCTETS * COMMIT.as_secs_f64()) as usize];
    let (began, before, mut slowest, mut due) = (Instant::now(), machine::own_thread_seconds(), 0f64, COMMIT);
    while due <= duration {
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let commit = Instant::now();
        file.write_all(&octets)?;
        file.sync_data()?;
        slowest = slowest.max(commit.elapsed().as_secs_f64() * 1e3);
        due += COMMIT;
    }
    let share = (machine::own_thread_seconds() - before) / began.elapsed().as_secs_f64();
    drop(file);
    std::fs::remove_file(path)?;
    Ok(Bare { slowest, share })
}

/// How the recorder fared.
struct Recorded {
    lost: u64,
    closed: u64,
    ended: u64,
    slowest: f64,
    /// Octets, at most.
    staged: f64,
    share: f64,
    /// Megabytes.
    memory: f64,
}

fn record(folder: &Path, ticks: u64) -> Result<Recorded, Trouble> {
    let config =
        RecorderConfig { dir: folder.join("recordings"), keep_free_octets: 0, utc_offset_minutes: 0, seal: true };
    // Two seconds of blocks, as the engine has.
    let (mut blocks, taken) = RingBuffer::new(CALLS as usize * 100);
    let (mut orders, queue) = RingBuffer::new(8192);
    let (indicate, mut told) = RingBuffer::new(8192);
    let wiring = RecorderWiring { orders: queue, indications: indicate, notify: Box::new(|| {}) };
    let before = machine::megabytes(std::process::id());
    let keys = KeyFile::open(&folder.join("keys").join("recording.json"), None, 0)?;
    let mut recorder = Recorder::new(config)?;
    recorder.hold_keys(keys.keys())?;
    let recorder = spawn_recorder(recorder, RecorderEnd { blocks: taken }, wiring)?;
    let gauges = recorder.gauges();
    let mut sum = Recorded { lost: 0, closed: 0, ended: 0, slowest: 0.0, staged: 0.0, share: 0.0, memory: 0.0 };
    let (spent, began) = (recorder_seconds(), Instant::now());
    for tick in 0..ticks {
        for line in 0..CALLS {
            // Calls end one after the other, not all at once.
            let age = tick + line * CALL / CALLS;
            let recording = RecordingId((age / CALL) * CALLS + line + 1);
            let octet = (tick ^ line) as u8;
            let block = RecordedBlock { recording, tick, left: [octet; 160], right: [!octet; 160] };
            sum.lost += u64::from(blocks.push(block).is_err());
            if age % CALL == CALL - 1 {
                orders.push(RecorderOrder::Stop { recording })?;
                sum.ended += 1;
            }
        }
        while let Ok(indication) = told.pop() {
            sum.closed += u64::from(matches!(indication, MediaIndication::RecordingClosed { .. }));
            sum.lost += u64::from(matches!(indication, MediaIndication::RecordingFailed { .. }));
        }
        sum.staged = sum.staged.max(gauges.staged() as f64);
        if tick % 50 == 0 {
            sum.memory = sum.memory.max(machine::megabytes(std::process::id()) - before);
        }
        std::thread::sleep((TICK * (tick as u32 + 1)).saturating_sub(began.elapsed()));
    }
    sum.share = (recorder_seconds() - spent) / began.elapsed().as_secs_f64();
    let losses = gauges.losses();
    recorder.stop()?;
    sum.lost += losses.late_blocks + losses.damaged_pieces + losses.failed_commits + losses.failed_cuts;
    sum.slowest = gauges.slowest_commit_millis() as f64;
    Ok(sum)
}

/// Processor time of the recorder's three threads.
fn recorder_seconds() -> f64 {
    machine::own_threads_seconds(&["recorder", "recorder-sync", "recorder-cut"])
}

/// Others at the same disk: one writes and syncs, as a mirror that rebuilds; one reads all of a file from the disk, as a report over the
/// database does.
struct Others {
    stop: Arc<AtomicBool>,
    began: Instant,
    written: Arc<AtomicU64>,
    read: Arc<AtomicU64>,
    threads: Vec<std::thread::JoinHandle<std::io::Result<()>>>,
}

impl Others {
    fn start(folder: &Path) -> std::io::Result<Others> {
        let mut table = File::create_new(folder.join("table"))?;
        table.write_all(&vec![7; OTHERS])?;
        table.sync_all()?;
        let mut others = Others {
            stop: Arc::new(AtomicBool::new(false)),
            began: Instant::now(),
            written: Arc::default(),
            read: Arc::default(),
            threads: Vec::new(),
        };
        let table = File::open(folder.join("table"))?;
        let mirror = File::create_new(folder.join("mirror"))?;
        let (stop, read) = (others.stop.clone(), others.read.clone());
        others.threads.push(std::thread::spawn(move || scan(table, &stop, &read)));
        let (stop, written) = (others.stop.clone(), others.written.clone());
        others.threads.push(std::thread::spawn(move || rebuild(mirror, &stop, &written)));
        Ok(others)
    }

    /// Megabytes a second written and read.
    fn stop(self) -> Result<(f64, f64), Trouble> {
        self.stop.store(true, Ordering::Relaxed);
        let seconds = self.began.elapsed().as_secs_f64();
        for thread in self.threads {
            thread.join().map_err(|_| "somebody else at the disk panicked")??;
        }
        let pace = |octets: &AtomicU64| octets.load(Ordering::Relaxed) as f64 / 1e6 / seconds;
        Ok((pace(&self.written), pace(&self.read)))
    }
}

fn rebuild(mut mirror: File, stop: &AtomicBool, written: &AtomicU64) -> std::io::Result<()> {
    let octets = vec![1; 8 << 20];
    let began = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        mirror.seek(SeekFrom::Start(0))?;
        for _ in 0..OTHERS / octets.len() {
            mirror.write_all(&octets)?;
            mirror.sync_data()?;
            let all = written.fetch_add(octets.len() as u64, Ordering::Relaxed) + octets.len() as u64;
            std::thread::sleep(Duration::from_secs_f64(all as f64 / REBUILD).saturating_sub(began.elapsed()));
        }
    }
    Ok(())
}

fn scan(mut table: File, stop: &AtomicBool, read: &AtomicU64) -> std::io::Result<()> {
    let mut octets = vec![0; 1 << 20];
    while !stop.load(Ordering::Relaxed) {
        table.seek(SeekFrom::Start(0))?;
        // From the disk each time, not from memory.
        posix_fadvise(&table, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        loop {
            let count = table.read(&mut octets)?;
            if count == 0 {
                break;
            }
            read.fetch_add(count as u64, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    Ok(())
}
