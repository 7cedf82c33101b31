use crate::abi::ELAST;
use std::fmt;
use std::io;

/// What the request was about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// The interface as a whole.
    Interface,
    Span(u16),
    Channel(u16),
    /// A dynamic span by its driver and address.
    Dynamic(String),
}

/// Why the kernel did not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// The node is not there: the driver is not loaded, or the program may not open it.
    NotLoaded(io::Error),
    /// No such span or channel.
    Absent(Subject),
    /// Another program has the channel, or it is in a state that forbids the request.
    Busy(Subject),
    /// The hardware or its driver does not do this.
    Unsupported { subject: Subject, request: &'static str },
    /// We asked for what makes no sense for this span or channel as it is configured.
    Refused { subject: Subject, request: &'static str },
    /// A card went away or fails.
    Fault { subject: Subject, request: &'static str, cause: io::Error },
}

impl Error {
    pub(crate) fn of(subject: Subject, request: &'static str, cause: io::Error) -> Error {
        use nix::libc::{EBUSY, EEXIST, EINVAL, ENODEV, ENOSYS, ENOTTY, ENXIO};
        match cause.raw_os_error() {
            Some(ENXIO | ENODEV) => Error::Absent(subject),
            Some(EBUSY) => Error::Busy(subject),
            Some(ENOSYS | ENOTTY) => Error::Unsupported { subject, request },
            Some(EINVAL | EEXIST) => Error::Refused { subject, request },
            _ => Error::Fault { subject, request, cause },
        }
    }
}

/// An event waits, and nothing is read or written before it is fetched.
pub(crate) fn event_waits(cause: &io::Error) -> bool {
    cause.raw_os_error() == Some(ELAST)
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Interface => f.write_str("DAHDI"),
            Subject::Span(span) => write!(f, "span {span}"),
            Subject::Channel(channel) => write!(f, "channel {channel}"),
            Subject::Dynamic(address) => write!(f, "dynamic span {address}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotLoaded(cause) => write!(f, "the DAHDI driver cannot be opened: {cause}"),
            Error::Absent(subject) => write!(f, "{subject} does not exist"),
            Error::Busy(subject) => write!(f, "{subject} is busy"),
            Error::Unsupported { subject, request } => write!(f, "{subject} cannot do {request}"),
            Error::Refused { subject, request } => write!(f, "{subject} refuses {request}"),
            Error::Fault { subject, request, cause } => write!(f, "{subject}: {request}: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_from_a_mistake_of_ours() {
        let errno = |number| io::Error::from_raw_os_error(number);
        let subject = || Subject::Channel(3);
        assert!(matches!(
            Error::of(subject(), "HOOK", errno(nix::libc::EINVAL)),
            Error::Refused { request: "HOOK", .. }
        ));
        assert!(matches!(Error::of(subject(), "HOOK", errno(nix::libc::EIO)), Error::Fault { .. }));
        assert!(matches!(Error::of(subject(), "HOOK", errno(nix::libc::ENODEV)), Error::Absent(Subject::Channel(3))));
        assert!(event_waits(&errno(500)) && !event_waits(&errno(nix::libc::EAGAIN)));
    }
}
