use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What a terminal does with the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was called: it answers with CED and takes pages into the file.
    Receive,
    /// It called: it sends CNG and the file's pages.
    Send,
}

/// A line to a terminal. The first is `Begin`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum Order {
    Begin {
        kind: Kind,
        /// The TIFF file to send or to make.
        file: PathBuf,
        /// The number that the far end shows and prints (T.30 5.3.6.2.4 to 5.3.6.2.6): up to 20 digits, `+` and spaces.
        station: String,
        /// A line at the top of each page sent; empty: none.
        header: String,
        /// Error correction (T.30 annex A).
        error_correction: bool,
        /// The address of the box that its socket is on, and the first and last port that it may have.
        bind: IpAddr,
        ports: (u16, u16),
    },
    /// Sound as RTP, A-law, 20 ms a packet, from and to there.
    Sound { remote: SocketAddr },
    /// T.38's packets from and to there. The conversation begins anew (T.38 8.1).
    Packets { remote: SocketAddr, max_datagram: u16 },
    /// The call is over.
    End,
}

/// A line from a terminal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "report")]
pub enum Report {
    /// Where it listens.
    Listening { port: u16 },
    /// The far end was heard to be a fax, and what was agreed.
    Agreed { station: String, bits_a_second: u32, error_correction: bool },
    /// A page is through.
    Page { number: u32, bad_rows: u32 },
    /// All is over; the last line.
    Ended { outcome: Outcome, pages: u32, station: String, bits_a_second: u32 },
}

/// How a fax ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    Complete,
    /// The far end is no fax, or it did not answer as one.
    NoFax {
        reason: String,
    },
    /// It broke off; the pages before are whole.
    Broken {
        reason: String,
    },
}
