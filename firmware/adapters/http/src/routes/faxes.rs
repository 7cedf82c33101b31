//! Faxes: the list, their pages as PDF and TIFF, sending.

use super::columns::Cell;
use super::settings::Page;
use super::tables::{self, FileKind, MOST_ROWS};
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::{Api, Congested};
use ::settings::{Language, Settings};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use clock::WallTime;
use desk::{FaxDirection, FaxJob, FaxState, FaxView, fax_file};
use identity::FaxId;
use numbering::Digits;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use store::FaxFilter;

/// Ids that are given here have this bit; those of received faxes, given by the exchange, have not. Both come from the time.
const GIVEN_HERE: u64 = 1 << 21;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct FaxQuery {
    direction: Option<FaxDirection>,
    state: Option<FaxState>,
    extension: Option<Digits>,
    q: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
    language: Option<Language>,
}

impl FaxQuery {
    fn filter(&self) -> FaxFilter {
        FaxFilter {
            direction: self.direction,
            state: self.state,
            extension: self.extension.clone(),
            text: self.q.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            from: self.from.map(WallTime),
            to: self.to.map(WallTime),
        }
    }
}

pub async fn list(
    State(api): State<Arc<Api>>,
    Query(query): Query<FaxQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let filter = query.filter();
    let (page, per_page) = page.numbers();
    let (total, rows) = api.blocking(move |store| Ok(store.faxes(&filter, page, per_page)?)).await?;
    let boxes: Vec<Value> = api
        .settings()
        .settings
        .extensions
        .iter()
        .filter(|extension| extension.fax.is_some())
        .map(|extension| json!({ "number": extension.number, "name": extension.name }))
        .collect();
    Ok(Json(json!({ "total": total, "page": page, "per_page": per_page, "rows": rows, "boxes": boxes })))
}

/// All that the filter finds, as a file.
async fn export(api: &Api, caller: &Caller, query: &FaxQuery, kind: FileKind) -> Result<Response, ApiError> {
    let filter = query.filter();
    let settings = api.settings().settings;
    let language = query.language.unwrap_or(settings.site.language);
    let row = caller.audit("export_faxes", kind.name());
    let rows = api
        .blocking(move |store| {
            store.audit(row)?;
            Ok(store.faxes(&filter, 1, MOST_ROWS)?.1)
        })
        .await?;
    let own = usize::from(language != Language::Chinese);
    let heading = [
        ["时间", "Time"][own],
        ["方向", "Direction"][own],
        ["传真信箱", "Fax box"][own],
        ["对方号码", "Number"][own],
        ["对方标识", "Station"][own],
        ["页数", "Pages"][own],
        ["状态", "State"][own],
        ["原因", "Reason"][own],
    ];
    let rows = rows.iter().map(|fax| cells(fax, &settings, own)).collect();
    tables::file(kind, "faxes", &heading, rows)
}

pub async fn csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<FaxQuery>,
) -> Result<Response, ApiError> {
    export(&api, &caller, &query, FileKind::Csv).await
}

pub async fn xlsx(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<FaxQuery>,
) -> Result<Response, ApiError> {
    export(&api, &caller, &query, FileKind::Xlsx).await
}

fn cells(fax: &FaxView, settings: &Settings, own: usize) -> Vec<Cell> {
    vec![
        Cell::Text(fax.began.civil(settings.site.utc_offset_minutes).to_string()),
        Cell::Text(direction(fax.direction)[own].to_owned()),
        Cell::Text(fax.extension.to_string()),
        Cell::Text(fax.number.to_string()),
        Cell::Text(fax.station.clone()),
        Cell::Number(f64::from(fax.pages)),
        Cell::Text(state(fax.state)[own].to_owned()),
        Cell::Text(fax.reason.clone()),
    ]
}

fn direction(direction: FaxDirection) -> [&'static str; 2] {
    match direction {
        FaxDirection::Received => ["收", "Received"],
        FaxDirection::Sent => ["发", "Sent"],
    }
}

fn state(state: FaxState) -> [&'static str; 2] {
    match state {
        FaxState::Waiting => ["待发", "Waiting"],
        FaxState::Talking => ["进行中", "Under way"],
        FaxState::Complete => ["完成", "Complete"],
        FaxState::NoFax => ["对方不是传真机", "No fax there"],
        FaxState::Broken => ["中断", "Broken off"],
    }
}

async fn find(api: &Api, id: &str) -> Result<FaxView, ApiError> {
    let id: u64 = id.parse().map_err(|_| ApiError::not_found())?;
    api.blocking(move |store| store.fax(FaxId(id))?.ok_or_else(ApiError::not_found)).await
}

fn file_of(api: &Api, id: FaxId) -> PathBuf {
    api.parts.faxes.folder.join(fax_file(id))
}

/// The pages, `ID.pdf` or `ID.tif`.
pub async fn pages(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let (id, kind) = name.rsplit_once('.').ok_or_else(ApiError::not_found)?;
    let fax = find(&api, id).await?;
    if fax.direction == FaxDirection::Received && !fax.state.ended() {
        let (zh, en) = ("正在接收，收完后即可查看", "It is being received; look again when it is through");
        return Err(ApiError::new(axum::http::StatusCode::CONFLICT, "under_way", zh, en));
    }
    let pdf = match kind {
        "pdf" => true,
        "tif" => false,
        _ => return Err(ApiError::not_found()),
    };
    let (path, row) = (file_of(&api, fax.id), caller.audit("read_fax", name));
    let file = api
        .blocking(move |store| {
            let file = std::fs::read(&path).map_err(|_| ApiError::not_found())?;
            store.audit(row)?;
            if !pdf {
                return Ok(file);
            }
            facsimile::read_tiff(&file).map(|pages| facsimile::write_pdf(&pages)).map_err(ApiError::internal)
        })
        .await?;
    let kind = if pdf { "application/pdf" } else { "image/tiff" };
    Ok(([(header::CONTENT_TYPE, kind)], file).into_response())
}

#[derive(Deserialize)]
pub struct Sending {
    from: Digits,
    to: Digits,
}

/// Takes a TIFF file and sends its pages.
pub async fn send(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(Sending { from, to }): Query<Sending>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let known = api.settings().settings.extensions.iter().any(|e| e.fax.is_some() && e.number == from);
    if !known {
        let (zh, en) = (format!("{from} 不是传真信箱"), format!("{from} is no fax box"));
        return Err(ApiError::bad_request(&zh, &en));
    }
    if to.is_empty() {
        return Err(ApiError::bad_request("请填写对方号码", "Give the number to send it to"));
    }
    let pages = tokio::task::spawn_blocking(move || facsimile::read_tiff(&body)).await.map_err(ApiError::internal)?;
    let pages = pages.map_err(|fault| {
        let zh = format!("此文件不能发传真：{fault}。请存为黑白（1 位）TIFF，CCITT G4 压缩");
        let en = format!("This file cannot be faxed: {fault}");
        ApiError::bad_request(&zh, &en)
    })?;
    let count = pages.len();
    let job = FaxJob { id: new_id(&api), extension: from, to };
    let (path, row) = (file_of(&api, job.id), caller.audit("send_fax", format!("{} to {}", job.extension, job.to)));
    api.blocking(move |store| {
        let pages: Vec<facsimile::Page> = pages.into_iter().map(facsimile::Page::fitted).collect();
        std::fs::write(&path, facsimile::write_tiff(&pages)).map_err(ApiError::internal)?;
        Ok(store.audit(row)?)
    })
    .await?;
    hand_over(&api, job, count).await
}

fn new_id(api: &Api) -> FaxId {
    let mut ids = api.fax_ids.lock().unwrap_or_else(PoisonError::into_inner);
    FaxId(ids.allocate(wallclock::wall().0).0 | GIVEN_HERE)
}

async fn hand_over(api: &Arc<Api>, job: FaxJob, pages: usize) -> Result<Json<Value>, ApiError> {
    let (id, asked) = (job.id, api.clone());
    let taken = tokio::task::spawn_blocking(move || (asked.parts.faxes.send)(job)).await;
    match taken.map_err(ApiError::internal)? {
        Ok(true) => Ok(Json(json!({ "id": id, "pages": pages }))),
        Ok(false) | Err(Congested) => {
            std::fs::remove_file(file_of(api, id)).ok();
            Err(ApiError::congested())
        }
    }
}

/// The same pages once more, to the same number, as a new fax.
pub async fn again(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let fax = find(&api, &id).await?;
    if fax.direction != FaxDirection::Sent || !fax.state.ended() {
        let (zh, en) = ("只能重发已结束的发出传真", "Only a sent fax that has ended can be sent again");
        return Err(ApiError::bad_request(zh, en));
    }
    let job = FaxJob { id: new_id(&api), extension: fax.extension, to: fax.number };
    let (from, to) = (file_of(&api, fax.id), file_of(&api, job.id));
    let row = caller.audit("send_fax", format!("{} to {} again", job.extension, job.to));
    api.blocking(move |store| {
        std::fs::copy(&from, &to).map_err(|_| ApiError::not_found())?;
        Ok(store.audit(row)?)
    })
    .await?;
    hand_over(&api, job, fax.pages as usize).await
}

/// One that waits shall not be sent.
pub async fn cancel(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let fax = find(&api, &id).await?;
    let row = caller.audit("cancel_fax", id);
    let asked = api.clone();
    let cancelled = tokio::task::spawn_blocking(move || (asked.parts.faxes.cancel)(fax.id)).await;
    if !cancelled.map_err(ApiError::internal)?.map_err(|Congested| ApiError::congested())? {
        let (zh, en) = ("已开始发送或已结束，不能取消", "It is being sent or is over; it cannot be cancelled");
        return Err(ApiError::new(axum::http::StatusCode::CONFLICT, "not_waiting", zh, en));
    }
    api.blocking(move |store| Ok(store.audit(row)?)).await?;
    Ok(Json(json!({})))
}

/// Takes a fax that has ended off the list, with its pages.
pub async fn remove(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let fax = find(&api, &id).await?;
    let (row, path) = (caller.audit("remove_fax", id), file_of(&api, fax.id));
    api.blocking(move |store| {
        if !store.remove_fax(fax.id)? {
            let (zh, en) = ("正在进行，结束后才能删除", "It is under way; remove it when it is over");
            return Err(ApiError::new(axum::http::StatusCode::CONFLICT, "under_way", zh, en));
        }
        // One without a page has no file.
        std::fs::remove_file(&path).ok();
        Ok(store.audit(row)?)
    })
    .await?;
    Ok(Json(json!({})))
}
