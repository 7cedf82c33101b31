//! The call log as a file: what the filter shows, all of it, in the columns asked for.

use super::calls::CallQuery;
use super::columns::{self, Cell, Column, Words};
use super::tables::{FileKind, download, field};
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::progress::Tally;
use crate::state::Api;
use ::settings::{Language, Settings};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{CallFilter, StoreError};

/// A worksheet has 1,048,576 rows; the first is the heading.
const MAX_WORKBOOK_ROWS: u32 = 1_048_575;

/// How the file is to look.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Look {
    /// Keys of [`columns::COLUMNS`], with commas between.
    columns: Option<String>,
    language: Option<Language>,
    /// A word under which the console asks how far the file is.
    ticket: Option<String>,
}

/// Everything that a file is made from.
struct Job {
    filter: CallFilter,
    columns: Vec<&'static Column>,
    settings: Arc<Settings>,
    language: Language,
    tally: Arc<Tally>,
}

impl Job {
    fn words(&self) -> Words<'_> {
        Words { settings: &self.settings, language: self.language }
    }

    /// Counts what there is to write, then goes through it until `row` says that it is enough or nobody waits any more.
    fn each_row(&self, store: &store::Store, mut row: impl FnMut(Vec<Cell>) -> bool) -> Result<(), StoreError> {
        let words = self.words();
        self.tally.expects(store.calls(&CallFilter { page: 1, per_page: 1, ..self.filter.clone() })?.total);
        store.each_call(&self.filter, |cdr| {
            self.tally.one_more();
            row(self.columns.iter().map(|column| (column.cell)(&cdr, &words)).collect()) && self.tally.wanted()
        })
    }
}

/// Checks what is asked and writes down who took it away.
async fn job(api: &Api, caller: &Caller, query: &CallQuery, look: Look, kind: &str) -> Result<Job, ApiError> {
    let settings = api.settings().settings;
    let filter = query.filter(caller, &settings)?;
    let columns = columns::chosen(look.columns.as_deref())?;
    let language = look.language.unwrap_or(settings.site.language);
    let tally = api.exports.begin(&caller.token_hash, look.ticket.as_deref().unwrap_or_default());
    let row = caller.audit("export_calls", kind);
    api.blocking(move |store| Ok(store.audit(row)?)).await?;
    Ok(Job { filter, columns, settings, language, tally })
}

/// How far the export with this ticket is.
pub async fn progress(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Path(ticket): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let tally = api.exports.find(&caller.token_hash, &ticket).ok_or_else(ApiError::not_found)?;
    let (rows, total) = tally.so_far();
    Ok(Json(json!({ "rows": rows, "total": total })))
}

pub async fn csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CallQuery>,
    Query(look): Query<Look>,
) -> Result<Response, ApiError> {
    let job = job(&api, &caller, &query, look, "csv").await?;
    let store = api.parts.store.clone();
    let (pieces, body) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(16);
    tokio::task::spawn_blocking(move || {
        if let Err(problem) = write_csv(&store, &job, &pieces) {
            pieces.blocking_send(Err(std::io::Error::other(problem.to_string()))).ok();
        }
    });
    let stream = Body::from_stream(Pieces(body));
    Ok(download(FileKind::Csv, "calls", stream))
}

fn write_csv(
    store: &store::Store,
    job: &Job,
    pieces: &tokio::sync::mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
) -> Result<(), StoreError> {
    // The byte order mark makes Excel read UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let unreadable = |problem: csv::Error| StoreError::Unreadable(problem.to_string());
    let words = job.words();
    writer.write_record(job.columns.iter().map(|column| column.heading(&words))).map_err(unreadable)?;
    let mut failed = None;
    let mut gone = false;
    job.each_row(store, |cells| {
        failed = writer.write_record(cells.into_iter().map(field)).err();
        if writer.get_ref().len() > 32 * 1024 {
            failed = failed.take().or(writer.flush().err().map(csv::Error::from));
            let full = std::mem::replace(&mut writer, csv::Writer::from_writer(Vec::new()));
            let piece = full.into_inner().unwrap_or_default();
            gone = pieces.blocking_send(Ok(piece)).is_err();
        }
        failed.is_none() && !gone
    })?;
    if let Some(problem) = failed {
        return Err(unreadable(problem));
    }
    pieces.blocking_send(Ok(writer.into_inner().unwrap_or_default())).ok();
    Ok(())
}

/// The pieces of a file as they come.
pub(super) struct Pieces(pub(super) tokio::sync::mpsc::Receiver<Result<Vec<u8>, std::io::Error>>);

impl futures_core::Stream for Pieces {
    type Item = Result<Vec<u8>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Ends the work on a file when its request is gone.
struct Waiting(Arc<Tally>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

pub async fn xlsx(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CallQuery>,
    Query(look): Query<Look>,
) -> Result<Response, ApiError> {
    let job = job(&api, &caller, &query, look, "xlsx").await?;
    let _waiting = Waiting(job.tally.clone());
    let file = api.blocking(move |store| workbook(store, &job)).await?;
    Ok(download(FileKind::Xlsx, "calls", Body::from(file)))
}

fn workbook(store: &store::Store, job: &Job) -> Result<Vec<u8>, ApiError> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    let words = job.words();
    for (at, column) in (0u16..).zip(&job.columns) {
        sheet.write_with_format(0, at, column.heading(&words), &bold).map_err(ApiError::internal)?;
        sheet.set_column_width(at, if column.key == "note" { 48 } else { 18 }).map_err(ApiError::internal)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(ApiError::internal)?;
    let mut failed = None;
    let mut line = 0;
    job.each_row(store, |cells| {
        line += 1;
        for (column, cell) in (0u16..).zip(cells) {
            let written = match cell {
                Cell::Text(text) => sheet.write(line, column, text),
                Cell::Number(number) => sheet.write(line, column, number),
            };
            failed = failed.take().or(written.err());
        }
        failed.is_none() && line < MAX_WORKBOOK_ROWS
    })?;
    match failed {
        Some(problem) => Err(ApiError::internal(problem)),
        None => book.save_to_buffer().map_err(ApiError::internal),
    }
}
