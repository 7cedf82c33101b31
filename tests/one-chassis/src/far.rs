//! Everybody outside the house: the carrier's exchange on the trunks, telephones at the ports, another exchange behind the lines.

use crate::lines_and_numbers::{BASIC, LINE_PORTS, LINES_IN, LINES_OUT, PRI, R2, STATION_PORTS, STATIONS};
use analog::{AnsweredBy, Office, PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::{AnalogCard, AnalogKind, Span, SpanConfig, Timeslot16, Wire};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegIndication, LegRequest, Origin, Outgoing, Setup, Target};
use lines::{Cards, Framing, LineSet, Output, Signalling};
use numbering::{Cause, ClearCause, Digits, PartyNumber};
use std::collections::BTreeMap;

pub const PACE: u64 = 5;

/// Digits of every number that the house dials outside.
const WHOLE: usize = 8;

/// From a ring to the answer.
const ANSWERS_AFTER: u64 = 300;

/// What the far end knows of one of its legs.
#[derive(Clone, Debug, Default)]
pub struct Party {
    pub circuit: Option<CircuitId>,
    pub incoming: bool,
    pub dialled: usize,
    pub complete: bool,
    pub answers_at: Option<u64>,
    pub answered: bool,
    pub gone: Option<Cause>,
}

pub struct Far {
    pub cards: Cards,
    pub lines: LineSet,
    pub parties: BTreeMap<(SpanId, LegId), Party>,
    next: u64,
}

/// One end of each wire: cards and what signals on them. `house`: the house's side.
pub fn plug(house: bool, wires: &mut BTreeMap<SpanId, Wire>) -> (Cards, LineSet) {
    let (mut cards, mut lines) = (Cards::new(PACE as usize), LineSet::default());
    let now = Monotonic(0);
    let mut digital = |id: SpanId, timeslot16, framing, signalling: Signalling| {
        let wire = wires.remove(&id).expect("a wire");
        let span = Span::new(SpanConfig { timeslot16, seed: u64::from(id.0) }, wire, now);
        lines.add(id, cards.add(id, span, framing));
        lines.configure(now, id, Some(signalling));
    };
    let pri = if house { pri::Side::User } else { pri::Side::Network };
    digital(PRI, Timeslot16::Hdlc, Framing::Card, pri::Config::new(PRI, pri).into());
    let wants = r2::Wants { called: r2::Length::Fixed(8), caller: true, caller_after: 0 };
    let china = r2::Config { wants, ..r2::Config::new(R2, r2::Variant::CHINA) };
    digital(R2, Timeslot16::Cas, Framing::Cas, china.into());
    for id in BASIC {
        let side = if house { bri::Side::User } else { bri::Side::Network };
        let config = bri::Config::new(id, side, bri::Mode::PointToMultipoint);
        digital(id, Timeslot16::Hdlc, Framing::Card, config.into());
    }
    let mut analog = |id: SpanId, slots: std::ops::RangeInclusive<u8>, stations: bool| {
        let wire = wires.remove(&id).expect("a wire");
        let kind = if stations { AnalogKind::Station } else { AnalogKind::Terminal };
        let described: Vec<(u8, AnalogKind)> = slots.clone().map(|slot| (slot, kind)).collect();
        lines.add(id, cards.add_analog(id, AnalogCard::new(&described, wire, u64::from(id.0), now)));
        let ports = slots.map(|slot| PortConfig { slot, kind: port(id, slot, stations, house) }).collect();
        lines.configure(now, id, Some(analog::Config { span: id, practice: Practice::CHINA, ports }.into()));
    };
    analog(STATIONS, STATION_PORTS, house);
    analog(LINES_IN, LINE_PORTS, !house);
    analog(LINES_OUT, LINE_PORTS, !house);
    (cards, lines)
}

/// The other exchange reverses the feed when its customer answers, and takes it away when he is gone; a telephone does as its owner says.
fn port(id: SpanId, slot: u8, station: bool, house: bool) -> PortKind {
    let line = Office {
        number: if house && id == LINES_IN { crate::lines_and_numbers::line_number(slot) } else { Digits::default() },
        hear_caller: false,
        answered_by: if house { AnsweredBy::Polarity } else { AnsweredBy::Dialled },
        polarity_releases: false,
        tones_release: !house,
        silence_releases: None,
        wait_for_dial_tone: !house,
        flash_to_hold: false,
    };
    match station {
        true => PortKind::Fxs(Station {
            show_caller: ShowCaller::No,
            reverse_at_answer: !house,
            break_at_release: true,
            ..Station::default()
        }),
        false => PortKind::Fxo(line),
    }
}

impl Far {
    pub fn new(mut wires: BTreeMap<SpanId, Wire>) -> Far {
        let (cards, lines) = plug(false, &mut wires);
        Far { cards, lines, parties: BTreeMap::new(), next: 1 }
    }

    /// Calls the house from that circuit.
    pub fn call(&mut self, now: Monotonic, circuit: CircuitId, called: Digits) -> (SpanId, LegId) {
        let leg = LegId(self.next);
        self.next += 1;
        let calling = Some(PartyNumber::plain(crate::lines_and_numbers::digits("13812345678")));
        let setup = Setup { called: PartyNumber::plain(called), complete: true, calling, ..Setup::default() };
        let outgoing = Outgoing { setup, target: Target::Circuit(circuit), answer_at_once: false };
        self.lines.request(now, circuit.span, leg, LegRequest::Setup(Box::new(outgoing)));
        self.parties.insert((circuit.span, leg), Party { circuit: Some(circuit), ..Party::default() });
        (circuit.span, leg)
    }

    pub fn hang_up(&mut self, now: Monotonic, (span, leg): (SpanId, LegId)) {
        let cause = ClearCause::ours(Cause::NormalClearing);
        self.lines.request(now, span, leg, LegRequest::Release { cause });
    }

    pub fn receive(&mut self, now: Monotonic) {
        self.cards.receive(now);
        self.lines.receive(now);
        self.lines.expire(now);
        while let Some(output) = self.lines.poll() {
            if let Output::Leg { span, leg, indication } = output {
                self.hear(now, span, leg, indication);
            }
        }
        let due: Vec<(SpanId, LegId)> = self.due(now);
        for (span, leg) in due {
            self.lines.request(now, span, leg, LegRequest::Answer { connected: None });
            if let Some(party) = self.parties.get_mut(&(span, leg)) {
                (party.answers_at, party.answered) = (None, true);
            }
        }
    }

    fn due(&self, now: Monotonic) -> Vec<(SpanId, LegId)> {
        let answers = |party: &Party| party.answers_at.is_some_and(|at| at <= now.0);
        self.parties.iter().filter(|(_, party)| answers(party)).map(|(key, _)| *key).collect()
    }

    fn hear(&mut self, now: Monotonic, span: SpanId, leg: LegId, indication: LegIndication) {
        let party = self.parties.entry((span, leg)).or_default();
        match indication {
            LegIndication::Setup(incoming) => {
                party.incoming = true;
                if let Origin::Circuit(circuit) = incoming.origin {
                    party.circuit = Some(circuit);
                }
                party.dialled = incoming.setup.called.digits.len();
                party.complete = incoming.setup.complete;
            }
            LegIndication::Digits { digits, complete } => {
                party.dialled += digits.len();
                party.complete |= complete;
            }
            LegIndication::CircuitChanged { circuit } => party.circuit = Some(circuit),
            LegIndication::Answered { .. } => party.answered = true,
            LegIndication::Released { cause } => party.gone = Some(cause.cause),
            LegIndication::Disconnecting { cause, .. } => {
                self.lines.request(now, span, leg, LegRequest::Release { cause });
                return;
            }
            _ => {}
        }
        let whole = party.complete || party.dialled >= WHOLE || span == STATIONS;
        if party.incoming && whole && party.answers_at.is_none() && !party.answered && party.gone.is_none() {
            party.answers_at = Some(now.0 + ANSWERS_AFTER);
            self.lines.request(now, span, leg, LegRequest::Alerting { inband: false });
        }
    }
}
