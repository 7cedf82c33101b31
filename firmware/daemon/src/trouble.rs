//! Why the daemon cannot start or go on.

use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub enum Trouble {
    Board(board::BoardError),
    Store(store::StoreError),
    File {
        path: PathBuf,
        problem: std::io::Error,
    },
    BadFirstSettings(String),
    NoRandomness(String),
    /// The board names a wire that is none, or that cannot be opened.
    Wire {
        span: u16,
        problem: String,
    },
    /// A thread cannot be started.
    Thread {
        name: &'static str,
        problem: std::io::Error,
    },
    /// A socket cannot be opened.
    Socket {
        what: &'static str,
        problem: std::io::Error,
    },
    /// A part that the box cannot live without died.
    Died(&'static str),
}

impl Trouble {
    pub fn file(path: &Path, problem: std::io::Error) -> Trouble {
        Trouble::File { path: path.to_owned(), problem }
    }

    /// The exit code that a service manager sees: 1 for what a restart does not mend, 3 for what it does.
    pub fn exit_code(&self) -> u8 {
        match self {
            Trouble::Died(_) => 3,
            Trouble::Board(_)
            | Trouble::Store(_)
            | Trouble::File { .. }
            | Trouble::BadFirstSettings(_)
            | Trouble::NoRandomness(_)
            | Trouble::Wire { .. }
            | Trouble::Thread { .. }
            | Trouble::Socket { .. } => 1,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Board(problem) => write!(f, "{problem}"),
            Trouble::Store(problem) => write!(f, "database: {problem}"),
            Trouble::File { path, problem } => write!(f, "{}: {problem}", path.display()),
            Trouble::BadFirstSettings(problem) => write!(f, "first settings: {problem}"),
            Trouble::NoRandomness(problem) => write!(f, "no randomness to be had: {problem}"),
            Trouble::Wire { span, problem } => write!(f, "span {span}: {problem}"),
            Trouble::Thread { name, problem } => write!(f, "cannot start the {name} thread: {problem}"),
            Trouble::Socket { what, problem } => write!(f, "{what}: {problem}"),
            Trouble::Died(part) => write!(f, "the {part} died"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<board::BoardError> for Trouble {
    fn from(problem: board::BoardError) -> Trouble {
        Trouble::Board(problem)
    }
}

impl From<store::StoreError> for Trouble {
    fn from(problem: store::StoreError) -> Trouble {
        Trouble::Store(problem)
    }
}
