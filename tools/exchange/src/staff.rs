//! Agents: they sign in over the HTTP API, answer, talk, hold, transfer and wrap up.

use crate::arguments::{AgentAccount, Span};
use crate::random::Random;
use crate::web::{Session, WebError};
use clock::{Millis, Monotonic};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What an agent intends to do next, and when.
#[derive(Clone, PartialEq, Debug)]
enum Intention {
    /// Looks at the console.
    Watch,
    /// Talks until then, and then ends the call so.
    Talk { until: Monotonic, ending: Ending },
    /// The caller is held until then.
    Hold { until: Monotonic },
    /// Writes up the call until then.
    Write { until: Monotonic },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    HangUp,
    /// Puts the caller on hold first.
    Hold,
    /// Hands the caller to a colleague.
    Transfer,
}

#[derive(Debug)]
struct Agent {
    account: AgentAccount,
    session: Session,
    intention: Intention,
}

/// All simulated agents.
#[derive(Debug)]
pub struct Staff {
    agents: Vec<Agent>,
    talk: Span,
    random: Random,
    /// Calls taken, and the last trouble with the box.
    pub answered: u64,
    pub trouble: Option<String>,
}

impl Staff {
    pub fn new(web: SocketAddr, accounts: &[AgentAccount], talk: Span, seed: u64) -> Staff {
        let agents = accounts.iter().map(|account| Agent {
            account: account.clone(),
            session: Session::new(web),
            intention: Intention::Watch,
        });
        Staff { agents: agents.collect(), talk, random: Random::new(seed), answered: 0, trouble: None }
    }

    /// Each agent looks at the console once and does what is due. To be called some times a second.
    pub fn work(&mut self, now: Monotonic) {
        let numbers: Vec<String> = self.agents.iter().map(|agent| agent.account.phone.number.to_string()).collect();
        let mut live = None;
        for agent in &mut self.agents {
            let mut desk = Desk {
                now,
                talk: self.talk,
                random: &mut self.random,
                colleagues: &numbers,
                answered: &mut self.answered,
            };
            match desk.work(agent, &mut live) {
                Ok(()) => {}
                // The state changed between the look and the deed: look again.
                Err(WebError::Refused { status: 409, .. }) => {}
                Err(problem) => {
                    self.trouble = Some(format!("{}: {problem}", agent.account.login));
                    live = None;
                }
            }
        }
    }
}

/// One agent's turn.
struct Desk<'a> {
    now: Monotonic,
    talk: Span,
    random: &'a mut Random,
    colleagues: &'a [String],
    answered: &'a mut u64,
}

impl Desk<'_> {
    fn work(&mut self, agent: &mut Agent, live: &mut Option<Value>) -> Result<(), WebError> {
        if !agent.session.is_logged_in() {
            agent.session.log_in(&agent.account.login, &agent.account.password)?;
        }
        let view = match live {
            Some(view) => view,
            None => live.insert(agent.session.get("/live")?),
        };
        let seat = view["agents"]
            .as_array()
            .and_then(|agents| agents.iter().find(|seat| seat["login"] == agent.account.login.as_str()));
        let Some(seat) = seat else { return Ok(()) };
        let codes = seat["wrap_up_codes"].as_array().and_then(|codes| codes.first()).cloned().unwrap_or(Value::Null);
        let state = seat["state"].as_str().unwrap_or_default().to_owned();
        let reachable = seat["reachable"].as_bool().unwrap_or(false);
        self.act(agent, &state, reachable, codes)
    }

    fn act(&mut self, agent: &mut Agent, state: &str, reachable: bool, code: Value) -> Result<(), WebError> {
        match state {
            "signed_out" => {
                agent.intention = Intention::Watch;
                let extension = agent.account.phone.number.as_str();
                seat(agent, &json!({"do": "sign_in", "extension": extension}))
            }
            "busy" if reachable => seat(agent, &json!({"do": "ready"})),
            "talking" => self.talking(agent),
            "holding" => self.holding(agent),
            "wrap_up" => self.writing(agent, code),
            // Ready, or the telephone rings and is answered by its own bell.
            _ => {
                agent.intention = Intention::Watch;
                Ok(())
            }
        }
    }

    fn talking(&mut self, agent: &mut Agent) -> Result<(), WebError> {
        match agent.intention.clone() {
            Intention::Watch | Intention::Write { .. } => {
                *self.answered += 1;
                agent.intention = self.new_talk(true);
                Ok(())
            }
            // Taken back from hold.
            Intention::Hold { .. } => {
                agent.intention = self.new_talk(false);
                Ok(())
            }
            Intention::Talk { until, .. } if self.now < until => Ok(()),
            Intention::Talk { ending: Ending::HangUp, .. } => seat(agent, &json!({"do": "hang_up"})),
            Intention::Talk { ending: Ending::Hold, .. } => {
                agent.intention = Intention::Hold { until: self.now + Millis(self.random.between(3000, 8000)) };
                seat(agent, &json!({"do": "hold"}))
            }
            Intention::Talk { ending: Ending::Transfer, .. } => {
                let own = agent.account.phone.number.to_string();
                let others: Vec<&String> = self.colleagues.iter().filter(|number| **number != own).collect();
                let Some(to) = self.random.pick(&others) else { return seat(agent, &json!({"do": "hang_up"})) };
                // A colleague who does not answer sends the caller back: then the talk goes on to its usual end.
                agent.intention = self.new_talk(false);
                seat(agent, &json!({"do": "transfer", "to": to, "mode": "blind"}))
            }
        }
    }

    fn new_talk(&mut self, first: bool) -> Intention {
        let ending = match self.random.below(100) {
            0..10 if first => Ending::Hold,
            10..15 if first && self.colleagues.len() > 1 => Ending::Transfer,
            _ => Ending::HangUp,
        };
        let seconds = self.random.between(self.talk.0, self.talk.1);
        Intention::Talk { until: self.now + Millis::secs(seconds), ending }
    }

    fn holding(&mut self, agent: &mut Agent) -> Result<(), WebError> {
        match agent.intention {
            Intention::Hold { until } if self.now < until => Ok(()),
            _ => seat(agent, &json!({"do": "retrieve"})),
        }
    }

    fn writing(&mut self, agent: &mut Agent, code: Value) -> Result<(), WebError> {
        match agent.intention {
            Intention::Write { until } if self.now < until => Ok(()),
            Intention::Write { .. } => seat(agent, &json!({"do": "wrap_up", "code": code})),
            _ => {
                agent.intention = Intention::Write { until: self.now + Millis(self.random.between(2000, 5000)) };
                Ok(())
            }
        }
    }
}

fn seat(agent: &mut Agent, command: &Value) -> Result<(), WebError> {
    agent.session.post("/seat", command).map(|_| ())
}
