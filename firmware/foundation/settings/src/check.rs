//! What can be wrong with settings, in words that say how to mend it.

mod acd;
mod analog;
mod flows;
mod lines;
mod site;

use crate::Settings;
use serde::{Deserialize, Serialize};

/// Something wrong in the settings, with its place and its mend, in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// Where: a JSON pointer into the settings, `/queues/0/ring_seconds`.
    pub at: String,
    pub zh: String,
    pub en: String,
}

/// Problems as they are found.
#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn add(&mut self, at: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Problem { at: at.into(), zh: zh.into(), en: en.into() });
    }

    fn range<T: PartialOrd + std::fmt::Display>(&mut self, at: String, value: T, from: T, to: T) {
        if value < from || value > to {
            self.add(at, format!("应在 {from} 到 {to} 之间"), format!("Must be from {from} to {to}"));
        }
    }

    fn named(&mut self, at: String, name: &str) {
        if name.trim().is_empty() || name.chars().count() > 60 {
            self.add(at, "请填写名称（最多 60 个字符）", "Give it a name of at most 60 characters");
        }
    }

    /// Each of `keys` stands once in the list at `list`.
    fn unique<K: PartialEq + std::fmt::Display>(&mut self, list: &str, field: &str, keys: impl Iterator<Item = K>) {
        let mut seen: Vec<K> = Vec::new();
        for (index, key) in keys.enumerate() {
            if seen.contains(&key) {
                let at = format!("{list}/{index}/{field}");
                self.add(at, format!("“{key}”重复，请改为不同的值"), format!("“{key}” is used twice; choose another"));
            }
            seen.push(key);
        }
    }
}

impl Settings {
    /// Everything that is wrong; empty means that the settings can be applied. Flows are looked at more closely by the IVR's
    /// own check.
    pub fn check(&self) -> Vec<Problem> {
        let mut findings = Findings::default();
        site::check(self, &mut findings);
        lines::check(self, &mut findings);
        acd::check(self, &mut findings);
        flows::check(self, &mut findings);
        findings.0
    }
}

/// Digits and `x`, with at most one `.` at the end; not empty.
fn is_pattern(pattern: &str) -> bool {
    let body = pattern.strip_suffix('.').unwrap_or(pattern);
    !pattern.is_empty() && pattern.len() <= 32 && body.chars().all(|c| c.is_ascii_digit() || "xX*#".contains(c))
}

/// A prompt's or music's name: parts of lower-case letters, digits, `-` and `_`.
fn is_prompt_name(name: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    name.len() <= 80 && name.split('/').all(good)
}
