//! Who calls, gathered from what an on-hook line brings before the first ring or after it.

use crate::caller_id::CallerId;
use crate::dtmf::DtmfReader;
use crate::order::Heard;
use crate::reader::{BadMessage, Reader};
use numbering::{Digits, Key, NumberPlan, PartyNumber, Presentation};

/// Messages that are none, one after another, are borne with: noise may look like a modem.
const MOST_STRANGE: u8 = 16;

#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    reader: Reader,
    keys: DtmfReader,
    found: Option<CallerId>,
    strange: u8,
    garbled: bool,
}

/// What the window made of something heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    NotYet,
    Caller,
    /// The line garbled the message: there will be no other.
    Garbled,
}

impl Window {
    pub(crate) fn hear(&mut self, heard: Heard) -> Found {
        if self.found.is_some() {
            return Found::NotYet;
        }
        match heard {
            Heard::Key(key) => {
                self.found = self.keys.take(key);
                if self.found.is_some() { Found::Caller } else { Found::NotYet }
            }
            Heard::Octet(octet) => match self.reader.take(octet) {
                None => Found::NotYet,
                Some(Ok(caller)) => {
                    self.found = Some(caller);
                    Found::Caller
                }
                Some(Err(BadMessage::Type(_))) if self.strange < MOST_STRANGE => {
                    self.strange += 1;
                    Found::NotYet
                }
                Some(Err(_)) => self.spoilt(),
            },
            // An octet lost within a message spoils its checksum: it is known now already.
            Heard::Cut if self.reader.cut() => self.spoilt(),
            Heard::Carrier | Heard::Cut | Heard::Progress(_) | Heard::Party(_) => Found::NotYet,
        }
    }

    fn spoilt(&mut self) -> Found {
        self.garbled = true;
        Found::Garbled
    }

    pub(crate) fn garbled(&self) -> bool {
        self.garbled && self.found.is_none()
    }

    /// Ringing begins or goes on: keys without an end are over.
    pub(crate) fn keys_over(&mut self) -> bool {
        if self.found.is_none() {
            self.found = self.keys.over();
        }
        self.found.is_some()
    }

    /// The calling party as the exchange hears of it, and the name.
    pub(crate) fn party(&self) -> (Option<PartyNumber>, Option<String>) {
        match &self.found {
            Some(caller) => (party(caller), caller.name.clone().filter(|name| !name.is_empty())),
            None => (None, None),
        }
    }
}

fn party(caller: &CallerId) -> Option<PartyNumber> {
    use crate::caller_id::Withheld;
    let mut digits = Digits::default();
    let number = caller.number.as_deref().unwrap_or_default();
    number.chars().filter_map(Key::new).for_each(|key| digits.push(key));
    let presentation = match (digits.is_empty(), caller.withheld) {
        (false, _) => Presentation::Allowed,
        (true, Some(Withheld::Private)) => Presentation::Restricted,
        (true, Some(Withheld::Unavailable)) => Presentation::NotAvailable,
        (true, None) => return None,
    };
    Some(PartyNumber { digits, plan: NumberPlan::Isdn, presentation, ..PartyNumber::default() })
}
