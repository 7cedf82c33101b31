use facsimile::{Page, Resolution, read_tiff, write_tiff};
use far_exchange::web::WebError;
use house::{House, wait_for};
use serde_json::{Value, json};

/// A letter with a stroke across.
fn letter(turn: u32) -> Page {
    let mut page = Page::blank(1728, 240, Resolution::Standard);
    (0..220).for_each(|row| page.blacken(row, row * turn..row * turn + 150));
    page
}

/// By sound, through the media engine.
fn fax_boxes(settings: &mut Value) {
    settings["sip"]["t38"] = json!(false);
    for (number, station) in [("8900", "+86 10 8888 8900"), ("8901", "+86 10 8888 8901")] {
        let one = json!({ "number": number, "name": format!("Fax {number}"), "password": "", "may_dial_out": true, "fax": { "station": station } });
        settings["extensions"].as_array_mut().expect("extensions").push(one);
    }
}

/// The fax of a direction with that number at its other end, once it has ended.
fn fax(house: &mut House, direction: &str, number: &str, seconds: u64) -> Value {
    let session = &mut house.session;
    wait_for("the fax to end", seconds, || {
        let list = session.get(&format!("/faxes?direction={direction}")).ok()?;
        let fax = list["rows"].as_array()?.iter().find(|fax| fax["number"] == number)?.clone();
        (!fax["ended"].is_null()).then_some(fax)
    })
}

/// SW-13, SEA-20: a fax from one box of the house to another: sent as a TIFF file, received page by page, and read as PDF. What is no fax is refused
/// with words that help; a number that is nobody's ends with its cause.
#[test]
fn a_fax_is_sent_received_and_read() {
    house::program_of("fax-terminal", "fastcall-fax");
    let mut house = House::planned("faxes", &house::Plan::default(), fax_boxes);
    house.start_daemon();
    house.first_boot();
    let pages = [letter(3), letter(5)];
    let sent = house.session.upload("/faxes?from=8900&to=8901", &write_tiff(&pages)).expect("the fax is taken");
    assert_eq!(sent["pages"], 2);
    let (outgoing, incoming) = (fax(&mut house, "sent", "8901", 120), fax(&mut house, "received", "8900", 30));
    assert_eq!((outgoing["state"].as_str(), incoming["state"].as_str()), (Some("complete"), Some("complete")));
    assert_eq!((outgoing["id"].as_str(), outgoing["pages"].as_u64()), (sent["id"].as_str(), Some(2)));
    assert_eq!((incoming["number"].as_str(), incoming["extension"].as_str()), (Some("8900"), Some("8901")));
    assert_eq!((incoming["station"].as_str(), incoming["pages"].as_u64()), (Some("+86 10 8888 8900"), Some(2)));

    let id = incoming["id"].as_str().expect("an id").to_owned();
    let tiff = house.session.download(&format!("/faxes/{id}.tif")).expect("its pages");
    assert_eq!(read_tiff(&tiff).expect("a TIFF file"), pages);
    assert!(house.session.download(&format!("/faxes/{id}.pdf")).expect("its pages").starts_with(b"%PDF-1.4"));
    let call = house.newest_call(1);
    assert_eq!((call["calling"].as_str(), call["outcome"].as_str()), (Some("8900"), Some("answered")), "{call}");

    let refused = house.session.upload("/faxes?from=8900&to=8901", b"%PDF-1.4").expect_err("no TIFF file");
    assert!(matches!(refused, WebError::Refused { status: 400, .. }), "{refused:?}");
    house.session.upload("/faxes?from=8001&to=8901", &write_tiff(&pages)).expect_err("8001 is a telephone");
    house.session.upload("/faxes?from=8900&to=8777", &write_tiff(&pages)).expect("it is taken");
    let nobody = fax(&mut house, "sent", "8777", 20);
    assert_eq!(nobody["state"], "no_fax", "{nobody}");
    assert!(nobody["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{nobody}");
    assert_eq!(house.stop_daemon(), Some(0));
}
