use crate::config::{Config, Side};
use crate::frame::{Address, BadFrame, Command, Control, Frame, Supervisory};
use crate::primitive::{DlIndication, DlRequest, MdlError, Output};
use crate::states;
use crate::window::Window;
use clock::{Deadlines, Monotonic};
use std::collections::VecDeque;

/// I frames waiting for the window at most; more means that the link or the peer is ill.
const QUEUE: usize = 512;

/// The timers of 5.9.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    T200,
    T203,
}

/// A state of annex B with what belongs to it.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// 4
    TeiAssigned,
    /// 5. Layer 3 asked for it, or we re-establish on an error.
    AwaitingEstablishment { retries: u32, layer3_initiated: bool, unacknowledged: bool, release_wanted: bool },
    /// 6
    AwaitingRelease { retries: u32 },
    /// 7
    Established(Window),
    /// 8
    TimerRecovery { window: Window, retries: u32 },
}

/// A state's name, for the span's page and traces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StateName {
    TeiAssigned,
    AwaitingEstablishment,
    AwaitingRelease,
    Established,
    TimerRecovery,
}

/// Counts since start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Frames that were not valid or not for this link.
    pub discarded: u64,
    /// Frames that could not come in the state they came in.
    pub unexpected: u64,
    /// I frames sent again.
    pub retransmitted: u64,
    /// I frames received twice or out of order.
    pub out_of_sequence: u64,
    /// DL-DATA requests refused because the queue was full or the information too long.
    pub refused: u64,
    pub errors: u64,
}

impl Counters {
    /// Of two links together.
    pub(crate) const fn and(self, other: Counters) -> Counters {
        Counters {
            discarded: self.discarded + other.discarded,
            unexpected: self.unexpected + other.unexpected,
            retransmitted: self.retransmitted + other.retransmitted,
            out_of_sequence: self.out_of_sequence + other.out_of_sequence,
            refused: self.refused + other.refused,
            errors: self.errors + other.errors,
        }
    }
}

/// One data link connection.
#[derive(Clone, Debug)]
pub struct DataLink {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) queue: VecDeque<Vec<u8>>,
    pub(crate) timers: Deadlines<Timer>,
    pub(crate) counters: Counters,
    outputs: VecDeque<Output>,
}

impl DataLink {
    pub fn new(config: Config) -> DataLink {
        DataLink {
            config,
            state: State::TeiAssigned,
            queue: VecDeque::new(),
            timers: Deadlines::default(),
            counters: Counters::default(),
            outputs: VecDeque::new(),
        }
    }

    pub fn state(&self) -> StateName {
        match self.state {
            State::TeiAssigned => StateName::TeiAssigned,
            State::AwaitingEstablishment { .. } => StateName::AwaitingEstablishment,
            State::AwaitingRelease { .. } => StateName::AwaitingRelease,
            State::Established(_) => StateName::Established,
            State::TimerRecovery { .. } => StateName::TimerRecovery,
        }
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        self.timers.deadline()
    }

    /// A DL primitive from layer 3.
    pub fn request(&mut self, now: Monotonic, request: DlRequest) {
        match request {
            DlRequest::Establish => self.establish_request(now),
            DlRequest::Release => self.release_request(now),
            DlRequest::Data(information) => self.data_request(now, information),
            DlRequest::UnitData(information) => {
                self.send(Command::Command, Control::UnnumberedInformation, &information);
            }
        }
    }

    /// MDL-REMOVE, or persistent deactivation of layer 1 (5.5.3, annex B): the link is gone, without a word on the line.
    pub(crate) fn removed(&mut self) {
        match self.state {
            State::TeiAssigned => {}
            State::AwaitingEstablishment { .. } | State::Established(_) | State::TimerRecovery { .. } => {
                self.enter_released();
                self.indicate(DlIndication::ReleaseIndication);
            }
            State::AwaitingRelease { .. } => {
                self.enter_released();
                self.indicate(DlIndication::ReleaseConfirm);
            }
        }
    }

    /// A frame from the line, FCS checked and taken off.
    pub fn receive(&mut self, now: Monotonic, octets: &[u8]) {
        let peer = match self.config.side {
            Side::User => Side::Network,
            Side::Network => Side::User,
        };
        match Frame::parse(octets, peer, self.config.n201) {
            Ok(frame) if self.is_ours(frame.address) => self.dispatch(now, frame),
            Err(BadFrame::Rejected(address, error)) if self.is_ours(address) => self.frame_rejection(now, error),
            Ok(_) | Err(_) => self.counters.discarded += 1,
        }
    }

    /// Runs the timers that are due.
    pub fn expire(&mut self, now: Monotonic) {
        while let Some(timer) = self.timers.expire(now) {
            match timer {
                Timer::T200 => self.t200_expired(now),
                Timer::T203 => self.t203_expired(now),
            }
        }
    }

    /// The next thing to do. An acknowledgement is sent only when layer 3 has had the chance to answer with an I frame.
    pub fn poll(&mut self) -> Option<Output> {
        if self.outputs.is_empty() {
            self.acknowledge_if_pending();
        }
        self.outputs.pop_front()
    }

    /// As [`DataLink::poll`], but no acknowledgement is due yet.
    pub(crate) fn take_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn is_ours(&self, address: Address) -> bool {
        address.sapi == self.config.sapi && address.tei == self.config.tei
    }

    fn dispatch(&mut self, now: Monotonic, frame: Frame<'_>) {
        if matches!(frame.control, Control::UnnumberedInformation) {
            return self.indicate(DlIndication::UnitData(frame.information.to_vec()));
        }
        match self.state {
            State::TeiAssigned => states::tei_assigned(self, now, frame),
            State::AwaitingEstablishment { .. } => states::awaiting_establishment(self, now, frame),
            State::AwaitingRelease { .. } => states::awaiting_release(self, now, frame),
            State::Established(_) => states::established(self, now, frame),
            State::TimerRecovery { .. } => states::timer_recovery(self, now, frame),
        }
    }

    pub(crate) fn indicate(&mut self, indication: DlIndication) {
        self.outputs.push_back(Output::Indicate(indication));
    }

    pub(crate) fn error(&mut self, error: MdlError) {
        self.counters.errors += 1;
        self.indicate(DlIndication::Error(error));
    }

    /// A frame that the state does not provide for: counted, nothing else (Q.921 annex B shows no arc for it).
    pub(crate) fn unexpected(&mut self) {
        self.counters.unexpected += 1;
    }

    pub(crate) fn send(&mut self, command: Command, control: Control, information: &[u8]) {
        let address = Address { sapi: self.config.sapi, tei: self.config.tei, command };
        let octets = Frame { address, control, information }.write(self.config.side);
        self.outputs.push_back(Output::Transmit(octets));
    }

    pub(crate) fn send_supervisory(&mut self, command: Command, kind: Supervisory, nr: u8, pf: bool) {
        self.send(command, Control::Supervisory { kind, nr, pf }, &[]);
    }

    pub(crate) fn start_t200(&mut self, now: Monotonic) {
        self.timers.arm(Timer::T200, now + self.config.t200);
    }

    pub(crate) fn stop_t200(&mut self) {
        self.timers.disarm(&Timer::T200);
    }

    pub(crate) fn start_t203(&mut self, now: Monotonic) {
        self.timers.arm(Timer::T203, now + self.config.t203);
    }

    pub(crate) fn stop_t203(&mut self) {
        self.timers.disarm(&Timer::T203);
    }

    /// Whether a DL-DATA request can be kept; a refused one is counted.
    pub(crate) fn has_room(&mut self, information: &[u8]) -> bool {
        let room = self.queue.len() < QUEUE && information.len() <= self.config.n201;
        self.counters.refused += u64::from(!room);
        room
    }
}
