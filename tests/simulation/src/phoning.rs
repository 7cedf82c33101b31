//! Phones of the house: what the box asks of them, what their users do.

use crate::agenda::{Happening, PhoneDeed};
use crate::phones::{PhoneLeg, PhoneManner, PhoneState};
use crate::world::World;
use clock::Millis;
use exchange::Input;
use identity::{LegId, LineId};
use legs::{Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup, Target};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::Port;

/// From box to phone and back.
const NETWORK: Millis = Millis(20);
/// How long a user listens to a tone before hanging up.
pub(crate) const TONE_HEARD: Millis = Millis::secs(2);

impl World {
    /// A request of the box for a phone's leg.
    pub(crate) fn phone_asked(&mut self, leg: LegId, request: LegRequest) {
        match request {
            LegRequest::Setup(outgoing) => self.phone_called(leg, *outgoing),
            LegRequest::Release { cause } => self.phone_leg_over(leg, cause),
            LegRequest::Disconnect { cause, inband } => match self.phones.legs.get(&leg).map(|known| known.state) {
                // A tone can be heard only by who called or talks.
                Some(PhoneState::Calling | PhoneState::Talking) if inband => {
                    self.phones.set(leg, PhoneState::Hearing(cause));
                    self.phone_will(TONE_HEARD, leg, PhoneDeed::HangUp);
                }
                _ => self.phone_leg_over(leg, cause),
            },
            LegRequest::Answer { .. } => self.phones.set(leg, PhoneState::Talking),
            LegRequest::AnswerNow => self.phone_will(NETWORK, leg, PhoneDeed::Answer),
            LegRequest::Hold => self.phones.asked.push((leg, "hold")),
            LegRequest::Retrieve => self.phones.asked.push((leg, "retrieve")),
            LegRequest::TransferAccepted => self.phones.asked.push((leg, "transfer accepted")),
            LegRequest::TransferDone => self.phones.asked.push((leg, "transfer done")),
            LegRequest::TransferFailed { .. } => self.phones.asked.push((leg, "transfer failed")),
            LegRequest::MoreDigits
            | LegRequest::Proceeding
            | LegRequest::Alerting { .. }
            | LegRequest::Progress { .. }
            | LegRequest::Digits { .. }
            | LegRequest::Notify { .. }
            | LegRequest::OfferImage { .. }
            | LegRequest::AnswerImage { .. }
            | LegRequest::Key(_) => {}
        }
    }

    fn phone_called(&mut self, leg: LegId, outgoing: Outgoing) {
        let Target::Extension(extension) = outgoing.target else {
            return self.watch.violated(self.now, format!("{leg} asks SIP for a circuit"));
        };
        let refusal = match self.phones.phones.get(&extension) {
            None => Some(Cause::UnallocatedNumber),
            Some(phone) if !phone.registered => Some(Cause::SubscriberAbsent),
            Some(_) if self.phones.in_use(&extension) => Some(Cause::UserBusy),
            Some(phone) => match phone.manner {
                PhoneManner::Refuses(cause) => Some(cause),
                PhoneManner::Answers(_) | PhoneManner::NoAnswer | PhoneManner::Sometimes(_) => None,
            },
        };
        if self.phones.legs.contains_key(&leg) {
            return self.watch.violated(self.now, format!("{leg} is set up twice"));
        }
        self.phones.ring(leg, extension.clone());
        let follows = self.media.open(leg, rtp_port(leg));
        follows.into_iter().for_each(|consequence| self.media_follows(consequence));
        if let Some(cause) = refusal {
            return self.say(NETWORK + NETWORK, leg, LegIndication::Released { cause: cause.into() });
        }
        self.say(NETWORK + NETWORK, leg, LegIndication::Alerting { inband: false });
        let after = match self.phones.phones.get(&extension).map(|phone| phone.manner) {
            _ if outgoing.answer_at_once => Some(NETWORK),
            Some(PhoneManner::Answers(after)) => Some(after),
            Some(PhoneManner::Sometimes(permille)) => {
                let after = Millis(self.random.within(500, 10_000));
                self.random.permille(permille).then_some(after)
            }
            Some(PhoneManner::NoAnswer | PhoneManner::Refuses(_)) | None => None,
        };
        if let Some(after) = after {
            self.phone_will(after, leg, PhoneDeed::Answer);
        }
    }

    /// The box ends the leg: the phone is told, and the leg's last word is said.
    fn phone_leg_over(&mut self, leg: LegId, cause: ClearCause) {
        if self.phones.legs.get(&leg).is_some_and(|known| known.state != PhoneState::Over) {
            self.phones.set(leg, PhoneState::Over);
            self.say(NETWORK, leg, LegIndication::Released { cause });
        }
    }

    fn say(&mut self, after: Millis, leg: LegId, indication: LegIndication) {
        self.agenda.plan(self.now.mono + after, Happening::PhoneSays { leg, indication });
    }

    fn phone_will(&mut self, after: Millis, leg: LegId, deed: PhoneDeed) {
        self.agenda.plan(self.now.mono + after, Happening::PhoneDoes { leg, deed });
    }

    /// A phone's word reaches the box. After its last word a leg says nothing.
    pub(crate) fn phone_says(&mut self, leg: LegId, indication: LegIndication) {
        let Some(known) = self.phones.legs.get(&leg) else { return };
        match &indication {
            LegIndication::Released { .. } => {
                self.phones.legs.remove(&leg);
            }
            LegIndication::Alerting { .. } if known.state != PhoneState::Ringing => return,
            LegIndication::Answered { .. } if known.state != PhoneState::Ringing => return,
            LegIndication::Answered { .. } => self.phones.set(leg, PhoneState::Talking),
            _ => {}
        }
        self.house.input(Input::Leg { line: LineId::Sip, leg, indication });
    }

    pub(crate) fn phone_does(&mut self, leg: LegId, deed: PhoneDeed) {
        if self.sip.is_some() {
            return self.sip_phone_does(leg, deed);
        }
        let Some(known) = self.phones.legs.get(&leg) else { return };
        match (deed, known.state) {
            (PhoneDeed::Answer, PhoneState::Ringing) => {
                self.say(NETWORK, leg, LegIndication::Answered { connected: None })
            }
            (PhoneDeed::HangUp, _) => {
                self.say(NETWORK, leg, LegIndication::Released { cause: Cause::NormalClearing.into() });
            }
            (PhoneDeed::Hold, PhoneState::Talking) => self.say(NETWORK, leg, LegIndication::Held),
            (PhoneDeed::Retrieve, PhoneState::Talking) => self.say(NETWORK, leg, LegIndication::Retrieved),
            (PhoneDeed::Refer(to), PhoneState::Talking) => self.say(NETWORK, leg, LegIndication::Transfer { to }),
            (PhoneDeed::Join(other), PhoneState::Talking) => {
                self.say(NETWORK, leg, LegIndication::TransferTo { other })
            }
            (PhoneDeed::Hold | PhoneDeed::Retrieve | PhoneDeed::Refer(_) | PhoneDeed::Join(_), _) => {}
            (
                PhoneDeed::Answer,
                PhoneState::Calling | PhoneState::Talking | PhoneState::Hearing(_) | PhoneState::Over,
            ) => {}
        }
    }

    /// Somebody dials at a phone of the house.
    pub(crate) fn phone_dials(&mut self, extension: &Digits, number: Digits) -> LegId {
        if self.sip.is_some() {
            return self.sip_phone_dials(extension, &number);
        }
        let leg = self.phones.new_leg();
        // Nobody answers the INVITE while the daemon is down.
        if !self.house.up() {
            return leg;
        }
        self.phones.legs.insert(leg, PhoneLeg { extension: extension.clone(), state: PhoneState::Calling });
        let follows = self.media.open(leg, rtp_port(leg));
        follows.into_iter().for_each(|consequence| self.media_follows(consequence));
        let setup = Setup {
            called: PartyNumber::plain(number),
            complete: true,
            calling: Some(PartyNumber::plain(extension.clone())),
            ..Setup::default()
        };
        let incoming = Incoming { setup, origin: Origin::Extension(extension.clone()), replaces: None };
        self.phone_says(leg, LegIndication::Setup(Box::new(incoming)));
        leg
    }
}

/// The SIP core gives each leg a port of its own.
fn rtp_port(leg: LegId) -> Port {
    let low = (leg.0 & 0x3fff) as u16;
    let core = ((leg.0 >> 48) & 1) as u16;
    Port::Rtp { local_port: (low << 2) | (core << 1) }
}
