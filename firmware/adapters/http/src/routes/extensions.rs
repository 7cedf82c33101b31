//! What is told to an extension's telephone.

use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use desk::{Actor, Command, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    waiting: bool,
}

/// Messages wait for the extension's owner, or none any more. For what keeps messages, a mailbox or a hotel's desk.
pub async fn message_waiting(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<String>,
    Json(Waiting { waiting }): Json<Waiting>,
) -> Result<Json<Value>, ApiError> {
    let extension = number.parse().map_err(|_| ApiError::from(Refusal::ExtensionUnknown))?;
    let command = Command::MessageWaiting { extension, waiting };
    let row = caller.audit("command", json!(command).to_string());
    api.blocking(move |store| Ok(store.audit(row)?)).await?;
    // The role was checked here.
    api.command(Actor::Administrator, command).await?;
    Ok(Json(json!({})))
}
