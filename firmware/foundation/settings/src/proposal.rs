//! The settings a new box proposes: enough to take a first call.

use crate::Settings;
use crate::acd::{AgentSettings, Announcements, Overflow, QueueSettings, Role, Skill, SkillLevel, SkillNeed, Strategy};
use crate::flow::{FlowSettings, Node, NodeKind};
use crate::lines::{ExtensionSettings, GroupSettings, OutboundRoute, Selection, ServiceRoute, Target};
use crate::spans::{Signalling, SpanSettings};
use identity::{AgentId, FlowId, GroupId, QueueId, SkillId, SpanId};
use numbering::{Digits, Key};
use std::collections::BTreeMap;

const ORDERS: QueueId = QueueId(1);
const AFTER_SALES: QueueId = QueueId(2);
const WELCOME: FlowId = FlowId(1);
const CARRIER: GroupId = GroupId(1);

/// Log-in, name and extension of the agents proposed.
const AGENTS: [(&str, &str, u32); 3] = [("wang", "王芳", 8001), ("li", "李娜", 8002), ("zhang", "张伟", 8003)];

impl Settings {
    /// A welcome, a menu of two queues, three agents, ten telephones, and all spans in one group towards the carrier.
    /// `password` makes a new random password for each telephone.
    pub fn proposed(spans: &[SpanId], mut password: impl FnMut() -> String) -> Settings {
        Settings {
            spans: spans.iter().map(|id| span(*id)).collect(),
            groups: vec![GroupSettings {
                id: CARRIER,
                name: "运营商中继".into(),
                selection: Selection::LeastRecentlyUsed,
                spans: spans.to_vec(),
                calling: None,
            }],
            extensions: (8001..=8010).map(|number| extension(number, password())).collect(),
            services: vec![ServiceRoute {
                pattern: "xxx.".into(),
                name: "购物热线".into(),
                target: Target::Flow(WELCOME),
            }],
            outbound: vec![OutboundRoute {
                pattern: "9xxx.".into(),
                name: "外线".into(),
                strip: 1,
                prepend: Digits::default(),
                groups: vec![CARRIER],
            }],
            skills: vec![Skill { id: SkillId(1), name: "订购".into() }, Skill { id: SkillId(2), name: "售后".into() }],
            agents: (1..).zip(AGENTS).map(|(id, agent)| agent_of(AgentId(id), agent)).collect(),
            queues: vec![queue(ORDERS, "订购", SkillId(1)), queue(AFTER_SALES, "售后", SkillId(2))],
            flows: vec![flow()],
            ..Settings::default()
        }
    }
}

fn span(id: SpanId) -> SpanSettings {
    SpanSettings {
        id,
        name: format!("E1-{}", id.0),
        enabled: true,
        signalling: Signalling::default(),
        blocked: Vec::new(),
    }
}

fn digits(number: u32) -> Digits {
    number.to_string().parse().unwrap_or_default()
}

fn extension(number: u32, password: String) -> ExtensionSettings {
    ExtensionSettings {
        number: digits(number),
        name: format!("话机 {number}"),
        password,
        may_dial_out: true,
        port: None,
        fax: None,
    }
}

fn agent_of(id: AgentId, (login, name, extension): (&str, &str, u32)) -> AgentSettings {
    let skill = |skill| SkillLevel { skill: SkillId(skill), level: 3 };
    AgentSettings {
        id,
        login: login.into(),
        name: name.into(),
        role: Role::Agent,
        skills: vec![skill(1), skill(2)],
        extension: Some(digits(extension)),
        automatic_answer: false,
    }
}

fn queue(id: QueueId, name: &str, skill: SkillId) -> QueueSettings {
    QueueSettings {
        id,
        name: name.into(),
        needs: vec![SkillNeed { skill, level: 1 }],
        strategy: Strategy::LongestIdle,
        priority: 5,
        ageing_seconds: 60,
        ring_seconds: 15,
        busy_after_no_answers: 3,
        wrap_up_seconds: 20,
        wrap_up_codes: ["已下单", "咨询", "投诉", "其他"].map(String::from).to_vec(),
        music: String::new(),
        announcements: Announcements::default(),
        max_waiting: 0,
        max_wait_seconds: 600,
        overflow: Overflow::Release,
        goal_percent: 80,
        goal_seconds: 20,
    }
}

fn flow() -> FlowSettings {
    let node = |id: &str, title: &str, kind| Node { id: id.into(), title: title.into(), kind };
    let key = |digit: char, to: &str| Key::new(digit).map(|key| (key, to.to_owned()));
    // As the shipped menu prompt says: 1 order, 2 ask about an order, 3 service, 0 an agent.
    let keys: BTreeMap<Key, String> =
        [key('1', "orders"), key('2', "after_sales"), key('3', "after_sales"), key('0', "orders")]
            .into_iter()
            .flatten()
            .collect();
    let menu = NodeKind::Menu {
        prompts: vec!["menu".into()],
        keys,
        timeout_seconds: 5,
        attempts: 3,
        invalid_prompt: "invalid-key".into(),
        otherwise: "orders".into(),
    };
    let welcome = NodeKind::Play { prompts: vec!["welcome/shopping".into()], interruptible: true, next: "menu".into() };
    FlowSettings {
        id: WELCOME,
        name: "购物热线".into(),
        version: 1,
        start: "welcome".into(),
        nodes: vec![
            node("welcome", "欢迎词", welcome),
            node("menu", "主菜单", menu),
            node("orders", "订购", NodeKind::Queue { queue: ORDERS, priority: None }),
            node("after_sales", "售后", NodeKind::Queue { queue: AFTER_SALES, priority: None }),
        ],
    }
}
