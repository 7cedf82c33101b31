//! Lists as files: what a spreadsheet opens.

use super::columns::Cell;
use crate::errors::ApiError;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Rows of a list's file at most.
pub const MOST_ROWS: u32 = 100_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    Csv,
    Xlsx,
}

impl FileKind {
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Csv => "csv",
            FileKind::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            FileKind::Csv => "text/csv; charset=utf-8",
            FileKind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A download of a list; `name` is the file's without its ending.
pub fn file(kind: FileKind, name: &str, heading: &[&str], rows: Vec<Vec<Cell>>) -> Result<Response, ApiError> {
    let octets = match kind {
        FileKind::Csv => csv(heading, rows).map_err(ApiError::internal)?,
        FileKind::Xlsx => workbook(heading, rows).map_err(ApiError::internal)?,
    };
    Ok(download(kind, name, Body::from(octets)))
}

pub fn download(kind: FileKind, name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}.{}\"", kind.name());
    let headers = [(header::CONTENT_TYPE, kind.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, body).into_response()
}

/// A cell as a field of CSV: what a spreadsheet would take for a formula is quoted by an apostrophe.
pub fn field(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => harmless(text),
        Cell::Number(number) => number.to_string(),
    }
}

fn harmless(text: String) -> String {
    let formula = text.starts_with(['=', '@', '\t', '\r'])
        || (text.starts_with(['+', '-']) && !text[1..].chars().all(|c| c.is_ascii_digit()));
    if formula { format!("'{text}") } else { text }
}

fn csv(heading: &[&str], rows: Vec<Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    // The byte order mark makes Excel read UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(heading)?;
    for row in rows {
        writer.write_record(row.into_iter().map(field))?;
    }
    writer.into_inner().map_err(|problem| csv::Error::from(problem.into_error()))
}

fn workbook(heading: &[&str], rows: Vec<Vec<Cell>>) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    for (at, words) in (0u16..).zip(heading) {
        sheet.write_with_format(0, at, *words, &bold)?;
        sheet.set_column_width(at, 20)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (line, row) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write(line, column, text)?,
                Cell::Number(number) => sheet.write(line, column, number)?,
            };
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_stay() {
        assert_eq!(harmless("=1+1".into()), "'=1+1");
        assert_eq!(harmless("+8613812345678".into()), "+8613812345678");
        assert_eq!(harmless("-x".into()), "'-x");
    }
}
