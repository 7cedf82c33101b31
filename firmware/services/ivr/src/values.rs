//! Sums of money, dates and times of day as sequences of prompt fragments.

use crate::speak::{below_thousand, count, number, prompt};
use plan::PromptRef;
use settings::Language;

/// A sum of money in fen, out of yuan as people write them: `129`, `129.5`, `129.50`.
pub fn fen(text: &str) -> Option<u64> {
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let hundredths = match rest.as_bytes() {
        [] if !text.ends_with('.') => 0,
        [tenths @ b'0'..=b'9'] => u64::from(tenths - b'0') * 10,
        [tenths @ b'0'..=b'9', ones @ b'0'..=b'9'] => u64::from(tenths - b'0') * 10 + u64::from(ones - b'0'),
        _ => return None,
    };
    plain(yuan)?.checked_mul(100)?.checked_add(hundredths)
}

/// Decimal digits and nothing else.
fn plain(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A sum of money: yuan, jiao and fen in Chinese; yuan and fen in English.
pub fn amount(fen: u64, language: Language) -> Vec<PromptRef> {
    let (yuan, jiao, rest) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut said = Vec::new();
    let mut part = |value: u64, unit: &str| {
        said.extend(count(value, language));
        said.push(prompt(unit, language));
    };
    if yuan > 0 || fen == 0 {
        part(yuan, "money/yuan");
    }
    match language {
        Language::Chinese => {
            if jiao > 0 {
                part(jiao, "money/jiao");
            }
            if rest > 0 {
                part(rest, "money/fen");
            }
            // Three yuan, no jiao, five fen: the gap is read.
            if yuan > 0 && jiao == 0 && rest > 0 {
                let place = said.len() - 2;
                said.insert(place, prompt("number/0", language));
            }
        }
        Language::English => {
            if !fen.is_multiple_of(100) {
                part(fen % 100, "money/fen");
            }
        }
    }
    said
}

/// A day of the calendar; without a year, of any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    year: Option<u16>,
    month: u8,
    day: u8,
}

impl Date {
    /// `2026-10-01`, `20261001`, `10-01` or `1001`.
    pub fn parse(text: &str) -> Option<Date> {
        let digits: String = match text.split('-').map(str::len).collect::<Vec<_>>().as_slice() {
            [4, 2, 2] | [2, 2] | [4] | [8] => text.replace('-', ""),
            _ => return None,
        };
        let value = plain(&digits)?;
        let year = if digits.len() == 8 { Some(u16::try_from(value / 10_000).ok()?) } else { None };
        let (month, day) = (u8::try_from(value / 100 % 100).ok()?, u8::try_from(value % 100).ok()?);
        let leap =
            year.is_none_or(|year| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        ((1..=days).contains(&day) && year != Some(0)).then_some(Date { year, month, day })
    }
}

/// The year digit by digit in Chinese, by hundreds in English.
pub fn date(date: Date, language: Language) -> Vec<PromptRef> {
    let month = prompt(format!("date/month-{}", date.month), language);
    let day = prompt(format!("date/day-{}", date.day), language);
    match language {
        Language::Chinese => {
            let mut said = Vec::new();
            if let Some(year) = date.year {
                let digit = |place: u16| prompt(format!("number/{}", year / place % 10), language);
                said.extend([1000, 100, 10, 1].map(digit));
                said.push(prompt("date/year", language));
            }
            said.extend([month, day]);
            said
        }
        Language::English => {
            let year = date.year.map(|year| spoken_year(year, language)).unwrap_or_default();
            [month, day].into_iter().chain(year).collect()
        }
    }
}

/// Nineteen forty nine, twenty twenty six; two thousand five.
fn spoken_year(year: u16, language: Language) -> Vec<PromptRef> {
    let (hundreds, rest) = (u64::from(year / 100), u64::from(year % 100));
    if rest < 10 || hundreds < 10 {
        return number(u64::from(year), language);
    }
    let mut names = Vec::new();
    below_thousand(hundreds, &mut names);
    below_thousand(rest, &mut names);
    names.into_iter().map(|name| prompt(name, language)).collect()
}

/// A time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Time {
    hour: u8,
    minute: u8,
}

impl Time {
    /// `09:05` or `0905`; `24:00` is none.
    pub fn parse(text: &str) -> Option<Time> {
        let digits = match text.split(':').map(str::len).collect::<Vec<_>>().as_slice() {
            [1 | 2, 2] | [4] => text.replace(':', ""),
            _ => return None,
        };
        let value = plain(&digits)?;
        let (hour, minute) = (u8::try_from(value / 100).ok()?, u8::try_from(value % 100).ok()?);
        (hour < 24 && minute < 60).then_some(Time { hour, minute })
    }
}

/// By the clock of twelve hours: in Chinese after the part of the day, in English before a.m. or p.m.
pub fn time(time: Time, language: Language) -> Vec<PromptRef> {
    let Time { hour, minute } = time;
    let twelve = u64::from(match hour % 12 {
        0 => 12,
        other => other,
    });
    let word = |name: &str| prompt(name, language);
    let mut said = Vec::new();
    match language {
        Language::Chinese => {
            said.push(word(part_of_day(hour)));
            said.extend(count(if hour == 0 { 0 } else { twelve }, language));
            said.push(word("time/oclock"));
            if minute > 0 {
                if minute < 10 {
                    said.push(word("number/0"));
                }
                said.extend(number(minute.into(), language));
                said.push(word("time/past"));
            }
        }
        Language::English if minute == 0 && twelve == 12 => {
            said.push(word(if hour == 0 { "time/midnight" } else { "time/noon" }));
        }
        Language::English => {
            said.extend(number(twelve, language));
            match minute {
                0 => said.push(word("time/oclock")),
                1..10 => {
                    said.push(word("time/oh"));
                    said.extend(number(minute.into(), language));
                }
                _ => said.extend(number(minute.into(), language)),
            }
            said.push(word(if hour < 12 { "time/am" } else { "time/pm" }));
        }
    }
    said
}

const fn part_of_day(hour: u8) -> &'static str {
    match hour {
        0..6 => "time/small-hours",
        6..12 => "time/am",
        12 => "time/noon",
        13..18 => "time/pm",
        _ => "time/evening",
    }
}
