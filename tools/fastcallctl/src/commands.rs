//! Each command: one request, one answer shown.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::link::{Link, file_failure};
use crate::tables::{cell, say, seconds, table, time};
use crate::{faxes, lines, rooms, seat, secret, settings, watch};
use serde_json::{Value, json};
use std::path::Path;

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let link = Link::new(arguments);
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["login", login] => log_in(&link, login),
        ["first-boot", code, login] => first_boot(&link, code, login),
        ["password"] => change_password(&link),
        ["logout"] => log_out(&link),
        ["status"] => show(arguments, &link.get("/status")?, plain),
        ["health"] => show(arguments, &link.get("/health")?, health),
        ["live"] => show(arguments, &link.get("/live")?, live),
        ["agents"] => show(arguments, &part(&link, "agents")?, agents),
        ["queues"] => show(arguments, &part(&link, "queues")?, queues),
        ["spans"] => show(arguments, &part(&link, "spans")?, spans),
        ["watch"] => watch::run(arguments, &link, None),
        ["watch", length] => watch::run(arguments, &link, Some(number(length)?)),
        ["calls", filters @ ..] => show(arguments, &link.get(&format!("/calls{}", query(filters)?))?, closed_calls),
        ["call", id] => show(arguments, &link.get(&format!("/calls/{}", number(id)?))?, ladder),
        ["trace", id] => show(arguments, &link.get(&format!("/calls/{}/trace", number(id)?))?, trace),
        ["export", filters @ .., "-o", file] => export(&link, filters, file),
        ["recording", id, "-o", file] => recording(&link, number(id)?, file),
        ["release", id] => order(arguments, &link, &json!({ "release_call": { "call": number(id)?.to_string() } })),
        ["seat", agent, action @ ..] => take_seat(arguments, &link, agent, action),
        ["block", place] => order(arguments, &link, &json!({ "block_circuit": { "circuit": circuit(place)? } })),
        ["unblock", place] => order(arguments, &link, &json!({ "unblock_circuit": { "circuit": circuit(place)? } })),
        ["reset", place] if place.contains('/') => {
            order(arguments, &link, &json!({ "reset_circuit": { "circuit": circuit(place)? } }))
        }
        ["reset", span] => order(arguments, &link, &json!({ "reset_span": { "span": number(span)? } })),
        ["message-waiting", extension, state @ ("on" | "off")] => {
            let command = json!({ "message_waiting": { "extension": extension, "waiting": *state == "on" } });
            order(arguments, &link, &command)
        }
        ["settings", rest @ ..] => settings::run(arguments, &link, rest),
        ["alarms" | "cards" | "circuit" | "test" | "trace-line", ..] => lines::run(arguments, &link, &words),
        ["rooms" | "room", ..] => rooms::run(arguments, &link, &words),
        ["faxes" | "fax", ..] => faxes::run(arguments, &link, &words),
        ["legal-hold", id, why @ ..] if !why.is_empty() => {
            let held = link.put(&format!("/recordings/{}/hold", number(id)?), &json!({ "why": why.join(" ") }))?;
            show(arguments, &held, |_| say("Held: it is not deleted, whatever its age."))
        }
        ["end-hold", id] => {
            let let_go = link.delete(&format!("/recordings/{}/hold", number(id)?))?;
            show(arguments, &let_go, |_| say("Done."))
        }
        ["audit"] => show(arguments, &link.get("/audit")?, audit),
        ["audit", page] => show(arguments, &link.get(&format!("/audit?page={}", number(page)?))?, audit),
        _ => Err(Failure::usage(format!("no command “{}”", words.join(" ")))),
    }
}

pub fn show(arguments: &Arguments, answer: &Value, people: fn(&Value) -> Result<(), Failure>) -> Result<(), Failure> {
    if arguments.json { say(&answer.to_string()) } else { people(answer) }
}

pub fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("{text} is not a number")))
}

/// `SPAN/SLOT` as the box writes a circuit.
pub fn circuit(text: &str) -> Result<Value, Failure> {
    let (span, slot) = text.split_once('/').ok_or_else(|| Failure::usage(format!("{text} is not SPAN/SLOT")))?;
    Ok(json!({ "span": number(span)?, "slot": number(slot)? }))
}

fn part(link: &Link, name: &str) -> Result<Value, Failure> {
    Ok(link.get("/live")?[name].take())
}

/// `name=value` words as the query of an address.
pub fn query(filters: &[&str]) -> Result<String, Failure> {
    let mut text = String::new();
    for filter in filters {
        let (name, value) =
            filter.split_once('=').ok_or_else(|| Failure::usage(format!("{filter} is not FILTER=VALUE")))?;
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(&format!("{}={}", escaped(name), escaped(value)));
    }
    Ok(text)
}

/// RFC 3986 2.1: everything but the unreserved characters as percent and two hex digits.
fn escaped(text: &str) -> String {
    let escape = |octet: u8| match octet {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn log_in(link: &Link, login: &str) -> Result<(), Failure> {
    let password = secret::ask("FASTCALL_PASSWORD", "Password: ")?;
    let answer = link.post("/session", &json!({ "login": login, "password": password }))?;
    enter(link, &answer)
}

fn first_boot(link: &Link, code: &str, login: &str) -> Result<(), Failure> {
    let password = secret::ask_new("FASTCALL_PASSWORD", "New password: ")?;
    let answer = link.post("/first-boot", &json!({ "code": code, "login": login, "password": password }))?;
    enter(link, &answer)
}

fn change_password(link: &Link) -> Result<(), Failure> {
    let old = secret::ask("FASTCALL_PASSWORD", "Present password: ")?;
    let new = secret::ask_new("FASTCALL_NEW_PASSWORD", "New password: ")?;
    let answer = link.post("/session/password", &json!({ "old": old, "new": new }))?;
    enter(link, &answer)
}

/// Keeps the session that an answer opened.
fn enter(link: &Link, answer: &Value) -> Result<(), Failure> {
    let token = answer["token"].as_str().ok_or_else(|| Failure::Answer("no token".to_owned()))?;
    link.keep_token(token)?;
    let me = &answer["me"];
    say(&format!("Logged in as {} ({}).", cell(&me["name"]), cell(&me["role"])))?;
    if me["must_change_password"] == true {
        say("The password was set by an administrator: change it first (fastcallctl password).")?;
    }
    Ok(())
}

fn log_out(link: &Link) -> Result<(), Failure> {
    let gone = link.delete("/session");
    link.forget_token()?;
    match gone {
        // The session was over already.
        Err(Failure::Refused { status: 401, .. }) => Ok(()),
        other => other.map(drop),
    }
}

pub fn order(arguments: &Arguments, link: &Link, command: &Value) -> Result<(), Failure> {
    let answer = link.post("/commands", command)?;
    show(arguments, &answer, |_| say("Done."))
}

fn take_seat(arguments: &Arguments, link: &Link, agent: &str, action: &[&str]) -> Result<(), Failure> {
    let command = seat::command(action)?;
    let id = match agent.parse::<u32>() {
        Ok(id) => id.to_string(),
        Err(_) => {
            let agents = part(link, "agents")?;
            let found = agents.as_array().into_iter().flatten().find(|known| known["login"] == agent);
            found.map(|known| cell(&known["id"])).ok_or_else(|| Failure::usage(format!("no agent {agent}")))?
        }
    };
    let answer = link.post(&format!("/seat?agent={id}"), &command)?;
    show(arguments, &answer, |_| say("Done."))
}

fn recording(link: &Link, id: u64, file: &str) -> Result<(), Failure> {
    let audio = link.fetch(&format!("/recordings/{id}.wav"))?;
    let path = Path::new(file);
    std::fs::write(path, &audio).map_err(|problem| file_failure(path, &problem))?;
    say(&format!("{} octets written to {file}", audio.len()))
}

/// The calls of a filter as a file: a workbook if it is called one, else CSV.
fn export(link: &Link, filters: &[&str], file: &str) -> Result<(), Failure> {
    let path = Path::new(file);
    let kind = if path.extension().is_some_and(|kind| kind == "xlsx") { "xlsx" } else { "csv" };
    let calls = link.fetch(&format!("/calls/export.{kind}{}", query(filters)?))?;
    std::fs::write(path, &calls).map_err(|problem| file_failure(path, &problem))?;
    say(&format!("{} octets written to {file}", calls.len()))
}

/// What was done for a call, with the seconds since the first that the trace knows.
pub fn trace(answer: &Value) -> Result<(), Failure> {
    let lines = answer["lines"].as_array().cloned().unwrap_or_default();
    let began = lines.first().and_then(|line| line["at"].as_i64()).unwrap_or(0);
    for line in &lines {
        let passed = line["at"].as_i64().unwrap_or(began) - began;
        say(&format!("{:>6}.{:03}  {}", passed / 1000, passed % 1000, cell(&line["text"])))?;
    }
    if lines.is_empty() { say("The trace knows nothing of this call: it keeps only the latest.") } else { Ok(()) }
}

pub fn rows(list: &Value, row: impl Fn(&Value) -> Vec<String>) -> impl Iterator<Item = Vec<String>> {
    let rows: Vec<Vec<String>> = list.as_array().into_iter().flatten().map(row).collect();
    rows.into_iter()
}

fn plain(answer: &Value) -> Result<(), Failure> {
    answer.as_object().into_iter().flatten().try_for_each(|(name, value)| say(&format!("{name}: {}", cell(value))))
}

fn health(answer: &Value) -> Result<(), Failure> {
    say(&format!("up {} s", answer["up_seconds"]))?;
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        say(&format!("WARNING {} / {}", cell(&warning["en"]), cell(&warning["zh"])))?;
    }
    match answer["recording_keys"].as_str() {
        Some("sealed_to_board") => say("recording keys: sealed to this board")?,
        Some(_) => say("recording keys: in a plain file; who takes the disk can read the recordings")?,
        None => {}
    }
    for (name, numbers) in answer["parts"].as_object().into_iter().flatten() {
        for (what, value) in numbers.as_object().into_iter().flatten() {
            say(&format!("{name}.{what} {value}"))?;
        }
    }
    Ok(())
}

fn live(answer: &Value) -> Result<(), Failure> {
    spans(&answer["spans"])?;
    say("")?;
    queues(&answer["queues"])?;
    say("")?;
    agents(&answer["agents"])?;
    say("")?;
    let row = |call: &Value| {
        let part = |name: &str| cell(&call[name]);
        vec![
            part("id"),
            part("direction"),
            part("phase"),
            time(&call["since"]),
            part("calling"),
            part("called"),
            part("agent"),
        ]
    };
    table(&["CALL", "DIRECTION", "PHASE", "SINCE (UTC)", "CALLING", "CALLED", "AGENT"], rows(&answer["calls"], row))
}

fn spans(list: &Value) -> Result<(), Failure> {
    let row = |span: &Value| {
        let slots = span["slots"].as_array().cloned().unwrap_or_default();
        let count = |states: &[&str]| {
            let found = slots.iter().filter(|slot| slot["state"].as_str().is_some_and(|state| states.contains(&state)));
            found.count().to_string()
        };
        let alarms: Vec<String> = span["alarms"].as_array().into_iter().flatten().map(cell).collect();
        let up = if span["up"] == true { "up" } else { "down" };
        vec![
            cell(&span["id"]),
            cell(&span["name"]),
            up.to_owned(),
            alarms.join(" "),
            count(&["idle"]),
            count(&["seized", "ringing", "talking", "clearing"]),
            count(&["blocked_by_us", "blocked_by_peer", "out_of_service"]),
        ]
    };
    table(&["SPAN", "NAME", "STATE", "ALARMS", "IDLE", "BUSY", "BLOCKED"], rows(list, row))
}

fn queues(list: &Value) -> Result<(), Failure> {
    let fields =
        ["id", "name", "waiting", "agents_ready", "agents_talking", "offered", "answered", "abandoned", "overflowed"];
    let headings = ["QUEUE", "NAME", "WAITING", "READY", "TALKING", "OFFERED", "ANSWERED", "ABANDONED", "OVERFLOWED"];
    table(&headings, rows(list, |queue| fields.iter().map(|field| cell(&queue[*field])).collect()))
}

fn agents(list: &Value) -> Result<(), Failure> {
    let row = |agent: &Value| {
        let part = |name: &str| cell(&agent[name]);
        vec![
            part("id"),
            part("login"),
            part("name"),
            part("state"),
            time(&agent["since"]),
            part("extension"),
            part("call"),
            part("calls_today"),
        ]
    };
    table(&["AGENT", "LOGIN", "NAME", "STATE", "SINCE (UTC)", "EXTENSION", "CALL", "TODAY"], rows(list, row))
}

fn closed_calls(answer: &Value) -> Result<(), Failure> {
    let row = |call: &Value| {
        let part = |name: &str| cell(&call[name]);
        vec![
            part("call"),
            time(&call["began"]),
            part("direction"),
            part("calling"),
            part("called"),
            part("queue_name"),
            part("agent_name"),
            seconds(&call["talk_millis"]),
            part("outcome"),
        ]
    };
    let headings = ["CALL", "BEGAN (UTC)", "DIRECTION", "CALLING", "CALLED", "QUEUE", "AGENT", "TALK", "OUTCOME"];
    table(&headings, rows(&answer["rows"], row))?;
    say(&format!("page {} of {} calls", answer["page"], answer["total"]))
}

/// A call's ledger, one line an event, with the seconds since it began.
fn ladder(answer: &Value) -> Result<(), Failure> {
    let records = answer["ledger"].as_array().cloned().unwrap_or_default();
    let began = records.first().and_then(|record| record["at"].as_i64()).unwrap_or(0);
    for record in &records {
        let passed = record["at"].as_i64().unwrap_or(began) - began;
        let event = record["event"].as_object();
        let fields = event.into_iter().flatten().filter(|(name, value)| *name != "what" && !value.is_null());
        let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={}", cell(value))).collect();
        let what = cell(&record["event"]["what"]);
        say(&format!("{:>9}.{:03}  {what:<18} {}", passed / 1000, passed % 1000, fields.join(" ")))?;
    }
    for recording in answer["recordings"].as_array().into_iter().flatten() {
        say(&format!("recording {}, {} s", cell(&recording["id"]), seconds(&recording["millis"])))?;
    }
    match &answer["cdr"] {
        Value::Null => say("still up"),
        cdr => say(&format!("{}, talk {} s", cell(&cdr["outcome"]), seconds(&cdr["talk_millis"]))),
    }
}

fn audit(answer: &Value) -> Result<(), Failure> {
    let row = |entry: &Value| {
        let part = |name: &str| cell(&entry[name]);
        vec![time(&entry["at"]), part("actor"), part("source"), part("action"), part("detail")]
    };
    table(&["AT (UTC)", "WHO", "FROM", "DID", "WHAT"], rows(&answer["rows"], row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_a_query() {
        assert_eq!(query(&["q=王 芳", "agent=3"]).unwrap(), "?q=%E7%8E%8B%20%E8%8A%B3&agent=3");
        assert!(query(&["agent"]).is_err());
    }

    /// API-06: circuits and calls are named as the box names them.
    #[test]
    fn orders_are_commands() {
        let block = json!({ "block_circuit": { "circuit": circuit("2/17").unwrap() } });
        assert!(serde_json::from_value::<desk::Command>(block).is_ok());
        let release = json!({ "release_call": { "call": "4611686018427387904" } });
        assert!(serde_json::from_value::<desk::Command>(release).is_ok());
        let reset = json!({ "reset_span": { "span": 1 } });
        assert!(serde_json::from_value::<desk::Command>(reset).is_ok());
    }
}
