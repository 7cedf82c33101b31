//! What crosses the rings for the ports of an analog card: by value, for a box would be freed on the media thread.

use analog::{Heard, Listen, Modem, Order, Seen, Sound, Tone};
use chassis::PairFault;

/// Keys of one order at most.
pub(crate) const KEYS: usize = 40;

/// Octets of a message about a caller at most: type, length, 255 octets, checksum.
pub(crate) const MESSAGE: usize = 258;

/// No key.
const NO_KEY: u8 = 0xff;

#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would be freed on the media thread")]
pub(crate) enum PortOrder {
    Hook { off: bool },
    Ring { on: bool },
    Polarity { reversed: bool },
    Battery { feeding: bool },
    OnHookSpeech { on: bool },
    Sound(PortSound),
    Listen(Listen),
    Inject(PairFault),
}

#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would be freed on the media thread")]
pub(crate) enum PortSound {
    Nothing,
    Tone(Tone),
    /// RFC 4733 events of the keys, then [`NO_KEY`].
    Keys([u8; KEYS]),
    Message {
        modem: Modem,
        octets: [u8; MESSAGE],
        length: u16,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum PortNews {
    Seen(Seen),
    Heard(Heard),
    Sounded,
}

impl From<&Order> for PortOrder {
    fn from(order: &Order) -> PortOrder {
        match order {
            Order::Hook { off } => PortOrder::Hook { off: *off },
            Order::Ring { on } => PortOrder::Ring { on: *on },
            Order::Polarity { reversed } => PortOrder::Polarity { reversed: *reversed },
            Order::Battery { feeding } => PortOrder::Battery { feeding: *feeding },
            Order::OnHookSpeech { on } => PortOrder::OnHookSpeech { on: *on },
            Order::Sound(None) => PortOrder::Sound(PortSound::Nothing),
            Order::Sound(Some(sound)) => PortOrder::Sound(PortSound::from(sound)),
            Order::Listen(listen) => PortOrder::Listen(*listen),
        }
    }
}

impl From<&Sound> for PortSound {
    fn from(sound: &Sound) -> PortSound {
        match sound {
            Sound::Tone(tone) => PortSound::Tone(*tone),
            Sound::Keys(keys) => {
                let mut events = [NO_KEY; KEYS];
                events.iter_mut().zip(keys.keys()).for_each(|(event, key)| *event = key.event());
                PortSound::Keys(events)
            }
            Sound::Message { modem, octets } => {
                let mut message = [0; MESSAGE];
                let length = octets.len().min(MESSAGE);
                message[..length].copy_from_slice(&octets[..length]);
                PortSound::Message { modem: *modem, octets: message, length: length as u16 }
            }
        }
    }
}
