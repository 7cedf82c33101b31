use crate::access::{Plays, Throttle};
use crate::errors::ApiError;
use crate::feed::LiveFeed;
use crate::health::HealthReport;
use crate::progress::Exports;
use clock::WallTime;
use desk::{Actor, CircuitView, Command, FaxJob, Refusal};
use identity::{CallId, CircuitId, FaxId, FaxIds, LegId, SpanId};
use legs::LineTestReport;
use settings::{Problem, Settings, SpanSettings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use store::Store;

/// Called once with the exchange's answer.
pub type CommandReply = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// The exchange's inbox is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Congested;

/// Hands a command to the exchange without waiting.
pub type CommandSink = Arc<dyn Fn(Actor, Command, CommandReply) -> Result<(), Congested> + Send + Sync>;

/// Hands checked and saved settings to everybody who lives by them.
pub type SettingsSink = Arc<dyn Fn(Arc<Settings>) + Send + Sync>;

/// One line of what was done for a call: primitives, messages, stages. It names nobody and no number.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct LadderLine {
    pub seq: u64,
    pub at: WallTime,
    pub text: String,
}

/// Asks the exchange for a call's ladder, and waits for it.
pub type LadderSource = Arc<dyn Fn(CallId) -> Result<Vec<LadderLine>, Congested> + Send + Sync>;

/// One circuit, as the exchange and as its line's signalling know it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct CircuitReport {
    #[serde(flatten)]
    pub view: CircuitView,
    /// The leg that the signalling has on it.
    pub signalling: Option<LegId>,
    /// Both say the same.
    pub agrees: bool,
    pub test_report: Option<LineTestReport>,
}

/// A span of real cards: one that the box uses, or one that the kernel's driver has and nobody uses.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct CardReport {
    /// None: the box does not use it.
    pub span: Option<SpanId>,
    /// What the board calls it.
    pub connector: Option<String>,
    /// Which span of the driver it is.
    pub place: String,
    /// `e1`, `bri`, `fxs`, ...; none: it is not there.
    pub kind: Option<String>,
    pub channels: u16,
    pub device: String,
    pub description: String,
    /// As the driver tells them now: `los`, `rai`, ...
    pub alarms: Vec<String>,
    /// Since the driver was loaded.
    pub counters: BTreeMap<String, u32>,
    /// The driver's span that clocks this one; none: it runs free.
    pub clocked_by: Option<u16>,
}

/// A span that the box is built with, whether its card is real or simulated.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct FittedSpan {
    pub span: SpanId,
    /// What is printed beside the socket.
    pub connector: String,
    /// `e1`, `bri` or `analog`.
    pub kind: &'static str,
    pub simulated: bool,
    pub ports: Vec<FittedPort>,
}

/// A port of an analog card.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct FittedPort {
    pub slot: u16,
    /// `fxs` or `fxo`.
    pub kind: &'static str,
    pub connector: String,
}

/// The box's line cards.
pub struct Cards {
    /// As the kernel's driver has them; the words are why it cannot be asked.
    pub driver: Result<Vec<CardReport>, String>,
    pub fitted: Vec<FittedSpan>,
    /// What a new box would propose for its spans.
    pub proposed: Vec<SpanSettings>,
}

/// Looks at the cards.
pub type CardSource = Arc<dyn Fn() -> Cards + Send + Sync>;

/// Which line clocks the real cards.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ClockReport {
    /// None: they run free.
    pub ruler: Option<SpanId>,
    /// Since when; none: nothing was chosen yet.
    pub since: Option<WallTime>,
    /// Those of the settings' order that have a real card, best first.
    pub lines: Vec<ClockLine>,
}

/// A line that may clock the box.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ClockLine {
    pub span: SpanId,
    pub usable: bool,
    /// Since when it can or cannot; none: nothing was heard of it yet.
    pub since: Option<WallTime>,
    /// When the clock comes back to it, if it holds until then.
    pub returns: Option<WallTime>,
}

/// What is asked of the lines; the answer comes at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineQuestion {
    /// The trace of a span, or of the calls on one of its timeslots.
    Trace {
        span: SpanId,
        slot: Option<u8>,
    },
    Circuit(CircuitId),
    /// Which line clocks the box.
    Clock,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineAnswer {
    Trace(Vec<LadderLine>),
    Circuit(Box<CircuitReport>),
    Clock(ClockReport),
    /// No such span or circuit.
    Unknown,
}

pub type LineSource = Arc<dyn Fn(LineQuestion) -> Result<LineAnswer, Congested> + Send + Sync>;

/// Sends and cancels faxes, and knows where their pages are.
#[derive(Clone)]
pub struct FaxDesk {
    pub folder: PathBuf,
    /// False: too many wait.
    pub send: Arc<dyn Fn(FaxJob) -> Result<bool, Congested> + Send + Sync>,
    /// False: it does not wait any more.
    pub cancel: Arc<dyn Fn(FaxId) -> Result<bool, Congested> + Send + Sync>,
}

/// The settings that hold now, with their version.
#[derive(Clone)]
pub struct SettingsInForce {
    pub version: u32,
    pub settings: Arc<Settings>,
}

/// Deletes a recording's file, with the reason; false: it is held by now.
pub type RecordingSink = Arc<dyn Fn(&store::RecordingRow, &str) -> Result<bool, String> + Send + Sync>;

/// What the daemon brings.
pub struct ApiParts {
    pub store: Store,
    pub feed: LiveFeed,
    pub commands: CommandSink,
    pub apply: SettingsSink,
    /// Checks beyond the model's own, of flows for one.
    pub extra_checks: fn(&Settings) -> Vec<Problem>,
    pub in_force: SettingsInForce,
    pub recordings: PathBuf,
    /// What opens them.
    pub recording_keys: Option<files::Keys>,
    pub delete_recording: RecordingSink,
    /// Prompts that ship with the product, and the site's own.
    pub shipped_prompts: PathBuf,
    pub site_prompts: PathBuf,
    /// Needed to make the first account; none once there is one.
    pub first_boot_code: Option<String>,
    pub health: Arc<dyn Fn() -> HealthReport + Send + Sync>,
    pub ladder: LadderSource,
    pub lines: LineSource,
    pub cards: CardSource,
    pub faxes: FaxDesk,
}

/// Shared by all requests.
pub struct Api {
    pub(crate) parts: ApiParts,
    pub(crate) in_force: RwLock<SettingsInForce>,
    pub(crate) first_boot: RwLock<Option<String>>,
    pub(crate) throttle: Throttle,
    pub(crate) plays: Plays,
    pub(crate) exports: Exports,
    pub(crate) fax_ids: Mutex<FaxIds>,
    /// One settings change at a time: save, then apply, in the same order.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

/// How long the exchange may take to answer a command.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl Api {
    pub fn new(parts: ApiParts) -> Arc<Api> {
        Arc::new(Api {
            in_force: RwLock::new(parts.in_force.clone()),
            first_boot: RwLock::new(parts.first_boot_code.clone()),
            throttle: Throttle::default(),
            plays: Plays::default(),
            exports: Exports::default(),
            fax_ids: Mutex::default(),
            changing: tokio::sync::Mutex::new(()),
            parts,
        })
    }

    pub(crate) fn settings(&self) -> SettingsInForce {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The settings that were saved hold from now on.
    pub(crate) fn enforce(&self, in_force: SettingsInForce) {
        (self.parts.apply)(in_force.settings.clone());
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force;
    }

    /// Everything wrong with settings.
    pub(crate) fn problems(&self, settings: &Settings) -> Vec<Problem> {
        let mut problems = settings.check();
        problems.extend((self.parts.extra_checks)(settings));
        problems
    }

    /// Runs what may wait for the disk or a slow hash off the async threads.
    pub(crate) async fn blocking<T, F>(&self, job: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, ApiError> + Send + 'static,
    {
        let store = self.parts.store.clone();
        tokio::task::spawn_blocking(move || job(&store)).await.map_err(ApiError::internal)?
    }

    /// Asks the exchange and waits for its answer.
    pub(crate) async fn command(&self, actor: Actor, command: Command) -> Result<(), ApiError> {
        let (answer, result) = tokio::sync::oneshot::channel();
        let reply: CommandReply = Box::new(move |result| {
            // The client may have gone: then nobody waits for the answer.
            answer.send(result).ok();
        });
        (self.parts.commands)(actor, command, reply).map_err(|Congested| ApiError::congested())?;
        match tokio::time::timeout(ANSWER_WITHIN, result).await {
            Ok(Ok(result)) => result.map_err(ApiError::from),
            Ok(Err(_)) | Err(_) => Err(ApiError::congested()),
        }
    }
}
