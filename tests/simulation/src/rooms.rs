//! From room to room: the box's effects to lines, phones, media and store, and what these say back.

use crate::agenda::{End, Fault, Happening};
use crate::core::{Passing, Said};
use crate::media::Consequence;
use crate::world::World;
use clock::{Millis, Monotonic};
use exchange::{Effect, Input, RecordingOrder};
use identity::{LegId, LineId, PlayId, RecordingId, SpanId};
use legs::LegIndication;
use numbering::{Digits, Key};
use plan::MediaIndication;

/// From the end of a recording to its file being closed.
const FLUSH: Millis = Millis(120);
/// From death to the next start: what systemd takes.
const RESTART: Millis = Millis::secs(3);
/// How soon phones register again.
const REGISTER_WITHIN: Millis = Millis::secs(30);

impl World {
    /// Carries out the exchange's next effect. True: there was one.
    pub(crate) fn take_effect(&mut self) -> bool {
        let Some(effect) = self.house.poll() else { return false };
        if self.house.struck_down() {
            self.kill_daemon();
            return true;
        }
        self.ladder.effect(self.now, &effect);
        self.watch.effect(self.now, &effect);
        let now = self.now.mono;
        match effect {
            Effect::Leg { line: LineId::Span(span), leg, request } => {
                if let Some(near) = self.lines.get_mut(&span).and_then(|line| line.near.as_mut()) {
                    near.request(now, leg, request);
                }
            }
            Effect::Leg { line: LineId::Sip, leg, request } if self.sip.is_some() => self.sip_asked(leg, request),
            // A fax box is a telephone that answers at once.
            Effect::Leg { line: LineId::Sip | LineId::Fax, leg, request } => self.phone_asked(leg, request),
            Effect::Span { span, request } => {
                if let Some(near) = self.lines.get_mut(&span).and_then(|line| line.near.as_mut()) {
                    near.span_request(now, request);
                }
            }
            Effect::Media(request) => {
                let follows = self.media.request(now, request);
                follows.into_iter().for_each(|consequence| self.media_follows(consequence));
            }
            Effect::Recording(RecordingOrder::Start { recording, call }) => {
                let follows = self.media.start(recording, call);
                follows.into_iter().for_each(|consequence| self.media_follows(consequence));
            }
            Effect::Recording(RecordingOrder::Stop { recording }) => {
                let follows = self.media.stop(recording);
                follows.into_iter().for_each(|consequence| self.media_follows(consequence));
                let life = self.house.life;
                self.agenda.plan(now + FLUSH, Happening::RecordingClosed { life, recording });
            }
            Effect::Ledger(record) => {
                self.store.ledger(record);
                self.plan_write();
            }
            Effect::Cdr(cdr) => {
                self.store.cdr(cdr);
                self.plan_write();
            }
            Effect::Reply { ticket, result } => {
                self.house.replies.insert(ticket, result);
            }
            Effect::Recording(RecordingOrder::Pause { .. } | RecordingOrder::Resume { .. })
            | Effect::View(_)
            | Effect::Alarm(_)
            | Effect::TestCircuit { .. }
            | Effect::ShowMessageWaiting { .. }
            | Effect::KeepMessageWaiting { .. } => {}
        }
        true
    }

    /// What the signalling of each span has, for the exchange to compare.
    pub(crate) fn audit_spans(&mut self) {
        for (span, line) in &self.lines {
            if let Some(near) = &line.near {
                self.house.input(Input::SpanAudit { span: *span, legs: near.each_leg() });
            }
        }
        self.drain();
        self.check_step();
    }

    pub(crate) fn take_input(&mut self) -> bool {
        if let Some(input) = self.house.inbox.front() {
            self.ladder.input(self.now, input);
            self.watch.input(self.now, input);
        }
        self.house.take_input(self.now)
    }

    /// What our ends of the spans say.
    pub(crate) fn take_near(&mut self) -> bool {
        let next = self.lines.values_mut().find_map(|line| {
            let output = line.near.as_mut()?.poll()?;
            Some((line.id, output))
        });
        let Some((span, output)) = next else { return false };
        match output {
            Said::Line(what) => self.transmit(span, End::Far, what),
            Said::Leg { leg, indication } => {
                self.house.input(Input::Leg { line: LineId::Span(span), leg, indication });
            }
            Said::Span(indication) => self.house.input(Input::Span { span, indication }),
            Said::Nothing => {}
        }
        true
    }

    /// What the far exchange's ends of the spans say.
    pub(crate) fn take_far(&mut self) -> bool {
        let next = self.lines.values_mut().find_map(|line| {
            let output = line.far.poll()?;
            Some((line.id, output))
        });
        let Some((span, output)) = next else { return false };
        match output {
            Said::Line(what) => self.transmit(span, End::Box, what),
            Said::Leg { leg, indication } => self.far_indicated(span, leg, indication),
            Said::Span(_) | Said::Nothing => {}
        }
        true
    }

    fn transmit(&mut self, span: SpanId, to: End, what: Passing) {
        let now = self.now.mono;
        let Some(line) = self.lines.get_mut(&span) else { return };
        let arrivals = line.carry(now, &mut self.random, to, what);
        self.plan_arrivals(span, to, arrivals);
    }

    pub(crate) fn plan_arrivals(&mut self, span: SpanId, to: End, arrivals: Vec<(Monotonic, Passing)>) {
        for (at, what) in arrivals {
            self.agenda.plan(at, Happening::Arrives { span, to, what });
        }
    }

    pub(crate) fn media_follows(&mut self, consequence: Consequence) {
        let now = self.now.mono;
        let life = self.house.life;
        match consequence {
            Consequence::Plays { leg, play, lasts, unreadable } => {
                for prompt in unreadable {
                    self.house.input(Input::Media(MediaIndication::PromptMissing { leg, play, prompt }));
                }
                self.agenda.plan(now + lasts, Happening::PlayEnds { life, leg, play });
            }
            Consequence::RecordingFails { recording, fault } => {
                let indication = MediaIndication::RecordingFailed { recording, reason: fault };
                self.house.input(Input::Media(indication));
            }
            Consequence::Wrong(what) => self.watch.violated(self.now, what),
        }
    }

    pub(crate) fn play_ends(&mut self, life: u32, leg: LegId, play: PlayId) {
        let playing = self
            .media
            .hears(leg)
            .is_some_and(|hears| matches!(hears, plan::Hears::Play { play: now_playing, .. } if *now_playing == play));
        if life == self.house.life && playing {
            self.house.input(Input::Media(MediaIndication::PlayEnded { leg, play }));
        }
    }

    pub(crate) fn key_heard(&mut self, life: u32, leg: LegId, key: Key) {
        let detects = self.media.legs.get(&leg).is_some_and(|open| open.plan.detect_keys);
        if life == self.house.life && detects {
            self.house.input(Input::Media(MediaIndication::Key { leg, key, millis: 90 }));
        }
    }

    pub(crate) fn recording_closed(&mut self, life: u32, id: RecordingId) {
        if life != self.house.life {
            return;
        }
        let Some(recording) = self.media.recordings.get_mut(&id) else { return };
        recording.closed = Some(recording.written);
        let millis = recording.written.0;
        self.house.input(Input::Media(MediaIndication::RecordingClosed { recording: id, millis }));
    }

    fn plan_write(&mut self) {
        if !self.store.writing {
            self.store.writing = true;
            let life = self.house.life;
            self.agenda.plan(self.now.mono + self.store.batch_time(), Happening::StoreWrites { life });
        }
    }

    pub(crate) fn store_writes(&mut self, life: u32) {
        if life != self.house.life {
            return;
        }
        self.store.write();
        self.store.writing = false;
        if self.store.pending() > 0 {
            self.plan_write();
        }
    }

    /// A phone registers, or is gone from the net.
    pub(crate) fn set_registered(&mut self, extension: &Digits, registered: bool) {
        if self.sip.is_some() {
            return self.set_sip_phone(extension, registered);
        }
        let Some(phone) = self.phones.phones.get_mut(extension) else { return };
        phone.registered = registered;
        let contact = registered.then(|| "sip:phone@192.0.2.10".to_owned());
        self.house.input(Input::Registration { extension: extension.clone(), contact });
        if !registered {
            // Its power is gone: what it had in hand ends when the box finds out.
            let legs: Vec<LegId> =
                self.phones.legs.iter().filter(|(_, leg)| leg.extension == *extension).map(|(leg, _)| *leg).collect();
            for leg in legs {
                let cause = numbering::ClearCause::ours(numbering::Cause::DestinationOutOfOrder);
                self.agenda.plan(
                    self.now.mono + Millis(500),
                    Happening::PhoneSays { leg, indication: LegIndication::Released { cause } },
                );
            }
        }
    }

    /// The daemon dies here and now; everything in its memory is lost.
    pub(crate) fn kill_daemon(&mut self) {
        self.ladder.note(self.now, || "the daemon dies".to_owned());
        self.house.die();
        self.store.die();
        self.media.die(self.now.mono);
        self.watch.daemon_died();
        let now = self.now.mono;
        let silences: Vec<_> = self.lines.values_mut().map(|line| (line.id, line.stop(now))).collect();
        silences.into_iter().for_each(|(span, arrivals)| self.plan_arrivals(span, End::Far, arrivals));
        self.sip_dies();
        // Phones lose their calls when they notice that nobody answers them.
        self.phones.legs.clear();
        self.agenda.forget(|happening| matches!(happening, Happening::PhoneSays { .. } | Happening::PhoneDoes { .. }));
        self.agenda.plan(self.now.mono + RESTART, Happening::Fault(Fault::Restart));
    }

    pub(crate) fn start_daemon(&mut self) {
        self.ladder.note(self.now, || "the daemon starts".to_owned());
        let faults = self.store.recover(self.now.wall);
        faults.into_iter().for_each(|fault| self.watch.violated(self.now, format!("recovery: {fault}")));
        self.house.start(self.now);
        let now = self.now.mono;
        let stands: Vec<_> = self.lines.values_mut().map(|line| (line.id, line.start(now))).collect();
        stands.into_iter().for_each(|(span, arrivals)| self.plan_arrivals(span, End::Box, arrivals));
        if self.sip.is_some() {
            // They come back when their registrations are due.
            return self.sip_starts();
        }
        let extensions: Vec<Digits> =
            self.phones.phones.iter().filter(|(_, phone)| phone.registered).map(|(number, _)| number.clone()).collect();
        for extension in extensions {
            let at = now + Millis(self.random.within(100, REGISTER_WITHIN.0));
            self.agenda.plan(at, Happening::PhoneRegisters { extension });
        }
    }
}
