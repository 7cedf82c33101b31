//! Rules for every text file: size, leftovers, words that do not belong in a project.

use crate::Breach;

/// Lines of a source file at most.
const MAX_LINES: usize = 600;

const SOURCES: [&str; 6] = [".rs", ".ts", ".vue", ".mjs", ".py", ".sh"];

/// Folders whose files are data from outside or made by a program: no size limit.
const GENERATED: [&str; 3] = ["tests/vectors/", "/generated/", "package-lock.json"];

/// File names that say nothing about what is inside.
const JUNK_DRAWERS: [&str; 6] = ["utils", "util", "common", "helpers", "misc", "manager"];

/// The lint settings of the firmware: clocks are banned everywhere but in adapters and the daemon.
const LINT_SETTINGS: [&str; 3] =
    ["firmware/clippy.toml", "firmware/adapters/clippy.toml", "firmware/daemon/clippy.toml"];

/// Marks of unfinished work, put together here so that this file does not name them.
fn leftovers() -> [String; 4] {
    [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["HA", "CK:"]].map(|parts| parts.concat())
}

/// Hosts of package registries: a lock file or document that names one cannot be used elsewhere.
fn registries() -> [String; 4] {
    [["crates", ".io/"], ["registry", ".npmjs"], ["pypi", ".org"], ["deb", ".debian"]].map(|parts| parts.concat())
}

pub fn check_name(name: &str, breaches: &mut Vec<Breach>) {
    let stem = name.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    if SOURCES.iter().any(|end| name.ends_with(end)) && JUNK_DRAWERS.contains(&stem) {
        breaches.push(Breach {
            file: name.to_owned(),
            line: 1,
            message: format!("`{stem}` is a junk drawer: name the file after what it does"),
        });
    }
    if name.starts_with("firmware/") && name.ends_with("/clippy.toml") && !LINT_SETTINGS.contains(&name) {
        breaches.push(Breach {
            file: name.to_owned(),
            line: 1,
            message: "a crate's own clippy.toml silently replaces firmware/clippy.toml: delete it".to_owned(),
        });
    }
}

pub fn check(name: &str, content: &str, breaches: &mut Vec<Breach>) {
    let generated = GENERATED.iter().any(|part| name.contains(part));
    let source = SOURCES.iter().any(|end| name.ends_with(end));
    let lines = content.lines().count();
    if source && !generated && lines > MAX_LINES {
        breaches.push(Breach {
            file: name.to_owned(),
            line: MAX_LINES,
            message: format!("{lines} lines, at most {MAX_LINES}: split by responsibility"),
        });
    }
    let (leftovers, registries) = (leftovers(), registries());
    for (index, line) in content.lines().enumerate() {
        let mut breach = |message: String| breaches.push(Breach { file: name.to_owned(), line: index + 1, message });
        if let Some(mark) = leftovers.iter().find(|mark| source && line.contains(mark.as_str())) {
            breach(format!("leftover {mark}: do it now, or write down what is missing where users look"));
        }
        if let Some(host) = registries.iter().find(|host| line.contains(host.as_str()))
            && name != "Cargo.lock"
        {
            breach(format!("names the registry {host}: leave registries to the client's settings"));
        }
        if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") {
            breach("a merge conflict: settle it".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(name: &str, content: &str) -> Vec<String> {
        let mut found = Vec::new();
        check_name(name, &mut found);
        check(name, content, &mut found);
        found.into_iter().map(|breach| breach.message).collect()
    }

    #[test]
    fn long_source_is_told_but_vectors_are_not() {
        let long = "x\n".repeat(601);
        assert_eq!(breaches("a/b.rs", &long).len(), 1);
        assert_eq!(breaches("tests/vectors/b.rs", &long).len(), 0);
        assert_eq!(breaches("a/b.md", &long).len(), 0);
    }

    #[test]
    fn leftovers_and_junk_drawers_are_told() {
        assert_eq!(breaches("a/b.rs", &format!("// {}: later", leftovers()[0])).len(), 1);
        assert_eq!(breaches("a/utils.rs", "").len(), 1);
        assert_eq!(breaches("firmware/x/clippy.toml", "").len(), 1);
        assert_eq!(breaches("a/b.toml", &format!("url = \"{}x\"", registries()[0])).len(), 1);
    }
}
