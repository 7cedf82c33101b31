//! The thread that owns the exchange and the signalling under it: one input, then everything that follows from it, then the next.

use crate::fax_side::FaxSide;
use crate::gauges::{Gauges, parts_of};
use crate::inbox::{Message, Waker};
use crate::media_side::MediaSide;
use crate::records::Records;
use crate::span_lines::SpanLines;
use crate::telephones::Telephones;
use clock::{Millis, Monotonic, Now, WallTime};
use desk::{Actor, Command, Ticket};
use exchange::{Effect, Exchange, Input};
use http_api::{CommandReply, LadderLine};
use identity::{CallId, LineId, SpanId};
use legs::SpanIndication;
use lines::Output;
use settings::Settings;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use store::Entry;
use trace::Trace;
use wallclock::Wallclock;

/// The longest sleep: gauges are told this often.
const LONGEST_SLEEP: Millis = Millis::secs(1);

/// While the media thread's ring is full.
const SOON: Millis = Millis(5);

/// How often the exchange compares its circuits with what the lines have: two differences in a row are healed within a minute.
const AUDIT_EACH: Millis = Millis::secs(15);

/// Everything the thread owns.
pub struct ExchangeThread {
    pub clock: Wallclock,
    pub exchange: Exchange,
    pub lines: SpanLines,
    pub telephones: Telephones,
    pub faxes: FaxSide,
    pub media: MediaSide,
    pub records: Records,
    pub desk: DeskSide,
    pub gauges: Gauges,
    pub recordings: std::path::PathBuf,
    pub audit_at: Monotonic,
}

/// What consoles asked and wait for.
pub struct DeskSide {
    pub messages: Receiver<Message>,
    replies: BTreeMap<Ticket, CommandReply>,
    next_ticket: u64,
}

impl DeskSide {
    pub fn new(messages: Receiver<Message>) -> DeskSide {
        DeskSide { messages, replies: BTreeMap::new(), next_ticket: 1 }
    }

    fn ticket(&mut self, reply: CommandReply) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.replies.insert(ticket, reply);
        ticket
    }
}

/// Whether the thread goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    GoOn,
    Stop,
}

impl ExchangeThread {
    /// Runs until told to stop.
    pub fn run(mut self, settings: &Settings, waker: &Waker) {
        waker.is_me();
        let now = self.clock.now();
        self.lines.configure(now.mono, settings);
        self.telephones.begin(now, settings);
        self.faxes.boxes.configure(settings);
        self.follow(now);
        while self.turn() == Turn::GoOn {
            self.sleep();
        }
    }

    fn turn(&mut self) -> Turn {
        let now = self.clock.now();
        self.lines.set.receive(now.mono);
        self.lines.set.expire(now.mono);
        self.lines.choose_clock(now.mono);
        self.telephones.receive(now.mono);
        self.telephones.expire(now.mono);
        self.faxes.turn(now);
        self.follow(now);
        while let Some(indication) = self.media.poll() {
            self.hear(now, Input::Media(indication));
        }
        while let Some(report) = self.records.poll() {
            self.hear(now, Input::Media(report));
        }
        while let Ok(message) = self.desk.messages.try_recv() {
            if self.take(now, message) == Turn::Stop {
                return Turn::Stop;
            }
        }
        if self.exchange.deadline().is_some_and(|due| due <= now.mono) {
            self.exchange.expire(now);
            self.follow(now);
        }
        if self.audit_at <= now.mono {
            self.audit_at = now.mono + AUDIT_EACH;
            self.audit(now);
        }
        self.media.hand_over();
        if self.gauges.tell_due(now.mono) {
            self.lines.set.set_clock(self.clock_face(now));
            self.gauges.put(parts_of(self));
        }
        Turn::GoOn
    }

    fn clock_face(&self, now: Now) -> analog::ClockFace {
        analog::ClockFace { at: now.mono, wall: now.wall, utc_offset_minutes: self.exchange.utc_offset_minutes() }
    }

    /// Sleeps until the next deadline, or until somebody unparks the thread.
    fn sleep(&mut self) {
        let now = self.clock.mono();
        let mut until = now + LONGEST_SLEEP;
        let of_lines = [self.lines.set.deadline(), self.telephones.deadline(), self.faxes.boxes.deadline()];
        for deadline in of_lines.into_iter().chain([self.exchange.deadline()]) {
            until = deadline.map_or(until, |deadline| until.min(deadline));
        }
        if self.media.backlog() > 0 {
            until = until.min(now + SOON);
        }
        let wait = until.since(now);
        if wait > Millis::ZERO {
            std::thread::park_timeout(Duration::from_millis(wait.0));
        }
    }

    fn take(&mut self, now: Now, message: Message) -> Turn {
        match message {
            Message::Command { actor, command, reply } => {
                let ticket = self.desk.ticket(reply);
                self.hear(now, Input::Command { ticket, actor, command });
            }
            Message::Settings(settings) => self.apply(now, &settings),
            Message::Volume { place, wrong } => self.hear(now, Input::Box { part: place, wrong }),
            // Who asked may have given up waiting: then nobody reads the answer.
            Message::Ladder { call, answer } => drop(answer.try_send(self.ladder(now, call))),
            Message::Line { question, answer } => drop(answer.try_send(self.line_answer(now, question))),
            Message::SendFax { job, answer } => {
                // Who asked may have given up waiting.
                answer.try_send(self.faxes.boxes.send(now, job)).ok();
                self.faxes.turn(now);
                self.follow(now);
            }
            Message::CancelFax { fax, answer } => {
                answer.try_send(self.faxes.boxes.cancel(now, fax)).ok();
                self.follow(now);
            }
            Message::Drain { release } => self.drain(now, release),
            Message::Stop => return Turn::Stop,
        }
        Turn::GoOn
    }

    /// What was done for a call, as far as the trace goes back.
    fn ladder(&self, now: Now, call: CallId) -> Vec<LadderLine> {
        self.exchange.trace().of_call(call).map(|record| shown(now, record)).collect()
    }

    /// New settings: the exchange first, so that what the lines do next finds it knowing why.
    fn apply(&mut self, now: Now, settings: &Arc<Settings>) {
        self.hear(now, Input::Settings(settings.clone()));
        self.records.configure(recorder_config(&self.recordings, settings));
        self.lines.configure(now.mono, settings);
        self.telephones.configure(now, settings);
        self.faxes.boxes.configure(settings);
        self.follow(now);
    }

    /// The box is about to stop: nobody gets in any more, and who is in leaves with a closed ledger.
    fn drain(&mut self, now: Now, release: bool) {
        self.lines.drain();
        self.telephones.drain();
        self.faxes.boxes.drain();
        if !release {
            return;
        }
        for call in self.exchange.live_view().calls {
            let ticket = self.desk.ticket(Box::new(|_| ()));
            let command = Command::ReleaseCall { call: call.id };
            self.hear(now, Input::Command { ticket, actor: Actor::Administrator, command });
        }
    }

    /// The channel audit.
    fn audit(&mut self, now: Now) {
        let spans: Vec<SpanId> = self.lines.set.spans().collect();
        for span in spans {
            if let Some(legs) = self.lines.legs(span) {
                self.hear(now, Input::SpanAudit { span, legs });
            }
        }
    }

    fn hear(&mut self, now: Now, input: Input) {
        self.exchange.handle(now, input);
        self.follow(now);
    }

    /// Carries out every effect, and hears what the lines say to that, until all is quiet.
    fn follow(&mut self, now: Now) {
        loop {
            while let Some(effect) = self.exchange.poll() {
                self.carry_out(now, effect);
            }
            match self.next_input(now) {
                Some(input) => self.exchange.handle(now, input),
                None => return,
            }
        }
    }

    fn next_input(&mut self, now: Now) -> Option<Input> {
        let mut output = self.lines.poll(now.mono);
        while let Some(Output::Message { span, leg, way, name }) = output {
            let line = LineId::Span(span);
            self.exchange.note(now.mono, Trace::Message { leg, call: None, line, way, name });
            output = self.lines.poll(now.mono);
        }
        match output {
            Some(Output::Leg { span, leg, indication }) => {
                Some(Input::Leg { line: LineId::Span(span), leg, indication })
            }
            Some(Output::Span { span, indication }) => {
                match indication {
                    SpanIndication::Restarted { slot } => tracing::debug!(%span, slot, "circuit restarted"),
                    indication => tracing::info!(%span, ?indication, "span"),
                }
                Some(Input::Span { span, indication })
            }
            Some(Output::Message { .. }) => None,
            None => {
                let input = self.telephones.poll(now, &mut self.media);
                for trace in self.telephones.traces.drain(..) {
                    self.exchange.note(now.mono, trace);
                }
                input.or_else(|| self.faxes.poll(&mut self.media, &mut self.records))
            }
        }
    }

    fn carry_out(&mut self, now: Now, effect: Effect) {
        match effect {
            Effect::Leg { line: LineId::Span(span), leg, request } => self.lines.request(now.mono, span, leg, request),
            Effect::Leg { line: LineId::Sip, leg, request } => self.telephones.request(now.mono, leg, request),
            Effect::Leg { line: LineId::Fax, leg, request } => self.faxes.boxes.request(now, leg, request),
            Effect::Span { span, request } => self.lines.span_request(now.mono, span, request),
            Effect::TestCircuit { circuit, test } => self.lines.set.test(circuit, test),
            Effect::ShowMessageWaiting { port, waiting } => self.lines.set.set_message_waiting(now.mono, port, waiting),
            Effect::KeepMessageWaiting { extension, waiting } => {
                self.records.leave(Entry::MessageWaiting { extension, waiting });
            }
            Effect::Media(request) => self.media.request(request),
            Effect::Recording(order) => self.records.order(now.wall, &order),
            Effect::Ledger(record) => {
                if let ledger::Event::FarEndDead { leg } = record.event {
                    tracing::warn!(call = %record.call, %leg, "nothing comes from a telephone: it is taken for dead and cleared");
                }
                self.records.leave(Entry::Ledger(record));
            }
            Effect::Cdr(cdr) => self.records.leave(Entry::Cdr(cdr)),
            Effect::Reply { ticket, result } => {
                if let Some(reply) = self.desk.replies.remove(&ticket) {
                    reply(result);
                }
            }
            Effect::View(change) => self.records.show(change),
            Effect::Alarm(alarm) => {
                let (slot, kind, stands) = (alarm.slot, alarm.kind, alarm.ended.is_none());
                tracing::warn!(span = %alarm.span, slot, ?kind, stands, "alarm");
                self.records.leave(Entry::Alarm(alarm));
            }
        }
    }
}

/// A record as people read it, with the time of day.
pub fn shown(now: Now, record: &trace::Record) -> LadderLine {
    let ago = i64::try_from(now.mono.since(record.at).0).unwrap_or(0);
    LadderLine { seq: record.seq, at: WallTime(now.wall.0 - ago), text: record.trace.to_string() }
}

/// The recorder's part of the settings.
pub fn recorder_config(directory: &std::path::Path, settings: &Settings) -> files::RecorderConfig {
    files::RecorderConfig {
        dir: directory.to_owned(),
        keep_free_octets: settings.recording.keep_free_megabytes * 1024 * 1024,
        utc_offset_minutes: settings.site.utc_offset_minutes,
        seal: settings.recording.encrypt,
    }
}
