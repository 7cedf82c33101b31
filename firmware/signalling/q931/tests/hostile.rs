//! LIN-03: whatever comes over the D-channel, the call machine neither panics nor keeps a call that nobody wants.

use clock::{Millis, Monotonic};
use numbering::{Cause, ClearCause};
use proptest::prelude::*;
use q931::{
    BearerCapability, CallControl, CallHandle, CallIdentity, CallIndication, CallRequest, ChannelIdentification,
    Config, DataLink, InterfaceIndication, Message, Output, Progress, RestartScope, SetupRequest, Side, Trace,
};
use std::collections::BTreeSet;
use std::path::Path;

/// Every message that the dialogues write down.
fn known_messages() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/q931");
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the vectors are there") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        for line in text.lines() {
            let octets = line.strip_prefix("rx ").or(line.strip_prefix("tx ")).unwrap_or_default();
            let octets: Result<Vec<u8>, _> = octets.split_whitespace().map(|o| u8::from_str_radix(o, 16)).collect();
            messages.extend(octets.ok().filter(|it| it.len() > 4));
        }
    }
    assert!(messages.len() > 100);
    messages
}

#[derive(Clone, Debug)]
enum Mutation {
    None,
    Set { at: usize, octet: u8 },
    Cut { at: usize },
    Insert { at: usize, octet: u8 },
    Append { tail: Vec<u8> },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        Just(Mutation::None),
        (0usize..40, any::<u8>()).prop_map(|(at, octet)| Mutation::Set { at, octet }),
        (0usize..40).prop_map(|at| Mutation::Cut { at }),
        (0usize..40, any::<u8>()).prop_map(|(at, octet)| Mutation::Insert { at, octet }),
        proptest::collection::vec(any::<u8>(), 1..20).prop_map(|tail| Mutation::Append { tail }),
    ]
}

fn mutate(mut message: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    match mutation {
        Mutation::None => {}
        Mutation::Set { at, octet } => {
            let at = at % message.len();
            message[at] = *octet;
        }
        Mutation::Cut { at } => message.truncate(at % message.len()),
        Mutation::Insert { at, octet } => message.insert(at % message.len(), *octet),
        Mutation::Append { tail } => message.extend_from_slice(tail),
    }
    message
}

#[derive(Clone, Debug)]
enum Step {
    Receive(usize, Mutation),
    Random(Vec<u8>),
    Request(usize, u8),
    SetUp(u8),
    Wait(u64),
    Link(DataLink),
    Resume(u8),
    Restart(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<usize>(), mutation()).prop_map(|(at, mutation)| Step::Receive(at, mutation)),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Step::Random),
        4 => (any::<usize>(), any::<u8>()).prop_map(|(call, request)| Step::Request(call, request)),
        1 => (1u8..32).prop_map(Step::SetUp),
        2 => (0u64..40_000).prop_map(Step::Wait),
        1 => prop_oneof![
            Just(DataLink::Established), Just(DataLink::Released), Just(DataLink::PeerReestablished)
        ].prop_map(Step::Link),
        1 => (0u8..3).prop_map(Step::Resume),
        1 => (0u8..32).prop_map(Step::Restart),
    ]
}

/// Stands in for the switch: knows which calls are there, and answers restarts at once.
struct Switch {
    now: Monotonic,
    control: CallControl,
    calls: BTreeSet<CallHandle>,
}

impl Switch {
    fn new(side: Side, rearrangement: bool) -> Switch {
        let mut control = CallControl::new(Config { trace: true, rearrangement, ..Config::new(side, 30) });
        control.data_link(Monotonic(0), DataLink::Established);
        Switch { now: Monotonic(0), control, calls: BTreeSet::new() }
    }

    fn drain(&mut self) {
        while let Some(output) = self.control.poll() {
            match output {
                Output::Call { call, indication: CallIndication::Setup(_) } => {
                    assert!(self.calls.insert(call), "a call begins once");
                }
                Output::Call { call, indication: CallIndication::Released { .. } } => {
                    assert!(self.calls.remove(&call), "a call ends once");
                }
                Output::Call { call, indication: CallIndication::Suspended { parked } } => {
                    assert!(self.calls.remove(&call) && self.calls.insert(parked), "a call is parked once");
                }
                Output::Call { call: parked, indication: CallIndication::Resumed { call } } => {
                    assert!(self.calls.remove(&parked) && self.calls.insert(call), "a parked call is resumed once");
                }
                Output::Interface(InterfaceIndication::Restart(scope)) => {
                    self.control.restart_response(self.now, scope);
                }
                Output::Transmit(octets) => {
                    let message = Message::parse(&octets).expect("we send what can be read");
                    assert_eq!(message.faults, [], "{octets:02x?}");
                }
                Output::Trace(Trace::StateChanged { from, to, .. }) => assert_ne!(from, to),
                Output::Call { .. } | Output::Interface(_) | Output::EstablishLink | Output::Trace(_) => {}
            }
        }
        assert_eq!(self.control.calls(), self.calls.len());
        assert!(self.calls.len() <= 60);
    }

    fn pass(&mut self, wait: Millis) {
        let until = self.now + wait;
        while let Some(due) = self.control.deadline().filter(|due| *due <= until) {
            self.now = due;
            self.control.expire(due);
            self.drain();
        }
        self.now = until;
    }

    fn play(&mut self, step: Step, known: &[Vec<u8>]) {
        match step {
            Step::Receive(at, mutation) => {
                let message = mutate(known[at % known.len()].clone(), &mutation);
                self.control.receive(self.now, &message);
            }
            Step::Random(octets) => self.control.receive(self.now, &octets),
            Step::Request(which, request) => {
                if let Some(call) = self.calls.iter().nth(which % self.calls.len().max(1)).copied() {
                    self.control.request(self.now, call, any_request(request));
                }
            }
            Step::SetUp(slot) => self.calls.extend(self.control.setup(self.now, any_setup(slot))),
            Step::Wait(millis) => self.pass(Millis(millis)),
            Step::Link(event) => self.control.data_link(self.now, event),
            Step::Resume(identity) => self.calls.extend(self.control.resume(self.now, CallIdentity::new(&[identity]))),
            Step::Restart(0) => self.control.restart(self.now, RestartScope::Interface),
            Step::Restart(slot) => self.control.restart(self.now, RestartScope::Channel(slot)),
        }
        self.drain();
    }

    /// Everybody hangs up, and the peer is silent for ten minutes.
    fn quiet(&mut self) {
        for call in self.calls.clone() {
            let cause = ClearCause::ours(Cause::NormalClearing);
            self.control.request(self.now, call, CallRequest::Release { cause });
        }
        self.drain();
        self.pass(Millis::secs(600));
        assert_eq!((self.control.calls(), self.control.deadline()), (0, None));
    }
}

fn any_request(choice: u8) -> CallRequest {
    let cause = ClearCause::ours(Cause::NormalClearing);
    let progress = (choice & 0x80 != 0).then_some(Progress::InBand);
    match choice % 12 {
        0 => CallRequest::SelectChannel { slot: choice % 32 },
        1 => CallRequest::MoreInfo { dial_tone: progress.is_some() },
        2 => CallRequest::Proceeding { progress },
        3 => CallRequest::Alerting { progress },
        4 => CallRequest::Progress { progress: Progress::InBand, cause: progress.map(|_| cause) },
        5 => CallRequest::Connect { connected: None, progress },
        6 => CallRequest::Information { digits: "12".parse().expect("digits"), complete: progress.is_some() },
        7 => CallRequest::Notify { description: choice & 0x7f },
        8 => CallRequest::Disconnect { cause, tone: progress.is_some() },
        9 => CallRequest::StatusEnquiry,
        10 => CallRequest::Suspend { identity: CallIdentity::new(&[choice >> 6]) },
        _ => CallRequest::Release { cause },
    }
}

fn any_setup(slot: u8) -> SetupRequest {
    SetupRequest {
        bearer: BearerCapability::speech(),
        channel: ChannelIdentification::slot(slot, slot.is_multiple_of(2)),
        called: numbering::PartyNumber::plain("10086".parse().expect("digits")),
        complete: slot.is_multiple_of(3),
        calling: None,
        calling_sub_address: None,
        called_sub_address: None,
        redirecting: None,
        progress: vec![],
        display: None,
        other: vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Valid and damaged messages, requests, waits, link failures in any order: no panic, one end for each call, and nothing left after quiet.
    #[test]
    fn no_call_outlives_a_hostile_peer(
        network in any::<bool>(),
        rearrangement in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let known = known_messages();
        let mut switch = Switch::new(if network { Side::Network } else { Side::User }, rearrangement);
        for step in steps {
            switch.play(step, &known);
        }
        switch.quiet();
    }

    /// Random octets behind a valid header are read without panic, and what was read without fault is written back the same way.
    #[test]
    fn what_was_read_can_be_written_and_read_again(kind in any::<u8>(), body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut frame = vec![0x08, 2, 0, 1, kind];
        frame.extend(body);
        let message = Message::parse(&frame).expect("a good header");
        if message.faults.is_empty() {
            let again = Message::parse(&message.encode()).expect("we write what can be read");
            prop_assert_eq!(again, message);
        }
    }

    /// The same for damaged messages that were once good.
    #[test]
    fn damaged_messages_are_read_without_panic(at in any::<usize>(), mutations in proptest::collection::vec(mutation(), 1..6)) {
        let known = known_messages();
        let mut message = known[at % known.len()].clone();
        for mutation in &mutations {
            if !message.is_empty() {
                message = mutate(message, mutation);
            }
        }
        if let Ok(message) = Message::parse(&message) && message.faults.is_empty() {
            prop_assert_eq!(Message::parse(&message.encode()).expect("we write what can be read"), message);
        }
    }
}

/// 4.5.12: a message with more bad elements than a cause can name is answered with a cause that can still be read.
#[test]
fn more_bad_elements_than_a_cause_holds() {
    let mut switch = Switch::new(Side::User, false);
    let bad = [0x2c, 0].repeat(60);
    for head in
        [&[0x08, 2, 0, 1, 0x05][..], &[0x08, 2, 0, 1, 0x05, 0xa1, 0x04, 3, 0x90, 0x90, 0xa3, 0x18, 3, 0xa9, 0x83, 0x81]]
    {
        switch.control.receive(Monotonic(0), &[head, &[0x01, 0].repeat(60), &bad].concat());
        switch.drain();
    }
}
