use clock::Millis;
use identity::{AgentId, QueueId, SkillId};
pub use settings::Strategy;
use settings::{AgentSettings, QueueSettings, Settings};

/// What the machine needs of the settings.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AcdConfig {
    /// Minutes east of UTC: the day's statistics begin anew at the site's midnight.
    pub utc_offset_minutes: i32,
    pub queues: Vec<QueueConfig>,
    pub agents: Vec<AgentConfig>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct QueueConfig {
    pub id: QueueId,
    /// Skill and the least proficiency; all of them. Empty: every agent serves the queue.
    pub needs: Vec<(SkillId, u8)>,
    pub strategy: Strategy,
    /// Priority class of callers who bring none: 1 (first) to 9.
    pub class: u8,
    /// A caller moves up one class per this much waiting.
    pub ageing: Option<Millis>,
    pub limits: QueueLimits,
    pub wrap_up_codes: Vec<String>,
    pub announcements: Option<AnnouncementTimes>,
    /// Answered within this counts as in the goal.
    pub goal: Millis,
}

/// Times and counts after which a queue stops trying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueLimits {
    pub ring: Millis,
    pub busy_after_no_answers: Option<u32>,
    /// After-call work ends by itself; none: when the agent says so.
    pub wrap_up: Option<Millis>,
    pub max_waiting: Option<u32>,
    pub max_wait: Option<Millis>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnnouncementTimes {
    pub first: Millis,
    /// None: only the first.
    pub every: Option<Millis>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct AgentConfig {
    pub id: AgentId,
    /// Skill and proficiency, 1 to 5.
    pub skills: Vec<(SkillId, u8)>,
}

/// The shortest ring: less would pass a call round the room faster than a hand reaches a handset.
const RING_AT_LEAST: Millis = Millis::secs(3);

fn seconds(value: u32) -> Option<Millis> {
    (value > 0).then(|| Millis::secs(u64::from(value)))
}

impl From<&Settings> for AcdConfig {
    fn from(settings: &Settings) -> AcdConfig {
        AcdConfig {
            utc_offset_minutes: settings.site.utc_offset_minutes,
            queues: settings.queues.iter().map(QueueConfig::from).collect(),
            agents: settings.agents.iter().map(AgentConfig::from).collect(),
        }
    }
}

impl From<&QueueSettings> for QueueConfig {
    fn from(queue: &QueueSettings) -> QueueConfig {
        QueueConfig {
            id: queue.id,
            needs: queue.needs.iter().map(|need| (need.skill, need.level)).collect(),
            strategy: queue.strategy,
            class: queue.priority.clamp(1, 9),
            ageing: seconds(queue.ageing_seconds),
            limits: QueueLimits {
                ring: Millis::secs(u64::from(queue.ring_seconds)).max(RING_AT_LEAST),
                busy_after_no_answers: (queue.busy_after_no_answers > 0).then_some(queue.busy_after_no_answers),
                wrap_up: seconds(queue.wrap_up_seconds),
                max_waiting: (queue.max_waiting > 0).then_some(queue.max_waiting),
                max_wait: seconds(queue.max_wait_seconds),
            },
            wrap_up_codes: queue.wrap_up_codes.clone(),
            announcements: seconds(queue.announcements.first_seconds)
                .map(|first| AnnouncementTimes { first, every: seconds(queue.announcements.every_seconds) }),
            goal: Millis::secs(u64::from(queue.goal_seconds)),
        }
    }
}

impl From<&AgentSettings> for AgentConfig {
    fn from(agent: &AgentSettings) -> AgentConfig {
        AgentConfig { id: agent.id, skills: agent.skills.iter().map(|skill| (skill.skill, skill.level)).collect() }
    }
}

impl AgentConfig {
    pub(crate) fn proficiency(&self, skill: SkillId) -> u8 {
        self.skills.iter().find(|(id, _)| *id == skill).map_or(0, |(_, level)| *level)
    }
}

impl QueueConfig {
    /// Whether `agent` has every skill the queue asks for.
    pub(crate) fn served_by(&self, agent: &AgentConfig) -> bool {
        self.needs.iter().all(|(skill, least)| agent.proficiency(*skill) >= *least)
    }

    /// Sum of proficiencies in the skills the queue asks for.
    pub(crate) fn proficiency(&self, agent: &AgentConfig) -> u32 {
        self.needs.iter().map(|(skill, _)| u32::from(agent.proficiency(*skill))).sum()
    }
}
