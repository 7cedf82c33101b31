//! What an analog port sounds by itself, instead of what the exchange's speech path brings.

use crate::port_orders::{KEYS, PortSound};
use analog::{Modem, Tone};
use numbering::{Digits, Key};
use pcm::{BLOCK, Linear, Speech, alaw};
use std::sync::Arc;
use tones::{FskModem, FskSender, Oscillator, Sender, Tones};

/// GB/T 3380: the off-hook warning is far louder than speech.
const HOWLER_DBM0: f64 = 0.0;
const HOWLER_HERTZ: f64 = 950.0;

/// Level of a message about a caller (GR-30 2.1; YD/T 1277.1 5.2).
const MESSAGE_DBM0: f64 = -13.5;

#[derive(Clone, Copy, Debug)]
enum Saying {
    Nothing,
    Tone { tone: plan::Tone, position: usize },
    Howler(Oscillator),
    Keys,
    Message(Modem),
}

/// The sounds of one port. Once made, it does not allocate.
#[derive(Debug)]
pub(crate) struct Mouth {
    tones: Arc<Tones>,
    saying: Saying,
    keys: Sender,
    /// Bell 202 and V.23.
    modems: [FskSender; 2],
    block: Speech,
    used: usize,
}

impl Mouth {
    pub(crate) fn new(tones: Arc<Tones>) -> Mouth {
        Mouth {
            tones,
            saying: Saying::Nothing,
            keys: Sender::default(),
            modems: [FskModem::BELL_202, FskModem::V23].map(with_room),
            block: alaw::SILENT,
            used: BLOCK,
        }
    }

    pub(crate) fn say(&mut self, sound: &PortSound) {
        self.keys.clear();
        self.used = BLOCK;
        self.saying = match sound {
            PortSound::Nothing => Saying::Nothing,
            PortSound::Tone(Tone::Howler) => Saying::Howler(Oscillator::new(HOWLER_HERTZ, HOWLER_DBM0)),
            PortSound::Tone(tone) => Saying::Tone { tone: of_plan(*tone), position: 0 },
            PortSound::Keys(keys) => {
                self.send_keys(keys);
                Saying::Keys
            }
            PortSound::Message { modem, octets, length } => {
                let sender = &mut self.modems[place(*modem)];
                empty(sender);
                sender.send(octets.get(..usize::from(*length)).unwrap_or_default());
                Saying::Message(*modem)
            }
        };
    }

    fn send_keys(&mut self, events: &[u8; KEYS]) {
        for key in events.iter().map_while(|event| Key::from_event(*event)) {
            let mut one = Digits::default();
            one.push(key);
            // The sender has room for more keys than an order has.
            if self.keys.send(&one).is_err() {
                return;
            }
        }
    }

    /// Writes over `out` while something is said. True: keys or a message came to their end with this.
    pub(crate) fn fill(&mut self, out: &mut [u8]) -> bool {
        if let Saying::Nothing = self.saying {
            return false;
        }
        for octet in out {
            if self.used == BLOCK {
                self.next_block();
            }
            *octet = self.block[self.used];
            self.used += 1;
        }
        let over = match self.saying {
            Saying::Keys => self.keys.is_idle(),
            Saying::Message(modem) => self.modems[place(modem)].is_idle(),
            Saying::Nothing | Saying::Tone { .. } | Saying::Howler(_) => false,
        };
        if over && self.used == BLOCK {
            self.saying = Saying::Nothing;
            return true;
        }
        false
    }

    fn next_block(&mut self) {
        self.used = 0;
        let mut linear: Linear = [0; BLOCK];
        match &mut self.saying {
            Saying::Nothing => {}
            Saying::Tone { tone, position } => return self.tones.of(*tone).fill(position, &mut self.block),
            Saying::Howler(oscillator) => linear.iter_mut().for_each(|sample| *sample = oscillator.sample() as i16),
            Saying::Keys => self.keys.fill(&mut linear),
            Saying::Message(modem) => self.modems[place(*modem)].fill(&mut linear),
        }
        self.block = alaw::encode_block(&linear);
    }
}

fn place(modem: Modem) -> usize {
    match modem {
        Modem::Bell202 => 0,
        Modem::V23 => 1,
    }
}

fn of_plan(tone: Tone) -> plan::Tone {
    match tone {
        Tone::Dial => plan::Tone::Dial,
        Tone::SpecialDial => plan::Tone::SpecialDial,
        Tone::Busy => plan::Tone::Busy,
        Tone::Congestion => plan::Tone::Congestion,
        // The howler is made by itself.
        Tone::SpecialInformation | Tone::Howler => plan::Tone::SpecialInformation,
    }
}

/// A sender whose queue has room for the longest message already.
fn with_room(modem: FskModem) -> FskSender {
    let mut sender = FskSender::new(modem, MESSAGE_DBM0);
    sender.send(&[0; crate::port_orders::MESSAGE]);
    empty(&mut sender);
    sender
}

fn empty(sender: &mut FskSender) {
    let mut thrown_away = [0; BLOCK];
    while !sender.is_idle() {
        sender.fill(&mut thrown_away);
    }
}
