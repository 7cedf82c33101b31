use crate::WallTime;
use std::fmt;

const DAY: i64 = 86_400;

/// A moment as a wall calendar and a clock on the site's wall show it, by the Gregorian rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Civil {
    pub year: i64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
}

impl WallTime {
    /// The site's calendar, so many minutes east of Greenwich.
    pub const fn civil(self, utc_offset_minutes: i32) -> Civil {
        let seconds = self.0.div_euclid(1000) + utc_offset_minutes as i64 * 60;
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Years begin in March, so that the leap day comes last; eras are of 400 years, 146,097 days.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Civil {
            year: era * 400 + year_of_era + (month <= 2) as i64,
            month: month as u8,
            day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            // 1970-01-01 was a Thursday.
            weekday: ((days + 3).rem_euclid(7) + 1) as u8,
        }
    }

    /// The site's last midnight.
    pub const fn midnight(self, utc_offset_minutes: i32) -> WallTime {
        let offset = utc_offset_minutes as i64 * 60_000;
        WallTime((self.0 + offset).div_euclid(DAY * 1000) * DAY * 1000 - offset)
    }
}

/// `2026-11-23 08:15:30`.
impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, .. } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leap days, turns of the century, and the days before 1970.
    #[test]
    fn dates_follow_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01 00:00:00"),
            (-1, "1969-12-31 00:00:00"),
            (11_016, "2000-02-29 00:00:00"),
            (19_782, "2024-02-29 00:00:00"),
            (20_780, "2026-11-23 00:00:00"),
            (47_540, "2100-02-28 00:00:00"),
            (47_541, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(WallTime(days * DAY * 1000).civil(0).to_string(), expected, "{days}");
        }
        assert_eq!(WallTime(1_798_761_599_999).civil(0).to_string(), "2026-12-31 23:59:59");
    }

    #[test]
    fn the_site_has_its_own_day() {
        let new_year = WallTime(0).civil(480);
        assert_eq!((new_year.to_string().as_str(), new_year.weekday), ("1970-01-01 08:00:00", 4));
        assert_eq!(WallTime(0).civil(-1).to_string(), "1969-12-31 23:59:00");
        assert_eq!(WallTime(20_780 * DAY * 1000).civil(0).weekday, 1, "a Monday");
        assert_eq!(WallTime(5 * 3_600_000).midnight(480), WallTime(-8 * 3_600_000));
        // 2026-11-22 23:30 UTC is 07:30 of the 23rd in Beijing.
        let now = WallTime(1_795_390_200_000);
        assert_eq!(now.midnight(480), WallTime(1_795_363_200_000));
        assert_eq!(now.midnight(0), WallTime(1_795_305_600_000));
    }
}
