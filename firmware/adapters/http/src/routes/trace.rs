//! What the exchange and its lines did for a call, as far back as their trace goes.

use crate::errors::ApiError;
use crate::state::{Api, Congested};
use axum::Json;
use axum::extract::{Path, State};
use identity::CallId;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn ladder(State(api): State<Arc<Api>>, Path(id): Path<u64>) -> Result<Json<Value>, ApiError> {
    let source = api.parts.ladder.clone();
    let lines = tokio::task::spawn_blocking(move || source(CallId(id))).await.map_err(ApiError::internal)?;
    let lines = lines.map_err(|Congested| ApiError::congested())?;
    Ok(Json(json!({ "lines": lines })))
}
