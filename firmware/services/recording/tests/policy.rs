//! Which calls are recorded, from when to when.

use clock::{Millis, Now};
use identity::{AgentId, CallId, LegId};
use plan::RecordingFault;
use recording::{Policy, RecordingOutput, Recordings, With};

const CALL: CallId = CallId(1);
const CALLER: LegId = LegId(10);

fn agents_only() -> Recordings {
    Recordings::new(Policy { agent_calls: true, extension_calls: false })
}

fn at(seconds: u64) -> Now {
    Now::default() + Millis::secs(seconds)
}

fn drained(recordings: &mut Recordings) -> Vec<RecordingOutput> {
    std::iter::from_fn(|| recordings.poll()).collect()
}

/// REC-01: one recording covers the call from the first agent to the end, over a transfer to another agent.
#[test]
fn one_recording_over_a_transfer() {
    let mut recordings = agents_only();
    let first = recordings.connected(at(10), CALL, CALLER, With::Agent).expect("agents are recorded");
    assert_eq!(recordings.connected(at(60), CALL, CALLER, With::Agent), Some(first), "the second agent");
    recordings.leg_ended(at(100), CALLER);
    recordings.leg_ended(at(101), CALLER);
    let (call, leg, recording) = (CALL, CALLER, first);
    let expected = [RecordingOutput::Start { recording, call, leg }, RecordingOutput::Stop { recording, call, leg }];
    assert_eq!(drained(&mut recordings), expected);
    let sum = recordings.closed(first, Millis(90_080)).unwrap();
    assert!(sum.complete());
    assert_eq!(sum.connected, Millis::secs(90));
    assert_eq!(recordings.open(), (0, 0));
}

/// Only what the policy asks for is recorded; a change holds for the next connection.
#[test]
fn extensions_are_recorded_only_if_wanted() {
    let mut recordings = agents_only();
    assert_eq!(recordings.connected(at(0), CALL, CALLER, With::Extension), None);
    recordings.configure(Policy { agent_calls: true, extension_calls: true });
    assert!(recordings.connected(at(1), CALL, CALLER, With::Extension).is_some());
}

/// A recorder that fails ends its segment; the call goes on, and the next agent's part is tried anew.
#[test]
fn a_failed_segment_is_not_the_last() {
    let mut recordings = agents_only();
    let first = recordings.connected(at(0), CALL, CALLER, With::Agent).unwrap();
    assert_eq!(recordings.failed(at(20), first, RecordingFault::DiskFull), Some((CALL, CALLER)));
    assert_eq!(recordings.of_leg(CALLER), None);
    assert_eq!(recordings.failed(at(21), first, RecordingFault::DiskFull), None, "reported twice");
    let second = recordings.connected(at(30), CALL, CALLER, With::Agent).unwrap();
    assert_ne!(first, second);
    recordings.leg_ended(at(50), CALLER);
    let sum = recordings.closed(first, Millis::secs(20)).unwrap();
    assert!(!sum.complete() && sum.fault == Some(RecordingFault::DiskFull));
    assert!(recordings.closed(second, Millis::secs(20)).unwrap().complete());
}

/// Seconds missing from a file are noticed though the recorder said nothing.
#[test]
fn missing_seconds_are_noticed() {
    let mut recordings = agents_only();
    let id = recordings.connected(at(0), CALL, CALLER, With::Agent).unwrap();
    recordings.leg_ended(at(60), CALLER);
    assert!(!recordings.closed(id, Millis::secs(59)).unwrap().complete());
}

/// A recorder that never closes its files does not fill the memory.
#[test]
fn a_dead_recorder_is_bounded() {
    let mut recordings = agents_only();
    for leg in 0..10_000 {
        recordings.connected(at(leg), CALL, LegId(leg), With::Agent);
        recordings.leg_ended(at(leg + 1), LegId(leg));
    }
    assert_eq!(recordings.open(), (0, 4096));
}

/// What is not to be recorded is paused for the call, whoever of it is recorded, also by a segment that begins meanwhile; and no
/// longer once the leg goes on in another call.
#[test]
fn a_pause_is_the_calls() {
    let mut recordings = agents_only();
    assert!(!recordings.pause(CALL, Some(AgentId(1))), "nothing is recorded");
    let first = recordings.connected(at(0), CALL, CALLER, With::Agent).unwrap();
    assert!(recordings.pause(CALL, Some(AgentId(1))) && !recordings.pause(CALL, None));
    recordings.failed(at(5), first, RecordingFault::DiskFailed);
    let second = recordings.connected(at(6), CALL, CALLER, With::Agent).unwrap();
    recordings.moved(CALLER, CallId(2));
    assert!(recordings.is_paused(CALL) && !recordings.is_paused(CallId(2)));
    assert!(!recordings.resume(CallId(2), None) && recordings.resume(CALL, None));
    let (call, leg) = (CALL, CALLER);
    let expected = [
        RecordingOutput::Start { recording: first, call, leg },
        RecordingOutput::Pause { recording: first, call, by: Some(AgentId(1)) },
        RecordingOutput::Stop { recording: first, call, leg },
        RecordingOutput::Start { recording: second, call, leg },
        RecordingOutput::Pause { recording: second, call, by: None },
        RecordingOutput::Resume { recording: second, call: CallId(2), by: None },
    ];
    assert_eq!(drained(&mut recordings), expected);
}
