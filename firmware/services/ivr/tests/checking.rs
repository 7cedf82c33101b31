//! What the check finds, and that no flow whatever makes the walk run away.

use clock::Now;
use identity::{FlowId, PlayId, QueueId};
use ivr::{Context, Flow, Severity, Walk, WalkOutput, check};
use numbering::Key;
use proptest::prelude::*;
use settings::{FlowSettings, Language, Match, Node, NodeKind};
use std::collections::BTreeMap;
use std::sync::Arc;

fn node(id: &str, kind: NodeKind) -> Node {
    Node { id: id.into(), title: id.into(), kind }
}

fn flow(nodes: Vec<Node>) -> FlowSettings {
    FlowSettings { id: FlowId(1), name: "test".into(), version: 1, start: nodes[0].id.clone(), nodes }
}

fn play(prompt: &str, next: &str) -> NodeKind {
    NodeKind::Play { prompts: vec![prompt.into()], interruptible: false, next: next.into() }
}

fn menu(next: &str, otherwise: &str) -> NodeKind {
    NodeKind::Menu {
        prompts: vec!["menu".into()],
        keys: BTreeMap::from([(Key::new('1').expect("is there"), next.to_owned())]),
        timeout_seconds: 5,
        attempts: 2,
        invalid_prompt: String::new(),
        otherwise: otherwise.into(),
    }
}

fn hang_up() -> NodeKind {
    NodeKind::HangUp { prompts: vec![] }
}

fn errors_at(flow: &FlowSettings) -> Vec<String> {
    let known = ivr::prompts::known(&[]);
    let problems = check(flow, Some(&known)).into_iter();
    problems.filter(|problem| problem.severity == Severity::Error).map(|problem| problem.node).collect()
}

/// A flow without fault gives no problem at all.
#[test]
fn a_sound_flow_is_let_through() {
    let sound = flow(vec![node("menu", menu("menu", "bye")), node("bye", hang_up())]);
    assert_eq!(check(&sound, Some(&ivr::prompts::known(&[]))), []);
}

/// A connection to nowhere is named with the node it leaves from, in both languages.
#[test]
fn a_loose_end_is_named() {
    let loose = flow(vec![node("greet", play("welcome", "gone"))]);
    let problems = check(&loose, None);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].node, "greet");
    assert!(problems[0].zh.contains("gone") && problems[0].en.contains("gone"));
    assert!(Flow::compile(&loose).is_err());
}

/// A node that no caller reaches is pointed out but does not stop the flow.
#[test]
fn an_island_is_pointed_out() {
    let island = flow(vec![node("bye", hang_up()), node("lost", play("welcome", "bye"))]);
    let problems = check(&island, None);
    assert_eq!((problems.len(), problems[0].node.as_str(), problems[0].severity), (1, "lost", Severity::Warning));
    assert!(Flow::compile(&island).is_ok());
}

/// A circle in which nothing waits would play for ever: each node of it is marked, and none beside it.
#[test]
fn a_circle_without_a_menu_is_refused() {
    let circle = flow(vec![
        node("in", play("welcome", "a")),
        node("a", play("news", "b")),
        node(
            "b",
            NodeKind::Branch {
                variable: "called".into(),
                cases: vec![Match { pattern: "1.".into(), next: "bye".into() }],
                otherwise: "a".into(),
            },
        ),
        node("bye", hang_up()),
    ]);
    assert_eq!(errors_at(&circle), ["a", "b"]);
    let waits = flow(vec![node("a", play("news", "b")), node("b", menu("a", "a"))]);
    assert_eq!(errors_at(&waits), Vec::<String>::new());
}

/// Missing prompts, empty menus, ranges that cannot be, and variables nobody sets are each named.
#[test]
fn other_faults() {
    let mut empty = menu("bye", "bye");
    if let NodeKind::Menu { keys, attempts, .. } = &mut empty {
        keys.clear();
        *attempts = 0;
    }
    let faulty = flow(vec![
        node("greet", play("no-such-prompt", "say")),
        node("say", play("digits:${nobody}", "menu")),
        node("menu", empty),
        node("bye", hang_up()),
        node("queue", NodeKind::Queue { queue: QueueId(1), priority: Some(12) }),
    ]);
    assert_eq!(errors_at(&faulty), ["greet", "say", "menu", "menu", "queue"]);
}

fn any_kind() -> impl Strategy<Value = NodeKind> {
    let target = || (0..8usize).prop_map(|index| format!("n{index}"));
    prop_oneof![
        (target(), any::<bool>()).prop_map(|(next, interruptible)| NodeKind::Play {
            prompts: vec!["welcome".into()],
            interruptible,
            next
        }),
        (target(), target()).prop_map(|(next, otherwise)| menu(&next, &otherwise)),
        (target(), target()).prop_map(|(next, otherwise)| NodeKind::Collect {
            prompts: vec!["enter-order".into()],
            variable: "v".into(),
            min: 0,
            max: 3,
            timeout_seconds: 3,
            attempts: 1,
            next,
            otherwise
        }),
        target().prop_map(|next| NodeKind::Set { variable: "v".into(), value: "${v}1".into(), next }),
        (target(), target()).prop_map(|(next, otherwise)| NodeKind::Branch {
            variable: "v".into(),
            cases: vec![Match { pattern: "x.".into(), next }],
            otherwise
        }),
        Just(NodeKind::HangUp { prompts: vec!["goodbye".into()] }),
        Just(NodeKind::Queue { queue: QueueId(1), priority: None }),
    ]
}

proptest! {
    /// Any graph of nodes is either refused or walked without running away: each input passes fewer nodes than there are, and a
    /// walk that is not over waits for a play or a timer.
    #[test]
    fn no_flow_runs_away(kinds in prop::collection::vec(any_kind(), 8), keys in "[0-9*#]{0,40}") {
        let nodes = kinds.into_iter().enumerate().map(|(index, kind)| node(&format!("n{index}"), kind)).collect();
        let Ok(flow) = Flow::compile(&flow(nodes)) else { return Ok(()) };
        let context = Context {
            calling: None, called: "4008001".parse().unwrap(), utc_offset_minutes: 480,
            language: Language::English, first_play: PlayId(1),
        };
        let mut now = Now::default();
        let mut walk = Walk::begin(now, Arc::new(flow), context);
        let mut keys = keys.chars();
        for _ in 0..200 {
            let outputs: Vec<WalkOutput> = std::iter::from_fn(|| walk.poll()).collect();
            let entered = outputs.iter().filter(|output| matches!(output, WalkOutput::NodeEntered { .. })).count();
            // Keys typed ahead may lead through several menus at once, each node between them at most once.
            prop_assert!(entered <= 8 * 33);
            let playing = outputs.iter().rev().find_map(|output| match output {
                WalkOutput::Play { play, .. } => Some(*play),
                _ => None,
            });
            if walk.over() {
                prop_assert_eq!(walk.deadline(), None);
                return Ok(());
            }
            match (keys.next().and_then(Key::new), playing, walk.deadline()) {
                (Some(key), ..) => walk.key(now, key),
                (None, Some(play), _) => walk.play_ended(now, play),
                (None, None, Some(at)) => {
                    now.mono = at;
                    walk.expire(now);
                }
                // A play ordered in an earlier turn is still on.
                (None, None, None) => (1..=walk.next_play().0).for_each(|play| walk.play_ended(now, PlayId(play))),
            }
        }
    }
}
