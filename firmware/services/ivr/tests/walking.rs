//! Callers on their way through flows.

use clock::{Millis, Now, WallTime};
use identity::{FlowId, PlayId, QueueId};
use ivr::{Context, Flow, HangUp, Walk, WalkOutput};
use numbering::Key;
use settings::{DayTimes, FlowSettings, Language, Match, Node, NodeKind, TimeRange};
use std::collections::BTreeMap;
use std::sync::Arc;

fn node(id: &str, kind: NodeKind) -> Node {
    Node { id: id.into(), title: id.to_uppercase(), kind }
}

fn play(prompt: &str, interruptible: bool, next: &str) -> NodeKind {
    NodeKind::Play { prompts: vec![prompt.into()], interruptible, next: next.into() }
}

fn queue(id: u32) -> NodeKind {
    NodeKind::Queue { queue: QueueId(id), priority: None }
}

fn hang_up() -> NodeKind {
    NodeKind::HangUp { prompts: vec!["goodbye".into()] }
}

fn menu(keys: &[(char, &str)], attempts: u8, otherwise: &str) -> NodeKind {
    let keys: BTreeMap<Key, String> =
        keys.iter().map(|(key, next)| (Key::new(*key).expect("is there"), (*next).into())).collect();
    NodeKind::Menu {
        prompts: vec!["menu".into()],
        keys,
        timeout_seconds: 5,
        attempts,
        invalid_prompt: "invalid-key".into(),
        otherwise: otherwise.into(),
    }
}

fn collect(min: u8, max: u8, next: &str) -> NodeKind {
    NodeKind::Collect {
        prompts: vec!["enter-order".into()],
        variable: "order".into(),
        min,
        max,
        timeout_seconds: 4,
        attempts: 2,
        next: next.into(),
        otherwise: "bye".into(),
    }
}

fn flow(nodes: Vec<Node>) -> Arc<Flow> {
    let start = nodes[0].id.clone();
    let flow = FlowSettings { id: FlowId(1), name: "test".into(), version: 3, start, nodes };
    Arc::new(Flow::compile(&flow).expect("a sound flow"))
}

/// A caller in a flow, and what was done for it so far.
struct Caller {
    now: Now,
    walk: Walk,
    seen: Vec<WalkOutput>,
}

impl Caller {
    fn enters(flow: Arc<Flow>) -> Caller {
        Caller::enters_at(flow, WallTime(1_767_222_000_000))
    }

    fn enters_at(flow: Arc<Flow>, wall: WallTime) -> Caller {
        let now = Now { wall, ..Now::default() };
        let context = Context {
            calling: Some("13800138000".parse().expect("is there")),
            called: "4008001".parse().expect("is there"),
            utc_offset_minutes: 480,
            language: Language::Chinese,
            first_play: PlayId(1),
        };
        let mut caller = Caller { now, walk: Walk::begin(now, flow, context), seen: Vec::new() };
        caller.look();
        caller
    }

    fn look(&mut self) {
        while let Some(output) = self.walk.poll() {
            self.seen.push(output);
        }
    }

    fn hears_out(&mut self) -> &mut Caller {
        let last = self.seen.iter().rev().find_map(|output| match output {
            WalkOutput::Play { play, .. } => Some(*play),
            _ => None,
        });
        self.walk.play_ended(self.now, last.expect("something was played"));
        self.look();
        self
    }

    fn presses(&mut self, keys: &str) -> &mut Caller {
        for key in keys.chars().map(|c| Key::new(c).expect("is there")) {
            self.walk.key(self.now, key);
            self.look();
        }
        self
    }

    fn waits(&mut self, seconds: u64) -> &mut Caller {
        self.now = self.now + Millis::secs(seconds);
        self.walk.expire(self.now);
        self.look();
        self
    }

    fn heard(&self) -> Vec<String> {
        let prompts = self.seen.iter().filter_map(|output| match output {
            WalkOutput::Play { prompts, .. } => Some(prompts),
            _ => None,
        });
        prompts.flatten().map(|prompt| format!("{}:{}", prompt.language, prompt.name)).collect()
    }

    fn passed(&self) -> Vec<&str> {
        self.seen
            .iter()
            .filter_map(|output| match output {
                WalkOutput::NodeEntered { id, .. } => Some(id.as_str()),
                _ => None,
            })
            .collect()
    }

    fn last(&self) -> &WalkOutput {
        self.seen.last().expect("something happened")
    }
}

/// IVR-05: greeting, menu, key, queue; the agent's screen gets the nodes passed.
#[test]
fn greeting_menu_queue() {
    let nodes = vec![
        node("greet", play("welcome", false, "menu")),
        node("menu", menu(&[('1', "orders")], 3, "bye")),
        node("orders", queue(7)),
        node("bye", hang_up()),
    ];
    let mut caller = Caller::enters(flow(nodes));
    caller.hears_out().hears_out().presses("1");
    assert_eq!(caller.passed(), ["greet", "menu", "orders"]);
    assert_eq!(*caller.last(), WalkOutput::Queue { queue: QueueId(7), priority: None });
    assert!(caller.walk.over());
}

/// IVR-06: who knows the menu presses the key during the greeting and hears neither news nor menu.
#[test]
fn a_key_during_the_greeting_reaches_the_menu() {
    let nodes = vec![
        node("greet", play("welcome", true, "news")),
        node("news", play("news", true, "menu")),
        node("menu", menu(&[('2', "orders")], 3, "bye")),
        node("orders", queue(7)),
        node("bye", hang_up()),
    ];
    let mut caller = Caller::enters(flow(nodes));
    caller.presses("2");
    assert_eq!(caller.heard(), ["zh:welcome"]);
    assert!(caller.seen.contains(&WalkOutput::StopPlay { play: PlayId(1) }));
    assert_eq!(*caller.last(), WalkOutput::Queue { queue: QueueId(7), priority: None });
}

/// A legal notice must be heard out: keys during it do nothing.
#[test]
fn a_notice_cannot_be_skipped() {
    let nodes = vec![node("notice", play("recorded", false, "bye")), node("bye", hang_up())];
    let mut caller = Caller::enters(flow(nodes));
    caller.presses("1");
    assert_eq!(caller.passed(), ["notice"]);
}

/// A wrong key is told so and the menu comes again; after the last try the caller is led on, not left.
#[test]
fn wrong_keys_lead_out_after_the_last_try() {
    let nodes =
        vec![node("menu", menu(&[('1', "orders")], 2, "bye")), node("orders", queue(7)), node("bye", hang_up())];
    let mut caller = Caller::enters(flow(nodes));
    caller.presses("9");
    assert_eq!(caller.heard(), ["zh:menu", "zh:invalid-key", "zh:menu"]);
    caller.presses("9");
    assert_eq!(caller.passed(), ["menu", "bye"]);
    caller.hears_out();
    assert_eq!(*caller.last(), WalkOutput::HangUp { why: HangUp::Asked });
}

/// PER-09: a silent caller hears the menu again after its time, then the way out; no timer runs afterwards.
#[test]
fn silence_leads_out_too() {
    let nodes = vec![node("menu", menu(&[('1', "bye")], 2, "bye")), node("bye", hang_up())];
    let mut caller = Caller::enters(flow(nodes));
    caller.hears_out().waits(4);
    assert_eq!(caller.heard().len(), 1);
    caller.waits(1).hears_out().waits(5);
    assert_eq!(caller.passed(), ["menu", "bye"]);
    assert_eq!(caller.walk.deadline(), None);
}

/// IVR-08: digits are collected up to the pound key, spoken back one by one, and decide the branch.
#[test]
fn an_order_number_is_collected_and_read_back() {
    let readback = NodeKind::Play {
        prompts: vec!["you-entered".into(), "digits:${order}".into()],
        interruptible: true,
        next: "which".into(),
    };
    let which = NodeKind::Branch {
        variable: "order".into(),
        cases: vec![Match { pattern: "8xx".into(), next: "sales".into() }],
        otherwise: "bye".into(),
    };
    let nodes = vec![
        node("ask", collect(3, 8, "readback")),
        node("readback", readback),
        node("which", which),
        node("sales", queue(2)),
        node("bye", hang_up()),
    ];
    let mut caller = Caller::enters(flow(nodes));
    caller.presses("12*805#");
    assert_eq!(caller.heard()[1..], ["zh:you-entered", "zh:digits/8", "zh:digits/0", "zh:digits/5"]);
    caller.hears_out();
    assert_eq!(caller.passed().last(), Some(&"sales"));
}

/// A caller who stops keying in the middle of a number that is long enough is understood; too short a number is asked for again.
#[test]
fn a_pause_ends_the_number() {
    let nodes = || vec![node("ask", collect(3, 8, "sales")), node("sales", queue(2)), node("bye", hang_up())];
    let mut patient = Caller::enters(flow(nodes()));
    patient.presses("805").waits(4);
    assert_eq!(patient.passed().last(), Some(&"sales"));
    let mut brief = Caller::enters(flow(nodes()));
    brief.presses("80").waits(4);
    assert_eq!((brief.passed().last(), brief.heard().len()), (Some(&"ask"), 2));
}

/// IVR-05: the language chosen holds for every prompt after it; a priority set counts in the queue.
#[test]
fn language_and_priority_are_set() {
    let set = |variable: &str, value: &str, next: &str| NodeKind::Set {
        variable: variable.into(),
        value: value.into(),
        next: next.into(),
    };
    let nodes = vec![
        node("english", set("language", "en", "vip")),
        node("vip", set("priority", "1", "greet")),
        node("greet", play("welcome", false, "orders")),
        node("orders", queue(7)),
    ];
    let mut caller = Caller::enters(flow(nodes));
    caller.hears_out();
    assert_eq!(caller.heard(), ["en:welcome"]);
    assert_eq!(*caller.last(), WalkOutput::Queue { queue: QueueId(7), priority: Some(1) });
}

/// ACD-14, ACD-15: within hours the caller goes to the agents, outside hears that the office is closed.
#[test]
fn hours_decide() {
    let hours = NodeKind::Time {
        open: vec![DayTimes { days: vec![1, 2, 3, 4, 5], times: vec![TimeRange { from: 540, to: 1260 }] }],
        holidays: vec![],
        when_open: "orders".into(),
        when_closed: "closed".into(),
    };
    let nodes = || {
        let closed = NodeKind::HangUp { prompts: vec!["closed".into()] };
        vec![node("hours", hours.clone()), node("orders", queue(7)), node("closed", closed)]
    };
    let thursday_7_00 = WallTime(1_767_222_000_000);
    assert_eq!(Caller::enters_at(flow(nodes()), thursday_7_00).passed(), ["hours", "closed"]);
    assert_eq!(Caller::enters_at(flow(nodes()), thursday_7_00 + Millis::secs(7200)).passed(), ["hours", "orders"]);
}

/// IVR-03: a tree of 150 levels works; depth has no limit of its own.
#[test]
fn a_tree_of_150_levels() {
    let mut nodes: Vec<Node> = (0..150)
        .map(|level| node(&format!("m{level}"), menu(&[('1', &format!("m{}", level + 1))], 1, "bye")))
        .collect();
    nodes.push(node("m150", queue(7)));
    nodes.push(node("bye", hang_up()));
    let mut caller = Caller::enters(flow(nodes));
    caller.presses(&"1".repeat(150));
    assert_eq!(*caller.last(), WalkOutput::Queue { queue: QueueId(7), priority: None });
}

/// A variable written into itself without end stays short.
#[test]
fn a_growing_variable_is_cut() {
    let double = NodeKind::Set { variable: "a".into(), value: "${a}${a}x".into(), next: "menu".into() };
    let nodes = vec![node("double", double), node("menu", menu(&[('1', "double")], 1, "bye")), node("bye", hang_up())];
    let mut caller = Caller::enters(flow(nodes));
    caller.presses(&"1".repeat(60));
    assert_eq!(caller.walk.variable("a").map(str::len), Some(128));
}
