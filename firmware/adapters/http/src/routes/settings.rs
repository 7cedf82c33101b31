//! The settings: read, check, apply, go back. Passwords never leave the box.

use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::{Api, SettingsInForce};
use ::settings::{Settings, difference};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::SettingsVersion;

#[derive(Deserialize)]
pub struct Draft {
    settings: Settings,
}

#[derive(Deserialize)]
pub struct Change {
    based_on: u32,
    settings: Settings,
    note: Option<String>,
}

#[derive(Deserialize)]
pub struct Page {
    page: Option<u32>,
    per_page: Option<u32>,
}

impl Page {
    pub fn numbers(&self) -> (u32, u32) {
        (self.page.unwrap_or(1).max(1), self.per_page.unwrap_or(50).clamp(1, 500))
    }
}

/// As the API shows it: passwords empty.
fn masked(mut settings: Settings) -> Settings {
    settings.extensions.iter_mut().for_each(|extension| extension.password.clear());
    settings
}

/// A draft with the passwords that it left empty, from the settings in force, and with its flows' versions.
fn completed(mut draft: Settings, in_force: &Settings) -> Settings {
    draft.flows = ::settings::flows_with_versions(&in_force.flows, draft.flows);
    for extension in draft.extensions.iter_mut().filter(|extension| extension.password.is_empty()) {
        let known = in_force.extensions.iter().find(|known| known.number == extension.number);
        if let Some(known) = known {
            extension.password.clone_from(&known.password);
        }
    }
    draft
}

pub async fn newest(State(api): State<Arc<Api>>) -> Result<Json<Value>, ApiError> {
    let in_force = api.settings();
    let saved = api.blocking(move |store| Ok(store.settings_version(in_force.version)?)).await?;
    let (author, at, note) = saved.map_or((String::new(), None, String::new()), |v| (v.author, Some(v.at), v.note));
    let settings = masked((*in_force.settings).clone());
    Ok(Json(json!({
        "version": in_force.version, "settings": settings, "author": author, "at": at, "note": note,
    })))
}

pub async fn check(State(api): State<Arc<Api>>, Json(draft): Json<Draft>) -> Json<Value> {
    let in_force = api.settings().settings;
    let draft = completed(draft.settings, &in_force);
    Json(json!({ "problems": api.problems(&draft), "changes": difference(&in_force, &draft) }))
}

pub async fn apply(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, ApiError> {
    let note = change.note.unwrap_or_default();
    save(&api, &caller, change.based_on, change.settings, note).await
}

async fn save(
    api: &Api,
    caller: &Caller,
    based_on: u32,
    draft: Settings,
    note: String,
) -> Result<Json<Value>, ApiError> {
    let _one_at_a_time = api.changing.lock().await;
    let in_force = api.settings();
    if based_on != in_force.version {
        return Err(ApiError::outdated(in_force.version));
    }
    let after = completed(draft, &in_force.settings);
    let problems = api.problems(&after);
    if !problems.is_empty() {
        return Err(ApiError::settings_refused(problems));
    }
    if !after.agents.iter().any(|agent| agent.id == caller.agent.id && agent.role == caller.agent.role) {
        let (zh, en) = ("不能删除自己或降低自己的权限", "You cannot take away your own account or role");
        return Err(ApiError::new(axum::http::StatusCode::CONFLICT, "own_account", zh, en));
    }
    let changes = difference(&in_force.settings, &after);
    let version = SettingsVersion {
        version: 0,
        at: wallclock::wall(),
        author: caller.agent.login.clone(),
        note,
        settings: after.clone(),
        changes: changes.clone(),
    };
    let row = caller.audit("settings", format!("{} changes", changes.len()));
    let (renamed, gone) = moved_accounts(&in_force.settings, &after);
    let version = api
        .blocking(move |store| {
            let version = store.save_settings(based_on, version)?;
            store.follow_agents(renamed, gone)?;
            store.audit(row)?;
            Ok(version)
        })
        .await?;
    api.enforce(SettingsInForce { version, settings: Arc::new(after) });
    Ok(Json(json!({ "version": version, "changes": changes })))
}

/// Agents whose login changed (old and new), and logins that nobody has any more: their accounts follow, so that nobody inherits a
/// password by taking over a login.
fn moved_accounts(before: &Settings, after: &Settings) -> (Vec<(String, String)>, Vec<String>) {
    let mut renamed = Vec::new();
    let mut gone = Vec::new();
    for agent in &before.agents {
        match after.agents.iter().find(|other| other.id == agent.id) {
            Some(same) if same.login == agent.login => {}
            Some(other) => renamed.push((agent.login.clone(), other.login.clone())),
            None => gone.push(agent.login.clone()),
        }
    }
    (renamed, gone)
}

pub async fn history(State(api): State<Arc<Api>>, Query(page): Query<Page>) -> Result<Json<Value>, ApiError> {
    let (page, per_page) = page.numbers();
    let (total, versions) = api.blocking(move |store| Ok(store.settings_history(page, per_page)?)).await?;
    let rows: Vec<Value> = versions
        .iter()
        .map(|v| json!({ "version": v.version, "at": v.at, "author": v.author, "note": v.note, "changes": v.changes }))
        .collect();
    Ok(Json(json!({ "total": total, "page": page, "per_page": per_page, "rows": rows })))
}

async fn find(api: &Api, version: u32) -> Result<SettingsVersion, ApiError> {
    let found = api.blocking(move |store| Ok(store.settings_version(version)?)).await?;
    found.ok_or_else(ApiError::not_found)
}

pub async fn version(State(api): State<Arc<Api>>, Path(version): Path<u32>) -> Result<Json<Value>, ApiError> {
    let found = find(&api, version).await?;
    Ok(Json(json!({
        "version": found.version, "at": found.at, "author": found.author, "note": found.note,
        "changes": found.changes, "settings": masked(found.settings),
    })))
}

pub async fn restore(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(version): Path<u32>,
) -> Result<Json<Value>, ApiError> {
    let found = find(&api, version).await?;
    let newest = api.settings().version;
    save(&api, &caller, newest, found.settings, format!("version {version} restored")).await
}
