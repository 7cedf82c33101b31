//! A box with an API and nothing behind it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::{Router, response::Response};
use cdr::Cdr;
use clock::WallTime;
use desk::{LiveView, Refusal};
use http_api::{
    Api, ApiParts, CircuitReport, ClockLine, ClockReport, FaxDesk, HealthReport, LineAnswer, LineQuestion, LiveFeed,
    SettingsInForce,
};
use http_body_util::BodyExt;
use identity::{AgentId, CallId, LegId, QueueId, RecordingId, SpanId};
use ledger::{Direction, Event, Outcome, Place, Record};
use numbering::{Cause, Digits};
use serde_json::{Value, json};
use settings::{Role, Settings};
use std::sync::Arc;
use store::{Entry, SettingsVersion, Store};
use tower::ServiceExt;

pub const CODE: &str = "12345678";
pub const PASSWORD: &str = "blue-kettle-47";

pub struct Bench {
    pub router: Router,
    pub api: Arc<Api>,
    pub store: Store,
    pub admin: String,
    pub folder: tempfile::TempDir,
    pub feed: LiveFeed,
}

fn parts(store: &Store, settings: Settings, folder: &tempfile::TempDir, feed: LiveFeed) -> ApiParts {
    ApiParts {
        store: store.clone(),
        feed,
        // An exchange that knows no call: everything else is done at once.
        commands: Arc::new(|_, command, reply| {
            let unknown = match command {
                desk::Command::Seat { command, .. } => matches!(command, desk::SeatCommand::AmendWrapUp { .. }),
                other => matches!(other, desk::Command::ReleaseCall { .. }),
            };
            reply(if unknown { Err(Refusal::NoSuchCall) } else { Ok(()) });
            Ok(())
        }),
        apply: Arc::new(|_| {}),
        extra_checks: |_| Vec::new(),
        in_force: SettingsInForce { version: 1, settings: Arc::new(settings) },
        recordings: folder.path().join("recordings"),
        recording_keys: None,
        delete_recording: {
            let store = store.clone();
            Arc::new(move |row, why| {
                store.recording_deleted(row.id, clock::WallTime(7), why).map_err(|problem| problem.to_string())
            })
        },
        shipped_prompts: folder.path().join("shipped"),
        site_prompts: folder.path().join("site"),
        first_boot_code: Some(CODE.to_owned()),
        health: Arc::new(HealthReport::default),
        faxes: fax_desk(folder),
        cards: Arc::new(cards),
        lines: Arc::new(|question| Ok(line_answer(question))),
        ladder: Arc::new(|call| {
            let text = format!("{call} sip --> Setup");
            Ok(vec![http_api::LadderLine { seq: 7, at: clock::WallTime(1000), text }])
        }),
    }
}

/// One that takes whatever it is given, and has nothing waiting but what is told.
fn fax_desk(folder: &tempfile::TempDir) -> FaxDesk {
    let folder = folder.path().join("faxes");
    std::fs::create_dir_all(&folder).unwrap();
    FaxDesk { folder, send: Arc::new(|job| Ok(!job.to.is_empty())), cancel: Arc::new(|fax| Ok(fax.0 == 7)) }
}

/// No driver; a simulated E1 that is set up, and another that nobody has set up.
fn cards() -> http_api::Cards {
    let fitted = |id: u16| http_api::FittedSpan {
        span: SpanId(id),
        connector: format!("E1-{id}"),
        kind: "e1",
        simulated: true,
        ports: Vec::new(),
    };
    let proposed = Settings::proposed(&[SpanId(1), SpanId(2)], || "telephone-secret-1".to_owned()).spans;
    http_api::Cards { driver: Err("the driver is not loaded".into()), fitted: vec![fitted(1), fitted(2)], proposed }
}

/// Span 1 is there, and its timeslot 7 under test.
fn line_answer(question: LineQuestion) -> LineAnswer {
    let at = clock::WallTime(1000);
    match question {
        LineQuestion::Trace { span: SpanId(1), slot } => {
            let text = format!("S1 {}", slot.map_or("-".to_owned(), |slot| slot.to_string()));
            LineAnswer::Trace(vec![http_api::LadderLine { seq: 7, at, text }])
        }
        LineQuestion::Circuit(circuit) if circuit.span == SpanId(1) => {
            let test = legs::LineTest::BitErrors;
            let view = desk::CircuitView {
                circuit,
                state: desk::SlotState::BlockedByUs,
                since: at,
                blocked_by_us: true,
                blocked_by_peer: false,
                leg: None,
                call: None,
                last_leg: None,
                test: Some(test),
            };
            let test_report = Some(legs::LineTestReport { errors: 3, ..legs::LineTestReport::of(test) });
            LineAnswer::Circuit(Box::new(CircuitReport { view, signalling: None, agrees: true, test_report }))
        }
        LineQuestion::Clock => LineAnswer::Clock(ClockReport {
            ruler: Some(SpanId(1)),
            since: Some(at),
            lines: vec![ClockLine { span: SpanId(1), usable: true, since: Some(at), returns: None }],
        }),
        _ => LineAnswer::Unknown,
    }
}

impl Bench {
    /// As it leaves the factory: nobody can log in.
    pub fn unopened() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        ["recordings", "shipped", "site"]
            .iter()
            .for_each(|name| std::fs::create_dir(folder.path().join(name)).unwrap());
        let store = Store::open(&folder.path().join("box.db")).unwrap();
        let mut settings = Settings::proposed(&[SpanId(1)], || "telephone-secret-1".to_owned());
        settings.agents[1].role = Role::Quality;
        settings.agents[2].role = Role::Supervisor;
        let version = SettingsVersion {
            version: 0,
            at: WallTime(0),
            author: "test".into(),
            note: String::new(),
            settings: settings.clone(),
            changes: Vec::new(),
        };
        store.save_settings(0, version).unwrap();
        let feed = LiveFeed::start(LiveView::default()).unwrap();
        let api = Api::new(parts(&store, settings, &folder, feed.clone()));
        let router = http_api::router(api.clone());
        Bench { router, api, store, admin: String::new(), folder, feed }
    }

    /// A new box on which `boss` has made the administrator's account.
    pub async fn new() -> Bench {
        let mut bench = Bench::unopened();
        let body = json!({ "code": CODE, "login": "boss", "password": PASSWORD });
        let (status, answer) = bench.ask("POST", "/first-boot", "", Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        bench.admin = answer["token"].as_str().unwrap().to_owned();
        bench
    }

    /// The token of agent 1 (agent), 2 (quality) or 3 (supervisor).
    pub async fn log_in(&self, agent: u32) -> String {
        let path = format!("/agents/{agent}/account");
        let (status, _) =
            self.ask("PUT", &path, &self.admin, Some(json!({ "password": PASSWORD, "must_change": false }))).await;
        assert_eq!(status, StatusCode::OK);
        let login = ["wang", "li", "zhang"][agent as usize - 1];
        let body = json!({ "login": login, "password": PASSWORD });
        let (_, answer) = self.ask("POST", "/session", "", Some(body)).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    pub async fn raw(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn ask(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (StatusCode, Value) {
        let response = self.raw(request(method, path, token, body)).await;
        let status = response.status();
        let body = octets(response).await;
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &self.admin, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Calls 1 to `count`, agents 1 to 3 in turn, each with its ledger.
    pub fn keep_calls(&self, count: u64) {
        for n in 1..=count {
            let began = Event::Began {
                leg: LegId(1),
                place: Place::Extension(digits("8001")),
                port: None,
                calling: None,
                called: digits("4006668888"),
                direction: Direction::Inbound,
            };
            self.store
                .record(Entry::Ledger(Record { call: CallId(n), seq: 0, at: WallTime(0), event: began }))
                .unwrap();
            self.store.record(Entry::Cdr(Box::new(call(n)))).unwrap();
        }
        self.store.flush().unwrap();
    }
}

pub fn request(method: &str, path: &str, token: &str, body: Option<Value>) -> Request<Body> {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap());
    request = request.uri(format!("/api/v1{path}"));
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    match body {
        Some(body) => {
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
        }
        None => request.body(Body::empty()).unwrap(),
    }
}

pub async fn octets(response: Response) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

pub fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn call(n: u64) -> Cdr {
    Cdr {
        call: CallId(n),
        direction: Direction::Inbound,
        began: WallTime(n as i64 * 1000),
        answered: None,
        ended: WallTime(n as i64 * 1000 + 900),
        calling: Some(digits(&format!("138{n:08}"))),
        called: digits("4006668888"),
        circuit: None,
        port: None,
        extension: None,
        flow: None,
        keyed: Digits::default(),
        queue: Some(QueueId(1)),
        queued: None,
        left_queue: None,
        agent: Some(AgentId((n % 3) as u32 + 1)),
        agents: vec![AgentId((n % 3) as u32 + 1)],
        ring_millis: 0,
        talk_millis: n * 1000,
        hold_millis: 0,
        transfers: 0,
        outcome: Outcome::Answered,
        cause: Cause::NormalUnspecified,
        wrap_up_code: None,
        wrap_up_note: None,
        wrap_ups: Vec::new(),
        recordings: vec![RecordingId(n)],
        far_party: None,
        silent_millis: 0,
        quality: Vec::new(),
    }
}
