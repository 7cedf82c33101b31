//! Telephones that speak SIP, over a network that is not always kind.

use ledger::Outcome;
use simulation::*;

const FINE: Weather = Weather::FINE;
/// One datagram in ten is lost, one in twenty comes twice, and later ones overtake earlier ones.
const ROUGH: Weather = Weather { loss: 100, doubling: 50, jitter: 80 };

fn shop(seed: u64, weather: Weather) -> World {
    World::seeded(seed).telephones_over_sip(weather).span("E1-1", pri_user()).queue("orders")
}

/// A caller waits, the agent's telephone rings, they talk, the caller hangs up: the whole way by SIP messages.
#[test]
fn a_call_from_the_queue() {
    let mut town = shop(1, FINE).agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna"))).expect(phone_hears("anna", Sound::Trunk));
    town.hang_up(customer).settle().expect(cdr(customer).answered_by("anna").recorded(secs(8)));
    town.expect(span("E1-1").all_idle());
}

/// The agent hangs up at the telephone.
#[test]
fn the_agent_puts_down() {
    let mut town = shop(2, FINE).agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10))
        .put_down("anna")
        .after(secs(2))
        .expect(caller(customer).gone(numbering::Cause::NormalClearing));
    town.settle().expect(cdr(customer).answered_by("anna").talked(secs(8)));
}

/// The telephone is in use: the next agent gets the call.
#[test]
fn a_telephone_refuses() {
    let mut town = shop(3, FINE)
        .agent_with("anna", Presence::Ready, PhoneManner::Refuses(numbering::Cause::UserBusy))
        .agent("bo", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(12)).expect(caller(customer).hears(Sound::Phone("bo"))).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("bo"));
}

/// Somebody dials out at a telephone, past the digest challenge, and talks to a subscriber of the town.
#[test]
fn a_telephone_calls_out() {
    let mut town = shop(4, FINE).phone(PhoneManner::NoAnswer).subscriber("13911112222", Habit::HangsUpAfter(20));
    let call = town.lift("8101", "013911112222");
    town.after(secs(10)).expect(span("E1-1").talking(1)).settle();
    town.expect(cdr(call).and(|_, cdr| if cdr.talk_millis > 15_000 { Ok(()) } else { Err(format!("{cdr:?}")) }));
    town.expect(span("E1-1").all_idle());
}

/// Hold and back by the telephone's keys (re-INVITE), then a blind transfer (REFER) to another telephone.
#[test]
fn hold_and_refer() {
    let mut town = shop(5, FINE).agent("anna", Presence::Ready).phone(PhoneManner::Answers(secs(1)));
    let customer = town.dial("4951234567");
    town.after(secs(10))
        .phone_keys("anna", PhoneDeed::Hold)
        .after(secs(1))
        .expect(caller(customer).hears(Sound::Music));
    town.phone_keys("anna", PhoneDeed::Retrieve).after(secs(1)).expect(caller(customer).hears(Sound::Phone("anna")));
    town.phone_keys("anna", PhoneDeed::Refer(digits("8101"))).after(secs(5));
    town.expect(caller(customer).hears(Sound::Phone("8101"))).hang_up(customer).settle();
    town.expect(span("E1-1").all_idle()).expect(records(1));
}

/// Two calls at one telephone are joined (REFER with Replaces), and it is out.
#[test]
fn joined_by_replaces() {
    let mut town = shop(6, FINE).agent("anna", Presence::Ready).phone(PhoneManner::Answers(secs(1)));
    let customer = town.dial("4951234567");
    town.after(secs(10)).phone_keys("anna", PhoneDeed::Hold).after(secs(1));
    town.lift("anna", "8101");
    town.after(secs(5)).phone_joins("anna").after(secs(2)).expect(caller(customer).hears(Sound::Phone("8101")));
    town.hang_up(customer).settle().expect(span("E1-1").all_idle());
}

/// A rough network: datagrams lost, doubled, overtaking. Retransmission repairs all of it; no call is lost, none is doubled.
#[test]
fn a_rough_network() {
    let mut town = shop(7, ROUGH).agent("anna", Presence::Ready);
    for _ in 0..10 {
        let customer = town.dial("4951234567");
        town.after(secs(40)).expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).after(secs(40));
    }
    town.settle().expect(records(10)).expect(queue("orders").answered(10));
}

/// The telephone's power goes while it rings: it never answers again, and the caller is offered to the next agent.
#[test]
fn a_telephone_dies_while_it_rings() {
    let town = shop(8, FINE).agent_with("anna", Presence::Ready, PhoneManner::NoAnswer);
    let mut town = town.agent("bo", Presence::Busy);
    let customer = town.dial("4951234567");
    town.after(secs(3)).unplug("anna").seat("bo", desk::SeatCommand::Ready);
    town.after(secs(40)).expect(caller(customer).hears(Sound::Phone("bo"))).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("bo"));
}

/// The telephone's power goes in the middle of a talk: nobody says BYE. When the caller hangs up everything is freed all the same.
#[test]
fn a_telephone_dies_while_talking() {
    let mut town = shop(9, FINE).agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).unplug("anna").after(secs(20)).hang_up(customer).settle();
    town.expect(span("E1-1").all_idle()).expect(cdr(customer).answered_by("anna"));
}

/// A telephone that is gone for good: its registration runs out, and then it is offered no calls; plugged in again it is.
#[test]
fn a_registration_runs_out() {
    let mut town = shop(10, FINE).agent("anna", Presence::Ready);
    town.expect(agent("anna").reachable(true)).unplug("anna").after(secs(301)).expect(agent("anna").reachable(false));
    town.plug_in("anna").after(secs(5)).expect(agent("anna").reachable(true));
    let customer = town.dial("4951234567");
    town.after(secs(10)).expect(caller(customer).hears(Sound::Phone("anna"))).hang_up(customer).settle();
}

/// The daemon dies with a call up: the telephone's BYE finds a box that knows nothing of it (481), it registers again, and serves.
#[test]
fn the_daemon_dies_under_a_call() {
    let mut town = shop(11, FINE).agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(20)).kill().after(secs(260)).settle().expect(cdr(customer).outcome(Outcome::Interrupted));
    town.seat("anna", desk::SeatCommand::SignIn { extension: digits("8001") });
    let next = town.dial("4951234567");
    town.after(secs(10)).expect(caller(next).hears(Sound::Phone("anna"))).hang_up(next).settle();
    town.expect(cdr(next).answered_by("anna"));
}

/// The network between box and telephones is out for a minute in the middle of a talk: speech stops, the call does not, and the
/// agent hangs up normally afterwards.
#[test]
fn the_network_is_out_for_a_minute() {
    let mut town = shop(12, FINE).agent("anna", Presence::Ready);
    let customer = town.dial("4951234567");
    town.after(secs(10)).weather(Weather::OUTAGE).after(secs(60)).weather(FINE).after(secs(10));
    town.expect(caller(customer).hears(Sound::Phone("anna"))).put_down("anna").after(secs(5));
    town.expect(caller(customer).gone(numbering::Cause::NormalClearing)).settle().expect(span("E1-1").all_idle());
}

/// The network is out while a telephone is to be rung: it never hears of the call, which goes to the next agent.
#[test]
fn an_invite_that_never_arrives() {
    let mut town = shop(13, FINE).agent("anna", Presence::Ready).agent("bo", Presence::Busy);
    town.weather(Weather::OUTAGE);
    let customer = town.dial("4951234567");
    town.after(secs(5)).weather(FINE).unplug("anna").seat("bo", desk::SeatCommand::Ready).after(secs(50));
    town.expect(caller(customer).hears(Sound::Phone("bo"))).hang_up(customer).settle();
    town.expect(cdr(customer).answered_by("bo")).expect(span("E1-1").all_idle());
}
