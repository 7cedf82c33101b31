//! LIN-04: the dialogues of `tests/vectors/q931/multipoint.txt`, message by message, each naming the clause it comes from. The far ends'
//! data links are real ones, so that the vectors speak of layer 3 alone.

use bri::{BriOutput, BriSpan, Config, Mode, Side, Tei};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use lapd::{DataLink, DlIndication, DlRequest, Output};
use legs::{LegIndication, LegRequest, Origin, Outgoing, Setup, Target};
use numbering::{Cause, CauseLocation, ClearCause, PartyNumber};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// TEI management frames are no part of these dialogues.
const MANAGEMENT: u8 = 63;

#[test]
fn multipoint() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/q931/multipoint.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut player: Option<Player> = None;
    let mut played = 0;
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let place = format!("multipoint.txt:{}", number + 1);
        if line.starts_with('[') {
            player.take().inspect(Player::finish);
            player = Some(Player::new(format!("{place} {line}"), Config::new(SpanId(1), Side::Network, BUS), &[]));
            played += 1;
        } else if !line.is_empty() {
            player.as_mut().expect("a vector begins with its title").play(&place, line);
        }
    }
    player.take().inspect(Player::finish);
    println!("q931/multipoint.txt: {played} of {played} pass");
    assert!(played >= 31);
}

const BUS: Mode = Mode::PointToMultipoint;

struct Player {
    title: String,
    now: Monotonic,
    span: BriSpan,
    /// The far ends, by TEI.
    far: BTreeMap<u8, DataLink>,
    user: bool,
    sent: VecDeque<(String, Vec<u8>)>,
    told: VecDeque<String>,
    names: BTreeMap<LegId, String>,
    ids: LegIds,
}

impl Player {
    /// With a link to each of these terminals, or, as a terminal, to the network.
    fn new(title: String, config: Config, teis: &[u8]) -> Player {
        let user = config.side == Side::User;
        let side = if user { lapd::Side::Network } else { lapd::Side::User };
        let far = teis.iter().map(|tei| (*tei, DataLink::new(lapd::Config::basic_rate(side, *tei)))).collect();
        let mut player = Player {
            title,
            now: Monotonic(0),
            span: BriSpan::new(config),
            far,
            user,
            sent: VecDeque::new(),
            told: VecDeque::new(),
            names: BTreeMap::new(),
            ids: LegIds::of(0),
        };
        player.span.expire(player.now);
        for tei in teis.iter().copied() {
            if user {
                player.assign_ours(tei);
            } else {
                player.span.receive_frame(player.now, &[0xfc, 0xff, 0x03, 0x0f, 0, tei, 0x01, 0xff]);
            }
            player.drain();
            if let Some(link) = player.far.get_mut(&tei) {
                link.request(player.now, DlRequest::Establish);
            }
            player.drain();
        }
        player.sent.clear();
        player.told.clear();
        player
    }

    fn assign_ours(&mut self, tei: u8) {
        let Some(BriOutput::Transmit(asked)) = self.span.poll() else { panic!("a TEI is asked for") };
        self.span.receive_frame(self.now, &[0xfe, 0xff, 0x03, 0x0f, asked[4], asked[5], 0x02, tei << 1 | 1]);
    }

    fn play(&mut self, place: &str, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let at = format!("{place} {}", self.title);
        let words: Vec<&str> = rest.split_whitespace().collect();
        match verb {
            "side" => self.begin(&words),
            "dial" => self.dial(&words),
            "do" => self.ask(&words),
            "rx" => self.receive(words[0], &octets(&words[1..])),
            "tx" => {
                let (to, sent) = self.sent.pop_front().unwrap_or_else(|| panic!("{at}: nothing sent"));
                assert_eq!(format!("{to} {}", hex(&sent)), rest, "{at}");
            }
            "skip" => assert!(self.sent.pop_front().is_some(), "{at}: nothing sent"),
            "told" => assert_eq!(self.told.pop_front().as_deref(), Some(rest), "{at}"),
            "after" => self.pass(Millis((rest.parse::<f64>().expect("seconds") * 1000.0) as u64)),
            // Each data link watches its far end at rest.
            "rest" => {
                assert!(self.span.deadline().is_none_or(|at| at > self.now + Millis::secs(1)), "{at}: a timer runs")
            }
            other => panic!("{place}: no such word: {other}"),
        }
        self.drain();
    }

    fn begin(&mut self, words: &[&str]) {
        let title = std::mem::take(&mut self.title);
        *self = match words[..] {
            ["network", terminals, ref more @ ..] => {
                let teis: Vec<u8> = (64..64 + terminals.parse::<u8>().expect("a count")).collect();
                let overlap_sending = more.contains(&"overlap");
                let config = Config { overlap_sending, ..Config::new(SpanId(1), Side::Network, BUS) };
                Player::new(title, config, &teis)
            }
            ["user", msn] => {
                let msns = vec![msn.parse().expect("digits")];
                let config = Config { msns, tei: Tei::Automatic, ..Config::new(SpanId(1), Side::User, BUS) };
                Player::new(title, config, &[64])
            }
            _ => panic!("{title}: no such side"),
        };
    }

    fn dial(&mut self, words: &[&str]) {
        let leg = self.ids.allocate();
        self.names.insert(leg, format!("c{}", self.names.values().filter(|name| name.starts_with('c')).count() + 1));
        let complete = words.get(2) != Some(&"overlap");
        let called = PartyNumber::plain(words[1].parse().expect("digits"));
        let target = Target::Circuit(CircuitId { span: SpanId(1), slot: words[0].parse().expect("a slot") });
        let setup = Setup { called, complete, ..Setup::default() };
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.span.request(self.now, leg, LegRequest::Setup(Box::new(outgoing)));
    }

    fn ask(&mut self, words: &[&str]) {
        let leg = *self.names.iter().find(|(_, name)| *name == words[0]).expect("a leg").0;
        let request = match words[1] {
            "proceeding" => LegRequest::Proceeding,
            "alerting" => LegRequest::Alerting { inband: false },
            "answer" => LegRequest::Answer { connected: None },
            "digits" => LegRequest::Digits { digits: words[2].parse().expect("digits"), complete: false },
            "release" => {
                let cause = Cause::from_value(words[2].parse().expect("a cause"));
                LegRequest::Release { cause: ClearCause { cause, location: CauseLocation::PrivateLocal } }
            }
            other => panic!("{}: no such request: {other}", self.title),
        };
        self.span.request(self.now, leg, request);
    }

    fn receive(&mut self, from: &str, message: &[u8]) {
        if from == "all" {
            let frame = [&[0x02, 0xff, 0x03], message].concat();
            return self.span.receive_frame(self.now, &frame);
        }
        let tei: u8 = from.parse().expect("a TEI");
        let link = self.far.get_mut(&tei).expect("a terminal");
        link.request(self.now, DlRequest::Data(message.to_vec()));
    }

    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        loop {
            let due = self.far.values().filter_map(DataLink::deadline).chain(self.span.deadline()).min();
            let Some(due) = due.filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            self.far.values_mut().for_each(|link| link.expire(due));
            self.span.expire(due);
            self.drain();
        }
        self.now = until;
    }

    /// Frames go both ways until all are quiet.
    fn drain(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.span.poll() {
                quiet = false;
                self.heard(output);
            }
            let mut frames = Vec::new();
            for (tei, link) in &mut self.far {
                while let Some(output) = link.poll() {
                    quiet = false;
                    match output {
                        Output::Transmit(frame) => frames.push(frame),
                        Output::Indicate(DlIndication::Data(message)) => {
                            self.sent.push_back((tei.to_string(), message));
                        }
                        Output::Indicate(_) => {}
                    }
                }
            }
            frames.iter().for_each(|frame| self.span.receive_frame(self.now, frame));
            if quiet {
                return;
            }
        }
    }

    fn heard(&mut self, output: BriOutput) {
        match output {
            BriOutput::Transmit(frame) if frame[0] >> 2 == MANAGEMENT => {}
            BriOutput::Transmit(frame) if frame[1] >> 1 == 127 => {
                self.sent.push_back(("all".to_owned(), frame[3..].to_vec()));
            }
            BriOutput::Transmit(frame) => {
                if let Some(link) = self.far.get_mut(&(frame[1] >> 1)) {
                    link.receive(self.now, &frame);
                }
            }
            BriOutput::Leg { leg, indication } => {
                let incoming = self.names.values().filter(|name| name.starts_with('i')).count() + 1;
                let name = self.names.entry(leg).or_insert_with(|| format!("i{incoming}")).clone();
                self.told.push_back(format!("{name} {}", words(&indication)));
            }
            BriOutput::Span(_) | BriOutput::Trace { .. } | BriOutput::Activate => {}
        }
    }

    /// A vector accounts for every message and every indication.
    fn finish(&self) {
        let sent: Vec<String> = self.sent.iter().map(|(to, sent)| format!("{to} {}", hex(sent))).collect();
        assert!(sent.is_empty(), "{}: also sent {sent:?}", self.title);
        assert!(self.told.is_empty(), "{}: also told {:?}", self.title, self.told);
        assert_eq!(self.user, self.span.tei().is_some(), "{}", self.title);
        println!("passes: {}", self.title);
    }
}

fn words(indication: &LegIndication) -> String {
    match indication {
        LegIndication::Setup(incoming) => {
            let Origin::Circuit(circuit) = incoming.origin else { panic!("a circuit") };
            let called = incoming.setup.called.digits.as_str();
            format!("setup {called}{}on {}", if called.is_empty() { "" } else { " " }, circuit.slot)
        }
        LegIndication::MoreDigits => "more-digits".to_owned(),
        LegIndication::Proceeding => "proceeding".to_owned(),
        LegIndication::Alerting { .. } => "alerting".to_owned(),
        LegIndication::Answered { .. } => "answered".to_owned(),
        LegIndication::Disconnecting { cause, .. } => format!("disconnecting {}", cause.cause.value()),
        LegIndication::TurnedAway { cause, .. } => format!("turned-away {}", cause.cause.value()),
        LegIndication::Released { cause } => format!("released {}", cause.cause.value()),
        other => other.name().to_owned(),
    }
}

fn octets(words: &[&str]) -> Vec<u8> {
    words.iter().map(|word| u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("not an octet: {word}"))).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
