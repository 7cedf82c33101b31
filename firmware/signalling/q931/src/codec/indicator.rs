use super::fault::IeErrorKind;
use super::octets::{LAST, Octets};
use numbering::CauseLocation;

/// Progress description, table 4-20.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// #1: not end-to-end ISDN; further progress may be in-band.
    NotEndToEndIsdn,
    /// #2
    DestinationNotIsdn,
    /// #3
    OriginNotIsdn,
    /// #4
    ReturnedToIsdn,
    /// #5
    Interworking,
    /// #8: in-band information or an appropriate pattern is now available.
    InBand,
    Other(u8),
}

impl Progress {
    pub const fn value(self) -> u8 {
        match self {
            Progress::NotEndToEndIsdn => 1,
            Progress::DestinationNotIsdn => 2,
            Progress::OriginNotIsdn => 3,
            Progress::ReturnedToIsdn => 4,
            Progress::Interworking => 5,
            Progress::InBand => 8,
            Progress::Other(value) => value & 0x7f,
        }
    }

    pub const fn from_value(value: u8) -> Progress {
        match value & 0x7f {
            1 => Progress::NotEndToEndIsdn,
            2 => Progress::DestinationNotIsdn,
            3 => Progress::OriginNotIsdn,
            4 => Progress::ReturnedToIsdn,
            5 => Progress::Interworking,
            8 => Progress::InBand,
            other => Progress::Other(other),
        }
    }

    /// Whether the caller should listen to the speech path before answer (5.1.6: #1 and #8).
    pub const fn opens_speech_path(self) -> bool {
        matches!(self, Progress::NotEndToEndIsdn | Progress::InBand)
    }
}

/// Progress indicator, 4.5.23.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProgressIndicator {
    pub coding: u8,
    pub location: CauseLocation,
    pub progress: Progress,
}

impl ProgressIndicator {
    pub const fn new(progress: Progress, location: CauseLocation) -> ProgressIndicator {
        ProgressIndicator { coding: 0, location, progress }
    }

    pub(super) fn parse(content: &[u8]) -> Result<ProgressIndicator, IeErrorKind> {
        let mut octets = Octets::new(content);
        let octet3 = octets.next()?;
        octets.skip_group(octet3)?;
        let progress = Progress::from_value(octets.next()?);
        Ok(ProgressIndicator { coding: octet3 >> 5 & 3, location: super::cause::location_of(octet3), progress })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.push(LAST | (self.coding & 3) << 5 | super::cause::location_value(self.location));
        out.push(LAST | self.progress.value());
    }
}

/// What a RESTART is about, 4.5.25.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestartClass {
    IndicatedChannels,
    SingleInterface,
    AllInterfaces,
}

impl RestartClass {
    pub(super) fn parse(content: &[u8]) -> Result<RestartClass, IeErrorKind> {
        match Octets::new(content).next()? & 7 {
            0 => Ok(RestartClass::IndicatedChannels),
            6 => Ok(RestartClass::SingleInterface),
            7 => Ok(RestartClass::AllInterfaces),
            _ => Err(IeErrorKind::Content),
        }
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.push(
            LAST | match self {
                RestartClass::IndicatedChannels => 0,
                RestartClass::SingleInterface => 6,
                RestartClass::AllInterfaces => 7,
            },
        );
    }
}

/// A call state value, table 4-8: 0 to 25 for calls, 61 and 62 for the global call reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateValue(pub u8);

impl StateValue {
    pub const NULL: StateValue = StateValue(0);
    pub const RESTART_REQUEST: StateValue = StateValue(61);
    pub const RESTART: StateValue = StateValue(62);

    pub(super) fn parse(content: &[u8]) -> Result<StateValue, IeErrorKind> {
        let octet = Octets::new(content).next()?;
        if octet >> 6 == 0 { Ok(StateValue(octet)) } else { Err(IeErrorKind::Content) }
    }
}
