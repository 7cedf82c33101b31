use crate::ask::{Asking, Phase};
use crate::calendar;
use crate::flow::Flow;
use crate::output::{HangUp, WalkOutput};
use crate::speak;
use crate::template;
use clock::{Monotonic, Now};
use identity::PlayId;
use numbering::{Digits, Key};
use plan::PromptRef;
use settings::{Language, Match, Node, NodeId, NodeKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Nodes passed without waiting for the caller, at most. A checked flow never comes near.
pub const STEPS_AT_MOST: u32 = 1000;

/// Keys pressed ahead of the menu that takes them.
const TYPED_AHEAD_AT_MOST: usize = 32;

/// What a walk knows of its call.
#[derive(Clone, Debug)]
pub struct Context {
    pub calling: Option<Digits>,
    pub called: Digits,
    pub utc_offset_minutes: i32,
    pub language: Language,
    /// The walk numbers its plays from here; [`Walk::next_play`] says where it stopped.
    pub first_play: PlayId,
}

/// One caller's way through a flow.
#[derive(Clone, Debug)]
pub struct Walk {
    pub(crate) flow: Arc<Flow>,
    pub(crate) state: State,
    pub(crate) memory: Memory,
    pub(crate) typed: VecDeque<Key>,
    next_play: PlayId,
    out: VecDeque<WalkOutput>,
}

/// What the flow remembers of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    variables: BTreeMap<String, String>,
    pub language: Language,
    utc_offset_minutes: i32,
}

#[derive(Clone, Debug)]
pub(crate) enum State {
    Playing {
        play: PlayId,
        interruptible: bool,
        next: NodeId,
    },
    Asking(Asking),
    /// The last words, then the end.
    Farewell {
        play: PlayId,
        end: WalkOutput,
    },
    Over,
}

impl Walk {
    /// The caller enters the flow.
    pub fn begin(now: Now, flow: Arc<Flow>, context: Context) -> Walk {
        let mut variables = BTreeMap::new();
        variables.insert("called".to_owned(), context.called.as_str().to_owned());
        if let Some(calling) = &context.calling {
            variables.insert("calling".to_owned(), calling.as_str().to_owned());
        }
        let start = flow.start.clone();
        let memory = Memory { variables, language: context.language, utc_offset_minutes: context.utc_offset_minutes };
        let mut walk = Walk {
            flow,
            state: State::Over,
            memory,
            typed: VecDeque::new(),
            next_play: context.first_play,
            out: VecDeque::new(),
        };
        walk.go(now, Some(start));
        walk
    }

    /// A play came to its end.
    pub fn play_ended(&mut self, now: Now, play: PlayId) {
        match &mut self.state {
            State::Playing { play: mine, next, .. } if *mine == play => {
                let next = next.clone();
                self.go(now, Some(next));
            }
            State::Asking(asking) if asking.phase == (Phase::Prompting { play }) => asking.wait(now),
            State::Farewell { play: mine, end } if *mine == play => {
                let end = end.clone();
                self.end(end);
            }
            State::Playing { .. } | State::Asking(_) | State::Farewell { .. } | State::Over => {}
        }
    }

    /// A play could not be heard: the walk goes on as if it had been.
    pub fn play_failed(&mut self, now: Now, play: PlayId) {
        self.play_ended(now, play);
    }

    /// The caller pressed a key.
    pub fn key(&mut self, now: Now, key: Key) {
        match &self.state {
            State::Playing { play, interruptible: true, next } => {
                let (play, next) = (*play, next.clone());
                self.type_ahead(key);
                self.say(WalkOutput::StopPlay { play });
                self.go(now, Some(next));
            }
            State::Asking(asking) => {
                let asking = asking.clone();
                let next = self.asked(now, asking, key);
                self.go(now, next);
            }
            State::Playing { interruptible: false, .. } | State::Farewell { .. } | State::Over => {}
        }
    }

    /// Runs the timer if it is due.
    pub fn expire(&mut self, now: Now) {
        if self.deadline().is_none_or(|at| at > now.mono) {
            return;
        }
        if let State::Asking(asking) = &self.state {
            let asking = asking.clone();
            let next = self.unanswered(now, asking);
            self.go(now, next);
        }
    }

    /// When to call [`Walk::expire`] next.
    pub fn deadline(&self) -> Option<Monotonic> {
        match &self.state {
            State::Asking(Asking { phase: Phase::Waiting { until }, .. }) => Some(*until),
            State::Asking(_) | State::Playing { .. } | State::Farewell { .. } | State::Over => None,
        }
    }

    pub fn poll(&mut self) -> Option<WalkOutput> {
        self.out.pop_front()
    }

    /// The last word was said.
    pub fn over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The number that the next play would have.
    pub fn next_play(&self) -> PlayId {
        self.next_play
    }

    pub fn language(&self) -> Language {
        self.memory.language
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.memory.get(name)
    }

    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    pub(crate) fn say(&mut self, output: WalkOutput) {
        self.out.push_back(output);
    }

    fn end(&mut self, last: WalkOutput) {
        self.state = State::Over;
        self.typed.clear();
        self.say(last);
    }

    fn type_ahead(&mut self, key: Key) {
        if self.typed.len() < TYPED_AHEAD_AT_MOST {
            self.typed.push_back(key);
        }
    }

    /// Walks from node to node until one waits or the walk is over.
    fn go(&mut self, now: Now, mut next: Option<NodeId>) {
        let mut steps = 0;
        while let Some(id) = next {
            steps += 1;
            if steps > STEPS_AT_MOST {
                return self.end(WalkOutput::HangUp { why: HangUp::RunsInCircle });
            }
            let flow = Arc::clone(&self.flow);
            let Some(node) = flow.nodes.get(&id) else {
                return self.end(WalkOutput::HangUp { why: HangUp::NoSuchNode });
            };
            self.say(WalkOutput::NodeEntered { id, title: node.title.clone() });
            next = self.enter(now, node);
        }
    }

    /// Does what the node does; says where it leads unless it waits or ends.
    fn enter(&mut self, now: Now, node: &Node) -> Option<NodeId> {
        match &node.kind {
            // Who typed ahead is led to the menu that takes the key.
            NodeKind::Play { interruptible: true, next, .. } if !self.typed.is_empty() => return Some(next.clone()),
            NodeKind::Play { prompts, interruptible, next } => match self.play(prompts) {
                None => return Some(next.clone()),
                Some(play) => {
                    self.state = State::Playing { play, interruptible: *interruptible, next: next.clone() };
                }
            },
            NodeKind::Menu { .. } | NodeKind::Collect { .. } => return self.ask(now, Asking::first(node.id.clone())),
            NodeKind::Time { open, holidays, when_open, when_closed } => {
                let local = now.wall.civil(self.memory.utc_offset_minutes);
                let next = if calendar::open(local, open, holidays) { when_open } else { when_closed };
                return Some(next.clone());
            }
            NodeKind::Set { variable, value, next } => {
                let value = template::expand(value, |name| self.memory.get(name));
                self.memory.set(variable, value);
                return Some(next.clone());
            }
            NodeKind::Branch { variable, cases, otherwise } => {
                let value = self.memory.get(variable).unwrap_or("");
                let case = cases.iter().find(|case| matches(case, value));
                return Some(case.map_or(otherwise, |case| &case.next).clone());
            }
            NodeKind::Queue { queue, priority } => {
                let priority = priority.or_else(|| self.memory.priority());
                self.end(WalkOutput::Queue { queue: *queue, priority });
            }
            NodeKind::Transfer { to } => self.end(WalkOutput::Transfer { to: to.clone() }),
            NodeKind::Voicemail { prompts } => self.farewell(prompts, WalkOutput::Voicemail),
            NodeKind::HangUp { prompts } => self.farewell(prompts, WalkOutput::HangUp { why: HangUp::Asked }),
        }
        None
    }

    fn farewell(&mut self, prompts: &[String], end: WalkOutput) {
        match self.play(prompts) {
            None => self.end(end),
            Some(play) => self.state = State::Farewell { play, end },
        }
    }

    /// Orders a play; none if there is nothing to be heard.
    pub(crate) fn play(&mut self, templates: &[String]) -> Option<PlayId> {
        let prompts: Vec<PromptRef> = templates
            .iter()
            .map(|template| template::expand(template, |name| self.memory.get(name)))
            .flat_map(|expanded| template::spoken(&expanded, self.memory.language))
            .collect();
        if prompts.is_empty() {
            return None;
        }
        let play = self.next_play;
        self.next_play = PlayId(play.0 + 1);
        self.say(WalkOutput::Play { play, prompts });
        Some(play)
    }
}

impl Memory {
    fn get(&self, name: &str) -> Option<&str> {
        if name == "language" {
            return Some(speak::code(self.language));
        }
        self.variables.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        if name == "language" {
            self.language = speak::language(&value).unwrap_or(self.language);
        } else {
            self.variables.insert(name.to_owned(), value);
        }
    }

    fn priority(&self) -> Option<u8> {
        self.variables.get("priority")?.parse().ok().filter(|class| (1..=9).contains(class))
    }
}

/// As in a service route: digits, `x` for any one digit, a last `.` for any rest; other text must be equal.
fn matches(case: &Match, value: &str) -> bool {
    if case.pattern == value {
        return true;
    }
    let (pattern, open_ended) = match case.pattern.strip_suffix('.') {
        Some(pattern) => (pattern, true),
        None => (case.pattern.as_str(), false),
    };
    let mut rest = value.chars();
    for wanted in pattern.chars() {
        let fits = rest.next().is_some_and(|c| c == wanted || (wanted == 'x' && c.is_ascii_digit()));
        if !fits {
            return false;
        }
    }
    open_ended || rest.next().is_none()
}
