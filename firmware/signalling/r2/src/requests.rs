//! Leg and span requests of the exchange.

use crate::circuit::{Circuit, Register, State, ours};
use crate::outgoing::Address;
use crate::span::{Desk, R2Span};
use crate::variant::{Charge, Says};
use clock::Monotonic;
use identity::LegId;
use legs::{LegIndication, LegRequest, Outgoing, SpanRequest, Target};
use numbering::{Cause, ClearCause, Presentation};

impl R2Span {
    pub fn request(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        if let LegRequest::Setup(outgoing) = request {
            return self.set_up(now, leg, &outgoing);
        }
        let (circuits, mut desk) = self.parts(now);
        match circuits.iter_mut().find(|circuit| circuit.leg == Some(leg) && circuit.told) {
            Some(circuit) => circuit.request(&mut desk, request),
            None => desk.counters.ignored_requests += 1,
        }
    }

    fn set_up(&mut self, now: Monotonic, leg: LegId, outgoing: &Outgoing) {
        let (circuits, mut desk) = self.parts(now);
        let wanted = match outgoing.target {
            Target::Circuit(circuit) if circuit.span == desk.config.span => Some(circuit.slot),
            Target::Circuit(_) | Target::Extension(_) => None,
        };
        let circuit = circuits.iter_mut().find(|circuit| Some(circuit.slot) == wanted && circuit.is_free());
        let Some(circuit) = circuit else {
            let cause = ours(Cause::RequestedCircuitNotAvailable);
            desk.tell(leg, LegIndication::Released { cause });
            return;
        };
        let setup = &outgoing.setup;
        let calling = setup.calling.as_ref().filter(|number| number.presentation != Presentation::Restricted);
        circuit.address = Address {
            called: setup.called.digits.clone(),
            complete: setup.complete,
            calling: calling.map(|number| number.digits.clone()),
        };
        circuit.leg = Some(leg);
        circuit.told = true;
        circuit.seize(&mut desk);
    }

    pub fn span_request(&mut self, now: Monotonic, request: SpanRequest) {
        let (circuits, mut desk) = self.parts(now);
        for circuit in circuits {
            match request {
                SpanRequest::Serve { slot, serve } if slot == circuit.slot => circuit.serve(&mut desk, serve),
                SpanRequest::RestartCircuit { slot } if slot == circuit.slot => circuit.restart(&mut desk),
                SpanRequest::RestartSpan => circuit.restart(&mut desk),
                SpanRequest::Serve { .. } | SpanRequest::RestartCircuit { .. } => {}
            }
        }
    }
}

impl Circuit {
    fn serve(&mut self, desk: &mut Desk, serve: bool) {
        self.blocked = !serve;
        if matches!(self.state, State::Idle | State::Trouble { .. }) {
            self.rest(desk);
        }
    }

    fn request(&mut self, desk: &mut Desk, request: LegRequest) {
        match request {
            LegRequest::MoreDigits => self.with_incoming(desk, |register, now, variant| register.more(now, variant)),
            LegRequest::Proceeding => self.with_incoming(desk, |register, now, variant| register.enough(now, variant)),
            LegRequest::Alerting { .. } | LegRequest::Progress { .. } => self.free(desk),
            LegRequest::Answer { .. } => {
                self.answer_wanted = true;
                self.free(desk);
                match self.state {
                    State::Offered { answer_at: None } => self.answer(desk),
                    _ => desk.counters.ignored_requests += u64::from(self.calls()),
                }
            }
            LegRequest::Digits { digits, complete } => self.more_called(desk, &digits, complete),
            LegRequest::Disconnect { cause, .. } | LegRequest::Release { cause } => self.clear(desk, cause),
            LegRequest::Setup(_)
            | LegRequest::Key(_)
            | LegRequest::Notify { .. }
            | LegRequest::OfferImage { .. }
            | LegRequest::AnswerImage { .. }
            | LegRequest::AnswerNow
            | LegRequest::Hold
            | LegRequest::Retrieve
            | LegRequest::TransferAccepted
            | LegRequest::TransferDone
            | LegRequest::TransferFailed { .. } => desk.counters.ignored_requests += 1,
        }
    }

    /// A call of this end's has the circuit.
    pub(crate) fn calls(&self) -> bool {
        matches!(
            self.state,
            State::Seizing { .. }
                | State::Dialling
                | State::Ringing { .. }
                | State::Talking
                | State::ClearedBack { .. }
                | State::Releasing { .. }
        )
    }

    /// The called party is free, or is to be heard.
    fn free(&mut self, desk: &mut Desk) {
        // Where the exchange decides on the length, this says as well that the number is complete.
        self.with_incoming(desk, |register, now, variant| register.enough(now, variant));
        self.decide(desk, Says::Free(Charge::Charged));
        if let Register::Incoming(register) = &mut self.register {
            register.will_be_free();
        }
    }

    fn with_incoming(
        &mut self,
        desk: &mut Desk,
        act: impl FnOnce(&mut crate::incoming::Register, Monotonic, &crate::variant::Variant) -> crate::outgoing::Step,
    ) {
        if let Register::Incoming(register) = &mut self.register {
            let step = act(register, desk.now, &desk.config.variant);
            self.step(desk, step);
        }
    }

    fn more_called(&mut self, desk: &mut Desk, digits: &numbering::Digits, complete: bool) {
        if let Register::Outgoing(register) = &mut self.register {
            let step = register.more(desk.now, &desk.config.variant, digits, complete);
            return self.step(desk, step);
        }
        match self.state {
            State::Seizing { .. } => {
                self.address.called.append(digits);
                self.address.complete |= complete;
            }
            _ => desk.counters.ignored_requests += 1,
        }
    }

    /// Ends the call as far as this end can.
    fn clear(&mut self, desk: &mut Desk, cause: ClearCause) {
        match self.state {
            State::Seizing { .. }
            | State::Dialling
            | State::Ringing { .. }
            | State::Talking
            | State::ClearedBack { .. } => {
                self.clear_forward(desk, cause);
            }
            State::Receiving => {
                self.with_incoming(desk, |register, now, variant| register.refuse(now, variant, cause.cause));
            }
            State::Answered => self.clear_back(desk, cause),
            State::Offered { .. } => self.refuse_ringing(desk, cause),
            State::Releasing { .. }
            | State::WaitingClear { .. }
            | State::Idle
            | State::Trouble { .. }
            | State::Dead => desk.counters.ignored_requests += 1,
        }
    }
}
