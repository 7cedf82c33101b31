//! What who looks after lines asks.

use crate::bench::Bench;
use axum::http::StatusCode;
use serde_json::json;

/// LIN-14: a supervisor sees a circuit as the exchange and its signalling know it; testing one is an administrator's.
#[tokio::test]
async fn a_circuit_is_asked_after_and_tested() {
    let bench = Bench::new().await;
    let circuit = bench.get("/circuits/1/7").await;
    assert_eq!((&circuit["state"], &circuit["agrees"]), (&json!("blocked_by_us"), &json!(true)));
    assert_eq!(circuit["test_report"]["errors"], 3);
    let (status, answer) = bench.ask("GET", "/circuits/9/7", &bench.admin, None).await;
    assert_eq!((status, &answer["error"]), (StatusCode::CONFLICT, &json!("no_such_circuit")));
    assert_eq!(bench.get("/spans/1/trace?slot=7").await["lines"][0]["text"], "S1 7");

    let test = json!({ "test_circuit": { "circuit": { "span": 1, "slot": 7 }, "test": "bit_errors" } });
    let boss = bench.log_in(3).await;
    assert_eq!(bench.ask("GET", "/circuits/1/7", &boss, None).await.0, StatusCode::OK);
    assert_eq!(bench.ask("POST", "/commands", &boss, Some(test.clone())).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask("POST", "/commands", &bench.admin, Some(test)).await.0, StatusCode::OK);
}

/// LIN-15: an installer asks which cards there are; a box without the driver says so, tells of its simulated cards, of its clock, and
/// proposes settings for the span that has none.
#[tokio::test]
async fn cards_are_asked_after() {
    let bench = Bench::new().await;
    let answer = bench.get("/cards").await;
    assert_eq!((&answer["cards"], &answer["problem"]), (&json!([]), &json!("the driver is not loaded")));
    let fitted = json!({ "span": 1, "connector": "E1-1", "kind": "e1", "simulated": true, "ports": [] });
    assert_eq!(answer["fitted"][0], fitted);
    let proposed = answer["proposed"].as_array().unwrap();
    assert_eq!((proposed.len(), &proposed[0]["id"], &proposed[0]["signalling"]["kind"]), (1, &json!(2), &json!("pri")));
    let line = json!({ "span": 1, "usable": true, "since": 1000, "returns": null });
    assert_eq!(answer["clock"], json!({ "ruler": 1, "since": 1000, "lines": [line] }));
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("GET", "/cards", &agent, None).await.0, StatusCode::FORBIDDEN);
}

/// LIN-12: who keeps messages says that some wait for an extension's owner; a word that is no word is refused, and agents may not.
#[tokio::test]
async fn messages_wait_for_an_extension() {
    let bench = Bench::new().await;
    let place = "/extensions/8003/message-waiting";
    let waiting = json!({ "waiting": true });
    let boss = bench.log_in(3).await;
    assert_eq!(bench.ask("POST", place, &boss, Some(waiting.clone())).await.0, StatusCode::OK);
    let told = bench.get("/audit").await["rows"][0]["detail"].to_string();
    assert!(told.contains("message_waiting") && told.contains("8003"), "{told}");
    let strange = json!({ "waiting": true, "lamp": 3 });
    assert_eq!(bench.ask("POST", place, &boss, Some(strange)).await.0, StatusCode::BAD_REQUEST);
    let agent = bench.log_in(1).await;
    assert_eq!(bench.ask("POST", place, &agent, Some(waiting.clone())).await.0, StatusCode::FORBIDDEN);
    let (status, answer) = bench.ask("POST", "/extensions/bob/message-waiting", &boss, Some(waiting)).await;
    assert_eq!((status, &answer["error"]), (StatusCode::CONFLICT, &json!("extension_unknown")));
}
