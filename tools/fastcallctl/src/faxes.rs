//! Faxes: the list, their pages, sending, and what is done with one.

use crate::arguments::Arguments;
use crate::commands::{number, query, rows, show};
use crate::failure::Failure;
use crate::link::{Link, file_failure};
use crate::tables::{cell, say, table, time};
use serde_json::{Value, json};
use std::path::Path;

pub fn run(arguments: &Arguments, link: &Link, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["faxes", filters @ ..] => show(arguments, &link.get(&format!("/faxes{}", query(filters)?))?, faxes),
        ["fax", "send", from, to, file] => {
            let path = Path::new(file);
            let pages = std::fs::read(path).map_err(|problem| file_failure(path, &problem))?;
            let address = format!("/faxes{}", query(&[&format!("from={from}"), &format!("to={to}")])?);
            show(arguments, &link.post_file(&address, &pages)?, sent)
        }
        ["fax", "get", id, "-o", file] => pages(link, number(id)?, Path::new(file)),
        ["fax", action @ ("again" | "cancel"), id] => {
            show(arguments, &link.post(&format!("/faxes/{}/{action}", number(id)?), &json!({}))?, done)
        }
        ["fax", "remove", id] => show(arguments, &link.delete(&format!("/faxes/{}", number(id)?))?, done),
        _ => Err(Failure::usage(format!("no command “{}”", words.join(" ")))),
    }
}

/// As the file is called: TIFF as the fax came, else PDF.
fn pages(link: &Link, id: u64, file: &Path) -> Result<(), Failure> {
    let kind = if file.extension().is_some_and(|kind| kind == "tif" || kind == "tiff") { "tif" } else { "pdf" };
    let octets = link.fetch(&format!("/faxes/{id}.{kind}"))?;
    std::fs::write(file, &octets).map_err(|problem| file_failure(file, &problem))?;
    say(&format!("{} octets written to {}", octets.len(), file.display()))
}

fn done(_: &Value) -> Result<(), Failure> {
    say("Done.")
}

fn sent(answer: &Value) -> Result<(), Failure> {
    say(&format!("fax {}: {} pages wait to be sent", cell(&answer["id"]), cell(&answer["pages"])))
}

fn faxes(answer: &Value) -> Result<(), Failure> {
    let row = |fax: &Value| {
        let part = |name: &str| cell(&fax[name]);
        let names = ["id", "direction", "extension", "number", "state", "pages", "attempts"];
        names.into_iter().map(part).chain([time(&fax["began"]), part("reason")]).collect()
    };
    let headings = ["FAX", "DIRECTION", "BOX", "NUMBER", "STATE", "PAGES", "TRIES", "BEGAN (UTC)", "WHY"];
    table(&headings, rows(&answer["rows"], row))?;
    say(&format!("page {} of {} faxes", answer["page"], answer["total"]))
}
