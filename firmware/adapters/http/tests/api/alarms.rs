//! What is and was wrong with lines.

use crate::bench::{Bench, octets, request};
use axum::http::StatusCode;
use clock::WallTime;
use desk::{AlarmKind, AlarmView};
use identity::{AlarmId, SpanId};
use store::Entry;

/// A supervisor reads each alarm with its beginning, its end, how bad it is and what to do, and takes the list away.
#[tokio::test]
async fn a_supervisor_reads_alarms_and_what_to_do() {
    let bench = Bench::new().await;
    let alarm = |id, kind, slot, ended| {
        let (began, ended) = (WallTime(1_767_240_000_000), ended);
        Entry::Alarm(AlarmView { id: AlarmId(id), kind, span: SpanId(1), slot, began, ended })
    };
    bench.store.record(alarm(1, AlarmKind::Los, None, None)).unwrap();
    bench.store.record(alarm(2, AlarmKind::RestartUnanswered, Some(7), Some(WallTime(1_767_240_060_000)))).unwrap();
    bench.store.flush().unwrap();
    let answer = bench.get("/alarms?span=1").await;
    assert_eq!(answer["total"], 2);
    let [first, second] = [&answer["rows"][0], &answer["rows"][1]];
    assert_eq!((&first["kind"], &first["severity"], &first["ended"]), (&"los".into(), &"critical".into(), &().into()));
    assert!(first["advice"]["zh"].as_str().unwrap().contains("电缆"));
    assert!(first["advice"]["en"].as_str().unwrap().contains("cable"));
    assert_eq!((&second["slot"], &second["cut"]), (&7.into(), &false.into()));
    assert_eq!(bench.get("/alarms?standing=true").await["total"], 1);
    assert_eq!(bench.ask("GET", "/alarms?kind=flood", &bench.admin, None).await.0, StatusCode::BAD_REQUEST);
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("GET", "/alarms", &agent, None).await.0, StatusCode::FORBIDDEN);

    let export = request("GET", "/alarms/export.csv?language=en", &bench.admin, None);
    let file = String::from_utf8(octets(bench.raw(export).await).await).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines[0], "\u{feff}Began,Ended,Line,Alarm,Lasted (s)");
    assert!(lines[1].ends_with(",Loss of signal (LOS),"), "{}", lines[1]);
    assert!(lines[2].ends_with("/7,Circuit restart unanswered,60"), "{}", lines[2]);
}
