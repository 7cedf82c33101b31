//! Settings over the API.

use crate::bench::Bench;
use axum::http::StatusCode;
use serde_json::json;

/// A change is checked, saved as a version and applied; who worked on an older one is told; passwords never leave the box.
#[tokio::test]
async fn settings_change_by_versions() {
    let bench = Bench::new().await;
    let before = bench.get("/settings").await;
    assert!(before["settings"]["extensions"].as_array().unwrap().iter().all(|phone| phone["password"] == ""));
    let mut settings = before["settings"].clone();
    settings["queues"][0]["ring_seconds"] = json!(0);
    let body = json!({ "based_on": before["version"], "settings": settings });
    let (status, answer) = bench.ask("PUT", "/settings", &bench.admin, Some(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["problems"][0]["at"], "/queues/0/ring_seconds");

    settings["queues"][0]["ring_seconds"] = json!(25);
    let body = json!({ "based_on": before["version"], "settings": settings, "note": "longer" });
    let (status, answer) = bench.ask("PUT", "/settings", &bench.admin, Some(body.clone())).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["changes"].as_array().unwrap().len(), 1);
    let (status, answer) = bench.ask("PUT", "/settings", &bench.admin, Some(body)).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::CONFLICT, Some("outdated")));

    let path = format!("/settings/history/{}/restore", before["version"]);
    let (status, _) = bench.ask("POST", &path, &bench.admin, Some(json!({}))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(bench.get("/settings").await["settings"]["queues"][0]["ring_seconds"], 15);
    assert_eq!(bench.get("/settings/history").await["total"], 4);
    let kept = bench.store.newest_settings().unwrap().unwrap().settings;
    assert!(kept.extensions.iter().all(|phone| phone.password == "telephone-secret-1"));
}

/// IVR-01: a flow that is edited gets the next version, also by going back; one left alone keeps its own, whatever the draft says.
#[tokio::test]
async fn an_edited_flow_is_a_new_version() {
    let bench = Bench::new().await;
    let before = bench.get("/settings").await;
    let first = before["settings"]["flows"][0]["version"].as_u64().unwrap();
    let mut settings = before["settings"].clone();
    settings["flows"][0]["name"] = json!("Spring");
    settings["flows"][0]["version"] = json!(77);
    let (_, checked) = bench.ask("POST", "/settings/check", &bench.admin, Some(json!({ "settings": settings }))).await;
    assert_eq!(checked["changes"].as_array().unwrap().len(), 2, "{checked}");
    let body = json!({ "based_on": before["version"], "settings": settings });
    assert_eq!(bench.ask("PUT", "/settings", &bench.admin, Some(body)).await.0, StatusCode::OK);
    let version = |settings: &serde_json::Value| settings["settings"]["flows"][0]["version"].as_u64().unwrap();
    assert_eq!(version(&bench.get("/settings").await), first + 1);
    let path = format!("/settings/history/{}/restore", before["version"]);
    assert_eq!(bench.ask("POST", &path, &bench.admin, Some(json!({}))).await.0, StatusCode::OK);
    assert_eq!(version(&bench.get("/settings").await), first + 2);
}
