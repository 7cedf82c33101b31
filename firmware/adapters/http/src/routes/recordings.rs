//! Recordings: the file and its picture. Every play is in the audit log.

use super::calls::may_see;
use super::listening;
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use axum::Extension;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use files::{Format, Playable, convert};
use identity::RecordingId;
use ledger::{Event, Record};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use store::RecordingRow;

/// The recording and its file, if `caller` may hear it.
async fn find(api: &Api, caller: &Caller, id: &str) -> Result<(RecordingRow, PathBuf), ApiError> {
    let id: u64 = id.parse().map_err(|_| ApiError::not_found())?;
    let (row, agents) = api
        .blocking(move |store| {
            let row = store.recording(RecordingId(id))?.ok_or_else(ApiError::not_found)?;
            let agents = store.call(row.call)?.map(|cdr| cdr.agents).unwrap_or_default();
            Ok((row, agents))
        })
        .await?;
    if !may_see(caller, &agents) {
        return Err(ApiError::forbidden());
    }
    if row.deleted.is_some() {
        return Err(ApiError::not_found());
    }
    let path = api.parts.recordings.join(&row.path);
    Ok((row, path))
}

pub async fn audio(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (id, kind) = file.rsplit_once('.').ok_or_else(ApiError::not_found)?;
    let format = Format::ALL.into_iter().find(|format| format.kind() == kind);
    if format.is_none() && kind != "wav" {
        return Err(ApiError::not_found());
    }
    let (row, path) = find(&api, &caller, id).await?;
    if row.millis.is_none() && !path.is_file() {
        return Err(ApiError::recording_in_progress());
    }
    let keys = api.parts.recording_keys.clone();
    let file = api.blocking(move |_| Playable::open(&path, keys.as_ref()).map_err(unplayable)).await?;
    // A player asks for a file in many ranges: one play by one session is one line.
    if api.plays.begins(&caller.token_hash, row.id, wallclock::wall()) {
        let play = caller.audit("play_recording", format!("{} of {}", row.id, row.call));
        api.blocking(move |store| Ok(store.audit(play)?)).await?;
    }
    match format {
        None => listening::send(file, &headers),
        Some(format) => {
            let made = api.blocking(move |_| convert(file, format).map_err(|problem| unmade(&problem))).await?;
            Ok(([(header::CONTENT_TYPE, format.media_type())], made).into_response())
        }
    }
}

fn unmade(problem: &std::io::Error) -> ApiError {
    match problem.kind() {
        std::io::ErrorKind::Unsupported => ApiError::no_such_format(),
        _ => ApiError::internal(problem),
    }
}

/// A recording without a file is not found; one that its keys do not open is our trouble.
fn unplayable(problem: std::io::Error) -> ApiError {
    match problem.kind() {
        std::io::ErrorKind::NotFound => ApiError::not_found(),
        _ => ApiError::internal(problem),
    }
}

/// A recording as a call's detail tells it: `in_progress` while it has no end, and when it was paused, in milliseconds from its beginning.
pub fn described(row: &RecordingRow, ledger: &[Record]) -> Value {
    let state = match (row.deleted, row.millis) {
        (Some(_), _) => "deleted",
        (None, Some(_)) => "ready",
        (None, None) => "in_progress",
    };
    json!({
        "id": row.id, "millis": row.millis, "bytes": row.bytes, "state": state, "pauses": pauses(row, ledger), "hold": row.hold,
        "deleted": row.deleted,
    })
}

/// A pause without an end lasts to the recording's.
fn pauses(row: &RecordingRow, ledger: &[Record]) -> Vec<(i64, Option<i64>)> {
    let mut began = None;
    let mut pauses: Vec<(i64, Option<i64>)> = Vec::new();
    for Record { at, event, .. } in ledger {
        let since = at.0 - began.unwrap_or(at.0);
        match event {
            Event::RecordingStarted { recording, .. } if *recording == row.id => began = Some(at.0),
            Event::RecordingPaused { recording, .. } if *recording == row.id => pauses.push((since, None)),
            Event::RecordingResumed { recording, .. } if *recording == row.id => {
                if let Some((_, end @ None)) = pauses.last_mut() {
                    *end = Some(since);
                }
            }
            _ => {}
        }
    }
    let length = row.millis.and_then(|millis| i64::try_from(millis).ok());
    pauses.into_iter().map(|(from, to)| (from, to.or(length))).collect()
}

#[derive(Deserialize)]
pub struct Points {
    points: Option<usize>,
}

pub async fn waveform(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(points): Query<Points>,
) -> Result<Json<Value>, ApiError> {
    let (_, path) = find(&api, &caller, &id).await?;
    let points = points.points.unwrap_or(800).clamp(10, 4000);
    let keys = api.parts.recording_keys.clone();
    let picture = api.blocking(move |_| files::waveform(&path, points, keys.as_ref()).map_err(unplayable)).await?;
    Ok(Json(json!({ "millis": picture.millis, "left": picture.left, "right": picture.right })))
}
