//! Running other programs, with failures that say what was run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a chore failed, in words for whoever typed the command.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(words: impl Into<String>) -> Failure {
        Failure(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(problem: std::io::Error) -> Failure {
        Failure(problem.to_string())
    }
}

/// Works from the workspace's root, wherever the command was typed.
pub fn enter_root() -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let root = root.ok_or_else(|| Failure::new("the workspace has no root"))?;
    std::env::set_current_dir(root).map_err(|problem| Failure(format!("{}: {problem}", root.display())))
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs to the end, output to the terminal.
pub fn execute(mut command: Command) -> Result<(), Failure> {
    let words = words_of(&command);
    let status = command.status().map_err(|problem| Failure(format!("cannot run `{words}`: {problem}")))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{words}` failed ({status})"))) }
}

pub fn execute_in(folder: &str, program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = command(program, arguments);
    command.current_dir(folder);
    execute(command)
}

pub fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    execute(command("cargo", arguments))
}

/// What a program prints; none if it cannot be run or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program, arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Announces a step and says how long it took.
pub fn step(name: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    println!("== {name}");
    let started = Instant::now();
    work()?;
    println!("== {name}: done in {:.0} s", started.elapsed().as_secs_f32());
    Ok(())
}

fn words_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
