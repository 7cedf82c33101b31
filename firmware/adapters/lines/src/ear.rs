//! What an analog port listens for.

use analog::{Heard, Listen, Modem, Progress};
use detect::{FskEvent, FskReceiver, KeyDetector, ProgressDetector, Signal};
use pcm::{BLOCK, Linear, alaw};
use tones::FskModem;

/// The ear of one port. Once made, it does not allocate.
#[derive(Debug)]
pub(crate) struct Ear {
    listen: Listen,
    keys: KeyDetector,
    block: Linear,
    filled: usize,
    /// Bell 202 and V.23.
    modems: [FskReceiver; 2],
    progress: ProgressDetector,
    /// The far exchange said that the called telephone rings.
    rang: bool,
}

impl Ear {
    pub(crate) fn new() -> Ear {
        Ear {
            listen: Listen::NOTHING,
            keys: KeyDetector::default(),
            block: [0; BLOCK],
            filled: 0,
            modems: [FskModem::BELL_202, FskModem::V23].map(|modem| FskReceiver::new(modem.mark, modem.space)),
            progress: ProgressDetector::default(),
            rang: false,
        }
    }

    pub(crate) fn listen(&mut self, listen: Listen) {
        if listen.keys && !self.listen.keys {
            self.keys.reset();
        }
        if listen.progress {
            self.progress.reset();
            self.rang = false;
        }
        self.listen = listen;
    }

    /// Hears octets of a card, any number of them.
    pub(crate) fn hear(&mut self, octets: &[u8], mut tell: impl FnMut(Heard)) {
        let Ear { listen, keys, block, filled, modems, progress, rang } = self;
        if *listen == Listen::NOTHING {
            return;
        }
        if listen.progress {
            progress.hear_alaw(octets, |news| {
                if let Some(heard) = progress_of(news, rang) {
                    tell(Heard::Progress(heard));
                }
            });
        }
        for octet in octets {
            block[*filled] = alaw::decode(*octet);
            *filled += 1;
            if *filled < BLOCK {
                continue;
            }
            *filled = 0;
            if listen.keys
                && let Some(heard) = keys.hear(block)
            {
                tell(Heard::Key(heard.key));
            }
            if let Some(modem) = listen.modem {
                let receiver = match modem {
                    Modem::Bell202 => &mut modems[0],
                    Modem::V23 => &mut modems[1],
                };
                receiver.hear(block, |event| {
                    tell(match event {
                        FskEvent::Carrier => Heard::Carrier,
                        FskEvent::Octet(octet) => Heard::Octet(octet),
                        FskEvent::Framing | FskEvent::Silence => Heard::Cut,
                    });
                });
            }
        }
    }
}

/// Signals of the network in the words of the line. Whoever speaks behind ringing tone has answered, and so has a machine; speech alone
/// may be an announcement.
fn progress_of(news: detect::Progress, rang: &mut bool) -> Option<Progress> {
    let detect::Progress::Began(signal) = news else { return None };
    Some(match signal {
        Signal::Dial | Signal::SpecialDial => Progress::Dial,
        Signal::Ringback => {
            *rang = true;
            Progress::Ringback
        }
        Signal::Busy => Progress::Busy,
        Signal::Congestion => Progress::Congestion,
        Signal::NumberUnobtainable | Signal::SpecialInformation => Progress::SpecialInformation,
        Signal::FaxCalling | Signal::FaxAnswering | Signal::FaxFlags => Progress::Answer,
        Signal::Sound if *rang => Progress::Answer,
        Signal::Sound => Progress::Speech,
        Signal::Silence => Progress::Silence,
        Signal::TrunkOffering
        | Signal::CallWaiting
        | Signal::Reminder
        | Signal::Confirmation
        | Signal::Howler
        | Signal::Tone { .. } => return None,
    })
}
