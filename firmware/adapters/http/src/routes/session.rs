//! First boot, log-in, log-out, passwords.

use crate::access::{self, weakness};
use crate::errors::ApiError;
use crate::guard::{COOKIE, Caller};
use crate::state::{Api, SettingsInForce};
use ::settings::{AgentSettings, Language, Role, difference};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use clock::{Millis, WallTime};
use identity::AgentId;
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use store::{Account, AuditRow, Session, SettingsVersion};

/// Octets of a login at most.
const LONGEST_LOGIN: usize = 256;

/// A shift and its overtime.
const SESSION_LENGTH: Millis = Millis::secs(14 * 3600);

#[derive(Deserialize)]
pub struct FirstBoot {
    code: String,
    login: String,
    password: String,
    language: Option<Language>,
}

#[derive(Deserialize)]
pub struct LogIn {
    login: String,
    password: String,
}

#[derive(Deserialize)]
pub struct NewPassword {
    old: String,
    new: String,
}

type Source = Option<ConnectInfoOf>;
type ConnectInfoOf = Extension<ConnectInfo<SocketAddr>>;

fn address(source: Source) -> String {
    source.map_or_else(|| "-".to_owned(), |Extension(ConnectInfo(address))| address.ip().to_string())
}

/// Makes the administrator's account. The code was shown by the box itself, so whoever has it stands before it.
pub async fn first_boot(
    State(api): State<Arc<Api>>,
    source: Source,
    Json(asked): Json<FirstBoot>,
) -> Result<Response, ApiError> {
    let source = address(source);
    let now = wallclock::wall();
    refuse_if_waiting(&api, &[&source], now)?;
    let code = first_boot_code(&api)?;
    if access::token_hash(&asked.code) != access::token_hash(&code) {
        api.throttle.failed(&source, now.0 / 1000);
        let (zh, en) =
            ("首次启动码不对，请查看设备前面板或串口", "Wrong code; read it from the box's panel or serial port");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "wrong_code", zh, en));
    }
    refuse_weak(&asked.login, &asked.password)?;
    let _one_at_a_time = api.changing.lock().await;
    // Somebody else may have finished it while this one waited.
    first_boot_code(&api)?;
    let agent = add_administrator(&api, &asked).await?;
    let (login, password) = (asked.login.clone(), asked.password);
    api.blocking(move |store| {
        let password = access::hash_password(&password).map_err(ApiError::internal)?;
        Ok(store.save_account(Account { login, password, locked: false, must_change: false }, now)?)
    })
    .await?;
    *api.first_boot.write().unwrap_or_else(PoisonError::into_inner) = None;
    open_session(&api, &agent, false, source, now).await
}

fn first_boot_code(api: &Api) -> Result<String, ApiError> {
    let code = api.first_boot.read().unwrap_or_else(PoisonError::into_inner).clone();
    let (zh, en) = ("首次启动已完成，请直接登录", "The first boot is finished; log in");
    code.ok_or_else(|| ApiError::new(StatusCode::CONFLICT, "already_set_up", zh, en))
}

/// The settings gain an administrator of that login, unless they have one.
async fn add_administrator(api: &Api, asked: &FirstBoot) -> Result<AgentSettings, ApiError> {
    let before = api.settings();
    let mut after = (*before.settings).clone();
    if let Some(language) = asked.language {
        after.site.language = language;
    }
    let known = after.agents.iter().position(|agent| agent.login == asked.login);
    let place = known.unwrap_or_else(|| {
        let id = AgentId(after.agents.iter().map(|agent| agent.id.0).max().unwrap_or(0) + 1);
        let (login, name) = (asked.login.clone(), asked.login.clone());
        let skills = Vec::new();
        let role = Role::Administrator;
        after.agents.push(AgentSettings { id, login, name, role, skills, extension: None, automatic_answer: false });
        after.agents.len() - 1
    });
    after.agents[place].role = Role::Administrator;
    let agent = after.agents[place].clone();
    let problems = api.problems(&after);
    if !problems.is_empty() {
        return Err(ApiError::settings_refused(problems));
    }
    let version = SettingsVersion {
        version: 0,
        at: wallclock::wall(),
        author: asked.login.clone(),
        note: "first boot".to_owned(),
        changes: difference(&before.settings, &after),
        settings: after.clone(),
    };
    let version = api.blocking(move |store| Ok(store.save_settings(before.version, version)?)).await?;
    api.enforce(SettingsInForce { version, settings: Arc::new(after) });
    Ok(agent)
}

pub async fn log_in(
    State(api): State<Arc<Api>>,
    source: Source,
    Json(asked): Json<LogIn>,
) -> Result<Response, ApiError> {
    let source = address(source);
    let now = wallclock::wall();
    // Nobody has a login that long: it would only fill the memory of who guesses.
    if asked.login.len() > LONGEST_LOGIN {
        return Err(ApiError::bad_request("登录名过长", "The login is too long"));
    }
    let account_key = format!("login {}", asked.login);
    refuse_if_waiting(&api, &[&source, &account_key], now)?;
    let agent = api.settings().settings.agents.iter().find(|agent| agent.login == asked.login).cloned();
    let (login, password) = (asked.login.clone(), asked.password);
    let account = api
        .blocking(move |store| {
            let account = store.account(&login)?;
            let hash = account.as_ref().map(|account| account.password.as_str());
            let good = access::verify_password(&password, hash);
            Ok(account.filter(|account| good && !account.locked))
        })
        .await?;
    let (Some(account), Some(agent)) = (account, agent) else {
        api.throttle.failed(&source, now.0 / 1000);
        api.throttle.failed(&account_key, now.0 / 1000);
        let row = AuditRow {
            at: now,
            actor: "-".to_owned(),
            source,
            action: "log_in_refused".to_owned(),
            detail: asked.login.chars().take(64).collect(),
        };
        api.blocking(move |store| Ok(store.audit(row)?)).await?;
        let (zh, en) = ("登录名或密码不对", "Wrong login or password");
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_password", zh, en));
    };
    api.throttle.succeeded(&source);
    api.throttle.succeeded(&account_key);
    open_session(&api, &agent, account.must_change, source, now).await
}

fn refuse_if_waiting(api: &Api, keys: &[&str], now: WallTime) -> Result<(), ApiError> {
    let wait = keys.iter().map(|key| api.throttle.wait(key, now.0 / 1000)).max().unwrap_or(0);
    if wait == 0 {
        return Ok(());
    }
    let zh = format!("尝试次数过多，请 {wait} 秒后再试");
    let en = format!("Too many attempts; try again in {wait} seconds");
    Err(ApiError { zh, en, ..ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "", "") })
}

fn refuse_weak(login: &str, password: &str) -> Result<(), ApiError> {
    if login.is_empty() || login.len() > 64 || login.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let (zh, en) = ("登录名须为 1 至 64 个字符，不含空格", "A login has 1 to 64 characters and no spaces");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "bad_login", zh, en));
    }
    match weakness(login, password) {
        Some((zh, en)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "weak_password", zh, en)),
        None => Ok(()),
    }
}

async fn open_session(
    api: &Api,
    agent: &AgentSettings,
    must_change: bool,
    source: String,
    now: WallTime,
) -> Result<Response, ApiError> {
    let token = access::random_hex(32);
    let session = Session {
        token: access::token_hash(&token),
        login: agent.login.clone(),
        began: now,
        expires: now + SESSION_LENGTH,
    };
    let caller = Caller { agent: agent.clone(), token_hash: session.token.clone(), source, must_change };
    api.blocking(move |store| {
        store.open_session(session)?;
        Ok(store.audit(caller.audit("log_in", ""))?)
    })
    .await?;
    let me = describe(api, agent, must_change);
    let mut response = Json(json!({ "token": token, "me": me })).into_response();
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", SESSION_LENGTH.as_secs());
    let cookie = HeaderValue::from_str(&cookie).map_err(ApiError::internal)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn describe(api: &Api, agent: &AgentSettings, must_change: bool) -> serde_json::Value {
    json!({
        "id": agent.id,
        "login": agent.login,
        "name": agent.name,
        "role": agent.role,
        "extension": agent.extension,
        "language": api.settings().settings.site.language,
        "must_change_password": must_change,
    })
}

pub async fn me(State(api): State<Arc<Api>>, Extension(caller): Extension<Caller>) -> Json<serde_json::Value> {
    Json(describe(&api, &caller.agent, caller.must_change))
}

pub async fn log_out(State(api): State<Arc<Api>>, Extension(caller): Extension<Caller>) -> Result<Response, ApiError> {
    api.blocking(move |store| {
        store.audit(caller.audit("log_out", ""))?;
        Ok(store.close_session(caller.token_hash)?)
    })
    .await?;
    let mut response = Json(json!({})).into_response();
    let gone = HeaderValue::from_static("fastcall_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    response.headers_mut().insert(header::SET_COOKIE, gone);
    Ok(response)
}

/// A new password ends all sessions of the account, this one too: a new one is opened.
pub async fn change_password(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<NewPassword>,
) -> Result<Response, ApiError> {
    let now = wallclock::wall();
    let account_key = format!("login {}", caller.agent.login);
    refuse_if_waiting(&api, &[&account_key], now)?;
    refuse_weak(&caller.agent.login, &asked.new)?;
    if asked.new == asked.old {
        let (zh, en) = ("新密码须与原密码不同", "Choose another password than the old one");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "weak_password", zh, en));
    }
    let login = caller.agent.login.clone();
    let row = caller.audit("change_password", "");
    let changed = api
        .blocking(move |store| {
            let account = store.account(&login)?;
            if !access::verify_password(&asked.old, account.as_ref().map(|account| account.password.as_str())) {
                return Ok(false);
            }
            let password = access::hash_password(&asked.new).map_err(ApiError::internal)?;
            store.save_account(Account { login, password, locked: false, must_change: false }, now)?;
            store.audit(row)?;
            Ok(true)
        })
        .await?;
    if !changed {
        api.throttle.failed(&account_key, now.0 / 1000);
        let (zh, en) = ("原密码不对", "The old password is wrong");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "wrong_password", zh, en));
    }
    open_session(&api, &caller.agent, false, caller.source, now).await
}
