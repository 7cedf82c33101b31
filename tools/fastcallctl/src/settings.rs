//! Settings as files.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::link::{Link, file_failure};
use crate::tables::{self, cell, say, time};
use serde_json::{Value, json};
use std::path::Path;

pub fn run(arguments: &Arguments, link: &Link, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["get"] => say(&pretty(&link.get("/settings")?)),
        ["check", file] => check(arguments, link, file),
        ["put", file, note @ ..] => put(arguments, link, file, &note.join(" ")),
        ["history"] => history(arguments, link, "1"),
        ["history", page] => history(arguments, link, page),
        ["restore", version] => {
            let path = format!("/settings/history/{version}/restore");
            applied(arguments, &link.post(&path, &json!({}))?)
        }
        _ => Err(Failure::usage("settings get | check FILE | put FILE [NOTE] | history [PAGE] | restore VERSION")),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// The settings of a file, and the version they are based on if the file is as `settings get` printed it.
fn read(file: &str) -> Result<(Value, Option<u64>), Failure> {
    let path = Path::new(file);
    let text = std::fs::read_to_string(path).map_err(|problem| file_failure(path, &problem))?;
    let mut value: Value =
        serde_json::from_str(&text).map_err(|problem| Failure::File(format!("{file} is not JSON: {problem}")))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if value.get("settings").is_some() => Ok((value["settings"].take(), Some(version))),
        _ => Ok((value, None)),
    }
}

fn check(arguments: &Arguments, link: &Link, file: &str) -> Result<(), Failure> {
    let answer = link.post("/settings/check", &json!({ "settings": read(file)?.0 }))?;
    if arguments.json {
        return say(&pretty(&answer));
    }
    let problems = answer["problems"].as_array().cloned().unwrap_or_default();
    for problem in &problems {
        say(&format!("{}: {} / {}", cell(&problem["at"]), cell(&problem["en"]), cell(&problem["zh"])))?;
    }
    changes(&answer)?;
    match problems.len() {
        0 => say("No problems."),
        count => Err(Failure::Refused { status: 422, words: format!("{count} problems") }),
    }
}

fn put(arguments: &Arguments, link: &Link, file: &str, note: &str) -> Result<(), Failure> {
    let (settings, version) = read(file)?;
    let based_on = match version {
        Some(version) => json!(version),
        None => link.get("/settings")?["version"].take(),
    };
    let answer = link.put("/settings", &json!({ "based_on": based_on, "settings": settings, "note": note }))?;
    applied(arguments, &answer)
}

fn applied(arguments: &Arguments, answer: &Value) -> Result<(), Failure> {
    if arguments.json {
        return say(&pretty(answer));
    }
    changes(answer)?;
    say(&format!("Version {} is in force.", answer["version"]))
}

fn changes(answer: &Value) -> Result<(), Failure> {
    for change in answer["changes"].as_array().into_iter().flatten() {
        say(&format!("{}: {} -> {}", cell(&change["at"]), change["before"], change["after"]))?;
    }
    Ok(())
}

fn history(arguments: &Arguments, link: &Link, page: &str) -> Result<(), Failure> {
    let answer = link.get(&format!("/settings/history?page={page}"))?;
    if arguments.json {
        return say(&pretty(&answer));
    }
    let rows = answer["rows"].as_array().cloned().unwrap_or_default();
    let row = |version: &Value| {
        let count = version["changes"].as_array().map_or(0, Vec::len).to_string();
        vec![cell(&version["version"]), time(&version["at"]), cell(&version["author"]), count, cell(&version["note"])]
    };
    tables::table(&["VERSION", "AT (UTC)", "BY", "CHANGES", "NOTE"], rows.iter().map(row))
}
