//! One analog port under the words of the vectors.

use analog::{
    AnalogOutput, AnalogSpan, AnsweredBy, Config, Heard, Office, Order, PortConfig, PortKind, Practice, Progress,
    Reader, Seen, ShowCaller, Sound, Station,
};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, SpanIndication, SpanRequest, Target};
use numbering::{Cause, ClearCause, Key, PartyNumber, Presentation};
use std::collections::{BTreeMap, VecDeque};

const OURS: LegId = LegId(7);

pub struct Line {
    span: AnalogSpan,
    now: Monotonic,
    leg: LegId,
    said: VecDeque<String>,
    orders: BTreeMap<&'static str, String>,
}

fn office(words: &[&str]) -> Office {
    let mut office = Office { number: "87654321".parse().unwrap(), ..Office::default() };
    for word in words {
        match *word {
            "no-caller" => office.hear_caller = false,
            "no-wait" => office.wait_for_dial_tone = false,
            "by-polarity" => office.answered_by = AnsweredBy::Polarity,
            "by-dialling" => office.answered_by = AnsweredBy::Dialled,
            "ignore-polarity" => office.polarity_releases = false,
            "ignore-tones" => office.tones_release = false,
            "silence-30" => office.silence_releases = Some(Millis::secs(30)),
            "centrex" => office.flash_to_hold = true,
            other => panic!("{other}"),
        }
    }
    office
}

fn station(words: &[&str]) -> Station {
    let mut station = Station { show_caller: ShowCaller::No, ..Station::default() };
    for word in words {
        match *word {
            "mdmf" => station.show_caller = ShowCaller::Multiple,
            "sdmf" => station.show_caller = ShowCaller::Single,
            "dtmf" => station.show_caller = ShowCaller::Dtmf,
            "reverse" => station.reverse_at_answer = true,
            "break" => station.break_at_release = true,
            practice if Practice::named(practice).is_some() => {}
            other => panic!("{other}"),
        }
    }
    station
}

fn progress(word: &str) -> Progress {
    match word {
        "dial" => Progress::Dial,
        "ringback" => Progress::Ringback,
        "busy" => Progress::Busy,
        "congestion" => Progress::Congestion,
        "information" => Progress::SpecialInformation,
        "speech" => Progress::Speech,
        "answer" => Progress::Answer,
        "silence" => Progress::Silence,
        other => panic!("{other}"),
    }
}

fn cause(text: &str) -> ClearCause {
    ClearCause::ours(Cause::from_value(text.parse().unwrap()))
}

/// An order as the vectors write it, and what it is about.
fn shown(order: &Order) -> Option<(&'static str, String)> {
    Some(match order {
        Order::Hook { off } => ("hook", format!("hook {}", if *off { "off" } else { "on" })),
        Order::Ring { on } => ("ring", format!("ring {}", if *on { "on" } else { "off" })),
        Order::Polarity { reversed } => {
            ("polarity", format!("polarity {}", if *reversed { "reversed" } else { "normal" }))
        }
        Order::Battery { feeding } => ("battery", format!("battery {}", if *feeding { "on" } else { "off" })),
        Order::OnHookSpeech { on } => ("speech", format!("speech {}", if *on { "on" } else { "off" })),
        Order::Sound(None) => ("sound", "sound nothing".into()),
        Order::Sound(Some(Sound::Tone(tone))) => ("sound", format!("sound {tone:?}")),
        Order::Sound(Some(Sound::Keys(keys))) => ("sound", format!("sound keys {keys}")),
        Order::Sound(Some(Sound::Message { octets, .. })) => {
            if let [0x06 | 0x82, ..] = octets[..] {
                let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
                return Some(("sound", format!("sound message {}", octets.join(" "))));
            }
            let mut reader = Reader::default();
            let caller = octets.iter().find_map(|octet| reader.take(*octet)).unwrap().unwrap();
            let number = caller.number.unwrap_or_else(|| format!("{:?}", caller.withheld.unwrap()));
            let name = caller.name.map(|name| format!(" {name}")).unwrap_or_default();
            ("sound", format!("sound message {number}{name}"))
        }
        Order::Listen(_) => return None,
    })
}

fn told(indication: &LegIndication) -> String {
    match indication {
        LegIndication::Setup(incoming) => {
            let setup = &incoming.setup;
            let calling = match &setup.calling {
                None => "nobody".to_owned(),
                Some(number) if number.presentation == Presentation::Allowed => number.digits.to_string(),
                Some(number) => format!("{:?}", number.presentation),
            };
            let name = setup.display.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            format!(
                "setup {} from {calling}{name}",
                if setup.called.digits.is_empty() { "-" } else { setup.called.digits.as_str() }
            )
        }
        LegIndication::Digits { digits, .. } => format!("digits {digits}"),
        LegIndication::Released { cause } => format!("released {}", cause.cause.value()),
        LegIndication::Disconnecting { cause, .. } => format!("disconnecting {}", cause.cause.value()),
        other => other.name().to_lowercase(),
    }
}

impl Line {
    pub fn play(lines: &[String]) -> Result<(), String> {
        let [first, rest @ ..] = lines else { return Err("an empty case".into()) };
        let words: Vec<&str> = first.split_whitespace().collect();
        let kind = match words[0] {
            "fxo" => PortKind::Fxo(office(&words[1..])),
            "fxs" => PortKind::Fxs(station(&words[1..])),
            other => panic!("{other}"),
        };
        let practice = words.iter().find_map(|word| Practice::named(word)).unwrap_or(Practice::CHINA);
        let config = Config { span: SpanId(3), practice, ports: vec![PortConfig { slot: 1, kind }] };
        let mut line = Line {
            span: AnalogSpan::new(config),
            now: Monotonic(0),
            leg: OURS,
            said: VecDeque::new(),
            orders: BTreeMap::new(),
        };
        let idle = ["hook on", "ring off", "polarity normal", "battery on", "speech off", "sound nothing"];
        line.orders = idle.iter().map(|text| (text.split(' ').next().unwrap(), (*text).to_owned())).collect();
        line.span.expire(line.now);
        line.drain();
        line.said.clear();
        for (place, text) in rest.iter().enumerate() {
            line.word(text).map_err(|problem| format!("line {}: {text:?}: {problem}", place + 2))?;
            line.drain();
        }
        if line.said.is_empty() { Ok(()) } else { Err(format!("nobody expected {:?}", line.said)) }
    }

    fn drain(&mut self) {
        while let Some(output) = self.span.poll() {
            match output {
                AnalogOutput::Port { order, .. } => {
                    let Some((about, text)) = shown(&order) else { continue };
                    if self.orders.insert(about, text.clone()).as_ref() != Some(&text) {
                        self.said.push_back(format!("order {text}"));
                    }
                }
                AnalogOutput::Leg { leg, indication } => {
                    if let LegIndication::Setup(_) = indication {
                        self.leg = leg;
                    }
                    self.said.push_back(format!("told {}", told(&indication)));
                }
                AnalogOutput::Span(SpanIndication::BlockedByPeer { blocked, .. }) => {
                    self.said.push_back(format!("told {}", if blocked { "blocked" } else { "unblocked" }));
                }
                AnalogOutput::Span(SpanIndication::Pair { trouble, .. }) => {
                    let what = trouble.map_or("sound".into(), |trouble| format!("{trouble:?}"));
                    self.said.push_back(format!("told pair {what}"));
                }
                AnalogOutput::Span(_) => {}
            }
        }
    }

    fn after(&mut self, millis: u64) {
        let until = Monotonic(self.now.0 + millis);
        while let Some(due) = self.span.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.span.expire(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn hear(&mut self, heard: Heard) {
        self.span.heard(self.now, 1, heard);
    }

    fn see(&mut self, seen: Seen) {
        self.span.seen(self.now, 1, seen);
    }

    fn ask(&mut self, request: LegRequest) {
        self.span.request(self.now, self.leg, request);
    }

    fn word(&mut self, text: &str) -> Result<(), String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "after" => self.after(rest.parse().unwrap()),
            "ring" => self.see(Seen::Ring { on: rest == "on" }),
            "polarity" => self.see(Seen::Polarity { reversed: rest == "reversed" }),
            "battery" => self.see(Seen::Battery { feeding: rest == "on" }),
            "off-hook" => self.see(Seen::OffHook),
            "on-hook" => self.see(Seen::OnHook),
            "flash" => self.see(Seen::Flash),
            "pulses" => (0..rest.parse().unwrap()).for_each(|_| {
                self.see(Seen::Pulse);
                self.drain();
                self.after(100);
            }),
            "hear" => self.hear(Heard::Progress(progress(rest))),
            "key" => rest.chars().for_each(|c| self.hear(Heard::Key(Key::new(c).unwrap()))),
            "fsk" => {
                self.hear(Heard::Carrier);
                crate::octets(rest).into_iter().for_each(|octet| self.hear(Heard::Octet(octet)));
                self.hear(Heard::Cut);
            }
            "sounded" => self.span.sounded(self.now, 1),
            "rest" => return if self.span.seized() == 0 { Ok(()) } else { Err("a leg has the port".into()) },
            "order" | "told" => {
                self.drain();
                return match self.said.pop_front() {
                    Some(said) if said == text => Ok(()),
                    said => Err(format!("but {said:?}")),
                };
            }
            _ => self.asked(word, rest),
        }
        Ok(())
    }

    fn asked(&mut self, word: &str, rest: &str) {
        match word {
            "dial" => {
                let (to, from) = rest.split_once(" from ").unwrap_or((rest, ""));
                let called = PartyNumber::plain(to.parse().unwrap());
                let calling = PartyNumber::plain(from.parse().unwrap());
                let setup = Setup { called, calling: (!from.is_empty()).then_some(calling), ..Setup::default() };
                let target = Target::Circuit(CircuitId { span: SpanId(3), slot: 1 });
                self.leg = OURS;
                self.ask(LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
            }
            "answer" => self.ask(LegRequest::Answer { connected: None }),
            "more" => self.ask(LegRequest::MoreDigits),
            "proceed" => self.ask(LegRequest::Proceeding),
            "alert" => self.ask(LegRequest::Alerting { inband: false }),
            "hold" => self.ask(LegRequest::Hold),
            "retrieve" => self.ask(LegRequest::Retrieve),
            "digits" => self.ask(LegRequest::Digits { digits: rest.parse().unwrap(), complete: false }),
            "release" => self.ask(LegRequest::Release { cause: cause(rest) }),
            "block" => self.span.span_request(self.now, SpanRequest::Serve { slot: 1, serve: false }),
            "reset" => self.span.span_request(self.now, SpanRequest::RestartCircuit { slot: 1 }),
            "waiting" => self.span.set_message_waiting(self.now, 1, rest != "no"),
            other => panic!("{other}"),
        }
    }
}
