//! What is and was wrong with lines, from when to when, and what to do about it.

use super::settings::Page;
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use ::settings::{Language, Settings};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use clock::WallTime;
use desk::AlarmKind;
use identity::SpanId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{AlarmFilter, AlarmRow};

/// Rows of a file at most: what a spreadsheet opens at once.
const MOST_ROWS: u32 = 100_000;

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
pub async fn csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AlarmQuery>,
) -> Result<Response, ApiError> {
    let filter = query.filter()?;
    let settings = api.settings().settings;
    let language = query.language.unwrap_or(settings.site.language);
    let row = caller.audit("export_alarms", "csv");
    let rows = api
        .blocking(move |store| {
            store.audit(row)?;
            Ok(store.alarms(&filter, 1, MOST_ROWS)?.1)
        })
        .await?;
    let file = write(&rows, &settings, language).map_err(ApiError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"alarms.csv\""),
    ];
    Ok((headers, file).into_response())
}

fn write(rows: &[AlarmRow], settings: &Settings, language: Language) -> Result<Vec<u8>, csv::Error> {
    let own = usize::from(language != Language::Chinese);
    // The byte order mark makes Excel read UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record([
        ["开始时间", "Began"][own],
        ["结束时间", "Ended"][own],
        ["线路", "Line"][own],
        ["告警", "Alarm"][own],
        ["历时(秒)", "Lasted (s)"][own],
    ])?;
    let time = |at: WallTime| at.civil(settings.site.utc_offset_minutes).to_string();
    for AlarmRow { alarm, .. } in rows {
        let span = settings.spans.iter().find(|span| span.id == alarm.span);
        let span = span.map_or_else(|| alarm.span.0.to_string(), |span| span.name.clone());
        let place = alarm.slot.map_or(span.clone(), |slot| format!("{span}/{slot}"));
        let lasted = alarm.ended.map(|ended| (ended.0 - alarm.began.0) as f64 / 1000.0);
        writer.write_record([
            time(alarm.began),
            alarm.ended.map(time).unwrap_or_default(),
            place,
            alarm.kind.title()[own].to_owned(),
            lasted.map(|seconds| seconds.to_string()).unwrap_or_default(),
        ])?;
    }
    writer.into_inner().map_err(|problem| csv::Error::from(problem.into_error()))
}
