//! States 7 and 8: I and supervisory frames, acknowledgement and recovery.

use super::establishing::unsolicited_ua;
use crate::frame::{Command, Control, Frame, Supervisory};
use crate::link::{DataLink, State};
use crate::primitive::{DlIndication, MdlError};
use clock::Monotonic;

/// State 7.
pub(crate) fn established(link: &mut DataLink, now: Monotonic, frame: Frame<'_>) {
    match frame.control {
        Control::Information { ns, nr, poll } => {
            take_information(link, ns, poll, frame.information);
            acknowledged(link, now, nr);
            link.push_frames(now);
        }
        Control::Supervisory { kind, nr, pf } => {
            match (frame.address.command, pf) {
                (Command::Command, true) => link.enquiry_response(),
                (Command::Response, true) => link.error(MdlError::UnsolicitedFinal),
                (Command::Command | Command::Response, false) => {}
            }
            supervisory(link, now, kind, nr);
        }
        Control::Dm { fin: true } => link.error(MdlError::UnsolicitedDmFinal),
        control => unnumbered(link, now, control),
    }
}

/// State 8.
pub(crate) fn timer_recovery(link: &mut DataLink, now: Monotonic, frame: Frame<'_>) {
    match frame.control {
        Control::Information { ns, nr, poll } => {
            take_information(link, ns, poll, frame.information);
            acknowledged_in_recovery(link, now, nr);
        }
        Control::Supervisory { kind, nr, pf } => {
            set_peer_busy(link, kind);
            match (frame.address.command, pf) {
                (Command::Response, true) => return recovered(link, now, nr),
                (Command::Command, true) => link.enquiry_response(),
                (Command::Command | Command::Response, false) => {}
            }
            acknowledged_in_recovery(link, now, nr);
        }
        Control::Dm { fin: true } => {
            link.error(MdlError::UnsolicitedDmFinal);
            link.reestablish(now);
        }
        control => unnumbered(link, now, control),
    }
}

/// Unnumbered frames that states 7 and 8 treat alike.
fn unnumbered(link: &mut DataLink, now: Monotonic, control: Control) {
    match control {
        Control::Sabme { poll } => link.peer_reestablished(now, poll),
        Control::Disc { poll } => link.peer_released(poll),
        Control::Ua { fin } => link.error(unsolicited_ua(fin)),
        Control::Dm { .. } => {
            link.error(MdlError::PeerDisconnected);
            link.reestablish(now);
        }
        Control::Frmr { .. } => {
            link.error(MdlError::FrameRejected);
            link.reestablish(now);
        }
        Control::Information { .. } | Control::Supervisory { .. } | Control::UnnumberedInformation => {
            link.unexpected();
        }
    }
}

/// 5.6.2: in sequence it goes up, out of sequence a REJ asks for it once.
fn take_information(link: &mut DataLink, ns: u8, poll: bool, information: &[u8]) {
    let Some(window) = link.window_mut() else { return };
    if ns == window.vr {
        window.vr = (window.vr + 1) & 127;
        window.reject_exception = false;
        window.acknowledge_pending = !poll;
        let vr = window.vr;
        link.indicate(DlIndication::Data(information.to_vec()));
        if poll {
            link.send_supervisory(Command::Response, Supervisory::ReceiveReady, vr, true);
        }
        return;
    }
    let again = std::mem::replace(&mut window.reject_exception, true);
    let vr = window.vr;
    link.counters.out_of_sequence += 1;
    if !again {
        clear_pending(link);
        link.send_supervisory(Command::Response, Supervisory::Reject, vr, poll);
    } else if poll {
        clear_pending(link);
        link.send_supervisory(Command::Response, Supervisory::ReceiveReady, vr, true);
    }
}

fn clear_pending(link: &mut DataLink) {
    if let Some(window) = link.window_mut() {
        window.acknowledge_pending = false;
    }
}

fn set_peer_busy(link: &mut DataLink, kind: Supervisory) {
    if let Some(window) = link.window_mut() {
        window.peer_busy = kind == Supervisory::ReceiveNotReady;
    }
}

/// RR, RNR and REJ in state 7 (5.6.3 to 5.6.5).
fn supervisory(link: &mut DataLink, now: Monotonic, kind: Supervisory, nr: u8) {
    set_peer_busy(link, kind);
    let Some(window) = link.window_mut() else { return };
    if !window.valid(nr) {
        return link.sequence_error(now);
    }
    match kind {
        Supervisory::ReceiveReady => acknowledged(link, now, nr),
        Supervisory::ReceiveNotReady => {
            window.acknowledge(nr);
            link.stop_t203();
            link.start_t200(now);
        }
        Supervisory::Reject => {
            window.acknowledge(nr);
            link.stop_t200();
            link.start_t203(now);
            retransmit(link);
        }
    }
    link.push_frames(now);
}

/// The peer has everything before N(R), state 7.
fn acknowledged(link: &mut DataLink, now: Monotonic, nr: u8) {
    let Some(window) = link.window_mut() else { return };
    if !window.valid(nr) {
        return link.sequence_error(now);
    }
    let news = nr != window.va;
    window.acknowledge(nr);
    let all = nr == window.vs;
    if window.peer_busy {
        return;
    }
    if all {
        link.stop_t200();
        link.start_t203(now);
    } else if news {
        link.start_t200(now);
    }
}

fn acknowledged_in_recovery(link: &mut DataLink, now: Monotonic, nr: u8) {
    let Some(window) = link.window_mut() else { return };
    if window.valid(nr) {
        window.acknowledge(nr);
    } else {
        link.sequence_error(now);
    }
}

/// The answer to our enquiry: state 8 to 7 (5.6.7).
fn recovered(link: &mut DataLink, now: Monotonic, nr: u8) {
    let Some(window) = link.window_mut() else { return };
    if !window.valid(nr) {
        return link.sequence_error(now);
    }
    window.acknowledge(nr);
    if let State::TimerRecovery { window, .. } = std::mem::replace(&mut link.state, State::TeiAssigned) {
        let busy = window.peer_busy;
        link.state = State::Established(window);
        link.stop_t200();
        if busy {
            link.start_t200(now);
        } else {
            link.start_t203(now);
        }
    }
    retransmit(link);
    link.push_frames(now);
}

/// INVOKE RETRANSMISSION: V(S) := V(A).
fn retransmit(link: &mut DataLink) {
    let Some(window) = link.window_mut() else { return };
    let again = u64::from(window.outstanding());
    window.go_back();
    link.counters.retransmitted += again;
}
