//! Checks of the source: formatting, lints, style, licences.

use crate::setup;
use crate::shell::{self, Failure, cargo, step};

pub fn check() -> Result<(), Failure> {
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("lints", || {
        let clippy = ["clippy", "--quiet", "--workspace"];
        let strict = ["--", "--deny", "warnings"];
        // Helpers of tests may unwrap; what ships may not.
        let tests =
            ["--all-targets", "--features", "codec/g729", "--", "--deny", "warnings", "--allow", "clippy::unwrap_used"];
        cargo(&[&clippy[..], &["--lib", "--bins"], &strict].concat())?;
        cargo(&[&clippy[..], &tests].concat())
    })?;
    step("style", || cargo(&["run", "--quiet", "--package", "tidy"]))?;
    step("licences and sources", || {
        setup::cargo_deny()?;
        shell::cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])
    })
}
