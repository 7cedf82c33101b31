use crate::call::{Call, NotNow};
use crate::depart::tone_for;
use crate::leg::{Leg, Signal};
use crate::outbox::Outbox;
use crate::stage::{Company, Reason, Ringback, Stage};
use identity::{LegId, PlayId, RoomId};
use ledger::{Event, Outcome};
use legs::LegRequest;
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::Hears;

impl Call {
    /// The dialled number is complete.
    pub fn proceed(&mut self, leg: LegId, out: &mut Outbox) {
        if let Some(leg) = self.leg_mut(leg) {
            leg.proceed(out);
        }
    }

    /// Answers an incoming leg that is not answered yet.
    pub fn answer(&mut self, leg: LegId, connected: Option<PartyNumber>, out: &mut Outbox) {
        if self.leg_mut(leg).is_some_and(|leg| leg.answer(connected, out)) {
            self.write(Event::LegAnswered { leg }, out);
        }
    }

    /// A service takes the party, or says what it hears next.
    pub fn serve(&mut self, leg: LegId, hears: Hears, keys: bool, out: &mut Outbox) {
        match &mut self.stage {
            Stage::Served { leg: served, hears: heard, keys: wanted, .. } if *served == leg => {
                *heard = hears;
                *wanted = keys;
            }
            _ => self.enter(Stage::Served { leg, hears, keys, offer: None }, out),
        }
    }

    /// An agent is rung for the party that a service has.
    pub fn offer(&mut self, agent: Leg, out: &mut Outbox) -> Result<(), NotNow> {
        if !matches!(self.stage, Stage::Served { offer: None, .. }) {
            return Err(NotNow);
        }
        let id = self.add(agent, out)?;
        if let Stage::Served { offer, .. } = &mut self.stage {
            *offer = Some(id);
        }
        Ok(())
    }

    /// `to` is called for `from`, whatever `from` did before.
    pub fn ring(&mut self, from: LegId, to: Leg, why: Reason, out: &mut Outbox) -> Result<(), NotNow> {
        let to = self.add(to, out)?;
        self.enter(Stage::Ringing { from, to, why, ringback: Ringback::Silence }, out);
        Ok(())
    }

    /// `with` is called for `by`, who holds the other party.
    pub fn consult(&mut self, by: LegId, with: Leg, out: &mut Outbox) -> Result<(), NotNow> {
        let held = self.peer_of(by)?;
        let was_held = !matches!(self.stage, Stage::Talking { .. });
        let with = self.add(with, out)?;
        if !was_held {
            self.write(Event::Held { leg: held, by }, out);
        }
        self.enter(Stage::Consulting { held, by, with, answered: false, ringback: Ringback::Silence }, out);
        Ok(())
    }

    /// `by` chooses a service or a park slot for its peer, who is held until `by` lets it go.
    pub fn direct(&mut self, by: LegId, to: Digits, out: &mut Outbox) -> Result<(), NotNow> {
        let held = self.peer_of(by)?;
        if matches!(self.stage, Stage::Talking { .. }) {
            self.write(Event::Held { leg: held, by }, out);
        }
        self.enter(Stage::Directing { held, by, to }, out);
        Ok(())
    }

    /// Whom `by` talks to or holds, and may so send elsewhere: not in whose stead a supervisor speaks.
    fn peer_of(&self, by: LegId) -> Result<LegId, NotNow> {
        match self.stage {
            Stage::Talking { .. } if self.silenced(by) => Err(NotNow),
            Stage::Talking { a, b } if a == by => Ok(b),
            Stage::Talking { a, b } if b == by => Ok(a),
            Stage::Held { held, by: holder, .. } | Stage::Directing { held, by: holder, .. } if holder == by => {
                Ok(held)
            }
            _ => Err(NotNow),
        }
    }

    /// An outgoing leg rings.
    pub fn ringing(&mut self, leg: LegId, inband: bool, out: &mut Outbox) {
        let Some(rung) = self.leg_mut(leg).filter(|l| l.signal() == Signal::Calling) else { return };
        rung.set_signal(Signal::Ringing);
        self.write(Event::LegRinging { leg }, out);
        self.sounds(leg, inband, true, out);
    }

    /// In-band information comes from an outgoing leg before it rings or beside it.
    pub fn cut_through(&mut self, leg: LegId, out: &mut Outbox) {
        if self.leg(leg).is_some_and(|l| matches!(l.signal(), Signal::Calling | Signal::Ringing)) {
            self.sounds(leg, true, false, out);
        }
    }

    fn sounds(&mut self, leg: LegId, inband: bool, alerting: bool, out: &mut Outbox) {
        let heard = if inband { Ringback::CutThrough } else { Ringback::Tone };
        let waiting = match &mut self.stage {
            Stage::Ringing { from, to, ringback, .. } if *to == leg => {
                // What the far end lets be heard is not covered by our own tone.
                *ringback = if *ringback == Ringback::CutThrough { Ringback::CutThrough } else { heard };
                *from
            }
            Stage::Consulting { by, with, ringback, answered: false, .. } if *with == leg => {
                *ringback = if *ringback == Ringback::CutThrough { Ringback::CutThrough } else { heard };
                *by
            }
            _ => return,
        };
        let Some(waiting) = self.leg_mut(waiting) else { return };
        match alerting {
            true => waiting.alert(inband, out),
            false if matches!(waiting.signal(), Signal::Proceeding | Signal::Alerted { .. }) => {
                waiting.request(LegRequest::Progress { inband, cause: None }, out);
            }
            false => {}
        }
    }

    /// An outgoing leg answered: whoever it was called for talks to it. False: it was called for nobody here.
    pub fn answered(&mut self, leg: LegId, connected: Option<PartyNumber>, out: &mut Outbox) -> bool {
        let Some(answering) = self.leg_mut(leg) else { return false };
        if !matches!(answering.signal(), Signal::Calling | Signal::Ringing) {
            return false;
        }
        answering.set_signal(Signal::Answered);
        self.write(Event::LegAnswered { leg }, out);
        let (stage, waiting) = match self.stage.clone() {
            Stage::Ringing { from, to, .. } if to == leg => (Stage::Talking { a: from, b: to }, from),
            Stage::Served { leg: from, offer: Some(offer), .. } if offer == leg => {
                (Stage::Talking { a: from, b: leg }, from)
            }
            Stage::Consulting { held, by, with, ringback, .. } if with == leg => {
                (Stage::Consulting { held, by, with, answered: true, ringback }, by)
            }
            _ => {
                self.supervisor_answered(leg, out);
                return false;
            }
        };
        self.answer(waiting, connected, out);
        self.facts.ends_as(Outcome::Answered);
        self.enter(stage, out);
        true
    }

    /// `by` puts its peer on hold.
    pub fn hold(&mut self, by: LegId, out: &mut Outbox) -> Result<LegId, NotNow> {
        let held = match self.stage {
            Stage::Talking { .. } if self.silenced(by) => return Err(NotNow),
            Stage::Talking { a, b } if a == by => b,
            Stage::Talking { a, b } if b == by => a,
            _ => return Err(NotNow),
        };
        self.enter(Stage::Held { held, by, tone: None }, out);
        self.write(Event::Held { leg: held, by }, out);
        Ok(held)
    }

    /// `by` takes its peer back.
    pub fn retrieve(&mut self, by: LegId, out: &mut Outbox) -> Result<LegId, NotNow> {
        match self.stage {
            Stage::Held { held, by: holder, .. } | Stage::Directing { held, by: holder, .. } if holder == by => {
                self.write(Event::Retrieved { leg: held }, out);
                self.enter(Stage::Talking { a: held, b: by }, out);
                Ok(held)
            }
            _ => Err(NotNow),
        }
    }

    /// Whom `by` wanted to call while it holds its peer cannot be: it hears why.
    pub fn second_call_fails(&mut self, by: LegId, cause: Cause, out: &mut Outbox) {
        if let Stage::Held { held, by: holder, .. } = self.stage
            && holder == by
        {
            self.enter(Stage::Held { held, by, tone: Some(tone_for(cause)) }, out);
        }
    }

    /// The hold lasted too long: the parties talk again.
    pub fn hold_expired(&mut self, out: &mut Outbox) -> Result<(), NotNow> {
        match self.stage {
            Stage::Held { held, by, .. } | Stage::Directing { held, by, .. } => {
                self.write(Event::HoldExpired { leg: held }, out);
                self.retrieve(by, out).map(drop)
            }
            _ => Err(NotNow),
        }
    }

    /// Joins held and consulted party, or lets the held one go to the service chosen; `by` is to be released next. Before the consulted
    /// one answers it is a blind transfer.
    pub fn complete_transfer(&mut self, by: LegId) -> Result<(), NotNow> {
        // The departure of `by` does the rest: going on-hook means the same.
        match self.stage {
            Stage::Consulting { by: own, .. } | Stage::Directing { by: own, .. } if own == by => Ok(()),
            _ => Err(NotNow),
        }
    }

    /// Back to the first party; the consulted or third one, if there is one, is answered to be released.
    pub fn cancel_transfer(&mut self, by: LegId, out: &mut Outbox) -> Result<Option<LegId>, NotNow> {
        match self.stage {
            Stage::Consulting { held, by: consulting, with, .. } if consulting == by => {
                self.write(Event::Retrieved { leg: held }, out);
                self.enter(Stage::Talking { a: held, b: by }, out);
                Ok(Some(with))
            }
            Stage::Directing { .. } => self.retrieve(by, out).map(|_| None),
            Stage::ThreeWay { by: convener, other, third } if convener == by => {
                self.enter(Stage::Talking { a: other, b: by }, out);
                Ok(Some(third))
            }
            _ => Err(NotNow),
        }
    }

    /// Joins all three.
    pub fn three_way(&mut self, by: LegId, out: &mut Outbox) -> Result<(), NotNow> {
        match self.stage {
            Stage::Consulting { held, by: consulting, with, answered: true, .. } if consulting == by => {
                self.write(Event::Retrieved { leg: held }, out);
                self.enter(Stage::ThreeWay { by, other: held, third: with }, out);
                self.write(Event::Conference { legs: vec![held, by, with] }, out);
                Ok(())
            }
            _ => Err(NotNow),
        }
    }

    /// Takes the peer of `by` away from it, for a blind transfer or park; `by` is to be released next.
    pub fn take_from(&mut self, by: LegId, out: &mut Outbox) -> Result<LegId, NotNow> {
        let peer = self.peer_of(by)?;
        if !self.leg(peer).is_some_and(Leg::answered) {
            return Err(NotNow);
        }
        self.await_service(peer, out);
        Ok(peer)
    }

    /// The party goes into a meeting room.
    pub fn meet(&mut self, leg: LegId, room: RoomId, out: &mut Outbox) {
        self.facts.ends_as(Outcome::Answered);
        self.enter(Stage::Meeting { leg, room, muted: false, company: Company::Nobody }, out);
        self.write(Event::MeetingJoined { leg, room }, out);
    }

    /// The member's voice is heard there, or no longer.
    pub fn mute(&mut self, mute: bool, out: &mut Outbox) -> Result<(), NotNow> {
        let Stage::Meeting { leg, muted, .. } = &mut self.stage else { return Err(NotNow) };
        let (leg, before) = (*leg, std::mem::replace(muted, mute));
        if before != mute {
            self.write(Event::MeetingMuted { leg, muted: mute }, out);
        }
        Ok(())
    }

    /// Others are in its room: it hears them.
    pub fn in_company(&mut self) {
        if let Stage::Meeting { company, .. } = &mut self.stage {
            *company = Company::Others;
        }
    }

    /// Nobody else is in its room: it is told so, then hears music.
    pub fn alone(&mut self, so: Hears) {
        if let Stage::Meeting { company, .. } = &mut self.stage {
            *company = Company::Told(so);
        }
    }

    /// A play ended: a member has been told what it was to hear.
    pub fn was_told(&mut self, ended: PlayId) {
        if let Stage::Meeting { company, .. } = &mut self.stage
            && matches!(company, Company::Told(Hears::Play { play, .. }) if *play == ended)
        {
            *company = Company::Nobody;
        }
    }

    /// The party waits in a park slot.
    pub fn park(&mut self, leg: LegId, slot: Digits, by: Digits, out: &mut Outbox) {
        self.write(Event::Parked { slot: slot.clone() }, out);
        self.enter(Stage::Parked { leg, slot, by }, out);
    }

    /// A leg of another call joins: it talks to `with` at once if both are answered. Unanswered, `with` goes back to `back`.
    pub fn join(&mut self, mut leg: Leg, with: LegId, back: Option<Digits>, out: &mut Outbox) -> Result<(), NotNow> {
        if let Stage::Parked { slot, .. } = &self.stage {
            let slot = slot.clone();
            self.write(Event::Unparked { slot }, out);
        }
        if leg.role == ledger::Role::Caller {
            leg.role = ledger::Role::Callee;
        }
        let answered = leg.answered();
        let id = self.add(leg, out)?;
        let stage = match answered {
            true => Stage::Talking { a: with, b: id },
            false => Stage::Ringing { from: with, to: id, why: Reason::Transferred { back }, ringback: Ringback::Tone },
        };
        if answered {
            self.facts.ends_as(Outcome::Answered);
        }
        self.enter(stage, out);
        Ok(())
    }

    /// Says why the call fails: a tone on a trunk, the cause alone to a telephone, which has tones of its own. True: a tone is
    /// heard and must end in time; false: the leg is to be released now.
    pub fn fail(&mut self, leg: LegId, cause: ClearCause, out: &mut Outbox) -> bool {
        let Some(party) = self.leg(leg).filter(|l| l.live()) else { return false };
        let tone = tone_for(cause.cause);
        let inband = party.circuit().is_some();
        if inband {
            party.request(LegRequest::Disconnect { cause, inband }, out);
        } else if !party.answered() {
            return false;
        }
        self.enter(Stage::Failing { leg, tone, source: None }, out);
        true
    }

    /// The far end's own tone or announcement says why the call fails: `from` listens to it until released.
    pub fn let_hear_failure(&mut self, source: LegId, cause: ClearCause, out: &mut Outbox) -> bool {
        let Stage::Ringing { from, to, .. } = self.stage else { return false };
        if to != source {
            return false;
        }
        if let Some(party) = self.leg(from)
            && !party.answered()
        {
            party.request(LegRequest::Progress { inband: true, cause: Some(cause) }, out);
        }
        self.enter(Stage::Failing { leg: from, tone: tone_for(cause.cause), source: Some(source) }, out);
        true
    }
}
