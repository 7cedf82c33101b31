//! Style as a test.
//!
//! Reads the files that git knows and `cargo metadata`, and prints each breach of the house rules with its place and what to do
//! instead. Exit code 1 if there is any. Rules: [`text`] (every text file), [`rust`] (Rust sources), [`layers`] (who may depend on
//! whom).

mod layers;
mod rust;
mod text;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub file: String,
    pub line: usize,
    /// What is wrong and what to do instead.
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

fn main() -> ExitCode {
    match check(Path::new(".")) {
        Ok(breaches) if breaches.is_empty() => {
            println!("tidy: nothing to mend");
            ExitCode::SUCCESS
        }
        Ok(breaches) => {
            breaches.iter().for_each(|breach| println!("{breach}"));
            println!("tidy: {} to mend", breaches.len());
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("tidy: {problem}");
            ExitCode::from(2)
        }
    }
}

fn check(root: &Path) -> Result<Vec<Breach>, String> {
    let mut breaches = Vec::new();
    for path in files(root)? {
        let name = path.to_string_lossy().into_owned();
        text::check_name(&name, &mut breaches);
        // A file that is not UTF-8 is a binary: only its name is looked at.
        let Ok(content) = std::fs::read_to_string(root.join(&path)) else { continue };
        text::check(&name, &content, &mut breaches);
        if name.ends_with(".rs") {
            rust::check(&name, &content, &mut breaches);
        }
    }
    layers::check(&metadata(root)?, &mut breaches)?;
    breaches.sort();
    Ok(breaches)
}

/// Files that git tracks or would track.
fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let listing = run(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    Ok(listing.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

fn metadata(root: &Path) -> Result<serde_json::Value, String> {
    let text = run(root, "cargo", &["metadata", "--format-version=1", "--no-deps"])?;
    serde_json::from_str(&text).map_err(|problem| format!("cargo metadata: {problem}"))
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).current_dir(root).output();
    let output = output.map_err(|problem| format!("cannot run {program}: {problem}"))?;
    if !output.status.success() {
        return Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|problem| format!("{program}: {problem}"))
}
