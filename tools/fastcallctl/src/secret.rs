//! Passwords: out of the environment, typed without being shown, or a line of standard input; never out of the command line, which
//! others can see.

use crate::failure::Failure;
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Stdin, Write};

/// Asks for a password that the environment does not have.
pub fn ask(variable: &str, prompt: &str) -> Result<String, Failure> {
    if let Ok(secret) = std::env::var(variable) {
        return Ok(secret);
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        return line(&input);
    }
    typed(&input, prompt)
}

/// Asks for a new password; one that is typed unseen is typed twice.
pub fn ask_new(variable: &str, prompt: &str) -> Result<String, Failure> {
    let first = ask(variable, prompt)?;
    let input = std::io::stdin();
    if std::env::var_os(variable).is_none() && input.is_terminal() && typed(&input, "Once more: ")? != first {
        return Err(Failure::usage("the two differ"));
    }
    Ok(first)
}

fn line(input: &Stdin) -> Result<String, Failure> {
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    read.map_err(|problem| Failure::File(format!("standard input: {problem}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn typed(input: &Stdin, prompt: &str) -> Result<String, Failure> {
    let unseen = Unseen::begin(input)?;
    // On standard error, so that a redirected output has only what was asked for.
    let mut screen = std::io::stderr();
    let asked = screen.write_all(prompt.as_bytes()).and_then(|()| screen.flush());
    asked.map_err(|problem| Failure::File(format!("standard error: {problem}")))?;
    let secret = line(input);
    drop(unseen);
    eprintln!();
    secret
}

/// While it lives, the terminal does not show what is typed.
struct Unseen<'a> {
    terminal: &'a Stdin,
    before: Termios,
}

impl Unseen<'_> {
    fn begin(terminal: &Stdin) -> Result<Unseen<'_>, Failure> {
        let failed = |problem| Failure::File(format!("terminal: {problem}"));
        let before = tcgetattr(terminal).map_err(failed)?;
        let mut unseen = before.clone();
        unseen.local_flags.remove(LocalFlags::ECHO);
        // What was typed ahead, and shown, is no part of the password.
        tcsetattr(terminal, SetArg::TCSAFLUSH, &unseen).map_err(failed)?;
        Ok(Unseen { terminal, before })
    }
}

impl Drop for Unseen<'_> {
    fn drop(&mut self) {
        if let Err(problem) = tcsetattr(self.terminal, SetArg::TCSANOW, &self.before) {
            eprintln!("fastcallctl: the terminal stays without echo ({problem}); type: stty echo");
        }
    }
}
