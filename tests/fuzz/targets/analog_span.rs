//! Anything on an analog card at any time. Once telephones are put down, lines are quiet and everybody has released, nothing is seized.

#![no_main]

use analog::{
    AnalogOutput, AnalogSpan, Config, Heard, Office, PortConfig, PortKind, Practice, Progress, Seen, ShowCaller,
    Station,
};
use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegRequest, Outgoing, Setup, SpanRequest, Target};
use libfuzzer_sys::fuzz_target;
use numbering::{Cause, ClearCause, Key, PartyNumber};

const PROGRESS: [Progress; 8] = [
    Progress::Dial,
    Progress::Ringback,
    Progress::Busy,
    Progress::Congestion,
    Progress::SpecialInformation,
    Progress::Speech,
    Progress::Answer,
    Progress::Silence,
];

fuzz_target!(|octets: &[u8]| {
    let [how, steps @ ..] = octets else { return };
    let show_caller =
        [ShowCaller::No, ShowCaller::Multiple, ShowCaller::Single, ShowCaller::Dtmf][usize::from(how & 3)];
    let station =
        Station { show_caller, reverse_at_answer: how & 4 != 0, break_at_release: how & 8 != 0, ..Station::default() };
    let office = Office { flash_to_hold: how & 16 != 0, wait_for_dial_tone: how & 32 != 0, ..Office::default() };
    let ports =
        vec![PortConfig { slot: 1, kind: PortKind::Fxs(station) }, PortConfig { slot: 2, kind: PortKind::Fxo(office) }];
    let mut card = AnalogSpan::new(Config { span: SpanId(1), practice: Practice::CHINA, ports });
    let (mut now, mut legs) = (Monotonic(0), Vec::new());
    for step in steps.chunks_exact(3) {
        now = Monotonic(now.0 + u64::from(step[2]) * u64::from(step[2]) / 4);
        card.expire(now);
        act(&mut card, now, step[0], step[1], &mut legs);
        listen(&mut card, &mut legs);
    }
    for seen in [Seen::OnHook, Seen::Ring { on: false }, Seen::Battery { feeding: true }] {
        card.seen(now, 1, seen);
        card.seen(now, 2, seen);
    }
    for _ in 0..4 {
        listen(&mut card, &mut legs);
        for leg in &legs {
            card.request(now, *leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
        }
        now = Monotonic(now.0 + 70_000);
        card.expire(now);
    }
    assert_eq!(card.seized(), 0);
});

/// Takes what the card tells; the leg spoken of last comes last.
fn listen(card: &mut AnalogSpan, legs: &mut Vec<LegId>) {
    while let Some(output) = card.poll() {
        if let AnalogOutput::Leg { leg, .. } = output {
            legs.retain(|known| *known != leg);
            legs.push(leg);
        }
    }
}

fn act(card: &mut AnalogSpan, now: Monotonic, what: u8, value: u8, legs: &mut Vec<LegId>) {
    let slot = 1 + (what >> 7);
    let leg = legs.last().copied().unwrap_or(LegId(9));
    match what & 0x7f {
        0..8 => card.seen(now, slot, Seen::Ring { on: value & 1 == 0 }),
        8..12 => card.seen(now, slot, Seen::Polarity { reversed: value & 1 == 0 }),
        12..16 => card.seen(now, slot, Seen::Battery { feeding: value & 1 == 0 }),
        16..22 => card.seen(now, slot, Seen::OffHook),
        22..26 => card.seen(now, slot, Seen::OnHook),
        26..30 => card.seen(now, slot, Seen::Flash),
        30..34 => card.seen(now, slot, Seen::Pulse),
        34..50 => card.heard(now, slot, Heard::Octet(value)),
        50..56 => card.heard(now, slot, Key::from_event(value & 15).map_or(Heard::Cut, Heard::Key)),
        56..64 => card.heard(now, slot, Heard::Progress(PROGRESS[usize::from(value & 7)])),
        64..70 => card.sounded(now, slot),
        70..78 => {
            let setup = Setup { called: PartyNumber::plain("8001".parse().unwrap_or_default()), ..Setup::default() };
            let target = Target::Circuit(CircuitId { span: SpanId(1), slot });
            let outgoing = Outgoing { setup, target, answer_at_once: false };
            // A leg of ours is known before the card says a word of it.
            let leg = LegId(1000 + legs.len() as u64);
            legs.push(leg);
            card.request(now, leg, LegRequest::Setup(Box::new(outgoing)));
        }
        78..84 => card.request(now, leg, LegRequest::MoreDigits),
        84..90 => card.request(now, leg, LegRequest::Proceeding),
        90..100 => card.request(now, leg, LegRequest::Answer { connected: None }),
        100..104 => card.request(now, leg, LegRequest::Hold),
        104..108 => card.span_request(now, SpanRequest::Serve { slot, serve: value & 1 == 0 }),
        112..116 => card.set_message_waiting(now, slot, value & 1 == 0),
        108..112 => card.span_request(now, SpanRequest::RestartCircuit { slot }),
        _ => card.request(now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::UserBusy) }),
    }
}
