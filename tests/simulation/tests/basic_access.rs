//! Basic accesses of the carrier's: on a bus and point to point, both ways, with bad lines and cuts.

use simulation::*;

/// LIN-04, LIN-08: a customer calls in over the bus and over a line of the house's own, talks to an agent and hangs up.
#[test]
fn a_customer_calls_in() {
    for bus in [true, false] {
        let mut town = World::seeded(1).bri_span("BRI-1", bus).queue("orders").agent("anna", Presence::Ready);
        let customer = town.dial("4951234567");
        town.after(secs(15)).expect(caller(customer).answered().hears(Sound::Phone("anna")));
        town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna")).expect(span("BRI-1").all_idle());
    }
}

/// LIN-04: a telephone of the house calls a subscriber; he answers and hangs up first.
#[test]
fn the_house_calls_out() {
    for bus in [true, false] {
        let town = World::seeded(2).bri_span("BRI-1", bus).phone(PhoneManner::NoAnswer);
        let mut town = town.subscriber("13922223333", Habit::HangsUpAfter(20));
        town.lift("8101", "013922223333");
        town.after(secs(10)).expect(span("BRI-1").talking(1));
        town.after(secs(60)).settle().expect(span("BRI-1").all_idle()).expect(records(1));
    }
}

/// LIN-04: two channels, two calls; the third caller is told that there is no line, and the two talk on.
#[test]
fn no_third_call() {
    let town = World::seeded(3).bri_span("BRI-1", true).queue("orders");
    let mut town = town.agent("anna", Presence::Ready).agent("ben", Presence::Ready);
    let (one, two) = (town.dial("4951234567"), town.dial("4951234567"));
    let third = town.dial("4951234567");
    town.after(secs(15)).expect(caller(one).answered()).expect(caller(two).answered());
    town.expect(caller(third).gone(numbering::Cause::NoCircuitAvailable));
    town.hang_up(one).hang_up(two).settle().expect(span("BRI-1").all_idle()).expect(records(2));
}

/// PER-02: one frame in thirty is spoilt, which the data link repeats after a second each (k = 1): no call is lost or doubled.
#[test]
fn a_noisy_line() {
    for seed in 1..6 {
        let bus = seed % 2 == 0;
        let mut town = World::seeded(seed).bri_span("BRI-1", bus).queue("orders").agent("anna", Presence::Ready);
        town.noise("BRI-1", 33);
        for _ in 0..10 {
            let customer = town.dial("4951234567");
            town.after(secs(20)).expect(caller(customer).answered()).hang_up(customer).after(secs(20));
        }
        town.noise("BRI-1", 0).settle().expect(records(10)).expect(queue("orders").answered(10));
    }
}

/// LIN-05: cut at any moment of a call, in one direction or both, and mended: nothing stays seized at either end.
#[test]
fn cuts_at_any_moment() {
    for moment in 0..16 {
        for deaf in [None, Some(End::Box), Some(End::Far)] {
            let bus = moment % 2 == 0;
            let mut town = World::seeded(moment).bri_span("BRI-1", bus).queue("orders").agent("anna", Presence::Ready);
            let customer = town.dial("4951234567");
            town.after(clock::Millis(3 + 300 * moment));
            match deaf {
                None => town.cut("BRI-1"),
                Some(end) => town.deafen("BRI-1", end, Failure::Los),
            };
            // Shorter than T309: a talk goes on.
            town.after(secs(20))
                .mend("BRI-1")
                .after(secs(120))
                .hang_up(customer)
                .settle()
                .expect(span("BRI-1").up(true).all_idle());
        }
    }
}

/// The daemon dies in the middle of a call: the far end's call ends, and the channels are idle at both ends once it is back.
#[test]
fn the_daemon_dies_in_mid_call() {
    for bus in [true, false] {
        let mut town = World::seeded(5).bri_span("BRI-1", bus).queue("orders").agent("anna", Presence::Ready);
        let customer = town.dial("4951234567");
        town.after(secs(15)).expect(caller(customer).answered());
        town.kill().after(secs(240));
        town.settle().expect(span("BRI-1").up(true).all_idle());
        let again = town.dial("4951234567");
        town.after(secs(20)).settle().expect(span("BRI-1").all_idle());
        town.expect(caller(again).gone(numbering::Cause::SwitchingCongestion)).expect(records(2));
    }
}
