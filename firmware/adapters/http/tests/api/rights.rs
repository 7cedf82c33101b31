//! Who may do what.

use crate::bench::{Bench, PASSWORD, request};
use axum::http::{HeaderValue, StatusCode, header};
use http_api::{Access, routes};
use serde_json::json;
use settings::Role;

/// SEC-01: every route refuses who is not logged in and every role below its own, and lets the others reach it.
#[tokio::test]
async fn roles_are_kept_on_every_route() {
    let bench = Bench::new().await;
    let callers = [
        (Role::Agent, bench.log_in(1).await),
        (Role::Quality, bench.log_in(2).await),
        (Role::Supervisor, bench.log_in(3).await),
        (Role::Administrator, bench.admin.clone()),
    ];
    // Logging out would end the callers' sessions.
    for route in routes::TABLE.iter().filter(|route| (route.method, route.path) != ("DELETE", "/session")) {
        let least = match route.access {
            Access::Anyone => continue,
            Access::LoggedIn => Role::Agent,
            Access::AtLeast(role) => role,
        };
        let path = route.path.replace("{id}", "0").replace("{version}", "0").replace("{language}", "zh");
        let path = path.replace("{*file}", "none.wav");
        let (status, _) = bench.ask(route.method, &path, "", None).await;
        let anonymous = if route.method == "GET" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        assert_eq!(status, anonymous, "{} {path} without log-in", route.method);
        let (status, _) = bench.ask(route.method, &path, "made-up-token", None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {path} with a wrong token", route.method);
        for (role, token) in &callers {
            let (status, answer) = bench.ask(route.method, &path, token, None).await;
            let refused = status == StatusCode::FORBIDDEN && answer["error"] == "not_allowed";
            assert_eq!(refused, *role < least, "{} {path} as {role:?}: {status} {answer}", route.method);
            assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{} {path} has no handler", route.method);
        }
    }
}

/// API-06: the description lists exactly the routes there are.
#[tokio::test]
async fn openapi_lists_the_routes() {
    let bench = Bench::new().await;
    let document = bench.get("/openapi.json").await;
    let mut listed: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        listed.extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let mut expected: Vec<(String, String)> = routes::TABLE
        .iter()
        .map(|route| (route.method.to_owned(), format!("/api/v1{}", route.path.replace("{*", "{"))))
        .collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

/// A page of another site cannot write with the browser's cookie.
#[tokio::test]
async fn writes_with_the_cookie_need_the_header() {
    let bench = Bench::new().await;
    let cookie = HeaderValue::from_str(&format!("fastcall_session={}", bench.admin)).unwrap();
    let mut write = request("PUT", "/me/preferences", "", Some(json!({})));
    write.headers_mut().insert(header::COOKIE, cookie.clone());
    assert_eq!(bench.raw(write).await.status(), StatusCode::BAD_REQUEST);
    let mut write = request("PUT", "/me/preferences", "", Some(json!({ "theme": "dark" })));
    write.headers_mut().insert(header::COOKIE, cookie);
    write.headers_mut().insert("x-fastcall", HeaderValue::from_static("1"));
    assert_eq!(bench.raw(write).await.status(), StatusCode::OK);
    assert_eq!(bench.get("/me/preferences").await, json!({ "theme": "dark" }));
}

/// SEC-05: guessing a password gets slower, and is written down.
#[tokio::test]
async fn guessing_is_held_back() {
    let bench = Bench::new().await;
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        let body = json!({ "login": "boss", "password": "wrong" });
        last = bench.ask("POST", "/session", "", Some(body)).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let audit = bench.get("/audit").await;
    let refused = audit["rows"].as_array().unwrap().iter().filter(|row| row["action"] == "log_in_refused").count();
    assert_eq!(refused, 5);
}

/// The first-boot code dies with its use.
#[tokio::test]
async fn first_boot_happens_once() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/status").await["first_boot"], false);
    let body = json!({ "code": crate::bench::CODE, "login": "eve", "password": PASSWORD });
    let (status, answer) = bench.ask("POST", "/first-boot", "", Some(body)).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::CONFLICT, Some("already_set_up")));
}

/// What the framework refuses is told as any other error.
#[tokio::test]
async fn unreadable_requests_are_told_in_both_languages() {
    let bench = Bench::new().await;
    for (method, path, body) in
        [("POST", "/seat", json!({ "do": "dance" })), ("POST", "/session", json!({})), ("DELETE", "/live", json!({}))]
    {
        let (status, answer) = bench.ask(method, path, &bench.admin, Some(body)).await;
        assert!(status.is_client_error(), "{path}");
        assert!(
            answer["error"].is_string() && answer["zh"].is_string() && answer["en"].is_string(),
            "{path}: {answer}"
        );
    }
}

/// The exchange's refusals reach the client as codes with words.
#[tokio::test]
async fn refusals_have_words() {
    let bench = Bench::new().await;
    let body = json!({ "release_call": { "call": "7" } });
    let (status, answer) = bench.ask("POST", "/commands", &bench.admin, Some(body)).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::CONFLICT, Some("no_such_call")));
    let supervisor = bench.log_in(3).await;
    let (status, _) = bench.ask("POST", "/commands", &supervisor, Some(json!({ "reset_span": { "span": 1 } }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
