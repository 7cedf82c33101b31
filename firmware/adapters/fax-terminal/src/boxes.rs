use crate::call::{FaxCall, START_WITHIN, Stage};
use crate::process::{Heard, Listener, Process};
use clock::{Millis, Monotonic, Now};
use desk::{FaxDirection, FaxJob, FaxState, FaxView, fax_file};
use facsimile::{Kind, Order};
use identity::{FaxId, FaxIds, LegId, LegIds};
use legs::{ImageStream, Incoming, LegIndication, LegRequest, Origin, Outgoing, Setup};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::{Codec, Law, MediaRequest, Port, RtpSession};
use settings::{FaxBox, Settings};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Fax calls at a time: OUT-32's largest has 48 lines.
const MOST_CALLS: usize = 64;
/// Faxes waiting to be sent.
const MOST_WAITING: usize = 10_000;
/// A number that is busy or does not answer is called so often, so long apart.
const ATTEMPTS: u32 = 3;
const AGAIN_AFTER: Millis = Millis::secs(180);
/// Without room for another call, those that wait are looked at so often.
const LOOK_AGAIN: Millis = Millis::secs(1);
/// A terminal whose line is gone says so soon how it ended.
const LAST_REPORT: Millis = Millis::secs(5);
/// Words of terminals that wait for us.
const HEARD: usize = 1024;
/// Pairs of ports that are tried for a leg.
const PORT_TRIES: usize = 32;

/// What does not change while the box runs.
#[derive(Clone, Debug)]
pub struct FaxConfig {
    /// `fastcall-fax`.
    pub program: PathBuf,
    /// Where pages lie: a TIFF file each, named by its number.
    pub folder: PathBuf,
    /// The address of the media engine's ports.
    pub address: IpAddr,
}

/// What the exchange, the media engine and the database are to know.
#[derive(Debug)]
pub enum FaxOutput {
    Leg { leg: LegId, indication: LegIndication },
    Registration { extension: Digits, contact: Option<String> },
    Media(MediaRequest),
    Fax(FaxView),
}

/// One that waits to be sent.
struct Waiting {
    view: FaxView,
    due: Monotonic,
}

/// All fax boxes of the house.
pub struct FaxBoxes {
    config: FaxConfig,
    boxes: BTreeMap<Digits, FaxBox>,
    /// What the settings say of T.38, and terminals' ports.
    packets: bool,
    ports: (u16, u16),
    ids: FaxIds,
    legs: LegIds,
    calls: BTreeMap<LegId, FaxCall>,
    /// Their legs are gone; their terminals still have a word to say.
    closing: BTreeMap<LegId, FaxCall>,
    waiting: VecDeque<Waiting>,
    outputs: VecDeque<FaxOutput>,
    listener: Listener,
    heard: Receiver<(LegId, Heard)>,
    draining: bool,
}

impl FaxBoxes {
    /// `wake`: called from other threads when there is something to [`FaxBoxes::receive`].
    pub fn new(config: FaxConfig, wake: Arc<dyn Fn() + Send + Sync>) -> FaxBoxes {
        let (tell, heard) = sync_channel(HEARD);
        FaxBoxes {
            config,
            boxes: BTreeMap::new(),
            packets: false,
            ports: settings::SipSettings::default().fax_ports,
            ids: FaxIds::default(),
            legs: LegIds::of(LegIds::FAX),
            calls: BTreeMap::new(),
            closing: BTreeMap::new(),
            waiting: VecDeque::new(),
            outputs: VecDeque::new(),
            listener: Listener { tell, wake },
            heard,
            draining: false,
        }
    }

    pub fn configure(&mut self, settings: &Settings) {
        (self.packets, self.ports) = (settings.sip.t38, settings.sip.fax_ports);
        let boxes: BTreeMap<Digits, FaxBox> =
            settings.extensions.iter().filter_map(|e| Some((e.number.clone(), e.fax.clone()?))).collect();
        let before = std::mem::replace(&mut self.boxes, boxes);
        for extension in self.boxes.keys().filter(|number| !before.contains_key(*number)) {
            let contact = Some("fax".to_owned());
            self.outputs.push_back(FaxOutput::Registration { extension: extension.clone(), contact });
        }
        for extension in before.into_keys().filter(|number| !self.boxes.contains_key(number)) {
            self.outputs.push_back(FaxOutput::Registration { extension, contact: None });
        }
    }

    /// Faxes that had not been sent when the box stopped.
    pub fn resume(&mut self, now: Monotonic, waiting: Vec<FaxView>) {
        self.waiting.extend(waiting.into_iter().map(|view| Waiting { view, due: now }));
    }

    /// No call is taken or made any more.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// A fax to be sent: in time. False: too many wait.
    pub fn send(&mut self, now: Now, job: FaxJob) -> bool {
        if self.waiting.len() >= MOST_WAITING {
            return false;
        }
        let view = FaxView {
            id: job.id,
            direction: FaxDirection::Sent,
            extension: job.extension,
            number: job.to,
            station: String::new(),
            state: FaxState::Waiting,
            reason: String::new(),
            pages: 0,
            bits_a_second: 0,
            attempts: 0,
            began: now.wall,
            ended: None,
        };
        self.outputs.push_back(FaxOutput::Fax(view.clone()));
        self.waiting.push_back(Waiting { view, due: now.mono });
        true
    }

    /// One that has not been sent shall not be. False: it is under way or over.
    pub fn cancel(&mut self, now: Now, id: FaxId) -> bool {
        let Some(place) = self.waiting.iter().position(|waiting| waiting.view.id == id) else { return false };
        if let Some(Waiting { mut view, .. }) = self.waiting.remove(place) {
            (view.state, view.reason, view.ended) = (FaxState::Broken, "cancelled".to_owned(), Some(now.wall));
            self.outputs.push_back(FaxOutput::Fax(view));
        }
        true
    }

    /// What the exchange asks of a leg.
    pub fn request(&mut self, now: Now, leg: LegId, request: LegRequest) {
        match request {
            LegRequest::Setup(outgoing) => self.called(now, leg, &outgoing),
            LegRequest::Answer { .. } => {
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.connect(now.mono, host_of(self.config.address));
                }
            }
            LegRequest::Disconnect { cause, .. } | LegRequest::Release { cause } => self.released(now, leg, cause),
            // A fax number is complete as it is.
            LegRequest::MoreDigits => self.released(now, leg, Cause::InvalidNumberFormat.into()),
            LegRequest::OfferImage { stream } => self.image_offered(leg, &stream),
            LegRequest::AnswerImage { stream: Some(stream) } => self.go_on_with_packets(leg, &stream),
            LegRequest::AnswerImage { stream: None }
            | LegRequest::TransferAccepted
            | LegRequest::TransferDone
            | LegRequest::TransferFailed { .. }
            | LegRequest::Proceeding
            | LegRequest::Alerting { .. }
            | LegRequest::Progress { .. }
            | LegRequest::Digits { .. }
            | LegRequest::Key(_)
            | LegRequest::AnswerNow
            | LegRequest::Notify { .. }
            | LegRequest::Hold
            | LegRequest::Retrieve => {}
        }
    }

    /// The far end wants to go on with packets (T.38 annex D).
    fn image_offered(&mut self, leg: LegId, stream: &ImageStream) {
        let own = self.calls.get(&leg).and_then(FaxCall::own_stream).filter(|_| self.packets);
        if own.is_some() {
            self.go_on_with_packets(leg, stream);
        }
        self.outputs.push_back(leg_says(leg, LegIndication::ImageAnswered { stream: own }));
    }

    /// The conversation begins anew, past the media engine.
    fn go_on_with_packets(&mut self, leg: LegId, stream: &ImageStream) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let (remote, max_datagram) = (stream.address, stream.max_datagram);
        call.process.order(&Order::Packets { remote, max_datagram });
        self.negotiated(leg, false);
    }

    /// Somebody sends a fax to a box.
    fn called(&mut self, now: Now, leg: LegId, outgoing: &Outgoing) {
        let legs::Target::Extension(extension) = &outgoing.target else {
            return self.refuse(leg, Cause::DestinationOutOfOrder);
        };
        if self.draining || self.calls.len() >= MOST_CALLS || !self.boxes.contains_key(extension) {
            return self.refuse(leg, Cause::SwitchingCongestion);
        }
        let view = FaxView {
            id: self.ids.allocate(now.wall.0),
            direction: FaxDirection::Received,
            extension: extension.clone(),
            number: outgoing.setup.calling.as_ref().map(|calling| calling.digits.clone()).unwrap_or_default(),
            station: String::new(),
            state: FaxState::Talking,
            reason: String::new(),
            pages: 0,
            bits_a_second: 0,
            attempts: 1,
            began: now.wall,
            ended: None,
        };
        if !self.begin(now, leg, view, Kind::Receive) {
            self.refuse(leg, Cause::ResourceUnavailable);
        }
    }

    fn refuse(&mut self, leg: LegId, cause: Cause) {
        self.outputs.push_back(FaxOutput::Leg { leg, indication: LegIndication::Released { cause: cause.into() } });
    }

    /// Starts a terminal. False: it cannot be started, and the log says why.
    fn begin(&mut self, now: Now, leg: LegId, view: FaxView, kind: Kind) -> bool {
        let FaxBox { station, header } = self.boxes.get(&view.extension).cloned().unwrap_or_default();
        let file = self.config.folder.join(fax_file(view.id));
        let address = self.config.address;
        let order = Order::Begin {
            kind,
            file: file.clone(),
            station,
            header,
            error_correction: true,
            bind: address,
            ports: self.ports,
        };
        let started = free_port(address)
            .and_then(|port| Ok((port, Process::start(&self.config.program, leg, &order, self.listener.clone())?)));
        match started {
            Ok((local_port, process)) => {
                let due = now.mono + START_WITHIN;
                let (stage, remote, running) = (Stage::Starting, None, true);
                self.outputs.push_back(FaxOutput::Fax(view.clone()));
                // The engine knows the leg before the exchange says what it hears.
                let port = Port::Rtp { local_port };
                self.outputs.push_back(FaxOutput::Media(MediaRequest::Open { leg, port }));
                self.calls.insert(leg, FaxCall { view, stage, process, running, file, local_port, remote, due });
                true
            }
            Err(problem) => {
                let program = self.config.program.display();
                tracing::error!(%program, %problem, "no fax terminal can be started");
                false
            }
        }
    }

    /// The terminal is there: the media engine sends to it, as long as it hears.
    fn negotiated(&mut self, leg: LegId, hears: bool) {
        let Some(call) = self.calls.get(&leg) else { return };
        let Some(remote) = call.remote else { return };
        let rtp = RtpSession {
            remote,
            codec: Codec::G711(Law::A),
            payload_type: 8,
            event_payload_type: None,
            event_khz: 8,
            packet_millis: 20,
            send: hears,
            receive: hears,
        };
        self.outputs.push_back(FaxOutput::Media(MediaRequest::Negotiated { leg, rtp }));
    }

    /// Takes what terminals said since the last time.
    pub fn receive(&mut self, now: Now) {
        while let Ok((leg, heard)) = self.heard.try_recv() {
            match heard {
                Heard::Said(report) => self.said(now, leg, report),
                Heard::Gone => self.gone(now, leg),
            }
        }
    }

    fn said(&mut self, now: Now, leg: LegId, report: facsimile::Report) {
        let host = host_of(self.config.address);
        if let Some(call) = self.closing.get_mut(&leg) {
            call.hear(now.mono, now.wall, host, report);
            return;
        }
        let Some(call) = self.calls.get_mut(&leg) else { return };
        // How it ended is told once, when its call closes.
        if call.hear(now.mono, now.wall, host, report) && !call.view.state.ended() {
            let view = call.view.clone();
            self.outputs.push_back(FaxOutput::Fax(view));
        }
        let Some(call) = self.calls.get_mut(&leg) else { return };
        if call.stage == Stage::Starting && call.remote.is_some() {
            match call.view.direction {
                FaxDirection::Received => {
                    call.connect(now.mono, host);
                    self.negotiated(leg, true);
                    self.outputs.push_back(leg_says(leg, LegIndication::Answered { connected: None }));
                    // T.38 D.2.2: who is called asks for packets.
                    if let Some(stream) = self.calls.get(&leg).and_then(FaxCall::own_stream).filter(|_| self.packets) {
                        self.outputs.push_back(leg_says(leg, LegIndication::ImageOffered { stream }));
                    }
                }
                FaxDirection::Sent => {
                    (call.stage, call.due) = (Stage::Calling, now.mono + crate::call::LONGEST);
                    let setup = incoming(&call.view);
                    self.negotiated(leg, true);
                    self.outputs.push_back(leg_says(leg, setup));
                }
            }
        }
    }

    /// The terminal is no more. If it had not said its last word, it crashed.
    fn gone(&mut self, now: Now, leg: LegId) {
        if let Some(call) = self.closing.remove(&leg) {
            return self.close(now, call);
        }
        let Some(call) = self.calls.get_mut(&leg) else { return };
        call.running = false;
        if !call.view.state.ended() {
            call.end(now.wall, FaxState::Broken, "the fax terminal failed".to_owned());
            (call.stage, call.due) = (Stage::Done, now.mono);
        }
    }

    /// The leg ends, by the exchange's wish.
    fn released(&mut self, now: Now, leg: LegId, cause: ClearCause) {
        let Some(call) = self.calls.remove(&leg) else { return };
        self.finish(now, leg, call, cause);
    }

    fn finish(&mut self, now: Now, leg: LegId, mut call: FaxCall, cause: ClearCause) {
        let answered = matches!(call.stage, Stage::Talking | Stage::Done);
        self.outputs.push_back(FaxOutput::Media(MediaRequest::Close { leg }));
        call.process.order(&Order::End);
        if call.stage != Stage::Starting || call.view.direction == FaxDirection::Received {
            self.outputs.push_back(leg_says(leg, LegIndication::Released { cause }));
        }
        if !answered {
            return self.not_reached(now, call, cause);
        }
        if !call.running || call.view.state.ended() {
            return self.close(now, call);
        }
        // Whether it was through when the line went, the terminal knows.
        call.due = now.mono + LAST_REPORT;
        self.closing.insert(leg, call);
    }

    /// A call ended before the far end answered.
    fn not_reached(&mut self, now: Now, mut call: FaxCall, cause: ClearCause) {
        if call.view.direction == FaxDirection::Sent && call.view.attempts < ATTEMPTS && comes_again(cause.cause) {
            call.view.state = FaxState::Waiting;
            call.view.reason = cause.cause.text().to_owned();
            self.outputs.push_back(FaxOutput::Fax(call.view.clone()));
            self.waiting.push_back(Waiting { view: call.view, due: now.mono + AGAIN_AFTER });
            return;
        }
        call.end(now.wall, FaxState::NoFax, cause.cause.text().to_owned());
        self.close(now, call);
    }

    /// The last of a fax. Of one that had no page nothing is kept.
    fn close(&mut self, now: Now, mut call: FaxCall) {
        call.end(now.wall, FaxState::Broken, "the call was dropped".to_owned());
        if call.view.direction == FaxDirection::Received && call.view.pages == 0 {
            // It may never have been made.
            std::fs::remove_file(&call.file).ok();
        }
        self.outputs.push_back(FaxOutput::Fax(call.view));
    }

    pub fn expire(&mut self, now: Now) {
        let silent: Vec<LegId> = due(&self.closing, now.mono);
        for leg in silent {
            let Some(mut call) = self.closing.remove(&leg) else { continue };
            call.process.kill();
            self.close(now, call);
        }
        for leg in due(&self.calls, now.mono) {
            let Some(mut call) = self.calls.remove(&leg) else { continue };
            if call.stage != Stage::Done {
                if call.running {
                    call.process.kill();
                }
                let reason = if call.stage == Stage::Starting { "the fax terminal did not start" } else { "too long" };
                call.end(now.wall, FaxState::Broken, reason.to_owned());
            }
            self.finish(now, leg, call, Cause::NormalClearing.into());
        }
        self.make_calls(now);
    }

    /// Calls the numbers that are due.
    fn make_calls(&mut self, now: Now) {
        let mut place = 0;
        while place < self.waiting.len() && self.calls.len() < MOST_CALLS && !self.draining {
            if self.waiting[place].due > now.mono {
                place += 1;
                continue;
            }
            let Some(Waiting { mut view, .. }) = self.waiting.remove(place) else { return };
            if !self.boxes.contains_key(&view.extension) {
                let reason = format!("there is no fax box {}", view.extension);
                (view.state, view.reason, view.ended) = (FaxState::Broken, reason, Some(now.wall));
                self.outputs.push_back(FaxOutput::Fax(view));
                continue;
            }
            (view.state, view.attempts) = (FaxState::Talking, view.attempts + 1);
            let leg = self.legs.allocate();
            if !self.begin(now, leg, view.clone(), Kind::Send) {
                (view.state, view.reason) = (FaxState::Broken, "no fax terminal can be started".to_owned());
                view.ended = Some(now.wall);
                self.outputs.push_back(FaxOutput::Fax(view));
            }
        }
    }

    pub fn deadline(&self) -> Option<Monotonic> {
        let calls = self.calls.values().chain(self.closing.values()).map(|call| call.due).min();
        let waiting = match self.calls.len() < MOST_CALLS {
            true => self.waiting.iter().map(|waiting| waiting.due).min(),
            false => calls.map(|due| due + LOOK_AGAIN),
        };
        [calls, waiting].into_iter().flatten().min()
    }

    pub fn poll(&mut self) -> Option<FaxOutput> {
        self.outputs.pop_front()
    }

    /// Calls under way, and faxes that wait.
    pub fn sizes(&self) -> (usize, usize) {
        (self.calls.len(), self.waiting.len())
    }
}

fn due(calls: &BTreeMap<LegId, FaxCall>, now: Monotonic) -> Vec<LegId> {
    calls.iter().filter(|(_, call)| call.due <= now).map(|(leg, _)| *leg).collect()
}

fn leg_says(leg: LegId, indication: LegIndication) -> FaxOutput {
    FaxOutput::Leg { leg, indication }
}

fn incoming(view: &FaxView) -> LegIndication {
    let setup = Setup {
        called: PartyNumber::plain(view.number.clone()),
        complete: true,
        calling: Some(PartyNumber::plain(view.extension.clone())),
        ..Setup::default()
    };
    let origin = Origin::Extension(view.extension.clone());
    LegIndication::Setup(Box::new(Incoming { setup, origin, replaces: None }))
}

/// Whether a number that was not reached for this cause may be reached later.
fn comes_again(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::UserBusy
            | Cause::NoUserResponding
            | Cause::NoAnswer
            | Cause::NoCircuitAvailable
            | Cause::SwitchingCongestion
            | Cause::TemporaryFailure
            | Cause::ResourceUnavailable
    )
}

/// The box's own address as its own processes reach it.
fn host_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    }
}

/// An even port that is free, with the next one. The media engine binds them when the call is up.
fn free_port(address: IpAddr) -> std::io::Result<u16> {
    for _ in 0..PORT_TRIES {
        let first = UdpSocket::bind((address, 0))?;
        let port = first.local_addr()?.port() & !1;
        drop(first);
        if port > 0 && UdpSocket::bind((address, port)).is_ok() && UdpSocket::bind((address, port | 1)).is_ok() {
            return Ok(port);
        }
    }
    Err(std::io::ErrorKind::AddrInUse.into())
}

/// Whether the program is there at all.
pub fn is_installed(program: &Path) -> bool {
    program.is_file()
}
