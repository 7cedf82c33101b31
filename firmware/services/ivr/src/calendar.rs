//! Opening hours on the site's wall clock.

use clock::WallTime;
use settings::{DayTimes, TimeRange};

/// A moment as the site's calendar shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LocalTime {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// Minutes since midnight.
    pub minute: u16,
}

pub(crate) fn local(at: WallTime, utc_offset_minutes: i32) -> LocalTime {
    let minutes = at.0.div_euclid(60_000) + i64::from(utc_offset_minutes);
    let days = minutes.div_euclid(24 * 60);
    // Civil date of a day number: years begin in March, so that the leap day comes last (eras of 400 years = 146097 days).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    LocalTime {
        year,
        month: month as u32,
        day: day as u32,
        // 1970-01-01 was a Thursday.
        weekday: ((days + 3).rem_euclid(7) + 1) as u8,
        minute: minutes.rem_euclid(24 * 60) as u16,
    }
}

/// Open unless it is a holiday (`2026-10-01`, or `10-01` for every year) or outside the times of the day of the week.
pub(crate) fn open(at: LocalTime, open: &[DayTimes], holidays: &[String]) -> bool {
    let date = format!("{:04}-{:02}-{:02}", at.year, at.month, at.day);
    let every_year = &date[date.len() - 5..];
    if holidays.iter().any(|holiday| *holiday == date || holiday == every_year) {
        return false;
    }
    let today = open.iter().filter(|day| day.days.contains(&at.weekday));
    today.flat_map(|day| &day.times).any(|range: &TimeRange| (range.from..range.to).contains(&at.minute))
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

    /// ACD-14: the calendar is right on leap days, at the turn of the year and east of Greenwich.
    #[test]
    fn the_site_sees_its_own_date() {
        let noon_2024_02_29 = WallTime(1_709_208_000_000);
        let leap = local(noon_2024_02_29, 480);
        assert_eq!((leap.year, leap.month, leap.day, leap.weekday, leap.minute), (2024, 2, 29, 4, 20 * 60));
        let last_hour_of_2025_utc = WallTime(1_767_222_000_000);
        let new_year = local(last_hour_of_2025_utc, 480);
        assert_eq!(
            (new_year.year, new_year.month, new_year.day, new_year.weekday, new_year.minute),
            (2026, 1, 1, 4, 420)
        );
    }

    /// ACD-14: a holiday is closed though the hours say open; a yearly one too.
    #[test]
    fn holidays_win_over_hours() {
        let hours = vec![DayTimes { days: vec![4], times: vec![TimeRange { from: 0, to: 1440 }] }];
        let at = local(WallTime(1_767_222_000_000), 480);
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
