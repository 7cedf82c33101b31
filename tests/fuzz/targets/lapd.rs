//! Frames, requests and time in any order: a link never panics, never sends without end, and can be established afterwards.
#![no_main]

use clock::Monotonic;
use lapd::{Config, DataLink, DlRequest, Side, StateName};
use libfuzzer_sys::fuzz_target;

fn drain(link: &mut DataLink) {
    let sent = std::iter::from_fn(|| link.poll()).take(10_000).count();
    assert!(sent < 10_000, "sends without end");
}

fuzz_target!(|data: &[u8]| {
    let side = if data.first().is_some_and(|octet| octet & 1 == 1) { Side::User } else { Side::Network };
    let other = if side == Side::User { Side::Network } else { Side::User };
    let mut link = DataLink::new(Config::primary_rate(side));
    let mut now = Monotonic(0);
    for piece in fuzz::pieces(data) {
        let Some((what, frame)) = piece.split_first() else { continue };
        now = Monotonic(now.0 + fuzz::wait(what.rotate_left(3)));
        match what % 8 {
            0 => link.request(now, DlRequest::Establish),
            1 => link.request(now, DlRequest::Release),
            2 => link.request(now, DlRequest::Data(frame.to_vec())),
            3 => link.request(now, DlRequest::UnitData(frame.to_vec())),
            4 => link.expire(now),
            _ => link.receive(now, frame),
        }
        drain(&mut link);
    }
    // A peer that knows the standard gets through to it, whatever was before.
    let mut peer = DataLink::new(Config::primary_rate(other));
    for _ in 0..60 {
        peer.request(now, DlRequest::Establish);
        for _ in 0..8 {
            while let Some(output) = peer.poll() {
                if let lapd::Output::Transmit(frame) = output {
                    link.receive(now, &frame);
                }
            }
            while let Some(output) = link.poll() {
                if let lapd::Output::Transmit(frame) = output {
                    peer.receive(now, &frame);
                }
            }
        }
        if link.state() == StateName::Established && peer.state() == StateName::Established {
            return;
        }
        now = Monotonic(now.0 + 1000);
        link.expire(now);
        peer.expire(now);
    }
    panic!("link {:?}, peer {:?}", link.state(), peer.state());
});
