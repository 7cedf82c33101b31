//! What a field engineer asks of lines: a circuit, its test, the trace of a line, alarms.

use crate::arguments::Arguments;
use crate::commands::{circuit, number, order, query, rows, show, trace};
use crate::failure::Failure;
use crate::link::Link;
use crate::tables::{cell, say, table, time};
use serde_json::{Value, json};

pub fn run(arguments: &Arguments, link: &Link, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["alarms", filters @ ..] => show(arguments, &link.get(&format!("/alarms{}", query(filters)?))?, alarms),
        ["cards"] => show(arguments, &link.get("/cards")?, cards),
        ["circuit", place] => show(arguments, &link.get(&path(place)?)?, one_circuit),
        ["test", place, test] => {
            let test = match *test {
                "loop" => json!("loopback"),
                "bits" => json!("bit_errors"),
                "tone" => json!("tone"),
                "end" => Value::Null,
                other => return Err(Failure::usage(format!("{other} is no test: loop, bits, tone or end"))),
            };
            order(arguments, link, &json!({ "test_circuit": { "circuit": circuit(place)?, "test": test } }))
        }
        ["trace-line", place] => {
            let address = match place.split_once('/') {
                Some((span, slot)) => format!("/spans/{}/trace?slot={}", number(span)?, number(slot)?),
                None => format!("/spans/{}/trace", number(place)?),
            };
            show(arguments, &link.get(&address)?, trace)
        }
        _ => Err(Failure::usage(format!("no command “{}”", words.join(" ")))),
    }
}

fn path(place: &str) -> Result<String, Failure> {
    let at = circuit(place)?;
    Ok(format!("/circuits/{}/{}", cell(&at["span"]), cell(&at["slot"])))
}

fn one_circuit(answer: &Value) -> Result<(), Failure> {
    let at = &answer["circuit"];
    say(&format!("circuit:         {}/{}", cell(&at["span"]), cell(&at["slot"])))?;
    say(&format!("state:           {} since {} UTC", cell(&answer["state"]), time(&answer["since"])))?;
    let yes = |name: &str| if answer[name] == true { "yes" } else { "no" };
    say(&format!("blocked:         by us {}, by the far end {}", yes("blocked_by_us"), yes("blocked_by_peer")))?;
    say(&format!("exchange has:    leg {} of call {}", nothing(&answer["leg"]), nothing(&answer["call"])))?;
    say(&format!("signalling has:  leg {}", nothing(&answer["signalling"])))?;
    let verdict = if answer["agrees"] == true { "yes" } else { "NO: cleared within a minute if it stays so" };
    say(&format!("both agree:      {verdict}"))?;
    match &answer["test_report"] {
        Value::Null => Ok(()),
        report => say(&format!("test:            {}", test_words(report))),
    }
}

fn cards(answer: &Value) -> Result<(), Failure> {
    if let Some(problem) = answer["problem"].as_str() {
        say(&format!("no card can be looked for: {problem}"))?;
    }
    let row = |card: &Value| {
        let alarms: Vec<String> = card["alarms"].as_array().into_iter().flatten().map(cell).collect();
        let kind = if card["kind"].is_null() { "MISSING".to_owned() } else { cell(&card["kind"]) };
        let span = if card["span"].is_null() { "unused".to_owned() } else { cell(&card["span"]) };
        vec![span, cell(&card["place"]), kind, cell(&card["channels"]), cell(&card["device"]), alarms.join(" ")]
    };
    table(&["SPAN", "PLACE", "KIND", "CHANNELS", "CARD", "ALARMS"], rows(&answer["cards"], row))?;
    let simulated = |span: &Value| format!("{} ({})", cell(&span["span"]), cell(&span["kind"]));
    let fitted = answer["fitted"].as_array().into_iter().flatten();
    let simulated: Vec<String> = fitted.filter(|span| span["simulated"] == true).map(simulated).collect();
    if !simulated.is_empty() {
        say(&format!("simulated spans: {}", simulated.join(", ")))?;
    }
    for span in answer["proposed"].as_array().into_iter().flatten() {
        say(&format!("span {} has no settings yet", cell(&span["id"])))?;
    }
    clock_lines(&answer["clock"]).iter().try_for_each(|line| say(line))
}

/// Which line clocks the box, and how those in its order are.
fn clock_lines(clock: &Value) -> Vec<String> {
    let Some(order) = clock["lines"].as_array().filter(|order| !order.is_empty()) else { return Vec::new() };
    let ruler = match &clock["ruler"] {
        Value::Null => "no line: the cards run free".to_owned(),
        span => format!("span {span}"),
    };
    let since = |at: &Value| if at.is_null() { String::new() } else { format!(" since {} UTC", time(at)) };
    let mut said = vec![format!("clock: {ruler}{}", since(&clock["since"]))];
    for (place, line) in (1..).zip(order) {
        let state = if line["usable"] == true { "can clock" } else { "cannot clock" };
        let returns = match &line["returns"] {
            Value::Null => String::new(),
            at => format!(", takes over at {}", time(at)),
        };
        said.push(format!("  {place}. span {}: {state}{}{returns}", cell(&line["span"]), since(&line["since"])));
    }
    said
}

/// Where an alarm is: a line or one of its timeslots; span 0 is the box, its slots the volumes of recordings.
fn about(alarm: &Value) -> String {
    match (&alarm["span"], &alarm["slot"]) {
        (span, Value::Null) if *span == 0 => "box".to_owned(),
        (span, volume) if *span == 0 => format!("recordings {volume}"),
        (span, Value::Null) => cell(span),
        (span, slot) => format!("{}/{slot}", cell(span)),
    }
}

fn nothing(value: &Value) -> String {
    if value.is_null() { "-".to_owned() } else { cell(value) }
}

/// What a test has found, in words.
fn test_words(report: &Value) -> String {
    let seconds = report["octets"].as_u64().unwrap_or(0) / 8000;
    let found = match report["test"].as_str() {
        Some("bit_errors") if report["in_step"] == true => {
            let (bits, errors) = (report["bits"].as_f64().unwrap_or(0.0), report["errors"].as_f64().unwrap_or(0.0));
            let rate = if bits > 0.0 { errors / bits } else { 0.0 };
            format!("{errors} errors in {bits} bits ({rate:.1e}), sequence lost {} times", cell(&report["losses"]))
        }
        Some("bit_errors") => "the sequence does not come back: is the far end looped?".to_owned(),
        Some("tone") => match report["level"].as_f64() {
            Some(level) => {
                let noise = report["noise"].as_f64().unwrap_or(f64::NAN) / 100.0;
                format!("1020 Hz at {:.1} dBm0, everything else at {noise:.1} dBm0", level / 100.0)
            }
            None => "the tone does not come back: is the far end looped?".to_owned(),
        },
        _ => "what comes goes back".to_owned(),
    };
    format!("{} for {seconds} s: {found}", cell(&report["test"]))
}

fn alarms(answer: &Value) -> Result<(), Failure> {
    let row = |alarm: &Value| {
        let end = if alarm["ended"].is_null() { "stands".to_owned() } else { time(&alarm["ended"]) };
        vec![time(&alarm["began"]), end, about(alarm), cell(&alarm["severity"]), cell(&alarm["title"]["en"])]
    };
    table(&["BEGAN (UTC)", "ENDED", "WHERE", "SEVERITY", "ALARM"], rows(&answer["rows"], row))?;
    // What to do, once for each kind that stands.
    let standing = answer["rows"].as_array().into_iter().flatten().filter(|alarm| alarm["ended"].is_null());
    let mut told: Vec<&Value> = Vec::new();
    for alarm in standing {
        if !told.contains(&&alarm["kind"]) {
            told.push(&alarm["kind"]);
            say(&format!("\n{}: {}", cell(&alarm["title"]["en"]), cell(&alarm["advice"]["en"])))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alarm of the box is not one of a span 0.
    #[test]
    fn an_alarm_says_what_it_is_about() {
        assert_eq!(about(&json!({ "span": 2, "slot": 7 })), "2/7");
        assert_eq!(about(&json!({ "span": 2, "slot": null })), "2");
        assert_eq!(about(&json!({ "span": 0, "slot": 1 })), "recordings 1");
    }

    /// LIN-15: who stands at the box reads which line clocks it and which does not.
    #[test]
    fn the_clock_is_told_line_by_line() {
        let failed = json!({ "span": 1, "usable": false, "since": 0, "returns": null });
        let good = json!({ "span": 2, "usable": true, "since": null, "returns": null });
        let said = clock_lines(&json!({ "ruler": 2, "since": 0, "lines": [failed, good] }));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("clock: span 2 since "), "{said:?}");
        assert!(said[1].starts_with("  1. span 1: cannot clock since "), "{said:?}");
        assert_eq!(said[2], "  2. span 2: can clock");
        assert!(clock_lines(&Value::Null).is_empty());
    }

    /// A field engineer reads the rate of errors, not octets.
    #[test]
    fn tests_are_told_in_words() {
        let report = json!({ "test": "bit_errors", "octets": 80_000, "in_step": true, "bits": 640_000, "errors": 64, "losses": 1 });
        assert_eq!(
            test_words(&report),
            "bit_errors for 10 s: 64 errors in 640000 bits (1.0e-4), sequence lost 1 times"
        );
        let tone = json!({ "test": "tone", "octets": 8000, "in_step": true, "level": -1012, "noise": -4650 });
        assert_eq!(test_words(&tone), "tone for 1 s: 1020 Hz at -10.1 dBm0, everything else at -46.5 dBm0");
    }
}
