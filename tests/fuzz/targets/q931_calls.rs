//! Messages, requests and time: each call begins and ends once, there are never too many, and when all is over none is left.
#![no_main]

use clock::Monotonic;
use libfuzzer_sys::fuzz_target;
use numbering::{Cause, ClearCause};
use q931::{
    CallControl, CallHandle, CallIndication, CallRequest, Config, DataLink, InterfaceIndication, Message, Output,
    Progress, RestartScope, Side,
};
use std::collections::BTreeSet;

struct Switch {
    now: Monotonic,
    control: CallControl,
    calls: BTreeSet<CallHandle>,
}

impl Switch {
    fn drain(&mut self) {
        for _ in 0..10_000 {
            let Some(output) = self.control.poll() else { return self.hold_to_its_word() };
            match output {
                Output::Call { call, indication: CallIndication::Setup(_) } => {
                    assert!(self.calls.insert(call), "a call begins once");
                    self.control.request(self.now, call, CallRequest::SelectChannel { slot: 1 });
                }
                Output::Call { call, indication: CallIndication::Released { .. } } => {
                    assert!(self.calls.remove(&call), "a call ends once");
                }
                Output::Interface(InterfaceIndication::Restart(scope)) => {
                    self.control.restart_response(self.now, scope)
                }
                Output::Transmit(octets) => {
                    let message = Message::parse(&octets).expect("we send what can be read");
                    assert_eq!(message.faults, [], "{octets:02x?}");
                }
                Output::Call { .. } | Output::Interface(_) | Output::EstablishLink | Output::Trace(_) => {}
            }
        }
        panic!("puts out without end");
    }

    fn hold_to_its_word(&self) {
        assert_eq!(self.control.calls(), self.calls.len());
        assert!(self.calls.len() <= 60);
    }

    fn ask(&mut self, what: u8) {
        let cause = ClearCause::ours(Cause::NormalClearing);
        let Some(call) = self.calls.iter().nth(usize::from(what) % self.calls.len().max(1)).copied() else { return };
        let request = match what % 8 {
            0 => CallRequest::MoreInfo { dial_tone: what & 0x40 != 0 },
            1 => CallRequest::Proceeding { progress: Some(Progress::InBand) },
            2 => CallRequest::Alerting { progress: None },
            3 => CallRequest::Connect { connected: None, progress: None },
            4 => CallRequest::Disconnect { cause, tone: what & 0x40 != 0 },
            5 => CallRequest::Release { cause },
            6 => CallRequest::StatusEnquiry,
            _ => CallRequest::Notify { description: what & 0x7f },
        };
        self.control.request(self.now, call, request);
    }

    fn pass(&mut self, millis: u64) {
        self.now = Monotonic(self.now.0 + millis);
        self.control.expire(self.now);
    }
}

fuzz_target!(|data: &[u8]| {
    let side = if data.first().is_some_and(|octet| octet & 1 == 1) { Side::User } else { Side::Network };
    let mut control = CallControl::new(Config { trace: true, ..Config::new(side, 30) });
    control.data_link(Monotonic(0), DataLink::Established);
    let mut switch = Switch { now: Monotonic(0), control, calls: BTreeSet::new() };
    for piece in fuzz::pieces(data) {
        match piece {
            [] => {}
            [what] => switch.ask(*what),
            [0xff, millis] => switch.pass(fuzz::wait(*millis)),
            [0xfe, up] => {
                let event = if up & 1 == 1 { DataLink::Established } else { DataLink::Released };
                switch.control.data_link(switch.now, event);
            }
            [0xfd, slot] => switch.control.restart(switch.now, RestartScope::Channel(1 + slot % 31)),
            message => switch.control.receive(switch.now, message),
        }
        switch.drain();
    }
    while let Some(call) = switch.calls.first().copied() {
        let cause = ClearCause::ours(Cause::NormalClearing);
        switch.control.request(switch.now, call, CallRequest::Release { cause });
        switch.drain();
        for _ in 0..10 {
            switch.pass(60_000);
            switch.drain();
        }
        assert!(!switch.calls.contains(&call), "a call that nobody wants stays");
    }
});
