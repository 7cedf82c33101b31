//! The call log, its exports, and recordings.

use crate::bench::{Bench, octets, request};
use axum::http::{HeaderValue, StatusCode, header};
use calamine::Reader;
use identity::{CallId, RecordingId};
use store::Entry;

/// SEC-01: an agent sees the calls it spoke in, and no other.
#[tokio::test]
async fn agents_see_their_own_calls() {
    let bench = Bench::new().await;
    bench.keep_calls(30);
    let all = bench.get("/calls?per_page=10&page=3").await;
    assert_eq!((all["total"].as_u64(), all["rows"].as_array().unwrap().len()), (Some(30), 10));
    let agent = bench.log_in(1).await;
    let (_, own) = bench.ask("GET", "/calls?agent=2", &agent, None).await;
    assert_eq!(own["total"], 10);
    assert!(own["rows"].as_array().unwrap().iter().all(|row| row["agent"] == 1));
    assert_eq!(bench.ask("GET", "/calls/3", &agent, None).await.0, StatusCode::OK);
    assert_eq!(bench.ask("GET", "/calls/4", &agent, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask("GET", "/calls/99", &agent, None).await.0, StatusCode::NOT_FOUND);
}

/// REC-10: exports hold every call of the filter and open in other programs.
#[tokio::test]
async fn exports_open_again() {
    let bench = Bench::new().await;
    bench.keep_calls(120);
    let csv = octets(bench.raw(request("GET", "/calls/export.csv?min_talk=21", &bench.admin, None)).await).await;
    assert_eq!(String::from_utf8(csv).unwrap().trim_end().lines().count(), 101);
    let book = octets(bench.raw(request("GET", "/calls/export.xlsx", &bench.admin, None)).await).await;
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(book)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    assert_eq!(sheet.height(), 121);
    assert_eq!(sheet.width(), 14);
}

/// SEC-08: a recording is heard in parts, and each play stands in the audit log once.
#[tokio::test]
async fn plays_are_written_down_once() {
    let bench = Bench::new().await;
    bench.keep_calls(3);
    std::fs::write(bench.folder.path().join("recordings/3.wav"), [7u8; 1000]).unwrap();
    bench
        .store
        .record(Entry::RecordingStarted { recording: RecordingId(3), call: CallId(3), path: "3.wav".into() })
        .unwrap();
    bench.store.flush().unwrap();
    for range in ["bytes=0-99", "bytes=100-199"] {
        let mut play = request("GET", "/recordings/3.wav", &bench.admin, None);
        play.headers_mut().insert(header::RANGE, HeaderValue::from_str(range).unwrap());
        let response = bench.raw(play).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(octets(response).await.len(), 100);
    }
    let audit = bench.get("/audit").await;
    let plays = audit["rows"].as_array().unwrap().iter().filter(|row| row["action"] == "play_recording").count();
    assert_eq!(plays, 1);
}
