//! Menus and digit collection: a question, the caller's keys, tries.

use crate::output::WalkOutput;
use crate::walk::{State, Walk};
use clock::{Millis, Monotonic, Now};
use identity::PlayId;
use numbering::{Digits, Key};
use settings::{Node, NodeId, NodeKind};
use std::sync::Arc;

/// A node that asks, and how far it got.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    node: NodeId,
    /// From 1.
    attempt: u8,
    timeout: Millis,
    got: Digits,
    pub phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Prompting { play: PlayId },
    Waiting { until: Monotonic },
}

impl Asking {
    pub(crate) fn first(node: NodeId) -> Asking {
        let phase = Phase::Waiting { until: Monotonic(0) };
        Asking { node, attempt: 1, timeout: Millis::ZERO, got: Digits::default(), phase }
    }

    /// The question was heard: the caller has this long.
    pub(crate) fn wait(&mut self, now: Now) {
        self.phase = Phase::Waiting { until: now.mono + self.timeout };
    }
}

/// What a key or a silence comes to.
enum Verdict {
    /// Lead on.
    Go(NodeId),
    /// More keys are wanted.
    More,
    /// A wrong key or number: say so and ask again, while there are tries.
    Wrong,
    /// Not for this node.
    Ignored,
}

impl Walk {
    /// Asks the node's question, unless keys typed ahead answer it.
    pub(crate) fn ask(&mut self, now: Now, mut asking: Asking) -> Option<NodeId> {
        let flow = Arc::clone(&self.flow);
        let node = flow.nodes.get(&asking.node)?;
        asking.timeout = timeout(node);
        asking.wait(now);
        if self.typed.is_empty() {
            self.pose(now, node, asking, false);
            return None;
        }
        self.state = State::Asking(asking);
        while let (State::Asking(asking), Some(key)) = (&self.state, self.typed.pop_front()) {
            let asking = asking.clone();
            if let Some(next) = self.asked(now, asking, key) {
                return Some(next);
            }
        }
        None
    }

    /// Plays the question and waits; `wrong`: after saying that the answer was.
    fn pose(&mut self, now: Now, node: &Node, mut asking: Asking, wrong: bool) {
        let mut prompts = Vec::new();
        if let NodeKind::Menu { invalid_prompt, .. } = &node.kind
            && wrong
        {
            prompts.push(invalid_prompt.clone());
        }
        prompts.extend(question(node).iter().cloned());
        asking.got = Digits::default();
        match self.play(&prompts) {
            Some(play) => asking.phase = Phase::Prompting { play },
            None => asking.wait(now),
        }
        self.state = State::Asking(asking);
    }

    /// The caller pressed a key at a node that asks.
    pub(crate) fn asked(&mut self, now: Now, mut asking: Asking, key: Key) -> Option<NodeId> {
        let flow = Arc::clone(&self.flow);
        let node = flow.nodes.get(&asking.node)?;
        let verdict = match &node.kind {
            NodeKind::Menu { keys, .. } => keys.get(&key).map_or(Verdict::Wrong, |next| Verdict::Go(next.clone())),
            NodeKind::Collect { min, max, next, .. } => {
                collect(&mut asking.got, key, usize::from(*min), usize::from(*max), next)
            }
            _ => Verdict::Ignored,
        };
        if matches!(verdict, Verdict::Ignored) {
            return None;
        }
        self.say(WalkOutput::KeyTaken { key });
        if let Phase::Prompting { play } = asking.phase {
            self.say(WalkOutput::StopPlay { play });
        }
        match verdict {
            Verdict::Go(next) => {
                self.keep(node, &asking.got);
                Some(next)
            }
            Verdict::More => {
                asking.wait(now);
                self.state = State::Asking(asking);
                None
            }
            Verdict::Wrong | Verdict::Ignored => self.again(now, node, asking, true),
        }
    }

    /// The caller said nothing for too long.
    pub(crate) fn unanswered(&mut self, now: Now, asking: Asking) -> Option<NodeId> {
        let flow = Arc::clone(&self.flow);
        let node = flow.nodes.get(&asking.node)?;
        if let NodeKind::Collect { min, next, .. } = &node.kind {
            let enough = !asking.got.is_empty() && asking.got.len() >= usize::from(*min);
            if enough {
                self.keep(node, &asking.got);
                return Some(next.clone());
            }
        }
        self.again(now, node, asking, false)
    }

    /// The next try, or the way out when there are none left. Keys typed ahead of a wrong one are void.
    fn again(&mut self, now: Now, node: &Node, mut asking: Asking, wrong: bool) -> Option<NodeId> {
        self.typed.clear();
        let (attempts, otherwise) = match &node.kind {
            NodeKind::Menu { attempts, otherwise, .. } | NodeKind::Collect { attempts, otherwise, .. } => {
                (*attempts, otherwise)
            }
            _ => return None,
        };
        if asking.attempt >= attempts {
            return Some(otherwise.clone());
        }
        asking.attempt += 1;
        self.pose(now, node, asking, wrong);
        None
    }

    fn keep(&mut self, node: &Node, got: &Digits) {
        if let NodeKind::Collect { variable, .. } = &node.kind {
            self.memory.set(variable, got.as_str().to_owned());
        }
    }
}

/// `#` ends the number, `*` begins it anew.
fn collect(got: &mut Digits, key: Key, min: usize, max: usize, next: &NodeId) -> Verdict {
    match key.as_char() {
        '#' if got.len() >= min => Verdict::Go(next.clone()),
        '#' => Verdict::Wrong,
        '*' => {
            *got = Digits::default();
            Verdict::More
        }
        '0'..='9' => {
            got.push(key);
            if got.len() >= max { Verdict::Go(next.clone()) } else { Verdict::More }
        }
        _ => Verdict::Ignored,
    }
}

fn timeout(node: &Node) -> Millis {
    match &node.kind {
        NodeKind::Menu { timeout_seconds, .. } | NodeKind::Collect { timeout_seconds, .. } => {
            Millis::secs(u64::from(*timeout_seconds))
        }
        _ => Millis::ZERO,
    }
}

fn question(node: &Node) -> &[String] {
    match &node.kind {
        NodeKind::Menu { prompts, .. } | NodeKind::Collect { prompts, .. } => prompts,
        _ => &[],
    }
}
