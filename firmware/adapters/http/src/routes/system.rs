//! Status, health, audit, the API's own description.

use super::settings::Page;
use crate::errors::ApiError;
use crate::health::HealthReport;
use crate::openapi;
use crate::state::Api;
use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

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
