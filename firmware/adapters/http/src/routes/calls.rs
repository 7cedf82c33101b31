//! The call log.

use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use ::settings::{Role, Settings};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use cdr::Cdr;
use clock::WallTime;
use identity::{AgentId, CallId, QueueId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{CallFilter, SortBy};

/// The filter as it stands in the address.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CallQuery {
    from: Option<i64>,
    to: Option<i64>,
    direction: Option<String>,
    outcome: Option<String>,
    agent: Option<u32>,
    queue: Option<u32>,
    number: Option<String>,
    q: Option<String>,
    /// A wrap-up code, or words of a note.
    wrap_up: Option<String>,
    /// Seconds.
    min_talk: Option<u64>,
    recorded: Option<bool>,
    sort: Option<String>,
    page: Option<u32>,
    per_page: Option<u32>,
}

impl CallQuery {
    /// The filter that `caller` may use: agents see the calls they spoke in.
    pub fn filter(&self, caller: &Caller, settings: &Settings) -> Result<CallFilter, ApiError> {
        let mut filter = CallFilter {
            from: self.from.map(WallTime),
            to: self.to.map(WallTime),
            direction: named(self.direction.as_deref())?,
            outcome: named(self.outcome.as_deref())?,
            agent: self.agent.map(AgentId),
            queue: self.queue.map(QueueId),
            number: filled(self.number.as_deref()),
            min_talk_millis: self.min_talk.map(|seconds| seconds.saturating_mul(1000)),
            recorded: self.recorded,
            wrap_up: filled(self.wrap_up.as_deref()),
            sort: match self.sort.as_deref() {
                None | Some("-began") => SortBy::Newest,
                Some("began") => SortBy::Oldest,
                Some("-talk") => SortBy::LongestTalk,
                Some(_) => return Err(ApiError::bad_request("排序方式有误", "sort is -began, began or -talk")),
            },
            page: self.page.unwrap_or(1).max(1),
            per_page: self.per_page.unwrap_or(50).clamp(1, 500),
        };
        if let Some(words) = filled(self.q.as_deref()) {
            search(&words, settings, &mut filter);
        }
        if !caller.at_least(Role::Quality) {
            filter.agent = Some(caller.agent.id);
        }
        Ok(filter)
    }
}

/// A search box that understands numbers, the names of agents and queues, and else looks into codes and notes.
fn search(words: &str, settings: &Settings, filter: &mut CallFilter) {
    let number = words.chars().all(|c| c.is_ascii_digit() || " -+*#".contains(c));
    if number {
        filter.number = Some(words.to_owned());
    } else if let Some(agent) = settings.agents.iter().find(|agent| agent.name.contains(words) || agent.login == words)
    {
        filter.agent = Some(agent.id);
    } else if let Some(queue) = settings.queues.iter().find(|queue| queue.name.contains(words)) {
        filter.queue = Some(queue.id);
    } else {
        filter.wrap_up = Some(words.to_owned());
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn named<T: DeserializeOwned>(word: Option<&str>) -> Result<Option<T>, ApiError> {
    let Some(word) = filled(word) else { return Ok(None) };
    let value = serde_json::from_value(Value::String(word.clone()));
    value.map(Some).map_err(|_| ApiError::bad_request(&format!("不认识“{word}”"), &format!("“{word}” is not known")))
}

/// A record with the names of its time: agents, queue, service.
pub fn described(cdr: &Cdr, settings: &Settings) -> Value {
    let agent_name = |id: AgentId| settings.agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.clone());
    let mut row = json!(cdr);
    row["agent_name"] = json!(cdr.agent.and_then(agent_name));
    row["agent_names"] = json!(cdr.agents.iter().map(|id| agent_name(*id)).collect::<Vec<_>>());
    let queue = cdr.queue.and_then(|id| settings.queues.iter().find(|queue| queue.id == id));
    row["queue_name"] = json!(queue.map(|queue| queue.name.clone()));
    let service = settings.services.iter().find(|service| service.pattern == cdr.called.to_string());
    row["service"] = json!(service.map(|service| service.name.clone()));
    let flow = cdr.flow.and_then(|id| settings.flows.iter().find(|flow| flow.id == id));
    row["flow_name"] = json!(flow.map(|flow| flow.name.clone()));
    row
}

pub async fn list(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CallQuery>,
) -> Result<Json<Value>, ApiError> {
    let settings = api.settings().settings;
    let filter = query.filter(&caller, &settings)?;
    let (page, per_page) = (filter.page, filter.per_page);
    let found = api.blocking(move |store| Ok(store.calls(&filter)?)).await?;
    let rows: Vec<Value> = found.rows.iter().map(|cdr| described(cdr, &settings)).collect();
    Ok(Json(json!({ "total": found.total, "page": page, "per_page": per_page, "rows": rows })))
}

/// Whether `caller` may see a call: its own, or all of them from quality up.
pub fn may_see(caller: &Caller, agents: &[AgentId]) -> bool {
    caller.at_least(Role::Quality) || agents.contains(&caller.agent.id)
}

pub async fn one(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, ApiError> {
    let call = CallId(id);
    let settings = api.settings().settings;
    let (cdr, ledger, recordings) =
        api.blocking(move |store| Ok((store.call(call)?, store.ledger(call)?, store.recordings(call)?))).await?;
    if cdr.is_none() && ledger.is_empty() {
        return Err(ApiError::not_found());
    }
    let agents = cdr.as_ref().map(|cdr| cdr.agents.clone()).unwrap_or_default();
    if !may_see(&caller, &agents) {
        return Err(ApiError::forbidden());
    }
    let recordings: Vec<Value> = recordings.iter().map(|row| super::recordings::described(row, &ledger)).collect();
    let ledger = caller.viewer().ledger(&settings, ledger);
    let cdr = cdr.as_ref().map(|cdr| described(cdr, &settings));
    Ok(Json(json!({ "cdr": cdr, "ledger": ledger, "recordings": recordings })))
}
