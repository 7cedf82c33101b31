use crate::config::{Config, Side};
use crate::frame::{Address, Command, Control, Frame};
use crate::link::{Counters, DataLink, StateName};
use crate::management::{
    AssignmentSource, FIRST_AUTOMATIC_TEI, GROUP_TEI, ManagementMessage, ManagementTimers, Ordered, References,
    UserManagement,
};
use crate::primitive::{DlIndication, DlRequest, MdlError, Output};
use clock::Monotonic;
use std::collections::{BTreeMap, VecDeque};

/// Service access points, table 2.
const CALL_CONTROL: u8 = 0;
const MANAGEMENT: u8 = 63;

/// How this end of the D-channel is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// Either side, point to point: one link, TEI 0, no management.
    PointToPoint,
    /// Network side of a passive bus: the assignment source point.
    Network,
    /// A terminal that asks for its TEI.
    AutomaticTei,
    /// A terminal with a TEI of its own, 0 to 63.
    FixedTei(u8),
}

#[derive(Clone, Copy, Debug)]
pub struct DChannelConfig {
    pub endpoint: Endpoint,
    /// Of each link; its TEI is filled in.
    pub link: Config,
    pub management: ManagementTimers,
    /// Where the random reference numbers begin (5.3.1.1).
    pub seed: u64,
}

impl DChannelConfig {
    pub fn basic_rate(side: Side, endpoint: Endpoint) -> DChannelConfig {
        DChannelConfig { endpoint, link: Config::basic_rate(side, 0), management: ManagementTimers::default(), seed: 1 }
    }
}

/// What a D-channel wants done or tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DChannelOutput {
    /// A frame for the line, without FCS.
    Transmit(Vec<u8>),
    /// A terminal has this TEI: we (user side), or one that asked (network side).
    Assigned(u8),
    /// It has it no more; its link is gone.
    Removed(u8),
    /// User side: no TEI was to be had. Ask again by [`DChannel::start`].
    NoTei,
    Link {
        tei: u8,
        indication: DlIndication,
    },
    /// Unacknowledged information to all terminals.
    Broadcast(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DChannelCounters {
    /// All links together, past ones too.
    pub links: Counters,
    /// Frames of no link and no management procedure.
    pub discarded: u64,
    /// TEIs assigned and removed.
    pub assigned: u64,
    pub removed: u64,
}

#[derive(Clone, Debug)]
enum Management {
    None,
    User(UserManagement),
    Network(AssignmentSource),
}

/// The data links of one D-channel and their management entity.
///
/// ```
/// use clock::Monotonic;
/// use lapd::{DChannel, DChannelConfig, DChannelOutput, Endpoint, Side};
/// let mut terminal = DChannel::new(DChannelConfig::basic_rate(Side::User, Endpoint::AutomaticTei));
/// terminal.start(Monotonic(0));
/// let Some(DChannelOutput::Transmit(request)) = terminal.poll() else { panic!() };
/// assert_eq!((&request[..4], &request[6..]), (&[0xfc, 0xff, 0x03, 0x0f][..], &[0x01, 0xff][..]));
/// // Identity assigned: TEI 64 to the terminal with that reference.
/// terminal.receive(Monotonic(50), &[0xfe, 0xff, 0x03, 0x0f, request[4], request[5], 0x02, 0x81]);
/// assert_eq!(terminal.poll(), Some(DChannelOutput::Assigned(64)));
/// ```
#[derive(Clone, Debug)]
pub struct DChannel {
    config: DChannelConfig,
    links: BTreeMap<u8, DataLink>,
    management: Management,
    counters: DChannelCounters,
    out: VecDeque<DChannelOutput>,
}

impl DChannel {
    pub fn new(config: DChannelConfig) -> DChannel {
        let references = References::seeded(config.seed);
        let management = match config.endpoint {
            Endpoint::PointToPoint => Management::None,
            Endpoint::Network => Management::Network(AssignmentSource::new(config.management)),
            Endpoint::AutomaticTei => Management::User(UserManagement::automatic(config.management, references)),
            Endpoint::FixedTei(tei) => {
                Management::User(UserManagement::fixed(tei.min(FIRST_AUTOMATIC_TEI - 1), config.management, references))
            }
        };
        let mut channel = DChannel {
            config,
            links: BTreeMap::new(),
            management,
            counters: DChannelCounters::default(),
            out: VecDeque::new(),
        };
        match config.endpoint {
            Endpoint::PointToPoint => channel.add_link(0),
            Endpoint::FixedTei(tei) => channel.add_link(tei.min(FIRST_AUTOMATIC_TEI - 1)),
            Endpoint::Network | Endpoint::AutomaticTei => {}
        }
        channel
    }

    fn add_link(&mut self, tei: u8) {
        self.links.entry(tei).or_insert_with(|| DataLink::new(Config { tei, ..self.config.link }));
    }

    /// The line can carry frames. A terminal asks for its TEI if it has none; the network has forgotten all there were.
    pub fn start(&mut self, now: Monotonic) {
        match &mut self.management {
            Management::None => {}
            Management::User(user) => user.ask(now),
            Management::Network(source) => source.start(now),
        }
        self.settle(now);
    }

    /// Persistent deactivation of layer 1: every link is gone. TEIs stay (5.5.3.3).
    pub fn deactivated(&mut self, now: Monotonic) {
        self.links.values_mut().for_each(DataLink::removed);
        self.settle(now);
    }

    /// User side: the TEI we have.
    pub fn tei(&self) -> Option<u8> {
        match (&self.management, self.config.endpoint) {
            (Management::User(user), _) => user.tei(),
            (Management::None, _) => Some(0),
            (Management::Network(_), _) => None,
        }
    }

    /// The terminals with a link, up or not.
    pub fn teis(&self) -> impl Iterator<Item = u8> + '_ {
        self.links.keys().copied()
    }

    pub fn state(&self, tei: u8) -> Option<StateName> {
        self.links.get(&tei).map(DataLink::state)
    }

    pub fn counters(&self) -> DChannelCounters {
        let links = self.links.values().map(DataLink::counters).fold(self.counters.links, Counters::and);
        DChannelCounters { links, ..self.counters }
    }

    /// A DL primitive for one link; one that is gone takes none.
    pub fn request(&mut self, now: Monotonic, tei: u8, request: DlRequest) {
        match self.links.get_mut(&tei) {
            Some(link) => link.request(now, request),
            None => self.counters.links.refused += 1,
        }
        self.settle(now);
    }

    /// Unacknowledged information to all terminals (5.2.2): UI on SAPI 0, TEI 127.
    pub fn broadcast(&mut self, information: &[u8]) {
        self.send_ui(CALL_CONTROL, information);
    }

    fn send_ui(&mut self, sapi: u8, information: &[u8]) {
        let address = Address { sapi, tei: GROUP_TEI, command: Command::Command };
        let frame = Frame { address, control: Control::UnnumberedInformation, information };
        self.out.push_back(DChannelOutput::Transmit(frame.write(self.config.link.side)));
    }

    /// Network side: looks who has this TEI (5.3.3).
    pub fn check(&mut self, now: Monotonic, tei: u8) {
        if let Management::Network(source) = &mut self.management {
            source.check(now, tei);
        }
        self.settle(now);
    }

    /// Network side: asks all terminals for their TEIs, and takes back those that two have (5.3.3.1).
    pub fn audit(&mut self, now: Monotonic) {
        if let Management::Network(source) = &mut self.management {
            source.audit(now);
        }
        self.settle(now);
    }

    /// Network side: takes a TEI away, 127 all of them (5.3.4).
    pub fn remove(&mut self, now: Monotonic, tei: u8) {
        if let Management::Network(source) = &mut self.management {
            source.remove(tei);
        }
        self.settle(now);
    }

    /// A frame from the line, FCS checked and taken off.
    pub fn receive(&mut self, now: Monotonic, octets: &[u8]) {
        let [first, second, ..] = *octets else {
            self.counters.discarded += 1;
            return;
        };
        match (first >> 2, second >> 1) {
            (MANAGEMENT, GROUP_TEI) => self.receive_management(now, octets),
            (CALL_CONTROL, GROUP_TEI) => match self.ui(octets) {
                Some(information) => self.out.push_back(DChannelOutput::Broadcast(information.to_vec())),
                None => self.counters.discarded += 1,
            },
            (CALL_CONTROL, tei) => self.receive_on_link(now, tei, octets),
            _ => self.counters.discarded += 1,
        }
        self.settle(now);
    }

    /// The information of a UI command of the peer.
    fn ui<'a>(&self, octets: &'a [u8]) -> Option<&'a [u8]> {
        let peer = match self.config.link.side {
            Side::User => Side::Network,
            Side::Network => Side::User,
        };
        match Frame::parse(octets, peer, self.config.link.n201) {
            Ok(Frame { control: Control::UnnumberedInformation, information, .. }) => Some(information),
            Ok(_) | Err(_) => None,
        }
    }

    fn receive_management(&mut self, now: Monotonic, octets: &[u8]) {
        let message = self.ui(octets).and_then(ManagementMessage::parse);
        match (message, &mut self.management) {
            (Some(message), Management::User(user)) => user.receive(message),
            (Some(message), Management::Network(source)) => source.receive(now, message),
            (_, Management::None) | (None, _) => self.counters.discarded += 1,
        }
    }

    fn receive_on_link(&mut self, now: Monotonic, tei: u8, octets: &[u8]) {
        if let Management::Network(source) = &mut self.management
            && !self.links.contains_key(&tei)
        {
            if tei < FIRST_AUTOMATIC_TEI {
                // A terminal with a TEI of its own is known by its first frame (3.3.4.1).
                self.add_link(tei);
                self.out.push_back(DChannelOutput::Assigned(tei));
            } else if !source.is_assigned(tei) {
                // Assigned by another network or before a restart: whoever has it is to ask for a new one.
                source.remove(tei);
            }
        }
        match self.links.get_mut(&tei) {
            Some(link) => link.receive(now, octets),
            None => self.counters.discarded += 1,
        }
    }

    /// Runs the timers that are due.
    pub fn expire(&mut self, now: Monotonic) {
        match &mut self.management {
            Management::None => {}
            Management::User(user) => user.expire(now),
            Management::Network(source) => source.expire(now),
        }
        self.links.values_mut().for_each(|link| link.expire(now));
        self.settle(now);
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let management = match &self.management {
            Management::None => None,
            Management::User(user) => user.deadline(),
            Management::Network(source) => source.deadline(),
        };
        self.links.values().filter_map(DataLink::deadline).chain(management).min()
    }

    /// The next thing to do. Acknowledgements come last, as [`DataLink::poll`] has it.
    pub fn poll(&mut self) -> Option<DChannelOutput> {
        if self.out.is_empty() {
            self.collect_acknowledgements();
        }
        self.out.pop_front()
    }

    fn collect_acknowledgements(&mut self) {
        for link in self.links.values_mut() {
            while let Some(output) = link.poll() {
                if let Output::Transmit(frame) = output {
                    self.out.push_back(DChannelOutput::Transmit(frame));
                }
            }
        }
    }

    /// Carries outputs between links and management until both are quiet.
    fn settle(&mut self, now: Monotonic) {
        loop {
            let orders = match &mut self.management {
                Management::None => VecDeque::new(),
                Management::User(user) => std::mem::take(&mut user.orders),
                Management::Network(source) => std::mem::take(&mut source.orders),
            };
            let mut quiet = orders.is_empty();
            orders.into_iter().for_each(|order| self.carry_out(order));
            let teis: Vec<u8> = self.links.keys().copied().collect();
            for tei in teis {
                while let Some(output) = self.links.get_mut(&tei).and_then(DataLink::take_output) {
                    quiet = false;
                    self.hear_link(now, tei, output);
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn carry_out(&mut self, order: Ordered) {
        match order {
            Ordered::Send(message) => self.send_ui(MANAGEMENT, &message.encode()),
            Ordered::Assign(tei) => {
                self.counters.assigned += 1;
                self.add_link(tei);
                self.out.push_back(DChannelOutput::Assigned(tei));
            }
            Ordered::Remove(tei) => {
                self.counters.removed += 1;
                if let Some(link) = self.links.remove(&tei) {
                    self.counters.links = self.counters.links.and(link.counters());
                }
                self.out.push_back(DChannelOutput::Removed(tei));
            }
            Ordered::Failed => self.out.push_back(DChannelOutput::NoTei),
        }
    }

    fn hear_link(&mut self, now: Monotonic, tei: u8, output: Output) {
        match output {
            Output::Transmit(frame) => self.out.push_back(DChannelOutput::Transmit(frame)),
            Output::Indicate(indication) => {
                if let DlIndication::Error(error) = indication {
                    self.suspect(now, tei, error);
                }
                self.out.push_back(DChannelOutput::Link { tei, indication });
            }
        }
    }

    /// Table II.1: errors that a TEI held twice, or by nobody, would explain.
    fn suspect(&mut self, now: Monotonic, tei: u8, error: MdlError) {
        match error {
            MdlError::UnsolicitedUaFinal
            | MdlError::UnsolicitedUa
            | MdlError::EstablishFailed
            | MdlError::ReleaseFailed => match &mut self.management {
                Management::None => {}
                Management::User(user) => user.verify(now),
                Management::Network(source) => source.check(now, tei),
            },
            MdlError::UnsolicitedFinal
            | MdlError::UnsolicitedDmFinal
            | MdlError::PeerDisconnected
            | MdlError::PeerReestablished
            | MdlError::EnquiryFailed
            | MdlError::BadSequence
            | MdlError::FrameRejected
            | MdlError::UndefinedControl
            | MdlError::InformationNotPermitted
            | MdlError::WrongLength
            | MdlError::TooLong => {}
        }
    }
}
