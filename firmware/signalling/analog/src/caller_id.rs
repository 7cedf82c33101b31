/// Message types.
pub(crate) const SINGLE: u8 = 0x04;
pub(crate) const MULTIPLE: u8 = 0x80;

/// Messages of another service: whether messages wait (EN 300 659-3 5.2.4; GR-1401).
pub(crate) const SINGLE_LAMP: u8 = 0x06;
pub(crate) const MULTIPLE_LAMP: u8 = 0x82;
const LAMP: u8 = 0x0b;

/// Parameters of a multiple data message (ETS 300 659-3 table 5).
pub(crate) const TIME: u8 = 0x01;
pub(crate) const NUMBER: u8 = 0x02;
pub(crate) const NUMBER_ABSENT: u8 = 0x04;
pub(crate) const NAME: u8 = 0x07;
pub(crate) const NAME_ABSENT: u8 = 0x08;

/// The longest number and name that are sent; a reader takes what comes.
const LONGEST_NUMBER: usize = 20;
const LONGEST_NAME: usize = 50;

/// Why there is no number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Withheld {
    /// `P`: the caller does not want it shown.
    Private,
    /// `O`: the network does not know it.
    Unavailable,
}

/// When the call was made, as the exchange's clock says. There is no year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallTime {
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
}

/// Who calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CallerId {
    pub time: Option<CallTime>,
    pub number: Option<String>,
    pub name: Option<String>,
    pub withheld: Option<Withheld>,
}

impl Withheld {
    pub(crate) fn of_letter(letter: u8) -> Option<Withheld> {
        match letter {
            b'P' => Some(Withheld::Private),
            b'O' => Some(Withheld::Unavailable),
            _ => None,
        }
    }

    fn letter(self) -> u8 {
        match self {
            Withheld::Private => b'P',
            Withheld::Unavailable => b'O',
        }
    }
}

impl CallTime {
    /// Of eight digits: month, day, hour, minute.
    pub(crate) fn of_digits(digits: &[u8]) -> Option<CallTime> {
        let &[a, b, c, d, e, f, g, h] = digits else { return None };
        let two = |tens: u8, ones: u8| {
            (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
        };
        let time = CallTime { month: two(a, b)?, day: two(c, d)?, hour: two(e, f)?, minute: two(g, h)? };
        let fits = (1..=12).contains(&time.month) && (1..=31).contains(&time.day) && time.hour < 24 && time.minute < 60;
        fits.then_some(time)
    }

    fn digits(self) -> String {
        format!("{:02}{:02}{:02}{:02}", self.month % 100, self.day % 100, self.hour % 100, self.minute % 100)
    }
}

impl CallerId {
    /// The message in octets, checksum included: a multiple data message.
    pub fn message(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut parameter = |kind: u8, value: &[u8]| {
            data.extend([kind, value.len() as u8]);
            data.extend(value);
        };
        if let Some(time) = self.time {
            parameter(TIME, time.digits().as_bytes());
        }
        match (&self.number, self.withheld) {
            (Some(number), _) => parameter(NUMBER, shortened(number, LONGEST_NUMBER)),
            (None, why) => parameter(NUMBER_ABSENT, &[why.unwrap_or(Withheld::Unavailable).letter()]),
        }
        if let Some(name) = &self.name {
            parameter(NAME, shortened(name, LONGEST_NAME));
        }
        sealed(MULTIPLE, data)
    }

    /// As a single data message, for telephones that know no other: time and number only.
    pub fn single_message(&self) -> Vec<u8> {
        let time = self.time.unwrap_or(CallTime { month: 1, day: 1, hour: 0, minute: 0 });
        let mut data = time.digits().into_bytes();
        match &self.number {
            Some(number) => data.extend(shortened(number, LONGEST_NUMBER)),
            None => data.push(self.withheld.unwrap_or(Withheld::Unavailable).letter()),
        }
        sealed(SINGLE, data)
    }
}

/// Whether messages wait, as a multiple data message.
pub(crate) fn lamp_message(waiting: bool) -> Vec<u8> {
    sealed(MULTIPLE_LAMP, vec![LAMP, 1, if waiting { 0xff } else { 0x00 }])
}

/// The same as a single data message (GR-1401 3.1).
pub(crate) fn single_lamp_message(waiting: bool) -> Vec<u8> {
    sealed(SINGLE_LAMP, vec![if waiting { 0x42 } else { 0x6f }; 3])
}

/// Not longer than `most` octets, and no character cut in two.
fn shortened(text: &str, most: usize) -> &[u8] {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text.as_bytes()[..end]
}

fn sealed(kind: u8, data: Vec<u8>) -> Vec<u8> {
    let mut message = vec![kind, data.len() as u8];
    message.extend(data);
    let sum = message.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    message.push(sum.wrapping_neg());
    message
}
