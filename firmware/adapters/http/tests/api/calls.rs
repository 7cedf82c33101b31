//! The call log, its exports, and recordings.

use crate::bench::digits;
use crate::bench::{Bench, octets, request};
use axum::http::{HeaderValue, StatusCode, header};
use calamine::Reader;
use clock::WallTime;
use identity::{AgentId, CallId, LegId, QueueId, RecordingId};
use ledger::{Direction, Event, Outcome, Place, Record};
use serde_json::json;
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
    assert_eq!(sheet.width(), 21);
}

/// REC-10: an export has the columns and the language asked for, and says how far it is under the ticket that it was asked with.
#[tokio::test]
async fn exports_have_the_columns_asked_for() {
    let bench = Bench::new().await;
    bench.keep_calls(40);
    let path = "/calls/export.csv?min_talk=31&columns=calling,outcome,note&language=en&ticket=t1";
    let csv = octets(bench.raw(request("GET", path, &bench.admin, None)).await).await;
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').trim_end().lines().collect();
    assert_eq!(lines[..2], ["Calling,Outcome,Note", "13800000040,Answered,"]);
    assert_eq!(bench.get("/calls/export/t1").await, json!({ "rows": 10, "total": 10 }));
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("GET", "/calls/export/t1", &agent, None).await.0, StatusCode::FORBIDDEN);
    let unknown = bench.ask("GET", "/calls/export.xlsx?columns=calling,shoe-size", &bench.admin, None).await;
    assert_eq!(unknown.0, StatusCode::BAD_REQUEST);
}

/// An agent puts other words in the place of those left with its last call, and they are found again; nobody else's call, and none
/// before the last, can be changed.
#[tokio::test]
async fn the_last_calls_note_is_amended() {
    let bench = Bench::new().await;
    let fact = |seq, at, event| Entry::Ledger(Record { call: CallId(31), seq, at: WallTime(at), event });
    bench.keep_calls(30);
    let began = Event::Began {
        leg: LegId(1),
        place: Place::Extension(digits("8001")),
        port: None,
        calling: None,
        called: digits("4006668888"),
        direction: Direction::Inbound,
    };
    let facts = [
        began,
        Event::Connected { queue: None, agent: AgentId(1) },
        Event::WrapUpEnded { agent: AgentId(1), code: None, note: Some("wants a red one".into()) },
        Event::Closed { outcome: Outcome::Answered },
    ];
    let records: Vec<Record> = (0u32..)
        .zip(facts)
        .map(|(seq, event)| Record { call: CallId(31), seq, at: WallTime(40_000 + i64::from(seq)), event })
        .collect();
    records.iter().for_each(|record| bench.store.record(fact(record.seq, record.at.0, record.event.clone())).unwrap());
    bench.store.record(Entry::Cdr(Box::new(cdr::fold(&records).unwrap()))).unwrap();
    bench.store.flush().unwrap();
    let agent = bench.log_in(1).await;
    let amend =
        |call: u64, note: &str| json!({ "do": "amend_wrap_up", "call": call.to_string(), "code": null, "note": note });
    let (status, said) = bench.ask("POST", "/seat", &agent, Some(amend(31, "wants a blue one"))).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!(bench.get("/calls/31").await["cdr"]["wrap_up_note"], "wants a blue one");
    let found = bench.get("/calls?wrap_up=blue").await;
    assert_eq!((&found["total"], &found["rows"][0]["call"]), (&json!(1), &json!("31")));
    assert_eq!(bench.get("/calls?q=red").await["total"], 0);
    assert_eq!(bench.get("/calls?q=blue").await["total"], 1);
    let (status, said) = bench.ask("POST", "/seat", &agent, Some(amend(30, "x"))).await;
    assert_eq!((status, &said["error"]), (StatusCode::CONFLICT, &json!("not_the_last")));
    let (status, said) = bench.ask("POST", "/seat", &agent, Some(amend(99, "x"))).await;
    assert_eq!((status, &said["error"]), (StatusCode::CONFLICT, &json!("no_such_call")));
    let long = "x".repeat(2001);
    let (_, said) = bench.ask("POST", "/seat", &agent, Some(amend(31, &long))).await;
    assert_eq!(said["error"], "note_too_long");
}

/// What happened in queues, by quarter of an hour, for the live board's picture.
#[tokio::test]
async fn queues_by_quarter_of_an_hour() {
    let bench = Bench::new().await;
    let quarter = 15 * 60_000;
    let queue = QueueId(1);
    let left = |why| Event::LeftQueue { queue, why };
    let stays = [
        (1u64, 1_000i64, 6_000i64, ledger::QueueExit::Connected),
        (2, 2_000, 400_000, ledger::QueueExit::Connected),
        (3, quarter + 5_000, quarter + 9_000, ledger::QueueExit::Abandoned),
    ];
    for (call, entered, ended, why) in stays {
        let record = |seq, at, event| Entry::Ledger(Record { call: CallId(call), seq, at: WallTime(at), event });
        bench.store.record(record(0, entered, Event::Queued { queue })).unwrap();
        bench.store.record(record(1, ended, left(why))).unwrap();
    }
    bench.store.flush().unwrap();
    let said = bench.get(&format!("/queues/intervals?from=0&to={}", 4 * quarter)).await;
    let rows = said["rows"].as_array().unwrap();
    assert_eq!((&said["each_millis"], rows.len()), (&json!(quarter), 2));
    assert_eq!(
        (&rows[0]["offered"], &rows[0]["answered"], &rows[0]["answered_in_goal"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert_eq!((&rows[1]["from"], &rows[1]["abandoned"]), (&json!(quarter), &json!(1)));
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
    assert_eq!(bench.get("/audit?q=play_recording").await["total"], 1);
    assert_eq!(bench.get("/audit?q=nobody-here").await["total"], 0);
}
