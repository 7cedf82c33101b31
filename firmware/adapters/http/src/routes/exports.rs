//! The call log as a file: what the filter shows, all of it.

use super::calls::CallQuery;
use crate::errors::ApiError;
use crate::guard::Caller;
use crate::state::Api;
use ::settings::{Language, Settings};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cdr::Cdr;
use clock::WallTime;
use std::sync::Arc;
use store::{CallFilter, StoreError};

/// A worksheet has 1,048,576 rows; the first is the heading.
const MAX_WORKBOOK_ROWS: u32 = 1_048_575;

const HEADINGS: [(&str, &str); 14] = [
    ("呼叫编号", "Call"),
    ("开始时间", "Began"),
    ("应答时间", "Answered"),
    ("结束时间", "Ended"),
    ("方向", "Direction"),
    ("主叫", "Calling"),
    ("被叫", "Called"),
    ("按键", "Keyed"),
    ("队列", "Queue"),
    ("坐席员", "Agent"),
    ("振铃(秒)", "Ring (s)"),
    ("通话(秒)", "Talk (s)"),
    ("保持(秒)", "Hold (s)"),
    ("结果", "Outcome"),
];

/// One cell: durations are numbers, so that sums work.
enum Cell {
    Text(String),
    Number(f64),
}

fn cells(cdr: &Cdr, settings: &Settings) -> [Cell; 14] {
    let at = |time: WallTime| Cell::Text(local(time, settings.site.utc_offset_minutes));
    let words = |text: &dyn ToString| Cell::Text(text.to_string());
    let seconds = |millis: u64| Cell::Number(millis as f64 / 1000.0);
    let word = |value: serde_json::Value| Cell::Text(value.as_str().unwrap_or_default().to_owned());
    let queue = cdr.queue.and_then(|id| settings.queues.iter().find(|queue| queue.id == id));
    let agent = cdr.agent.and_then(|id| settings.agents.iter().find(|agent| agent.id == id));
    [
        words(&cdr.call.0),
        at(cdr.began),
        cdr.answered.map_or(Cell::Text(String::new()), at),
        at(cdr.ended),
        word(serde_json::json!(cdr.direction)),
        Cell::Text(cdr.calling.as_ref().map(|digits| digits.to_string()).unwrap_or_default()),
        words(&cdr.called),
        words(&cdr.keyed),
        Cell::Text(queue.map(|queue| queue.name.clone()).unwrap_or_default()),
        Cell::Text(agent.map(|agent| agent.name.clone()).unwrap_or_default()),
        seconds(cdr.ring_millis),
        seconds(cdr.talk_millis),
        seconds(cdr.hold_millis),
        word(serde_json::json!(cdr.outcome)),
    ]
}

/// `2026-11-22 23:05:17` in the site's time.
fn local(time: WallTime, offset_minutes: i32) -> String {
    let seconds = time.0.div_euclid(1000) + i64::from(offset_minutes) * 60;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Civil date from days since 1970-01-01 (proleptic Gregorian, years from March).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn heading(settings: &Settings) -> impl Iterator<Item = &'static str> {
    let chinese = settings.site.language == Language::Chinese;
    HEADINGS.iter().map(move |(zh, en)| if chinese { *zh } else { *en })
}

/// A field that a spreadsheet would take for a formula is quoted by an apostrophe.
fn harmless(text: String) -> String {
    let formula = text.starts_with(['=', '@', '\t', '\r'])
        || (text.starts_with(['+', '-']) && !text[1..].chars().all(|c| c.is_ascii_digit()));
    if formula { format!("'{text}") } else { text }
}

pub async fn csv(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CallQuery>,
) -> Result<Response, ApiError> {
    let settings = api.settings().settings;
    let filter = query.filter(&caller, &settings)?;
    let store = api.parts.store.clone();
    let row = caller.audit("export_calls", "csv");
    api.blocking(move |store| Ok(store.audit(row)?)).await?;
    let (pieces, body) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(16);
    tokio::task::spawn_blocking(move || {
        if let Err(problem) = write_csv(&store, &filter, &settings, &pieces) {
            pieces.blocking_send(Err(std::io::Error::other(problem.to_string()))).ok();
        }
    });
    let stream = Body::from_stream(Pieces(body));
    Ok(download("text/csv; charset=utf-8", "calls.csv", stream))
}

fn write_csv(
    store: &store::Store,
    filter: &CallFilter,
    settings: &Settings,
    pieces: &tokio::sync::mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
) -> Result<(), StoreError> {
    // The byte order mark makes Excel read UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let unreadable = |problem: csv::Error| StoreError::Unreadable(problem.to_string());
    writer.write_record(heading(settings)).map_err(unreadable)?;
    let mut failed = None;
    let mut gone = false;
    store.each_call(filter, |cdr| {
        let fields = cells(&cdr, settings).map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Number(number) => number.to_string(),
        });
        failed = writer.write_record(&fields).err();
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
struct Pieces(tokio::sync::mpsc::Receiver<Result<Vec<u8>, std::io::Error>>);

impl futures_core::Stream for Pieces {
    type Item = Result<Vec<u8>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

pub async fn xlsx(
    State(api): State<Arc<Api>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<CallQuery>,
) -> Result<Response, ApiError> {
    let settings = api.settings().settings;
    let filter = query.filter(&caller, &settings)?;
    let row = caller.audit("export_calls", "xlsx");
    let file = api
        .blocking(move |store| {
            store.audit(row)?;
            workbook(store, &filter, &settings)
        })
        .await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(kind, "calls.xlsx", Body::from(file)))
}

fn workbook(store: &store::Store, filter: &CallFilter, settings: &Settings) -> Result<Vec<u8>, ApiError> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    for (column, text) in (0u16..).zip(heading(settings)) {
        sheet.write_with_format(0, column, text, &bold).map_err(ApiError::internal)?;
        sheet.set_column_width(column, 18).map_err(ApiError::internal)?;
    }
    let mut failed = None;
    let mut line = 0;
    store.each_call(filter, |cdr| {
        line += 1;
        for (column, cell) in (0u16..).zip(cells(&cdr, settings)) {
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

fn download(kind: &'static str, name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_the_sites() {
        assert_eq!(local(WallTime(0), 480), "1970-01-01 08:00:00");
        assert_eq!(local(WallTime(1_709_164_800_000), 0), "2024-02-29 00:00:00");
        assert_eq!(local(WallTime(1_798_761_599_000), 0), "2026-12-31 23:59:59");
    }

    #[test]
    fn formulas_are_made_harmless_and_numbers_stay() {
        assert_eq!(harmless("=1+1".into()), "'=1+1");
        assert_eq!(harmless("+8613812345678".into()), "+8613812345678");
        assert_eq!(harmless("-x".into()), "'-x");
    }
}
