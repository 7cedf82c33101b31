use crate::channels::ChannelTable;
use crate::config::Config;
use crate::legs_of_calls::LegTable;
use clock::{Millis, Monotonic};
use identity::{LegId, LegIds, SpanId};
use lapd::{DataLink, DlIndication, DlRequest};
use legs::{Alarms, LegIndication, SpanIndication};
use q931::{CallControl, Output};
use std::collections::VecDeque;

/// How long to wait before the data link is asked for again after it could not be established.
const ESTABLISH_AGAIN: Millis = Millis::secs(1);

/// What a span wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum PriOutput {
    /// A D-channel frame without FCS.
    Transmit(Vec<u8>),
    Leg {
        leg: LegId,
        indication: LegIndication,
    },
    Span(SpanIndication),
    Trace(q931::Trace),
}

/// What happened on the span so far, layer by layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub call_control: q931::Counters,
    pub data_link: lapd::Counters,
    /// Leg requests that such a line has no use for, or whose leg is gone.
    pub ignored_requests: u64,
    /// Both sides took the same channel (5.7).
    pub glare: u64,
    /// Incoming calls refused for want of a channel.
    pub no_channel: u64,
}

/// One primary rate span.
#[derive(Debug)]
pub struct PriSpan {
    pub(crate) config: Config,
    pub(crate) link: Link,
    pub(crate) control: CallControl,
    pub(crate) channels: ChannelTable,
    pub(crate) legs: LegTable,
    pub(crate) ids: LegIds,
    pub(crate) alarms: Alarms,
    pub(crate) counters: Counters,
    pub(crate) out: VecDeque<PriOutput>,
}

/// The data link, and when to ask for it again.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) data_link: DataLink,
    establish_at: Option<Monotonic>,
    pub(crate) came_up: bool,
}

impl PriSpan {
    pub fn new(config: Config) -> PriSpan {
        let data_link = DataLink::new(config.data_link());
        PriSpan {
            link: Link { data_link, establish_at: Some(Monotonic(0)), came_up: false },
            control: CallControl::new(config.call_control()),
            channels: ChannelTable::new(&config.slots),
            legs: LegTable::default(),
            ids: LegIds::of(LegIds::span(config.span)),
            alarms: Alarms::default(),
            counters: Counters::default(),
            out: VecDeque::new(),
            config,
        }
    }

    pub fn span(&self) -> SpanId {
        self.config.span
    }

    /// The leg that a call of the interface is for, while it is up.
    pub fn leg_of(&self, call: q931::CallHandle) -> Option<LegId> {
        self.legs.leg_of(call)
    }

    /// Each leg that is not released, with the timeslot it has, if it has one.
    pub fn each_leg(&self) -> impl Iterator<Item = (LegId, Option<u8>)> + '_ {
        self.legs.each()
    }

    /// Legs that are not released.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Channels that a leg has.
    pub fn seized(&self) -> usize {
        self.channels.seized()
    }

    /// Each leg with the timeslot it has; a leg that lost its own by glare has none for a moment.
    pub fn circuits(&self) -> impl Iterator<Item = (LegId, u8)> + '_ {
        self.legs.slots()
    }

    pub fn is_up(&self) -> bool {
        self.control.link_is_up()
    }

    pub fn counters(&self) -> Counters {
        Counters { call_control: self.control.counters(), data_link: self.link.data_link.counters(), ..self.counters }
    }

    /// A frame from the D-channel, without FCS.
    pub fn receive_frame(&mut self, now: Monotonic, frame: &[u8]) {
        self.link.data_link.receive(now, frame);
        self.settle(now);
    }

    /// The line's alarms. They are told to the exchange; what they do to calls shows by the data link (5.8.9).
    pub fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        if alarms != self.alarms {
            self.alarms = alarms;
            self.out.push_back(PriOutput::Span(SpanIndication::Alarms(alarms)));
        }
        self.settle(now);
    }

    /// Runs the timers that are due; the first call starts the data link.
    pub fn expire(&mut self, now: Monotonic) {
        if self.link.establish_at.is_some_and(|at| at <= now) {
            self.link.establish_at = None;
            self.link.data_link.request(now, DlRequest::Establish);
        }
        self.link.data_link.expire(now);
        self.settle(now);
        self.control.expire(now);
        self.settle(now);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        [self.control.deadline(), self.link.data_link.deadline(), self.link.establish_at].into_iter().flatten().min()
    }

    pub fn poll(&mut self) -> Option<PriOutput> {
        self.out.pop_front()
    }

    /// Carries outputs between the layers until all are quiet.
    pub(crate) fn settle(&mut self, now: Monotonic) {
        loop {
            if let Some(output) = self.control.poll() {
                self.hear_call_control(now, output);
            } else if let Some(output) = self.link.data_link.poll() {
                self.hear_data_link(now, output);
            } else {
                return;
            }
        }
    }

    fn hear_call_control(&mut self, now: Monotonic, output: Output) {
        match output {
            // `hear_data_link` asks for the link by itself, calls or not.
            Output::EstablishLink => {}
            Output::Transmit(message) => self.link.data_link.request(now, DlRequest::Data(message)),
            Output::Call { call, indication } => self.hear_call(now, call, indication),
            Output::Interface(indication) => self.hear_interface(now, indication),
            Output::Trace(trace) => self.out.push_back(PriOutput::Trace(trace)),
        }
    }

    fn hear_data_link(&mut self, now: Monotonic, output: lapd::Output) {
        match output {
            lapd::Output::Transmit(frame) => self.out.push_back(PriOutput::Transmit(frame)),
            lapd::Output::Indicate(DlIndication::Data(message)) => self.control.receive(now, &message),
            lapd::Output::Indicate(DlIndication::EstablishIndication | DlIndication::EstablishConfirm) => {
                self.link_established(now);
            }
            lapd::Output::Indicate(DlIndication::ReleaseIndication | DlIndication::ReleaseConfirm) => {
                self.link_released(now);
            }
            lapd::Output::Indicate(DlIndication::Error(error)) if error.loses_information() => {
                self.control.data_link(now, q931::DataLink::PeerReestablished);
            }
            // Unacknowledged information carries broadcast SETUPs, which a point-to-point line does not have. Errors are in the
            // link's own counters.
            lapd::Output::Indicate(DlIndication::UnitData(_) | DlIndication::Error(_)) => {}
        }
    }

    fn link_established(&mut self, now: Monotonic) {
        self.link.establish_at = None;
        let returned = !self.control.link_is_up();
        self.control.data_link(now, q931::DataLink::Established);
        if returned {
            self.out.push_back(PriOutput::Span(SpanIndication::Up));
            self.restart_maintenance(now);
        }
        if !std::mem::replace(&mut self.link.came_up, true) && self.config.restart_at_start {
            self.control.restart(now, q931::RestartScope::Interface);
        }
    }

    fn link_released(&mut self, now: Monotonic) {
        if self.control.link_is_up() {
            self.out.push_back(PriOutput::Span(SpanIndication::Down));
        }
        self.control.data_link(now, q931::DataLink::Released);
        self.link.establish_at = Some(now + ESTABLISH_AGAIN);
    }
}
