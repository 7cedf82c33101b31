//! Who asks, and whether it may: before any handler runs.

use crate::access;
use crate::discretion::Viewer;
use crate::errors::ApiError;
use crate::routes::{self, Access};
use crate::state::Api;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use settings::{AgentSettings, Role};
use std::net::SocketAddr;
use std::sync::Arc;
use store::AuditRow;

pub const COOKIE: &str = "fastcall_session";

/// Sent with every write by the console: a page of another site cannot add a header of its own.
pub const CSRF_HEADER: &str = "x-fastcall";

/// Who is logged in.
#[derive(Clone, Debug)]
pub struct Caller {
    pub agent: AgentSettings,
    pub token_hash: String,
    pub source: String,
    /// The password was set by somebody else: until its owner has changed it, nothing else is done with it.
    pub must_change: bool,
}

impl Caller {
    pub fn at_least(&self, role: Role) -> bool {
        self.agent.role >= role
    }

    pub fn viewer(&self) -> Viewer {
        Viewer { agent: self.agent.id, right: self.agent.role }
    }

    pub fn audit(&self, action: &str, detail: impl Into<String>) -> AuditRow {
        AuditRow {
            at: wallclock::wall(),
            actor: self.agent.login.clone(),
            source: self.source.clone(),
            action: action.to_owned(),
            detail: detail.into(),
        }
    }
}

/// The client's address without its port.
pub fn source_of(request: &Request) -> String {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map(|ConnectInfo(address)| address.ip().to_string()).unwrap_or_else(|| "-".to_owned())
}

/// What may be written before the password is changed: the password, the log-out, and where the console keeps its looks.
const BEFORE_CHANGE: [&str; 3] = ["/session/password", "/session", "/me/preferences"];

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Lets a request through to its handler, with its [`Caller`] if it is logged in.
pub async fn guard(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let path = path.strip_prefix(routes::PREFIX).unwrap_or(&path);
    let route = routes::find(request.method(), path).ok_or_else(ApiError::not_found)?;
    if route.access == Access::Anyone {
        return Ok(next.run(request).await);
    }
    let (method, headers, source) = (request.method().clone(), request.headers().clone(), source_of(&request));
    let caller = who(&api, &method, &headers, source).await?;
    match route.access {
        Access::Anyone | Access::LoggedIn => {}
        Access::AtLeast(role) if caller.at_least(role) => {}
        Access::AtLeast(_) => return Err(ApiError::forbidden()),
    }
    if caller.must_change && !reads(&method) && !BEFORE_CHANGE.contains(&path) {
        return Err(ApiError::password_first());
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn who(api: &Api, method: &Method, headers: &HeaderMap, source: String) -> Result<Caller, ApiError> {
    let token = match bearer(headers) {
        Some(token) => token,
        None => {
            if !reads(method) && !headers.contains_key(CSRF_HEADER) {
                return Err(ApiError::bad_request("请求缺少 X-Fastcall 头", "The request lacks its X-Fastcall header"));
            }
            cookie(headers).ok_or_else(ApiError::not_logged_in)?
        }
    };
    let token_hash = access::token_hash(&token);
    let wanted = token_hash.clone();
    let session = api.blocking(move |store| Ok(store.session(&wanted, wallclock::wall())?)).await?;
    let session = session.ok_or_else(ApiError::not_logged_in)?;
    // Roles live in the settings: who was taken out of them is out at once.
    let agent = api.settings().settings.agents.iter().find(|agent| agent.login == session.login).cloned();
    Ok(Caller {
        agent: agent.ok_or_else(ApiError::not_logged_in)?,
        token_hash,
        source,
        must_change: session.must_change,
    })
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::COOKIE)?.to_str().ok()?;
    let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, token)| token.to_owned())
}
