use super::words;
use clock::{Millis, Monotonic};
use q931::{CallControl, Config, DataLink, Output, Side};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Plays every vector of the file; returns how many there were.
pub fn play_file(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/q931").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut defined = BTreeMap::new();
    let mut player: Option<Player> = None;
    let mut played = 0;
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let place = format!("{name}:{}", number + 1);
        if let Some(title) = line.strip_prefix('[') {
            player.take().inspect(Player::finish);
            player = Some(Player::new(&place, title.trim_end_matches(']')));
            played += 1;
        } else if let Some(definition) = line.strip_prefix("def ") {
            let (name, octets) = definition.split_once(' ').expect("def NAME octets");
            defined.insert(name.to_owned(), words::octets(octets, &defined));
        } else if !line.is_empty() {
            player.as_mut().expect("a vector begins with its title").play(&place, line, &defined);
        }
    }
    player.take().inspect(Player::finish);
    println!("q931/{name}: {played} of {played} pass");
    played
}

struct Player {
    title: String,
    now: Monotonic,
    control: CallControl,
    sent: VecDeque<Vec<u8>>,
    told: VecDeque<String>,
    link_asked: usize,
    basic: bool,
}

impl Player {
    fn new(place: &str, title: &str) -> Player {
        Player {
            title: format!("{place} [{title}]"),
            now: Monotonic(0),
            control: CallControl::new(Config::new(Side::User, 30)),
            sent: VecDeque::new(),
            told: VecDeque::new(),
            link_asked: 0,
            basic: false,
        }
    }

    fn play(&mut self, place: &str, line: &str, defined: &BTreeMap<String, Vec<u8>>) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let args: Vec<&str> = rest.split_whitespace().collect();
        match verb {
            "side" => self.begin(rest),
            "up" => self.control.data_link(self.now, DataLink::Established),
            "down" => self.control.data_link(self.now, DataLink::Released),
            "peer-up" => self.control.data_link(self.now, DataLink::PeerReestablished),
            "rx" => self.control.receive(self.now, &words::octets(rest, defined)),
            "tx" => {
                let wanted = words::octets(rest, defined);
                let sent = self.sent.pop_front().unwrap_or_else(|| panic!("{place} {}: nothing sent", self.title));
                assert_eq!(hex(&sent), hex(&wanted), "{place} {}", self.title);
            }
            "told" => {
                let heard = self.told.pop_front();
                assert_eq!(heard.as_deref(), Some(rest), "{place} {}", self.title);
            }
            "setup" => {
                self.control.setup(self.now, words::setup(&args, self.basic)).expect("the call is taken");
            }
            "resume" => {
                self.control.resume(self.now, words::identity(args.first())).expect("the call is taken");
            }
            "do" => self.control.request(self.now, words::call(args[0]), words::request(&args[1..])),
            "restart" => self.control.restart(self.now, words::scope(args[0])),
            "restarted" => self.control.restart_response(self.now, words::scope(args[0])),
            "after" => self.pass(Millis((rest.parse::<f64>().expect("seconds") * 1000.0) as u64)),
            "calls" => assert_eq!(self.control.calls(), rest.parse().expect("a count"), "{place} {}", self.title),
            "asks-link" => assert_eq!(std::mem::take(&mut self.link_asked), 1, "{place} {}", self.title),
            "rest" => {
                assert_eq!(self.control.deadline(), None, "{place} {}: a timer runs in a rest state", self.title);
            }
            other => panic!("{place}: no such word: {other}"),
        }
        self.drain();
    }

    fn begin(&mut self, side: &str) {
        let rearrangement = side.ends_with(" rearranging");
        self.basic = side.ends_with(" basic");
        let side = if side.starts_with("network") { Side::Network } else { Side::User };
        let config = if self.basic { Config::basic(side) } else { Config::new(side, 30) };
        self.control = CallControl::new(Config { rearrangement, ..config });
        self.control.data_link(self.now, DataLink::Established);
    }

    /// Time passes, each timer at its time.
    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        while let Some(due) = self.control.deadline().filter(|due| *due <= until) {
            self.now = due;
            self.control.expire(due);
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.control.poll() {
            match output {
                Output::Transmit(octets) => self.sent.push_back(octets),
                Output::Call { call, indication } => self.told.push_back(words::indication(call, &indication)),
                Output::Interface(indication) => self.told.push_back(words::interface(&indication)),
                Output::EstablishLink => self.link_asked += 1,
                Output::Trace(_) => {}
            }
        }
    }

    /// A vector accounts for every message and every indication.
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

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
