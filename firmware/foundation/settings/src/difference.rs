use crate::Settings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One change between two settings.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// JSON pointer; list members are named by their key, not their index: `/queues/[3]/ring_seconds`.
    pub at: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What names a member of a list, in this order of preference.
const KEYS: [&str; 5] = ["id", "number", "pattern", "skill", "name"];

/// What applying `after` over `before` would change, in the order of the model. Passwords show as changed, never as what they are.
pub fn difference(before: &Settings, after: &Settings) -> Vec<Change> {
    let value = |settings: &Settings| serde_json::to_value(settings).unwrap_or(Value::Null);
    let mut changes = Vec::new();
    compare("", &value(before), &value(after), &mut changes);
    changes
}

fn compare(at: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => compare_objects(at, before, after, changes),
        (Value::Array(before), Value::Array(after)) => match keyed(before).zip(keyed(after)) {
            Some((before, after)) => compare_members(at, &before, &after, changes),
            None => push(at, Some(&Value::Array(before.clone())), Some(&Value::Array(after.clone())), changes),
        },
        (before, after) => push(at, Some(before), Some(after), changes),
    }
}

fn compare_objects(at: &str, before: &Map<String, Value>, after: &Map<String, Value>, changes: &mut Vec<Change>) {
    for (name, old) in before {
        let at = format!("{at}/{name}");
        match after.get(name) {
            Some(new) => compare(&at, old, new, changes),
            None => push(&at, Some(old), None, changes),
        }
    }
    for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        push(&format!("{at}/{name}"), None, Some(new), changes);
    }
}

fn compare_members(at: &str, before: &[(String, &Value)], after: &[(String, &Value)], changes: &mut Vec<Change>) {
    for (key, old) in before {
        let at = format!("{at}/[{key}]");
        match after.iter().find(|(other, _)| other == key) {
            Some((_, new)) => compare(&at, old, new, changes),
            None => push(&at, Some(old), None, changes),
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.iter().any(|(other, _)| other == key)) {
        push(&format!("{at}/[{key}]"), None, Some(new), changes);
    }
    let order = |list: &[(String, &Value)], other: &[(String, &Value)]| -> Vec<String> {
        list.iter().map(|(key, _)| key.clone()).filter(|key| other.iter().any(|(known, _)| known == key)).collect()
    };
    let (old, new) = (order(before, after), order(after, before));
    if old != new {
        let order_of = |keys: Vec<String>| Value::Array(keys.into_iter().map(Value::String).collect());
        push(&format!("{at}/order"), Some(&order_of(old)), Some(&order_of(new)), changes);
    }
}

/// Members with the key that names each; none if they have no key or two have the same.
fn keyed(list: &[Value]) -> Option<Vec<(String, &Value)>> {
    let members: Option<Vec<(String, &Value)>> = list.iter().map(|member| Some((key_of(member)?, member))).collect();
    let members = members?;
    let unique = members.iter().enumerate().all(|(index, (key, _))| members[..index].iter().all(|(k, _)| k != key));
    unique.then_some(members)
}

fn key_of(member: &Value) -> Option<String> {
    let object = member.as_object()?;
    let key = KEYS.iter().find_map(|name| object.get(*name))?;
    Some(match key {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn push(at: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    let shown = |value: Option<&Value>| value.map(|value| masked(at, value));
    changes.push(Change { at: at.to_owned(), before: shown(before), after: shown(after) });
}

fn masked(at: &str, value: &Value) -> Value {
    if at.ends_with("/password") {
        return Value::String("******".to_owned());
    }
    match value {
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.clone(), masked(&format!("{at}/{name}"), value))).collect()
        }
        other => other.clone(),
    }
}
