use identity::{AgentId, CircuitId, LegId, LineId};
use ledger::{Place, Role};
use legs::LegRequest;
use numbering::{Digits, PartyNumber};
use plan::Plan;

use crate::outbox::{Outbox, Output};

/// One party's way into a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Leg {
    pub id: LegId,
    pub line: LineId,
    pub role: Role,
    pub place: Place,
    /// Of an extension: the port of an analog card that its telephone is at.
    pub port: Option<CircuitId>,
    /// Who the party is: the calling number, or the number dialled to reach it.
    pub number: Digits,
    pub agent: Option<AgentId>,
    signal: Signal,
    /// The plan that the media engine has.
    pub(crate) published: Plan,
}

/// How far the leg's signalling is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// Incoming, digits are missing.
    Dialling,
    /// Incoming, the number is complete.
    Proceeding,
    /// Incoming, told that the called party rings.
    Alerted {
        inband: bool,
    },
    /// Outgoing, not yet ringing.
    Calling,
    /// Outgoing, rings.
    Ringing,
    Answered,
    /// Released by us, waiting for its last word.
    Clearing,
}

impl Leg {
    pub fn incoming(id: LegId, line: LineId, place: Place, number: Digits) -> Leg {
        Leg::new(id, line, Role::Caller, place, number, Signal::Dialling)
    }

    pub fn outgoing(id: LegId, line: LineId, role: Role, place: Place, number: Digits) -> Leg {
        Leg::new(id, line, role, place, number, Signal::Calling)
    }

    fn new(id: LegId, line: LineId, role: Role, place: Place, number: Digits, signal: Signal) -> Leg {
        Leg { id, line, role, place, port: None, number, agent: None, signal, published: Plan::default() }
    }

    pub fn of_agent(self, agent: Option<AgentId>) -> Leg {
        Leg { agent, ..self }
    }

    pub fn at_port(self, port: Option<CircuitId>) -> Leg {
        Leg { port, ..self }
    }

    pub fn signal(&self) -> Signal {
        self.signal
    }

    pub fn answered(&self) -> bool {
        self.signal == Signal::Answered
    }

    /// Still takes part: not cleared.
    pub fn live(&self) -> bool {
        self.signal != Signal::Clearing
    }

    pub fn circuit(&self) -> Option<CircuitId> {
        match self.place {
            Place::Circuit(circuit) => Some(circuit),
            Place::Extension(_) => None,
        }
    }

    /// The circuit that the leg has: a trunk's, or that of a telephone at a port.
    pub fn seized(&self) -> Option<CircuitId> {
        self.circuit().or(self.port)
    }

    pub fn extension(&self) -> Option<&Digits> {
        match &self.place {
            Place::Extension(number) => Some(number),
            Place::Circuit(_) => None,
        }
    }

    pub(crate) fn set_signal(&mut self, signal: Signal) {
        self.signal = signal;
    }

    pub(crate) fn request(&self, request: LegRequest, out: &mut Outbox) {
        out.push(Output::Leg { line: self.line, leg: self.id, request });
    }

    /// The dialled number is complete.
    pub(crate) fn proceed(&mut self, out: &mut Outbox) {
        if self.signal == Signal::Dialling {
            self.signal = Signal::Proceeding;
            self.request(LegRequest::Proceeding, out);
        }
    }

    /// The called party rings. A phone makes its own ringback unless the far end's is to be heard; a trunk is given ours.
    pub(crate) fn alert(&mut self, inband: bool, out: &mut Outbox) {
        let inband = inband || self.circuit().is_some();
        match self.signal {
            Signal::Dialling | Signal::Proceeding => {
                self.signal = Signal::Alerted { inband };
                self.request(LegRequest::Alerting { inband }, out);
            }
            Signal::Alerted { inband: false } if inband => {
                self.signal = Signal::Alerted { inband };
                self.request(LegRequest::Progress { inband, cause: None }, out);
            }
            Signal::Alerted { .. } | Signal::Calling | Signal::Ringing | Signal::Answered | Signal::Clearing => {}
        }
    }

    /// Answers an incoming leg that is not answered yet.
    pub(crate) fn answer(&mut self, connected: Option<PartyNumber>, out: &mut Outbox) -> bool {
        match self.signal {
            Signal::Dialling | Signal::Proceeding | Signal::Alerted { .. } => {
                self.signal = Signal::Answered;
                self.request(LegRequest::Answer { connected }, out);
                true
            }
            Signal::Calling | Signal::Ringing | Signal::Answered | Signal::Clearing => false,
        }
    }
}
