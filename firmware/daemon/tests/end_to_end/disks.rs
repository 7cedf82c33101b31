use house::{House, Plan};
use serde_json::{Value, json};

/// More than any disk of a test machine has free, megabytes.
const A_TERABYTE: u64 = 1_000_000;

/// An alarm that stands of a disk of recordings.
fn stands(live: &Value, kind: &str, disk: u64) -> bool {
    let of_disk = |alarm: &Value| alarm["span"] == 0 && alarm["slot"] == disk && alarm["kind"] == kind;
    live["alarms"].as_array().is_some_and(|alarms| alarms.iter().any(of_disk))
}

/// SEC-10: a second disk of recordings that cannot be used, and a first one without room, are alarms on every page while they last, with
/// what to do in the log; calls are answered and talked all the same, and recorded again once there is room.
#[test]
fn disks_that_cannot_record_are_alarms_and_calls_go_on() {
    let no_folder = std::env::temp_dir().join(format!("fastcall-no-folder-{}", std::process::id()));
    std::fs::write(&no_folder, "a file").expect("a file");
    let mut house = House::planned("disks", &Plan::default(), |settings| {
        settings["recording"] = json!({ "more_volumes": [no_folder] });
    });
    house.start_daemon();
    house.start_far_exchange("2");
    house.wait_until_open();
    house.see("the second disk's alarm", 20, |live| stands(live, "recordings_failing", 2).then_some(()));

    house.change_settings(|settings| settings["recording"]["keep_free_megabytes"] = json!(A_TERABYTE));
    house.see("the first disk's alarm", 20, |live| stands(live, "recordings_full", 1).then_some(()));
    assert_eq!(house.tell("call 4008001234 13800000001 1"), "ok");
    let call = house.newest_call(1);
    assert_eq!(call["outcome"], "answered", "{call}");
    let whole = house.session.get(&format!("/calls/{}", call["call"].as_str().expect("its number"))).expect("the call");
    let failed =
        |record: &Value| record["event"]["what"] == "recording_failed" && record["event"]["reason"] == "disk_full";
    assert!(whole["ledger"].as_array().is_some_and(|ledger| ledger.iter().any(failed)), "{whole}");

    house.change_settings(|settings| settings["recording"]["keep_free_megabytes"] = json!(16));
    house.see("the end of the first disk's alarm", 20, |live| {
        (!stands(live, "recordings_full", 1) && stands(live, "recordings_failing", 2)).then_some(())
    });
    house.wait_until_open();
    assert_eq!(house.tell("call 4008001234 13800000002 1"), "ok");
    let call = house.newest_call(2);
    let recording = call["recordings"][0].as_str().unwrap_or_else(|| panic!("not recorded: {call}")).to_owned();
    house.recording(&recording);

    let log = house.session.get("/alarms?kind=recordings_full").expect("the log of alarms");
    let advised = log["rows"][0]["advice"]["zh"].as_str().is_some_and(|words| words.contains("配额"));
    assert!(log["total"] == 1 && log["rows"][0]["ended"].is_i64() && advised, "{log}");
    std::fs::remove_file(no_folder).ok();
}
