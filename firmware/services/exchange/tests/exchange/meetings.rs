//! Meeting rooms: 4004 leads into the open one, which holds three; 4005 into the board's, with PIN 123.

use crate::town::{ANNA, Town, digits, house, rooms, ways_to_rooms};
use desk::{AgentState, CallPhase, Command, MemberView, Refusal, RoomCommand, SeatCommand, TransferMode};
use identity::{AgentId, LegId, RoomId};
use ledger::{Destination, Direction, Event, Outcome};
use numbering::Cause;
use plan::{Hears, MediaIndication};

const OPEN: RoomId = RoomId(1);
const BOARD: RoomId = RoomId(2);

fn with_rooms() -> settings::Settings {
    let mut settings = house();
    settings.rooms = rooms();
    settings.services.extend(ways_to_rooms());
    settings
}

fn town() -> Town {
    let mut town = Town::with(with_rooms());
    town.sign_in(ANNA, "8001");
    town
}

fn members(town: &Town, room: RoomId) -> Vec<MemberView> {
    town.live().rooms.into_iter().find(|view| view.id == room).expect("a room").members
}

fn ask(town: &mut Town, room: RoomId, command: RoomCommand) -> Result<(), Refusal> {
    town.admin(Command::Room { room, command })
}

/// Hears the room and is heard in it.
fn takes_part(town: &Town, leg: LegId, room: RoomId) -> bool {
    let plan = &town.legs[&leg].plan;
    (plan.hears == Hears::Room(room)) && plan.speaks == Some(room)
}

fn music() -> Hears {
    Hears::Music(settings::CallSettings::default().music)
}

fn done(town: &mut Town) {
    town.after(31);
    town.all_quiet();
}

/// Callers on E1 and telephones dial into one room; who is first is told so and hears music until the second comes, who is left
/// alone too.
#[test]
fn a_room_fills_and_empties() {
    let mut town = town();
    let caller = town.dial_in("4004");
    assert!(town.answered(caller));
    assert_eq!(town.prompts(caller), ["meeting/first"]);
    town.heard_out(caller);
    assert_eq!((town.hears(caller), town.calls()[0].phase), (music(), CallPhase::Talking));
    let desk = town.dial_from("8003", "4004");
    assert!(takes_part(&town, caller, OPEN) && takes_part(&town, desk, OPEN));
    let third = town.dial_in("4004");
    assert!(takes_part(&town, third, OPEN) && takes_part(&town, caller, OPEN));
    let who: Vec<_> = members(&town, OPEN).into_iter().map(|member| (member.leg, member.name)).collect();
    assert_eq!(who, [(caller, None), (desk, Some("desk 8003".into())), (third, None)]);
    // The room holds three.
    let late = town.dial_in("4004");
    assert!(!town.answered(late) && !takes_part(&town, late, OPEN));
    town.hang_up(late);
    town.after(60);
    town.hang_up(third);
    town.hang_up(caller);
    assert_eq!(town.prompts(desk), ["meeting/alone"]);
    town.heard_out(desk);
    assert_eq!(town.hears(desk), music());
    town.hang_up(desk);
    assert!(members(&town, OPEN).is_empty());
    done(&mut town);
    let talks: Vec<_> = town.cdrs.iter().map(|cdr| (cdr.outcome, cdr.talk_millis)).collect();
    assert_eq!(talks[1..], [(Outcome::Answered, 60_000); 3]);
    assert_eq!(town.wrote(|e| matches!(e, Event::MeetingJoined { room: OPEN, .. })), 3);
}

/// A room with a PIN asks for it, three times at most, and lets nobody hear anything before.
#[test]
fn the_pin_is_asked_for() {
    let mut town = town();
    let caller = town.dial_in("4005");
    assert_eq!(town.prompts(caller), ["meeting/pin"]);
    town.heard_out(caller);
    "124".chars().for_each(|key| town.press(caller, key));
    assert_eq!(town.prompts(caller), ["meeting/wrong-pin", "meeting/pin"]);
    town.press(caller, '#');
    assert!(!takes_part(&town, caller, BOARD));
    "123".chars().for_each(|key| town.press(caller, key));
    assert_eq!((town.prompts(caller), members(&town, BOARD).len()), (vec!["meeting/first".to_owned()], 1));
    let guesser = town.dial_in("4005");
    "111222333".chars().for_each(|key| town.press(guesser, key));
    assert_eq!(members(&town, BOARD).len(), 1);
    assert_eq!(town.prompts(guesser), ["meeting/wrong-pin", "meeting/denied"]);
    town.press(guesser, '1');
    town.heard_out(guesser);
    assert!(town.gone(guesser), "who does not know it is let go");
    let sleeper = town.dial_in("4005");
    town.after(40);
    assert!(town.gone(sleeper), "who keys nothing too");
    town.hang_up(caller);
    done(&mut town);
}

/// Somebody comes while the first one is still told that nobody is there: they hear each other at once, and the end of that play
/// changes nothing.
#[test]
fn company_ends_what_the_first_one_is_told() {
    let mut town = town();
    let caller = town.dial_in("4004");
    let Hears::Play { play, .. } = town.hears(caller) else { panic!("the first one is told") };
    let desk = town.dial_from("8003", "4004");
    assert!(takes_part(&town, caller, OPEN) && takes_part(&town, desk, OPEN));
    town.input(exchange::Input::Media(MediaIndication::PlayEnded { leg: caller, play }));
    assert!(takes_part(&town, caller, OPEN));
    // A play of before does not end the one of now.
    town.hang_up(desk);
    town.input(exchange::Input::Media(MediaIndication::PlayEnded { leg: caller, play }));
    assert_eq!(town.prompts(caller), ["meeting/alone"]);
    town.hang_up(caller);
    done(&mut town);
}

/// Who has keyed the PIN of a room that filled meanwhile is told so and let go; so is whoever hears no end of that play.
#[test]
fn who_finds_the_room_full_is_told() {
    let mut settings = with_rooms();
    settings.rooms[1].most = 1;
    let mut town = Town::with(settings);
    let late = [town.dial_in("4005"), town.dial_in("4005")];
    let member = town.dial_in("4005");
    "123".chars().for_each(|key| town.press(member, key));
    assert_eq!(members(&town, BOARD).len(), 1);
    for leg in late {
        "123".chars().for_each(|key| town.press(leg, key));
        assert_eq!(town.prompts(leg), ["meeting/full"]);
    }
    town.heard_out(late[0]);
    assert!(town.gone(late[0]) && !town.gone(late[1]));
    town.after(30);
    assert!(town.gone(late[1]));
    town.hang_up(member);
    done(&mut town);
    let busy = town.cdrs.iter().filter(|cdr| cdr.outcome == Outcome::Busy).count();
    assert_eq!(busy, 2);
}

/// A flow leads into a full room: the caller, whose line is answered, is told; the record says where the call went. Who dials the
/// room itself hears busy, and is not charged.
#[test]
fn a_flow_leads_to_a_full_room() {
    let mut settings = with_rooms();
    settings.rooms[0].most = 1;
    for node in settings.flows.iter_mut().flat_map(|flow| &mut flow.nodes) {
        if node.id == "shop" {
            node.kind = settings::NodeKind::Transfer { to: settings::Target::Room(OPEN) };
        }
    }
    let mut town = Town::with(settings);
    let member = town.dial_in("4004");
    let caller = town.dial_in("4001");
    town.press(caller, '2');
    assert_eq!(town.prompts(caller), ["meeting/full"]);
    town.press(caller, '1');
    town.heard_out(caller);
    assert!(town.gone(caller));
    let caller = town.dial_in("4004");
    assert!(!town.answered(caller));
    town.hang_up(caller);
    town.hang_up(member);
    done(&mut town);
    assert_eq!(town.cdrs.iter().filter(|cdr| cdr.outcome == Outcome::Busy).count(), 2);
    assert_eq!(town.wrote(|event| *event == Event::Routed { to: Destination::Room(OPEN) }), 3);
}

/// A supervisor mutes, unmutes and removes members, and ends the meeting; each is told.
#[test]
fn members_are_muted_and_removed() {
    let mut town = town();
    let (caller, desk, third) = (town.dial_in("4004"), town.dial_from("8003", "4004"), town.dial_in("4004"));
    ask(&mut town, OPEN, RoomCommand::Mute { leg: desk, muted: true }).unwrap();
    assert_eq!((town.hears(desk), town.legs[&desk].plan.speaks), (Hears::Room(OPEN), None));
    assert!(members(&town, OPEN)[1].muted);
    ask(&mut town, OPEN, RoomCommand::Mute { leg: desk, muted: false }).unwrap();
    assert!(takes_part(&town, desk, OPEN) && !members(&town, OPEN)[1].muted);
    assert_eq!(town.wrote(|e| matches!(e, Event::MeetingMuted { .. })), 2);
    assert_eq!(ask(&mut town, BOARD, RoomCommand::Mute { leg: desk, muted: true }), Err(Refusal::NoSuchCall));
    assert_eq!(ask(&mut town, RoomId(9), RoomCommand::End), Err(Refusal::NoSuchRoom));
    ask(&mut town, OPEN, RoomCommand::Remove { leg: desk }).unwrap();
    assert!(town.gone(desk) && takes_part(&town, caller, OPEN));
    ask(&mut town, OPEN, RoomCommand::End).unwrap();
    assert!(town.gone(caller) && town.gone(third));
    done(&mut town);
}

/// Telephones and numbers outside are called into a room; no PIN is asked of them, and whoever does not answer is not there.
#[test]
fn numbers_are_invited() {
    let mut town = town();
    let invite = |number: &str| RoomCommand::Invite { number: digits(number) };
    ask(&mut town, BOARD, invite("8003")).unwrap();
    ask(&mut town, BOARD, invite("013800138000")).unwrap();
    ask(&mut town, BOARD, invite("8004")).unwrap();
    let (desk, mobile, silent) = (town.rung("8003"), town.trunk(), town.rung("8004"));
    assert!(members(&town, BOARD).is_empty());
    town.ring(desk);
    town.answer(desk);
    town.answer(mobile);
    assert!(takes_part(&town, desk, BOARD) && takes_part(&town, mobile, BOARD));
    assert_eq!(town.calls().iter().map(|call| call.direction).filter(|d| *d == Direction::Outbound).count(), 1);
    town.refuse(silent, Cause::UserBusy);
    assert_eq!(members(&town, BOARD).len(), 2);
    assert_eq!(ask(&mut town, BOARD, invite("4004")), Err(Refusal::BadNumber));
    town.register("8002", false);
    assert_eq!(ask(&mut town, BOARD, invite("8002")), Err(Refusal::ExtensionUnreachable));
    for number in ["8003", "8004", "013800138001"] {
        ask(&mut town, OPEN, invite(number)).unwrap();
        let leg = town.try_rung(number).unwrap_or_else(|| town.trunk());
        town.answer(leg);
    }
    assert_eq!(ask(&mut town, OPEN, invite("8001")), Err(Refusal::RoomFull));
    ask(&mut town, BOARD, RoomCommand::End).unwrap();
    ask(&mut town, OPEN, RoomCommand::End).unwrap();
    done(&mut town);
}

/// An agent sends her caller into a room and need not know the PIN for it; the caller's recording goes on there.
#[test]
fn an_agent_sends_a_caller_in() {
    let mut town = town();
    let caller = town.dial_in("4002");
    let anna = town.rung("8001");
    town.answer(anna);
    town.seat(ANNA, SeatCommand::Transfer { to: digits("4005"), mode: TransferMode::Blind }).unwrap();
    assert!(town.gone(anna));
    assert_eq!((members(&town, BOARD).len(), town.recording_now()), (1, 1));
    assert_eq!(town.prompts(caller), ["meeting/first"]);
    town.heard_out(caller);
    assert_eq!(town.hears(caller), music());
    let desk = town.dial_from("8003", "4005");
    "123#".chars().for_each(|key| town.press(desk, key));
    assert!(takes_part(&town, caller, BOARD) && takes_part(&town, desk, BOARD));
    assert_eq!((town.recordings.len(), town.recording_now()), (1, 1));
    town.hang_up(caller);
    town.hang_up(desk);
    done(&mut town);
}

/// An agent in a room talks, is offered nothing meanwhile, and is named in the list; a room taken out of the settings is over.
#[test]
fn an_agent_in_a_room() {
    let mut town = town();
    let anna = town.dial_from("8001", "4004");
    assert_eq!(town.agent(ANNA).state, AgentState::Talking);
    assert_eq!(members(&town, OPEN)[0].agent, Some(AgentId(1)));
    let waiting = town.dial_in("4002");
    assert!(town.try_rung("8001").is_none());
    town.change(|settings| settings.rooms.clear());
    assert!(town.gone(anna) && town.live().rooms.is_empty());
    let offered = town.rung("8001");
    town.hang_up(waiting);
    assert!(town.gone(offered));
    done(&mut town);
}

/// Who talks is shown live, as the engine tells it.
#[test]
fn the_list_shows_who_talks() {
    let mut town = town();
    let (caller, desk) = (town.dial_in("4004"), town.dial_from("8003", "4004"));
    let talking = |town: &Town| -> Vec<LegId> {
        members(town, OPEN).into_iter().filter(|member| member.talking).map(|member| member.leg).collect()
    };
    let told = |town: &mut Town, legs| {
        town.input(exchange::Input::Media(MediaIndication::Talkers { room: OPEN, legs }));
    };
    told(&mut town, [Some(desk), None, None, None]);
    assert_eq!(talking(&town), [desk]);
    told(&mut town, [Some(caller), Some(desk), None, None]);
    assert_eq!(talking(&town), [caller, desk]);
    told(&mut town, [None; 4]);
    assert_eq!(talking(&town), []);
    town.hang_up(caller);
    town.hang_up(desk);
    // The engine's word comes late.
    told(&mut town, [Some(caller), None, None, None]);
    done(&mut town);
}
