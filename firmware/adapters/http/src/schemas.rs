//! Schemas of the OpenAPI document: what is sent and answered where a program needs to know it.

use serde_json::{Value, json};

/// A reference to one of [`all`].
pub fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// What a route takes.
pub fn body_of(method: &str, path: &str) -> Option<&'static str> {
    match (method, path) {
        ("POST", "/seat") => Some("SeatCommand"),
        ("POST", "/commands") => Some("Command"),
        ("POST", "/extensions/{number}/message-waiting") => Some("MessageWaiting"),
        ("POST", "/session") => Some("LogIn"),
        ("PUT", "/settings") => Some("SettingsChange"),
        _ => None,
    }
}

/// What a route answers.
pub fn answer_of(method: &str, path: &str) -> Option<&'static str> {
    match (method, path) {
        ("GET", "/calls") => Some("CallPage"),
        ("GET", "/calls/{id}") => Some("CallDetail"),
        ("GET", "/calls/export/{ticket}") => Some("ExportProgress"),
        ("GET", "/queues/intervals") => Some("QueueDay"),
        ("GET", "/cards") => Some("Cards"),
        _ => None,
    }
}

/// Every schema of the document.
pub fn all() -> Value {
    let mut schemas = errors();
    for part in [commands(), calls(), queues(), cards(), requests()] {
        if let (Some(schemas), Value::Object(part)) = (schemas.as_object_mut(), part) {
            schemas.extend(part);
        }
    }
    schemas
}

fn errors() -> Value {
    json!({
        "Error": {
            "type": "object",
            "required": ["error", "zh", "en"],
            "properties": {
                "error": { "type": "string", "description": "A code for programs" },
                "zh": text(),
                "en": text(),
                "problems": list(named("Problem")),
            },
        },
        "Problem": {
            "type": "object",
            "required": ["at", "zh", "en"],
            "properties": {
                "at": { "type": "string", "description": "A JSON pointer into the settings" },
                "zh": text(),
                "en": text(),
            },
        },
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn maybe(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn time() -> Value {
    json!({ "type": "integer", "description": "UTC milliseconds" })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+$" })
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn note() -> Value {
    json!({ "type": ["string", "null"], "maxLength": desk::NOTE_CHARACTERS })
}

/// One of the seat's commands, with what it needs.
fn seat(words: &[&str], fields: Value) -> Value {
    let needed = fields.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut properties = fields;
    properties["do"] = json!({ "enum": words });
    let required: Vec<String> = std::iter::once("do".to_owned()).chain(needed).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn commands() -> Value {
    const PLAIN: &[&str] = &[
        "sign_out",
        "ready",
        "answer",
        "hang_up",
        "hold",
        "retrieve",
        "complete_transfer",
        "cancel_transfer",
        "three_way",
        "park",
        "pause_recording",
        "resume_recording",
    ];
    let mode = json!({ "enum": ["blind", "attended"] });
    let supervision = json!({ "enum": ["listen", "whisper", "barge", "intrude"] });
    let circuit = json!({ "type": "object", "properties": { "span": count(), "slot": count() } });
    json!({
        "SeatCommand": { "oneOf": [
            seat(PLAIN, json!({})),
            seat(&["sign_in"], json!({ "extension": text() })),
            seat(&["busy"], json!({ "reason": text() })),
            seat(&["dial"], json!({ "number": text() })),
            seat(&["transfer"], json!({ "to": text(), "mode": mode })),
            seat(&["transfer_to_queue"], json!({ "queue": count() })),
            seat(&["supervise"], json!({ "agent": count(), "mode": supervision })),
            seat(&["unpark"], json!({ "slot": text() })),
            seat(&["key"], json!({ "key": text() })),
            seat(&["wrap_up"], json!({ "code": maybe("string"), "note": note() })),
            seat(&["amend_wrap_up"], json!({ "call": id(), "code": maybe("string"), "note": note() })),
        ] },
        "RoomCommand": { "oneOf": [
            seat(&["invite"], json!({ "number": text() })),
            seat(&["mute"], json!({ "leg": id(), "muted": { "type": "boolean" } })),
            seat(&["remove"], json!({ "leg": id() })),
            seat(&["end"], json!({})),
        ] },
        "Command": { "oneOf": [
            { "type": "object", "properties": { "release_call": { "type": "object", "properties": { "call": id() } } } },
            { "type": "object", "properties": { "room": { "type": "object", "properties": { "room": count(), "command": named("RoomCommand") } } } },
            { "type": "object", "properties": { "block_circuit": { "type": "object", "properties": { "circuit": circuit } } } },
            { "type": "object", "properties": { "unblock_circuit": { "type": "object", "properties": { "circuit": circuit } } } },
            { "type": "object", "properties": { "reset_circuit": { "type": "object", "properties": { "circuit": circuit } } } },
            { "type": "object", "properties": { "message_waiting": { "type": "object", "properties": { "extension": text(), "waiting": { "type": "boolean" } } } } },
            { "type": "object", "properties": { "reset_span": { "type": "object", "properties": { "span": count() } } } },
        ] },
    })
}

fn calls() -> Value {
    let wrap_up = json!({
        "type": "object",
        "description": "What one agent left with the call",
        "properties": { "agent": count(), "code": maybe("string"), "note": note() },
    });
    let srtp = json!({ "oneOf": [
        { "enum": ["never", "at_times"] },
        { "type": "object", "properties": { "always": { "type": "string", "description": "The suite, as SDP calls it" } } },
    ] });
    let quality = json!({
        "type": "object",
        "description": "How the packets of one telephone fared, and whether they were encrypted",
        "properties": {
            "leg": id(), "extension": maybe("string"), "received": count(), "lost": count(), "jitter_micros": count(),
            "far_lost": count(), "far_jitter_micros": count(), "mos_hundredths": count(), "far_mos_hundredths": count(),
            "round_trip_micros": count(), "srtp": srtp,
        },
    });
    let recording = json!({
        "type": "object",
        "properties": {
            "id": id(), "millis": maybe("integer"), "bytes": maybe("integer"),
            "state": { "enum": ["in_progress", "ready", "deleted"] },
            "hold": maybe("object"), "deleted": maybe("integer"),
            "pauses": { "type": "array", "description": "Milliseconds from and to; null: it lasts", "items": list(maybe("integer")) },
        },
    });
    json!({
        "Cdr": {
            "type": "object",
            "description": "One closed call; names are those of the settings in force",
            "properties": {
                "call": id(), "direction": { "enum": ["inbound", "outbound", "internal"] },
                "began": time(), "answered": maybe("integer"), "ended": time(),
                "calling": maybe("string"), "called": text(), "keyed": text(), "service": maybe("string"),
                "queue": maybe("integer"), "queue_name": maybe("string"), "queued": maybe("integer"), "left_queue": maybe("integer"),
                "agent": maybe("integer"), "agent_name": maybe("string"), "agents": list(count()),
                "ring_millis": count(), "talk_millis": count(), "hold_millis": count(), "transfers": count(),
                "outcome": text(), "cause": count(),
                "wrap_up_code": maybe("string"), "wrap_up_note": note(), "wrap_ups": list(wrap_up),
                "recordings": list(id()), "quality": list(quality),
            },
        },
        "CallPage": {
            "type": "object",
            "properties": { "total": count(), "page": count(), "per_page": count(), "rows": list(named("Cdr")) },
        },
        "CallDetail": {
            "type": "object",
            "properties": {
                "cdr": { "oneOf": [named("Cdr"), { "type": "null" }] },
                "ledger": list(json!({ "type": "object", "properties": { "call": id(), "seq": count(), "at": time(), "event": { "type": "object" } } })),
                "recordings": list(recording),
            },
        },
        "ExportProgress": { "type": "object", "properties": { "rows": count(), "total": count() } },
    })
}

fn queues() -> Value {
    let interval = json!({
        "type": "object",
        "properties": {
            "queue": count(), "from": time(), "offered": count(), "answered": count(), "answered_in_goal": count(),
            "abandoned": count(), "overflowed": count(), "transferred": count(), "waited_millis": count(), "longest_millis": count(),
        },
    });
    json!({ "QueueDay": {
        "type": "object",
        "properties": { "from": time(), "each_millis": count(), "rows": list(interval) },
    } })
}

fn cards() -> Value {
    let card = json!({
        "type": "object",
        "description": "A span of the kernel's driver: span null is not used; kind null is not there",
        "properties": {
            "span": maybe("integer"), "connector": maybe("string"), "place": text(), "kind": maybe("string"), "channels": count(),
            "device": text(), "description": text(), "alarms": list(text()), "counters": { "type": "object" }, "clocked_by": maybe("integer"),
        },
    });
    let port = json!({ "type": "object", "properties": { "slot": count(), "kind": { "enum": ["fxs", "fxo"] }, "connector": text() } });
    let fitted = json!({
        "type": "object",
        "properties": {
            "span": count(), "connector": text(), "kind": { "enum": ["e1", "bri", "analog"] },
            "simulated": { "type": "boolean" }, "ports": list(port),
        },
    });
    let line = json!({
        "type": "object",
        "properties": {
            "span": count(), "usable": { "type": "boolean" }, "since": maybe("integer"), "returns": maybe("integer"),
        },
    });
    let clock = json!({
        "type": ["object", "null"],
        "properties": { "ruler": maybe("integer"), "since": maybe("integer"), "lines": list(line) },
    });
    json!({ "Cards": {
        "type": "object",
        "properties": {
            "cards": list(card), "problem": maybe("string"), "fitted": list(fitted),
            "proposed": list(json!({ "type": "object" })), "clock": clock,
        },
    } })
}

fn requests() -> Value {
    json!({
        "MessageWaiting": { "type": "object", "required": ["waiting"], "properties": { "waiting": { "type": "boolean" } } },
        "LogIn": { "type": "object", "required": ["login", "password"], "properties": { "login": text(), "password": text() } },
        "SettingsChange": {
            "type": "object",
            "required": ["based_on", "settings"],
            "properties": { "based_on": count(), "settings": { "type": "object" }, "note": text() },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::SeatCommand;

    /// API-06: every seat command of the document is one that the box understands.
    #[test]
    fn the_documents_seat_commands_are_understood() {
        let all = all();
        let kinds = all["SeatCommand"]["oneOf"].as_array().unwrap();
        let mut understood = 0;
        for kind in kinds {
            let properties = kind["properties"].as_object().unwrap();
            for word in kind["properties"]["do"]["enum"].as_array().unwrap() {
                let mut command = json!({ "do": word });
                for (field, schema) in properties.iter().filter(|(field, _)| *field != "do") {
                    let sample = match schema {
                        schema if schema["type"] == "integer" => json!(1),
                        schema if schema["enum"].is_array() => schema["enum"][0].clone(),
                        _ => json!("1"),
                    };
                    command[field] = sample;
                }
                serde_json::from_value::<SeatCommand>(command.clone()).unwrap_or_else(|e| panic!("{command}: {e}"));
                understood += 1;
            }
        }
        assert_eq!(understood, 22);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let all = all();
        let text = all.to_string();
        for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(all.get(name).is_some(), "{name}");
        }
    }
}
