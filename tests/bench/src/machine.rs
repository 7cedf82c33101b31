//! What this machine says of itself and of its processes (Linux, proc(5)).

use nix::time::{ClockId, clock_gettime};
use std::path::Path;

/// Clock ticks of /proc/PID/stat in a second: the same on all our machines.
const TICKS: f64 = 100.0;

pub fn name() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = facts.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} x {}", model.trim_start_matches([' ', '\t', ':']))
}

/// The instruments must be on time, or they measure themselves: real-time priority for the calling thread, if this user may have it.
pub fn be_punctual() {
    if !media_io::ask_for_realtime() {
        eprintln!("no real-time priority here: delays of this process count as the box's");
    }
}

/// Load average of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// Seconds of processor time that a process used, in user mode and kernel.
pub fn process_seconds(process: u32) -> f64 {
    stat_seconds(&Path::new("/proc").join(process.to_string()))
}

/// The same by thread name.
pub fn thread_seconds(process: u32) -> Vec<(String, f64)> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let entries = std::fs::read_dir(tasks).into_iter().flatten().flatten();
    let named = |path: &Path| std::fs::read_to_string(path.join("comm")).unwrap_or_default().trim().to_owned();
    entries.map(|entry| (named(&entry.path()), stat_seconds(&entry.path()))).collect()
}

fn stat_seconds(folder: &Path) -> f64 {
    let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |field: usize| fields.get(field).and_then(|t| t.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / TICKS
}

/// Seconds of processor time of the thread that asks.
pub fn own_thread_seconds() -> f64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .map_or(f64::NAN, |time| time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}

/// Seconds of processor time of this process's threads of these names, to the nanosecond.
pub fn own_threads_seconds(names: &[&str]) -> f64 {
    let entries = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let name = |path: &Path| std::fs::read_to_string(path.join("comm")).unwrap_or_default();
    let named = entries.filter(|entry| names.contains(&name(&entry.path()).trim()));
    let seconds = |entry: std::fs::DirEntry| {
        let thread: i32 = entry.file_name().to_str()?.parse().ok()?;
        // The kernel's number for a thread's processor clock: the thread's complement, "per thread" and "by the scheduler".
        let time = clock_gettime(ClockId::from_raw(!thread << 3 | 6)).ok()?;
        Some(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
    };
    named.filter_map(seconds).sum()
}

/// Raises the limit on open files.
pub fn may_open(files: u64) -> Result<(), nix::Error> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, files.min(most), most)
}

/// Megabytes in memory of a process (`VmRSS`).
pub fn megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).map_or(f64::NAN, |k| k / 1024.0)
}
