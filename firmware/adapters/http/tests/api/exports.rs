//! Lists taken away as files: the audit log, faxes, alarms.

use crate::bench::{Bench, octets, request};
use axum::http::StatusCode;
use calamine::Reader;
use clock::WallTime;
use desk::{AlarmKind, AlarmView, BOX};
use identity::AlarmId;
use store::Entry;

async fn text(bench: &Bench, path: &str) -> String {
    String::from_utf8(octets(bench.raw(request("GET", path, &bench.admin, None)).await).await).unwrap()
}

async fn sheet(bench: &Bench, path: &str) -> calamine::Range<calamine::Data> {
    let book = octets(bench.raw(request("GET", path, &bench.admin, None)).await).await;
    calamine::Xlsx::new(std::io::Cursor::new(book)).unwrap().worksheet_range_at(0).unwrap().unwrap()
}

/// SEC-08: an auditor takes the log away in words as well as codes; that he did stands in it; nobody below an administrator may.
#[tokio::test]
async fn the_audit_log_is_taken_away() {
    let bench = Bench::new().await;
    let boss = bench.log_in(3).await;
    let file = text(&bench, "/audit/export.csv?language=en").await;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines[0], "\u{feff}Time,Who,Address,What,Code,Detail");
    assert!(lines[1].contains(",boss,") && lines[1].ends_with(",Exported the audit log,export_audit,csv"), "{file}");
    assert!(lines.iter().any(|line| line.contains(",Changed an account,account,")), "{file}");
    let found = text(&bench, "/audit/export.csv?language=zh&q=export_audit").await;
    assert_eq!(found.lines().count(), 3, "the search holds for the file too: {found}");
    assert!(found.contains("导出操作记录"), "{found}");
    let book = sheet(&bench, "/audit/export.xlsx").await;
    assert!(book.height() > 4 && book.width() == 6);
    assert_eq!(bench.ask("GET", "/audit/export.csv", &boss, None).await.0, StatusCode::FORBIDDEN);
}

/// An alarm of a disk of recordings is not one of a line numbered 0.
#[tokio::test]
async fn alarms_of_the_box_say_what_they_are_about() {
    let bench = Bench::new().await;
    let (id, kind) = (AlarmId(1), AlarmKind::RecordingsSlow);
    let alarm = AlarmView { id, kind, span: BOX, slot: Some(2), began: WallTime(1_767_240_000_000), ended: None };
    bench.store.record(Entry::Alarm(alarm)).unwrap();
    bench.store.flush().unwrap();
    let file = text(&bench, "/alarms/export.csv?language=en").await;
    assert!(file.contains(",Recordings disk 2,"), "{file}");
    let book = sheet(&bench, "/alarms/export.xlsx?language=zh").await;
    assert_eq!(book.get_value((1, 2)).unwrap().to_string(), "录音磁盘 2");
}

/// Faxes as a workbook: a heading and nothing below it on a box that had none.
#[tokio::test]
async fn faxes_are_taken_away_as_a_workbook() {
    let bench = Bench::new().await;
    let book = sheet(&bench, "/faxes/export.xlsx?language=en").await;
    assert_eq!((book.height(), book.width()), (1, 8));
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("GET", "/faxes/export.xlsx", &agent, None).await.0, StatusCode::FORBIDDEN);
}

/// Who takes the disk away can read the recordings, unless their keys are sealed to the board: the health page says which.
#[tokio::test]
async fn health_says_how_the_recordings_keys_lie() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/health").await["recording_keys"], "plain_file");
}
