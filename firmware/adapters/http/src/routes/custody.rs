//! Which recordings must not be deleted, and deleting one by hand. Each stands in the audit log.

use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use identity::RecordingId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Hold;

/// Characters of a reason at most.
const MOST_WORDS: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    why: String,
}

fn id_of(text: &str) -> Result<RecordingId, ApiError> {
    text.parse().map(RecordingId).map_err(|_| ApiError::not_found())
}

/// A legal hold: the recording outlives its age, a full disk and everybody's wish to delete it.
pub async fn hold(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(Reason { why }): Json<Reason>,
) -> Result<Json<Value>, ApiError> {
    let id = id_of(&id)?;
    let why = why.trim().to_owned();
    if why.is_empty() || why.chars().count() > MOST_WORDS {
        return Err(ApiError::bad_request(
            "请填写保留原因（最多 500 个字符）",
            "Give a reason of at most 500 characters",
        ));
    }
    let audit = caller.audit("hold_recording", format!("{id}: {why}"));
    let hold = Hold { since: wallclock::wall(), by: caller.agent.login.clone(), why };
    set(&api, id, Some(hold), audit).await
}

pub async fn release(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id_of(&id)?;
    let audit = caller.audit("release_recording", id.to_string());
    set(&api, id, None, audit).await
}

async fn set(api: &Api, id: RecordingId, hold: Option<Hold>, audit: store::AuditRow) -> Result<Json<Value>, ApiError> {
    match api.blocking(move |store| Ok(store.hold_recording(id, hold, audit)?)).await? {
        true => Ok(Json(json!({}))),
        false => Err(ApiError::not_found()),
    }
}

/// One that is held or still in progress is not deleted.
pub async fn delete(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id_of(&id)?;
    let (audit, delete) = (caller.audit("delete_recording", id.to_string()), api.parts.delete_recording.clone());
    let why = format!("by {}", caller.agent.login);
    api.blocking(move |store| {
        let row = store.recording(id)?.filter(|row| row.deleted.is_none()).ok_or_else(ApiError::not_found)?;
        if row.hold.is_some() || row.millis.is_none() {
            return Err(ApiError::recording_kept());
        }
        store.audit(audit)?;
        match delete(&row, &why) {
            Ok(true) => Ok(Json(json!({}))),
            Ok(false) => Err(ApiError::recording_kept()),
            Err(problem) => Err(ApiError::internal(problem)),
        }
    })
    .await
}
