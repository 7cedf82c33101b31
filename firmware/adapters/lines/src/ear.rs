//! What an analog port listens for.

use analog::{Heard, Listen, Modem, Moment, Progress};
use detect::{
    Answer, AnswerClassifier, AnswerHeard, FskEvent, FskReceiver, KeyDetector, ProgressDetector, ProgressTiming, Signal,
};
use numbering::FarParty;
use pcm::{BLOCK, Linear, alaw};
use tones::FskModem;

/// On a line that was just seized nothing else sounds for so long: a busy tone's burst is shorter (GB/T 3380).
const SEIZED: ProgressTiming = ProgressTiming { dial_millis: 600, silence_millis: 3000 };

/// A beep or a facsimile machine within half a minute corrects what was taken for a person.
const UNSURE: usize = 30 * 8000;

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
    answer: AnswerClassifier,
    /// Octets of a call that was answered, on which the opinion of who did may still change.
    still_unsure: usize,
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
            answer: AnswerClassifier::default(),
            still_unsure: 0,
        }
    }

    pub(crate) fn listen(&mut self, listen: Listen) {
        if listen.keys && !self.listen.keys {
            self.keys.reset();
        }
        self.still_unsure = match (self.listen.progress, listen.progress) {
            (Some(Moment::Dialled), Some(Moment::Talking)) => UNSURE,
            _ => 0,
        };
        match listen.progress {
            Some(Moment::Seized) => self.progress = ProgressDetector::new(SEIZED),
            Some(Moment::Talking) => self.progress = ProgressDetector::default(),
            Some(Moment::Dialled) => self.answer.reset(),
            None => {}
        }
        self.listen = listen;
    }

    /// Hears octets of a card, any number of them.
    pub(crate) fn hear(&mut self, octets: &[u8], mut tell: impl FnMut(Heard)) {
        let Ear { listen, keys, block, filled, modems, progress, answer, still_unsure } = self;
        if *listen == Listen::NOTHING {
            return;
        }
        match listen.progress {
            Some(Moment::Seized | Moment::Talking) => {
                progress
                    .hear_alaw(octets, |news| progress_of(news).into_iter().map(Heard::Progress).for_each(&mut tell));
                if *still_unsure > 0 {
                    *still_unsure = still_unsure.saturating_sub(octets.len());
                    answer.hear_alaw(octets, |heard| {
                        if let AnswerHeard::Answer(answer) = heard {
                            tell(Heard::Party(party_of(answer)));
                        }
                    });
                }
            }
            Some(Moment::Dialled) => answer.hear_alaw(octets, |heard| match heard {
                AnswerHeard::Progress(news) => progress_of(news).into_iter().map(Heard::Progress).for_each(&mut tell),
                AnswerHeard::Answer(answer) => {
                    tell(Heard::Party(party_of(answer)));
                    if answer.is_answered() {
                        tell(Heard::Progress(Progress::Answer));
                    }
                }
            }),
            None => {}
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

/// Who or what answered, in the words of the call record.
pub(crate) fn party_of(answer: Answer) -> FarParty {
    match answer {
        Answer::Ringback => FarParty::Ringback,
        Answer::ColourRingback => FarParty::ColourRingback,
        Answer::Announcement => FarParty::Announcement,
        Answer::Refused => FarParty::Refused,
        Answer::Human => FarParty::Person,
        Answer::Machine => FarParty::Machine,
        Answer::Fax => FarParty::Fax,
        Answer::Silent => FarParty::Silent,
    }
}

/// Signals of the network in the words of the line.
fn progress_of(news: detect::Progress) -> Option<Progress> {
    let detect::Progress::Began(signal) = news else { return None };
    Some(match signal {
        Signal::Dial | Signal::SpecialDial => Progress::Dial,
        Signal::Ringback => Progress::Ringback,
        Signal::Busy => Progress::Busy,
        Signal::Congestion => Progress::Congestion,
        Signal::NumberUnobtainable | Signal::SpecialInformation => Progress::SpecialInformation,
        Signal::FaxCalling | Signal::FaxAnswering | Signal::FaxFlags | Signal::Sound => Progress::Speech,
        Signal::Silence => Progress::Silence,
        Signal::TrunkOffering
        | Signal::CallWaiting
        | Signal::Reminder
        | Signal::Confirmation
        | Signal::Howler
        | Signal::Tone { .. } => return None,
    })
}
