use clock::WallTime;
use identity::RecordingId;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a recording that began at `at` is, at a site so many minutes east of UTC.
pub fn recording_path(dir: &Path, recording: RecordingId, at: WallTime, utc_offset_minutes: i32) -> PathBuf {
    let local = at.0 + utc_offset_minutes as i64 * 60_000;
    let (year, month, day) = date(local.div_euclid(86_400_000));
    dir.join(format!("{year:04}/{month:02}/{day:02}/{}.wav", recording.0))
}

/// Looks a recording up on disk, newest days first: for when the index does not know its path.
pub fn find_recording(dir: &Path, recording: RecordingId) -> Option<PathBuf> {
    let name = format!("{}.wav", recording.0);
    for year in numbered(dir, 4) {
        for month in numbered(&year, 2) {
            for day in numbered(&month, 2) {
                let path = day.join(&name);
                if path.is_file() {
                    return Some(path);
                }
            }
        }
    }
    None
}

/// Sub-folders whose names are numbers of so many digits, highest first. What cannot be read holds nothing.
fn numbered(dir: &Path, digits: usize) -> Vec<PathBuf> {
    let number = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.len() == digits && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(number).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// Year, month and day of a count of days since 1970, by the Gregorian rule; eras of 400 years that begin in March.
fn date(days: i64) -> (i64, i64, i64) {
    let from_march_0 = days + 719_468;
    let era = from_march_0.div_euclid(146_097);
    let day_of_era = from_march_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    /// Leap days and turns of the century.
    #[test]
    fn dates_follow_the_calendar() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (19_782, (2024, 2, 29)),
            (20_780, (2026, 11, 23)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(days), expected, "{days}");
        }
    }
}
