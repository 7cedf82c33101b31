//! Events of a channel: one number each, fetched one by one until there is none.

/// What happened on a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// FXS: the telephone hung up. FXO: the exchange took battery away.
    OnHook,
    /// FXS: the telephone was lifted. FXO: a burst of ringing is over.
    RingOffHook,
    /// The hook was flashed (or winked).
    WinkFlash,
    AlarmBegan,
    AlarmEnded,
    /// A received HDLC frame was aborted.
    Abort,
    /// A received HDLC frame was too long or nobody read it in time.
    Overrun,
    /// A received HDLC frame had a bad FCS.
    BadFcs,
    DialComplete,
    /// The bell rings, and rests: the cadence of ringing that we send.
    RingerOn,
    RingerOff,
    /// A flash or the start of a call that we asked for is done.
    HookComplete,
    /// CAS: bits changed, of this channel or of its neighbour (the dynamic driver does not tell them apart).
    BitsChanged,
    PulseStart,
    TimerExpired,
    TimerPing,
    /// FXO: the exchange reversed the polarity.
    Polarity,
    /// FXO: a burst of ringing begins.
    RingBegin,
    EchoCancellerDisabled,
    /// The card is gone: the channel must be closed.
    Removed,
    MessageLampOn,
    MessageLampOff,
    /// The hardware heard fax tones: of the called terminal (CED) or the calling one (CNG), in what we send or receive.
    SentCed,
    ReceivedCed,
    SentCng,
    ReceivedCng,
    NonLinearDisabled,
    NonLinearEnabled,
    ReadOverrun,
    WriteUnderrun,
    /// A digit was dialled with pulses.
    PulseDigit(u8),
    /// The hardware heard a DTMF key go down, or up.
    DtmfDown(u8),
    DtmfUp(u8),
    /// A number that this version of the interface does not define.
    Unknown(u32),
}

const PULSE_DIGIT: u32 = 1 << 16;
const DTMF_DOWN: u32 = 1 << 17;
const DTMF_UP: u32 = 1 << 18;

impl Event {
    /// Decodes what GETEVENT gives. None: there is no event.
    pub fn decode(number: u32) -> Option<Event> {
        let event = match number {
            0 => return None,
            1 => Event::OnHook,
            2 => Event::RingOffHook,
            3 => Event::WinkFlash,
            4 => Event::AlarmBegan,
            5 => Event::AlarmEnded,
            6 => Event::Abort,
            7 => Event::Overrun,
            8 => Event::BadFcs,
            9 => Event::DialComplete,
            10 => Event::RingerOn,
            11 => Event::RingerOff,
            12 => Event::HookComplete,
            13 => Event::BitsChanged,
            14 => Event::PulseStart,
            15 => Event::TimerExpired,
            16 => Event::TimerPing,
            17 => Event::Polarity,
            18 => Event::RingBegin,
            19 => Event::EchoCancellerDisabled,
            20 => Event::Removed,
            21 => Event::MessageLampOn,
            22 => Event::MessageLampOff,
            23 => Event::SentCed,
            24 => Event::ReceivedCed,
            25 => Event::SentCng,
            26 => Event::ReceivedCng,
            27 => Event::NonLinearDisabled,
            28 => Event::NonLinearEnabled,
            29 => Event::ReadOverrun,
            30 => Event::WriteUnderrun,
            _ => Event::with_digit(number),
        };
        Some(event)
    }

    fn with_digit(number: u32) -> Event {
        match (number & !0xff, number.to_le_bytes()[0]) {
            (PULSE_DIGIT, digit) => Event::PulseDigit(digit),
            (DTMF_DOWN, digit) => Event::DtmfDown(digit),
            (DTMF_UP, digit) => Event::DtmfUp(digit),
            _ => Event::Unknown(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_the_header_are_told_apart() {
        assert_eq!(Event::decode(0), None);
        assert_eq!(Event::decode(1), Some(Event::OnHook));
        assert_eq!(Event::decode(13), Some(Event::BitsChanged));
        assert_eq!(Event::decode(17), Some(Event::Polarity));
        assert_eq!(Event::decode(18), Some(Event::RingBegin));
        assert_eq!(Event::decode(30), Some(Event::WriteUnderrun));
        assert_eq!(Event::decode(31), Some(Event::Unknown(31)));
        assert_eq!(Event::decode(PULSE_DIGIT | u32::from(b'7')), Some(Event::PulseDigit(b'7')));
        assert_eq!(Event::decode(DTMF_DOWN | u32::from(b'#')), Some(Event::DtmfDown(b'#')));
        assert_eq!(Event::decode(DTMF_UP | u32::from(b'#')), Some(Event::DtmfUp(b'#')));
        assert_eq!(Event::decode(DTMF_UP | DTMF_DOWN), Some(Event::Unknown(DTMF_UP | DTMF_DOWN)));
    }

    proptest! {
        /// Only 0 is no event: a queue that is drained until none ends, whatever a newer kernel says.
        #[test]
        fn any_other_number_is_an_event(number in 1u32..) {
            prop_assert!(Event::decode(number).is_some());
        }
    }
}
