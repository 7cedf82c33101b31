//! Holding and deleting recordings.

use crate::bench::{Bench, request};
use axum::http::StatusCode;
use identity::{CallId, RecordingId};
use serde_json::json;
use store::Entry;

/// REC-06: a supervisor holds a recording, an administrator releases and deletes it; what is held or in progress is not deleted; each step is
/// in the audit log, and a deleted recording is not found.
#[tokio::test]
async fn held_recordings_are_not_deleted() {
    let bench = Bench::new().await;
    bench.keep_calls(3);
    std::fs::write(bench.folder.path().join("recordings/2.wav"), [7u8; 1000]).unwrap();
    for id in [2, 3] {
        let (recording, call) = (RecordingId(id), CallId(id));
        bench.store.record(Entry::RecordingStarted { recording, call, path: format!("{id}.wav") }).unwrap();
    }
    bench.store.record(Entry::RecordingEnded { recording: RecordingId(2), millis: 60, bytes: 1000 }).unwrap();
    bench.store.flush().unwrap();
    let supervisor = bench.log_in(3).await;
    let agent = bench.log_in(1).await;
    let why = || Some(json!({ "why": "court order 12" }));
    let hold = "/recordings/2/hold";
    assert_eq!(bench.ask("PUT", hold, &agent, why()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask("PUT", hold, &supervisor, Some(json!({ "why": " " }))).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(bench.ask("PUT", "/recordings/9/hold", &supervisor, why()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bench.ask("PUT", hold, &supervisor, why()).await.0, StatusCode::OK);
    let told = bench.get("/calls/2").await["recordings"][0].clone();
    assert_eq!((&told["hold"]["why"], &told["state"]), (&json!("court order 12"), &json!("ready")));
    assert_eq!(bench.ask("DELETE", "/recordings/2", &supervisor, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask("DELETE", "/recordings/2", &bench.admin, None).await.0, StatusCode::CONFLICT);
    assert_eq!(bench.ask("DELETE", hold, &supervisor, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask("DELETE", hold, &bench.admin, None).await.0, StatusCode::OK);
    assert_eq!(bench.ask("DELETE", "/recordings/2", &bench.admin, None).await.0, StatusCode::OK);
    assert_eq!(
        bench.raw(request("GET", "/recordings/2.wav", &bench.admin, None)).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(bench.get("/calls/2").await["recordings"][0]["state"], "deleted");
    for (action, count) in [("hold_recording", 1), ("release_recording", 1), ("delete_recording", 1)] {
        assert_eq!(bench.get(&format!("/audit?q={action}")).await["total"], count, "{action}");
    }

    // The call goes on.
    let (status, words) = bench.ask("GET", "/recordings/3.wav", &bench.admin, None).await;
    assert_eq!((status, &words["error"]), (StatusCode::CONFLICT, &json!("recording_in_progress")));
    assert_eq!(bench.ask("DELETE", "/recordings/3", &bench.admin, None).await.0, StatusCode::CONFLICT);
    assert_eq!(bench.get("/calls/3").await["recordings"][0]["state"], "in_progress");
}
