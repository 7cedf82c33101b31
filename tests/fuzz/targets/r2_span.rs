//! Anything on two circuits of an R2 span at any time: bits, register signals, requests of the exchange. Once everybody hangs up nothing stays
//! seized, whatever the line says, and when it is idle both circuits serve.

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
        act(&mut span, now, step[0], &legs);
        hear(&mut span, &mut legs);
    }
    // The line says the same for ever, and the exchange wants none of its calls.
    for _ in 0..6 {
        for leg in &legs {
            span.request(now, *leg, LegRequest::Release { cause: ClearCause::ours(Cause::NormalClearing) });
        }
        now = Monotonic(now.0 + 70_000);
        span.expire(now);
        hear(&mut span, &mut legs);
    }
    assert_eq!(span.seized(), 0, "a circuit stays seized");
    // The far end is idle: both circuits serve.
    for slot in [1, 2] {
        span.span_request(now, SpanRequest::Serve { slot, serve: true });
        span.bits(now, slot, 0b1011);
    }
    now = Monotonic(now.0 + 70_000);
    span.expire(now);
    (1..=2).for_each(|slot| dial(&mut span, now, slot, true));
    assert_eq!(span.seized(), 2, "a circuit does not serve");
});

/// Legs that said something, the last one last.
fn hear(span: &mut R2Span, legs: &mut Vec<LegId>) {
    while let Some(output) = span.poll() {
        if let R2Output::Leg { leg, .. } = output {
            legs.retain(|known| *known != leg);
            legs.push(leg);
        }
    }
}

fn dial(span: &mut R2Span, now: Monotonic, slot: u8, complete: bool) {
    let called = PartyNumber::plain("8001".parse().unwrap_or_default());
    let setup = Setup { called, complete, ..Setup::default() };
    let target = Target::Circuit(CircuitId { span: SpanId(1), slot });
    let leg = LegId(1000 + now.0 * 2 + u64::from(slot));
    span.request(now, leg, LegRequest::Setup(Box::new(Outgoing { setup, target, answer_at_once: false })));
}

fn act(span: &mut R2Span, now: Monotonic, what: u8, legs: &[LegId]) {
    let slot = 1 + (what >> 7);
    let leg = legs.last().copied().unwrap_or(LegId(9));
    match what & 0x7f {
        bits @ 0..16 => span.bits(now, slot, bits),
        signal @ 16..48 => span.signal(now, slot, Signal::new(signal % 16)),
        48..64 => dial(span, now, slot, what & 1 == 0),
        64..72 => span.request(now, leg, LegRequest::Answer { connected: None }),
        72..80 => span.request(now, leg, LegRequest::MoreDigits),
        80..88 => span.request(now, leg, LegRequest::Proceeding),
        88..96 => span.request(now, leg, LegRequest::Alerting { inband: true }),
        96..104 => span.span_request(now, SpanRequest::Serve { slot, serve: what & 1 == 0 }),
        104..108 => span.span_request(now, SpanRequest::RestartCircuit { slot }),
        _ => span.request(now, leg, LegRequest::Release { cause: ClearCause::ours(Cause::UserBusy) }),
    }
}
