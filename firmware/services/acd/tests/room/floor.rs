use acd::{Acd, AcdConfig, AcdOutput, AgentConfig, AgentState, QueueConfig, QueueLimits, Strategy};
use clock::{Millis, Now, WallTime};
use identity::{AgentId, CallId, QueueId, SkillId};

/// Noon in China on 1 January 2026.
const NOON: WallTime = WallTime(1_767_240_000_000);

/// A queue for agents with skill `id` at `level` (0: everybody), class 5, ring 20 s, wrap-up 10 s, no ageing, no announcements.
pub fn queue(id: u32, level: u8) -> QueueConfig {
    QueueConfig {
        id: QueueId(id),
        needs: if level > 0 { vec![(SkillId(id), level)] } else { vec![] },
        strategy: Strategy::LongestIdle,
        class: 5,
        ageing: None,
        limits: QueueLimits {
            ring: Millis::secs(20),
            busy_after_no_answers: None,
            wrap_up: Some(Millis::secs(10)),
            max_waiting: None,
            max_wait: None,
        },
        wrap_up_codes: vec![],
        announcements: None,
        goal: Millis::secs(20),
    }
}

/// An agent with proficiencies by skill number.
pub fn agent(id: u32, skills: &[(u32, u8)]) -> AgentConfig {
    AgentConfig { id: AgentId(id), skills: skills.iter().map(|(skill, level)| (SkillId(*skill), *level)).collect() }
}

pub struct Room {
    pub now: Now,
    pub acd: Acd,
    /// Orders since the last look, without the notices that something changed.
    pub orders: Vec<AcdOutput>,
}

#[allow(dead_code, reason = "each test file uses its part")]
impl Room {
    /// A room with its agents signed in and ready, in order.
    pub fn with(queues: Vec<QueueConfig>, agents: Vec<AgentConfig>) -> Room {
        let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
        let mut room = Room { now: Now { wall: NOON, ..Now::default() }, acd: Acd::new(), orders: Vec::new() };
        room.acd.configure(room.now, AcdConfig { utc_offset_minutes: 480, queues, agents });
        for id in ids {
            room.sign_in(id.0);
            room.pass(1);
        }
        room
    }

    pub fn sign_in(&mut self, agent: u32) {
        let extension = format!("8{agent:03}").parse().expect("digits");
        self.acd.sign_in(self.now, AgentId(agent), extension, true).expect("signs in");
    }

    /// Lets seconds pass, timers included.
    pub fn pass(&mut self, seconds: u64) -> &mut Room {
        let end = self.now + Millis::secs(seconds);
        while let Some(at) = self.acd.deadline().filter(|at| *at <= end.mono) {
            self.now = self.now + at.since(self.now.mono);
            self.acd.expire(self.now);
            self.look();
        }
        self.now = end;
        self.look();
        self
    }

    pub fn look(&mut self) {
        while let Some(output) = self.acd.poll() {
            match output {
                AcdOutput::AgentChanged(_) | AcdOutput::QueueChanged(_) => {}
                order => self.orders.push(order),
            }
        }
    }

    pub fn call(&mut self, call: u64, queue: u32) -> &mut Room {
        self.call_with(call, queue, None, None)
    }

    pub fn call_with(&mut self, call: u64, queue: u32, class: Option<u8>, since: Option<Now>) -> &mut Room {
        self.acd.enqueue(self.now, CallId(call), QueueId(queue), class, since).expect("the queue exists");
        self.look();
        self
    }

    pub fn answer(&mut self, agent: u32) -> &mut Room {
        self.acd.offer_answered(self.now, AgentId(agent)).expect("a call was offered");
        self.look();
        self
    }

    /// The agent's call and wrap-up end at once.
    pub fn finish(&mut self, agent: u32) -> &mut Room {
        self.acd.call_ended(self.now, AgentId(agent));
        self.acd.wrap_up_done(self.now, AgentId(agent), acd::Remark::default()).expect("wraps up");
        self.look();
        self
    }

    pub fn state(&self, agent: u32) -> AgentState {
        self.acd.agent(AgentId(agent)).expect("an agent").state
    }

    /// Whom each standing offer rings: agent and call.
    pub fn offers(&self) -> Vec<(u32, u64)> {
        self.acd.offers().map(|(agent, call)| (agent.0, call.0)).collect()
    }

    /// The calls offered since the last look, in order.
    pub fn offered(&mut self) -> Vec<(u32, u64)> {
        self.look();
        let orders = std::mem::take(&mut self.orders);
        let offers = orders.into_iter().filter_map(|order| match order {
            AcdOutput::Offer(offer) => Some((offer.agent.0, offer.call.0)),
            _ => None,
        });
        offers.collect()
    }
}
