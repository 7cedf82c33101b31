//! Calls from the house to the town.

use desk::{AgentState, SeatCommand};
use ledger::{Direction, Outcome};
use legs::{Audio, Compatibility, Notice};
use numbering::Cause;
use simulation::*;

fn office() -> World {
    World::seeded(8).span("E1-1", pri_user()).queue("orders").agent("anna", Presence::Busy)
}

/// SW-02: click to dial: the agent's phone first, then the subscriber; recorded, and counted as outbound.
#[test]
fn click_to_dial() {
    let mut town = office().subscriber("13900000000", Habit::HangsUpAfter(30));
    town.seat("anna", SeatCommand::Dial { number: digits("013900000000") }).after(secs(12));
    town.expect(agent("anna").is(AgentState::Talking)).expect(phone_hears("anna", Sound::Trunk));
    town.settle().expect(span("E1-1").all_idle());
    town.expect(cdr("anna").outcome(Outcome::Answered).recorded(secs(30)).and(|_, cdr| match cdr.direction {
        Direction::Outbound => Ok(()),
        other => Err(format!("{other:?}")),
    }));
}

/// A phone dials out; the number shown is that of the trunk group.
#[test]
fn the_groups_number_is_shown() {
    let shown = |settings: &mut settings::Settings| settings.groups[0].calling = Some(digits("4008001"));
    let mut town = office().settings(shown).phone(PhoneManner::NoAnswer);
    let call = town.lift("8101", "013900000000");
    town.after(secs(2)).expect(town_called("13900000000", Some("4008001")));
    town.after(secs(10)).put_down("8101").settle();
    town.expect(cdr(call).outcome(Outcome::Answered).not_recorded());
}

/// The subscriber is busy: the phone is told so at once (and gives its own busy tone), and the record says why.
#[test]
fn the_subscriber_is_busy() {
    let mut town = office().phone(PhoneManner::NoAnswer).subscriber("13900000000", Habit::Refused(Cause::UserBusy));
    let call = town.lift("8101", "013900000000");
    town.after(secs(2)).expect(calls_up(0)).settle();
    town.expect(cdr(call).outcome(Outcome::Busy).cause(Cause::UserBusy)).expect(span("E1-1").all_idle());
}

/// The number does not exist.
#[test]
fn the_number_is_unallocated() {
    let refused = Habit::Refused(Cause::UnallocatedNumber);
    let mut town = office().phone(PhoneManner::NoAnswer).subscriber("13900000000", refused);
    let call = town.lift("8101", "013900000000");
    town.after(secs(10)).settle().expect(cdr(call).outcome(Outcome::Failed)).expect(span("E1-1").all_idle());
}

/// Nobody answers: the caller gives up, and the channel is freed.
#[test]
fn the_subscriber_does_not_answer() {
    let mut town = office().phone(PhoneManner::NoAnswer).subscriber("13900000000", Habit::NoAnswer);
    let call = town.lift("8101", "013900000000");
    town.after(secs(10)).expect(phone_hears("8101", Sound::Tone(plan::Tone::Ringback)));
    town.after(secs(20)).put_down("8101").settle();
    town.expect(cdr(call).outcome(Outcome::AbandonedRinging)).expect(span("E1-1").all_idle());
}

/// The far exchange takes the call and says nothing more: the line's own timer (T310) ends it, nothing hangs.
#[test]
fn the_far_exchange_falls_silent() {
    let mut town = office().phone(PhoneManner::NoAnswer).subscriber("13900000000", Habit::Silent);
    let call = town.lift("8101", "013900000000");
    town.after(secs(120)).settle();
    town.expect(cdr(call).and(|_, cdr| if cdr.answered.is_none() { Ok(()) } else { Err("answered".into()) }));
    town.expect(span("E1-1").all_idle());
}

/// Glare: both ends take the same channel at the same moment; both calls are made.
#[test]
fn both_ends_take_one_channel() {
    let mut town = office().phone(PhoneManner::NoAnswer).far_hunts_from_below();
    let out = town.lift("8101", "013900000000");
    let customer = town.dial("4951234567");
    town.after(secs(8)).expect(caller(customer).answered()).expect(phone_hears("8101", Sound::Trunk));
    town.expect(span("E1-1").glare()).hang_up(customer).put_down("8101").settle();
    town.expect(cdr(out).outcome(Outcome::Answered)).expect(cdr(customer).abandoned()).expect(span("E1-1").all_idle());
}

/// SW-09: the first group's span is dead: the call goes out over the second group.
#[test]
fn the_second_group_takes_over() {
    let town = office().span("E1-2", pri_user()).phone(PhoneManner::NoAnswer);
    let mut town = town.settings(|settings| {
        let mut second = settings.groups[0].clone();
        second.id = identity::GroupId(2);
        second.spans = vec![identity::SpanId(2)];
        settings.groups[0].spans = vec![identity::SpanId(1)];
        settings.groups.push(second);
        settings.outbound[0].groups = vec![identity::GroupId(1), identity::GroupId(2)];
    });
    town.cut("E1-1").after(secs(20));
    let call = town.lift("8101", "013900000000");
    town.after(secs(8)).expect(span("E1-2").talking(1)).put_down("8101").settle();
    town.expect(cdr(call).outcome(Outcome::Answered));
}

/// LIN-10 and the law: 110 goes out from a phone that may not dial out at all.
#[test]
fn an_emergency_call_passes_every_rule() {
    let mut town = office().phone(PhoneManner::NoAnswer).settings(|settings| {
        settings.extensions.iter_mut().for_each(|extension| extension.may_dial_out = false);
        settings.outbound.clear();
    });
    let barred = town.lift("8101", "013900000000");
    town.after(secs(5)).put_down("8101").after(secs(1));
    let emergency = town.lift("8101", "110");
    town.after(secs(8)).expect(town_called("110", None)).expect(phone_hears("8101", Sound::Trunk));
    town.put_down("8101").settle();
    town.expect(cdr(emergency).outcome(Outcome::Answered));
    town.expect(cdr(barred).and(|_, cdr| if cdr.answered.is_none() { Ok(()) } else { Err("answered".into()) }));
}

/// LIN-07: a facsimile machine's call that the house sends on to the town says the same of itself on the way out, and what its network
/// notifies of during the talk reaches the other end.
#[test]
fn what_a_terminal_says_passes_through() {
    let to_town = settings::Target::Number(digits("013900000000"));
    let mut town = office().span("E1-2", pri_user()).service("4007", to_town);
    let fax = Compatibility {
        audio: Audio::Audio3k1,
        low_layer: Some(vec![0x90, 0x90, 0xa3]),
        high_layer: Some(vec![0x91, 0x84]),
    };
    let caller = town.dial_as("4007", fax.clone());
    town.after(secs(10)).expect(town_heard("13900000000", &fax, &[]));
    town.notify(caller, Notice::UserSuspended).notify(caller, Notice::UserResumed);
    town.expect(town_heard("13900000000", &fax, &[Notice::UserSuspended, Notice::UserResumed]));
    town.hang_up(caller).settle().expect(span("E1-1").all_idle()).expect(records(1));
}
