//! Board descriptions as data.
//!
//! One TOML file says what a model of the box, in one revision, has: E1 ports and where their wires lead, analog ports, relays, lamps,
//! keys. The firmware asks the [`Board`] and never the model's name: a new revision adds a file, not a branch in the code.
//!
//! Real cards are named by the kernel's driver (`card = "dahdi-e1"`, `dahdi = { location = "PCI Bus 04 Slot 01", place = 2 }`, or by number
//! alone: `dahdi = 3`), or found by it: `cards = "auto"`.
//!
//! This crate reads and checks descriptions ([`Board::load`], [`Board::parse`]). It drives nothing.
//!
//! ```
//! let board = board::Board::parse(r#"
//!     model = "bench"
//!     revision = "1"
//!     name = "One E1 looped back"
//!     [[span]]
//!     id = 1
//!     card = "e1-simulated"
//!     connector = "E1-1"
//!     wire = "loop"
//! "#).unwrap();
//! assert_eq!(board.span(1).unwrap().wire, "loop");
//! ```

mod check;
mod description;

pub use check::Fault;
pub use description::{Board, Card, Cards, Colour, Dahdi, Joins, Key, Led, Port, PortKind, Relay, RelayRest, Span};

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a board description cannot be used.
#[derive(Debug)]
pub enum BoardError {
    /// The file cannot be read.
    Unreadable { path: PathBuf, problem: std::io::Error },
    /// It is no TOML, or says something that a board does not have.
    NotABoard(Box<toml::de::Error>),
    /// It contradicts itself.
    Faulty(Vec<Fault>),
}

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoardError::Unreadable { path, problem } => write!(f, "board file {}: {problem}", path.display()),
            BoardError::NotABoard(problem) => write!(f, "board file: {problem}"),
            BoardError::Faulty(faults) => {
                f.write_str("board file: ")?;
                for (place, fault) in faults.iter().enumerate() {
                    write!(f, "{}{fault}", if place > 0 { "; " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for BoardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BoardError::Unreadable { problem, .. } => Some(problem),
            BoardError::NotABoard(problem) => Some(problem),
            BoardError::Faulty(_) => None,
        }
    }
}

impl Board {
    /// Reads and checks a board file.
    pub fn load(path: &Path) -> Result<Board, BoardError> {
        let text = std::fs::read_to_string(path)
            .map_err(|problem| BoardError::Unreadable { path: path.to_owned(), problem })?;
        Board::parse(&text)
    }

    /// Reads and checks a board description.
    pub fn parse(text: &str) -> Result<Board, BoardError> {
        let board: Board = toml::from_str(text).map_err(|problem| BoardError::NotABoard(Box::new(problem)))?;
        let faults = check::faults(&board);
        if faults.is_empty() { Ok(board) } else { Err(BoardError::Faulty(faults)) }
    }
}
