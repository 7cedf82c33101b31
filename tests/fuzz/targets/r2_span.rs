//! Anything on two circuits of an R2 span at any time: bits, register signals, requests of the exchange. Once everybody hangs up and the
//! line is idle, nothing is seized.

#![no_main]

use clock::Monotonic;
use identity::{CircuitId, LegId, SpanId};
use legs::{LegRequest, Outgoing, Setup, SpanRequest, Target};
use libfuzzer_sys::fuzz_target;
use numbering::{Cause, ClearCause, PartyNumber};
use r2::{Config, Length, R2Output, R2Span, Signal, Variant, Wants};

fuzz_target!(|octets: &[u8]| {
    let [variant, wants, steps @ ..] = octets else { return };
    let called = if wants & 1 == 0 { Length::Fixed(4) } else { Length::Asked };
    let wants = Wants { called, caller: wants & 2 != 0, caller_after: wants >> 2 & 3 };
    let variant = Variant::ALL[usize::from(*variant) % Variant::ALL.len()];
    let config = Config { slots: vec![1, 2], wants, ..Config::new(SpanId(1), variant) };
    let mut span = R2Span::new(config);
    let (mut now, mut legs) = (Monotonic(0), Vec::new());
    for step in steps.chunks_exact(2) {
        now = Monotonic(now.0 + u64::from(step[1]) * u64::from(step[1]) / 8);
        span.expire(now);
        act(&mut span, now, step[0], &mut legs);
        while let Some(output) = span.poll() {
            if let R2Output::Leg { leg, .. } = output {
                legs.retain(|known| *known != leg);
                legs.push(leg);
            }
        }
    }
    for _ in 0..5 {
        for leg in &legs {
            span.request(now, *leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
        }
        span.span_request(now, SpanRequest::RestartSpan);
        for slot in [1, 2] {
            span.bits(now, slot, 0b1011);
        }
        now = Monotonic(now.0 + 70_000);
        span.expire(now);
    }
    assert_eq!(span.seized(), 0);
});

fn act(span: &mut R2Span, now: Monotonic, what: u8, legs: &mut Vec<LegId>) {
    let slot = 1 + (what >> 7);
    let leg = legs.last().copied().unwrap_or(LegId(9));
    match what & 0x7f {
        bits @ 0..16 => span.bits(now, slot, bits),
        signal @ 16..48 => span.signal(now, slot, Signal::new(signal % 16)),
        48..64 => {
            let called = PartyNumber::plain("8001".parse().unwrap_or_default());
            let setup = Setup { called, complete: what & 1 == 0, ..Setup::default() };
            let target = Target::Circuit(CircuitId { span: SpanId(1), slot });
            let leg = LegId(1000 + now.0);
            let outgoing = Outgoing { setup, target, answer_at_once: false };
            span.request(now, leg, LegRequest::Setup(Box::new(outgoing)));
        }
        64..72 => span.request(now, leg, LegRequest::Answer { connected: None }),
        72..80 => span.request(now, leg, LegRequest::MoreDigits),
        80..88 => span.request(now, leg, LegRequest::Proceeding),
        88..96 => span.request(now, leg, LegRequest::Alerting { inband: true }),
        96..104 => span.span_request(now, SpanRequest::Serve { slot, serve: what & 1 == 0 }),
        104..108 => span.span_request(now, SpanRequest::RestartCircuit { slot }),
        _ => span.request(now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::UserBusy) }),
    }
}
