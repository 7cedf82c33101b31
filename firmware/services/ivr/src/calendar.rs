//! Opening hours on the site's wall clock.

use clock::Civil;
use settings::{DayTimes, TimeRange};

/// Open unless it is a holiday (`2026-10-01`, or `10-01` for every year) or outside the times of the day of the week.
pub(crate) fn open(at: Civil, open: &[DayTimes], holidays: &[String]) -> bool {
    let every_year = format!("{:02}-{:02}", at.month, at.day);
    let date = format!("{:04}-{every_year}", at.year);
    let minute = u16::from(at.hour) * 60 + u16::from(at.minute);
    if holidays.iter().any(|holiday| *holiday == date || *holiday == every_year) {
        return false;
    }
    let today = open.iter().filter(|day| day.days.contains(&at.weekday));
    today.flat_map(|day| &day.times).any(|range: &TimeRange| (range.from..range.to).contains(&minute))
}

/// Whether a holiday is written as one of the two forms.
pub(crate) fn is_date(text: &str) -> bool {
    let (month_day, year) = match text.len() {
        10 => (&text.as_bytes()[5..], Some(&text.as_bytes()[..5])),
        5 => (text.as_bytes(), None),
        _ => return false,
    };
    let number = |two: &[u8]| match two {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => (tens - b'0') * 10 + ones - b'0',
        _ => 0,
    };
    let year_fits = year.is_none_or(|year| year[..4].iter().all(u8::is_ascii_digit) && year[4] == b'-');
    year_fits
        && month_day[2] == b'-'
        && (1..=12).contains(&number(&month_day[..2]))
        && (1..=31).contains(&number(&month_day[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clock::WallTime;

    /// ACD-14: a holiday is closed though the hours say open; a yearly one too.
    #[test]
    fn holidays_win_over_hours() {
        let hours = vec![DayTimes { days: vec![4], times: vec![TimeRange { from: 0, to: 1440 }] }];
        let at = WallTime(1_767_222_000_000).civil(480);
        assert!(open(at, &hours, &[]));
        assert!(!open(at, &hours, &["2026-01-01".into()]));
        assert!(!open(at, &hours, &["01-01".into()]));
        assert!(open(at, &hours, &["2025-01-01".into()]));
    }

    #[test]
    fn only_dates_are_dates() {
        assert!(is_date("2026-10-01") && is_date("10-01"));
        assert!(!is_date("2026-13-01") && !is_date("1 May") && !is_date("国庆节10-") && !is_date(""));
    }
}
