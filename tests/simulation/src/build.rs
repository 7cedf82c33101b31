//! Setting up a house: spans, queues, flows, agents, phones. Each step is a change of settings applied live, as a console would.

use crate::line::{Line, LineKind};
use crate::names::digits;
use crate::phones::{Phone, PhoneManner};
use crate::world::World;
use clock::Millis;
use desk::SeatCommand;
use exchange::Input;
use identity::{AgentId, FlowId, GroupId, QueueId, SkillId, SpanId};
use numbering::{Digits, Key};
use r2::Length;
use settings::{
    AgentSettings, Announcements, BriMode, BriSettings, ExtensionSettings, FlowSettings, GroupSettings, Node, NodeKind,
    OutboundRoute, Overflow, PriSettings, QueueSettings, R2Settings, Role, Selection, ServiceRoute, Settings,
    Signalling, SkillLevel, SpanSettings, Strategy, Target,
};
use std::sync::Arc;

/// Which end of a primary rate span the house is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriUser;

/// The house is the user, the far exchange the network: how carriers deliver lines.
pub const fn pri_user() -> PriUser {
    PriUser
}

/// What an agent is when the scenario begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    Ready,
    Busy,
    SignedOut,
}

/// The numbers that the carrier delivers to the house.
const HOTLINE: &str = "4.";

/// First extension of agents, and of phones without an agent.
const AGENTS_FROM: u32 = 8001;
const PHONES_FROM: u32 = 8101;

impl World {
    /// A span to the far exchange, up and in service, in trunk group 1 with all others.
    pub fn span(self, name: &str, _side: PriUser) -> World {
        self.new_span(name, LineKind::Pri { overlap: false })
    }

    /// A span on which numbers come and go digit by digit.
    pub fn overlap_span(self, name: &str) -> World {
        self.new_span(name, LineKind::Pri { overlap: true })
    }

    /// A span with R2 of China: the far end sends so many digits of a number; 0: the dial plan says when there are enough.
    pub fn r2_span(self, name: &str, called_digits: u8) -> World {
        let called = if called_digits == 0 { Length::Asked } else { Length::Fixed(called_digits) };
        self.new_span(name, LineKind::R2 { called })
    }

    /// A basic access of the carrier's: the house is a terminal on its bus, or has the line for itself.
    pub fn bri_span(self, name: &str, bus: bool) -> World {
        self.new_span(name, LineKind::Bri { bus })
    }

    fn new_span(mut self, name: &str, kind: LineKind) -> World {
        let id = SpanId(self.lines.len() as u16 + 1);
        self.change(|settings| {
            settings.spans.push(SpanSettings {
                id,
                name: name.to_owned(),
                enabled: true,
                signalling: signalling(kind),
                blocked: Vec::new(),
            });
            match settings.groups.first_mut() {
                Some(group) => group.spans.push(id),
                None => settings.groups.push(GroupSettings {
                    id: GroupId(1),
                    name: "trunks".into(),
                    selection: Selection::Ascending,
                    spans: vec![id],
                    calling: None,
                }),
            }
            if settings.outbound.is_empty() {
                settings.outbound.push(OutboundRoute {
                    pattern: "0x.".into(),
                    name: "outside".into(),
                    strip: 1,
                    prepend: Digits::default(),
                    groups: vec![GroupId(1)],
                });
            }
        });
        self.lines.insert(id, Line::new(id, name, kind));
        self.run_for(Millis::secs(3));
        self
    }

    /// A queue that every agent serves. The first one is where every number of the town leads, until a flow or service says otherwise.
    pub fn queue(self, name: &str) -> World {
        self.queue_with(name, |_| {})
    }

    /// A queue with settings of its own.
    pub fn queue_with(mut self, name: &str, adjust: impl FnOnce(&mut QueueSettings)) -> World {
        let id = QueueId(self.house.settings.queues.len() as u32 + 1);
        let mut queue = QueueSettings {
            id,
            name: name.to_owned(),
            needs: Vec::new(),
            strategy: Strategy::LongestIdle,
            priority: 5,
            ageing_seconds: 60,
            ring_seconds: 20,
            busy_after_no_answers: 0,
            wrap_up_seconds: 10,
            wrap_up_codes: Vec::new(),
            music: String::new(),
            announcements: Announcements { first_seconds: 0, ..Announcements::default() },
            max_waiting: 0,
            max_wait_seconds: 0,
            overflow: Overflow::Release,
            goal_percent: 80,
            goal_seconds: 20,
        };
        adjust(&mut queue);
        self.change(|settings| {
            settings.queues.push(queue);
            if settings.services.is_empty() {
                settings.services.push(service(HOTLINE, Target::Queue(id)));
            }
        });
        self
    }

    /// A flow; every number of the town leads to the first one.
    pub fn flow(mut self, nodes: Vec<Node>) -> World {
        let id = FlowId(self.house.settings.flows.len() as u32 + 1);
        self.change(|settings| {
            let start = nodes.first().map(|node| node.id.clone()).unwrap_or_default();
            settings.flows.push(FlowSettings { id, name: format!("flow {}", id.0), version: 1, start, nodes });
            if id == FlowId(1) {
                settings.services.retain(|route| route.pattern != HOTLINE);
                settings.services.push(service(HOTLINE, Target::Flow(id)));
            }
        });
        self
    }

    /// Greeting, then a menu whose keys lead to queues by number; three tries, then goodbye.
    pub fn menu(self, keys: &[(char, u32)]) -> World {
        self.flow(menu_flow(keys))
    }

    /// A number of the town that leads somewhere of its own.
    pub fn service(mut self, number: &str, target: Target) -> World {
        self.change(|settings| settings.services.insert(0, service(number, target)));
        self
    }

    /// An agent with a phone that is answered after two seconds.
    pub fn agent(self, name: &str, presence: Presence) -> World {
        self.agent_with(name, presence, PhoneManner::Answers(Millis::secs(2)))
    }

    /// An agent who takes calls in a manner of its own.
    pub fn agent_with(mut self, name: &str, presence: Presence, manner: PhoneManner) -> World {
        let id = AgentId(self.house.settings.agents.len() as u32 + 1);
        let extension = digits(&(AGENTS_FROM + id.0 - 1).to_string());
        self.change(|settings| {
            settings.extensions.push(extension_settings(&extension, name));
            settings.agents.push(AgentSettings {
                id,
                login: name.to_owned(),
                name: name.to_owned(),
                role: Role::Agent,
                skills: Vec::new(),
                extension: Some(extension.clone()),
                automatic_answer: false,
            });
        });
        self.install_phone(&extension, manner);
        if presence != Presence::SignedOut {
            self.seat_asks(id, SeatCommand::SignIn { extension });
        }
        if presence == Presence::Busy {
            self.seat_asks(id, SeatCommand::Busy { reason: "paperwork".into() });
        }
        self.run_for(Millis(100));
        self
    }

    /// Gives an agent a skill, 1 to 5; `queue_with` asks for it.
    pub fn skilled(mut self, name: &str, skill: u32, level: u8) -> World {
        let agent = self.agent_id(name);
        self.change(|settings| {
            if let Some(agent) = settings.agents.iter_mut().find(|known| known.id == agent) {
                agent.skills.push(SkillLevel { skill: SkillId(skill), level });
            }
        });
        self
    }

    /// A phone of the house with nobody's name on it: extensions count from 8101.
    pub fn phone(mut self, manner: PhoneManner) -> World {
        let others = self.house.settings.extensions.len() - self.house.settings.agents.len();
        let extension = digits(&(PHONES_FROM + others as u32).to_string());
        self.change(|settings| settings.extensions.push(extension_settings(&extension, "phone")));
        self.install_phone(&extension, manner);
        self
    }

    fn install_phone(&mut self, extension: &Digits, manner: PhoneManner) {
        self.phones.phones.insert(extension.clone(), Phone { registered: false, manner });
        match self.sip {
            Some(_) => self.install_sip_phone(extension),
            None => self.set_registered(extension, true),
        }
        self.drain();
    }

    /// Any other change of the settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> World {
        self.change(change);
        self
    }

    /// Changes the settings of the running house.
    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.house.settings);
        if let Some(net) = &mut self.sip {
            net.set_accounts(&self.house.settings);
        }
        let settings = Arc::new(self.house.settings.clone());
        self.house.input(Input::Settings(settings));
        self.drain();
    }

    pub(crate) fn agent_id(&self, name: &str) -> AgentId {
        let agents = &self.house.settings.agents;
        let known = agents.iter().find(|agent| agent.login == name);
        known.unwrap_or_else(|| panic!("no agent is called {name}")).id
    }

    pub(crate) fn extension_of(&self, name: &str) -> Digits {
        let agents = &self.house.settings.agents;
        let known = agents.iter().find(|agent| agent.login == name).and_then(|agent| agent.extension.clone());
        known.unwrap_or_else(|| digits(name))
    }

    pub(crate) fn queue_id(&self, name: &str) -> QueueId {
        let known = self.house.settings.queues.iter().find(|queue| queue.name == name);
        known.unwrap_or_else(|| panic!("no queue is called {name}")).id
    }

    pub(crate) fn span_id(&self, name: &str) -> SpanId {
        let known = self.lines.values().find(|line| line.name == name);
        known.unwrap_or_else(|| panic!("no span is called {name}")).id
    }
}

fn service(pattern: &str, target: Target) -> ServiceRoute {
    ServiceRoute { pattern: pattern.to_owned(), name: format!("service {pattern}"), target }
}

fn extension_settings(number: &Digits, name: &str) -> ExtensionSettings {
    ExtensionSettings {
        number: number.clone(),
        name: name.to_owned(),
        password: crate::sip_net::PASSWORD.into(),
        may_dial_out: true,
        port: None,
        fax: None,
    }
}

/// One node of a flow.
pub fn node(id: &str, kind: NodeKind) -> Node {
    Node { id: id.to_owned(), title: id.to_owned(), kind }
}

/// Greeting, menu, queues by number, goodbye.
pub fn menu_flow(keys: &[(char, u32)]) -> Vec<Node> {
    let target = |queue: u32| format!("queue-{queue}");
    let menu = NodeKind::Menu {
        prompts: vec!["menu".into()],
        keys: keys.iter().filter_map(|(key, queue)| Some((Key::new(*key)?, target(*queue)))).collect(),
        timeout_seconds: 5,
        attempts: 3,
        invalid_prompt: "invalid-key".into(),
        otherwise: "bye".into(),
    };
    let greet = NodeKind::Play { prompts: vec!["welcome".into()], interruptible: true, next: "menu".into() };
    let mut nodes = vec![node("greet", greet), node("menu", menu)];
    for (_, queue) in keys {
        nodes.push(node(&target(*queue), NodeKind::Queue { queue: QueueId(*queue), priority: None }));
    }
    nodes.push(node("bye", NodeKind::HangUp { prompts: vec!["goodbye".into()] }));
    nodes
}

fn signalling(kind: LineKind) -> Signalling {
    match kind {
        LineKind::Pri { overlap } => Signalling::Pri(PriSettings {
            overlap_receiving: overlap,
            overlap_sending: overlap,
            ..PriSettings::default()
        }),
        LineKind::Bri { bus } => Signalling::Bri(BriSettings {
            mode: if bus { BriMode::Multipoint } else { BriMode::PointToPoint },
            ..BriSettings::default()
        }),
        LineKind::R2 { called } => Signalling::R2(R2Settings {
            called_digits: match called {
                Length::Fixed(digits) => digits,
                Length::Asked => 0,
            },
            ..R2Settings::default()
        }),
    }
}
