//! All that the media engine promises, in one run, and the page of the docs that holds it.

use crate::report::{Row, Trouble};
use crate::{detectors, machine, media, recording, tdm};
use std::fmt::Write;
use std::path::Path;

/// A part: its heading, what it is, how it is measured.
type Part = (&'static str, &'static str, fn(bool) -> Result<Vec<Row>, Trouble>);

const PARTS: [Part; 4] = [
    (
        "Packets",
        "Calls between SIP telephones, bridged and recorded, against a bare relay of the same packets: milliseconds of processor time for a second of a \
         call.",
        media::run,
    ),
    (
        "Timeslots",
        "3,840 channels of E1 with keys listened for on all of them, 960 of their calls recorded and sealed.",
        tdm::run,
    ),
    ("Detectors", "Keys (DTMF) and register signals (MFC) heard, against spandsp on the same signals.", detectors::run),
    (
        "Recording",
        "960 calls into the journal and their files, while others scan the disk and rebuild its mirror.",
        recording::run,
    ),
];

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let (mut all, mut page) = (Vec::new(), heading());
    for (name, what, measure) in PARTS {
        let rows = measure(quick)?;
        section(&mut page, name, what, &rows)?;
        all.extend(rows);
    }
    if !quick {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/media.md"), page)?;
    }
    Ok(all)
}

fn heading() -> String {
    format!(
        "# The media engine, measured\n\nMade by `cargo xtask bench media` on {}; load average at the start {}. Each ratio is between two figures of \
         this run. A limit as rival means that the value itself is held against the goal.\n\n![Share of a core over calls](media.svg)\n",
        machine::name(),
        machine::load()
    )
}

fn section(page: &mut String, name: &str, what: &str, rows: &[Row]) -> std::fmt::Result {
    write!(
        page,
        "\n## {name}\n\n{what}\n\n| figure | value | against | ratio | goal | met |\n|---|---|---|---|---|---|\n"
    )?;
    for row in rows {
        let met = match (row.goal.is_empty(), row.met) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "**no**",
        };
        let Row { name, value, unit, against, ratio, goal, .. } = row;
        writeln!(page, "| {name} | {value:.3} {unit} | {against} | {ratio:.3} | {goal} | {met} |")?;
    }
    Ok(())
}
