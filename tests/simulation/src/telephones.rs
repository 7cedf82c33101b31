//! The World's telephones over SIP: datagrams carried, and what users do when their telephones ring.

use crate::agenda::{Happening, PhoneDeed};
use crate::phones::{PhoneLeg, PhoneManner, PhoneState};
use crate::phoning::TONE_HEARD;
use crate::sip_net::{SipNet, Weather, call_id, server};
use crate::world::World;
use clock::{Millis, Monotonic};
use exchange::Input;
use identity::{LegId, LineId};
use legs::{LegIndication, LegRequest, Origin};
use numbering::{Cause, Digits};
use sip::phone::{Phone, PhoneEvent};
use sip::{SipCore, SipOutput, Source, Transmit, Transport};

/// One way, at least.
const ONE_WAY: Millis = Millis(8);
/// A telephone is used once it is registered; on a bad network that may take some fifths of a second.
const REGISTERED_WITHIN: usize = 150;
/// Nobody stays on a dead line for longer.
const NOTICED_WITHIN: u64 = 20_000;

impl World {
    /// The telephones of this house speak SIP, over a network with this weather. Said before the first of them is installed.
    pub fn telephones_over_sip(mut self, weather: Weather) -> World {
        self.sip = Some(SipNet::new(self.ladder.seed, weather));
        self
    }

    pub(crate) fn install_sip_phone(&mut self, extension: &Digits) {
        self.plug_in_sip_phone(extension);
        let registered = |world: &World| world.phones.phones.get(extension).is_some_and(|phone| phone.registered);
        for _ in 0..REGISTERED_WITHIN {
            if !registered(self) {
                self.run_for(Millis(200));
            }
        }
    }

    fn plug_in_sip_phone(&mut self, extension: &Digits) {
        let Some(net) = &mut self.sip else { return };
        match net.phones.get(extension) {
            // Switched off in order: it remembers what it is.
            Some(phone) if phone.plugged => {}
            Some(_) | None => net.install(extension),
        }
        self.phone_acts(extension, Phone::register);
    }

    /// Its power is gone, or it is switched off in order.
    pub(crate) fn set_sip_phone(&mut self, extension: &Digits, on: bool) {
        if on {
            return self.plug_in_sip_phone(extension);
        }
        if self.random.permille(500) {
            return self.unplug_sip_phone(extension);
        }
        let calls = self.sip_calls_of(extension);
        for call in calls {
            self.phone_acts(extension, |ua, now| ua.hang_up(now, call, Cause::NormalClearing.into()));
        }
        self.phone_acts(extension, Phone::unregister);
    }

    pub(crate) fn unplug_sip_phone(&mut self, extension: &Digits) {
        if let Some(phone) = self.sip.as_mut().and_then(|net| net.phones.get_mut(extension)) {
            phone.plugged = false;
            phone.calls.clear();
        }
    }

    fn sip_calls_of(&self, extension: &Digits) -> Vec<LegId> {
        let phone = self.sip.as_ref().and_then(|net| net.phones.get(extension));
        phone.map_or(Vec::new(), |phone| phone.calls.keys().copied().collect())
    }

    /// The daemon dies: its telephones' users notice that the line is dead.
    pub(crate) fn sip_dies(&mut self) {
        let Some(net) = &mut self.sip else { return };
        net.die();
        let calls: Vec<(Digits, LegId)> = net
            .phones
            .iter()
            .flat_map(|(extension, phone)| phone.calls.keys().map(|call| (extension.clone(), *call)))
            .collect();
        for (extension, call) in calls {
            let at = self.now.mono + Millis(self.random.within(1000, NOTICED_WITHIN));
            self.agenda.plan(at, Happening::UserDoes { extension, call, deed: PhoneDeed::HangUp });
        }
    }

    pub(crate) fn sip_starts(&mut self) {
        if let Some(net) = &mut self.sip {
            net.start();
            net.set_accounts(&self.house.settings);
        }
    }

    /// A request of the box for a telephone's leg.
    pub(crate) fn sip_asked(&mut self, leg: LegId, request: LegRequest) {
        match &request {
            LegRequest::Setup(outgoing) => {
                if let legs::Target::Extension(extension) = &outgoing.target {
                    self.phones.ring(leg, extension.clone());
                }
            }
            LegRequest::Answer { .. } => self.phones.set(leg, PhoneState::Talking),
            LegRequest::Disconnect { cause, inband: true } => {
                self.phones.set(leg, PhoneState::Hearing(*cause));
                let deed = PhoneDeed::HangUp;
                self.agenda.plan(self.now.mono + TONE_HEARD, Happening::PhoneDoes { leg, deed });
            }
            LegRequest::Hold => self.phones.asked.push((leg, "hold")),
            LegRequest::Retrieve => self.phones.asked.push((leg, "retrieve")),
            LegRequest::TransferAccepted => self.phones.asked.push((leg, "transfer accepted")),
            LegRequest::TransferDone => self.phones.asked.push((leg, "transfer done")),
            LegRequest::TransferFailed { .. } => self.phones.asked.push((leg, "transfer failed")),
            _ => {}
        }
        let begins = matches!(request, LegRequest::Setup(_)).then_some(leg);
        self.core_acts(begins, None, |core, now| core.request(now, leg, request));
    }

    /// The box's core does something, and what comes of it is carried on. `begins`: the leg whose INVITE this sends; `about`: the
    /// Call-ID of the message that it got.
    fn core_acts(&mut self, begins: Option<LegId>, about: Option<&str>, act: impl FnOnce(&mut SipCore, Monotonic)) {
        let now = self.now.mono;
        let Some(core) = self.sip.as_mut().and_then(|net| net.core.as_mut()) else { return };
        act(core, now);
        while let Some(output) = self.sip.as_mut().and_then(|net| net.core.as_mut()?.poll()) {
            match output {
                SipOutput::Transmit(message) => {
                    if let (Some(leg), Some(id), Some(net)) = (begins, call_id(&message.bytes), &mut self.sip) {
                        net.begins_at_box(id, leg);
                    }
                    self.fly(message);
                }
                SipOutput::Leg { leg, what } => self.sip_leg_says(leg, about, what),
                SipOutput::Registration { extension, contact } => {
                    if let Some(phone) = self.phones.phones.get_mut(&extension) {
                        phone.registered = contact.is_some();
                    }
                    self.house.input(Input::Registration { extension, contact });
                }
                SipOutput::Media(request) => {
                    let follows = self.media.request(now, request);
                    follows.into_iter().for_each(|consequence| self.media_follows(consequence));
                }
                SipOutput::Trace(_) => {}
            }
        }
    }

    fn sip_leg_says(&mut self, leg: LegId, about: Option<&str>, what: LegIndication) {
        match &what {
            LegIndication::Setup(incoming) => {
                if let Origin::Extension(extension) = &incoming.origin {
                    let extension = extension.clone();
                    self.phones.legs.insert(leg, PhoneLeg { extension, state: PhoneState::Calling });
                }
                if let (Some(id), Some(net)) = (about, &mut self.sip) {
                    net.begins_at_box(id, leg);
                }
            }
            LegIndication::Answered { .. } => self.phones.set(leg, PhoneState::Talking),
            LegIndication::Released { .. } => {
                self.phones.legs.remove(&leg);
                if let Some(net) = &mut self.sip {
                    net.ended_at_box(leg);
                }
            }
            _ => {}
        }
        self.house.input(Input::Leg { line: LineId::Sip, leg, indication: what });
    }

    fn fly(&mut self, message: Transmit) {
        let Some(net) = &mut self.sip else { return };
        net.datagrams += 1;
        let weather = net.weather;
        let copies = if self.random.permille(weather.doubling) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.random.permille(weather.loss) {
                let at = self.now.mono + ONE_WAY + Millis(self.random.within(0, weather.jitter + 1));
                self.agenda.plan(at, Happening::Datagram(Box::new(message.clone())));
            }
        }
    }

    pub(crate) fn datagram_arrives(&mut self, message: &Transmit) {
        let source = Source { transport: Transport::Udp, from: message.from, local: message.to };
        self.ladder.note(self.now, || {
            let text = String::from_utf8_lossy(&message.bytes);
            format!("sip {} > {}: {}", message.from, message.to, text.lines().next().unwrap_or_default())
        });
        let about = call_id(&message.bytes);
        if message.to == server() {
            return self.core_acts(None, about, |core, now| core.receive(now, source, &message.bytes));
        }
        if let Some(extension) = self.sip.as_ref().and_then(|net| net.phone_at(message.to)) {
            self.phone_acts_about(&extension, about, |ua, now| ua.receive(now, source, &message.bytes));
        }
    }

    pub(crate) fn sip_expires(&mut self) {
        let now = self.now.mono;
        self.core_acts(None, None, SipCore::expire);
        let due: Vec<Digits> = self
            .sip
            .iter()
            .flat_map(|net| &net.phones)
            .filter_map(|(extension, phone)| {
                phone.ua.deadline().filter(|at| phone.plugged && *at <= now).map(|_| extension.clone())
            })
            .collect();
        for extension in due {
            self.phone_acts(&extension, Phone::expire);
        }
    }

    fn phone_acts<T>(&mut self, extension: &Digits, act: impl FnOnce(&mut Phone, Monotonic) -> T) -> Option<T> {
        self.phone_acts_about(extension, None, act)
    }

    /// A telephone does something, if it has power, and what comes of it is carried on.
    fn phone_acts_about<T>(
        &mut self,
        extension: &Digits,
        about: Option<&str>,
        act: impl FnOnce(&mut Phone, Monotonic) -> T,
    ) -> Option<T> {
        let now = self.now.mono;
        let phone = self.sip.as_mut()?.phones.get_mut(extension).filter(|phone| phone.plugged)?;
        let result = act(&mut phone.ua, now);
        while let Some(event) = self.sip.as_mut().and_then(|net| net.phones.get_mut(extension)?.ua.poll()) {
            match event {
                PhoneEvent::Transmit(message) => self.fly(message),
                PhoneEvent::Call { call, what } => self.user_hears(extension, call, about, &what),
                PhoneEvent::Registered { .. }
                | PhoneEvent::Unregistered
                | PhoneEvent::RegistrationFailed { .. }
                | PhoneEvent::Media(_)
                | PhoneEvent::Talk { .. }
                | PhoneEvent::Referred { .. }
                | PhoneEvent::TransferProgress { .. } => {}
            }
        }
        Some(result)
    }

    fn user_hears(&mut self, extension: &Digits, call: LegId, about: Option<&str>, what: &LegIndication) {
        let Some(net) = &mut self.sip else { return };
        let Some(phone) = net.phones.get_mut(extension) else { return };
        match what {
            LegIndication::Setup(_) => {
                let busy = !phone.calls.is_empty();
                phone.calls.insert(call, PhoneState::Ringing);
                if let Some(id) = about {
                    net.begins_at_phone(id, extension, call);
                }
                self.telephone_rings(extension, call, busy);
            }
            LegIndication::Answered { .. } => {
                phone.calls.insert(call, PhoneState::Talking);
            }
            LegIndication::Released { .. } => {
                let known = phone.calls.remove(&call).is_some();
                net.ended_at_phone(extension, call);
                self.watch
                    .must(self.now, known, || format!("telephone {extension} was told twice that {call} is over"));
            }
            _ => {}
        }
    }

    fn telephone_rings(&mut self, extension: &Digits, call: LegId, busy: bool) {
        let manner = self.phones.phones.get(extension).map_or(PhoneManner::NoAnswer, |phone| phone.manner);
        let refusal = match manner {
            _ if busy => Some(Cause::UserBusy),
            PhoneManner::Refuses(cause) => Some(cause),
            PhoneManner::Answers(_) | PhoneManner::NoAnswer | PhoneManner::Sometimes(_) => None,
        };
        if let Some(cause) = refusal {
            self.phone_acts(extension, |ua, now| ua.hang_up(now, call, cause.into()));
            return;
        }
        self.phone_acts(extension, |ua, now| ua.ring(now, call));
        let after = match manner {
            PhoneManner::Answers(after) => Some(after),
            PhoneManner::Sometimes(permille) => {
                let after = Millis(self.random.within(500, 10_000));
                self.random.permille(permille).then_some(after)
            }
            PhoneManner::NoAnswer | PhoneManner::Refuses(_) => None,
        };
        if let Some(after) = after {
            let (extension, deed) = (extension.clone(), PhoneDeed::Answer);
            self.agenda.plan(self.now.mono + after, Happening::UserDoes { extension, call, deed });
        }
    }

    /// The user at the other end of a leg does something; nothing comes of it if the telephone has no such call.
    pub(crate) fn sip_phone_does(&mut self, leg: LegId, deed: PhoneDeed) {
        if let Some((extension, call)) = self.sip.as_ref().and_then(|net| net.call_of(leg)) {
            self.user_does(&extension, call, deed);
        }
    }

    pub(crate) fn user_does(&mut self, extension: &Digits, call: LegId, deed: PhoneDeed) {
        let phone = self.sip.as_ref().and_then(|net| net.phones.get(extension));
        let Some(state) = phone.and_then(|phone| phone.calls.get(&call)).copied() else { return };
        let talking = state == PhoneState::Talking;
        match deed {
            PhoneDeed::Answer if state == PhoneState::Ringing => {
                if let Some(phone) = self.sip.as_mut().and_then(|net| net.phones.get_mut(extension)) {
                    phone.calls.insert(call, PhoneState::Talking);
                }
                self.phone_acts(extension, |ua, now| ua.answer(now, call));
            }
            PhoneDeed::HangUp => {
                self.phone_acts(extension, |ua, now| ua.hang_up(now, call, Cause::NormalClearing.into()));
            }
            PhoneDeed::Hold if talking => {
                self.phone_acts(extension, |ua, now| ua.hold(now, call));
            }
            PhoneDeed::Retrieve if talking => {
                self.phone_acts(extension, |ua, now| ua.retrieve(now, call));
            }
            PhoneDeed::Refer(to) if talking => {
                self.phone_acts(extension, |ua, now| ua.transfer(now, call, to.as_str()));
            }
            PhoneDeed::Join(other) if talking => {
                let other = self.sip.as_ref().and_then(|net| net.call_of(other));
                if let Some((_, other)) = other.filter(|(at, _)| at == extension) {
                    self.phone_acts(extension, |ua, now| ua.transfer_to(now, call, other));
                }
            }
            PhoneDeed::Answer | PhoneDeed::Hold | PhoneDeed::Retrieve | PhoneDeed::Refer(_) | PhoneDeed::Join(_) => {}
        }
    }

    /// Somebody dials at a telephone. The name returned is not the box's leg, which comes with the INVITE if that arrives.
    pub(crate) fn sip_phone_dials(&mut self, extension: &Digits, number: &Digits) -> LegId {
        let now = self.now.mono;
        let Some(net) = &mut self.sip else { return LegId(0) };
        let Some(phone) = net.phones.get_mut(extension).filter(|phone| phone.plugged) else { return LegId(0) };
        let call = phone.ua.dial(now, number.as_str());
        phone.calls.insert(call, PhoneState::Calling);
        // The INVITE is the first thing that the telephone now says.
        let first = phone.ua.poll();
        let mut handle = LegId(0);
        if let Some(PhoneEvent::Transmit(invite)) = first {
            if let Some(id) = call_id(&invite.bytes) {
                net.begins_at_phone(id, extension, call);
                handle = net.name_dialled(id);
            }
            self.fly(invite);
        }
        self.phone_acts(extension, |_, _| ());
        handle
    }

    /// At closing time users put every handset back; what rings is left to the box as long as it knows of the call.
    pub(crate) fn sip_phones_hang_up(&mut self) {
        let Some(net) = &self.sip else { return };
        let calls: Vec<(Digits, LegId)> = net
            .phones
            .iter()
            .flat_map(|(extension, phone)| phone.calls.iter().map(move |(call, state)| (extension, *call, *state)))
            .filter(|(extension, call, state)| *state != PhoneState::Ringing || !net.known_at_box(extension, *call))
            .map(|(extension, call, _)| (extension.clone(), call))
            .collect();
        for (extension, call) in calls {
            self.user_does(&extension, call, PhoneDeed::HangUp);
        }
    }
}
