//! Numbers, digits and lengths of time as sequences of prompt fragments, in Chinese and English. Sums of money, dates and times of day are in
//! `values`.

use clock::Millis;
use numbering::Digits;
use plan::PromptRef;
pub use settings::Language;

pub use crate::values::{Date, Time, amount, date, fen, time};

/// A language as prompt files know it.
pub const fn code(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}

/// The language of a code; none for one that no prompt is in.
pub fn language(code: &str) -> Option<Language> {
    match code {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    }
}

/// One fragment.
pub fn prompt(name: impl Into<String>, language: Language) -> PromptRef {
    PromptRef { name: name.into(), language: code(language).to_owned() }
}

/// Digit by digit, as a telephone number is read (1 is yao in Chinese). Keys A to D are passed over.
pub fn digits(number: &Digits, language: Language) -> Vec<PromptRef> {
    let name = |key: numbering::Key| match key.as_char() {
        digit @ '0'..='9' => Some(format!("digits/{digit}")),
        '*' => Some("digits/star".to_owned()),
        '#' => Some("digits/pound".to_owned()),
        _ => None,
    };
    number.keys().filter_map(name).map(|name| prompt(name, language)).collect()
}

/// A cardinal number below a million millions; a larger one is read digit by digit.
pub fn number(value: u64, language: Language) -> Vec<PromptRef> {
    words(value, language, Two::Plain)
}

/// A number before a measure word: 2 alone is liang in Chinese. In English the same as [`number`].
pub fn count(value: u64, language: Language) -> Vec<PromptRef> {
    words(value, language, Two::Counting)
}

/// Nobody follows a longer number than this unless it is read digit by digit.
const SPELT_FROM: u64 = 1_000_000_000_000;

fn words(value: u64, language: Language, two: Two) -> Vec<PromptRef> {
    let mut names = Vec::new();
    match language {
        Language::Chinese if value < SPELT_FROM => chinese(value, two, &mut names),
        Language::English if value < SPELT_FROM => english(value, &mut names),
        Language::Chinese | Language::English => {
            let text: Result<Digits, _> = value.to_string().parse();
            return text.map(|number| digits(&number, language)).unwrap_or_default();
        }
    }
    names.into_iter().map(|name| prompt(name, language)).collect()
}

/// How a bare 2 is read in Chinese.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Two {
    /// er: in a number.
    Plain,
    /// liang: before a measure word, before thousand and ten thousand.
    Counting,
}

const SMALL: [&str; 21] = [
    "number/0",
    "number/1",
    "number/2",
    "number/3",
    "number/4",
    "number/5",
    "number/6",
    "number/7",
    "number/8",
    "number/9",
    "number/10",
    "number/11",
    "number/12",
    "number/13",
    "number/14",
    "number/15",
    "number/16",
    "number/17",
    "number/18",
    "number/19",
    "number/20",
];

fn small(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|index| SMALL.get(index)).copied().unwrap_or("number/0")
}

fn chinese(value: u64, two: Two, names: &mut Vec<&'static str>) {
    let (upper, lower) = (value / 100_000_000, value % 100_000_000);
    if upper == 0 {
        return below_hundred_million(lower, Place { first: true, two }, names);
    }
    below_hundred_million(upper, Place { first: true, two: Two::Counting }, names);
    names.push("number/hundred-million");
    if lower > 0 {
        if lower < 10_000_000 || upper.is_multiple_of(10) {
            names.push("number/0");
        }
        below_hundred_million(lower, Place { first: false, two: Two::Plain }, names);
    }
}

fn below_hundred_million(value: u64, place: Place, names: &mut Vec<&'static str>) {
    let (upper, lower) = (value / 10_000, value % 10_000);
    if upper == 0 {
        return below_ten_thousand(lower, place, names);
    }
    below_ten_thousand(upper, Place { two: Two::Counting, ..place }, names);
    names.push("number/ten-thousand");
    if lower == 0 {
        return;
    }
    // A missing thousand, or a group before that ends in a zero, is read once as ling.
    if lower < 1000 || upper.is_multiple_of(10) {
        names.push("number/0");
    }
    below_ten_thousand(lower, Place { first: false, two: Two::Plain }, names);
}

/// Where a group of four digits stands.
#[derive(Clone, Copy)]
struct Place {
    /// At the beginning of the number: ten is shi, not yi shi.
    first: bool,
    /// How the group reads if it is 2.
    two: Two,
}

fn below_ten_thousand(value: u64, place: Place, names: &mut Vec<&'static str>) {
    if value == 2 && place.two == Two::Counting {
        return names.push("number/two");
    }
    if value <= 10 {
        if value == 10 && !place.first {
            names.push("number/1");
        }
        return names.push(small(value));
    }
    let begin = names.len();
    let mut gap = false;
    for (unit, word) in [(1000, "number/thousand"), (100, "number/hundred"), (10, "number/10")] {
        let digit = value / unit % 10;
        if digit == 0 {
            gap = true;
            continue;
        }
        let leads = names.len() == begin;
        if gap && !leads {
            names.push("number/0");
        }
        gap = false;
        match (digit, unit) {
            (1, 10) if leads && place.first => {}
            (2, 1000) => names.push("number/two"),
            _ => names.push(small(digit)),
        }
        names.push(word);
    }
    let ones = value % 10;
    if ones > 0 {
        if gap && names.len() > begin {
            names.push("number/0");
        }
        names.push(small(ones));
    }
}

fn english(value: u64, names: &mut Vec<&'static str>) {
    let rest = value % 1000;
    let groups = [(1_000_000_000, "number/billion"), (1_000_000, "number/million"), (1000, "number/thousand")];
    for (group, word) in groups.map(|(size, word)| (value / size % 1000, word)) {
        if group > 0 {
            below_thousand(group, names);
            names.push(word);
        }
    }
    if rest > 0 || value == 0 {
        below_thousand(rest, names);
    }
}

const TENS: [&str; 10] = [
    "number/0",
    "number/10",
    "number/20",
    "number/30",
    "number/40",
    "number/50",
    "number/60",
    "number/70",
    "number/80",
    "number/90",
];

pub(crate) fn below_thousand(value: u64, names: &mut Vec<&'static str>) {
    let (hundreds, rest) = (value / 100, value % 100);
    if hundreds > 0 {
        names.push(small(hundreds));
        names.push("number/hundred");
        if rest == 0 {
            return;
        }
    }
    if rest <= 20 {
        return names.push(small(rest));
    }
    names.push(usize::try_from(rest / 10).ok().and_then(|tens| TENS.get(tens)).copied().unwrap_or("number/0"));
    if rest % 10 > 0 {
        names.push(small(rest % 10));
    }
}

/// A wait or a length: minutes rounded up from a minute on, else seconds rounded up to tens.
pub fn duration(length: Millis, language: Language) -> Vec<PromptRef> {
    let seconds = length.0.div_ceil(1000);
    let (value, one, many) = if seconds >= 60 {
        (seconds.div_ceil(60), "time/minute", "time/minutes")
    } else {
        (seconds.div_ceil(10).max(1) * 10, "time/second", "time/seconds")
    };
    let mut said = count(value, language);
    said.push(prompt(if value == 1 { one } else { many }, language));
    said
}

/// What a waiting caller is told: how many are in front, how long it will take, and the queue's own comfort message.
///
/// Each part may be left out; `position` counts from 1, and who is first is told that it is next.
pub fn waiting(position: Option<u32>, wait: Option<Millis>, comfort: &str, language: Language) -> Vec<PromptRef> {
    let mut said = Vec::new();
    match position {
        None => {}
        Some(0 | 1) => said.push(prompt("queue/next", language)),
        Some(position) => {
            let ahead = u64::from(position - 1);
            said.push(prompt("queue/ahead", language));
            said.extend(count(ahead, language));
            said.push(prompt(if ahead == 1 { "queue/caller" } else { "queue/callers" }, language));
        }
    }
    if let Some(wait) = wait {
        said.push(prompt("queue/wait", language));
        said.extend(duration(wait, language));
    }
    if !comfort.is_empty() {
        said.push(prompt(comfort, language));
    }
    said
}
