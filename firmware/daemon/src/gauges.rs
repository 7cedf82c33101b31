//! Numbers of the box's health: told by the exchange thread once a second, read by the API.

use crate::exchange_thread::ExchangeThread;
use crate::memory::Lock;
use clock::{Millis, Monotonic};
use http_api::{HealthReport, KeysKept, Warning};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;

const EACH: Millis = Millis::secs(1);

type Parts = BTreeMap<String, BTreeMap<String, i64>>;

/// The exchange thread's pen.
pub struct Gauges {
    told: Arc<Mutex<Parts>>,
    next: Monotonic,
}

/// The API's glass; clones share it.
#[derive(Clone)]
pub struct Glass {
    told: Arc<Mutex<Parts>>,
    media: Arc<media_io::Status>,
    store: Store,
    recordings: PathBuf,
    recorder: Arc<files::RecorderGauges>,
    clock: wallclock::Wallclock,
    lock: Lock,
    /// The recordings' keys are sealed to the board.
    keys_sealed: bool,
}

fn row<const N: usize>(numbers: [(&str, u64); N]) -> BTreeMap<String, i64> {
    numbers.into_iter().map(|(name, value)| (name.to_owned(), i64::try_from(value).unwrap_or(i64::MAX))).collect()
}

impl Gauges {
    pub fn new(
        media: Arc<media_io::Status>,
        store: Store,
        (recordings, recorder, keys_sealed): (PathBuf, Arc<files::RecorderGauges>, bool),
        clock: wallclock::Wallclock,
        lock: Lock,
    ) -> (Gauges, Glass) {
        let told = Arc::new(Mutex::new(Parts::new()));
        (
            Gauges { told: told.clone(), next: Monotonic(0) },
            Glass { told, media, store, recordings, recorder, clock, lock, keys_sealed },
        )
    }

    /// Once a second. Who reads at this moment keeps the old numbers: the exchange does not wait.
    pub fn tell_due(&mut self, now: Monotonic) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now + EACH;
        }
        due
    }

    pub fn put(&self, parts: Parts) {
        if let Ok(mut told) = self.told.try_lock() {
            *told = parts;
        }
    }
}

/// What the exchange thread knows.
pub fn parts_of(thread: &ExchangeThread) -> Parts {
    let mut parts = Parts::new();
    for span in thread.lines.set.spans() {
        let Some(health) = thread.lines.set.health(span) else { continue };
        let card = health.card;
        let numbers = row([
            ("alarms", u64::from(health.alarms.out_of_service())),
            ("frames_received", card.frames_received),
            ("fas_errors", card.fas_errors),
            ("crc_errors", card.crc_errors),
            ("far_crc_errors", card.far_crc_errors),
            ("code_violations", card.code_violations),
            ("slips", card.slips_repeated + card.slips_dropped),
            ("underruns", card.underruns),
            ("overruns", card.overruns),
            ("dchannel_frames", card.dchannel_frames),
            ("dchannel_faults", card.dchannel_faults),
            ("datagrams_lost", card.datagrams_lost),
            ("lost_to_rings", health.lost_to_rings),
        ]);
        parts.insert(format!("span_{}", span.0), numbers);
    }
    let clock = thread.lines.clocked_by().map_or(0, |span| u64::from(span.0));
    parts.insert("clock".into(), row([("clocked_by", clock)]));
    parts.insert("telephones".into(), row(thread.telephones.numbers()));
    let counters = thread.exchange.counters();
    let exchange = row([
        ("refused", counters.refused),
        ("short_recordings", counters.short_recordings),
        ("silent_telephones", counters.silent),
        ("dead_telephones", counters.dead),
        ("faults", counters.faults),
        ("circuits_healed", counters.healed),
        ("trace_records", thread.exchange.trace().written()),
        ("media_requests_waiting", thread.media.backlog() as u64),
        ("media_requests_lost", thread.media.lost()),
        ("records_lost", thread.records.lost()),
    ]);
    parts.insert("exchange".into(), exchange);
    parts
}

impl Glass {
    pub fn report(&self) -> HealthReport {
        let mut parts = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let media = row([
            ("realtime", u64::from(self.media.realtime())),
            ("wakes", self.media.wakes()),
            ("late_wakes", self.media.late_wakes()),
            ("latest_micros", self.media.latest_micros()),
            ("busy_micros", self.media.busy_micros()),
            ("skipped_ticks", self.media.skipped_ticks()),
            ("unsent_packets", self.media.unsent()),
            ("indications_lost", self.media.indications_lost()),
        ]);
        parts.insert("media".into(), media);
        parts.insert("audio".into(), row(self.media.engine()));
        let health = self.store.health();
        let storage = row([
            ("queued", health.queued as u64),
            ("written", health.written),
            ("refused", health.refused),
            ("failures", health.failures),
            ("restarts", health.restarts),
            ("dropped", health.dropped),
        ]);
        parts.insert("storage".into(), storage);
        let mut warnings = Vec::new();
        if let Some(free) = free_octets(&self.recordings) {
            parts.insert("disk".into(), row([("free_octets", free)]));
        }
        parts.insert("recorder".into(), recorder_row(&self.recorder));
        warnings.extend(self.storage_warnings(&health));
        warnings.extend(recorder_warning(self.recorder.losses()));
        warnings.extend(self.media_warnings());
        let silent = parts.get("exchange").and_then(|exchange| exchange.get("silent_telephones")).copied();
        if let Some(silent) = silent.filter(|silent| *silent > 0) {
            warnings.push(Warning {
                zh: format!("{silent} 部通话中的话机没有发送语音，请检查其网络。"),
                en: format!("{silent} telephones in calls send no speech; check their network."),
            });
        }
        let recording_keys = if self.keys_sealed { KeysKept::SealedToBoard } else { KeysKept::PlainFile };
        HealthReport { up_seconds: self.clock.mono().0 / 1000, parts, warnings, recording_keys }
    }
}

impl Glass {
    fn storage_warnings(&self, health: &store::Health) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if health.failing {
            warnings.push(Warning {
                zh: "数据库无法写入，通话记录正在等待。请检查磁盘。".into(),
                en: "The database cannot be written; call records are waiting. Check the disk.".into(),
            });
        }
        if health.restarts > 0 {
            warnings.push(Warning {
                zh: format!("存储线程曾异常并重新启动 {} 次，请将系统日志交给技术支持。", health.restarts),
                en: format!(
                    "The storage thread failed and began anew {} times; send the log to support.",
                    health.restarts
                ),
            });
        }
        warnings
    }

    fn media_warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if !self.media.realtime() {
            warnings.push(Warning {
                zh: "媒体线程没有实时优先级，负载高时语音可能断续。请以 CAP_SYS_NICE 权限运行。".into(),
                en: "The media thread has no real-time priority; speech may stutter under load. Run with CAP_SYS_NICE."
                    .into(),
            });
        }
        if self.lock != Lock::Held {
            warnings.push(Warning {
                zh: "内存未锁定，内存不足时语音可能断续。请设置 LimitMEMLOCK=infinity 或授予 CAP_IPC_LOCK 权限。".into(),
                en: "Memory is not locked; speech may stutter when memory runs short. Set LimitMEMLOCK=infinity or give CAP_IPC_LOCK."
                    .into(),
            });
        }
        warnings
    }
}

fn recorder_row(recorder: &files::RecorderGauges) -> BTreeMap<String, i64> {
    let losses = recorder.losses();
    row([
        ("late_blocks", losses.late_blocks),
        ("stray_blocks", losses.stray_blocks),
        ("failed_commits", losses.failed_commits),
        ("failed_cuts", losses.failed_cuts),
        ("damaged_pieces", losses.damaged_pieces),
        ("staged_octets", recorder.staged()),
        ("slowest_commit_millis", recorder.slowest_commit_millis()),
    ])
}

/// What a slow or failing disk cost the recordings.
fn recorder_warning(losses: files::Losses) -> Option<Warning> {
    let lost = losses.late_blocks + losses.failed_commits + losses.failed_cuts + losses.damaged_pieces;
    (lost > 0).then(|| Warning {
        zh: "录音磁盘太慢或出错，部分录音缺失；通话不受影响。请检查磁盘。".into(),
        en: "The recordings' disk was too slow or failed: parts of recordings are missing; calls are not affected. Check the disk."
            .into(),
    })
}

pub fn free_octets(path: &std::path::Path) -> Option<u64> {
    let about = nix::sys::statvfs::statvfs(path).ok()?;
    Some(about.blocks_available() * about.fragment_size())
}
