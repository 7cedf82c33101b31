//! What is plugged into the box's analog card: telephones that somebody lifts and answers, and another exchange's lines.

use crate::voice::{Mouth, Saying, Talker};
use analog::{AnsweredBy, Config, Office, PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::{AnalogCard, AnalogKind, Wire, WireAddress};
use clock::{Millis, Monotonic};
use identity::{CircuitId, LegId, LegIds, SpanId};
use legs::{LegIndication, LegRequest, Outgoing, Setup, Target};
use lines::{Cards, LineSet, Output};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use plan::Tone;
use std::collections::BTreeMap;
use std::io;

const SPAN: SpanId = SpanId(1);

/// A telephone rings so long before somebody answers; a number called over a line likewise.
const ANSWERS_AFTER: Millis = Millis::secs(4);
/// So long after the last digit the number counts as complete.
const DIGITS_OVER: Millis = Millis::secs(3);
const TALKS: Millis = Millis::secs(60);

/// The wire to the box's analog card, and what is at its ports.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AnalogPlug {
    pub wire: Option<WireAddress>,
    /// Ports of the box with a telephone.
    pub telephones: Vec<u8>,
    /// Ports of the box that lead to this exchange.
    pub lines: Vec<u8>,
}

/// What a party waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It rings here, until it is answered.
    Rung {
        until: Monotonic,
    },
    /// The box dials, until no digit comes any more.
    Dialled {
        until: Option<Monotonic>,
    },
    /// Called out, not answered yet.
    Calling,
    Talking {
        until: Monotonic,
    },
    Leaving,
}

#[derive(Debug)]
struct Party {
    slot: u8,
    stage: Stage,
    mouth: Mouth,
}

#[derive(Debug)]
pub struct AnalogTown {
    cards: Cards,
    lines: LineSet,
    parties: BTreeMap<LegId, Party>,
    ids: LegIds,
}

impl AnalogTown {
    /// None without a wire.
    pub fn open(plug: &AnalogPlug, now: Monotonic) -> io::Result<Option<AnalogTown>> {
        let Some(wire) = plug.wire else { return Ok(None) };
        // A telephone is to the box what the box is to an exchange.
        let telephone = Office { answered_by: AnsweredBy::Dialled, ..Office::default() };
        // Exchanges differ: lines at even ports tell who calls by keys before the ring, the others by modem behind it.
        let line = |slot: u8| {
            let show_caller = if slot.is_multiple_of(2) { ShowCaller::Dtmf } else { ShowCaller::Multiple };
            Station { inside_digits: 0, reverse_at_answer: true, show_caller, ..Station::default() }
        };
        let telephones = plug.telephones.iter().map(|slot| (*slot, PortKind::Fxo(telephone.clone())));
        let lines = plug.lines.iter().map(|slot| (*slot, PortKind::Fxs(line(*slot))));
        let ports: Vec<PortConfig> = telephones.chain(lines).map(|(slot, kind)| PortConfig { slot, kind }).collect();
        let kinds: Vec<(u8, AnalogKind)> = ports.iter().map(|port| (port.slot, kind(&port.kind))).collect();
        let (mut cards, mut set) = (Cards::new(crate::town::PACE as usize), LineSet::default());
        set.add(SPAN, cards.add_analog(SPAN, AnalogCard::new(&kinds, Wire::open(wire)?, 1, now)));
        set.configure(now, SPAN, Some(Config { span: SPAN, practice: Practice::CHINA, ports }.into()));
        Ok(Some(AnalogTown { cards, lines: set, parties: BTreeMap::new(), ids: LegIds::of(LegIds::EXCHANGE) }))
    }

    /// To be called each [`crate::town::PACE`] milliseconds.
    pub fn live(&mut self, now: Monotonic) {
        for party in self.parties.values_mut() {
            party.mouth.fill(self.cards.spoken(CircuitId { span: SPAN, slot: party.slot }));
        }
        self.cards.exchange(now);
        self.lines.receive(now);
        self.lines.expire(now);
        self.hear(now);
        let due: Vec<LegId> = self.parties.iter().filter(|(_, party)| party.is_due(now)).map(|(leg, _)| *leg).collect();
        due.into_iter().for_each(|leg| self.go_on(now, leg));
        self.hear(now);
    }

    /// Somebody lifts the telephone at a port and dials; or calls the line at a port from a number.
    pub fn call(&mut self, now: Monotonic, slot: u8, called: Digits, calling: Option<Digits>) {
        let leg = self.ids.allocate();
        let setup = Setup {
            called: PartyNumber::plain(called),
            calling: calling.map(PartyNumber::plain),
            complete: true,
            ..Setup::default()
        };
        let target = Target::Circuit(CircuitId { span: SPAN, slot });
        self.parties.insert(leg, Party { slot, stage: Stage::Calling, mouth: Mouth::default() });
        let outgoing = Outgoing { setup, target, answer_at_once: false };
        self.ask(now, leg, LegRequest::Setup(Box::new(outgoing)));
    }

    /// Whoever is at a port hangs up.
    pub fn hang_up(&mut self, now: Monotonic, slot: u8) {
        let here: Vec<LegId> =
            self.parties.iter().filter(|(_, party)| party.slot == slot).map(|(leg, _)| *leg).collect();
        here.into_iter().for_each(|leg| self.leave(now, leg));
    }

    /// How many parties talk.
    pub fn talking(&self) -> usize {
        self.parties.values().filter(|party| matches!(party.stage, Stage::Talking { .. })).count()
    }

    fn ask(&mut self, now: Monotonic, leg: LegId, request: LegRequest) {
        self.lines.request(now, SPAN, leg, request);
    }

    fn leave(&mut self, now: Monotonic, leg: LegId) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.stage = Stage::Leaving;
        }
        self.ask(now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
    }

    fn hear(&mut self, now: Monotonic) {
        while let Some(output) = self.lines.poll() {
            let Output::Leg { leg, indication, .. } = output else { continue };
            match indication {
                LegIndication::Setup(incoming) => {
                    let legs::Origin::Circuit(circuit) = incoming.origin else { continue };
                    let dials = incoming.setup.called.digits.is_empty() && !incoming.setup.complete;
                    let stage = match dials {
                        true => Stage::Dialled { until: None },
                        false => Stage::Rung { until: now + ANSWERS_AFTER },
                    };
                    self.parties.insert(leg, Party { slot: circuit.slot, stage, mouth: Mouth::default() });
                    if dials {
                        self.ask(now, leg, LegRequest::MoreDigits);
                    }
                }
                LegIndication::Digits { .. } => {
                    if let Some(party) = self.parties.get_mut(&leg) {
                        party.stage = Stage::Dialled { until: Some(now + DIGITS_OVER) };
                    }
                }
                LegIndication::Answered { .. } => self.talk(now, leg),
                LegIndication::Disconnecting { .. } => self.leave(now, leg),
                LegIndication::Released { .. } => drop(self.parties.remove(&leg)),
                _ => {}
            }
        }
    }

    fn talk(&mut self, now: Monotonic, leg: LegId) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.stage = Stage::Talking { until: now + TALKS };
            party.mouth.say(Saying::Babble(Talker::new(140.0 + 20.0 * f64::from(party.slot))));
        }
    }

    fn go_on(&mut self, now: Monotonic, leg: LegId) {
        let Some(party) = self.parties.get_mut(&leg) else { return };
        match party.stage {
            Stage::Dialled { .. } => {
                party.mouth.tone(Tone::Ringback);
                party.stage = Stage::Rung { until: now + ANSWERS_AFTER };
                self.ask(now, leg, LegRequest::Proceeding);
            }
            Stage::Rung { .. } => {
                self.ask(now, leg, LegRequest::Answer { connected: None });
                self.talk(now, leg);
            }
            Stage::Talking { .. } => self.leave(now, leg),
            Stage::Calling | Stage::Leaving => {}
        }
    }
}

impl Party {
    fn is_due(&self, now: Monotonic) -> bool {
        match self.stage {
            Stage::Rung { until } | Stage::Dialled { until: Some(until) } | Stage::Talking { until } => until <= now,
            Stage::Dialled { until: None } | Stage::Calling | Stage::Leaving => false,
        }
    }
}

fn kind(port: &PortKind) -> AnalogKind {
    match port {
        PortKind::Fxs(_) => AnalogKind::Station,
        PortKind::Fxo(_) => AnalogKind::Terminal,
    }
}
