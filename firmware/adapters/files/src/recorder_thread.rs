use crate::recorder::{Recorder, RecorderConfig, VolumeSync};
use clock::{Monotonic, WallTime};
use graph::RecorderEnd;
use identity::RecordingId;
use plan::MediaIndication;
use rtrb::{Consumer, Producer};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Between two looks at the rings, which hold two seconds: blocks are cheaper five at a time.
const PAUSE: Duration = Duration::from_millis(100);

/// What the exchange tells the recorder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecorderOrder {
    Start {
        recording: RecordingId,
        at: WallTime,
    },
    Stop {
        recording: RecordingId,
    },
    /// New settings.
    Configure(RecorderConfig),
}

/// The exchange's side of the recorder.
pub struct RecorderWiring {
    pub orders: Consumer<RecorderOrder>,
    pub indications: Producer<MediaIndication>,
    /// Called after indications were put into the ring.
    pub notify: Box<dyn Fn() + Send>,
}

/// The thread that writes recordings.
pub struct RecorderThread {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    stray: Arc<AtomicU64>,
}

impl RecorderThread {
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Blocks that came after their recording had ended.
    pub fn stray_blocks(&self) -> u64 {
        self.stray.load(Ordering::Relaxed)
    }

    /// Finishes every file, and ends.
    pub fn stop(self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the recorder panicked"))
    }
}

/// Starts it.
pub fn spawn_recorder(recorder: Recorder, end: RecorderEnd, wiring: RecorderWiring) -> io::Result<RecorderThread> {
    let stop = Arc::new(AtomicBool::new(false));
    let stray = Arc::new(AtomicU64::new(0));
    let disk = Disk::start()?;
    let mut work = Work { recorder, end, wiring, disk, start: Instant::now(), waiting: None };
    let (told, counted) = (stop.clone(), stray.clone());
    let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || {
        while !told.load(Ordering::Relaxed) {
            work.turn();
            counted.store(work.recorder.stray_blocks, Ordering::Relaxed);
            sleep(PAUSE);
        }
        work.turn();
        work.recorder.finish_all(work.now());
        work.hand_over();
    })?;
    Ok(RecorderThread { thread, stop, stray })
}

/// The thread that waits for the disk. It ends with its sender.
struct Disk {
    orders: SyncSender<VolumeSync>,
    outcomes: Receiver<io::Result<()>>,
}

impl Disk {
    fn start() -> io::Result<Disk> {
        let (orders, ordered) = sync_channel::<VolumeSync>(1);
        let (tell, outcomes) = sync_channel(1);
        let run = move || {
            // One order at a time: the outcome of the one before has been taken.
            while let Ok(volume) = ordered.recv() {
                if tell.send(volume.run()).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("recorder-sync".into()).spawn(run)?;
        Ok(Disk { orders, outcomes })
    }

    fn order(&self, volume: VolumeSync) -> io::Result<()> {
        self.orders.try_send(volume).map_err(|_| io::Error::other("the disk's thread is gone"))
    }
}

struct Work {
    recorder: Recorder,
    end: RecorderEnd,
    wiring: RecorderWiring,
    disk: Disk,
    start: Instant,
    /// An indication that the ring had no room for.
    waiting: Option<MediaIndication>,
}

impl Work {
    fn now(&self) -> Monotonic {
        Monotonic(self.start.elapsed().as_millis() as u64)
    }

    fn turn(&mut self) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        let mut stops = Vec::new();
        while let Ok(order) = self.wiring.orders.pop() {
            match order {
                RecorderOrder::Start { recording, at } => self.recorder.start(recording, at),
                RecorderOrder::Stop { recording } => stops.push(recording),
                RecorderOrder::Configure(config) => {
                    // A directory that cannot be made: the old one stays, and writes to it tell their own faults.
                    let _kept_old = self.recorder.configure(config).is_err();
                }
            }
        }
        while let Ok(block) = self.end.blocks.pop() {
            self.recorder.block(&block, WallTime(wall));
        }
        let now = self.now();
        stops.into_iter().for_each(|recording| self.recorder.stop(recording, now));
        if let Ok(outcome) = self.disk.outcomes.try_recv() {
            self.recorder.synced(outcome);
        }
        if self.recorder.expire(now)
            && let Err(error) = self.recorder.sync().and_then(|volume| self.disk.order(volume))
        {
            self.recorder.synced(Err(error));
        }
        self.hand_over();
    }

    /// A full ring keeps indications here until there is room: the end of a recording must not be lost.
    fn hand_over(&mut self) {
        let mut any = false;
        while let Some(indication) = self.waiting.take().or_else(|| self.recorder.poll()) {
            match self.wiring.indications.push(indication) {
                Ok(()) => any = true,
                Err(rtrb::PushError::Full(indication)) => {
                    self.waiting = Some(indication);
                    break;
                }
            }
        }
        if any {
            (self.wiring.notify)();
        }
    }
}
