//! Seat actions in words of the shell.

use crate::failure::Failure;
use serde_json::{Value, json};

/// The `SeatCommand` of `words`.
pub fn command(words: &[&str]) -> Result<Value, Failure> {
    match words {
        [
            plain @ ("sign-out" | "ready" | "answer" | "hang-up" | "hold" | "retrieve" | "complete-transfer"
            | "cancel-transfer" | "three-way" | "park" | "pause-recording" | "resume-recording"),
        ] => Ok(json!({ "do": plain.replace('-', "_") })),
        ["sign-in", extension] => Ok(json!({ "do": "sign_in", "extension": extension })),
        ["busy", reason @ ..] => Ok(json!({ "do": "busy", "reason": reason.join(" ") })),
        ["dial", number] => Ok(json!({ "do": "dial", "number": number })),
        ["transfer", to] => Ok(json!({ "do": "transfer", "to": to, "mode": "blind" })),
        ["transfer", to, mode @ ("blind" | "attended")] => Ok(json!({ "do": "transfer", "to": to, "mode": mode })),
        ["transfer-to-queue", queue] => {
            let queue: u32 = queue.parse().map_err(|_| Failure::usage("a queue is named by its number"))?;
            Ok(json!({ "do": "transfer_to_queue", "queue": queue }))
        }
        ["supervise", agent, mode @ ("listen" | "whisper" | "barge" | "intrude")] => {
            let agent: u32 = agent.parse().map_err(|_| Failure::usage("an agent is named by its number"))?;
            Ok(json!({ "do": "supervise", "agent": agent, "mode": mode }))
        }
        ["unpark", slot] => Ok(json!({ "do": "unpark", "slot": slot })),
        ["key", key] => Ok(json!({ "do": "key", "key": key })),
        ["wrap-up"] => Ok(json!({ "do": "wrap_up", "code": null })),
        ["wrap-up", code @ ..] => Ok(json!({ "do": "wrap_up", "code": code.join(" ") })),
        ["note", code, text @ ..] => Ok(json!({ "do": "wrap_up", "code": code, "note": text.join(" ") })),
        _ => Err(Failure::usage(format!("no seat action “{}”", words.join(" ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::SeatCommand;

    /// API-06: every action of a seat can be asked for, and is what the box understands.
    #[test]
    fn actions_are_seat_commands() {
        let lines = [
            ("ready", SeatCommand::Ready),
            ("busy out for lunch", SeatCommand::Busy { reason: "out for lunch".into() }),
            ("sign-in 8001", SeatCommand::SignIn { extension: "8001".parse().unwrap() }),
            ("hang-up", SeatCommand::HangUp),
            (
                "supervise 1 whisper",
                SeatCommand::Supervise { agent: identity::AgentId(1), mode: plan::Supervision::Whisper },
            ),
            ("unpark 701", SeatCommand::Unpark { slot: "701".parse().unwrap() }),
            ("wrap-up", SeatCommand::WrapUp { code: None, note: None }),
            ("note sold two boxes", SeatCommand::WrapUp { code: Some("sold".into()), note: Some("two boxes".into()) }),
            (
                "transfer 8002 attended",
                SeatCommand::Transfer { to: "8002".parse().unwrap(), mode: desk::TransferMode::Attended },
            ),
        ];
        for (line, expected) in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let value = command(&words).unwrap();
            assert_eq!(serde_json::from_value::<SeatCommand>(value).unwrap(), expected, "{line}");
        }
        let queue = command(&["transfer-to-queue", "2"]).unwrap();
        assert!(matches!(serde_json::from_value(queue), Ok(SeatCommand::TransferToQueue { queue }) if queue.0 == 2));
        for plain in [
            "sign-out",
            "answer",
            "hold",
            "retrieve",
            "complete-transfer",
            "cancel-transfer",
            "three-way",
            "park",
            "pause-recording",
            "resume-recording",
        ] {
            let value = command(&[plain]).unwrap();
            assert!(serde_json::from_value::<SeatCommand>(value).is_ok(), "{plain}");
        }
        assert!(command(&["dance"]).is_err());
    }
}
