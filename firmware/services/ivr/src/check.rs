use crate::calendar;
use crate::flow::{prompts, targets, variables, waits};
use crate::template;
use serde::Serialize;
use settings::{FlowSettings, Node, NodeId, NodeKind};
use std::collections::{BTreeMap, BTreeSet};

/// Something wrong with a flow, at a node, with its mend, in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// The node; empty: the flow as a whole.
    pub node: NodeId,
    pub severity: Severity,
    pub zh: String,
    pub en: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The flow cannot be used.
    Error,
    /// The flow can be used, but surely not as meant.
    Warning,
}

fn error(node: &str, zh: String, en: String) -> Problem {
    Problem { node: node.to_owned(), severity: Severity::Error, zh, en }
}

fn warning(node: &str, zh: String, en: String) -> Problem {
    Problem { node: node.to_owned(), severity: Severity::Warning, zh, en }
}

/// Everything that is wrong with a flow. `known`: the names of all prompts (see [`crate::prompts::known`]); none leaves prompts
/// unchecked. Flows may be of any depth and size.
pub fn check(flow: &FlowSettings, known: Option<&BTreeSet<String>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let nodes = names(flow, &mut problems);
    links(flow, &nodes, &mut problems);
    reach(flow, &nodes, &mut problems);
    circles(&nodes, &mut problems);
    let set = variables(flow);
    for node in &flow.nodes {
        contents(node, &mut problems);
        spoken(node, &set, known, &mut problems);
    }
    problems
}

fn names<'a>(flow: &'a FlowSettings, problems: &mut Vec<Problem>) -> BTreeMap<&'a str, &'a Node> {
    let mut nodes = BTreeMap::new();
    for node in &flow.nodes {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if node.id.is_empty() || !node.id.chars().all(plain) {
            problems.push(error(
                &node.id,
                "节点名只能用小写字母、数字、“-”和“_”。".into(),
                "A node's name is made of lower-case letters, digits, - and _.".into(),
            ));
        }
        if nodes.insert(node.id.as_str(), node).is_some() {
            problems.push(error(
                &node.id,
                "有两个节点同名，请改其中一个的名字。".into(),
                "Two nodes have this name; rename one.".into(),
            ));
        }
    }
    if !nodes.contains_key(flow.start.as_str()) {
        problems.push(error(
            "",
            format!("起始节点“{}”不存在，请选择一个节点作为起点。", flow.start),
            format!("The start node \"{}\" does not exist; choose a node to start with.", flow.start),
        ));
    }
    nodes
}

fn links(flow: &FlowSettings, nodes: &BTreeMap<&str, &Node>, problems: &mut Vec<Problem>) {
    for node in &flow.nodes {
        let missing: BTreeSet<&NodeId> =
            targets(&node.kind).into_iter().filter(|next| !nodes.contains_key(next.as_str())).collect();
        for next in missing {
            problems.push(error(
                &node.id,
                format!("指向的节点“{next}”不存在，请把连线接到一个节点上。"),
                format!("It leads to the node \"{next}\", which does not exist; connect it to a node."),
            ));
        }
    }
}

fn reach(flow: &FlowSettings, nodes: &BTreeMap<&str, &Node>, problems: &mut Vec<Problem>) {
    let mut reached = BTreeSet::new();
    let mut open = vec![flow.start.as_str()];
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(id) else { continue };
        if reached.insert(id) {
            open.extend(targets(&node.kind).into_iter().map(String::as_str));
        }
    }
    for id in nodes.keys().filter(|id| !reached.contains(*id)) {
        problems.push(warning(
            id,
            "没有任何连线通到这个节点，来电者永远走不到这里。".into(),
            "Nothing leads to this node: no caller ever gets here.".into(),
        ));
    }
}

/// Circles of nodes none of which waits for a key: such a circle would run for ever. Nodes that lead out of every circle, or into
/// none, are taken away until nothing changes; what is left runs in circles.
fn circles(nodes: &BTreeMap<&str, &Node>, problems: &mut Vec<Problem>) {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, node) in nodes.iter().filter(|(_, node)| !waits(&node.kind)) {
        let next = targets(&node.kind).into_iter().map(String::as_str);
        left.insert(id, next.filter(|next| nodes.get(next).is_some_and(|node| !waits(&node.kind))).collect());
    }
    prune(&mut left);
    left = reversed(&left);
    prune(&mut left);
    for id in left.keys() {
        problems.push(error(
            id,
            "这些节点首尾相连，中间没有等待按键的节点，流程会无休止地转圈；请在圈内加一个菜单或收号节点。".into(),
            "These nodes run in a circle in which nothing waits for a key; put a menu or a digit collection into it."
                .into(),
        ));
    }
}

/// Takes away nodes that lead nowhere, and then those that led only there.
fn prune<'a>(left: &mut BTreeMap<&'a str, BTreeSet<&'a str>>) {
    let back = reversed(left);
    let mut dead: Vec<&str> = left.iter().filter(|(_, next)| next.is_empty()).map(|(id, _)| *id).collect();
    while let Some(id) = dead.pop() {
        left.remove(id);
        for before in back.get(id).into_iter().flatten() {
            if let Some(next) = left.get_mut(before)
                && next.remove(id)
                && next.is_empty()
            {
                dead.push(before);
            }
        }
    }
}

fn reversed<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut back: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|id| (*id, BTreeSet::new())).collect();
    for (id, next) in graph {
        for to in next {
            back.entry(to).or_default().insert(id);
        }
    }
    back
}

/// Numbers out of range, and nodes that lack what they need.
fn contents(node: &Node, problems: &mut Vec<Problem>) {
    let mut say = |zh: &str, en: &str| problems.push(error(&node.id, zh.to_owned(), en.to_owned()));
    match &node.kind {
        NodeKind::Play { prompts, .. } if prompts.is_empty() => {
            say("没有要播放的提示音，请选一个。", "There is nothing to play; choose a prompt.");
        }
        NodeKind::Menu { prompts, keys, timeout_seconds, attempts, .. } => {
            if keys.is_empty() {
                say("菜单没有任何按键，请至少加一个。", "The menu has no key; add one at least.");
            }
            if prompts.is_empty() {
                say(
                    "菜单没有提示音，来电者不知道按什么。",
                    "The menu has no prompt; callers cannot know what to press.",
                );
            }
            tries(*timeout_seconds, *attempts, &mut say);
        }
        NodeKind::Collect { variable, min, max, timeout_seconds, attempts, .. } => {
            if variable.is_empty() {
                say("请给收到的号码起一个变量名。", "Name the variable that takes the digits.");
            }
            if min > max || !(1..=32).contains(max) {
                say("位数必须在1到32之间，最少不能多于最多。", "Digits: 1 to 32, and the least not above the most.");
            }
            tries(*timeout_seconds, *attempts, &mut say);
        }
        NodeKind::Time { open, holidays, .. } => {
            let days = open.iter().all(|day| day.days.iter().all(|day| (1..=7).contains(day)));
            let times = open.iter().flat_map(|day| &day.times).all(|range| range.from < range.to && range.to <= 1440);
            if !days || !times {
                say(
                    "时间段要写成从早到晚，跨过午夜的请分成两段；星期用1到7。",
                    "A time runs from earlier to later, split it at midnight; days are 1 to 7.",
                );
            }
            if !holidays.iter().all(|holiday| calendar::is_date(holiday)) {
                say(
                    "节假日写成2026-10-01，每年相同的写成10-01。",
                    "Write a holiday as 2026-10-01, or 10-01 for every year.",
                );
            }
        }
        NodeKind::Set { variable, .. } | NodeKind::Branch { variable, .. } if variable.is_empty() => {
            say("请填写变量名。", "Name the variable.");
        }
        NodeKind::Queue { priority: Some(class), .. } if !(1..=9).contains(class) => {
            say("优先级是1（最先）到9。", "The priority class is 1 (first) to 9.");
        }
        NodeKind::Play { .. }
        | NodeKind::Set { .. }
        | NodeKind::Branch { .. }
        | NodeKind::Queue { .. }
        | NodeKind::Transfer { .. }
        | NodeKind::Voicemail { .. }
        | NodeKind::HangUp { .. } => {}
    }
}

fn tries(timeout_seconds: u32, attempts: u8, say: &mut impl FnMut(&str, &str)) {
    if !(1..=60).contains(&timeout_seconds) {
        say("等待按键的时间是1到60秒。", "The wait for a key is 1 to 60 seconds.");
    }
    if !(1..=9).contains(&attempts) {
        say("重试次数是1到9。", "Tries are 1 to 9.");
    }
}

fn spoken(node: &Node, set: &BTreeSet<&str>, known: Option<&BTreeSet<String>>, problems: &mut Vec<Problem>) {
    let value = match &node.kind {
        NodeKind::Set { value, .. } => Some(value),
        _ => None,
    };
    let templates: Vec<&String> = prompts(&node.kind).into_iter().chain(value).collect();
    let unset: BTreeSet<&str> = templates
        .iter()
        .flat_map(|template| template::variables(template))
        .filter(|name| !set.contains(name))
        .collect();
    for name in unset {
        problems.push(error(
            &node.id,
            format!("变量“{name}”从未被赋值。"),
            format!("The variable \"{name}\" is never set."),
        ));
    }
    for template in prompts(&node.kind).into_iter().filter(|template| template::unspeakable(template)) {
        problems.push(error(
            &node.id,
            format!("“{template}”读不出来：金额写作 amount:129.50，日期写作 date:2026-10-01，时间写作 time:09:05，其余写数字。"),
            format!(
                "\"{template}\" cannot be spoken: write amount:129.50, date:2026-10-01 or time:09:05; after the others, digits."
            ),
        ));
    }
    let Some(known) = known else { return };
    let missing: BTreeSet<&String> = prompts(&node.kind)
        .into_iter()
        .filter(|template| template::fixed(template) && !known.contains(template.as_str()))
        .collect();
    for name in missing {
        problems.push(error(
            &node.id,
            format!("提示音“{name}”不存在，请先在提示音中添加。"),
            format!("The prompt \"{name}\" does not exist; add it under prompts first."),
        ));
    }
}
