//! The box: the exchange machine, its inbox, and the daemon's life and death.

use clock::{Monotonic, Now};
use desk::{Refusal, Ticket};
use exchange::{Effect, Exchange, Input};
use settings::Settings;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

#[derive(Debug)]
pub struct House {
    pub settings: Settings,
    /// None while the daemon is down.
    pub exchange: Option<Exchange>,
    pub inbox: VecDeque<Input>,
    /// Counts the daemon's lives: what was under way in an earlier one comes to nothing.
    pub life: u32,
    kill_in: Option<u32>,
    tickets: u64,
    pub replies: BTreeMap<Ticket, Result<(), Refusal>>,
}

impl House {
    pub fn new(now: Now) -> House {
        let settings = Settings::default();
        let exchange = Exchange::new(Arc::new(settings.clone()), now);
        House {
            settings,
            exchange: Some(exchange),
            inbox: VecDeque::new(),
            life: 1,
            kill_in: None,
            tickets: 0,
            replies: BTreeMap::new(),
        }
    }

    pub fn up(&self) -> bool {
        self.exchange.is_some()
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.exchange.as_ref().and_then(Exchange::deadline)
    }

    pub fn expire(&mut self, now: Now) {
        if let Some(exchange) = &mut self.exchange {
            exchange.expire(now);
        }
    }

    /// An input for the exchange; lost while the daemon is down.
    pub fn input(&mut self, input: Input) {
        if self.up() {
            self.inbox.push_back(input);
        }
    }

    /// Hands over the next input. True: there was one.
    pub fn take_input(&mut self, now: Now) -> bool {
        let (Some(exchange), Some(input)) = (&mut self.exchange, self.inbox.pop_front()) else { return false };
        exchange.handle(now, input);
        true
    }

    pub fn poll(&mut self) -> Option<Effect> {
        self.exchange.as_mut()?.poll()
    }

    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    pub fn kill_after(&mut self, effects: u32) {
        self.kill_in = Some(effects);
    }

    /// Counts an effect; true: the daemon dies before it is carried out.
    pub fn struck_down(&mut self) -> bool {
        match &mut self.kill_in {
            Some(0) => {
                self.kill_in = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    pub fn die(&mut self) {
        self.exchange = None;
        self.inbox.clear();
        self.life += 1;
        self.kill_in = None;
    }

    pub fn start(&mut self, now: Now) {
        self.exchange = Some(Exchange::new(Arc::new(self.settings.clone()), now));
    }
}
