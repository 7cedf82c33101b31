use crate::call::Call;
use crate::outbox::Outbox;
use crate::stage::{Reason, Ringback, Stage};
use identity::LegId;
use ledger::{Event, Outcome};
use legs::LegRequest;
use numbering::{Cause, ClearCause, Digits};
use plan::{Hears, Tone};

/// What a party's going leaves behind. Where somebody has to be released or called, the exchange does it.
#[derive(Clone, PartialEq, Debug)]
pub enum Departure {
    /// The others go on, or nobody is left.
    Settled,
    /// This one is left with nobody.
    Alone { leg: LegId },
    /// Who was rung for `from` is not reached.
    NotReached { from: LegId, why: Reason },
    /// The agent being offered the call is not reached; the caller goes on waiting.
    OfferEnded { leg: LegId },
    /// Who chose a service or a park slot for this party let it go there.
    Directed { leg: LegId, to: Digits },
    /// A telephone at a port was put down while it held this party: it is to be rung back. By custom, for the party is still there and
    /// a telephone without a display forgets it.
    LeftHolding { held: LegId, back: Digits },
    /// The consulted party is not reached or left; the other is still held.
    ConsultEnded,
    /// The leg took part in nothing.
    Nothing,
}

impl Call {
    /// Releases a leg and takes it out of the stage.
    pub fn release(&mut self, leg: LegId, cause: ClearCause, out: &mut Outbox) -> Departure {
        self.request(leg, LegRequest::Release { cause }, out);
        self.departed(leg, cause, out)
    }

    /// A leg is gone or going: takes it out of the stage. Does nothing the second time.
    pub fn departed(&mut self, leg: LegId, cause: ClearCause, out: &mut Outbox) -> Departure {
        if !self.clear(leg, cause, out) {
            return Departure::Nothing;
        }
        if self.supervision_ends(leg, out) || !self.stage.legs().any(|taking_part| taking_part == leg) {
            return Departure::Settled;
        }
        match self.stage.clone() {
            Stage::Served { leg: served, hears, keys, offer: Some(offer) } if offer == leg => {
                self.stage = Stage::Served { leg: served, hears, keys, offer: None };
                Departure::OfferEnded { leg: served }
            }
            Stage::Served { offer: Some(offer), .. } => self.left_alone(offer, Outcome::AbandonedRinging, out),
            Stage::Ringing { from, to, why, .. } if to == leg => {
                self.await_service(from, out);
                Departure::NotReached { from, why }
            }
            Stage::Ringing { to, .. } => self.left_alone(to, Outcome::AbandonedRinging, out),
            Stage::Directing { held, by, to } if by == leg => {
                self.await_service(held, out);
                Departure::Directed { leg: held, to }
            }
            Stage::Held { held, by, .. } if by == leg => match self.extension_at_port(by) {
                Some(back) => {
                    self.await_service(held, out);
                    Departure::LeftHolding { held, back }
                }
                None => self.left_alone(held, Outcome::Answered, out),
            },
            Stage::Talking { a, b } if self.taking_over(leg).is_some() => {
                let other = if a == leg { b } else { a };
                self.supervisor_takes_over(leg, other, out)
            }
            Stage::Talking { a, b } | Stage::Held { held: a, by: b, .. } | Stage::Directing { held: a, by: b, .. } => {
                let other = if a == leg { b } else { a };
                self.left_alone(other, Outcome::Answered, out)
            }
            Stage::Consulting { held, by, with, answered, ringback } => {
                self.consultation_broken(leg, (held, by, with), answered.then_some(()).ok_or(ringback), cause, out)
            }
            Stage::ThreeWay { by, other, third } => {
                let mut rest = [by, other, third].into_iter().filter(|l| *l != leg);
                if let (Some(a), Some(b)) = (rest.next(), rest.next()) {
                    self.enter(Stage::Talking { a, b }, out);
                }
                Departure::Settled
            }
            Stage::Failing { leg: party, tone, source: Some(source) } if source == leg => {
                self.enter(Stage::Failing { leg: party, tone, source: None }, out);
                Departure::Settled
            }
            Stage::Failing { source: Some(source), .. } => self.left_alone(source, Outcome::Failed, out),
            Stage::Dialling { .. } => self.nobody_left(Outcome::Failed, out),
            Stage::Fetching { .. } => self.nobody_left(Outcome::NoAnswer, out),
            Stage::Served { .. }
            | Stage::Meeting { .. }
            | Stage::Parked { .. }
            | Stage::Failing { .. }
            | Stage::Over => {
                self.enter(Stage::Over, out);
                Departure::Settled
            }
        }
    }

    /// An agent leaves its party to the supervisor whom the party hears.
    fn supervisor_takes_over(&mut self, agent: LegId, other: LegId, out: &mut Outbox) -> Departure {
        let Some(next) = self.taking_over(agent) else { return self.left_alone(other, Outcome::Answered, out) };
        self.supervision_ends(next, out);
        self.enter(Stage::Talking { a: other, b: next }, out);
        self.write(Event::Transferred { from: agent, to: next }, out);
        if let Some(agent) = self.leg(next).and_then(|leg| leg.agent) {
            self.write(Event::Connected { queue: None, agent }, out);
        }
        Departure::Settled
    }

    /// Gives the call up: every leg is released, whatever the stage says. For a call whose invariants are broken.
    pub fn give_up(&mut self, cause: ClearCause, out: &mut Outbox) {
        let live: Vec<LegId> = self.legs.iter().filter(|leg| leg.live()).map(|leg| leg.id).collect();
        self.stage = Stage::Over;
        self.supervisors.clear();
        for leg in live {
            self.request(leg, LegRequest::Release { cause }, out);
            self.clear(leg, cause, out);
        }
    }

    fn extension_at_port(&self, leg: LegId) -> Option<Digits> {
        let leg = self.leg(leg).filter(|leg| leg.port.is_some())?;
        leg.extension().cloned()
    }

    fn nobody_left(&mut self, outcome: Outcome, out: &mut Outbox) -> Departure {
        if self.facts.outcome.is_none() {
            self.facts.ends_as(outcome);
        }
        self.enter(Stage::Over, out);
        Departure::Settled
    }

    fn left_alone(&mut self, leg: LegId, outcome: Outcome, out: &mut Outbox) -> Departure {
        self.facts.ends_as(outcome);
        self.await_service(leg, out);
        Departure::Alone { leg }
    }

    /// The party waits for what the exchange finds for it next.
    pub(crate) fn await_service(&mut self, leg: LegId, out: &mut Outbox) {
        self.enter(Stage::Served { leg, hears: Hears::Silence, keys: false, offer: None }, out);
    }

    fn consultation_broken(
        &mut self,
        gone: LegId,
        (held, by, with): (LegId, LegId, LegId),
        talking: Result<(), Ringback>,
        cause: ClearCause,
        out: &mut Outbox,
    ) -> Departure {
        match talking {
            _ if gone == with => {
                let tone = match talking {
                    Ok(()) => None,
                    Err(_) => Some(tone_for(cause.cause)),
                };
                self.enter(Stage::Held { held, by, tone }, out);
                return Departure::ConsultEnded;
            }
            Ok(()) if gone == held => self.enter(Stage::Talking { a: by, b: with }, out),
            Err(ringback) if gone == held => {
                self.enter(Stage::Ringing { from: by, to: with, why: Reason::Dialled, ringback }, out);
            }
            // Who consults goes on-hook: the transfer is complete.
            Ok(()) => {
                self.enter(Stage::Talking { a: held, b: with }, out);
                self.write(Event::Transferred { from: by, to: with }, out);
            }
            Err(ringback) => {
                let back = self.leg(by).and_then(|leg| leg.extension().cloned());
                self.enter(Stage::Ringing { from: held, to: with, why: Reason::Transferred { back }, ringback }, out);
                self.write(Event::Transferred { from: by, to: with }, out);
            }
        }
        Departure::Settled
    }
}

/// Which tone tells a party that a call failed for this cause: busy for a busy or unwilling party, special information for a
/// number that is none, congestion for the rest (E.180, YD/T 586).
pub(crate) fn tone_for(cause: Cause) -> Tone {
    match cause {
        Cause::UserBusy | Cause::NoAnswer | Cause::NoUserResponding | Cause::CallRejected | Cause::NormalClearing => {
            Tone::Busy
        }
        Cause::UnallocatedNumber
        | Cause::NoRouteToDestination
        | Cause::SendSpecialInformationTone
        | Cause::NumberChanged
        | Cause::InvalidNumberFormat
        | Cause::SubscriberAbsent
        | Cause::OutgoingCallsBarred => Tone::SpecialInformation,
        _ => Tone::Congestion,
    }
}
