//! One fax call: a leg and its terminal.

use crate::process::Process;
use clock::{Millis, Monotonic, WallTime};
use desk::{FaxState, FaxView};
use facsimile::{MOST_DATAGRAM, Order, Outcome, Report};
use legs::ImageStream;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A terminal has to be there so soon.
pub(crate) const START_WITHIN: Millis = Millis::secs(10);
/// The longest fax call: a thousand pages at the slowest speed would take longer, and nobody sends them.
pub(crate) const LONGEST: Millis = Millis::secs(2 * 3600);
/// After the last word of a terminal the line still carries it.
pub(crate) const LAST_WORDS: Millis = Millis::secs(1);

/// Where a call is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The terminal is starting.
    Starting,
    /// To be sent: the far end is being called.
    Calling,
    Talking,
    /// The terminal is done; the leg is released when its last words are out.
    Done,
}

pub(crate) struct FaxCall {
    pub view: FaxView,
    pub stage: Stage,
    pub process: Process,
    /// Its reports go on.
    pub running: bool,
    pub file: PathBuf,
    /// The media engine's port on this side.
    pub local_port: u16,
    /// The terminal's.
    pub remote: Option<SocketAddr>,
    /// When something has to have happened.
    pub due: Monotonic,
}

impl FaxCall {
    /// Takes what the terminal says. True: the view changed.
    pub fn hear(&mut self, now: Monotonic, wall: WallTime, host: IpAddr, report: Report) -> bool {
        let view = &mut self.view;
        match report {
            Report::Listening { port } => {
                self.remote = Some(SocketAddr::new(host, port));
                return false;
            }
            Report::Agreed { station, bits_a_second, .. } => {
                (view.station, view.bits_a_second) = (station, bits_a_second);
            }
            Report::Page { number, .. } => view.pages = number,
            Report::Ended { outcome, pages, station, bits_a_second } => {
                view.pages = view.pages.max(pages);
                if !station.is_empty() {
                    view.station = station;
                }
                view.bits_a_second = view.bits_a_second.max(bits_a_second);
                let (state, reason) = match outcome {
                    Outcome::Complete => (FaxState::Complete, String::new()),
                    Outcome::NoFax { reason } => (FaxState::NoFax, reason),
                    Outcome::Broken { reason } => (FaxState::Broken, reason),
                };
                self.end(wall, state, reason);
                (self.stage, self.due) = (Stage::Done, now + LAST_WORDS);
            }
        }
        true
    }

    /// The first end counts.
    pub fn end(&mut self, wall: WallTime, state: FaxState, reason: String) {
        if !self.view.state.ended() {
            (self.view.state, self.view.reason, self.view.ended) = (state, reason, Some(wall));
        }
    }

    /// Where the terminal takes packets, while the conversation may still begin anew: no page is through.
    pub fn own_stream(&self) -> Option<ImageStream> {
        let may = self.stage == Stage::Talking && self.view.pages == 0 && !self.view.state.ended();
        let address = self.remote.filter(|_| may)?;
        Some(ImageStream { address, max_datagram: MOST_DATAGRAM as u16 })
    }

    /// The call is up: the terminal hears it.
    pub fn connect(&mut self, now: Monotonic, host: IpAddr) {
        (self.stage, self.due) = (Stage::Talking, now + LONGEST);
        self.process.order(&Order::Sound { remote: SocketAddr::new(host, self.local_port) });
    }
}
