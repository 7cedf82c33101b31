use crate::condition::{Losses, VolumeState};
use crate::cutting::{Cut, CutDone, cut};
use crate::recorder::{Recorder, RecorderConfig, Work};
use crate::volume::{Commit, Committed, JournalHand};
use clock::{Monotonic, WallTime};
use graph::RecorderEnd;
use identity::RecordingId;
use plan::MediaIndication;
use rtrb::{Consumer, Producer};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Between two looks at the rings, which hold two seconds: blocks are cheaper five at a time.
const PAUSE: Duration = Duration::from_millis(100);
/// The same while the daemon waits for its end.
const PAUSE_AT_END: Duration = Duration::from_millis(5);
/// Blocks read where they lie before their room in the ring is given back.
const AT_A_TIME: usize = 256;
/// The disk may take so long to end everything. What it has not taken by then, the next start finds in the journal.
const END_WITHIN: Duration = Duration::from_secs(20);

/// Volumes at most.
pub const MOST_VOLUMES: usize = 8;

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
    /// Nothing of it is recorded until it is resumed; its time passes.
    Pause {
        recording: RecordingId,
    },
    Resume {
        recording: RecordingId,
    },
    /// New settings, of all volumes.
    Configure(RecorderConfig),
}

/// The exchange's side of the recorder.
pub struct RecorderWiring {
    pub orders: Consumer<RecorderOrder>,
    pub indications: Producer<MediaIndication>,
    /// Called after indications were put into the ring.
    pub notify: Box<dyn Fn() + Send>,
}

/// What the recorder's thread tells of itself, for who is curious.
#[derive(Debug, Default)]
pub struct RecorderGauges {
    stray: AtomicU64,
    late: AtomicU64,
    failed_commits: AtomicU64,
    failed_cuts: AtomicU64,
    damaged: AtomicU64,
    staged: AtomicU64,
    commit_millis: AtomicU64,
    /// Bits of the volumes' states, eight for each.
    states: AtomicU64,
    /// What recordings take on each volume, and what they may.
    used: [AtomicU64; MOST_VOLUMES],
    quotas: [AtomicU64; MOST_VOLUMES],
}

impl RecorderGauges {
    fn put(&self, losses: Losses, staged: usize) {
        let Losses { stray_blocks, late_blocks, failed_commits, failed_cuts, damaged_pieces } = losses;
        self.stray.store(stray_blocks, Ordering::Relaxed);
        self.late.store(late_blocks, Ordering::Relaxed);
        self.failed_commits.store(failed_commits, Ordering::Relaxed);
        self.failed_cuts.store(failed_cuts, Ordering::Relaxed);
        self.damaged.store(damaged_pieces, Ordering::Relaxed);
        self.staged.store(staged as u64, Ordering::Relaxed);
    }

    pub fn losses(&self) -> Losses {
        Losses {
            stray_blocks: self.stray.load(Ordering::Relaxed),
            late_blocks: self.late.load(Ordering::Relaxed),
            failed_commits: self.failed_commits.load(Ordering::Relaxed),
            failed_cuts: self.failed_cuts.load(Ordering::Relaxed),
            damaged_pieces: self.damaged.load(Ordering::Relaxed),
        }
    }

    /// How the volumes are, in their order.
    pub fn volumes(&self) -> [VolumeState; MOST_VOLUMES] {
        let bits = self.states.load(Ordering::Relaxed).to_le_bytes();
        bits.map(|bits| VolumeState { full: bits & 1 != 0, failing: bits & 2 != 0, slow: bits & 4 != 0 })
    }

    /// Somebody counted what recordings take on a volume, and knows what they may (0: as much as there is): see [`Recorder::uses`].
    pub fn uses(&self, volume: usize, octets: u64, quota: u64) {
        if let (Some(used), Some(quotas)) = (self.used.get(volume), self.quotas.get(volume)) {
            used.store(octets, Ordering::Relaxed);
            quotas.store(quota, Ordering::Relaxed);
        }
    }

    fn tell_uses(&self, volumes: &mut [OnVolume]) {
        for ((volume, used), quota) in volumes.iter_mut().zip(&self.used).zip(&self.quotas) {
            volume.recorder.uses(used.load(Ordering::Relaxed), quota.load(Ordering::Relaxed));
        }
    }

    fn put_states(&self, volumes: &[OnVolume]) {
        let mut bits = [0; MOST_VOLUMES];
        for (bits, volume) in bits.iter_mut().zip(volumes) {
            let VolumeState { full, failing, slow } = volume.recorder.state();
            *bits = u8::from(full) | u8::from(failing) << 1 | u8::from(slow) << 2;
        }
        self.states.store(u64::from_le_bytes(bits), Ordering::Relaxed);
    }

    /// Octets that wait for the disk.
    pub fn staged(&self) -> u64 {
        self.staged.load(Ordering::Relaxed)
    }

    /// The longest commit so far.
    pub fn slowest_commit_millis(&self) -> u64 {
        self.commit_millis.load(Ordering::Relaxed)
    }
}

/// The thread that records.
pub struct RecorderThread {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    gauges: Arc<RecorderGauges>,
}

impl RecorderThread {
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Blocks that came after their recording had ended.
    pub fn stray_blocks(&self) -> u64 {
        self.gauges.losses().stray_blocks
    }

    pub fn gauges(&self) -> Arc<RecorderGauges> {
        self.gauges.clone()
    }

    /// Finishes every file, and ends.
    pub fn stop(self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| io::Error::other("the recorder panicked"))
    }
}

/// Starts it with one volume.
pub fn spawn_recorder(recorder: Recorder, end: RecorderEnd, wiring: RecorderWiring) -> io::Result<RecorderThread> {
    spawn_recorders(vec![recorder], end, wiring)
}

/// Starts it with several volumes, of which a recording goes to the first that serves; each has threads of its own, so that one that
/// stalls holds up no other.
pub fn spawn_recorders(
    recorders: Vec<Recorder>,
    end: RecorderEnd,
    wiring: RecorderWiring,
) -> io::Result<RecorderThread> {
    let stop = Arc::new(AtomicBool::new(false));
    let gauges = Arc::new(RecorderGauges::default());
    let on_volume = |recorder| Disk::start(gauges.clone()).map(|disk| OnVolume { recorder, disk });
    let volumes = recorders.into_iter().take(MOST_VOLUMES).map(on_volume).collect::<io::Result<Vec<OnVolume>>>()?;
    if volumes.is_empty() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let places = Places::new();
    let mut work = Turns { volumes, places, end, wiring, gauges: gauges.clone(), start: Instant::now(), waiting: None };
    let told = stop.clone();
    let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || {
        while !told.load(Ordering::Relaxed) {
            work.turn();
            sleep(PAUSE);
        }
        work.finish();
    })?;
    Ok(RecorderThread { thread, stop, gauges })
}

/// A thread that does one kind of disk work, one order at a time. It ends with its sender.
struct Hand<Order, Outcome> {
    orders: SyncSender<Order>,
    outcomes: Receiver<Outcome>,
}

impl<Order: Send + 'static, Outcome: Send + 'static> Hand<Order, Outcome> {
    fn start(name: &str, mut perform: impl FnMut(Order) -> Outcome + Send + 'static) -> io::Result<Self> {
        let (orders, ordered) = sync_channel::<Order>(1);
        let (tell, outcomes) = sync_channel(1);
        let run = move || {
            while let Ok(order) = ordered.recv() {
                if tell.send(perform(order)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name(name.into()).spawn(run)?;
        Ok(Hand { orders, outcomes })
    }
}

/// The threads that wait for the disk: one writes the journal, the other cuts it into files.
struct Disk {
    journal: Hand<Commit, Committed>,
    files: Hand<Vec<Cut>, Vec<CutDone>>,
}

impl Disk {
    fn start(gauges: Arc<RecorderGauges>) -> io::Result<Disk> {
        let mut hand = JournalHand::default();
        let journal = Hand::start("recorder-sync", move |commit| {
            let began = Instant::now();
            let committed = hand.perform(commit);
            gauges.commit_millis.fetch_max(began.elapsed().as_millis() as u64, Ordering::Relaxed);
            committed
        })?;
        Ok(Disk { journal, files: Hand::start("recorder-cut", cut)? })
    }

    /// One order of a kind at a time is what the recorder gives: a full channel is a thread that is gone, and the recordings' losses tell.
    fn order(&self, work: Work) -> io::Result<()> {
        let gone = || io::Error::other("the disk's thread is gone");
        match work {
            Work::Commit(commit) => self.journal.orders.try_send(commit).map_err(|_| gone()),
            Work::Cut(cuts) => self.files.orders.try_send(cuts).map_err(|_| gone()),
        }
    }
}

/// A volume, and who works on its disk.
struct OnVolume {
    recorder: Recorder,
    disk: Disk,
}

impl OnVolume {
    fn turn(&mut self, now: Monotonic) {
        while let Ok(committed) = self.disk.journal.outcomes.try_recv() {
            self.recorder.committed(committed);
        }
        while let Ok(done) = self.disk.files.outcomes.try_recv() {
            self.recorder.cut(done, now);
        }
        self.recorder.expire(now);
        while let Some(work) = self.recorder.work(now) {
            if self.disk.order(work).is_err() {
                self.recorder.losses.failed_commits += 1;
            }
        }
    }
}

/// Which volume each recording is on, where there are several.
type Places = BTreeMap<RecordingId, usize>;

/// The volume of a recording; a new one goes to the first that serves, or at least has room.
fn volume_of(volumes: &[OnVolume], places: &mut Places, recording: RecordingId) -> usize {
    if volumes.len() == 1 {
        return 0;
    }
    *places.entry(recording).or_insert_with(|| {
        let states: Vec<VolumeState> = volumes.iter().map(|volume| volume.recorder.state()).collect();
        let serving = states.iter().position(|state| state.serves());
        serving.or_else(|| states.iter().position(|state| !state.full)).unwrap_or(0)
    })
}

/// The volume of what is said. A recording that has ended is forgotten, and its stragglers are told from the first volume's memory,
/// or another's.
fn volume_of_block(volumes: &[OnVolume], places: &mut Places, recording: RecordingId) -> usize {
    if volumes.len() == 1 {
        return 0;
    }
    let known = places.get(&recording).copied();
    let place = known.or_else(|| volumes.iter().position(|volume| volume.recorder.has_ended(recording)));
    place.unwrap_or_else(|| volume_of(volumes, places, recording))
}

/// What the recorder's thread does again and again.
struct Turns {
    volumes: Vec<OnVolume>,
    places: Places,
    end: RecorderEnd,
    wiring: RecorderWiring,
    gauges: Arc<RecorderGauges>,
    start: Instant,
    /// An indication that the ring had no room for.
    waiting: Option<MediaIndication>,
}

impl Turns {
    fn now(&self) -> Monotonic {
        Monotonic(self.start.elapsed().as_millis() as u64)
    }

    fn recorder_of(&mut self, recording: RecordingId) -> Option<&mut Recorder> {
        let place = volume_of(&self.volumes, &mut self.places, recording);
        self.volumes.get_mut(place).map(|volume| &mut volume.recorder)
    }

    fn turn(&mut self) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        let (mut stops, mut resumed) = (Vec::new(), Vec::new());
        while let Ok(order) = self.wiring.orders.pop() {
            self.take(order, &mut stops, &mut resumed);
        }
        self.take_blocks(WallTime(wall));
        resumed.into_iter().for_each(|recording| {
            if let Some(recorder) = self.recorder_of(recording) {
                recorder.resume(recording);
            }
        });
        let now = self.now();
        for recording in stops {
            if let Some(recorder) = self.recorder_of(recording) {
                recorder.stop(recording, now);
            }
        }
        self.volumes.iter_mut().for_each(|volume| volume.turn(now));
        let staged = self.volumes.iter().map(|volume| volume.recorder.staged()).sum();
        let losses = self.volumes.iter().fold(Losses::default(), |sum, volume| sum.and(volume.recorder.losses));
        self.gauges.put(losses, staged);
        self.gauges.put_states(&self.volumes);
        self.gauges.tell_uses(&mut self.volumes);
        self.hand_over();
    }

    /// What the engine has put into the ring so far, where it lies.
    fn take_blocks(&mut self, at: WallTime) {
        let Turns { volumes, places, end, .. } = self;
        while let ready @ 1.. = end.blocks.slots().min(AT_A_TIME)
            && let Ok(blocks) = end.blocks.read_chunk(ready)
        {
            let (first, second) = blocks.as_slices();
            for block in first.iter().chain(second) {
                let place = volume_of_block(volumes, places, block.recording);
                if let Some(volume) = volumes.get_mut(place) {
                    volume.recorder.block(block, at);
                }
            }
            blocks.commit_all();
        }
    }

    fn take(&mut self, order: RecorderOrder, stops: &mut Vec<RecordingId>, resumed: &mut Vec<RecordingId>) {
        match order {
            RecorderOrder::Start { recording, at } => {
                if let Some(recorder) = self.recorder_of(recording) {
                    recorder.start(recording, at);
                }
            }
            RecorderOrder::Stop { recording } => stops.push(recording),
            // What was said just before a pause, or its end, is in the rings still: neither is let through.
            RecorderOrder::Pause { recording } => {
                if let Some(recorder) = self.recorder_of(recording) {
                    recorder.pause(recording);
                }
            }
            RecorderOrder::Resume { recording } => resumed.push(recording),
            RecorderOrder::Configure(config) => {
                self.volumes.iter_mut().for_each(|volume| volume.recorder.configure(config.clone()));
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.volumes.iter().all(|volume| volume.recorder.is_idle())
    }

    /// The daemon stops: every recording gets its file, if the disk answers.
    fn finish(&mut self) {
        self.turn();
        let limit = Instant::now() + END_WITHIN;
        let now = self.now();
        self.volumes.iter_mut().for_each(|volume| volume.recorder.stop_all(now));
        while !self.is_idle() && Instant::now() < limit {
            self.turn();
            sleep(PAUSE_AT_END);
        }
    }

    fn poll(&mut self) -> Option<MediaIndication> {
        let indication = self.volumes.iter_mut().find_map(|volume| volume.recorder.poll())?;
        if let MediaIndication::RecordingClosed { recording, .. } = &indication {
            self.places.remove(recording);
        }
        Some(indication)
    }

    /// A full ring keeps indications here until there is room: the end of a recording must not be lost.
    fn hand_over(&mut self) {
        let mut any = false;
        while let Some(indication) = self.waiting.take().or_else(|| self.poll()) {
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
