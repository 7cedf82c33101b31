//! Checks of the source: formatting, lints, style, licences.

use crate::setup;
use crate::shell::{self, Failure, cargo, step};

pub fn check() -> Result<(), Failure> {
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("lints", || cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    step("style", || cargo(&["run", "--quiet", "--package", "tidy"]))?;
    step("licences and sources", || {
        setup::cargo_deny()?;
        shell::cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])
    })
}
