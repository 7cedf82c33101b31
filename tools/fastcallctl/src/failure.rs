use std::fmt;
use std::process::ExitCode;

/// Why it did not work, by whose fault.
#[derive(Debug)]
pub enum Failure {
    Usage(String),
    /// A file here.
    File(String),
    /// The box answered with an error.
    Refused {
        status: u16,
        words: String,
    },
    Unreachable(String),
    /// The box said something that this program does not understand.
    Answer(String),
    /// What was looked at here is not as it should be.
    Wrong(String),
    OutputClosed,
}

impl Failure {
    pub fn usage(words: impl Into<String>) -> Failure {
        Failure::Usage(words.into())
    }

    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Refused { status: 401 | 403, .. } => 4,
            Failure::Refused { .. } | Failure::Answer(_) | Failure::Wrong(_) => 1,
            Failure::Usage(_) | Failure::File(_) => 2,
            Failure::Unreachable(_) => 3,
            Failure::OutputClosed => 0,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(words) => write!(f, "{words}; see fastcallctl --help"),
            Failure::File(words) | Failure::Wrong(words) => f.write_str(words),
            Failure::Refused { status: 401, words } => write!(f, "{words} (fastcallctl login LOGIN)"),
            Failure::Refused { words, .. } => f.write_str(words),
            Failure::Unreachable(words) => write!(f, "the box cannot be reached: {words}; is --box right?"),
            Failure::Answer(words) => write!(f, "the box's answer cannot be read: {words}"),
            Failure::OutputClosed => f.write_str("nobody reads the output"),
        }
    }
}
