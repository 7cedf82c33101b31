//! What is and was wrong with lines, from when to when, and what to do about it.

use super::columns::Cell;
use super::settings::Page;
use super::tables::{self, FileKind, MOST_ROWS};
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use ::settings::{Language, Settings};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use clock::WallTime;
use desk::AlarmKind;
use identity::SpanId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{AlarmFilter, AlarmRow};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AlarmQuery {
    standing: Option<bool>,
    kind: Option<String>,
    span: Option<u16>,
    slot: Option<u8>,
    from: Option<i64>,
    to: Option<i64>,
    language: Option<Language>,
}

impl AlarmQuery {
    fn filter(&self) -> Result<AlarmFilter, ApiError> {
        let kind = self.kind.as_deref().map(str::trim).filter(|kind| !kind.is_empty());
        let known = |name: &str| {
            AlarmKind::from_name(name).ok_or_else(|| {
                ApiError::bad_request(&format!("没有名为“{name}”的告警"), &format!("No alarm is called “{name}”"))
            })
        };
        Ok(AlarmFilter {
            standing: self.standing.unwrap_or_default(),
            kind: kind.map(known).transpose()?,
            span: self.span.map(SpanId),
            slot: self.slot,
            from: self.from.map(WallTime),
            to: self.to.map(WallTime),
        })
    }
}

pub async fn list(
    State(api): State<Arc<Api>>,
    Query(query): Query<AlarmQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let filter = query.filter()?;
    let (page, per_page) = page.numbers();
    let (total, rows) = api.blocking(move |store| Ok(store.alarms(&filter, page, per_page)?)).await?;
    let rows: Vec<Value> = rows.iter().map(shown).collect();
    Ok(Json(json!({ "total": total, "page": page, "per_page": per_page, "rows": rows })))
}

/// An alarm with its words.
fn shown(row: &AlarmRow) -> Value {
    let kind = row.alarm.kind;
    let [title_zh, title_en] = kind.title();
    let [advice_zh, advice_en] = kind.advice();
    let mut value = json!(row);
    value["severity"] = json!(kind.severity());
    value["title"] = json!({ "zh": title_zh, "en": title_en });
    value["advice"] = json!({ "zh": advice_zh, "en": advice_en });
    value
}

/// All that the filter finds, as a file.
async fn export(api: &Api, caller: &Caller, query: &AlarmQuery, kind: FileKind) -> Result<Response, ApiError> {
    let filter = query.filter()?;
    let settings = api.settings().settings;
    let language = query.language.unwrap_or(settings.site.language);
    let row = caller.audit("export_alarms", kind.name());
    let rows = api
        .blocking(move |store| {
            store.audit(row)?;
            Ok(store.alarms(&filter, 1, MOST_ROWS)?.1)
        })
        .await?;
    let own = usize::from(language != Language::Chinese);
    let heading = [
        ["开始时间", "Began"][own],
        ["结束时间", "Ended"][own],
        ["线路", "Line"][own],
        ["告警", "Alarm"][own],
        ["历时(秒)", "Lasted (s)"][own],
    ];
    let rows = rows.iter().map(|row| cells(row, &settings, own)).collect();
    tables::file(kind, "alarms", &heading, rows)
}

pub async fn csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AlarmQuery>,
) -> Result<Response, ApiError> {
    export(&api, &caller, &query, FileKind::Csv).await
}

pub async fn xlsx(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AlarmQuery>,
) -> Result<Response, ApiError> {
    export(&api, &caller, &query, FileKind::Xlsx).await
}

/// What an alarm is about: a line or one of its timeslots, or a part of the box.
fn place(alarm: &desk::AlarmView, settings: &Settings, own: usize) -> String {
    if alarm.span == desk::BOX {
        let disk = |volume| format!("{} {volume}", ["录音磁盘", "Recordings disk"][own]);
        return alarm.slot.map_or_else(|| ["本机", "The box"][own].to_owned(), disk);
    }
    let span = settings.spans.iter().find(|span| span.id == alarm.span);
    let span = span.map_or_else(|| alarm.span.0.to_string(), |span| span.name.clone());
    alarm.slot.map_or(span.clone(), |slot| format!("{span}/{slot}"))
}

fn cells(AlarmRow { alarm, .. }: &AlarmRow, settings: &Settings, own: usize) -> Vec<Cell> {
    let time = |at: WallTime| Cell::Text(at.civil(settings.site.utc_offset_minutes).to_string());
    let none = || Cell::Text(String::new());
    vec![
        time(alarm.began),
        alarm.ended.map_or_else(none, time),
        Cell::Text(place(alarm, settings, own)),
        Cell::Text(alarm.kind.title()[own].to_owned()),
        alarm.ended.map_or_else(none, |ended| Cell::Number((ended.0 - alarm.began.0) as f64 / 1000.0)),
    ]
}
