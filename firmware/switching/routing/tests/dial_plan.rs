//! Where numbers lead, as a caller or a colleague dials them.

use identity::{FlowId, GroupId, QueueId};
use numbering::{Cause, ClearCause, Digits};
use routing::{Answer, Asker, DialPlan, Found, Route, may_try_next};
use settings::{ExtensionSettings, GroupSettings, OutboundRoute, Selection, ServiceRoute, Settings, Target};

fn digits(text: &str) -> Digits {
    text.parse().expect("digits")
}

fn extension(number: &str, may_dial_out: bool) -> ExtensionSettings {
    ExtensionSettings {
        number: digits(number),
        name: number.into(),
        password: String::new(),
        may_dial_out,
        port: None,
        fax: None,
    }
}

fn service(pattern: &str, target: Target) -> ServiceRoute {
    ServiceRoute { pattern: pattern.into(), name: format!("service {pattern}"), target }
}

fn group(id: u32) -> GroupSettings {
    let selection = Selection::Ascending;
    GroupSettings { id: GroupId(id), name: id.to_string(), selection, spans: vec![], calling: None }
}

fn house() -> Settings {
    Settings {
        groups: vec![group(1), group(2)],
        extensions: vec![
            extension("801", true),
            extension("802", false),
            extension("8031", true),
            extension("812345", true),
        ],
        services: vec![
            service("4008001", Target::Flow(FlowId(1))),
            service("400800x", Target::Queue(QueueId(7))),
            service("95001.", Target::Flow(FlowId(2))),
            service("66", Target::Number(digits("801"))),
            service("67", Target::Number(digits("68"))),
            service("68", Target::Number(digits("67"))),
            service("69", Target::Number(digits("013800138000"))),
        ],
        outbound: vec![OutboundRoute {
            pattern: "0.".into(),
            name: "outside line".into(),
            strip: 1,
            prepend: digits("17909"),
            groups: vec![GroupId(2), GroupId(1)],
        }],
        ..Settings::default()
    }
}

fn ask(asker: Asker, number: &str) -> Answer {
    DialPlan::new(&house()).look_up(&asker, &digits(number))
}

fn from_801() -> Asker {
    Asker::Extension(digits("801"))
}

fn route(answer: Answer) -> Route {
    match answer {
        Answer::Complete(Found { route, .. }) | Answer::CompleteOrMore(Found { route, .. }) => route,
        other => panic!("no route: {other:?}"),
    }
}

/// SW-03: extensions of 3, 4, 5 and 6 digits live side by side.
#[test]
fn extensions_of_three_to_six_digits() {
    for number in ["801", "8031", "812345"] {
        assert_eq!(
            ask(from_801(), number),
            Answer::Complete(Found { route: Route::Extension(digits(number)), service: None })
        );
    }
    assert_eq!(ask(from_801(), "803"), Answer::NeedMore);
    assert_eq!(ask(from_801(), "804"), Answer::Refused(Cause::UnallocatedNumber));
}

/// LIN-08: the called number chooses the service, the first pattern that fits.
#[test]
fn called_number_to_service() {
    assert_eq!(route(ask(Asker::Trunk, "4008001")), Route::Flow(FlowId(1)));
    assert_eq!(route(ask(Asker::Trunk, "4008009")), Route::Queue(QueueId(7)));
    let plan = DialPlan::new(&house());
    let Answer::Complete(found) = plan.look_up(&Asker::Trunk, &digits("4008001")) else { panic!() };
    assert_eq!(plan.service_name(found.service.unwrap()).as_deref(), Some("service 4008001"));
}

/// Overlap receiving: too short, enough but more may follow, wrong.
#[test]
fn digits_one_by_one() {
    assert_eq!(ask(Asker::Trunk, ""), Answer::NeedMore);
    assert_eq!(ask(Asker::Trunk, "400800"), Answer::NeedMore);
    assert!(matches!(ask(Asker::Trunk, "95001"), Answer::CompleteOrMore(_)));
    assert!(matches!(ask(Asker::Trunk, "950012"), Answer::CompleteOrMore(_)));
    assert_eq!(ask(Asker::Trunk, "4009"), Answer::Refused(Cause::UnallocatedNumber));
}

/// An outside number goes to the groups in order, stripped and prefixed.
#[test]
fn outside_over_groups_in_order() {
    let Route::Trunks { groups, number } = route(ask(from_801(), "02161234567")) else { panic!() };
    assert_eq!(*groups, [GroupId(2), GroupId(1)]);
    assert_eq!(number, digits("179092161234567"));
}

/// An extension without the right to dial out stays inside.
#[test]
fn barred_extension() {
    assert_eq!(ask(Asker::Extension(digits("802")), "02161234567"), Answer::Refused(Cause::OutgoingCallsBarred));
    assert_eq!(route(ask(Asker::Extension(digits("802")), "801")), Route::Extension(digits("801")));
}

/// 110, 119, 120, 122 work from every telephone, barred or not, with or without the outside-line digit.
#[test]
fn emergency_past_every_rule() {
    for number in ["110", "119", "120", "122", "0110", "0120"] {
        let Route::Emergency { groups, number: sent } = route(ask(Asker::Extension(digits("802")), number)) else {
            panic!("{number} is not an emergency call");
        };
        assert_eq!(*groups, [GroupId(1), GroupId(2)]);
        assert_eq!(sent.len(), 3);
    }
}

/// Digits that a stranger dials never leave by another trunk: no toll fraud through the box. A target that the
/// administrator set does (ACD-07: a mobile).
#[test]
fn no_trunk_to_trunk_by_dialling() {
    assert_eq!(ask(Asker::Trunk, "013800138000"), Answer::Refused(Cause::UnallocatedNumber));
    assert_eq!(ask(Asker::Trunk, "110"), Answer::Refused(Cause::UnallocatedNumber));
    assert!(matches!(route(ask(Asker::Trunk, "69")), Route::Trunks { .. }));
}

/// Services that name each other end in a refusal, not in a loop.
#[test]
fn loops_end() {
    assert_eq!(route(ask(Asker::Trunk, "66")), Route::Extension(digits("801")));
    assert_eq!(ask(Asker::Trunk, "67"), Answer::Refused(Cause::Other(25)));
}

/// Park slots are reached from inside only.
#[test]
fn park_slots() {
    assert_eq!(route(ask(from_801(), "705")), Route::Parked(digits("705")));
    assert_eq!(ask(from_801(), "70"), Answer::NeedMore);
    assert_eq!(ask(Asker::Trunk, "705"), Answer::Refused(Cause::UnallocatedNumber));
    assert_eq!(DialPlan::new(&house()).park_slots().count(), 20);
}

/// A busy subscriber is busy over every route; a full group is not the last word.
#[test]
fn causes_that_try_the_next_route() {
    for cause in [34, 38, 41, 42, 44, 47] {
        assert!(may_try_next(ClearCause::ours(Cause::from_value(cause))), "{cause}");
    }
    for cause in [1, 16, 17, 18, 19, 21, 28] {
        assert!(!may_try_next(ClearCause::ours(Cause::from_value(cause))), "{cause}");
    }
}
