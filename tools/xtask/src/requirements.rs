//! Which requirement is shown by which test.
//!
//! `docs/requirements.md` states each row as `| ID | statement | tests |`. A test shows a row when the row's ID stands in the
//! comment right above it (or, for browser tests, in its title). The third column is written by this program, never by hand.

use crate::shell::{self, Failure};
use std::collections::BTreeMap;
use std::path::Path;

const DOCUMENT: &str = "docs/requirements.md";

/// ID to the tests that show it, as `path::name`.
type Shown = BTreeMap<String, Vec<String>>;

pub fn print_unshown() -> Result<(), Failure> {
    let shown = shown()?;
    let rows = rows(&std::fs::read_to_string(DOCUMENT)?);
    let unshown: Vec<&(String, String)> = rows.iter().filter(|(id, _)| !shown.contains_key(id)).collect();
    for (id, statement) in &unshown {
        println!("{id}  {statement}");
    }
    println!("{} of {} rows are shown by tests, {} are not", rows.len() - unshown.len(), rows.len(), unshown.len());
    Ok(())
}

/// The document's test column must be what the tests say, and no test may name an unknown row.
pub fn check() -> Result<(), Failure> {
    let text = std::fs::read_to_string(DOCUMENT)?;
    let shown = shown()?;
    let rows = rows(&text);
    if let Some((unknown, tests)) = shown.iter().find(|(id, _)| !rows.iter().any(|(row, _)| row == *id)) {
        return Err(Failure::new(format!("{} names {unknown}, which is no row of {DOCUMENT}", tests[0])));
    }
    if with_tests(&text, &shown) != text {
        return Err(Failure::new(format!("{DOCUMENT} is out of date: run `cargo xtask requirements --write`")));
    }
    Ok(())
}

pub fn write() -> Result<(), Failure> {
    let text = std::fs::read_to_string(DOCUMENT)?;
    Ok(std::fs::write(DOCUMENT, with_tests(&text, &shown()?))?)
}

fn rows(text: &str) -> Vec<(String, String)> {
    text.lines().filter_map(cells).map(|(id, statement)| (id.to_owned(), statement.to_owned())).collect()
}

/// The ID and statement of a table row.
fn cells(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (id, statement) = (cells.next()?, cells.next()?);
    is_id(id).then_some((id, statement))
}

/// Two to four capitals, a hyphen, two digits.
fn is_id(word: &str) -> bool {
    word.split_once('-').is_some_and(|(letters, digits)| {
        (2..=3).contains(&letters.len())
            && letters.bytes().all(|b| b.is_ascii_uppercase())
            && digits.len() == 2
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn with_tests(text: &str, shown: &Shown) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match cells(line) {
            Some((id, statement)) => {
                let tests = shown.get(id).map(|tests| tests.join("<br>")).unwrap_or_default();
                lines.push(format!("| {id} | {statement} | {tests} |").replace("|  |", "| |"));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

fn shown() -> Result<Shown, Failure> {
    let listing = shell::output("git", &["ls-files", "--cached", "--others", "--exclude-standard", "*.rs", "*.mjs"])
        .ok_or_else(|| Failure::new("git lists no files"))?;
    let mut shown = Shown::new();
    for path in listing.lines().filter(|path| Path::new(path).exists()) {
        let text = std::fs::read_to_string(path)?;
        if path.ends_with(".rs") {
            rust_tests(path, &text, &mut shown);
        } else {
            browser_tests(path, &text, &mut shown);
        }
    }
    Ok(shown)
}

/// IDs in the comment of a function that has `#[test]`.
fn rust_tests(path: &str, text: &str, shown: &mut Shown) {
    let (mut ids, mut is_test) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            ids.extend(ids_in(comment));
        } else if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else if let Some(name) = line.strip_prefix("fn ").or(line.strip_prefix("async fn "))
            && let Some((name, _)) = name.split_once('(')
        {
            if is_test {
                ids.drain(..).for_each(|id| shown.entry(id).or_default().push(format!("{path}::{name}")));
            }
            (ids, is_test) = (Vec::new(), false);
        } else {
            (ids, is_test) = (Vec::new(), false);
        }
    }
}

/// IDs in the title of `test("...")`.
fn browser_tests(path: &str, text: &str, shown: &mut Shown) {
    for line in text.lines().map(str::trim) {
        let Some(title) = line.strip_prefix("test(").and_then(|rest| rest.get(1..)) else { continue };
        let title = title.split(['"', '\'', '`']).next().unwrap_or_default();
        for id in ids_in(title) {
            shown.entry(id).or_default().push(format!("{path}::{title}"));
        }
    }
}

fn ids_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| is_id(word)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_shows_the_rows_its_comment_names() {
        let mut shown = Shown::new();
        let text = "/// ACD-08, ACD-07: rings on.\n#[test]\nfn next_agent() {\n/// SW-01\nfn no_test() {\n";
        rust_tests("a.rs", text, &mut shown);
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["ACD-07", "ACD-08"]);
        assert_eq!(shown["ACD-07"], ["a.rs::next_agent"]);
    }

    #[test]
    fn the_third_column_is_rewritten() {
        let shown = Shown::from([("SW-01".to_owned(), vec!["a::b".to_owned()])]);
        let text = "| ID | row | tests |\n|---|---|---|\n| SW-01 | a PBX | old |\n| SW-02 | dial | old |\n";
        let expected = "| ID | row | tests |\n|---|---|---|\n| SW-01 | a PBX | a::b |\n| SW-02 | dial | |\n";
        assert_eq!(with_tests(text, &shown), expected);
    }
}
