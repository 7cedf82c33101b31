use crate::lines::Target;
use identity::{AgentId, QueueId, SkillId};
use numbering::Digits;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    pub id: SkillId,
    pub name: String,
}

/// A person with a log-in. Passwords live in the account store, never here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    pub id: AgentId,
    /// Log-in name, also what the agent types to sign in at a phone.
    pub login: String,
    pub name: String,
    pub role: Role,
    pub skills: Vec<SkillLevel>,
    /// The extension proposed at sign-in.
    #[serde(default)]
    pub extension: Option<Digits>,
    /// The seat answers by itself when offered a call.
    #[serde(default)]
    pub automatic_answer: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Agent,
    Quality,
    Supervisor,
    Administrator,
}

/// Who may listen to whom.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SupervisionSettings {
    /// Agents see that somebody supervises their call, and how.
    pub tell_agents: bool,
    /// A supervisor who leads a team may enter the calls of its agents only; one who leads none, those of every agent.
    pub teams: Vec<TeamSettings>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamSettings {
    pub name: String,
    pub supervisors: Vec<AgentId>,
    pub agents: Vec<AgentId>,
}

impl SupervisionSettings {
    /// Whether `supervisor` may enter calls of `agent`, by the teams that each is in.
    pub fn covers(&self, supervisor: AgentId, agent: AgentId) -> bool {
        let mut led = self.teams.iter().filter(|team| team.supervisors.contains(&supervisor)).peekable();
        led.peek().is_none() || led.any(|team| team.agents.contains(&agent))
    }
}

/// A skill with a proficiency of 1 to 5, 5 best.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillLevel {
    pub skill: SkillId,
    pub level: u8,
}

/// What a queue asks of its agents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillNeed {
    pub skill: SkillId,
    /// At least this proficiency.
    pub level: u8,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSettings {
    pub id: QueueId,
    pub name: String,
    /// All of these; none: every agent serves it.
    pub needs: Vec<SkillNeed>,
    pub strategy: Strategy,
    /// Priority class of its callers, 1 (first) to 9.
    pub priority: u8,
    /// A caller moves up one class after waiting so long; 0: never.
    pub ageing_seconds: u32,
    /// An agent rung for so long without answer is passed over.
    pub ring_seconds: u32,
    /// After so many unanswered offers in a row an agent is made busy; 0: never.
    pub busy_after_no_answers: u32,
    /// After-call work ends by itself after so long; 0: when the agent says so.
    pub wrap_up_seconds: u32,
    /// Wrap-up codes to choose from; empty: none asked.
    pub wrap_up_codes: Vec<String>,
    /// Music that waiting callers hear; empty: that of the calls settings.
    pub music: String,
    pub announcements: Announcements,
    /// More waiting callers than this overflow at once; 0: no limit.
    pub max_waiting: u32,
    /// A caller waiting longer than this overflows; 0: no limit.
    pub max_wait_seconds: u32,
    pub overflow: Overflow,
    /// Service level goal: this share (percent) answered within so many seconds.
    pub goal_percent: u8,
    pub goal_seconds: u32,
}

impl QueueSettings {
    /// Whether after-call work may end with this code: one of the queue's own if it has any.
    pub fn takes_code(&self, code: Option<&str>) -> bool {
        self.wrap_up_codes.is_empty() || code.is_some_and(|code| self.wrap_up_codes.iter().any(|known| known == code))
    }
}

/// Who of the ready agents is next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Idle for longest.
    #[default]
    LongestIdle,
    /// Fewest calls since sign-in.
    FewestCalls,
    /// Best sum of proficiencies, then longest idle.
    MostSkilled,
}

/// What a waiting caller is told over the music; each is cut short by an agent's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Announcements {
    /// Seconds until the first; 0: none at all.
    pub first_seconds: u32,
    pub every_seconds: u32,
    pub position: bool,
    pub wait: bool,
    /// A prompt played with each (comfort message); empty: none.
    pub prompt: String,
}

/// Where callers go whom the queue cannot keep.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// An apology, then release with cause 42.
    #[default]
    Release,
    To(Target),
}
