//! Lines that fail, and lines that come back.

use simulation::*;

/// An administrator resets a span while its cable is out: once the cable is back, so are all its circuits.
#[test]
fn a_span_is_reset_while_it_is_down() {
    let mut town = World::seeded(1).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Ready);
    town.cut("E1-1").after(secs(60));
    town.administrator(desk::Command::ResetSpan { span: identity::SpanId(1) }).expect("the administrator may");
    town.after(secs(10)).mend("E1-1").after(secs(300));
    town.settle().expect(span("E1-1").up(true).all_idle());
}
