//! What becomes of recordings: deleted at their age or when a volume is full, never while they are held; keys made anew; alarms of their
//! disks. A thread of its own, which waits for disks and the database and for nobody else.

use crate::gauges::free_octets;
use crate::inbox::{Inbox, Message};
use clock::WallTime;
use desk::AlarmKind;
use files::{Custody, KeyFile, RecorderGauges, VolumeState, remove_recording};
use identity::RecordingId;
use settings::{RecordingSettings, WhenFull};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{AuditRow, RecordingRow, Store, StoreError};
use wallclock::Wallclock;

/// Between two looks at the disks.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two looks at what is to be deleted.
const PASS: u32 = 30;
/// Recordings deleted at a time, so that the database and the disk have time for others.
const AT_A_TIME: u32 = 200;
/// Times in one pass.
const MOST_TIMES: u32 = 50;
const DAY: i64 = 24 * 3600 * 1000;
const MEGABYTE: u64 = 1024 * 1024;

/// A volume that recordings go to.
pub struct Volume {
    /// As paths in the database begin: "" for the first.
    pub name: String,
    pub directory: PathBuf,
    /// None: it could not be opened at the start.
    pub custody: Option<Custody>,
}

/// The keeper of recordings.
pub struct Keeper {
    pub store: Store,
    pub keys: KeyFile,
    pub volumes: Arc<Vec<Volume>>,
    pub gauges: Arc<RecorderGauges>,
    pub clock: Wallclock,
    pub inbox: Inbox,
    /// What the exchange was told of each volume last.
    pub told: BTreeMap<u8, BTreeSet<AlarmKind>>,
}

impl Keeper {
    /// Starts the thread; it ends with the process.
    pub fn start(mut self) -> std::io::Result<()> {
        let run = move || {
            let mut looks = 0;
            loop {
                self.look();
                if looks % PASS == 0
                    && let Err(problem) = self.pass()
                {
                    tracing::error!(%problem, "recordings cannot be kept in order");
                }
                looks = looks.wrapping_add(1);
                std::thread::sleep(LOOK);
            }
        };
        std::thread::Builder::new().name("keeper".into()).spawn(run).map(drop)
    }

    /// Tells the exchange, which keeps the alarms, what changed with the disks.
    fn look(&mut self) {
        // Volumes that could not be opened have no recorder.
        let mut states = self.gauges.volumes().into_iter();
        for (place, volume) in (1..).zip(self.volumes.iter()) {
            let state = match volume.custody {
                Some(_) => states.next().unwrap_or_default(),
                None => VolumeState { failing: true, ..VolumeState::default() },
            };
            let wrong = what_is_wrong(state);
            if self.told.get(&place).map_or(wrong.is_empty(), |told| *told == wrong) {
                continue;
            }
            // A full inbox is tried again with the next look.
            if self.inbox.put(Message::Volume { place, wrong: wrong.clone() }).is_ok() {
                self.told.insert(place, wrong);
            }
        }
    }

    /// Deletes what is to be deleted, and makes a new key if it is time.
    fn pass(&mut self) -> Result<(), StoreError> {
        let Some(version) = self.store.newest_settings()? else { return Ok(()) };
        let settings = version.settings.recording;
        let now = self.clock.now().wall;
        if settings.new_key_days > 0 && self.keys.is_older_than(i64::from(settings.new_key_days) * DAY, now.0) {
            match self.keys.rotate(now.0) {
                Ok(key) => tracing::info!(key, "recordings are sealed with a new key from now on"),
                Err(problem) => tracing::error!(%problem, "no new key for the recordings"),
            }
        }
        let opened = self.volumes.iter().filter(|volume| volume.custody.is_some());
        for (place, volume) in opened.enumerate() {
            let quota = settings.quota_megabytes * MEGABYTE;
            self.gauges.uses(place, self.store.recorded_octets(&volume.name)?, quota);
            self.tidy(volume, &settings, now)?;
            self.gauges.uses(place, self.store.recorded_octets(&volume.name)?, quota);
        }
        Ok(())
    }

    /// First what has reached its age, the oldest first; then, if the site wants it, what is oldest while the volume is full.
    fn tidy(&self, volume: &Volume, settings: &RecordingSettings, now: WallTime) -> Result<(), StoreError> {
        if let Some(born_before) = expired_before(settings, now) {
            let expired = || self.store.deletable_recordings(&volume.name, Some(born_before), AT_A_TIME);
            self.delete_while(volume, "expired", now, expired)?;
        }
        if settings.when_full == WhenFull::DeleteOldest {
            let oldest = || {
                let used = self.store.recorded_octets(&volume.name)?;
                let room = Room { used, free: free_octets(&volume.directory) };
                let missing = room.missing(settings);
                let wanted = if missing > 0 { AT_A_TIME } else { 0 };
                let mut rows = self.store.deletable_recordings(&volume.name, None, wanted)?;
                rows.truncate(enough(&rows, missing));
                Ok(rows)
            };
            self.delete_while(volume, "volume_full", now, oldest)?;
        }
        Ok(())
    }

    fn delete_while(
        &self,
        volume: &Volume,
        why: &str,
        now: WallTime,
        next: impl Fn() -> Result<Vec<RecordingRow>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut count = 0;
        for _ in 0..MOST_TIMES {
            let rows = next()?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if !delete(&self.store, volume, &row, why, now)? {
                    // The disk refuses: it is tried again with the next pass.
                    return self.told(count, volume, why, now);
                }
                count += 1;
            }
        }
        self.told(count, volume, why, now)
    }

    fn told(&self, count: u64, volume: &Volume, why: &str, at: WallTime) -> Result<(), StoreError> {
        if count == 0 {
            return Ok(());
        }
        let detail = format!("{count} recordings, {why}, {}", volume.directory.display());
        let (actor, source, action) = ("fastcalld".into(), "-".into(), "delete_recordings".into());
        self.store.audit(AuditRow { at, actor, source, action, detail })
    }
}

fn what_is_wrong(state: VolumeState) -> BTreeSet<AlarmKind> {
    let kinds = [
        (AlarmKind::RecordingsFull, state.full),
        (AlarmKind::RecordingsFailing, state.failing),
        (AlarmKind::RecordingsSlow, state.slow),
    ];
    kinds.into_iter().filter(|(_, stands)| *stands).map(|(kind, _)| kind).collect()
}

/// Recordings with a smaller id have reached their age; ids begin with the time of birth.
fn expired_before(settings: &RecordingSettings, now: WallTime) -> Option<RecordingId> {
    let days = i64::from(settings.keep_days);
    let born = now.0.checked_sub(days * DAY).filter(|born| days > 0 && *born > 0)?;
    Some(RecordingId((born as u64) << 22))
}

/// What a volume has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Room {
    used: u64,
    free: Option<u64>,
}

impl Room {
    /// Octets that are to be deleted: a twentieth above what recording needs to go on is kept free.
    fn missing(self, settings: &RecordingSettings) -> u64 {
        let quota = settings.quota_megabytes * MEGABYTE;
        let over = if quota > 0 { self.used.saturating_sub(quota / 20 * 19) } else { 0 };
        let keep = settings.keep_free_megabytes * MEGABYTE;
        over.max(self.free.map_or(0, |free| (keep + keep / 20).saturating_sub(free)))
    }
}

/// How many of these, from the first on, make so much room.
fn enough(rows: &[RecordingRow], missing: u64) -> usize {
    let mut freed = 0;
    let until = rows.iter().position(|row| {
        freed += row.bytes.unwrap_or(0);
        freed >= missing
    });
    until.map_or(rows.len(), |last| last + 1)
}

/// By somebody's order. False: it is held by now, or gone.
pub fn delete_by_order(store: &Store, volumes: &[Volume], row: &RecordingRow, why: &str) -> Result<bool, String> {
    let other = |volume: &&Volume| !volume.name.is_empty() && row.path.starts_with(&volume.name);
    let volume = volumes.iter().find(other).or(volumes.first()).ok_or("no volume")?;
    let told = |problem: StoreError| problem.to_string();
    if !delete(store, volume, row, why, wallclock::wall()).map_err(told)? {
        return Err("the disk refuses".to_owned());
    }
    Ok(store.recording(row.id).map_err(told)?.is_some_and(|row| row.deleted.is_some()))
}

/// False: the disk refused. The database knows first: what is held in this moment is not deleted in the next.
pub fn delete(
    store: &Store,
    volume: &Volume,
    row: &RecordingRow,
    why: &str,
    now: WallTime,
) -> Result<bool, StoreError> {
    if !store.recording_deleted(row.id, now, why)? {
        return Ok(true);
    }
    let place = Path::new(&row.path).strip_prefix(&volume.directory).unwrap_or(Path::new(&row.path));
    let place = place.to_string_lossy();
    match remove_recording(&volume.directory, (row.id, &place), why, volume.custody.as_ref()) {
        Ok(()) => Ok(true),
        Err(problem) => {
            tracing::error!(recording = %row.id, %problem, "a recording cannot be deleted");
            store.recording_kept(row.id)?;
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Entry;

    #[test]
    fn age_is_counted_in_days() {
        let settings = RecordingSettings { keep_days: 30, ..RecordingSettings::default() };
        let now = WallTime(1_795_400_000_000);
        let before = expired_before(&settings, now).map(|id| (id.0 >> 22) as i64);
        assert_eq!(before, Some(now.0 - 30 * DAY));
        let for_good = RecordingSettings { keep_days: 0, ..RecordingSettings::default() };
        assert_eq!(expired_before(&for_good, now), None);
    }

    #[test]
    fn room_is_short_before_recording_stops() {
        let settings =
            RecordingSettings { keep_free_megabytes: 100, quota_megabytes: 1000, ..RecordingSettings::default() };
        let room = |used: u64, free: u64| Room { used: used * MEGABYTE, free: Some(free * MEGABYTE) };
        assert_eq!((room(10, 104).missing(&settings), room(951, 5000).missing(&settings)), (MEGABYTE, MEGABYTE));
        assert_eq!(room(900, 106).missing(&settings), 0);
        assert_eq!(Room { used: 0, free: None }.missing(&settings), 0);
    }

    const NOW: WallTime = WallTime(1_795_400_000_000);

    /// A keeper of one volume with five recordings of 300 kB, ten days apart; the first is held, the last not ended.
    fn keeper(folder: &Path) -> (Keeper, Vec<RecordingId>) {
        let directory = folder.join("recordings");
        std::fs::create_dir_all(&directory).unwrap();
        let keys = KeyFile::open(&folder.join("keys.json"), None, NOW.0).unwrap();
        let custody = Some(Custody::of(&directory, keys.keys(), 0).unwrap());
        let store = Store::open(&folder.join("box.db")).unwrap();
        let born = |age: i64| RecordingId(((NOW.0 - age * DAY) as u64) << 22);
        let recordings: Vec<RecordingId> = [50, 40, 30, 20, 10].map(born).to_vec();
        for (place, recording) in recordings.iter().enumerate() {
            let (recording, call, path) = (*recording, identity::CallId(place as u64 + 1), format!("{place}.fcr"));
            std::fs::write(directory.join(&path), [0; 10]).unwrap();
            store.record(Entry::RecordingStarted { recording, call, path }).unwrap();
            if place < 4 {
                store.record(Entry::RecordingEnded { recording, millis: 1000, bytes: 300_000 }).unwrap();
            }
        }
        store.flush().unwrap();
        let hold = store::Hold { since: NOW, by: "anna".to_owned(), why: "a law suit".to_owned() };
        let [actor, source, action, detail] = ["anna", "-", "hold", ""].map(str::to_owned);
        let audit = AuditRow { at: NOW, actor, source, action, detail };
        assert!(store.hold_recording(recordings[0], Some(hold), audit).unwrap());
        let volumes = Arc::new(vec![Volume { name: String::new(), directory, custody }]);
        let gauges = Arc::new(RecorderGauges::default());
        let (inbox, told) = (Inbox::new().0, BTreeMap::new());
        (Keeper { store, keys, volumes, gauges, clock: Wallclock::start(), inbox, told }, recordings)
    }

    fn left(keeper: &Keeper) -> Vec<usize> {
        (0..5).filter(|place| keeper.volumes[0].directory.join(format!("{place}.fcr")).exists()).collect()
    }

    /// What has reached its age is deleted, file and all, and the log says how many and why; what is held stays, whatever its age,
    /// and so does what is still recorded.
    #[test]
    fn what_has_reached_its_age_goes_and_what_is_held_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, recordings) = keeper(folder.path());
        let settings = RecordingSettings { keep_days: 25, ..RecordingSettings::default() };
        keeper.tidy(&keeper.volumes[0], &settings, NOW).unwrap();
        assert_eq!(left(&keeper), [0, 3, 4]);
        let deleted = |place: usize| keeper.store.recording(recordings[place]).unwrap().unwrap().deleted;
        assert_eq!((deleted(0), deleted(1), deleted(3)), (None, Some(NOW), None));
        keeper.tidy(&keeper.volumes[0], &RecordingSettings { keep_days: 1, ..settings }, NOW).unwrap();
        assert_eq!(left(&keeper), [0, 4], "held, and not ended");
    }

    /// A volume that is full gives up its oldest that may go, until there is room again, and only if the site wants it.
    #[test]
    fn a_full_volume_gives_up_its_oldest() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, _) = keeper(folder.path());
        let full = RecordingSettings { quota_megabytes: 1, keep_free_megabytes: 0, ..RecordingSettings::default() };
        keeper.tidy(&keeper.volumes[0], &full, NOW).unwrap();
        assert_eq!(left(&keeper), [0, 1, 2, 3, 4], "recording stops instead");
        let delete = RecordingSettings { when_full: WhenFull::DeleteOldest, ..full };
        keeper.tidy(&keeper.volumes[0], &delete, NOW).unwrap();
        assert_eq!(left(&keeper), [0, 2, 3, 4], "the oldest that may go, and no more than is needed");
        let used = keeper.store.recorded_octets("").unwrap();
        assert!(used <= MEGABYTE / 20 * 19, "{used} octets are still there");
    }

    /// A disk that refuses keeps the recording, in the database too: it is tried again.
    #[test]
    fn what_the_disk_refuses_is_not_lost_from_sight() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, recordings) = keeper(folder.path());
        let file = keeper.volumes[0].directory.join("1.fcr");
        std::fs::remove_file(&file).unwrap();
        // No file can be removed where a folder with something in it lies.
        std::fs::create_dir_all(file.join("x")).unwrap();
        let settings = RecordingSettings { keep_days: 35, ..RecordingSettings::default() };
        keeper.tidy(&keeper.volumes[0], &settings, NOW).unwrap();
        assert_eq!(keeper.store.recording(recordings[1]).unwrap().unwrap().deleted, None);
        std::fs::remove_dir_all(&file).unwrap();
        keeper.tidy(&keeper.volumes[0], &settings, NOW).unwrap();
        assert_eq!(keeper.store.recording(recordings[1]).unwrap().unwrap().deleted, Some(NOW));
    }
}
