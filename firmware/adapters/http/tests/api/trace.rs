//! What was done for a call.

use crate::bench::Bench;
use axum::http::StatusCode;

/// API-06: a supervisor reads a call's ladder line by line; an agent does not.
#[tokio::test]
async fn a_supervisor_reads_the_ladder() {
    let bench = Bench::new().await;
    let answer = bench.get("/calls/7/trace").await;
    assert_eq!(answer["lines"][0]["text"], "C7 sip --> Setup");
    assert_eq!((answer["lines"][0]["seq"].as_u64(), answer["lines"][0]["at"].as_i64()), (Some(7), Some(1000)));
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("GET", "/calls/7/trace", &agent, None).await.0, StatusCode::FORBIDDEN);
}
