//! Builds that cargo does not do: the console and the prompt library.

use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where the synthesised prompts go; shipped in the image as `/usr/share/fastcall/prompts`.
pub fn prompt_folder() -> PathBuf {
    shell::target().join("prompts")
}

/// Builds the console, unless it is newer than all it is made from.
pub fn web() -> Result<(), Failure> {
    let made = modified(Path::new("web/dist/index.html"));
    let sources = ["web/src", "web/index.html", "web/package-lock.json", "web/vite.config.ts"];
    if made.is_some_and(|made| sources.iter().all(|source| newest(Path::new(source)) <= Some(made))) {
        return Ok(());
    }
    web_packages()?;
    shell::execute_in("web", "npm", &["run", "--silent", "build"])
}

/// npm packages as the lock file says, unless they are there.
pub fn web_packages() -> Result<(), Failure> {
    packages_in("web")
}

pub fn browser_packages() -> Result<(), Failure> {
    packages_in("tests/browser")
}

fn packages_in(folder: &str) -> Result<(), Failure> {
    let lock = Path::new(folder).join("package-lock.json");
    let installed = Path::new(folder).join("node_modules/.package-lock.json");
    if modified(&installed) >= modified(&lock) && modified(&installed).is_some() {
        return Ok(());
    }
    shell::execute_in(folder, "npm", &["ci", "--silent", "--no-audit", "--no-fund"])
}

/// Synthesises the prompts, unless they are newer than their texts.
pub fn prompts() -> Result<(), Failure> {
    let stamp = prompt_folder().join("made");
    let texts = modified(Path::new("firmware/services/ivr/prompts.toml"));
    let maker = newest(Path::new("tools/prompts/src"));
    if modified(&stamp).is_some() && modified(&stamp) > texts.max(maker) {
        return Ok(());
    }
    let folder = prompt_folder();
    let folder = folder.to_str().ok_or_else(|| Failure::new("the target folder's name is not UTF-8"))?;
    shell::cargo(&["run", "--quiet", "--package", "prompts", "--", "firmware/services/ivr/prompts.toml", folder])?;
    Ok(std::fs::write(stamp, "")?)
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|facts| facts.modified()).ok()
}

/// The newest change in a folder or file.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = modified(path);
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    entries.flatten().map(|entry| newest(&entry.path())).max().flatten().max(own)
}
