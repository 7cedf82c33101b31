//! LIN-03: the dialogues of `tests/vectors/q921`, frame by frame, each naming the clause it comes from.

use clock::{Millis, Monotonic};
use lapd::{Config, DataLink, DlIndication, DlRequest, Output, Side, StateName};
use std::collections::VecDeque;
use std::path::Path;

/// Establishment and release, from either end and at once.
#[test]
fn link() {
    assert!(play_file("link.txt") >= 19);
}

/// Acknowledged information: sequence, window, recovery.
#[test]
fn information() {
    assert!(play_file("information.txt") >= 14);
}

/// Each error of table II.1 that a frame can cause.
#[test]
fn errors() {
    assert!(play_file("errors.txt") >= 13);
}

/// Plays every vector of the file and prints what passes; returns how many there were.
fn play_file(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/q921").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut player: Option<Player> = None;
    let mut played = 0;
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let place = format!("{name}:{}", number + 1);
        if let Some(title) = line.strip_prefix('[') {
            player.take().inspect(Player::finish);
            player = Some(Player::new(format!("{place} [{title}")));
            played += 1;
        } else if !line.is_empty() {
            player.as_mut().expect("a vector begins with its title").play(&place, line);
        }
    }
    player.take().inspect(Player::finish);
    println!("q921/{name}: {played} of {played} pass");
    played
}

struct Player {
    title: String,
    now: Monotonic,
    link: DataLink,
    sent: VecDeque<String>,
    told: VecDeque<String>,
}

impl Player {
    fn new(title: String) -> Player {
        let link = DataLink::new(Config::primary_rate(Side::User));
        Player { title, now: Monotonic(0), link, sent: VecDeque::new(), told: VecDeque::new() }
    }

    fn play(&mut self, place: &str, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "side" => self.begin(rest),
            "establish" => self.link.request(self.now, DlRequest::Establish),
            "release" => self.link.request(self.now, DlRequest::Release),
            "data" => self.link.request(self.now, DlRequest::Data(octets(rest))),
            "unit" => self.link.request(self.now, DlRequest::UnitData(octets(rest))),
            "rx" => self.link.receive(self.now, &octets(rest)),
            "tx" => assert_eq!(self.sent.pop_front().as_deref(), Some(rest), "{place} {}", self.title),
            "told" => assert_eq!(self.told.pop_front().as_deref(), Some(rest), "{place} {}", self.title),
            "after" => self.pass(Millis(rest.parse::<u64>().expect("seconds") * 1000)),
            "state" => assert_eq!(number_of(self.link.state()).to_string(), rest, "{place} {}", self.title),
            "rest" => assert_eq!(self.link.deadline(), None, "{place} {}: a timer runs at rest", self.title),
            other => panic!("{place}: no such word: {other}"),
        }
        self.drain();
    }

    fn begin(&mut self, side: &str) {
        let network = side.starts_with("network");
        self.link = DataLink::new(Config::primary_rate(if network { Side::Network } else { Side::User }));
        if side.ends_with(" up") {
            self.link.receive(self.now, &[if network { 0x00 } else { 0x02 }, 0x01, 0x7f]);
            while self.link.poll().is_some() {}
        }
    }

    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        while let Some(due) = self.link.deadline().filter(|due| *due <= until) {
            self.now = due;
            self.link.expire(due);
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.link.poll() {
            match output {
                Output::Transmit(frame) => self.sent.push_back(hex(&frame)),
                Output::Indicate(indication) => self.told.push_back(words(&indication)),
            }
        }
    }

    /// A vector accounts for every frame and every indication.
    fn finish(&self) {
        assert!(self.sent.is_empty(), "{}: also sent {:?}", self.title, self.sent);
        assert!(self.told.is_empty(), "{}: also told {:?}", self.title, self.told);
        println!("passes: {}", self.title);
    }
}

fn number_of(state: StateName) -> u8 {
    match state {
        StateName::TeiAssigned => 4,
        StateName::AwaitingEstablishment => 5,
        StateName::AwaitingRelease => 6,
        StateName::Established => 7,
        StateName::TimerRecovery => 8,
    }
}

fn words(indication: &DlIndication) -> String {
    match indication {
        DlIndication::EstablishIndication => "establish".to_owned(),
        DlIndication::EstablishConfirm => "establish-confirm".to_owned(),
        DlIndication::ReleaseIndication => "release".to_owned(),
        DlIndication::ReleaseConfirm => "release-confirm".to_owned(),
        DlIndication::Data(octets) => format!("data {}", hex(octets)),
        DlIndication::UnitData(octets) => format!("unit {}", hex(octets)),
        DlIndication::Error(error) => format!("error {}", error.letter()),
    }
}

/// `aa*3`: three octets.
fn octets(text: &str) -> Vec<u8> {
    let octet = |word: &str| u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("not an octet: {word}"));
    let repeated = |word: &str| match word.split_once('*') {
        Some((one, times)) => vec![octet(one); times.parse().expect("a count")],
        None => vec![octet(word)],
    };
    text.split_whitespace().flat_map(repeated).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
