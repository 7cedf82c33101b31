//! The words of a dialogue: hexadecimal octets, requests, indications.

use numbering::{Cause, CauseLocation, ClearCause, PartyNumber};
use q931::{
    BearerCapability, CallHandle, CallIdentity, CallIndication, CallRequest, ChannelIdentification,
    InterfaceIndication, Progress, RestartScope, SetupRequest,
};
use std::collections::BTreeMap;

pub fn octets(text: &str, defined: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut octets = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix('$') {
            Some(name) => octets.extend_from_slice(&defined[name]),
            None => octets.push(u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("not an octet: {word}"))),
        }
    }
    octets
}

/// `o1`: our call reference 1; `t1`: theirs.
pub fn call(word: &str) -> CallHandle {
    CallHandle { ours: word.starts_with('o'), value: word[1..].parse().expect("a call reference") }
}

fn cause(word: &str) -> ClearCause {
    ClearCause { cause: Cause::from_value(word.parse().expect("a cause")), location: CauseLocation::User }
}

/// `setup SLOT exclusive|preferred DIGITS [overlap]`
pub fn setup(words: &[&str], basic: bool) -> SetupRequest {
    let slot = words[0].parse().expect("a slot");
    let channel = if basic { ChannelIdentification::basic } else { ChannelIdentification::slot };
    SetupRequest {
        bearer: BearerCapability::speech(),
        channel: channel(slot, words[1] == "exclusive"),
        called: PartyNumber::plain(words[2].parse().expect("digits")),
        complete: words.get(3) != Some(&"overlap"),
        calling: None,
        calling_sub_address: None,
        called_sub_address: None,
        redirecting: None,
        progress: vec![],
        display: None,
        other: vec![],
    }
}

pub fn request(words: &[&str]) -> CallRequest {
    let in_band = words.contains(&"in-band");
    let progress = in_band.then_some(Progress::InBand);
    match words[0] {
        "select" => CallRequest::SelectChannel { slot: words[1].parse().expect("a slot") },
        "more-info" => CallRequest::MoreInfo { dial_tone: in_band },
        "proceeding" => CallRequest::Proceeding { progress },
        "alerting" => CallRequest::Alerting { progress },
        "progress" => CallRequest::Progress { progress: Progress::InBand, cause: None },
        "connect" => CallRequest::Connect { connected: None, progress: None },
        "digits" => CallRequest::Information {
            digits: words[1].parse().expect("digits"),
            complete: words.contains(&"complete"),
        },
        "notify" => CallRequest::Notify { description: 0 },
        "disconnect" => CallRequest::Disconnect { cause: cause(words[1]), tone: in_band },
        "release" => CallRequest::Release { cause: cause(words[1]) },
        "suspend" => CallRequest::Suspend { identity: identity(words.get(1)) },
        "enquire" => CallRequest::StatusEnquiry,
        other => panic!("no such request: {other}"),
    }
}

/// A call identity of one octet, or the null one.
pub fn identity(word: Option<&&str>) -> CallIdentity {
    let octet = |word: &&str| u8::from_str_radix(word, 16).expect("an octet");
    word.map_or(CallIdentity::default(), |word| CallIdentity::new(&[octet(word)]))
}

pub fn scope(word: &str) -> RestartScope {
    if word == "interface" { RestartScope::Interface } else { RestartScope::Channel(word.parse().expect("a slot")) }
}

/// An indication as it stands behind `told`.
pub fn indication(call: CallHandle, indication: &CallIndication) -> String {
    let heard = |in_band: &bool| if *in_band { " in-band" } else { "" };
    let what = match indication {
        CallIndication::Setup(setup) => {
            format!("setup {}{}", setup.called.digits, if setup.complete { " complete" } else { "" })
        }
        CallIndication::Channel { slot } => format!("channel {slot}"),
        CallIndication::MoreInfo { in_band } => format!("more-info{}", heard(in_band)),
        CallIndication::Proceeding { in_band } => format!("proceeding{}", heard(in_band)),
        CallIndication::Alerting { in_band } => format!("alerting{}", heard(in_band)),
        CallIndication::Progress { in_band, .. } => format!("progress{}", heard(in_band)),
        CallIndication::Connect { .. } => "connect".to_owned(),
        CallIndication::Active => "active".to_owned(),
        CallIndication::Information { digits, complete } => {
            format!("digits {digits}{}", if *complete { " complete" } else { "" })
        }
        CallIndication::Notify { description } => format!("notify {description}"),
        CallIndication::Disconnect { cause, in_band } => {
            format!("disconnect {}{}", cause.cause.value(), heard(in_band))
        }
        CallIndication::SuspendConfirm => "suspend-confirm".to_owned(),
        CallIndication::SuspendRejected { cause } => format!("suspend-rejected {}", cause.cause.value()),
        CallIndication::ResumeConfirm { slot } => format!("resume-confirm {slot}"),
        CallIndication::Suspended { parked } => format!("suspended {}", handle(parked)),
        CallIndication::Resumed { call } => format!("resumed {}", handle(call)),
        CallIndication::Released { cause } => format!("released {}", cause.cause.value()),
    };
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{} {what}", handle(&call))
}

fn handle(call: &CallHandle) -> String {
    format!("{}{}", if call.ours { 'o' } else { 't' }, call.value)
}

pub fn interface(indication: &InterfaceIndication) -> String {
    let of = |scope: &RestartScope| match scope {
        RestartScope::Interface => "interface".to_owned(),
        RestartScope::Channel(slot) => slot.to_string(),
    };
    match indication {
        InterfaceIndication::Restart(scope) => format!("restart {}", of(scope)),
        InterfaceIndication::RestartConfirm(scope) => format!("restart-confirm {}", of(scope)),
        InterfaceIndication::RestartFailed(scope) => format!("restart-failed {}", of(scope)),
        InterfaceIndication::Maintenance { slot } => format!("maintenance {slot}"),
    }
}
