//! DL primitives and timers, state by state.

use crate::frame::{Command, Control};
use crate::link::{DataLink, State};
use crate::primitive::{DlIndication, MdlError};
use clock::Monotonic;

impl DataLink {
    pub(crate) fn establish_request(&mut self, now: Monotonic) {
        match &mut self.state {
            State::TeiAssigned => self.establish(now, true, false),
            State::AwaitingEstablishment { layer3_initiated, .. } => {
                *layer3_initiated = true;
                self.queue.clear();
            }
            // Saved by the standard until the release is over: layer 3 asks again on the confirm.
            State::AwaitingRelease { .. } => self.unexpected(),
            State::Established(_) | State::TimerRecovery { .. } => {
                self.queue.clear();
                self.establish(now, true, false);
            }
        }
    }

    pub(crate) fn release_request(&mut self, now: Monotonic) {
        match &mut self.state {
            State::TeiAssigned => self.indicate(DlIndication::ReleaseConfirm),
            State::AwaitingEstablishment { release_wanted, .. } => *release_wanted = true,
            State::AwaitingRelease { .. } => self.unexpected(),
            State::Established(_) | State::TimerRecovery { .. } => self.release(now),
        }
    }

    pub(crate) fn data_request(&mut self, now: Monotonic, information: Vec<u8>) {
        match self.state {
            State::AwaitingEstablishment { .. } | State::Established(_) | State::TimerRecovery { .. } => {
                if self.has_room(&information) {
                    self.queue.push_back(information);
                    self.push_frames(now);
                }
            }
            State::TeiAssigned | State::AwaitingRelease { .. } => self.counters.refused += 1,
        }
    }

    pub(crate) fn t200_expired(&mut self, now: Monotonic) {
        let limit = self.config.n200;
        match &mut self.state {
            State::AwaitingEstablishment { retries, .. } if *retries < limit => {
                *retries += 1;
                self.send(Command::Command, Control::Sabme { poll: true }, &[]);
                self.start_t200(now);
            }
            State::AwaitingEstablishment { .. } => {
                self.queue.clear();
                self.state = State::TeiAssigned;
                self.error(MdlError::EstablishFailed);
                self.indicate(DlIndication::ReleaseIndication);
            }
            State::AwaitingRelease { retries } if *retries < limit => {
                *retries += 1;
                self.send(Command::Command, Control::Disc { poll: true }, &[]);
                self.start_t200(now);
            }
            State::AwaitingRelease { .. } => {
                self.state = State::TeiAssigned;
                self.error(MdlError::ReleaseFailed);
                self.indicate(DlIndication::ReleaseConfirm);
            }
            State::Established(_) => self.begin_recovery(now),
            State::TimerRecovery { retries, .. } if *retries < limit => {
                *retries += 1;
                self.transmit_enquiry(now);
            }
            State::TimerRecovery { .. } => {
                self.error(MdlError::EnquiryFailed);
                self.reestablish(now);
            }
            State::TeiAssigned => self.unexpected(),
        }
    }

    pub(crate) fn t203_expired(&mut self, now: Monotonic) {
        match self.state {
            State::Established(_) => self.begin_recovery(now),
            State::TeiAssigned
            | State::AwaitingEstablishment { .. }
            | State::AwaitingRelease { .. }
            | State::TimerRecovery { .. } => self.unexpected(),
        }
    }

    /// State 7 to 8: ask the peer where it stands (5.6.7, 5.10.2).
    fn begin_recovery(&mut self, now: Monotonic) {
        let State::Established(window) = std::mem::replace(&mut self.state, State::TeiAssigned) else { return };
        self.stop_t203();
        self.state = State::TimerRecovery { window, retries: 0 };
        self.transmit_enquiry(now);
    }
}
