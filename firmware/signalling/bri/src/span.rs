use crate::broadcast::Broadcasts;
use crate::config::{Config, Mode, SLOTS};
use crate::layer1::{Layer1, Sending};
use crate::legs_of_calls::{LegTable, SOLE, Terminal};
use crate::terminals::{LinkState, Station, Stations};
use clock::{Millis, Monotonic};
use identity::{LegId, LegIds, SpanId};
use lapd::{DChannel, DlRequest, StateName};
use legs::{Alarms, LegIndication, SpanIndication};
use pri::ChannelTable;
use q931::{Side, Timers};
use std::collections::{BTreeSet, VecDeque};

/// How long to wait before the data link is asked for again after it could not be established.
pub(crate) const ESTABLISH_AGAIN: Millis = Millis::secs(1);
/// The same for a TEI that was not to be had.
pub(crate) const TEI_AGAIN: Millis = Millis::secs(10);

/// What a basic access wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum BriOutput {
    /// A D-channel frame without FCS.
    Transmit(Vec<u8>),
    /// PH-ACTIVATE request: wake the line; [`BriSpan::activation`] tells when it is awake.
    Activate,
    Leg {
        leg: LegId,
        indication: LegIndication,
    },
    Span(SpanIndication),
    /// A message or state change on the data link of that terminal.
    Trace {
        terminal: u8,
        trace: q931::Trace,
    },
}

/// What happened on the access so far, layer by layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub d_channel: lapd::DChannelCounters,
    /// Leg requests that such a line has no use for, or whose leg is gone.
    pub ignored_requests: u64,
    /// Both sides took the same channel (5.7).
    pub glare: u64,
    /// Incoming calls refused for want of a channel.
    pub no_channel: u64,
    /// Broadcast SETUPs that were not for us (annex B).
    pub not_ours: u64,
    /// Terminals that answered a call that another had taken (5.2.9).
    pub not_selected: u64,
    /// Frames that no line was awake for.
    pub unsent: u64,
}

/// One basic access.
#[derive(Debug)]
pub struct BriSpan {
    pub(crate) config: Config,
    pub(crate) layer1: Layer1,
    pub(crate) channel: DChannel,
    pub(crate) stations: Stations,
    pub(crate) broadcasts: Broadcasts,
    pub(crate) channels: ChannelTable,
    pub(crate) legs: LegTable,
    pub(crate) exchange: Exchange,
    pub(crate) counters: Counters,
}

/// What this span is to the exchange.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) ids: LegIds,
    pub(crate) alarms: Alarms,
    /// The exchange was told that the span is up.
    pub(crate) up: bool,
    /// When to begin, or to ask for a TEI again.
    pub(crate) start_at: Option<Monotonic>,
    /// Circuits whose restart was asked for, to be told when they are idle.
    pub(crate) restarting: BTreeSet<u8>,
    pub(crate) out: VecDeque<BriOutput>,
}

impl BriSpan {
    pub fn new(config: Config) -> BriSpan {
        let mut stations = Stations::new();
        if !config.has_terminals() {
            let again = (config.mode == Mode::PointToPoint).then_some(Monotonic(0));
            stations.insert(SOLE, Station::down(config.call_control(), again));
        }
        BriSpan {
            layer1: Layer1::new(config.power_save),
            channel: DChannel::new(config.d_channel()),
            stations,
            broadcasts: Broadcasts::default(),
            channels: ChannelTable::new(&SLOTS),
            legs: LegTable::default(),
            exchange: Exchange {
                ids: LegIds::of(LegIds::span(config.span)),
                alarms: Alarms::default(),
                up: false,
                start_at: Some(Monotonic(0)),
                restarting: BTreeSet::new(),
                out: VecDeque::new(),
            },
            counters: Counters::default(),
            config,
        }
    }

    pub fn span(&self) -> SpanId {
        self.config.span
    }

    /// The leg that a call of that terminal is for, while it is up.
    pub fn leg_of(&self, terminal: u8, call: q931::CallHandle) -> Option<LegId> {
        self.legs.leg_of(terminal, call)
    }

    /// Each leg that is not released, with the channel it has, if it has one.
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

    /// Each leg with the channel it has.
    pub fn circuits(&self) -> impl Iterator<Item = (LegId, u8)> + '_ {
        self.legs.each().filter_map(|(leg, slot)| Some((leg, slot?)))
    }

    /// Calls can be made.
    pub fn is_up(&self) -> bool {
        match self.stations.get(&SOLE) {
            Some(station) if !self.config.has_terminals() => station.control.link_is_up(),
            _ => !self.exchange.alarms.out_of_service() && self.exchange.start_at.is_none(),
        }
    }

    /// Calls and what is left of them, on every data link.
    pub fn calls(&self) -> usize {
        self.stations.values().map(|station| station.control.calls()).sum()
    }

    /// User side: our TEI.
    pub fn tei(&self) -> Option<u8> {
        self.channel.tei()
    }

    /// Network side: the terminals that there are.
    pub fn terminals(&self) -> impl Iterator<Item = u8> + '_ {
        self.stations.keys().copied()
    }

    pub fn counters(&self) -> Counters {
        Counters { d_channel: self.channel.counters(), unsent: self.layer1.lost, ..self.counters }
    }

    /// A frame from the D-channel, without FCS.
    pub fn receive_frame(&mut self, now: Monotonic, frame: &[u8]) {
        self.channel.receive(now, frame);
        self.settle(now);
    }

    /// The line's alarms. They are told to the exchange; what they do to calls shows by the data links (5.8.9).
    pub fn alarm(&mut self, now: Monotonic, alarms: Alarms) {
        if alarms != self.exchange.alarms {
            let back = self.exchange.alarms.out_of_service() && !alarms.out_of_service();
            self.exchange.alarms = alarms;
            self.tell(SpanIndication::Alarms(alarms));
            if back {
                // Whoever was plugged in meanwhile may have a TEI from before.
                self.channel.audit(now);
            }
        }
        self.settle(now);
    }

    /// PH-ACTIVATE or PH-DEACTIVATE indication of the card (I.430 6.2.1.1).
    pub fn activation(&mut self, now: Monotonic, active: bool) {
        if active {
            for frame in self.layer1.activated() {
                self.exchange.out.push_back(BriOutput::Transmit(frame));
            }
            self.channel.audit(now);
        } else {
            self.layer1.deactivated();
            // Q.921 5.5.3.3: of the data links too.
            self.channel.deactivated(now);
        }
        self.settle(now);
    }

    /// Runs the timers that are due; the first call starts the data link layer.
    pub fn expire(&mut self, now: Monotonic) {
        if self.exchange.start_at.is_some_and(|at| at <= now) {
            self.start(now);
        }
        if self.layer1.expire(now) {
            self.channel.deactivated(now);
            self.settle(now);
        }
        self.channel.expire(now);
        self.settle(now);
        self.establish_again(now);
        self.stations.values_mut().for_each(|station| station.control.expire(now));
        self.settle(now);
        self.expire_broadcasts(now);
        self.settle(now);
    }

    fn start(&mut self, now: Monotonic) {
        self.exchange.start_at = None;
        self.channel.start(now);
        self.settle(now);
        // A fixed TEI needs no assignment.
        if let (Mode::PointToMultipoint, Some(_)) = (self.config.mode, self.channel.tei()) {
            self.tei_assigned(now);
        }
        self.settle(now);
    }

    fn establish_again(&mut self, now: Monotonic) {
        let due = |station: &Station| station.down_at().is_some_and(|at| at <= now);
        let due: Vec<Terminal> = self.stations.iter().filter(|(_, it)| due(it)).map(|(tei, _)| *tei).collect();
        for terminal in due {
            if let Some(station) = self.stations.get_mut(&terminal) {
                station.link = LinkState::Down { again: None };
            }
            self.link_request(now, terminal, DlRequest::Establish);
        }
        self.settle(now);
    }

    /// The TEI of a station's data link.
    pub(crate) fn tei_of(&self, terminal: Terminal) -> Option<u8> {
        if self.config.has_terminals() { Some(terminal) } else { self.channel.tei() }
    }

    pub(crate) fn link_request(&mut self, now: Monotonic, terminal: Terminal, request: DlRequest) {
        if let Some(tei) = self.tei_of(terminal) {
            self.channel.request(now, tei, request);
        }
    }

    /// DL-DATA, after DL-ESTABLISH if the link sleeps.
    pub(crate) fn transmit(&mut self, now: Monotonic, terminal: Terminal, message: Vec<u8>) {
        let Some(tei) = self.tei_of(terminal) else { return };
        if self.channel.state(tei) == Some(StateName::TeiAssigned) {
            self.channel.request(now, tei, DlRequest::Establish);
        }
        self.channel.request(now, tei, DlRequest::Data(message));
    }

    pub(crate) fn send_frame(&mut self, now: Monotonic, frame: Vec<u8>) {
        match self.layer1.send(now, frame) {
            Sending::Now(frame) => self.exchange.out.push_back(BriOutput::Transmit(frame)),
            Sending::Wake => self.exchange.out.push_back(BriOutput::Activate),
            Sending::Kept => {}
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let stations = self.stations.values().flat_map(|it| [it.control.deadline(), it.down_at()]);
        let whole =
            [self.channel.deadline(), self.layer1.deadline(), self.broadcasts.deadline(), self.exchange.start_at];
        stations.chain(whole).flatten().min()
    }

    pub fn poll(&mut self) -> Option<BriOutput> {
        self.exchange.out.pop_front()
    }

    pub(crate) fn tell(&mut self, indication: SpanIndication) {
        self.exchange.out.push_back(BriOutput::Span(indication));
    }

    pub(crate) fn tell_leg(&mut self, leg: LegId, indication: LegIndication) {
        self.exchange.out.push_back(BriOutput::Leg { leg, indication });
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.config.timers
    }

    pub(crate) fn is_user(&self) -> bool {
        self.config.side == Side::User
    }
}
