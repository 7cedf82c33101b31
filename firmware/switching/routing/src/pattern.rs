use numbering::Digits;
use std::fmt;
use std::str::FromStr;

/// A number pattern: digits, `x` for any one digit, and a last `.` for any rest (also none).
///
/// ```
/// use routing::{Fit, Pattern};
/// let pattern: Pattern = "800x".parse().unwrap();
/// assert_eq!(pattern.fit(&"8001".parse().unwrap()), Fit::Whole);
/// assert_eq!(pattern.fit(&"80".parse().unwrap()), Fit::Begin);
/// assert_eq!(pattern.fit(&"81".parse().unwrap()), Fit::No);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    places: Vec<Place>,
    open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Exactly(u8),
    AnyDigit,
}

/// How a number fits a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fit {
    No,
    /// More digits could make it fit.
    Begin,
    Whole,
    /// Fits, and would fit with more digits as well.
    WholeAndMore,
}

/// A pattern that cannot be read: the character and its place from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadPattern {
    pub at: usize,
    pub character: char,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at place {} has no meaning in a number pattern", self.character, self.at)
    }
}

impl std::error::Error for BadPattern {}

impl FromStr for Pattern {
    type Err = BadPattern;
    fn from_str(text: &str) -> Result<Pattern, BadPattern> {
        let (body, open) = text.strip_suffix('.').map_or((text, false), |body| (body, true));
        let place = |(at, character): (usize, char)| match character {
            '0'..='9' | '*' | '#' | 'A'..='D' => Ok(Place::Exactly(character as u8)),
            'x' | 'X' => Ok(Place::AnyDigit),
            _ => Err(BadPattern { at, character }),
        };
        Ok(Pattern { places: body.chars().enumerate().map(place).collect::<Result<_, _>>()?, open })
    }
}

impl Pattern {
    pub fn fit(&self, number: &Digits) -> Fit {
        let digits = number.as_str().as_bytes();
        let agrees = self.places.iter().zip(digits).all(|(place, digit)| match place {
            Place::Exactly(expected) => expected == digit,
            Place::AnyDigit => digit.is_ascii_digit(),
        });
        match digits.len().cmp(&self.places.len()) {
            _ if !agrees => Fit::No,
            std::cmp::Ordering::Less => Fit::Begin,
            std::cmp::Ordering::Equal if self.open => Fit::WholeAndMore,
            std::cmp::Ordering::Equal => Fit::Whole,
            std::cmp::Ordering::Greater if self.open => Fit::WholeAndMore,
            std::cmp::Ordering::Greater => Fit::No,
        }
    }
}
