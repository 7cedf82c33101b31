//! The common procedures of annex B: establish, enquiry, N(R) handling, sending I frames.

use crate::frame::{Command, Control, Supervisory};
use crate::link::{DataLink, State};
use crate::primitive::{DlIndication, MdlError};
use crate::window::Window;
use clock::Monotonic;

impl DataLink {
    /// ESTABLISH DATA LINK: SABME with P = 1 and wait. `unacknowledged`: information was on its way and is lost, which layer 3
    /// learns by an indication once the link is up again.
    pub(crate) fn establish(&mut self, now: Monotonic, layer3_initiated: bool, unacknowledged: bool) {
        self.state =
            State::AwaitingEstablishment { retries: 0, layer3_initiated, unacknowledged, release_wanted: false };
        self.stop_t203();
        self.send(Command::Command, Control::Sabme { poll: true }, &[]);
        self.start_t200(now);
    }

    /// Re-establishment on an error condition (5.7): layer 3 did not ask.
    pub(crate) fn reestablish(&mut self, now: Monotonic) {
        let unacknowledged = self.window().is_some_and(|w| !w.all_acknowledged());
        self.establish(now, false, unacknowledged);
    }

    /// Enter state 7 with V(S) = V(A) = V(R) = 0.
    pub(crate) fn enter_established(&mut self, now: Monotonic) {
        self.stop_t200();
        self.start_t203(now);
        self.state = State::Established(Window::default());
        self.push_frames(now);
    }

    /// DISC with P = 1 and wait.
    pub(crate) fn release(&mut self, now: Monotonic) {
        self.queue.clear();
        self.stop_t203();
        self.state = State::AwaitingRelease { retries: 0 };
        self.send(Command::Command, Control::Disc { poll: true }, &[]);
        self.start_t200(now);
    }

    /// The link is down: state 4.
    pub(crate) fn enter_released(&mut self) {
        self.queue.clear();
        self.stop_t200();
        self.stop_t203();
        self.state = State::TeiAssigned;
    }

    pub(crate) fn window(&self) -> Option<&Window> {
        match &self.state {
            State::Established(window) | State::TimerRecovery { window, .. } => Some(window),
            State::TeiAssigned | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => None,
        }
    }

    pub(crate) fn window_mut(&mut self) -> Option<&mut Window> {
        match &mut self.state {
            State::Established(window) | State::TimerRecovery { window, .. } => Some(window),
            State::TeiAssigned | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => None,
        }
    }

    /// TRANSMIT ENQUIRY: RR command with P = 1, T200 runs.
    pub(crate) fn transmit_enquiry(&mut self, now: Monotonic) {
        if let Some(window) = self.window_mut() {
            window.acknowledge_pending = false;
            let vr = window.vr;
            self.send_supervisory(Command::Command, Supervisory::ReceiveReady, vr, true);
            self.start_t200(now);
        }
    }

    /// ENQUIRY RESPONSE: RR response with F = 1.
    pub(crate) fn enquiry_response(&mut self) {
        if let Some(window) = self.window_mut() {
            window.acknowledge_pending = false;
            let vr = window.vr;
            self.send_supervisory(Command::Response, Supervisory::ReceiveReady, vr, true);
        }
    }

    /// Sends the RR that piggy-backing did not make unnecessary.
    pub(crate) fn acknowledge_if_pending(&mut self) {
        if let Some(window) = self.window_mut()
            && window.acknowledge_pending
        {
            window.acknowledge_pending = false;
            let vr = window.vr;
            self.send_supervisory(Command::Response, Supervisory::ReceiveReady, vr, false);
        }
    }

    /// Sends what the window allows, in state 7 and while the peer is not busy (5.6.1).
    pub(crate) fn push_frames(&mut self, now: Monotonic) {
        loop {
            let State::Established(window) = &mut self.state else { return };
            if window.peer_busy {
                return;
            }
            let nr = window.vr;
            let Some((ns, information)) = window.next(&mut self.queue, self.config.k) else { return };
            let information = information.to_vec();
            window.acknowledge_pending = false;
            self.send(Command::Command, Control::Information { ns, nr, poll: false }, &information);
            self.stop_t203();
            if !self.timers.runs(&crate::link::Timer::T200) {
                self.start_t200(now);
            }
        }
    }

    /// N(R) ERROR RECOVERY (5.8.2).
    pub(crate) fn sequence_error(&mut self, now: Monotonic) {
        self.error(MdlError::BadSequence);
        self.reestablish(now);
    }

    /// A frame rejection condition (5.8.5): re-establish if the link is up, else ignore.
    pub(crate) fn frame_rejection(&mut self, now: Monotonic, error: MdlError) {
        match self.state {
            State::Established(_) | State::TimerRecovery { .. } => {
                self.error(error);
                self.reestablish(now);
            }
            State::TeiAssigned | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => {
                self.error(error);
            }
        }
    }

    /// The peer's SABME while the link is up (states 7 and 8): answer, start anew, tell layer 3 if information was lost.
    pub(crate) fn peer_reestablished(&mut self, now: Monotonic, poll: bool) {
        self.send(Command::Response, Control::Ua { fin: poll }, &[]);
        self.error(MdlError::PeerReestablished);
        if self.window().is_some_and(|w| !w.all_acknowledged()) {
            self.queue.clear();
            self.indicate(DlIndication::EstablishIndication);
        }
        self.enter_established(now);
    }

    /// The peer's DISC while the link is up (5.5.3.2).
    pub(crate) fn peer_released(&mut self, poll: bool) {
        self.send(Command::Response, Control::Ua { fin: poll }, &[]);
        self.enter_released();
        self.indicate(DlIndication::ReleaseIndication);
    }
}
