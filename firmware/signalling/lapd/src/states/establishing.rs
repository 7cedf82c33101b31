//! States 4, 5 and 6.

use crate::frame::{Command, Control, Frame};
use crate::link::{DataLink, State};
use crate::primitive::{DlIndication, MdlError};
use clock::Monotonic;

/// State 4.
pub(crate) fn tei_assigned(link: &mut DataLink, now: Monotonic, frame: Frame<'_>) {
    match frame.control {
        Control::Sabme { poll } => {
            link.send(Command::Response, Control::Ua { fin: poll }, &[]);
            link.enter_established(now);
            link.indicate(DlIndication::EstablishIndication);
        }
        Control::Disc { poll } => link.send(Command::Response, Control::Dm { fin: poll }, &[]),
        Control::Ua { fin } => link.error(unsolicited_ua(fin)),
        // A peer that says it is disconnected, unasked, wants the link (5.5.4).
        Control::Dm { fin: false } => link.establish(now, true, false),
        Control::Dm { fin: true } => link.unexpected(),
        Control::Information { .. }
        | Control::Supervisory { .. }
        | Control::Frmr { .. }
        | Control::UnnumberedInformation => link.unexpected(),
    }
}

/// State 5.
pub(crate) fn awaiting_establishment(link: &mut DataLink, now: Monotonic, frame: Frame<'_>) {
    match frame.control {
        // Collision of like commands: both answer and both go on waiting (5.5.5.1).
        Control::Sabme { poll } => link.send(Command::Response, Control::Ua { fin: poll }, &[]),
        Control::Disc { poll } => link.send(Command::Response, Control::Dm { fin: poll }, &[]),
        Control::Ua { fin: true } => confirm_establishment(link, now),
        Control::Ua { fin: false } => link.error(MdlError::UnsolicitedUa),
        Control::Dm { fin: true } => {
            let wanted = matches!(link.state, State::AwaitingEstablishment { release_wanted: true, .. });
            link.enter_released();
            link.indicate(if wanted { DlIndication::ReleaseConfirm } else { DlIndication::ReleaseIndication });
        }
        Control::Dm { fin: false } => link.unexpected(),
        Control::Information { .. }
        | Control::Supervisory { .. }
        | Control::Frmr { .. }
        | Control::UnnumberedInformation => link.unexpected(),
    }
}

fn confirm_establishment(link: &mut DataLink, now: Monotonic) {
    let State::AwaitingEstablishment { layer3_initiated, unacknowledged, release_wanted, .. } = link.state else {
        return;
    };
    if layer3_initiated {
        link.indicate(DlIndication::EstablishConfirm);
    } else if unacknowledged {
        link.queue.clear();
        link.indicate(DlIndication::EstablishIndication);
    }
    link.enter_established(now);
    if release_wanted {
        link.release(now);
    }
}

/// State 6.
pub(crate) fn awaiting_release(link: &mut DataLink, _now: Monotonic, frame: Frame<'_>) {
    match frame.control {
        Control::Sabme { poll } => link.send(Command::Response, Control::Dm { fin: poll }, &[]),
        Control::Disc { poll } => link.send(Command::Response, Control::Ua { fin: poll }, &[]),
        Control::Ua { fin: true } | Control::Dm { fin: true } => {
            link.enter_released();
            link.indicate(DlIndication::ReleaseConfirm);
        }
        Control::Ua { fin: false } => link.error(MdlError::UnsolicitedUa),
        Control::Dm { fin: false }
        | Control::Information { .. }
        | Control::Supervisory { .. }
        | Control::Frmr { .. }
        | Control::UnnumberedInformation => link.unexpected(),
    }
}

/// MDL-ERROR C or D.
pub(crate) fn unsolicited_ua(fin: bool) -> MdlError {
    if fin { MdlError::UnsolicitedUaFinal } else { MdlError::UnsolicitedUa }
}
