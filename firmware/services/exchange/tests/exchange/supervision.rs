//! Supervisors in agents' calls. In every scenario Anna talks to a caller from outside, and Bob supervises.

use crate::town::{ANNA, BOB, Town, digits, house};
use desk::{AgentState, Refusal, SeatCommand, Supervised, TransferMode};
use identity::LegId;
use ledger::{Event, Role as PartyRole};
use legs::LegIndication;
use plan::{Hears, Supervision};
use settings::{Role, Settings, TeamSettings};

fn town_with(role: Role, change: impl FnOnce(&mut Settings)) -> (Town, LegId, LegId) {
    let mut settings = house();
    settings.agents[1].role = role;
    change(&mut settings);
    let mut town = Town::with(settings);
    town.sign_in(ANNA, "8001");
    let caller = town.dial_in("4002");
    let anna = town.rung("8001");
    town.answer(anna);
    assert!(town.talk(caller, anna));
    town.seat(BOB, SeatCommand::SignIn { extension: digits("8002") }).expect("signed in");
    town.seat(BOB, SeatCommand::Busy { reason: "supervising".into() }).expect("busy");
    (town, caller, anna)
}

fn supervise(town: &mut Town, mode: Supervision) -> Result<(), Refusal> {
    town.seat(BOB, SeatCommand::Supervise { agent: ANNA, mode })
}

/// Bob is in, as `mode` says.
fn supervised(mode: Supervision) -> (Town, LegId, LegId, LegId) {
    let (mut town, caller, anna) = town_with(Role::Supervisor, |_| {});
    supervise(&mut town, mode).expect("rung");
    let bob = town.rung("8002");
    assert!(town.legs[&bob].setup.as_ref().is_some_and(|setup| setup.answer_at_once));
    town.answer(bob);
    (town, caller, anna, bob)
}

fn done(town: &mut Town) {
    town.after(31);
    town.all_quiet();
}

/// SUP-03: who listens hears both; for the two who talk nothing changes, not even their plans.
#[test]
fn a_listener_changes_nothing_for_those_who_talk() {
    let (mut town, caller, anna) = town_with(Role::Supervisor, |_| {});
    let plans = |town: &Town| (town.legs[&caller].plan.clone(), town.legs[&anna].plan.clone());
    let before = plans(&town);
    supervise(&mut town, Supervision::Listen).unwrap();
    let bob = town.rung("8002");
    assert_eq!((plans(&town), town.hears(bob)), (before.clone(), Hears::Silence));
    town.answer(bob);
    assert_eq!((plans(&town), town.hears(bob)), (before.clone(), Hears::Mix(vec![caller, anna])));
    let view = town.agent(BOB);
    let whose = Supervised { agent: ANNA, mode: Supervision::Listen, answered: true };
    assert_eq!((view.state, view.supervises), (AgentState::Supervising, Some(whose)));
    assert_eq!(town.agent(ANNA).state, AgentState::Talking);
    let party = town.calls()[0].parties.iter().find(|party| party.leg == bob).cloned().unwrap();
    assert_eq!((party.role, party.supervises), (PartyRole::Supervisor, Some(Supervision::Listen)));
    assert_eq!(town.calls()[0].agent, Some(ANNA));
    town.hang_up(bob);
    assert_eq!((plans(&town), town.agent(BOB).state), (before, AgentState::Busy));
    assert!(town.talk(caller, anna));
    town.hang_up(caller);
    done(&mut town);
    assert_eq!((town.cdr().agents.as_slice(), town.cdr().transfers), ([ANNA].as_slice(), 0));
}

/// SUP-03, SUP-06: from listening to whispering, barging in and intruding and back, at once and as often as one likes.
#[test]
fn from_one_mode_to_another_and_back() {
    let (mut town, caller, anna, bob) = supervised(Supervision::Listen);
    let mix = |legs: &[LegId]| Hears::Mix(legs.to_vec());
    let all = mix(&[caller, anna]);
    let with_bob = mix(&[caller, bob]);
    let heard = |mode| match mode {
        Supervision::Listen => (Hears::Leg(anna), Hears::Leg(caller), all.clone()),
        Supervision::Whisper => (Hears::Leg(anna), with_bob.clone(), all.clone()),
        Supervision::Barge => (mix(&[anna, bob]), with_bob.clone(), all.clone()),
        Supervision::Intrude => (Hears::Leg(bob), with_bob.clone(), Hears::Leg(caller)),
    };
    use Supervision::{Barge, Intrude, Listen, Whisper};
    for mode in [Whisper, Barge, Intrude, Listen, Intrude, Barge, Whisper, Intrude, Whisper, Listen, Barge, Listen] {
        supervise(&mut town, mode).unwrap();
        assert_eq!((town.hears(caller), town.hears(anna), town.hears(bob)), heard(mode), "{mode:?}");
    }
    assert_eq!(town.wrote(|e| matches!(e, Event::Supervised { by: Some(BOB), agent: Some(ANNA), .. })), 13);
    assert_eq!((town.recordings.len(), town.recording_now()), (1, 1), "the caller's recording goes on throughout");
    town.hang_up(bob);
    assert!(town.talk(caller, anna));
    assert_eq!(town.wrote(|e| matches!(e, Event::SupervisionEnded { .. })), 1);
    town.hang_up(anna);
    done(&mut town);
}

/// SUP-06: while the supervisor speaks in her stead the agent can neither hold the caller nor send it away; afterwards she can.
#[test]
fn an_agent_intruded_on_only_listens() {
    let (mut town, caller, anna, bob) = supervised(Supervision::Intrude);
    let away = SeatCommand::Transfer { to: digits("8003"), mode: TransferMode::Blind };
    for command in [SeatCommand::Hold, SeatCommand::Park, away.clone()] {
        assert_eq!(town.seat(ANNA, command), Err(Refusal::NotNow));
    }
    town.say(anna, LegIndication::Held);
    assert_eq!((town.hears(caller), town.hears(bob)), (Hears::Leg(bob), Hears::Leg(caller)));
    supervise(&mut town, Supervision::Whisper).unwrap();
    town.seat(ANNA, SeatCommand::Hold).unwrap();
    assert_eq!(
        (town.hears(anna), town.hears(bob)),
        (Hears::Leg(bob), Hears::Leg(anna)),
        "a word while the caller waits"
    );
    assert!(matches!(town.hears(caller), Hears::Music(_)));
    assert_eq!(supervise(&mut town, Supervision::Intrude), Err(Refusal::NotNow));
    town.seat(ANNA, SeatCommand::Retrieve).unwrap();
    assert_eq!(town.hears(caller), Hears::Leg(anna));
    town.seat(ANNA, away).unwrap();
    assert!(town.gone(bob) && town.gone(anna), "who listens to an agent goes with her");
    let colleague = town.rung("8003");
    town.answer(colleague);
    assert!(town.talk(caller, colleague));
    town.hang_up(caller);
    done(&mut town);
}

/// SUP-03: the end of the call is the end of the supervision, whoever ends it.
#[test]
fn the_call_ends_for_the_supervisor_too() {
    for by_caller in [true, false] {
        for mode in [Supervision::Listen, Supervision::Whisper] {
            let (mut town, caller, anna, bob) = supervised(mode);
            town.hang_up(if by_caller { caller } else { anna });
            assert!(town.gone(bob) && town.gone(caller) && town.gone(anna));
            assert_eq!(town.agent(BOB).state, AgentState::Busy);
            done(&mut town);
        }
    }
    let (mut town, caller, _, bob) = supervised(Supervision::Barge);
    town.hang_up(caller);
    assert!(town.gone(bob));
    done(&mut town);
}

/// SUP-06: the agent goes while the caller hears the supervisor: the two talk on, in the same recording.
#[test]
fn a_supervisor_takes_over_from_an_agent_who_goes() {
    for mode in [Supervision::Barge, Supervision::Intrude] {
        let (mut town, caller, anna, bob) = supervised(mode);
        town.hang_up(anna);
        assert!(town.talk(caller, bob), "{mode:?}");
        assert_eq!((town.agent(BOB).state, town.agent(ANNA).state), (AgentState::Talking, AgentState::WrapUp));
        assert_eq!((town.recordings.len(), town.recording_now()), (1, 1));
        town.seat(BOB, SeatCommand::Hold).unwrap();
        town.seat(BOB, SeatCommand::Retrieve).unwrap();
        town.seat(BOB, SeatCommand::HangUp).unwrap();
        assert!(town.gone(caller));
        done(&mut town);
        assert_eq!((town.cdr().agents.as_slice(), town.cdr().transfers), ([ANNA, BOB].as_slice(), 1));
    }
}

/// SUP-03: the supervisor follows the agent into a consultation and a three-way; the held caller does not hear them.
#[test]
fn a_supervisor_follows_the_agent() {
    let (mut town, caller, anna, bob) = supervised(Supervision::Barge);
    let consult = SeatCommand::Transfer { to: digits("8003"), mode: TransferMode::Attended };
    town.seat(ANNA, consult).unwrap();
    assert!(matches!(town.hears(caller), Hears::Music(_)));
    assert_eq!(town.hears(bob), Hears::Leg(anna));
    let expert = town.rung("8003");
    town.answer(expert);
    assert_eq!((town.hears(expert), town.hears(bob)), (Hears::Mix(vec![anna, bob]), Hears::Mix(vec![anna, expert])));
    town.seat(ANNA, SeatCommand::ThreeWay).unwrap();
    assert_eq!(town.hears(caller), Hears::Mix(vec![anna, expert, bob]));
    supervise(&mut town, Supervision::Intrude).unwrap();
    assert_eq!(town.hears(caller), Hears::Mix(vec![expert, bob]));
    assert_eq!(town.hears(bob), Hears::Mix(vec![caller, expert]));
    town.hang_up(anna);
    assert!(town.talk(caller, expert) && town.gone(bob));
    town.hang_up(expert);
    done(&mut town);
}

/// SUP-01: only who may, and only with the agents of the own teams.
#[test]
fn rights_are_checked() {
    use Supervision::{Listen, Whisper};
    let allowed = |role, mode, teams: Vec<TeamSettings>| {
        let (mut town, ..) = town_with(role, |settings| settings.supervision.teams = teams);
        supervise(&mut town, mode)
    };
    let team = |supervisors: &[identity::AgentId], agents: &[identity::AgentId]| TeamSettings {
        name: "sales".into(),
        supervisors: supervisors.to_vec(),
        agents: agents.to_vec(),
    };
    assert_eq!(allowed(Role::Agent, Listen, vec![]), Err(Refusal::NotAllowed));
    assert_eq!(allowed(Role::Quality, Listen, vec![]), Ok(()));
    assert_eq!(allowed(Role::Quality, Whisper, vec![]), Err(Refusal::NotAllowed));
    assert_eq!(allowed(Role::Supervisor, Whisper, vec![team(&[BOB], &[ANNA])]), Ok(()));
    assert_eq!(allowed(Role::Supervisor, Listen, vec![team(&[BOB], &[])]), Err(Refusal::NotAllowed));
    assert_eq!(allowed(Role::Supervisor, Listen, vec![team(&[ANNA], &[])]), Ok(()), "who leads no team leads all");
    assert_eq!(allowed(Role::Administrator, Whisper, vec![team(&[BOB], &[])]), Ok(()));
}

/// SUP-03: nothing to supervise, an own call in hand, a telephone that does not answer: refused or over, and nothing is left.
#[test]
fn supervision_that_comes_to_nothing() {
    let (mut town, caller, anna) = town_with(Role::Supervisor, |_| {});
    assert_eq!(
        town.seat(BOB, SeatCommand::Supervise { agent: BOB, mode: Supervision::Listen }),
        Err(Refusal::NotAllowed)
    );
    let own = town.dial_from("8002", "8003");
    assert_eq!(supervise(&mut town, Supervision::Listen), Err(Refusal::NotNow));
    town.hang_up(own);
    supervise(&mut town, Supervision::Listen).unwrap();
    let ringing = town.rung("8002");
    town.after(120);
    assert!(town.gone(ringing) && town.talk(caller, anna));
    supervise(&mut town, Supervision::Barge).unwrap();
    let refusing = town.rung("8002");
    assert_eq!(town.hears(caller), Hears::Leg(anna), "who has not answered is not heard");
    town.refuse(refusing, numbering::Cause::UserBusy);
    town.hang_up(caller);
    assert_eq!(supervise(&mut town, Supervision::Listen), Err(Refusal::NotNow));
    assert_eq!(town.wrote(|e| matches!(e, Event::Supervised { .. } | Event::SupervisionEnded { .. })), 0);
    done(&mut town);
}
