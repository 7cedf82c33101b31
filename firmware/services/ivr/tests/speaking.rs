//! How numbers and times sound.

use clock::Millis;
use ivr::speak::{self, Language};
use std::collections::BTreeSet;

/// Reads fragments back as text through the shipped list.
fn text(fragments: &[plan::PromptRef]) -> String {
    let shipped = ivr::prompts::shipped();
    let said = fragments.iter().map(|fragment| {
        let prompt = shipped.iter().find(|prompt| prompt.name == fragment.name).expect("the fragment is shipped");
        if fragment.language == "zh" { prompt.zh.clone() } else { prompt.en.clone() + " " }
    });
    said.collect::<String>().trim_end().to_owned()
}

/// IVR-08: Chinese numbers are read as people read them: zeros once, ten without one, two as liang before a thousand.
#[test]
fn chinese_numbers() {
    let said = |value| text(&speak::number(value, Language::Chinese));
    for (value, expected) in [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (99, "九十九"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (215, "二百一十五"),
        (1000, "一千"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (2002, "两千零二"),
        (10_000, "一万"),
        (10_010, "一万零一十"),
        (12_345, "一万两千三百四十五"),
        (20_000, "两万"),
        (100_000, "十万"),
        (101_000, "十万零一千"),
        (1_050_000, "一百零五万"),
        (99_999_999, "九千九百九十九万九千九百九十九"),
        (9, "九"),
        (12, "十二"),
        (22, "二十二"),
        (200, "二百"),
        (222, "二百二十二"),
        (1001, "一千零一"),
        (1100, "一千一百"),
        (2200, "两千二百"),
        (10_001, "一万零一"),
        (10_100, "一万零一百"),
        (11_000, "一万一千"),
        (22_222, "两万两千二百二十二"),
        (100_001, "十万零一"),
        (10_000_000, "一千万"),
        (100_000_000, "一亿"),
        (100_000_001, "一亿零一"),
        (100_010_000, "一亿零一万"),
        (200_000_000, "两亿"),
        (110_000_000, "一亿一千万"),
        (1_000_000_000, "十亿"),
        (1_000_000_010, "十亿零一十"),
        (1_010_000_000, "十亿零一千万"),
        (123_456_789_012, "一千二百三十四亿五千六百七十八万九千零一十二"),
    ] {
        assert_eq!(said(value), expected, "{value}");
    }
}

/// Counting people takes liang for two, and er in twelve and twenty-two.
#[test]
fn two_before_a_measure_word() {
    let said = |value| text(&speak::count(value, Language::Chinese));
    assert_eq!((said(2), said(12), said(22), said(200)), ("两".into(), "十二".into(), "二十二".into(), "二百".into()));
}

/// IVR-08: English numbers.
#[test]
fn english_numbers() {
    let said = |value| text(&speak::number(value, Language::English));
    for (value, expected) in [
        (0, "zero"),
        (13, "thirteen"),
        (20, "twenty"),
        (21, "twenty one"),
        (100, "one hundred"),
        (342, "three hundred forty two"),
        (1001, "one thousand one"),
        (20_015, "twenty thousand fifteen"),
        (1_000_000, "one million"),
        (9, "nine"),
        (11, "eleven"),
        (30, "thirty"),
        (99, "ninety nine"),
        (110, "one hundred ten"),
        (999, "nine hundred ninety nine"),
        (1100, "one thousand one hundred"),
        (10_010, "ten thousand ten"),
        (100_000, "one hundred thousand"),
        (1_000_001, "one million one"),
        (2_000_000_000, "two billion"),
        (13_800_138_000, "thirteen billion eight hundred million one hundred thirty eight thousand"),
    ] {
        assert_eq!(said(value), expected, "{value}");
    }
}

/// A number too long to be read as an amount is read digit by digit rather than not at all.
#[test]
fn long_numbers_are_spelt() {
    let number = speak::number(1_013_800_138_000, Language::Chinese);
    assert_eq!(text(&number), "幺零幺三八零零幺三八零零零");
    assert_eq!(speak::number(u64::MAX, Language::English).len(), 20);
}

/// IVR-08: sums of money as a cashier says them; what is no sum is none.
#[test]
fn amounts() {
    for (text_of, chinese, english) in [
        ("0", "零元", "zero yuan"),
        ("1", "一元", "one yuan"),
        ("2", "两元", "two yuan"),
        ("0.05", "五分", "five fen"),
        ("0.5", "五角", "fifty fen"),
        ("0.52", "五角两分", "fifty two fen"),
        ("0.20", "两角", "twenty fen"),
        ("3.05", "三元零五分", "three yuan five fen"),
        ("10", "十元", "ten yuan"),
        ("100.50", "一百元五角", "one hundred yuan fifty fen"),
        ("129", "一百二十九元", "one hundred twenty nine yuan"),
        ("199.99", "一百九十九元九角九分", "one hundred ninety nine yuan ninety nine fen"),
        ("1080", "一千零八十元", "one thousand eighty yuan"),
        ("20000.10", "两万元一角", "twenty thousand yuan ten fen"),
    ] {
        let fen = speak::fen(text_of).expect("a sum");
        assert_eq!(text(&speak::amount(fen, Language::Chinese)), chinese, "{text_of}");
        assert_eq!(text(&speak::amount(fen, Language::English)), english, "{text_of}");
    }
    for none in ["", ".5", "5.", "1.234", "-1", "1,5", "1e3", "12 ", "99999999999999999999"] {
        assert_eq!(speak::fen(none), None, "{none}");
    }
}

/// IVR-08: dates, with and without a year; a day that no calendar has is none.
#[test]
fn dates() {
    for (text_of, chinese, english) in [
        ("2026-10-01", "二零二六年十月一日", "October first twenty twenty six"),
        ("20261001", "二零二六年十月一日", "October first twenty twenty six"),
        ("10-01", "十月一日", "October first"),
        ("1231", "十二月三十一日", "December thirty first"),
        ("0202", "二月二日", "February second"),
        ("2000-02-29", "二零零零年二月二十九日", "February twenty ninth two thousand"),
        ("2005-06-20", "二零零五年六月二十日", "June twentieth two thousand five"),
        ("1949-10-13", "一九四九年十月十三日", "October thirteenth nineteen forty nine"),
        ("2010-01-30", "二零一零年一月三十日", "January thirtieth twenty ten"),
    ] {
        let date = speak::Date::parse(text_of).expect("a date");
        assert_eq!(text(&speak::date(date, Language::Chinese)), chinese, "{text_of}");
        assert_eq!(text(&speak::date(date, Language::English)), english, "{text_of}");
    }
    for none in [
        "",
        "2026-02-29",
        "1900-02-29",
        "0431",
        "13-01",
        "00-10",
        "10-00",
        "26-10-01",
        "2026/10/01",
        "0000-01-01",
        "1-1",
        "202610",
    ] {
        assert_eq!(speak::Date::parse(none), None, "{none}");
    }
}

/// IVR-08: times of day.
#[test]
fn times() {
    for (text_of, chinese, english) in [
        ("00:00", "凌晨零点", "midnight"),
        ("00:30", "凌晨零点三十分", "twelve thirty a m"),
        ("02:00", "凌晨两点", "two o'clock a m"),
        ("09:05", "上午九点零五分", "nine oh five a m"),
        ("9:05", "上午九点零五分", "nine oh five a m"),
        ("1130", "上午十一点三十分", "eleven thirty a m"),
        ("12:00", "中午十二点", "noon"),
        ("12:01", "中午十二点零一分", "twelve oh one p m"),
        ("13:15", "下午一点十五分", "one fifteen p m"),
        ("18:02", "晚上六点零二分", "six oh two p m"),
        ("23:59", "晚上十一点五十九分", "eleven fifty nine p m"),
    ] {
        let time = speak::Time::parse(text_of).expect("a time");
        assert_eq!(text(&speak::time(time, Language::Chinese)), chinese, "{text_of}");
        assert_eq!(text(&speak::time(time, Language::English)), english, "{text_of}");
    }
    for none in ["", "24:00", "12:60", "12", "123", "12:5", "ab:cd", "-1:00", "1:2:3"] {
        assert_eq!(speak::Time::parse(none), None, "{none}");
    }
}

/// ACD-19: what a waiting caller hears is a sentence in both languages; who is first hears that it is next.
#[test]
fn announcements_are_sentences() {
    let told = |position, wait, language| text(&speak::waiting(position, wait, "queue/comfort", language));
    assert_eq!(
        told(Some(3), Some(Millis::secs(100)), Language::Chinese),
        "您前面还有两位客户在等候。预计等候时间约两分钟。座席正忙，请不要挂机，我们会尽快为您服务。"
    );
    assert!(
        told(Some(2), Some(Millis::secs(41)), Language::English)
            .starts_with("Your call comes after one other caller. Your estimated wait is about fifty seconds.")
    );
    assert_eq!(text(&speak::waiting(Some(1), None, "", Language::English)), "You are next in line.");
}

/// The list that speech is synthesised from is complete: each name once, both texts, and every fragment a number can need.
#[test]
fn every_fragment_is_shipped() {
    let shipped = ivr::prompts::shipped();
    let names: BTreeSet<&str> = shipped.iter().map(|prompt| prompt.name.as_str()).collect();
    assert_eq!(names.len(), shipped.len());
    assert!(shipped.iter().all(|prompt| !prompt.zh.is_empty() && !prompt.en.is_empty()));
    for language in [Language::Chinese, Language::English] {
        for value in (0..3000).chain((3000..200_000_000).step_by(99_991)) {
            let used = speak::number(value, language).into_iter().chain(speak::count(value, language));
            assert!(used.into_iter().all(|fragment| names.contains(fragment.name.as_str())), "{value}");
        }
        let number = "0123456789*#".parse().expect("telephone keys");
        assert_eq!(speak::digits(&number, language).len(), 12);
        for fragment in speak::digits(&number, language) {
            assert!(names.contains(fragment.name.as_str()));
        }
        for wait in [0, 1, 59, 60, 61, 7200] {
            let fragments = speak::waiting(Some(wait as u32), Some(Millis::secs(wait)), "queue/comfort", language);
            assert!(fragments.iter().all(|fragment| names.contains(fragment.name.as_str())));
        }
    }
}

mod any_value {
    use super::*;
    use proptest::prelude::*;

    fn shipped() -> BTreeSet<&'static str> {
        ivr::prompts::shipped().iter().map(|prompt| prompt.name.as_str()).collect()
    }

    proptest! {
        /// Whatever is to be said, there is a recording of each part of it, in either language.
        #[test]
        fn is_spoken_with_what_is_shipped(value: u64, day in "[0-9]{8}|[0-9]{4}", clock in "[0-2][0-9]:[0-9]{2}") {
            let names = shipped();
            for language in [Language::Chinese, Language::English] {
                let mut said = speak::number(value, language);
                for part in [value % 1_000_000_000_000, value % 100_000_000, value % 10_000] {
                    said.extend(speak::number(part, language));
                    said.extend(speak::count(part, language));
                    said.extend(speak::amount(part, language));
                }
                said.extend(speak::duration(Millis(value % 100_000_000), language));
                said.extend(speak::Date::parse(&day).map(|day| speak::date(day, language)).unwrap_or_default());
                said.extend(speak::Time::parse(&clock).map(|clock| speak::time(clock, language)).unwrap_or_default());
                for fragment in said {
                    prop_assert!(names.contains(fragment.name.as_str()), "{}", fragment.name);
                }
            }
        }

        /// No text that a caller or a flow writes is more than no value.
        #[test]
        fn any_text_is_taken(text in "\\PC{0,12}") {
            if let Some(fen) = speak::fen(&text) {
                prop_assert!(!speak::amount(fen, Language::Chinese).is_empty());
            }
            prop_assert!(speak::Date::parse(&text).is_none_or(|date| speak::date(date, Language::English).len() >= 2));
            prop_assert!(speak::Time::parse(&text).is_none_or(|time| !speak::time(time, Language::Chinese).is_empty()));
        }
    }
}
