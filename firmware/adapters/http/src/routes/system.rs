//! Status, health, audit, the API's own description.

use super::columns::Cell;
use super::deeds;
use super::settings::Page;
use super::tables::{self, FileKind, MOST_ROWS};
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::health::HealthReport;
use crate::openapi;
use crate::state::Api;
use ::settings::Language;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use store::AuditRow;

/// What anybody may know: enough to draw the log-in page.
pub async fn status(State(api): State<Arc<Api>>) -> Json<Value> {
    let settings = api.settings().settings;
    let first_boot = api.first_boot.read().unwrap_or_else(PoisonError::into_inner).is_some();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "site": settings.site.name,
        "language": settings.site.language,
        "first_boot": first_boot,
    }))
}

pub async fn openapi() -> Json<Value> {
    Json(openapi::document())
}

pub async fn health(State(api): State<Arc<Api>>) -> Json<HealthReport> {
    Json((api.parts.health)())
}

#[derive(serde::Deserialize)]
pub struct Words {
    q: Option<String>,
    language: Option<Language>,
}

pub async fn audit(
    State(api): State<Arc<Api>>,
    Query(page): Query<Page>,
    Query(words): Query<Words>,
) -> Result<Json<Value>, ApiError> {
    let (page, per_page) = page.numbers();
    let words = words.q.unwrap_or_default();
    let (total, rows) = api.blocking(move |store| Ok(store.audit_found(words.trim(), page, per_page)?)).await?;
    Ok(Json(json!({ "total": total, "page": page, "per_page": per_page, "rows": rows })))
}

/// What the search finds, as a file. Who takes the log away stands in it.
async fn export(api: &Api, caller: &Caller, words: Words, kind: FileKind) -> Result<Response, ApiError> {
    let settings = api.settings().settings;
    let language = words.language.unwrap_or(settings.site.language);
    let row = caller.audit("export_audit", kind.name());
    let words = words.q.unwrap_or_default();
    let rows = api
        .blocking(move |store| {
            store.audit(row)?;
            Ok(store.audit_found(words.trim(), 1, MOST_ROWS)?.1)
        })
        .await?;
    let own = usize::from(language != Language::Chinese);
    let heading = [
        ["时间", "Time"][own],
        ["谁", "Who"][own],
        ["地址", "Address"][own],
        ["做了什么", "What"][own],
        ["代码", "Code"][own],
        ["详情", "Detail"][own],
    ];
    let cells = |row: AuditRow| {
        let done = deeds::WORDS.iter().find(|(code, _)| *code == row.action).map(|(_, words)| words[own]);
        let text = [
            row.at.civil(settings.site.utc_offset_minutes).to_string(),
            row.actor,
            row.source,
            done.unwrap_or_default().to_owned(),
            row.action,
            row.detail,
        ];
        text.into_iter().map(Cell::Text).collect()
    };
    tables::file(kind, "audit", &heading, rows.into_iter().map(cells).collect())
}

pub async fn audit_csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(words): Query<Words>,
) -> Result<Response, ApiError> {
    export(&api, &caller, words, FileKind::Csv).await
}

pub async fn audit_xlsx(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(words): Query<Words>,
) -> Result<Response, ApiError> {
    export(&api, &caller, words, FileKind::Xlsx).await
}
