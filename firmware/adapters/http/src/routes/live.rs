//! The live view, its changes, and commands.

use crate::discretion::Viewer;
use crate::errors::ApiError;
use crate::feed::Since;
use crate::guard::Caller;
use crate::state::Api;
use ::settings::Role;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use desk::{Actor, Command, LiveView, Refusal, SeatCommand, ViewChange};
use identity::AgentId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{Amended, Amendment};

const PING_EVERY: Duration = Duration::from_secs(15);

/// A console that does not take a message within this has lost its network: it comes back and resumes.
const SEND_WITHIN: Duration = Duration::from_secs(10);

pub async fn live(State(api): State<Arc<Api>>, Extension(caller): Extension<Caller>) -> Json<LiveView> {
    Json(caller.viewer().all(&api.settings().settings, api.parts.feed.snapshot()))
}

#[derive(Deserialize)]
pub struct Resume {
    since: Option<u64>,
}

pub async fn events(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(resume): Query<Resume>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let viewer = caller.viewer();
    upgrade.on_upgrade(move |socket| stream(socket, api, (caller.token_hash, viewer), resume.since))
}

async fn stream(mut socket: WebSocket, api: Arc<Api>, (session, viewer): (String, Viewer), since: Option<u64>) {
    let feed = &api.parts.feed;
    let mut newest = feed.newest();
    let mut pings = tokio::time::interval(PING_EVERY);
    pings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    pings.tick().await;
    let mut seen = since;
    loop {
        newest.borrow_and_update();
        let Some(next) = send_news(&mut socket, &api, viewer, seen).await else { return };
        seen = Some(next);
        tokio::select! {
            changed = newest.changed() => if changed.is_err() { return },
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_))) | Some(Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            _ = pings.tick() => if !goes_on(&mut socket, &api, &session).await { return },
        }
    }
}

/// Pings, unless the session has ended: who was logged out or locked sees no more.
async fn goes_on(socket: &mut WebSocket, api: &Api, session: &str) -> bool {
    let session = session.to_owned();
    match api.blocking(move |store| Ok(store.session(&session, wallclock::wall())?)).await {
        // A database that cannot be read ends nobody's session.
        Ok(Some(_)) | Err(_) => send(socket, Message::Ping(Vec::new().into())).await,
        Ok(None) => {
            send(socket, Message::Close(None)).await;
            false
        }
    }
}

/// Sends what is newer than `seen`, or everything; returns the sequence number reached.
async fn send_news(socket: &mut WebSocket, api: &Api, viewer: Viewer, seen: Option<u64>) -> Option<u64> {
    let feed = &api.parts.feed;
    let settings = api.settings().settings;
    let changes = match seen.map(|seq| (seq, feed.since(seq))) {
        Some((seq, Since::Changes(changes))) => (seq, changes),
        Some((_, Since::Gone)) | None => {
            let view = viewer.all(&settings, feed.snapshot());
            let seq = view.seq;
            let text = json!({ "type": "snapshot", "view": view }).to_string();
            return send(socket, Message::Text(text.into())).await.then_some(seq);
        }
    };
    let mut seq = changes.0;
    for change in changes.1 {
        let view = change.view.clone().map(|view| viewer.entity(&settings, view));
        let shown = ViewChange { seq: change.seq, id: change.id.clone(), view };
        let mut frame = serde_json::to_value(&shown).ok()?;
        frame["type"] = json!("change");
        if !send(socket, Message::Text(frame.to_string().into())).await {
            return None;
        }
        seq = change.seq;
    }
    Some(seq)
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(SEND_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

#[derive(Deserialize)]
pub struct ForWhom {
    agent: Option<u32>,
}

pub async fn seat(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(whom): Query<ForWhom>,
    Json(command): Json<SeatCommand>,
) -> Result<Json<Value>, ApiError> {
    let agent = whom.agent.map_or(caller.agent.id, AgentId);
    if agent != caller.agent.id && !caller.at_least(Role::Supervisor) {
        return Err(ApiError::forbidden());
    }
    if agent != caller.agent.id || matches!(command, SeatCommand::Supervise { .. }) {
        let row = caller.audit("seat", format!("{agent} {}", json!(command)));
        api.blocking(move |store| Ok(store.audit(row)?)).await?;
    }
    let amendment = match &command {
        SeatCommand::AmendWrapUp { call, code, note } => Some(Amendment {
            call: *call,
            agent,
            at: wallclock::wall(),
            code: desk::note(code.clone())?,
            note: desk::note(note.clone())?,
        }),
        _ => None,
    };
    match (api.command(Actor::Agent(agent), Command::Seat { agent, command }).await, amendment) {
        // The exchange forgets a call once it has its record.
        (Err(refused), Some(amendment)) if refused.refusal == Some(Refusal::NoSuchCall) => {
            amend(&api, amendment).await?
        }
        (result, _) => result?,
    }
    Ok(Json(json!({})))
}

/// Other words for a call in the log.
async fn amend(api: &Api, amendment: Amendment) -> Result<(), ApiError> {
    let settings = api.settings().settings;
    let code = amendment.code.clone();
    let takes = move |cdr: &cdr::Cdr| {
        let queue = cdr.queue.and_then(|id| settings.queues.iter().find(|queue| queue.id == id));
        queue.is_none_or(|queue| queue.takes_code(code.as_deref()))
    };
    match api.blocking(move |store| Ok(store.amend_wrap_up(amendment, takes)?)).await? {
        Amended::Done(_) => Ok(()),
        Amended::NoSuchCall => Err(Refusal::NoSuchCall.into()),
        Amended::NotTheLast => Err(ApiError::not_the_last()),
        Amended::CodeRefused => Err(Refusal::CodeNeeded.into()),
    }
}

pub async fn command(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Json(command): Json<Command>,
) -> Result<Json<Value>, ApiError> {
    let needs = match &command {
        Command::ReleaseCall { .. } | Command::Seat { .. } | Command::Room { .. } | Command::MessageWaiting { .. } => {
            Role::Supervisor
        }
        Command::BlockCircuit { .. }
        | Command::UnblockCircuit { .. }
        | Command::ResetCircuit { .. }
        | Command::TestCircuit { .. }
        | Command::ResetSpan { .. } => Role::Administrator,
    };
    if !caller.at_least(needs) {
        return Err(ApiError::forbidden());
    }
    let row = caller.audit("command", json!(command).to_string());
    api.blocking(move |store| Ok(store.audit(row)?)).await?;
    // The role was checked here; the exchange knows agents and the house's own authority.
    api.command(Actor::Administrator, command).await?;
    Ok(Json(json!({})))
}

/// Names and numbers that an agent needs, without the settings around them.
pub async fn directory(State(api): State<Arc<Api>>) -> Json<Value> {
    let settings = api.settings().settings;
    let agents: Vec<Value> = settings
        .agents
        .iter()
        .map(|a| json!({ "id": a.id, "login": a.login, "name": a.name, "role": a.role }))
        .collect();
    let extensions: Vec<Value> =
        settings.extensions.iter().map(|e| json!({ "number": e.number, "name": e.name })).collect();
    let queues: Vec<Value> = settings
        .queues
        .iter()
        .map(|q| json!({ "id": q.id, "name": q.name, "wrap_up_codes": q.wrap_up_codes }))
        .collect();
    let services: Vec<Value> =
        settings.services.iter().map(|s| json!({ "pattern": s.pattern, "name": s.name })).collect();
    let flows: Vec<Value> = settings.flows.iter().map(|f| json!({ "id": f.id, "name": f.name })).collect();
    Json(json!({
        "agents": agents,
        "extensions": extensions,
        "queues": queues,
        "services": services,
        "flows": flows,
        "utc_offset_minutes": settings.site.utc_offset_minutes,
    }))
}
