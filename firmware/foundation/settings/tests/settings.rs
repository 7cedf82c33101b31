//! The settings model: what a new box proposes, what is refused, what a change is.

use identity::{QueueId, SpanId};
use proptest::prelude::*;
use serde_json::{Value, json};
use settings::{Dchannel, R2Settings, Settings, Side, Signalling, SpanSettings, Target, difference};

fn proposed() -> Settings {
    let mut count = 0;
    Settings::proposed(&[SpanId(1), SpanId(2)], || {
        count += 1;
        format!("password-{count}")
    })
}

/// INS-01: what a new box proposes can be applied as it is.
#[test]
fn proposal_has_no_problems() {
    assert_eq!(proposed().check(), []);
}

/// Settings survive being written and read.
#[test]
fn settings_round_trip() {
    let text = serde_json::to_string(&proposed()).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), proposed());
}

fn r2(called_digits: u8, caller_after: u8) -> Signalling {
    Signalling::R2(R2Settings { called_digits, caller_after, ..R2Settings::default() })
}

/// What an older release saved had no kind of signalling: every span was a PRI, and is one still.
#[test]
fn a_span_saved_before_there_were_kinds_is_a_pri() {
    let saved = json!({
        "id": 3, "name": "E1-3", "enabled": true, "side": "network", "dchannel": "raw",
        "overlap_receiving": true, "overlap_sending": false, "blocked": [7],
    });
    let span: SpanSettings = serde_json::from_value(saved).unwrap();
    let Signalling::Pri(pri) = &span.signalling else { panic!("{span:?}") };
    assert_eq!((pri.side, pri.dchannel, pri.overlap_receiving), (Side::Network, Dchannel::Raw, true));
    let again: SpanSettings = serde_json::from_value(serde_json::to_value(&span).unwrap()).unwrap();
    assert_eq!((again.blocked.as_slice(), again.signalling), ([7].as_slice(), span.signalling));
}

/// A span's signalling is written with its kind, and what a kind does not know is refused.
#[test]
fn a_span_says_its_kind_of_signalling() {
    let written = serde_json::to_value(r2(8, 0)).unwrap();
    assert_eq!(
        written,
        json!({
            "kind": "r2", "variant": "cn", "called_digits": 8, "ask_caller": true, "caller_after": 0, "crc4": "usual",
            "answer_by_sound": false, "cancel_echo": false,
        })
    );
    let read = |value| serde_json::from_value::<Signalling>(value).ok();
    assert_eq!(read(json!({ "kind": "r2", "called_digits": 4 })), Some(r2(4, 0)));
    assert_eq!(read(json!({ "kind": "r2", "side": "user" })), None);
}

/// LIN-04: a basic access is written with its kind; its own numbers are for a terminal on a bus only.
#[test]
fn a_basic_access_has_numbers_only_as_a_terminal() {
    let bri = |mode, msns: &[&str]| {
        let value = json!({ "kind": "bri", "side": "user", "mode": mode, "msns": msns });
        serde_json::from_value::<Signalling>(value).unwrap()
    };
    let mut settings = proposed();
    settings.spans[0].signalling = bri("multipoint", &["26660001", "26660002"]);
    assert_eq!(settings.check(), []);
    settings.spans[0].signalling = bri("point_to_point", &["26660001"]);
    let problems = settings.check();
    assert_eq!(problems.iter().map(|it| it.at.as_str()).collect::<Vec<_>>(), ["/spans/0/signalling/msns"]);
}

/// LIN-04: a terminal on a bus may have a fixed TEI, 1 to 63 (Q.921 3.3.4.1); nobody else has one to set.
#[test]
fn a_fixed_tei_is_a_terminals() {
    let bri = |mode, side, tei: u8| {
        let value = json!({ "kind": "bri", "side": side, "mode": mode, "tei": tei });
        serde_json::from_value::<Signalling>(value).unwrap()
    };
    let places = |signalling| {
        let mut settings = proposed();
        settings.spans[0].signalling = signalling;
        settings.check().into_iter().map(|it| it.at).collect::<Vec<_>>()
    };
    let at = "/spans/0/signalling/tei";
    assert_eq!(places(bri("multipoint", "user", 5)), [""; 0]);
    for wrong in [0, 64, 127] {
        assert_eq!(places(bri("multipoint", "user", wrong)), [at]);
    }
    assert_eq!(places(bri("multipoint", "network", 5)), [at]);
    assert_eq!(places(bri("point_to_point", "user", 5)), [at]);
}

/// Each mistake is told at its place, in both languages.
#[test]
fn mistakes_are_told_where_they_are() {
    type Spoil = fn(&mut Settings);
    let cases: [(&str, Spoil); 14] = [
        ("/queues/0/ring_seconds", |s| s.queues[0].ring_seconds = 0),
        ("/services/0/target", |s| s.services[0].target = Target::Queue(QueueId(9))),
        ("/extensions/1/number", |s| s.extensions[1].number = s.extensions[0].number.clone()),
        ("/extensions/0/number", |s| s.extensions[0].number = "12".parse().unwrap()),
        ("/extensions/0/password", |s| s.extensions[0].password = "1234".into()),
        ("/groups/0/spans", |s| s.groups[0].spans.push(SpanId(7))),
        ("/spans/0/blocked", |s| s.spans[0].blocked = vec![16]),
        ("/spans/0/signalling/called_digits", |s| s.spans[0].signalling = r2(40, 0)),
        ("/spans/0/signalling/caller_after", |s| s.spans[0].signalling = r2(4, 5)),
        ("/agents/0/skills", |s| s.agents[0].skills[0].level = 6),
        ("/agents/1/login", |s| s.agents[1].login = "wang".into()),
        ("/emergency/numbers", |s| s.emergency.numbers.clear()),
        ("/sip/rtp_ports", |s| s.sip.rtp_ports = (16385, 16386)),
        ("/flows/0/nodes/2/queue", |s| s.queues.remove(0).name.clear()),
    ];
    for (at, spoil) in cases {
        let mut settings = proposed();
        spoil(&mut settings);
        let problems = settings.check();
        let found = problems.iter().find(|problem| problem.at == at);
        let found = found.unwrap_or_else(|| panic!("nothing at {at}: {problems:?}"));
        assert!(!found.zh.is_empty() && !found.en.is_empty());
    }
}

/// A change names the member by its key, and never shows a password.
#[test]
fn difference_names_members_and_hides_passwords() {
    let (before, mut after) = (proposed(), proposed());
    after.queues[1].ring_seconds = 20;
    after.extensions[0].password = "another-secret".into();
    after.agents.remove(2);
    let changes = difference(&before, &after);
    let at: Vec<&str> = changes.iter().map(|change| change.at.as_str()).collect();
    assert_eq!(at, ["/agents/[3]", "/extensions/[8001]/password", "/queues/[2]/ring_seconds"]);
    assert_eq!(changes[2].after, Some(json!(20)));
    assert!(!serde_json::to_string(&changes).unwrap().contains("secret"));
}

#[test]
fn no_change_is_no_difference() {
    assert_eq!(difference(&proposed(), &proposed()), []);
}

/// Replaces the value at one place by another kind of value.
fn spoil(value: &mut Value, path: &[usize], with: &Value) {
    let Some((step, rest)) = path.split_first() else { return *value = with.clone() };
    match value {
        Value::Object(object) if !object.is_empty() => {
            let count = object.len();
            if let Some(member) = object.values_mut().nth(step % count) {
                spoil(member, rest, with);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let count = list.len();
            spoil(&mut list[step % count], rest, with);
        }
        _ => *value = with.clone(),
    }
}

proptest! {
    /// Settings spoilt anywhere are refused by the parser or checked without a panic.
    #[test]
    fn spoilt_settings_are_survived(path in prop::collection::vec(0usize..20, 1..5), number in any::<i32>(), kind in 0u8..4) {
        let with = match kind {
            0 => json!(number),
            1 => json!("x"),
            2 => json!([]),
            _ => json!(number.unsigned_abs() % 300),
        };
        let mut value = serde_json::to_value(proposed()).unwrap();
        spoil(&mut value, &path, &with);
        if let Ok(settings) = serde_json::from_value::<Settings>(value) {
            settings.check();
            difference(&proposed(), &settings);
        }
    }
}

/// IVR-01: a flow that is edited gets the next version, even if the draft was made from an old one; one left alone keeps its own.
#[test]
fn an_edited_flow_is_a_new_version() {
    use settings::{FlowSettings, Node, NodeKind, flows_with_versions};
    let flow = |id: u32, version: u32, title: &str| FlowSettings {
        id: identity::FlowId(id),
        name: "Welcome".into(),
        version,
        start: "bye".into(),
        nodes: vec![Node {
            id: "bye".into(),
            title: title.into(),
            kind: NodeKind::HangUp { prompts: vec!["goodbye".into()] },
        }],
    };
    let in_force = [flow(1, 7, "Bye"), flow(2, 3, "Bye")];
    let draft = vec![flow(1, 2, "Good night"), flow(2, 9, "Bye"), flow(3, 0, "Bye")];
    let versions: Vec<u32> = flows_with_versions(&in_force, draft).iter().map(|flow| flow.version).collect();
    assert_eq!(versions, [8, 3, 1]);
}
