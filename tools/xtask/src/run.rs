//! Starts the box on this machine: placeholder until the daemon's command line is fixed.
use crate::shell::Failure;
pub fn run(_words: &[&str]) -> Result<(), Failure> {
    Err(Failure::new("not wired"))
}
pub fn browser_test() -> Result<(), Failure> {
    Err(Failure::new("not wired"))
}
