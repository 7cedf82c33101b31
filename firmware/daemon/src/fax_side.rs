//! The fax boxes under the exchange.

use crate::configuration::Configuration;
use crate::inbox::Inbox;
use crate::media_side::MediaSide;
use crate::records::Records;
use clock::{Monotonic, Now};
use desk::FaxView;
use exchange::Input;
use fax_terminal::{FaxBoxes, FaxConfig, FaxOutput};
use identity::LineId;
use std::sync::Arc;
use store::Entry;

/// The program of a terminal lies beside the daemon.
const PROGRAM: &str = "fastcall-fax";

pub struct FaxSide {
    pub boxes: FaxBoxes,
}

impl FaxSide {
    /// `waiting`: faxes that had not been sent when the box stopped.
    pub fn new(configuration: &Configuration, inbox: &Inbox, now: Monotonic, waiting: Vec<FaxView>) -> FaxSide {
        let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(PROGRAM)));
        let program = beside.unwrap_or_else(|| PROGRAM.into());
        if !fax_terminal::is_installed(&program) {
            tracing::warn!(program = %program.display(), "the fax terminal is not installed: faxes are neither received nor sent");
        }
        let config = FaxConfig { program, folder: configuration.faxes(), address: configuration.address };
        let waker = inbox.waker.clone();
        let mut boxes = FaxBoxes::new(config, Arc::new(move || waker.wake()));
        boxes.resume(now, waiting);
        FaxSide { boxes }
    }

    pub fn turn(&mut self, now: Now) {
        self.boxes.receive(now);
        self.boxes.expire(now);
    }

    /// What the exchange is to hear next; what is for the media engine or the database goes there.
    pub fn poll(&mut self, media: &mut MediaSide, records: &mut Records) -> Option<Input> {
        loop {
            match self.boxes.poll()? {
                FaxOutput::Leg { leg, indication } => return Some(Input::Leg { line: LineId::Fax, leg, indication }),
                FaxOutput::Registration { extension, contact } => {
                    return Some(Input::Registration { extension, contact });
                }
                FaxOutput::Media(request) => media.request(request),
                FaxOutput::Fax(fax) => {
                    if fax.state.ended() {
                        tracing::info!(fax = %fax.id, direction = ?fax.direction, state = fax.state.name(), pages = fax.pages, reason = fax.reason, "fax ended");
                    }
                    records.leave(Entry::Fax(Box::new(fax)));
                }
            }
        }
    }
}
