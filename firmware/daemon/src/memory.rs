//! Keeps the daemon's memory out of swap: a page that the media thread touches and that is on disk costs it many ticks.

use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};

/// Bit of the effective capabilities that lets a process lock memory without limit (capabilities(7)).
const CAP_IPC_LOCK: u32 = 14;

/// Whether memory is locked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    Held,
    /// The limit on locked memory is too low, and the process may not pass it. Octets.
    NotPermitted {
        limit: u64,
    },
    Refused(Errno),
}

/// Locks what is in memory now and whatever is touched later. Pages never touched (the rest of a thread's stack) are not brought in.
/// Under a finite limit nothing is locked: a later allocation beyond it would fail, and with it the daemon.
pub fn lock() -> Lock {
    let limit = match raised_limit() {
        Ok(limit) => limit,
        Err(problem) => return Lock::Refused(problem),
    };
    if limit != RLIM_INFINITY && !may_pass_limit() {
        return Lock::NotPermitted { limit };
    }
    let on_fault = MlockAllFlags::from_bits_retain(libc::MCL_ONFAULT);
    match mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | on_fault) {
        Ok(()) => Lock::Held,
        Err(problem) => Lock::Refused(problem),
    }
}

/// The limit, raised as far as the process may.
fn raised_limit() -> Result<u64, Errno> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_MEMLOCK)?;
    if soft < hard && setrlimit(Resource::RLIMIT_MEMLOCK, hard, hard).is_ok() {
        return Ok(hard);
    }
    Ok(soft)
}

fn may_pass_limit() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| has_capability(&status, CAP_IPC_LOCK))
}

fn has_capability(status: &str, bit: u32) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).is_some_and(|set| set >> bit & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_from_the_status() {
        assert!(has_capability("Name:\tx\nCapEff:\t0000000000004000\n", CAP_IPC_LOCK));
        assert!(!has_capability("CapEff:\t0000000000000000\n", CAP_IPC_LOCK));
        assert!(!has_capability("", CAP_IPC_LOCK));
    }

    /// Whatever this machine permits, the answer says what is so: the kernel's own count of locked memory agrees.
    #[test]
    fn the_answer_agrees_with_the_kernel() {
        let answer = lock();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
        let kilobytes: u64 = locked.trim().trim_end_matches("kB").trim().parse().unwrap();
        assert_eq!(answer == Lock::Held, kilobytes > 0, "{answer:?}, {kilobytes} kB");
    }
}
