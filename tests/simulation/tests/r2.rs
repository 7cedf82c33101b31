//! R2 spans: calls both ways between the house and the town, bad lines, cuts, both ends at once.

use simulation::*;

/// LIN-01, LIN-08: a customer calls in by R2, is told by his number, talks to an agent and hangs up.
#[test]
fn a_customer_calls_in() {
    let mut town = World::seeded(1).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(15)).expect(caller(customer).answered().hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna")).expect(span("R2-1").all_idle());
}

/// LIN-01: the same where the dial plan says digit by digit when the number is complete.
#[test]
fn a_number_of_unknown_length() {
    let mut town = World::seeded(1).r2_span("R2-1", 0).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(15)).expect(caller(customer).answered().hears(Sound::Phone("anna")));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna")).expect(span("R2-1").all_idle());
}

/// LIN-01: a telephone of the house calls a subscriber by R2; he answers and hangs up first.
#[test]
fn the_house_calls_out() {
    let town = World::seeded(2).r2_span("R2-1", 10).phone(PhoneManner::NoAnswer);
    let mut town = town.subscriber("13922223333", Habit::HangsUpAfter(20));
    town.lift("8101", "013922223333");
    town.after(secs(10)).expect(span("R2-1").talking(1));
    town.after(secs(60)).settle().expect(span("R2-1").all_idle()).expect(records(1));
}

/// LIN-01: a busy subscriber: the register says so, and the circuit is idle again.
#[test]
fn a_busy_subscriber() {
    let town = World::seeded(2).r2_span("R2-1", 10).phone(PhoneManner::NoAnswer);
    let mut town = town.subscriber("13922223333", Habit::Refused(numbering::Cause::UserBusy));
    town.lift("8101", "013922223333");
    town.after(secs(30)).settle().expect(span("R2-1").all_idle()).expect(records(1));
}

/// PER-02: bit errors in a tenth of the changes of timeslot 16: no call is lost or doubled.
#[test]
fn a_noisy_line() {
    for seed in 1..6 {
        let mut town = World::seeded(seed).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
        town.noise("R2-1", 100);
        for _ in 0..10 {
            let customer = town.dial("4951234567");
            town.after(secs(15)).expect(caller(customer).answered()).hang_up(customer).after(secs(20));
        }
        town.noise("R2-1", 0).settle().expect(records(10)).expect(queue("orders").answered(10));
    }
}

/// LIN-05: three seconds of LOS in mid-call end the call cleanly at both ends; behind it the span serves again.
#[test]
fn three_seconds_of_los() {
    let mut town = World::seeded(3).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(15)).expect(caller(customer).answered());
    town.cut("R2-1").after(secs(3)).mend("R2-1").after(secs(60)).expect(calls_up(0));
    town.expect(span("R2-1").up(true).all_idle()).expect(cdr(customer).answered_by("anna"));
    let again = town.dial("4951234567");
    town.after(secs(15)).expect(caller(again).answered()).hang_up(again).settle();
}

/// LIN-05: cut at any moment of a call, in one direction or both, and mended: nothing stays seized at either end.
#[test]
fn cuts_at_any_moment() {
    for moment in 0..24 {
        for deaf in [None, Some(End::Box), Some(End::Far)] {
            let mut town = World::seeded(moment).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
            town.dial("4951234567");
            town.after(clock::Millis(40 + 170 * moment));
            match deaf {
                None => town.cut("R2-1"),
                Some(end) => town.deafen("R2-1", end, Failure::Los),
            };
            town.after(secs(3)).mend("R2-1").after(secs(60)).settle().expect(span("R2-1").up(true).all_idle());
        }
    }
}

/// LIN-06: house and town take the same circuits at the same time, again and again: whoever loses tries another, none stays seized.
#[test]
fn both_ends_seize_at_once() {
    let town = World::seeded(4).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
    let town = town.far_hunts_from_below().phone(PhoneManner::NoAnswer);
    let mut town = town.subscriber("13922223333", Habit::HangsUpAfter(5));
    for _ in 0..30 {
        let customer = town.dial("4951234567");
        town.lift("8101", "013922223333");
        town.after(secs(30));
        town.hang_up(customer).after(secs(30));
    }
    town.settle().expect(span("R2-1").glare().all_idle());
}

/// The daemon dies in the middle of a call: the far end's call ends, and the circuits are idle at both ends once it is back.
#[test]
fn the_daemon_dies_in_mid_call() {
    let mut town = World::seeded(5).r2_span("R2-1", 10).queue("orders").agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(15)).expect(caller(customer).answered());
    town.kill().after(secs(60));
    town.settle()
        .expect(span("R2-1").up(true).all_idle())
        .expect(caller(customer).gone(numbering::Cause::NormalClearing));
    // Nobody has signed in again yet: the next caller gets the apology.
    let again = town.dial("4951234567");
    town.after(secs(20)).settle().expect(span("R2-1").all_idle());
    town.expect(caller(again).gone(numbering::Cause::NormalClearing)).expect(records(2));
}
