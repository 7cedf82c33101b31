//! The exchange thread's ends of the media thread's rings.

use plan::{MediaIndication, MediaRequest};
use rtrb::{Consumer, Producer};
use std::collections::VecDeque;

/// Requests kept back at most while the ring is full: the media thread has then not run for seconds.
const BACKLOG: usize = 65_536;

pub struct MediaSide {
    requests: Producer<MediaRequest>,
    backlog: VecDeque<MediaRequest>,
    indications: Consumer<MediaIndication>,
    lost: u64,
}

impl MediaSide {
    pub fn new(requests: Producer<MediaRequest>, indications: Consumer<MediaIndication>) -> MediaSide {
        MediaSide { requests, backlog: VecDeque::new(), indications, lost: 0 }
    }

    /// Hands a request over, behind those that are kept back.
    pub fn request(&mut self, request: MediaRequest) {
        if self.backlog.len() == BACKLOG {
            self.lost += 1;
            return;
        }
        self.backlog.push_back(request);
        self.hand_over();
    }

    /// Hands over what was kept back. True if something still is.
    pub fn hand_over(&mut self) -> bool {
        while let Some(request) = self.backlog.pop_front() {
            if let Err(rtrb::PushError::Full(request)) = self.requests.push(request) {
                self.backlog.push_front(request);
                return true;
            }
        }
        false
    }

    pub fn poll(&mut self) -> Option<MediaIndication> {
        self.indications.pop().ok()
    }

    pub fn backlog(&self) -> usize {
        self.backlog.len()
    }

    pub fn lost(&self) -> u64 {
        self.lost
    }
}
