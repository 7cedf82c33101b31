//! LIN-04: the dialogues of TEI management in `tests/vectors/q921`, frame by frame, each naming the clause it comes from.

use clock::{Millis, Monotonic};
use lapd::{DChannel, DChannelConfig, DChannelOutput, DlIndication, DlRequest, Endpoint, Side};
use std::collections::VecDeque;
use std::path::Path;

/// A terminal asks for its TEI, answers for it and gives it up.
#[test]
fn user_side() {
    assert!(play_file("tei-user.txt") >= 33);
}

/// The network assigns, checks and removes TEIs, and keeps the links apart.
#[test]
fn network_side() {
    assert!(play_file("tei-network.txt") >= 35);
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
    channel: DChannel,
    sent: VecDeque<Vec<u8>>,
    told: VecDeque<String>,
    /// The last reference that we sent, the one before, and the one kept.
    reference: [u8; 2],
    before: [u8; 2],
    kept: [u8; 2],
}

fn channel(side: Side, endpoint: Endpoint) -> DChannel {
    DChannel::new(DChannelConfig::basic_rate(side, endpoint))
}

impl Player {
    fn new(title: String) -> Player {
        Player {
            title,
            now: Monotonic(0),
            channel: channel(Side::User, Endpoint::AutomaticTei),
            sent: VecDeque::new(),
            told: VecDeque::new(),
            reference: [0; 2],
            before: [0; 2],
            kept: [0; 2],
        }
    }

    fn play(&mut self, place: &str, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let at = format!("{place} {}", self.title);
        let (tei, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let tei = tei.parse::<u8>().unwrap_or(0);
        match verb {
            "side" => self.begin(rest),
            "start" => self.channel.start(self.now),
            "check" => self.channel.check(self.now, tei),
            "audit" => self.channel.audit(self.now),
            "remove" => self.channel.remove(self.now, tei),
            "deactivated" => self.channel.deactivated(self.now),
            "establish" => self.channel.request(self.now, tei, DlRequest::Establish),
            "data" => self.channel.request(self.now, tei, DlRequest::Data(self.octets(more))),
            "broadcast" => self.channel.broadcast(&self.octets(rest)),
            "rx" => self.channel.receive(self.now, &self.octets(rest)),
            "tx" => self.expect_sent(&at, rest),
            "told" => assert_eq!(self.told.pop_front().as_deref(), Some(rest), "{at}"),
            "after" => self.pass(Millis((rest.parse::<f64>().expect("seconds") * 1000.0).round() as u64)),
            "keep" => self.kept = self.reference,
            "new-reference" => assert_ne!(self.reference, self.before, "{at}"),
            "tei" => assert_eq!(self.channel.tei().map_or("none".to_owned(), |tei| tei.to_string()), rest, "{at}"),
            "links" => {
                let links: Vec<String> = self.channel.teis().map(|tei| tei.to_string()).collect();
                assert_eq!(if links.is_empty() { "none".to_owned() } else { links.join(" ") }, rest, "{at}");
            }
            "checks" => self.expect_many(&at, 0x04, rest),
            "removals" => {
                let count: usize = rest.parse().expect("a count");
                let gone: Vec<String> = self.told.drain(..).collect();
                assert_eq!(gone, (64..64 + count).map(|tei| format!("removed {tei}")).collect::<Vec<_>>(), "{at}");
            }
            "rest" if rest == "no" => assert!(self.channel.deadline().is_some(), "{at}: a timer runs"),
            "rest" => assert_eq!(self.channel.deadline(), None, "{at}: a timer runs at rest"),
            other => panic!("{place}: no such word: {other}"),
        }
        self.drain();
    }

    /// `network`, `network TEI` and `network full`: with that TEI, or with all, assigned; `user`, `user TEI`, `user fixed TEI`.
    fn begin(&mut self, side: &str) {
        let words: Vec<&str> = side.split(' ').collect();
        match words[..] {
            ["network"] => self.channel = channel(Side::Network, Endpoint::Network),
            ["network", which] => {
                self.channel = channel(Side::Network, Endpoint::Network);
                for reference in 0..if which == "full" { 63 } else { 1 } {
                    self.channel.receive(self.now, &[0xfc, 0xff, 0x03, 0x0f, 0, reference, 0x01, 0xff]);
                }
            }
            ["user", "fixed", tei] => {
                self.channel = channel(Side::User, Endpoint::FixedTei(tei.parse().expect("a TEI")));
            }
            ["user", tei] => {
                self.channel = channel(Side::User, Endpoint::AutomaticTei);
                self.channel.start(self.now);
                let Some(DChannelOutput::Transmit(asked)) = self.channel.poll() else { panic!("a TEI is asked for") };
                let tei: u8 = tei.parse().expect("a TEI");
                self.channel.receive(self.now, &[0xfe, 0xff, 0x03, 0x0f, asked[4], asked[5], 0x02, tei << 1 | 1]);
            }
            _ => self.channel = channel(Side::User, Endpoint::AutomaticTei),
        }
        while self.channel.poll().is_some() {}
    }

    fn expect_sent(&mut self, at: &str, wanted: &str) {
        let sent = self.sent.pop_front().unwrap_or_else(|| panic!("{at}: nothing sent"));
        if wanted.contains("Rh Rl") {
            self.before = self.reference;
            self.reference = [sent[4], sent[5]];
        }
        assert_eq!(hex(&sent), hex(&self.octets(wanted)), "{at}");
    }

    fn expect_many(&mut self, at: &str, kind: u8, count: &str) {
        let sent: Vec<Vec<u8>> = self.sent.drain(..).collect();
        assert_eq!(sent.len().to_string(), count, "{at}");
        for (frame, tei) in sent.iter().zip(64u8..) {
            assert_eq!(frame[..], [0xfe, 0xff, 0x03, 0x0f, 0, 0, kind, tei << 1 | 1], "{at}");
        }
    }

    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        while let Some(due) = self.channel.deadline().filter(|due| *due <= until) {
            self.now = due;
            self.channel.expire(due);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.channel.poll() {
            let said = match output {
                DChannelOutput::Transmit(frame) => {
                    self.sent.push_back(frame);
                    continue;
                }
                DChannelOutput::Assigned(tei) => format!("assigned {tei}"),
                DChannelOutput::Removed(tei) => format!("removed {tei}"),
                DChannelOutput::NoTei => "no-tei".to_owned(),
                DChannelOutput::Link { tei, indication } => format!("{tei} {}", words(&indication)),
                DChannelOutput::Broadcast(octets) => format!("broadcast {}", hex(&octets)),
            };
            self.told.push_back(said);
        }
    }

    /// `Rh Rl`: the reference that we sent last; `Kh Kl`: the one kept; `Rx`: none of ours.
    fn octets(&self, text: &str) -> Vec<u8> {
        let octet = |word: &str| match word {
            "Rh" => self.reference[0],
            "Rl" => self.reference[1],
            "Rx" => !self.reference[0],
            "Kh" => self.kept[0],
            "Kl" => self.kept[1],
            word => u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("{}: not an octet: {word}", self.title)),
        };
        text.split_whitespace().map(octet).collect()
    }

    /// A vector accounts for every frame and every indication.
    fn finish(&self) {
        assert!(
            self.sent.is_empty(),
            "{}: also sent {:?}",
            self.title,
            self.sent.iter().map(|it| hex(it)).collect::<Vec<_>>()
        );
        assert!(self.told.is_empty(), "{}: also told {:?}", self.title, self.told);
        println!("passes: {}", self.title);
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

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
