//! Agents' log-ins and everybody's preferences.

use crate::access::{self, weakness};
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Account;

/// JSON kept for one user at most.
const MAX_PREFERENCES: usize = 16 * 1024;

#[derive(Deserialize)]
pub struct AccountChange {
    password: Option<String>,
    locked: Option<bool>,
    /// Whether the owner has to change the password before anything else; it does unless this says no.
    must_change: Option<bool>,
}

fn login_of(api: &Api, id: u32) -> Result<String, ApiError> {
    let settings = api.settings().settings;
    let agent = settings.agents.iter().find(|agent| agent.id.0 == id);
    agent.map(|agent| agent.login.clone()).ok_or_else(ApiError::not_found)
}

pub async fn account(State(api): State<Arc<Api>>, Path(id): Path<u32>) -> Result<Json<Value>, ApiError> {
    let login = login_of(&api, id)?;
    let wanted = login.clone();
    let account = api.blocking(move |store| Ok(store.account(&wanted)?)).await?;
    let locked = account.as_ref().is_some_and(|account| account.locked);
    let must_change = account.as_ref().is_some_and(|account| account.must_change);
    Ok(Json(json!({
        "login": login,
        "has_password": account.is_some(),
        "locked": locked,
        "must_change_password": must_change,
    })))
}

/// A password set by an administrator has to be changed by its owner.
pub async fn save_account(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u32>,
    Json(change): Json<AccountChange>,
) -> Result<Json<Value>, ApiError> {
    let login = login_of(&api, id)?;
    if let Some((zh, en)) = change.password.as_deref().and_then(|password| weakness(&login, password)) {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "weak_password", zh, en));
    }
    if change.locked == Some(true) && login == caller.agent.login {
        let (zh, en) = ("不能锁定自己的账号", "You cannot lock your own account");
        return Err(ApiError::new(StatusCode::CONFLICT, "own_account", zh, en));
    }
    let own = login == caller.agent.login;
    api.blocking(move |store| {
        let known = store.account(&login)?;
        let hashed = change.password.as_deref().map(access::hash_password).transpose().map_err(ApiError::internal)?;
        let (zh, en) = ("请先为此坐席员设置密码", "Set a password for this agent first");
        let Some(password) = hashed.clone().or(known.as_ref().map(|account| account.password.clone())) else {
            return Err(ApiError::new(StatusCode::CONFLICT, "no_account", zh, en));
        };
        let locked = change.locked.unwrap_or(known.as_ref().is_some_and(|account| account.locked));
        let kept = known.is_some_and(|account| account.must_change);
        let must_change = change.must_change.unwrap_or(if hashed.is_some() { !own } else { kept });
        let detail = format!("{login} password={} locked={locked}", hashed.is_some());
        store.save_account(Account { login, password, locked, must_change }, wallclock::wall())?;
        Ok(store.audit(caller.audit("account", detail))?)
    })
    .await?;
    Ok(Json(json!({})))
}

pub async fn preferences(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, ApiError> {
    let kept = api.blocking(move |store| Ok(store.preferences(&caller.agent.login)?)).await?;
    Ok(Json(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!({}))))
}

pub async fn save_preferences(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Json(value): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    let text = value.to_string();
    if text.len() > MAX_PREFERENCES {
        return Err(ApiError::bad_request("个人设置过大", "Preferences are too large"));
    }
    api.blocking(move |store| Ok(store.save_preferences(caller.agent.login, text)?)).await?;
    Ok(Json(json!({})))
}
