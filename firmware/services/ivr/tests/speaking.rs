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
    ] {
        assert_eq!(said(value), expected, "{value}");
    }
}

/// A number too long to be read as an amount is read digit by digit rather than not at all.
#[test]
fn long_numbers_are_spelt() {
    let number = speak::number(13_800_138_000, Language::Chinese);
    assert_eq!(text(&number), "幺三八零零幺三八零零零");
    assert_eq!(speak::number(u64::MAX, Language::English).len(), 20);
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
