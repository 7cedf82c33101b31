//! Passwords, tokens, and holding back who guesses them.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use clock::WallTime;
use identity::RecordingId;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Failures that are free before waiting begins.
const FREE_FAILURES: u32 = 4;

/// The longest wait, seconds.
const LONGEST_WAIT: i64 = 900;

/// Sources and accounts watched at most; beyond that the oldest are forgotten.
const WATCHED: usize = 10_000;

/// A random value that cannot be guessed, in lower-case hex.
pub fn random_hex(octets: usize) -> String {
    let mut random = vec![0u8; octets];
    // Without the kernel's randomness nothing safe can be made: better to stop here than to go on.
    getrandom::fill(&mut random).expect("the kernel gives random octets");
    hex(&random)
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What of a token is stored.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Slow by design: call it off the async threads.
pub fn hash_password(password: &str) -> Result<String, String> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|problem| problem.to_string())?;
    let salt = SaltString::encode_b64(&salt).map_err(|problem| problem.to_string())?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|problem| problem.to_string())?.to_string())
}

/// The hash that log-ins to unknown accounts are compared with.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Whether `password` is the one of `hash`. An account that does not exist takes as long as one that does.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    let nobody = NOBODY.get_or_init(|| hash_password(&random_hex(16)).unwrap_or_default());
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(nobody)) else { return false };
    let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    same && hash.is_some()
}

/// Why a password is too weak; none if it will do.
pub fn weakness(login: &str, password: &str) -> Option<(&'static str, &'static str)> {
    let lower = password.to_lowercase();
    let letters_only = password.chars().all(char::is_alphabetic);
    let digits_only = password.chars().all(|c| c.is_ascii_digit());
    let common = ["password", "qwerty", "123456", "admin", "fastcall", "letmein", "welcome"];
    if password.chars().count() < 10 {
        Some(("密码至少 10 个字符", "Use at least 10 characters"))
    } else if !login.is_empty() && lower.contains(&login.to_lowercase()) {
        Some(("密码不能包含登录名", "Do not put your login into the password"))
    } else if letters_only || digits_only {
        Some(("密码须同时含有字母和数字或符号", "Mix letters with digits or signs"))
    } else if common.iter().any(|word| lower.contains(word)) {
        Some(("密码过于常见，请换一个", "Too common; choose another"))
    } else {
        None
    }
}

/// Holds back sources and accounts that fail to log in: each failure after the first few doubles the wait.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    /// UTC seconds.
    last: i64,
}

impl Throttle {
    /// Seconds that `who` has to wait at `now` (UTC seconds); 0: may try.
    pub fn wait(&self, who: &str, now: i64) -> i64 {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(who).map_or(0, |failed| (failed.last + penalty(failed.count) - now).max(0))
    }

    pub fn failed(&self, who: &str, now: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= WATCHED {
            failures.retain(|_, failed| failed.last + LONGEST_WAIT > now);
        }
        let failed = failures.entry(who.to_owned()).or_insert(Failures { count: 0, last: now });
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
    }

    pub fn succeeded(&self, who: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }
}

fn penalty(count: u32) -> i64 {
    if count <= FREE_FAILURES { 0 } else { (1i64 << (count - FREE_FAILURES).min(20)).min(LONGEST_WAIT) }
}

/// A play is a new one after so long without a request for the file.
const PLAY_PAUSE: i64 = 10 * 60 * 1000;

/// Which session plays which recording, so that each play stands in the audit log once.
#[derive(Default)]
pub struct Plays {
    /// Time of the last request, UTC milliseconds.
    running: Mutex<HashMap<(String, RecordingId), i64>>,
}

impl Plays {
    /// Whether this request begins a play.
    pub fn begins(&self, session: &str, recording: RecordingId, now: WallTime) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() >= WATCHED {
            // Forgetting a play only means that it is written down again.
            running.clear();
        }
        let last = running.insert((session.to_owned(), recording), now.0);
        last.is_none_or(|last| now.0 - last > PLAY_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-05: weak passwords are refused with words that say why.
    #[test]
    fn weak_passwords_are_refused() {
        for weak in ["short1!", "1234567890123", "onlyletterslong", "wangwang-2026x", "Password-2026"] {
            assert!(weakness("wangwang", weak).is_some(), "{weak}");
        }
        assert_eq!(weakness("wang", "blue-kettle-47"), None);
    }

    #[test]
    fn passwords_are_verified() {
        let hash = hash_password("blue-kettle-47").unwrap();
        assert!(verify_password("blue-kettle-47", Some(&hash)));
        assert!(!verify_password("blue-kettle-48", Some(&hash)));
        assert!(!verify_password("blue-kettle-47", None));
    }

    /// Guessing gets slower, for the account and the source alike, and a success forgives.
    #[test]
    fn guessing_gets_slower() {
        let throttle = Throttle::default();
        for _ in 0..FREE_FAILURES {
            throttle.failed("wang", 100);
        }
        assert_eq!(throttle.wait("wang", 100), 0);
        throttle.failed("wang", 100);
        throttle.failed("wang", 100);
        assert_eq!(throttle.wait("wang", 100), 4);
        assert_eq!(throttle.wait("wang", 104), 0);
        throttle.succeeded("wang");
        throttle.failed("wang", 104);
        assert_eq!(throttle.wait("wang", 104), 0);
    }
}
