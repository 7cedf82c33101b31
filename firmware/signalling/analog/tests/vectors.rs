//! LIN-07, LIN-12: messages and lines of `tests/vectors/caller_id`, case by case.

mod played;

use analog::{BadMessage, CallerId, DtmfReader, Reader, Withheld};
use numbering::Key;
use played::Line;

struct Case {
    title: String,
    lines: Vec<String>,
}

fn cases(name: &str) -> Vec<Case> {
    let path = format!("{}/../../../tests/vectors/caller_id/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(title) => cases.push(Case { title: title.to_owned(), lines: Vec::new() }),
            None => cases.last_mut().unwrap().lines.push(line.to_owned()),
        }
    }
    cases
}

fn play(name: &str, play: impl Fn(&[String]) -> Result<(), String>) {
    let cases = cases(name);
    let mut failed = Vec::new();
    for case in &cases {
        if let Err(problem) = play(&case.lines) {
            failed.push(format!("[{}] {problem}", case.title));
        }
    }
    println!("{name}: {} of {} pass", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
}

pub(crate) fn octets(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
}

fn shown(caller: &CallerId) -> String {
    let mut text = "caller".to_owned();
    if let Some(time) = caller.time {
        text += &format!(" time {:02}{:02}{:02}{:02}", time.month, time.day, time.hour, time.minute);
    }
    if let Some(number) = &caller.number {
        text += &format!(" number {number}");
    }
    if let Some(name) = &caller.name {
        text += &format!(" name {name}");
    }
    match caller.withheld {
        Some(Withheld::Private) => text + " private",
        Some(Withheld::Unavailable) => text + " unavailable",
        None => text,
    }
}

fn bad(why: BadMessage) -> String {
    match why {
        BadMessage::Type(kind) => format!("bad type {kind:02x}"),
        BadMessage::Checksum => "bad checksum".into(),
        BadMessage::Length => "bad length".into(),
    }
}

/// What the readers say, against what the case expects.
fn read(lines: &[String]) -> Result<(), String> {
    let (mut reader, mut keys) = (Reader::default(), DtmfReader::default());
    let mut said: Vec<String> = Vec::new();
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "fsk" => {
                said.extend(octets(rest).into_iter().filter_map(|octet| reader.take(octet)).map(|read| match read {
                    Ok(caller) => shown(&caller),
                    Err(why) => bad(why),
                }))
            }
            "keys" => {
                let pressed = rest.chars().map(|c| Key::new(c).unwrap());
                said.extend(pressed.filter_map(|key| keys.take(key)).map(|caller| shown(&caller)));
            }
            "over" => said.extend(keys.over().map(|caller| shown(&caller))),
            "cut" if reader.cut() => {}
            _ if said.first() == Some(line) => drop(said.remove(0)),
            _ => return Err(format!("expected {line:?}, got {said:?}")),
        }
    }
    if said.is_empty() { Ok(()) } else { Err(format!("nobody expected {said:?}")) }
}

/// LIN-07: each message says what the standard says it says.
#[test]
fn modem_messages() {
    play("fsk.txt", read);
}

/// LIN-07
#[test]
fn keys_that_tell_a_number() {
    play("dtmf.txt", read);
}

/// LIN-12: calls over lines to an exchange, caller known by either kind.
#[test]
fn lines_to_an_exchange() {
    play("lines.txt", Line::play);
}

/// LIN-12
#[test]
fn telephones() {
    play("telephones.txt", Line::play);
}
