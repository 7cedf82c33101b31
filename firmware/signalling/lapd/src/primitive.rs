/// From layer 3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DlRequest {
    Establish,
    Release,
    /// Acknowledged information: delivered once and in order, or the link is released or re-established.
    Data(Vec<u8>),
    /// Unacknowledged information.
    UnitData(Vec<u8>),
}

/// To layer 3 (and layer management).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DlIndication {
    /// The peer established the link, or re-established it: unacknowledged information is lost.
    EstablishIndication,
    /// Our request was answered.
    EstablishConfirm,
    /// The peer released the link, or it failed.
    ReleaseIndication,
    ReleaseConfirm,
    Data(Vec<u8>),
    UnitData(Vec<u8>),
    Error(MdlError),
}

/// MDL-ERROR indications of Q.921 table II.1, by their letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MdlError {
    /// A: supervisory (F = 1), unsolicited.
    UnsolicitedFinal,
    /// B: DM (F = 1), unsolicited.
    UnsolicitedDmFinal,
    /// C: UA (F = 1), unsolicited.
    UnsolicitedUaFinal,
    /// D: UA (F = 0), unsolicited.
    UnsolicitedUa,
    /// E: DM (F = 0) received in an established state.
    PeerDisconnected,
    /// F: peer initiated re-establishment (SABME).
    PeerReestablished,
    /// G: SABME unanswered N200 times.
    EstablishFailed,
    /// H: DISC unanswered N200 times.
    ReleaseFailed,
    /// I: status enquiry unanswered N200 times.
    EnquiryFailed,
    /// J: N(R) error.
    BadSequence,
    /// K: FRMR received.
    FrameRejected,
    /// L: control field undefined.
    UndefinedControl,
    /// M: information field not permitted.
    InformationNotPermitted,
    /// N: frame with wrong length.
    WrongLength,
    /// O: N201 exceeded.
    TooLong,
}

impl MdlError {
    /// The link is set up anew for it: what the peer had on its way to us may be lost, though nothing of ours is.
    pub const fn loses_information(self) -> bool {
        match self {
            MdlError::PeerDisconnected
            | MdlError::PeerReestablished
            | MdlError::EnquiryFailed
            | MdlError::BadSequence
            | MdlError::FrameRejected
            | MdlError::UndefinedControl
            | MdlError::InformationNotPermitted
            | MdlError::WrongLength
            | MdlError::TooLong => true,
            MdlError::UnsolicitedFinal
            | MdlError::UnsolicitedDmFinal
            | MdlError::UnsolicitedUaFinal
            | MdlError::UnsolicitedUa
            | MdlError::EstablishFailed
            | MdlError::ReleaseFailed => false,
        }
    }

    /// The letter of table II.1.
    pub const fn letter(self) -> char {
        match self {
            MdlError::UnsolicitedFinal => 'A',
            MdlError::UnsolicitedDmFinal => 'B',
            MdlError::UnsolicitedUaFinal => 'C',
            MdlError::UnsolicitedUa => 'D',
            MdlError::PeerDisconnected => 'E',
            MdlError::PeerReestablished => 'F',
            MdlError::EstablishFailed => 'G',
            MdlError::ReleaseFailed => 'H',
            MdlError::EnquiryFailed => 'I',
            MdlError::BadSequence => 'J',
            MdlError::FrameRejected => 'K',
            MdlError::UndefinedControl => 'L',
            MdlError::InformationNotPermitted => 'M',
            MdlError::WrongLength => 'N',
            MdlError::TooLong => 'O',
        }
    }
}

/// What a link wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// A frame for the line, without FCS.
    Transmit(Vec<u8>),
    Indicate(DlIndication),
}
