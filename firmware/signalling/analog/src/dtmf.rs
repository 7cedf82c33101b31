use crate::caller_id::{CallerId, Withheld};
use numbering::{Digits, Key};

/// Keys of a number at most: more is a line that does not stop.
const LONGEST: usize = 24;

/// The keys that tell a number by DTMF: `D`, the number, `C`; nothing if there is no number.
pub fn dtmf_keys(number: Option<&str>) -> Digits {
    let digits = number.unwrap_or_default().chars().filter(char::is_ascii_digit).take(LONGEST);
    let mut keys = Digits::default();
    ['D'].into_iter().chain(digits).chain(['C']).filter_map(Key::new).for_each(|key| keys.push(key));
    keys
}

/// Gathers keys, heard before the first ring or between rings, into a number.
#[derive(Clone, Debug, Default)]
pub struct DtmfReader {
    keys: Vec<char>,
}

impl DtmfReader {
    /// The next key. The caller, once the end came.
    pub fn take(&mut self, key: Key) -> Option<CallerId> {
        match key.as_char() {
            // A beginning, whatever went before: `D` in China and Sweden, `A` and `B` elsewhere.
            begin @ ('A' | 'B' | 'D') => {
                self.keys = vec![begin];
                None
            }
            'C' | '#' => self.over(),
            digit => {
                if self.keys.len() <= LONGEST {
                    self.keys.push(digit);
                }
                None
            }
        }
    }

    /// The keys stopped without an end: what came counts if it is a number.
    pub fn over(&mut self) -> Option<CallerId> {
        let keys = std::mem::take(&mut self.keys);
        let begun = keys.first().is_some_and(char::is_ascii_alphabetic);
        let number: String = keys.iter().filter(|key| key.is_ascii_digit()).collect();
        match (begun, number.len()) {
            // A single key is noise, or somebody who dials.
            (false, 0..=2) => None,
            (true, 0) => Some(CallerId { withheld: Some(Withheld::Unavailable), ..CallerId::default() }),
            // ETS 300 659-1 annex B: one digit says why there is no number.
            (true, 1) => {
                let why = if number == "0" || number == "1" { Withheld::Private } else { Withheld::Unavailable };
                Some(CallerId { withheld: Some(why), ..CallerId::default() })
            }
            _ => Some(CallerId { number: Some(number), ..CallerId::default() }),
        }
    }
}
