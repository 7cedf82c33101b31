//! Answers as people read them.

use crate::failure::Failure;
use clock::WallTime;
use serde_json::Value;
use std::io::Write;

/// Writes a line to standard output.
pub fn say(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(|_| Failure::OutputClosed)
}

/// A value as a cell: nothing for null, words without quotes.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Seconds with one digit after the point, of milliseconds.
pub fn seconds(millis: &Value) -> String {
    millis.as_u64().map(|millis| format!("{}.{}", millis / 1000, millis % 1000 / 100)).unwrap_or_default()
}

/// `2026-11-23 08:15:30` of UTC milliseconds.
pub fn time(millis: &Value) -> String {
    let Some(millis) = millis.as_i64() else { return String::new() };
    WallTime(millis).civil(0).to_string()
}

/// Columns as wide as they need.
pub fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), Failure> {
    let mut lines: Vec<Vec<String>> = vec![headings.iter().map(|heading| (*heading).to_owned()).collect()];
    lines.extend(rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| lines.iter().map(|line| line.get(column).map_or(0, |cell| width(cell))).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let padded: Vec<String> =
            line.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell)))).collect();
        say(padded.join("  ").trim_end())?;
    }
    Ok(())
}

/// Places on a terminal: Chinese characters take two.
fn width(text: &str) -> usize {
    let wide = |c: char| matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_calendar_times() {
        assert_eq!(time(&json!(0)), "1970-01-01 00:00:00");
        assert_eq!(time(&json!(951_782_400_000_i64)), "2000-02-29 00:00:00");
        assert_eq!(time(&json!(1_767_225_599_999_i64)), "2025-12-31 23:59:59");
        assert_eq!(time(&Value::Null), "");
    }

    #[test]
    fn chinese_takes_two_places() {
        assert_eq!(width("订购 A"), 6);
    }
}
