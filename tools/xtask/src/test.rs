//! Everything that must hold before a commit lands.

use crate::shell::{self, Failure, cargo, step};
use crate::{build, checks, requirements, setup};

/// What is not in what ships, and tested all the same: G.729 by the system's library.
const TESTED: &str = "fastcalld/g729,interop/g729";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What a programmer runs between two edits.
    Fast,
    /// What CI runs.
    Whole,
}

pub fn test(extent: Extent) -> Result<(), Failure> {
    step("setup", || {
        setup::to_run()?;
        if extent == Extent::Whole { setup::to_test() } else { Ok(()) }
    })?;
    checks::check()?;
    step("requirements", requirements::check)?;
    step("prompts", build::prompts)?;
    step("console", console)?;
    // The tests of the daemon and of real peers start these.
    step("build", || cargo(&["build", "--quiet", "--workspace", "--features", TESTED]))?;
    match extent {
        Extent::Fast => step("tests", || {
            let without = ["--exclude", "interop", "--exclude", "simulation", "--features", "fastcalld/g729"];
            cargo(&[&["test", "--quiet", "--workspace"][..], &without].concat())
        }),
        Extent::Whole => {
            step("browser", browser)?;
            step("tests", || cargo(&["test", "--workspace", "--no-fail-fast", "--features", TESTED]))
        }
    }
}

fn console() -> Result<(), Failure> {
    build::web_packages()?;
    shell::execute_in("web", "npm", &["run", "--silent", "check"])?;
    shell::execute_in("web", "npx", &["vitest", "run", "--silent"])?;
    build::web()
}

/// The tables of cases of `tests/vectors`, each with what passes.
pub fn vectors() -> Result<(), Failure> {
    let packages = ["lapd", "q931", "bri", "r2", "analog", "detect"].map(|package| ["--package", package]);
    let tests = ["--test", "vectors", "--test", "management_vectors", "--", "--nocapture"];
    cargo(&[&["test", "--quiet"], packages.as_flattened(), &tests].concat())
}

/// Agents' and administrators' ways through the console, in a real browser on a real box.
pub fn browser() -> Result<(), Failure> {
    build::web()?;
    build::prompts()?;
    // With the features of the tests, so that nothing is built twice.
    let programs = ["--package", "fastcalld", "--package", "far-exchange", "--features", "fastcalld/g729"];
    cargo(&[&["build", "--quiet"][..], &programs].concat())?;
    build::browser_packages()?;
    crate::run::browser_test()
}
