use house::House;

/// Spans of cards that are not there: numbers that no driver gives out.
const BOARD: &str = r#"
model = "test"
revision = "1"
name = "test"
[[span]]
id = 1
card = "dahdi-e1"
connector = "E1-1"
dahdi = 127
[[span]]
id = 2
card = "dahdi-bri"
connector = "S0"
dahdi = { location = "nowhere" }
[[span]]
id = 3
card = "dahdi-analog"
connector = "TEL"
dahdi = 128
[[port]]
id = 1
kind = "fxs"
connector = "TEL-1"
span = 3
"#;

/// LIN-14, LIN-15: a box whose cards are missing, or whose driver is not loaded, starts all the same: each span has an alarm that says what to do, and
/// telephones of the network serve.
#[test]
fn a_box_without_its_cards_starts_and_says_so() {
    let mut house = House::build("no-cards");
    std::fs::write(house.folder().join("board.toml"), BOARD).expect("a board");
    house.start_daemon();
    house.first_boot();
    house.see("an alarm on each span", 20, |live| {
        let spans = live["spans"].as_array()?;
        let failed = |span: &&serde_json::Value| {
            span["alarms"].as_array().is_some_and(|alarms| alarms.iter().any(|alarm| alarm == "card_failed"))
        };
        (spans.iter().filter(failed).count() == 3).then_some(())
    });
    let alarms = house.session.get("/alarms?kind=card_failed&standing=true").expect("the alarms");
    let advised =
        |alarm: &serde_json::Value| alarm["advice"]["en"].as_str().is_some_and(|words| words.contains("DAHDI"));
    let rows = alarms["rows"].as_array().expect("rows");
    assert!(rows.len() == 3 && rows.iter().all(advised), "{alarms}");
    let cards = house.session.get("/cards").expect("the cards");
    assert!(cards["problem"].is_string() || cards["cards"].as_array().is_some_and(|cards| cards.len() >= 3), "{cards}");
    let fitted =
        |kind: &str| cards["fitted"].as_array().is_some_and(|spans| spans.iter().any(|span| span["kind"] == kind));
    assert!(["e1", "bri", "analog"].into_iter().all(fitted) && cards["proposed"] == serde_json::json!([]), "{cards}");
    let clocks = cards["clock"]["lines"].as_array().expect("the clock's order");
    let failing = |line: &serde_json::Value| line["usable"] == false && line["since"].is_i64();
    assert!(clocks.len() == 2 && clocks.iter().all(failing) && cards["clock"]["ruler"].is_null(), "{cards}");
    assert_eq!(house.stop_daemon(), Some(0), "an order to stop is obeyed");
}
