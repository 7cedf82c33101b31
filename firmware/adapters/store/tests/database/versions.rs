//! Settings versions, accounts, sessions, the audit log.

use crate::house::House;
use clock::{Millis, WallTime};
use settings::{Settings, difference};
use store::{Account, AuditRow, Session, SettingsVersion, Store, StoreError};

fn named(name: &str) -> SettingsVersion {
    let mut settings = Settings::default();
    settings.site.name = name.into();
    SettingsVersion {
        version: 0,
        at: WallTime(5),
        author: "wang".into(),
        note: format!("call it {name}"),
        changes: difference(&Settings::default(), &settings),
        settings,
    }
}

/// A change based on another version than the newest is refused, and says which is the newest.
#[test]
fn settings_versions_conflict() {
    let house = House::new();
    let store = &house.store;
    assert_eq!(store.newest_settings().unwrap(), None);
    assert_eq!(store.save_settings(0, named("one")).unwrap(), 1);
    assert_eq!(store.save_settings(1, named("two")).unwrap(), 2);
    let late = store.save_settings(1, named("three"));
    assert!(matches!(late, Err(StoreError::Conflict { newest: 2 })), "{late:?}");
    assert_eq!(store.newest_settings().unwrap().unwrap().settings.site.name, "two");
}

/// SEC-08: each version keeps who made it, when, why, and what it changed.
#[test]
fn settings_history_goes_back_to_the_first() {
    let house = House::new();
    let store = &house.store;
    for (based_on, name) in (0u32..).zip(["one", "two", "three"]) {
        store.save_settings(based_on, named(name)).unwrap();
    }
    let first = store.settings_version(1).unwrap().unwrap();
    assert_eq!(first, SettingsVersion { version: 1, ..named("one") });
    let (total, page) = store.settings_history(2, 2).unwrap();
    assert_eq!((total, page.len(), page[0].version), (3, 1, 1));
    assert_eq!(store.settings_history(u32::MAX, 500).unwrap(), (3, Vec::new()));
    assert_eq!(store.settings_version(4).unwrap(), None);
}

fn account(login: &str) -> Account {
    Account { login: login.into(), password: "$argon2id$".into(), locked: false, must_change: true }
}

fn open_session(store: &Store, login: &str, token: &str, began: WallTime) {
    let expires = began + Millis::secs(3600);
    store.open_session(Session { token: token.into(), login: login.into(), began, expires }).unwrap();
}

/// SEC-07: a session ends by its time, by log-out, and with a changed or locked account; others go on.
#[test]
fn sessions_end() {
    let house = House::new();
    let store = &house.store;
    assert!(!store.has_accounts().unwrap());
    store.save_account(account("wang"), WallTime(0)).unwrap();
    store.save_account(account("li"), WallTime(0)).unwrap();
    assert!(store.has_accounts().unwrap());
    open_session(store, "wang", "t1", WallTime(1000));
    open_session(store, "wang", "t2", WallTime(1000));
    open_session(store, "li", "t3", WallTime(1000));

    let login = |token: &str, at: i64| store.session(token, WallTime(at)).unwrap().map(|found| found.login);
    assert_eq!(login("t1", 3_600_999).as_deref(), Some("wang"));
    assert_eq!(login("t1", 3_601_000), None);
    store.close_session("t1".into()).unwrap();
    assert_eq!(login("t1", 2000), None);
    assert_eq!(login("t2", 2000).as_deref(), Some("wang"));
    store.save_account(Account { locked: true, ..account("wang") }, WallTime(2000)).unwrap();
    assert_eq!(login("t2", 2000), None);
    assert_eq!(login("t3", 2000).as_deref(), Some("li"));
    store.follow_agents(Vec::new(), vec!["li".into()]).unwrap();
    assert_eq!(login("t3", 2000), None);
}

/// SEC-05: a session says whether its password has still to be changed.
#[test]
fn sessions_know_of_a_password_to_change() {
    let house = House::new();
    let store = &house.store;
    store.save_account(account("wang"), WallTime(0)).unwrap();
    open_session(store, "wang", "t1", WallTime(1000));
    assert!(store.session("t1", WallTime(2000)).unwrap().unwrap().must_change);
}

/// SEC-07: a new log-in name keeps password and preferences; two agents may swap theirs; who is gone leaves no account behind.
#[test]
fn accounts_follow_their_owners() {
    let house = House::new();
    let store = &house.store;
    for login in ["wang", "li", "zhang"] {
        let password = format!("hash of {login}");
        store.save_account(Account { password, ..account(login) }, WallTime(0)).unwrap();
    }
    store.save_preferences("wang".into(), "{\"theme\":\"dark\"}".into()).unwrap();
    open_session(store, "wang", "t1", WallTime(1000));
    open_session(store, "zhang", "t3", WallTime(1000));
    let swapped = vec![("wang".into(), "li".into()), ("li".into(), "wang".into())];
    store.follow_agents(swapped, vec!["zhang".into()]).unwrap();
    let password = |login: &str| store.account(login).unwrap().map(|account| account.password);
    assert_eq!(password("li").as_deref(), Some("hash of wang"));
    assert_eq!(password("wang").as_deref(), Some("hash of li"));
    assert_eq!(password("zhang"), None);
    assert_eq!(store.preferences("li").unwrap().as_deref(), Some("{\"theme\":\"dark\"}"));
    assert_eq!(store.session("t1", WallTime(2000)).unwrap(), None);
    assert_eq!(store.session("t3", WallTime(2000)).unwrap(), None);
}

/// SEC-08: the audit log is read in pages, newest first.
#[test]
fn audit_in_pages() {
    let house = House::new();
    let store = &house.store;
    for number in 0..5 {
        let (actor, source, action) = ("wang".into(), "10.0.0.9".into(), "settings".into());
        store.audit(AuditRow { at: WallTime(number), actor, source, action, detail: number.to_string() }).unwrap();
    }
    let details = |page| {
        let (total, rows) = store.audit_page(page, 2).unwrap();
        (total, rows.into_iter().map(|row| row.detail).collect::<Vec<_>>())
    };
    assert_eq!(details(1), (5, vec!["4".to_owned(), "3".to_owned()]));
    assert_eq!(details(3), (5, vec!["0".to_owned()]));
    assert_eq!(details(u32::MAX), (5, Vec::new()));
}

/// A named fact of the box is set, changed and taken away.
#[test]
fn facts() {
    let house = House::new();
    let store = &house.store;
    assert_eq!(store.fact("code").unwrap(), None);
    store.set_fact("code".into(), Some("a".into())).unwrap();
    store.set_fact("code".into(), Some("b".into())).unwrap();
    assert_eq!(store.fact("code").unwrap().as_deref(), Some("b"));
    store.set_fact("code".into(), None).unwrap();
    assert_eq!(store.fact("code").unwrap(), None);
}

/// A database of a newer program is not touched.
#[test]
fn a_newer_database_is_refused() {
    let house = House::new();
    house.store.write(|transaction| Ok(transaction.pragma_update(None, "user_version", 99)?)).unwrap();
    let opened = Store::open(&house.folder.path().join("fastcall.db"));
    assert!(matches!(opened, Err(StoreError::Unreadable(_))));
}
