//! What changes on the live board, line by line.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::link::Link;
use crate::tables::{cell, say};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(500);

/// Asks for the live view twice a second and prints what is new, changed or gone. What comes and goes in between is not seen.
pub fn run(arguments: &Arguments, link: &Link, seconds: Option<u64>) -> Result<(), Failure> {
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut before: Option<BTreeMap<String, Value>> = None;
    loop {
        let now = entities(&link.get("/live")?);
        let known = before.unwrap_or_default();
        for (name, value) in now.iter().filter(|(name, value)| known.get(*name) != Some(*value)) {
            tell(arguments, name, Some(value))?;
        }
        for name in known.keys().filter(|name| !now.contains_key(*name)) {
            tell(arguments, name, None)?;
        }
        before = Some(now);
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(());
        }
        std::thread::sleep(EVERY);
    }
}

/// Everything on the board by kind and key.
fn entities(view: &Value) -> BTreeMap<String, Value> {
    let mut entities = BTreeMap::new();
    for (part, key) in [("spans", "id"), ("queues", "id"), ("agents", "id"), ("calls", "id"), ("extensions", "number")]
    {
        for entity in view[part].as_array().into_iter().flatten() {
            let kind = part.trim_end_matches('s');
            entities.insert(format!("{kind} {}", cell(&entity[key])), entity.clone());
        }
    }
    entities
}

fn tell(arguments: &Arguments, name: &str, value: Option<&Value>) -> Result<(), Failure> {
    if arguments.json {
        let (kind, id) = name.split_once(' ').unwrap_or((name, ""));
        return say(&json!({ "kind": kind, "id": id, "view": value }).to_string());
    }
    match value {
        Some(value) => say(&format!("{name}: {}", summary(name, value))),
        None => say(&format!("{name}: gone")),
    }
}

fn summary(name: &str, value: &Value) -> String {
    let part = |field: &str| cell(&value[field]);
    match name.split(' ').next().unwrap_or_default() {
        "call" => format!("{} {} -> {}", part("phase"), part("calling"), part("called")),
        "agent" => format!("{} {}", part("name"), part("state")),
        "queue" => format!("{} waiting {} ready {}", part("name"), part("waiting"), part("agents_ready")),
        "span" => {
            let talking = value["slots"].as_array().into_iter().flatten();
            let talking = talking.filter(|slot| !slot["call"].is_null()).count();
            format!("{} up {} alarms {} calls {talking}", part("name"), part("up"), value["alarms"])
        }
        _ => format!("registered {} in call {}", part("registered"), part("in_call")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_known_by_kind_and_key() {
        let view = json!({ "calls": [{ "id": "7", "phase": "queued" }], "extensions": [{ "number": "8001" }] });
        let names: Vec<String> = entities(&view).into_keys().collect();
        assert_eq!(names, ["call 7", "extension 8001"]);
    }
}
