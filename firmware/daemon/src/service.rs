//! Puts the parts together, in the order in which they need each other.

use crate::configuration::Configuration;
use crate::exchange_thread::{DeskSide, ExchangeThread, recorder_config};
use crate::fax_side::FaxSide;
use crate::gauges::{Gauges, Glass};
use crate::inbox::{Inbox, Message, Refused};
use crate::keeping::{Keeper, Volume};
use crate::media_side::MediaSide;
use crate::memory::{self, Lock};
use crate::records::{RecordingPlace, Records};
use crate::sip_sockets::{self, Sockets};
use crate::span_lines::SpanLines;
use crate::telephones::{self, Telephones};
use crate::trouble::Trouble;
use crate::{card_plan, day, first_boot, keeping, plugging, real_cards, recovery};
use board::Board;
use exchange::Exchange;
use files::{BoardSecret, KeyFile, Loader, PromptLibrary, Recorder, RecorderThread, RecorderWiring};
use graph::{Engine, Limits};
use http_api::{Api, ApiParts, Congested, FaxDesk, LiveFeed, SettingsInForce};
use lines::OnEngine;
use media_io::{MediaIo, Running, Wiring};
use plan::{MediaIndication, MediaRequest};
use rtrb::{Consumer, Producer, RingBuffer};
use settings::{Problem, Settings};
use sip::SipCore;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;
use store::{SettingsVersion, Store};
use udp::SipSockets;
use wallclock::Wallclock;

/// Requests and indications on their way between the exchange and the media thread, or the recorder, at most.
const RING: usize = 8192;

/// Octets of prompts kept in memory: over an hour of speech.
const PROMPTS_KEPT: usize = 64 * 1024 * 1024;

/// How long the exchange may take to read its trace.
const LADDER_WITHIN: Duration = Duration::from_secs(3);

/// Legs over RTP that there is room for, at least and at most: a range of ports that grows is used without a restart.
const RTP_LEGS: (usize, usize) = (1000, 2000);

/// Everything that runs.
pub struct Service {
    pub api: Arc<Api>,
    pub inbox: Inbox,
    pub store: Store,
    pub media: Running,
    pub exchange: JoinHandle<()>,
    pub recorder: RecorderThread,
    pub prompts: Loader,
    pub feed: LiveFeed,
    pub sockets: SipSockets,
}

impl Service {
    /// No call is up.
    pub fn is_quiet(&self) -> bool {
        self.feed.snapshot().calls.is_empty()
    }
}

/// The rings of the exchange thread.
struct Rings {
    requests: (Producer<MediaRequest>, Consumer<MediaRequest>),
    indications: (Producer<MediaIndication>, Consumer<MediaIndication>),
    orders: (Producer<files::RecorderOrder>, Consumer<files::RecorderOrder>),
    reports: (Producer<MediaIndication>, Consumer<MediaIndication>),
}

impl Rings {
    fn new() -> Rings {
        Rings {
            requests: RingBuffer::new(RING),
            indications: RingBuffer::new(RING),
            orders: RingBuffer::new(RING),
            reports: RingBuffer::new(RING),
        }
    }
}

/// Starts every part but the HTTP server, which [`crate::supervision`] starts and restarts.
pub fn start(configuration: &Configuration, clock: Wallclock) -> Result<Service, Trouble> {
    let lock = lock_memory();
    make_folder(&configuration.data)?;
    let board = real_cards::complete(Board::load(&configuration.board)?, &configuration.found_cards());
    let store = Store::open(&configuration.database())?;
    let keys = open_keys(configuration, clock)?;
    let version = first_boot::settings(configuration, &board, &store, clock.now().wall)?;
    let settings = Arc::new(version.settings.clone());
    clean_up(&store, &recording_volumes(configuration, &settings), &keys.keys(), clock)?;
    let (inbox, messages) = Inbox::new();
    let rings = Rings::new();
    let limits = limits(&board, &settings)?;
    let (engine_end, loader_end, recorder_end) = graph::connect(&limits);
    let prompts = start_prompts(configuration, loader_end)?;
    let reports = (rings.orders.1, rings.reports.0);
    let (recording_keys, keys_sealed) = (keys.keys(), keys.is_sealed_to_board());
    let (recorder, volumes) =
        start_recorder(configuration, (&settings, &recording_keys), &inbox, recorder_end, reports)?;
    start_keeper(&store, keys, volumes.clone(), &recorder, &inbox, clock)?;
    let (cards, line_set) = plugging::plug_in(&board, &settings)?;
    let engine = Engine::new(limits, engine_end);
    let waker = inbox.waker.clone();
    let cards = OnEngine::new(cards, Box::new(move || waker.wake()));
    let waker = inbox.waker.clone();
    let loader = prompts.thread();
    let wiring = Wiring {
        requests: rings.requests.1,
        indications: rings.indications.0,
        notify: Box::new(move || waker.wake()),
        wake_loader: Box::new(move || loader.unpark()),
    };
    let media = MediaIo::new(configuration.address, engine, wiring, cards);
    let media = media.and_then(MediaIo::spawn).map_err(|problem| Trouble::Thread { name: "media", problem })?;

    let exchange = resume_exchange(&store, &settings, clock)?;
    let view = exchange.live_view();
    let shown = view.seq;
    let feed = LiveFeed::start(view).map_err(|problem| Trouble::Thread { name: "live", problem })?;
    let place = recording_place(&volumes, &settings);
    let records = Records::start(store.clone(), (feed.clone(), shown), (rings.orders.0, rings.reports.1), place)
        .map_err(|problem| Trouble::Thread { name: "sizes", problem })?;
    let (gauges, glass) = Gauges::new(
        media.status().clone(),
        store.clone(),
        (configuration.recordings(), recorder.gauges(), keys_sealed),
        clock,
        lock,
    );
    let (sockets, telephones) = start_telephones(configuration, &settings, &store, &inbox)?;
    let faxes = start_faxes(configuration, &store, &inbox, clock)?;
    let thread = ExchangeThread {
        clock,
        exchange,
        lines: SpanLines::new(line_set, plugging::real_spans(&board)),
        telephones,
        faxes,
        media: MediaSide::new(rings.requests.0, rings.indications.1),
        records,
        desk: DeskSide::new(messages),
        gauges,
        recordings: configuration.recordings(),
        audit_at: clock::Monotonic(0),
    };
    let waker = inbox.waker.clone();
    let exchange = std::thread::Builder::new().name("exchange".into()).spawn(move || thread.run(&settings, &waker));
    let exchange = exchange.map_err(|problem| Trouble::Thread { name: "exchange", problem })?;
    let api =
        make_api(configuration, (&store, recording_keys, volumes), &inbox, feed.clone(), version, (glass, board))?;
    Ok(Service { api, inbox, store, media, exchange, recorder, prompts, feed, sockets })
}

/// An exchange that knows what it knew when the box stopped.
fn resume_exchange(store: &Store, settings: &Arc<Settings>, clock: Wallclock) -> Result<Exchange, Trouble> {
    let mut exchange = Exchange::new(settings.clone(), clock.now());
    exchange.resume_messages(clock.now(), store.messages_waiting()?);
    exchange.resume_day(clock.now(), day::so_far(store, settings, clock.now().wall)?);
    Ok(exchange)
}

fn start_faxes(
    configuration: &Configuration,
    store: &Store,
    inbox: &Inbox,
    clock: Wallclock,
) -> Result<FaxSide, Trouble> {
    make_folder(&configuration.faxes())?;
    let waiting = store.resume_faxes(clock.now().wall)?;
    Ok(FaxSide::new(configuration, inbox, clock.mono(), waiting))
}

fn recording_place(volumes: &[Volume], settings: &Settings) -> RecordingPlace {
    RecordingPlace {
        directories: volumes.iter().map(|volume| volume.directory.clone()).collect(),
        utc_offset_minutes: settings.site.utc_offset_minutes,
        sealed: settings.recording.encrypt,
    }
}

/// What recordings are sealed with; a new box makes it.
fn open_keys(configuration: &Configuration, clock: Wallclock) -> Result<KeyFile, Trouble> {
    let board = match configuration.board_secret() {
        Some(path) => Some(BoardSecret::read(&path).map_err(|problem| Trouble::file(&path, problem))?),
        None => None,
    };
    let path = configuration.recording_keys();
    let keys = KeyFile::open(&path, board, clock.now().wall.0).map_err(|problem| Trouble::file(&path, problem))?;
    if keys.is_sealed_to_board() {
        tracing::info!("the recordings' keys are sealed to this board");
    } else {
        tracing::warn!(
            path = %path.display(),
            "the recordings' keys are not sealed to this board: who takes its disk can read the recordings"
        );
    }
    Ok(keys)
}

/// What the last stop left half done.
fn clean_up(store: &Store, volumes: &[(String, PathBuf)], keys: &files::Keys, clock: Wallclock) -> Result<(), Trouble> {
    let (calls, recordings) = recovery::recover(store, (volumes, keys), clock.now().wall)?;
    if calls + recordings > 0 {
        tracing::warn!(
            calls,
            recordings,
            "the last stop was not clean: calls closed as interrupted, recordings finished"
        );
    }
    store.cut_alarms(clock.now().wall)?;
    Ok(())
}

fn lock_memory() -> Lock {
    let lock = memory::lock();
    match lock {
        Lock::Held => tracing::info!("memory is locked: nothing of the media thread's is swapped out"),
        Lock::NotPermitted { limit } => tracing::warn!(
            limit,
            "memory cannot be locked: raise the limit on locked memory (LimitMEMLOCK=infinity) or give CAP_IPC_LOCK"
        ),
        Lock::Refused(problem) => tracing::warn!(%problem, "memory cannot be locked"),
    }
    lock
}

fn make_folder(path: &std::path::Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(path).map_err(|problem| Trouble::file(path, problem))
}

fn limits(board: &Board, settings: &Settings) -> Result<Limits, Trouble> {
    let highest = board.spans.iter().map(|span| span.id).max().unwrap_or(0);
    let (first, last) = settings.sip.rtp_ports;
    let circuits = board.spans.len() * 30;
    let rtp = (usize::from(last.saturating_sub(first)) / 2).clamp(RTP_LEGS.0, RTP_LEGS.1);
    Ok(Limits {
        spans: highest,
        circuits,
        rtp,
        // Of every call, two legs each.
        recorded_blocks: (circuits + rtp) / 2 * graph::BLOCKS_A_RECORDING,
        seed: getrandom::u64().map_err(|problem| Trouble::NoRandomness(problem.to_string()))?,
        ..Limits::default()
    })
}

fn start_prompts(configuration: &Configuration, end: graph::LoaderEnd) -> Result<Loader, Trouble> {
    let folders = vec![configuration.site_prompts(), configuration.prompts.clone()];
    let damaged = |name: &str| tracing::warn!(name, "a shipped prompt is damaged: install the prompts again");
    let bank = files::read_bank(&configuration.prompts, damaged).unwrap_or_else(|problem| {
        tracing::warn!(%problem, "the bank of prompts cannot be read: each is read from its own file");
        None
    });
    let library = PromptLibrary::new(folders, PROMPTS_KEPT).with_bank(bank);
    let loader = files::spawn_loader(library, end, |problem| tracing::warn!(?problem, "a prompt cannot be played"));
    loader.map_err(|problem| Trouble::Thread { name: "prompts", problem })
}

/// Where recordings go: the first within the data folder, then those of the settings. Names as [`keeping::Volume`] has them.
fn recording_volumes(configuration: &Configuration, settings: &Settings) -> Vec<(String, PathBuf)> {
    let more = settings.recording.more_volumes.iter().take(files::MOST_VOLUMES - 1);
    let first = (String::new(), configuration.recordings());
    std::iter::once(first).chain(more.map(|path| (path.clone(), PathBuf::from(path)))).collect()
}

/// A volume that cannot be opened is left out, with an alarm; the first must be there.
fn start_recorder(
    configuration: &Configuration,
    (settings, keys): (&Settings, &files::Keys),
    inbox: &Inbox,
    end: graph::RecorderEnd,
    (orders, indications): (Consumer<files::RecorderOrder>, Producer<MediaIndication>),
) -> Result<(RecorderThread, Arc<Vec<Volume>>), Trouble> {
    let (mut recorders, mut kept) = (Vec::new(), Vec::new());
    for (name, directory) in &recording_volumes(configuration, settings) {
        let recorder = Recorder::new(recorder_config(directory, settings)).and_then(|mut recorder| {
            recorder.hold_keys(keys.clone())?;
            Ok(recorder)
        });
        let custody = match recorder {
            Ok(recorder) => {
                let custody = recorder.custody();
                recorders.push(recorder);
                custody
            }
            Err(problem) if kept.is_empty() => return Err(Trouble::file(directory, problem)),
            Err(problem) => {
                tracing::error!(path = %directory.display(), %problem, "a volume of recordings cannot be used");
                None
            }
        };
        kept.push(Volume { name: name.clone(), directory: directory.clone(), custody });
    }
    let waker = inbox.waker.clone();
    let wiring = RecorderWiring { orders, indications, notify: Box::new(move || waker.wake()) };
    let recorder = files::spawn_recorders(recorders, end, wiring);
    Ok((recorder.map_err(|problem| Trouble::Thread { name: "recorder", problem })?, Arc::new(kept)))
}

fn start_keeper(
    store: &Store,
    keys: KeyFile,
    volumes: Arc<Vec<Volume>>,
    recorder: &RecorderThread,
    inbox: &Inbox,
    clock: Wallclock,
) -> Result<(), Trouble> {
    let (store, gauges) = (store.clone(), recorder.gauges());
    let keeper = Keeper { store, keys, volumes, gauges, clock, inbox: inbox.clone(), told: BTreeMap::new() };
    keeper.start().map_err(|problem| Trouble::Thread { name: "keeper", problem })
}

/// Messages from the SIP sockets waiting for the exchange thread at most. What does not fit is sent again by who sent it.
const SIP_WAITING: usize = 4096;

fn start_telephones(
    configuration: &Configuration,
    settings: &Settings,
    store: &Store,
    inbox: &Inbox,
) -> Result<(SipSockets, Telephones), Trouble> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|problem| Trouble::NoRandomness(problem.to_string()))?;
    let local = SocketAddr::new(configuration.address, settings.sip.port);
    let core = SipCore::new(telephones::configuration(local, &settings.sip, seed));
    let (tell, heard) = sync_channel(SIP_WAITING);
    let waker = inbox.waker.clone();
    let deliver = move |event| {
        let taken = tell.try_send(event).is_ok();
        waker.wake();
        taken
    };
    let sockets = SipSockets::start(sip_sockets::config(local, &settings.sip), Box::new(deliver))
        .map_err(|problem| Trouble::Socket { what: "SIP", problem })?;
    let ends = Sockets::new(configuration.address, &settings.sip, heard, sockets.sender());
    let telephones = Telephones::new(core, ends, store.clone());
    Ok((sockets, telephones))
}

/// What the model's own check cannot know: the flows.
fn check_flows(settings: &Settings) -> Vec<Problem> {
    let known = ivr::prompts::known(&settings.prompts);
    let mut problems = Vec::new();
    for (place, flow) in settings.flows.iter().enumerate() {
        for problem in ivr::check(flow, Some(&known)) {
            if problem.severity == ivr::Severity::Error {
                let node = flow.nodes.iter().position(|node| node.id == problem.node);
                let at = node.map_or(format!("/flows/{place}"), |node| format!("/flows/{place}/nodes/{node}"));
                problems.push(Problem { at, zh: problem.zh, en: problem.en });
            }
        }
    }
    problems
}

/// What the API needs of the fax boxes.
fn fax_desk(configuration: &Configuration, inbox: &Inbox) -> FaxDesk {
    let (sending, cancelling) = (inbox.clone(), inbox.clone());
    FaxDesk {
        folder: configuration.faxes(),
        send: Arc::new(move |job| {
            let (answer, said) = sync_channel(1);
            sending.put(Message::SendFax { job, answer }).map_err(|Refused| Congested)?;
            said.recv_timeout(LADDER_WITHIN).map_err(|_| Congested)
        }),
        cancel: Arc::new(move |fax| {
            let (answer, said) = sync_channel(1);
            cancelling.put(Message::CancelFax { fax, answer }).map_err(|Refused| Congested)?;
            said.recv_timeout(LADDER_WITHIN).map_err(|_| Congested)
        }),
    }
}

fn make_api(
    configuration: &Configuration,
    (store, keys, volumes): (&Store, files::Keys, Arc<Vec<Volume>>),
    inbox: &Inbox,
    feed: LiveFeed,
    version: SettingsVersion,
    (glass, board): (Glass, Board),
) -> Result<Arc<Api>, Trouble> {
    let first_boot_code = first_boot::code(configuration, store)?;
    if let Some(code) = &first_boot_code {
        println!("first boot: open http://{} and enter the code {code}", configuration.web);
    }
    let kept = store.clone();
    let (commands, changes, asked, lines) = (inbox.clone(), inbox.clone(), inbox.clone(), inbox.clone());
    Ok(Api::new(ApiParts {
        store: store.clone(),
        feed,
        commands: Arc::new(move |actor, command, reply| {
            let asked = commands.put(Message::Command { actor, command, reply });
            asked.map_err(|Refused| Congested)
        }),
        apply: Arc::new(move |settings| {
            if changes.put(Message::Settings(settings)).is_err() {
                tracing::error!("settings were saved but not applied: the exchange is congested; save them again");
            }
        }),
        extra_checks: check_flows,
        in_force: SettingsInForce { version: version.version, settings: Arc::new(version.settings) },
        recordings: configuration.recordings(),
        recording_keys: Some(keys),
        delete_recording: Arc::new(move |row, why| keeping::delete_by_order(&kept, &volumes, row, why)),
        shipped_prompts: configuration.prompts.clone(),
        site_prompts: configuration.site_prompts(),
        first_boot_code,
        health: Arc::new(move || glass.report()),
        cards: card_plan::source(board)?,
        lines: Arc::new(move |question| {
            let (answer, said) = sync_channel(1);
            lines.put(Message::Line { question, answer }).map_err(|Refused| Congested)?;
            said.recv_timeout(LADDER_WITHIN).map_err(|_| Congested)
        }),
        faxes: fax_desk(configuration, inbox),
        ladder: Arc::new(move |call| {
            let (answer, ladder) = sync_channel(1);
            asked.put(Message::Ladder { call, answer }).map_err(|Refused| Congested)?;
            ladder.recv_timeout(LADDER_WITHIN).map_err(|_| Congested)
        }),
    }))
}
