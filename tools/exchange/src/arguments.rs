//! The command line.

use crate::analog::AnalogPlug;
use chassis::WireAddress;
use numbering::Digits;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How to use it.
pub const USAGE: &str = "\
far-exchange: a far-end exchange with calling customers, and telephones with agents

Lines (the network side of EuroISDN spans):
  --wire WIRE               plug in a span; repeat for each (udp:127.0.0.1:7101->127.0.0.1:7001)
  --basic N,...             of these the Nth are basic accesses, with the box as a terminal on the bus
  --r2 N,...                and these have R2, China No. 1
  --calls-per-minute N      customers that call (Poisson arrivals); 0, the default: none by themselves
  --called DIGITS,...       numbers they dial (4008001234)
  --keys KEYS,...           what they press after hearing the menu (1,2); empty: nothing
  --patience FROM-TO        seconds they wait after that (40-120)
  --seed N                  the same seed gives the same customers (28)
  --speech FILE             what they say: A-law octets, 8 kHz, no header; else they babble

Telephones and lines at the box's analog card:
  --analog WIRE             plug in the card (udp:127.0.0.1:7103->127.0.0.1:7003)
  --analog-telephones PORTS ports of the box with a telephone, which answers (1,2)
  --analog-lines PORTS      ports of the box that lead to this exchange (3,4)

Telephones:
  --sip ADDRESS             the box's SIP address (127.0.0.1:5060)
  --phones NUMBER:PASSWORD,...   telephones that register, ring and answer
  --rtp-base PORT           first UDP port of their speech, twenty for each (30000)
  --answer-after FROM-TO    seconds of ringing before they answer by themselves (1-4); never: only when told by the box

Agents, who sign in at these telephones over the box's HTTP API:
  --web ADDRESS             the box's HTTP address (127.0.0.1:8080)
  --agents LOGIN:PASSWORD:NUMBER:SIP-PASSWORD,...
  --talk FROM-TO            seconds they talk (10-30)
  --admin LOGIN:PASSWORD    first give the agents their passwords, as this administrator; a new box is given the administrator too, if
  --first-boot-code FILE    holds its first-boot code

Running:
  --control ADDRESS         take commands as UDP datagrams there (see `control` in the source)
  --seconds N               end after so long
  --quiet                   no status line each second
";

/// From and to, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span(pub u64, pub u64);

/// A telephone to register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhoneAccount {
    pub number: Digits,
    pub password: String,
}

/// An agent at a telephone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentAccount {
    pub login: String,
    pub password: String,
    pub phone: PhoneAccount,
}

/// What customers do.
#[derive(Clone, PartialEq, Debug)]
pub struct CustomerHabits {
    pub calls_per_minute: f64,
    pub called: Vec<Digits>,
    pub keys: Vec<Digits>,
    pub patience: Span,
    pub speech: Option<PathBuf>,
}

/// What telephones and the agents at them do.
#[derive(Clone, PartialEq, Debug)]
pub struct SeatHabits {
    pub sip: SocketAddr,
    pub web: SocketAddr,
    pub phones: Vec<PhoneAccount>,
    pub rtp_base: u16,
    pub agents: Vec<AgentAccount>,
    /// None: telephones answer only when told to.
    pub answer_after: Option<Span>,
    pub talk: Span,
}

/// Who prepares the agents' accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preparation {
    /// Log-in and password of an administrator.
    pub admin: Option<(String, String)>,
    pub first_boot_code: Option<PathBuf>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Arguments {
    pub wires: Vec<WireAddress>,
    /// Which of them, from 1, are basic accesses.
    pub basic: Vec<u16>,
    /// And which have R2.
    pub r2: Vec<u16>,
    pub analog: AnalogPlug,
    pub customers: CustomerHabits,
    pub seats: SeatHabits,
    pub preparation: Preparation,
    pub seed: u64,
    pub control: Option<SocketAddr>,
    pub seconds: Option<u64>,
    pub quiet: bool,
}

/// The command line is wrong, or help was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadArguments {
    Help,
    Unknown(String),
    Missing(String),
    Bad { option: String, value: String },
}

impl fmt::Display for BadArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadArguments::Help => f.write_str(USAGE),
            BadArguments::Unknown(word) => write!(f, "unknown option {word}; --help lists them"),
            BadArguments::Missing(option) => write!(f, "{option} needs a value; --help tells which"),
            BadArguments::Bad { option, value } => {
                write!(f, "{value:?} is no value for {option}; --help tells which are")
            }
        }
    }
}

impl Default for Arguments {
    fn default() -> Arguments {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let digits = |text: &str| text.parse::<Digits>().unwrap_or_default();
        Arguments {
            wires: Vec::new(),
            basic: Vec::new(),
            r2: Vec::new(),
            analog: AnalogPlug { wire: None, telephones: vec![1, 2], lines: vec![3, 4] },
            customers: CustomerHabits {
                calls_per_minute: 0.0,
                called: vec![digits("4008001234")],
                keys: vec![digits("1"), digits("2")],
                patience: Span(40, 120),
                speech: None,
            },
            seats: SeatHabits {
                sip: local(5060),
                web: local(8080),
                phones: Vec::new(),
                rtp_base: 30_000,
                agents: Vec::new(),
                answer_after: Some(Span(1, 4)),
                talk: Span(10, 30),
            },
            preparation: Preparation::default(),
            seed: 28,
            control: None,
            seconds: None,
            quiet: false,
        }
    }
}

impl Arguments {
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Arguments, BadArguments> {
        let mut arguments = Arguments::default();
        let mut words = words.into_iter();
        while let Some(option) = words.next() {
            match option.as_str() {
                "--help" | "-h" => return Err(BadArguments::Help),
                "--quiet" => arguments.quiet = true,
                _ => {
                    let value = words.next().ok_or_else(|| BadArguments::Missing(option.clone()))?;
                    arguments.set(&option, &value)?;
                }
            }
        }
        Ok(arguments)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), BadArguments> {
        let bad = || BadArguments::Bad { option: option.to_owned(), value: value.to_owned() };
        let Arguments { customers, seats, .. } = self;
        match option {
            "--wire" => self.wires.push(value.parse().map_err(|_| bad())?),
            "--analog" => self.analog.wire = Some(value.parse().map_err(|_| bad())?),
            "--analog-telephones" => self.analog.telephones = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--analog-lines" => self.analog.lines = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--r2" => self.r2 = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--basic" => self.basic = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--calls-per-minute" => {
                customers.calls_per_minute = value.parse().ok().filter(|rate: &f64| *rate >= 0.0).ok_or_else(bad)?;
            }
            "--called" => customers.called = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--keys" => customers.keys = list(value, |item| item.parse().ok()).ok_or_else(bad)?,
            "--patience" => customers.patience = span(value).ok_or_else(bad)?,
            "--speech" => customers.speech = Some(value.into()),
            "--sip" => seats.sip = value.parse().map_err(|_| bad())?,
            "--web" => seats.web = value.parse().map_err(|_| bad())?,
            "--rtp-base" => {
                seats.rtp_base = value.parse().ok().filter(|port| (1024..=60_000).contains(port)).ok_or_else(bad)?;
            }
            "--phones" => seats.phones = list(value, phone).ok_or_else(bad)?,
            "--agents" => seats.agents = list(value, agent).ok_or_else(bad)?,
            "--answer-after" => {
                seats.answer_after = if value == "never" { None } else { Some(span(value).ok_or_else(bad)?) };
            }
            "--talk" => seats.talk = span(value).ok_or_else(bad)?,
            "--admin" => {
                let (login, password) = value.split_once(':').ok_or_else(bad)?;
                self.preparation.admin = Some((login.to_owned(), password.to_owned()));
            }
            "--first-boot-code" => self.preparation.first_boot_code = Some(value.into()),
            "--seed" => self.seed = value.parse().map_err(|_| bad())?,
            "--control" => self.control = Some(value.parse().map_err(|_| bad())?),
            "--seconds" => self.seconds = Some(value.parse().map_err(|_| bad())?),
            _ => return Err(BadArguments::Unknown(option.to_owned())),
        }
        Ok(())
    }
}

fn list<T>(text: &str, item: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').filter(|word| !word.is_empty()).map(item).collect()
}

fn span(text: &str) -> Option<Span> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to).then_some(Span(from, to))
}

fn phone(text: &str) -> Option<PhoneAccount> {
    let (number, password) = text.split_once(':')?;
    Some(PhoneAccount {
        number: number.parse().ok().filter(|n: &Digits| !n.is_empty())?,
        password: password.to_owned(),
    })
}

fn agent(text: &str) -> Option<AgentAccount> {
    let (login, rest) = text.split_once(':')?;
    let (password, rest) = rest.split_once(':')?;
    Some(AgentAccount { login: login.to_owned(), password: password.to_owned(), phone: phone(rest)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, BadArguments> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn demo_line_is_understood() {
        let line = "--wire udp:127.0.0.1:7101->127.0.0.1:7001 --wire open --calls-per-minute 20 --agents anna:secret:8001:sip1,bo:x:8002:y \
                    --answer-after 1-4 --talk 10";
        let arguments = parse(line).unwrap();
        assert_eq!(arguments.wires.len(), 2);
        assert_eq!(arguments.customers.calls_per_minute, 20.0);
        assert_eq!(arguments.seats.agents[1].phone.number.as_str(), "8002");
        assert_eq!(arguments.seats.talk, Span(10, 10));
    }

    #[test]
    fn wrong_words_are_named() {
        assert_eq!(parse("--wires open"), Err(BadArguments::Unknown("--wires".into())));
        assert_eq!(parse("--talk"), Err(BadArguments::Missing("--talk".into())));
        for wrong in ["--talk 5-1", "--phones 8001", "--agents anna:x", "--wire udp:7", "--calls-per-minute -1"] {
            assert!(matches!(parse(wrong), Err(BadArguments::Bad { .. })), "{wrong}");
        }
    }
}
