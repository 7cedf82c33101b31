//! First boot, passwords, accounts.

use crate::bench::{Bench, CODE, PASSWORD};
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn first_boot(bench: &Bench, code: &str, login: &str, password: &str) -> (StatusCode, String) {
    let body = json!({ "code": code, "login": login, "password": password });
    let (status, answer) = bench.ask("POST", "/first-boot", "", Some(body)).await;
    (status, answer["error"].as_str().unwrap_or_default().to_owned())
}

/// SEC-07: whoever does not stand before the box cannot make its first account.
#[tokio::test]
async fn first_boot_needs_the_code() {
    let bench = Bench::unopened();
    assert_eq!(bench.ask("GET", "/status", "", None).await.1["first_boot"], true);
    let wrong = first_boot(&bench, "00000000", "boss", PASSWORD).await;
    assert_eq!(wrong, (StatusCode::FORBIDDEN, "wrong_code".to_owned()));
    for (login, password, error) in [
        ("boss", "short1!", "weak_password"),
        ("boss", "the-boss-2026", "weak_password"),
        ("the boss", PASSWORD, "bad_login"),
    ] {
        let refused = first_boot(&bench, CODE, login, password).await;
        assert_eq!(refused, (StatusCode::BAD_REQUEST, error.to_owned()), "{login} {password}");
    }
    assert!(!bench.store.has_accounts().unwrap());
    assert_eq!(first_boot(&bench, CODE, "boss", PASSWORD).await.0, StatusCode::OK);
}

/// SEC-07: two who use the code at the same moment do not both become administrators.
#[tokio::test(flavor = "multi_thread")]
async fn first_boot_has_one_winner() {
    let bench = Bench::unopened();
    let (one, other) =
        tokio::join!(first_boot(&bench, CODE, "boss", PASSWORD), first_boot(&bench, CODE, "eve", PASSWORD));
    let mut statuses = [one.0, other.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    let both = [bench.store.account("boss").unwrap(), bench.store.account("eve").unwrap()];
    assert_eq!(both.iter().flatten().count(), 1);
}

async fn log_in(bench: &Bench, login: &str, password: &str) -> (StatusCode, Value) {
    bench.ask("POST", "/session", "", Some(json!({ "login": login, "password": password }))).await
}

/// SEC-05: a password set by an administrator has to be changed before anything is done with it; the change ends the old session.
#[tokio::test]
async fn a_given_password_is_changed_first() {
    let bench = Bench::new().await;
    let account = Some(json!({ "password": PASSWORD }));
    assert_eq!(bench.ask("PUT", "/agents/1/account", &bench.admin, account).await.0, StatusCode::OK);
    let (_, answer) = log_in(&bench, "wang", PASSWORD).await;
    assert_eq!(answer["me"]["must_change_password"], true);
    let token = answer["token"].as_str().unwrap();
    let ready = Some(json!({ "do": "ready" }));
    let (status, refused) = bench.ask("POST", "/seat", token, ready.clone()).await;
    assert_eq!((status, refused["error"].as_str()), (StatusCode::FORBIDDEN, Some("change_password")));

    let change = |new: &str| Some(json!({ "old": PASSWORD, "new": new }));
    for weak in [PASSWORD, "wang-wang-2026", "12345678901"] {
        let (status, answer) = bench.ask("POST", "/session/password", token, change(weak)).await;
        assert_eq!((status, answer["error"].as_str()), (StatusCode::BAD_REQUEST, Some("weak_password")), "{weak}");
    }
    let wrong = Some(json!({ "old": "not-the-old-1", "new": "green-kettle-48" }));
    let (status, answer) = bench.ask("POST", "/session/password", token, wrong).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::FORBIDDEN, Some("wrong_password")));
    let (status, answer) = bench.ask("POST", "/session/password", token, change("green-kettle-48")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let fresh = answer["token"].as_str().unwrap();
    assert_eq!(bench.ask("POST", "/seat", fresh, ready).await.0, StatusCode::OK);
    assert_eq!(bench.ask("GET", "/session", token, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&bench, "wang", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
}

/// SEC-04: a locked account is out at once and cannot log in; nobody locks itself out.
#[tokio::test]
async fn locking_ends_sessions() {
    let bench = Bench::new().await;
    let agent = bench.log_in(1).await;
    let lock = |locked: bool| Some(json!({ "locked": locked }));
    assert_eq!(bench.ask("PUT", "/agents/1/account", &bench.admin, lock(true)).await.0, StatusCode::OK);
    assert_eq!(bench.ask("GET", "/live", &agent, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&bench, "wang", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.ask("PUT", "/agents/1/account", &bench.admin, lock(false)).await.0, StatusCode::OK);
    assert_eq!(log_in(&bench, "wang", PASSWORD).await.0, StatusCode::OK);
    let (status, answer) = bench.ask("PUT", "/agents/4/account", &bench.admin, lock(true)).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::CONFLICT, Some("own_account")));
    let (status, answer) = bench.ask("PUT", "/agents/2/account", &bench.admin, lock(true)).await;
    assert_eq!((status, answer["error"].as_str()), (StatusCode::CONFLICT, Some("no_account")));
}

/// SEC-07: an agent that gets another login keeps its password; one that is taken out of the settings leaves no account behind that a
/// new agent of the same login would inherit.
#[tokio::test]
async fn accounts_follow_the_settings() {
    let bench = Bench::new().await;
    bench.log_in(1).await;
    let supervisor = bench.log_in(3).await;
    let now = bench.get("/settings").await;
    let mut settings = now["settings"].clone();
    settings["agents"][0]["login"] = json!("wang.fang");
    settings["agents"].as_array_mut().unwrap().remove(2);
    let body = json!({ "based_on": now["version"], "settings": settings });
    let (status, answer) = bench.ask("PUT", "/settings", &bench.admin, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(log_in(&bench, "wang.fang", PASSWORD).await.0, StatusCode::OK);
    assert_eq!(log_in(&bench, "wang", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.ask("GET", "/live", &supervisor, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.store.account("zhang").unwrap(), None);
}

/// What a console may keep for its user is bounded.
#[tokio::test]
async fn preferences_are_bounded() {
    let bench = Bench::new().await;
    let small = json!({ "columns": ["began", "calling"] });
    assert_eq!(bench.ask("PUT", "/me/preferences", &bench.admin, Some(small.clone())).await.0, StatusCode::OK);
    let large = json!({ "columns": "x".repeat(17_000) });
    assert_eq!(bench.ask("PUT", "/me/preferences", &bench.admin, Some(large)).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(bench.get("/me/preferences").await, small);
}
