//! LIN-01: the dialogues of `tests/vectors/r2`, signal by signal, each naming the clause it comes from.

use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{Alarms, LegIndication, LegRequest, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause, PartyNumber, Presentation};
use r2::{Config, Length, R2Output, R2Span, Signal, Variant, Wants};
use std::collections::VecDeque;
use std::path::Path;

const SPAN: SpanId = SpanId(1);
const SLOT: u8 = 1;
/// What the incoming end must do is due by then: the recognition time of line signals.
const RECOGNISED: u64 = 20;

/// LIN-01: line signals by Q.421 and Q.422.
#[test]
fn line_signals() {
    assert!(play_file("line.txt") >= 25);
}

/// LIN-01, LIN-08: China No. 1's registers, the caller's number among them, both ways.
#[test]
fn china() {
    assert!(play_file("china.txt") >= 20);
}

/// LIN-01: registers by Q.440 to Q.480.
#[test]
fn itu() {
    assert!(play_file("itu.txt") >= 23);
}

/// LIN-01: what other networks do differently.
#[test]
fn others() {
    assert!(play_file("others.txt") >= 9);
}

/// Plays every vector of the file and says how many there were.
fn play_file(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/r2").join(name);
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
    println!("r2/{name}: {played} of {played} pass");
    played
}

struct Player {
    title: String,
    now: Monotonic,
    span: R2Span,
    leg: Option<LegId>,
    ids: LegIds,
    bits: u8,
    sent: VecDeque<String>,
    told: VecDeque<String>,
}

impl Player {
    fn new(title: String) -> Player {
        let span = R2Span::new(Config::new(SPAN, Variant::CHINA));
        let ids = LegIds::of(LegIds::EXCHANGE);
        Player {
            title,
            now: Monotonic(0),
            span,
            leg: None,
            ids,
            bits: 0b10,
            sent: VecDeque::new(),
            told: VecDeque::new(),
        }
    }

    fn play(&mut self, place: &str, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["variant", name, ref rest @ ..] => self.begin(name, rest),
            ["rx", bits] => {
                self.see(bits);
                self.pass(RECOGNISED);
            }
            ["blink", bits, millis] => {
                let before = format!("{:02b}", self.bits);
                self.see(bits);
                self.pass(number(millis));
                self.see(&before);
            }
            ["hear", signal] => self.hear(signal),
            ["calls", forward, "asks", backward] => {
                self.hear(forward);
                self.expect(place, &format!("sound {backward}"));
                self.hear("-");
                self.expect(place, "quiet");
            }
            ["asked", backward, "sends", forward] => {
                self.hear(backward);
                // A pulse comes on a silent line.
                if self.sent.front().is_some_and(|sent| sent == "quiet") {
                    self.expect(place, "quiet");
                }
                self.hear("-");
                if forward != "-" {
                    self.expect(place, &format!("sound {forward}"));
                }
            }
            ["after", millis] => self.pass(number(millis)),
            ["tx", ..] | ["sound", ..] | ["quiet"] | ["told", ..] => self.expect(place, line),
            ["idle"] => assert_eq!(self.span.seized(), 0, "{place} {}: seized", self.title),
            _ => self.request(place, &words),
        }
        self.drain();
    }

    fn request(&mut self, place: &str, words: &[&str]) {
        match *words {
            ["call", called] => self.call(called, true, None),
            ["call", called, "from", calling] => self.call(called, true, Some(calling)),
            ["begin", called] => self.call(called, false, None),
            ["digits", digits, ref rest @ ..] => {
                let request =
                    LegRequest::Digits { digits: digits.parse().expect("digits"), complete: rest == ["complete"] };
                self.ask(request);
            }
            ["more"] => self.ask(LegRequest::MoreDigits),
            ["proceeding"] => self.ask(LegRequest::Proceeding),
            ["alert"] => self.ask(LegRequest::Alerting { inband: true }),
            ["answer"] => self.ask(LegRequest::Answer { connected: None }),
            ["release", cause] => {
                let cause = ClearCause::ours(Cause::from_value(number(cause) as u8));
                self.ask(LegRequest::Release { cause });
            }
            ["serve", serve] => {
                self.span.span_request(self.now, SpanRequest::Serve { slot: SLOT, serve: serve == "yes" });
            }
            ["restart"] => self.span.span_request(self.now, SpanRequest::RestartCircuit { slot: SLOT }),
            ["los", los] => self.span.alarm(self.now, Alarms { los: los == "yes", ..Alarms::default() }),
            _ => panic!("{place}: no such words: {words:?}"),
        }
    }

    /// An idle circuit that the far end says to be idle as well.
    fn begin(&mut self, variant: &str, words: &[&str]) {
        let mut wants = Wants { called: Length::Fixed(4), caller: false, caller_after: 0 };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "caller" => wants.caller = true,
                "no-caller" => wants.caller = false,
                "called" => {
                    let length = words.next().expect("a length");
                    wants.called = if *length == "asked" { Length::Asked } else { Length::Fixed(number(length) as u8) };
                }
                "after" => wants.caller_after = number(words.next().expect("a count")) as u8,
                other => panic!("{}: no such word: {other}", self.title),
            }
        }
        let variant = Variant::of_name(variant).expect("a variant");
        let config = Config { wants, slots: vec![SLOT], ..Config::new(SPAN, variant) };
        self.span = R2Span::new(config);
        self.pass(0);
        self.see("10");
        self.pass(RECOGNISED);
        self.drain();
        let idle = format!("tx {:04b}", 0b1000 | variant.cd);
        assert_eq!((self.sent.pop_front(), self.told.pop_front()), (Some(idle), Some("told up".to_owned())));
    }

    fn call(&mut self, called: &str, complete: bool, calling: Option<&str>) {
        let leg = self.ids.allocate();
        let party = |text: &str| PartyNumber::plain(text.parse().expect("digits"));
        let setup = Setup { called: party(called), complete, calling: calling.map(party), ..Setup::default() };
        let target = Target::Circuit(CircuitId { span: SPAN, slot: SLOT });
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.span.request(self.now, leg, LegRequest::Setup(Box::new(outgoing)));
        // One that is refused at once changes nothing for the one that the circuit has.
        self.leg = self.span.each_leg().map(|(leg, _)| leg).next();
    }

    fn ask(&mut self, request: LegRequest) {
        let leg = self.leg.expect("a leg");
        self.span.request(self.now, leg, request);
    }

    fn see(&mut self, bits: &str) {
        self.bits = u8::from_str_radix(bits, 2).expect("two bits");
        self.span.bits(self.now, SLOT, self.bits << 2 | 1);
    }

    fn hear(&mut self, signal: &str) {
        let signal = (signal != "-").then(|| Signal::new(number(signal) as u8).expect("1 to 15"));
        self.span.signal(self.now, SLOT, signal);
        self.drain();
    }

    /// Millisecond by millisecond, as deadlines come.
    fn pass(&mut self, millis: u64) {
        let until = self.now + Millis(millis);
        self.span.expire(self.now);
        while let Some(at) = self.span.deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.span.expire(self.now);
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.span.poll() {
            match output {
                // Which way to listen is between the core and its card.
                R2Output::Listen { .. } | R2Output::Message { .. } => {}
                R2Output::Bits { abcd, .. } => self.sent.push_back(format!("tx {abcd:04b}")),
                R2Output::Sound { signal, .. } => {
                    self.sent
                        .push_back(signal.map_or("quiet".to_owned(), |signal| format!("sound {}", signal.number())));
                }
                R2Output::Leg { leg, indication } => {
                    let told = self.words(leg, &indication);
                    self.told.push_back(told);
                }
                R2Output::Span(indication) => self.told.push_back(format!("told {}", name(&indication))),
            }
        }
    }

    fn words(&mut self, leg: LegId, indication: &LegIndication) -> String {
        match indication {
            LegIndication::Setup(incoming) => {
                self.leg = Some(leg);
                let calling =
                    incoming.setup.calling.as_ref().map_or("-".to_owned(), |calling| match calling.presentation {
                        Presentation::Restricted => "withheld".to_owned(),
                        _ => calling.digits.to_string(),
                    });
                format!("told setup {} {calling}", incoming.setup.called.digits)
            }
            LegIndication::Digits { digits, .. } => format!("told digits {digits}"),
            LegIndication::MoreDigits => "told more".to_owned(),
            LegIndication::Alerting { .. } => "told alerting".to_owned(),
            LegIndication::Answered { .. } => "told answered".to_owned(),
            LegIndication::Disconnecting { cause, .. } => format!("told disconnecting {}", cause.cause.value()),
            LegIndication::Released { cause } => format!("told released {}", cause.cause.value()),
            other => format!("told {other:?}"),
        }
    }

    fn expect(&mut self, place: &str, wanted: &str) {
        let queue = if wanted.starts_with("told") { &mut self.told } else { &mut self.sent };
        let next = queue.pop_front();
        assert_eq!(next.as_deref(), Some(wanted), "{place} {}; then {:?} {:?}", self.title, self.sent, self.told);
    }

    fn finish(&self) {
        assert!(self.sent.is_empty() && self.told.is_empty(), "{}: also {:?} {:?}", self.title, self.sent, self.told);
        println!("passes: {}", self.title);
    }
}

fn name(indication: &SpanIndication) -> String {
    match indication {
        SpanIndication::Up => "up".to_owned(),
        SpanIndication::Down => "down".to_owned(),
        SpanIndication::Alarms(_) => "alarms".to_owned(),
        SpanIndication::Restarted { .. } => "restarted".to_owned(),
        SpanIndication::BlockedByPeer { blocked: true, .. } => "blocked".to_owned(),
        SpanIndication::BlockedByPeer { blocked: false, .. } => "unblocked".to_owned(),
        other => panic!("nothing that R2 tells: {other:?}"),
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}
