//! Meeting rooms: who is in them, and what is done with members.

use crate::arguments::Arguments;
use crate::commands::{number, order, rows, show};
use crate::failure::Failure;
use crate::link::Link;
use crate::tables::{cell, say, table, time};
use serde_json::{Value, json};

pub fn run(arguments: &Arguments, link: &Link, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["rooms"] => show(arguments, &link.get("/live")?["rooms"].take(), rooms),
        ["room", room, action @ ..] => {
            let command = json!({ "room": { "room": number(room)?, "command": command(action)? } });
            order(arguments, link, &command)
        }
        _ => Err(Failure::usage(format!("no command “{}”", words.join(" ")))),
    }
}

/// The `RoomCommand` of `words`.
fn command(words: &[&str]) -> Result<Value, Failure> {
    match words {
        ["invite", number] => Ok(json!({ "do": "invite", "number": number })),
        [action @ ("mute" | "unmute"), member] => {
            Ok(json!({ "do": "mute", "leg": number(member)?.to_string(), "muted": *action == "mute" }))
        }
        ["remove", member] => Ok(json!({ "do": "remove", "leg": number(member)?.to_string() })),
        ["end"] => Ok(json!({ "do": "end" })),
        _ => Err(Failure::usage(format!("“{}” is no action of a room", words.join(" ")))),
    }
}

fn rooms(list: &Value) -> Result<(), Failure> {
    for room in list.as_array().into_iter().flatten() {
        let members = room["members"].as_array().map_or(0, Vec::len);
        say(&format!("room {} {}: {members} of {}", cell(&room["id"]), cell(&room["name"]), cell(&room["most"])))?;
        if members > 0 {
            let row = |member: &Value| {
                let part = |name: &str| cell(&member[name]);
                let state = match (member["muted"] == true, member["talking"] == true) {
                    (true, _) => "muted",
                    (false, true) => "talks",
                    (false, false) => "",
                };
                vec![part("leg"), part("number"), part("name"), time(&member["since"]), state.to_owned()]
            };
            table(&["MEMBER", "NUMBER", "NAME", "SINCE (UTC)", ""], rows(&room["members"], row))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// API-06: what is done with members is what the box understands.
    #[test]
    fn actions_are_room_commands() {
        for words in [
            &["invite", "8003"] as &[&str],
            &["mute", "4611686018427387904"],
            &["unmute", "7"],
            &["remove", "7"],
            &["end"],
        ] {
            let order = json!({ "room": { "room": 1, "command": command(words).unwrap() } });
            assert!(serde_json::from_value::<desk::Command>(order).is_ok(), "{words:?}");
        }
        assert!(command(&["mute", "anna"]).is_err() && command(&["sing"]).is_err());
    }
}
