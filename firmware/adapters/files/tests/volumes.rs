//! Several disks: the next one takes over when one is full, fails or stalls, and none holds up another.

use clock::{Monotonic, WallTime};
use files::*;
use graph::{RecordedBlock, RecorderEnd};
use identity::RecordingId;
use plan::{MediaIndication, RecordingFault};
use rtrb::{Consumer, Producer, RingBuffer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const AT: WallTime = WallTime(1_795_400_000_000);

struct Town {
    dir: tempfile::TempDir,
    blocks: Producer<RecordedBlock>,
    orders: Producer<RecorderOrder>,
    told: Consumer<MediaIndication>,
    thread: Option<RecorderThread>,
    gauges: Arc<RecorderGauges>,
}

impl Town {
    fn new(volumes: usize) -> Town {
        let dir = tempfile::tempdir().expect("dir");
        let recorder = |n: usize| {
            let dir = dir.path().join(n.to_string());
            Recorder::new(RecorderConfig { dir, keep_free_octets: 0, utc_offset_minutes: 480, seal: false })
                .expect("dir")
        };
        let (blocks, taken) = RingBuffer::new(1000);
        let (orders, queue) = RingBuffer::new(100);
        let (indicate, told) = RingBuffer::new(100);
        let wiring = RecorderWiring { orders: queue, indications: indicate, notify: Box::new(|| {}) };
        let recorders = (1..=volumes).map(recorder).collect();
        let thread = spawn_recorders(recorders, RecorderEnd { blocks: taken }, wiring).expect("threads");
        let gauges = thread.gauges();
        Town { dir, blocks, orders, told, thread: Some(thread), gauges }
    }

    fn volume(&self, n: usize) -> PathBuf {
        self.dir.path().join(n.to_string())
    }

    fn start(&mut self, id: u64, ticks: u64) {
        let recording = RecordingId(id);
        self.orders.push(RecorderOrder::Start { recording, at: AT }).expect("room");
        self.talk(id, 0..ticks);
    }

    fn talk(&mut self, id: u64, ticks: std::ops::Range<u64>) {
        for tick in ticks {
            let block = RecordedBlock { recording: RecordingId(id), tick, left: [1; 160], right: [2; 160] };
            self.blocks.push(block).expect("room");
        }
    }

    fn stop(&mut self, id: u64) {
        self.orders.push(RecorderOrder::Stop { recording: RecordingId(id) }).expect("room");
    }

    fn next(&mut self) -> MediaIndication {
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            match self.told.pop() {
                Ok(told) => return told,
                Err(_) => assert!(Instant::now() < limit, "never told"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn wait_for(&self, what: impl Fn(&[VolumeState]) -> bool) {
        let limit = Instant::now() + Duration::from_secs(10);
        while !what(&self.gauges.volumes()) {
            assert!(Instant::now() < limit, "{:?}", self.gauges.volumes());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn finish(&mut self) {
        self.thread.take().expect("runs").stop().expect("a clean end");
    }
}

fn closed(id: u64, millis: u64) -> MediaIndication {
    MediaIndication::RecordingClosed { recording: RecordingId(id), millis }
}

fn has(volume: &Path, id: u64) -> bool {
    find_recording(volume, RecordingId(id)).is_some()
}

/// The first disk's quota is used up: new recordings go to the second, and back when there is room.
#[test]
fn the_next_volume_takes_over_when_one_is_full() {
    let mut town = Town::new(2);
    town.start(1, 50);
    town.stop(1);
    assert_eq!(town.next(), closed(1, 1000));
    town.gauges.uses(0, 100, 100);
    town.wait_for(|volumes| volumes[0].full && !volumes[1].full);
    town.start(2, 50);
    town.stop(2);
    assert_eq!(town.next(), closed(2, 1000));
    town.gauges.uses(0, 10, 100);
    town.wait_for(|volumes| !volumes[0].full);
    town.start(3, 50);
    town.stop(3);
    assert_eq!(town.next(), closed(3, 1000));
    town.finish();
    let places = [1, 2, 3].map(|id| (has(&town.volume(1), id), has(&town.volume(2), id)));
    assert_eq!(places, [(true, false), (false, true), (true, false)]);
    assert_eq!(town.gauges.losses(), Losses::default());
}

/// The first disk fails: what ran there is told as failed, it is shown as failing, and what begins afterwards is on the second. Nothing else is
/// lost, and the thread goes on.
#[test]
fn the_next_volume_takes_over_when_one_fails() {
    let mut town = Town::new(2);
    town.start(1, 10);
    // Its journal is gone before anything could be written.
    std::fs::rename(town.volume(1).join("journal"), town.dir.path().join("aside")).expect("gone");
    let failed = MediaIndication::RecordingFailed { recording: RecordingId(1), reason: RecordingFault::DiskFailed };
    assert_eq!(town.next(), failed);
    town.wait_for(|volumes| volumes[0].failing);
    town.start(2, 50);
    town.stop(2);
    assert_eq!(town.next(), closed(2, 1000));
    assert!(has(&town.volume(2), 2));
    assert!(town.gauges.losses().failed_commits > 0);
    std::fs::rename(town.dir.path().join("aside"), town.volume(1).join("journal")).expect("back");
    town.stop(1);
    assert_eq!(town.next(), closed(1, 0));
    town.finish();
}

/// A disk that answers nothing for ten seconds is shown as slow after three: new recordings would go elsewhere; once it answers, it serves
/// again and nothing was lost.
#[test]
fn a_stalled_volume_is_shown() {
    let dir = tempfile::tempdir().expect("dir");
    let config = RecorderConfig { dir: dir.path().into(), keep_free_octets: 0, utc_offset_minutes: 480, seal: false };
    let mut recorder = Recorder::new(config).expect("a directory");
    recorder.start(RecordingId(1), AT);
    recorder.block(&RecordedBlock { recording: RecordingId(1), tick: 0, left: [1; 160], right: [2; 160] }, AT);
    let Some(Work::Commit(commit)) = recorder.work(Monotonic(1000)) else { panic!("a commit is due") };
    for now in (1100..11_000).step_by(100) {
        recorder.expire(Monotonic(now));
        assert_eq!(recorder.state().slow, now > 4000, "{now}");
    }
    recorder.committed(JournalHand::default().perform(commit));
    assert!(recorder.state().serves());
    assert_eq!(recorder.losses, Losses::default());
}
