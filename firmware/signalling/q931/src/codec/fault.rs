/// Why a frame is ignored as a whole (5.8.1 to 5.8.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// 5.8.1: not Q.931's protocol discriminator.
    Discriminator(u8),
    /// 5.8.2: too short to contain a message type.
    TooShort,
    /// 5.8.3.1: spare bits of the call reference's length octet, or more than two octets.
    CallReference,
}

/// An information element that cannot be read. The message's other elements stay usable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IeError {
    /// Its identifier, in codeset 0 unless `kind` says otherwise.
    pub ie: u8,
    /// Where it begins in the frame.
    pub offset: usize,
    pub kind: IeErrorKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IeErrorKind {
    /// Its length runs past the end of the message.
    Truncated,
    /// Shorter than its mandatory octets.
    Short,
    /// Longer than table 4-3 allows.
    Long,
    /// A reserved or contradictory code point (5.8.6.2, 5.8.7.2).
    Content,
    /// Not known to us, and its sender demands that it be understood (5.8.7.1).
    ComprehensionRequired,
    /// A shift to a codeset that does not exist, or downwards (4.5.3).
    Shift,
}
