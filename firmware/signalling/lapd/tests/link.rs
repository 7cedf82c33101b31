//! The data link against the standard's text: what a peer sends, and what must come back.

use clock::{Millis, Monotonic};
use lapd::{Config, DataLink, DlIndication, DlRequest, MdlError, Output, Side, StateName};

const NOW: Monotonic = Monotonic(1000);

fn outputs(link: &mut DataLink) -> Vec<Output> {
    std::iter::from_fn(|| link.poll()).collect()
}

fn frames(link: &mut DataLink) -> Vec<Vec<u8>> {
    outputs(link)
        .into_iter()
        .filter_map(|o| match o {
            Output::Transmit(frame) => Some(frame),
            Output::Indicate(_) => None,
        })
        .collect()
}

fn indications(link: &mut DataLink) -> Vec<DlIndication> {
    outputs(link)
        .into_iter()
        .filter_map(|o| match o {
            Output::Indicate(indication) => Some(indication),
            Output::Transmit(_) => None,
        })
        .collect()
}

/// A user side link that the network established.
fn established() -> DataLink {
    let mut link = DataLink::new(Config::primary_rate(Side::User));
    link.receive(NOW, &[0x02, 0x01, 0x7f]);
    assert_eq!(frames(&mut link), [[0x02, 0x01, 0x73]]);
    assert_eq!(link.state(), StateName::Established);
    link
}

fn expire_after(link: &mut DataLink, now: &mut Monotonic, wait: Millis) {
    *now = *now + wait;
    link.expire(*now);
}

/// LIN-03, Q.921 5.5.1.3: SABME three times more at T200, then the failure is told upwards once.
#[test]
fn establishment_is_given_up_after_n200() {
    let mut link = DataLink::new(Config::primary_rate(Side::User));
    let mut now = NOW;
    link.request(now, DlRequest::Establish);
    let mut sent = frames(&mut link).len();
    for _ in 0..3 {
        expire_after(&mut link, &mut now, Millis(1000));
        sent += frames(&mut link).len();
    }
    assert_eq!(sent, 4);
    expire_after(&mut link, &mut now, Millis(1000));
    assert_eq!(
        indications(&mut link),
        [DlIndication::Error(MdlError::EstablishFailed), DlIndication::ReleaseIndication]
    );
    assert_eq!(link.deadline(), None, "no timer runs at rest");
}

/// Q.921 5.5.5.1: both sides send SABME at once; both answer UA and both are established.
#[test]
fn sabme_collision() {
    let mut user = DataLink::new(Config::primary_rate(Side::User));
    let mut network = DataLink::new(Config::primary_rate(Side::Network));
    user.request(NOW, DlRequest::Establish);
    network.request(NOW, DlRequest::Establish);
    for _ in 0..3 {
        for frame in frames(&mut user) {
            network.receive(NOW, &frame);
        }
        for frame in frames(&mut network) {
            user.receive(NOW, &frame);
        }
    }
    assert_eq!((user.state(), network.state()), (StateName::Established, StateName::Established));
}

/// Q.921 5.8.1: a lost I frame is asked for by one REJ, however many follow it.
#[test]
fn gap_is_rejected_once() {
    let mut link = established();
    link.receive(NOW, &[0x02, 0x01, 0x02, 0x00, 0xaa]);
    assert_eq!(frames(&mut link), [[0x02, 0x01, 0x09, 0x00]]);
    link.receive(NOW, &[0x02, 0x01, 0x04, 0x00, 0xbb]);
    assert_eq!(frames(&mut link), Vec::<Vec<u8>>::new());
    link.receive(NOW, &[0x02, 0x01, 0x00, 0x00, 0xcc]);
    assert_eq!(indications(&mut link), [DlIndication::Data(vec![0xcc])]);
}

/// Q.921 5.6.4: REJ makes everything from N(R) be sent again.
#[test]
fn reject_sends_again_from_nr() {
    let mut link = established();
    for octet in [1, 2, 3] {
        link.request(NOW, DlRequest::Data(vec![octet]));
    }
    assert_eq!(frames(&mut link).len(), 3);
    link.receive(NOW, &[0x00, 0x01, 0x09, 0x02]);
    assert_eq!(frames(&mut link), [[0x00, 0x01, 0x02, 0x00, 2], [0x00, 0x01, 0x04, 0x00, 3]]);
    assert_eq!(link.counters().retransmitted, 2);
}

/// Q.921 5.9.5: with k = 7 the eighth frame waits for an acknowledgement.
#[test]
fn window_is_seven() {
    let mut link = established();
    for octet in 0..10 {
        link.request(NOW, DlRequest::Data(vec![octet]));
    }
    assert_eq!(frames(&mut link).len(), 7);
    link.receive(NOW, &[0x00, 0x01, 0x01, 0x04]);
    assert_eq!(frames(&mut link).len(), 2);
}

/// Q.921 5.6.5: a peer that is not ready gets no I frames until it is.
#[test]
fn busy_peer_is_waited_for() {
    let mut link = established();
    link.receive(NOW, &[0x00, 0x01, 0x05, 0x00]);
    link.request(NOW, DlRequest::Data(vec![9]));
    assert_eq!(frames(&mut link), Vec::<Vec<u8>>::new());
    link.receive(NOW, &[0x00, 0x01, 0x01, 0x00]);
    assert_eq!(frames(&mut link), [[0x00, 0x01, 0x00, 0x00, 9]]);
}

/// Q.921 5.6.7 and 5.7: a peer that answers no enquiry is re-established, and layer 3 learns that information was lost.
#[test]
fn silent_peer_is_reestablished() {
    let mut link = established();
    let mut now = NOW;
    indications(&mut link);
    link.request(now, DlRequest::Data(vec![1]));
    frames(&mut link);
    for _ in 0..4 {
        expire_after(&mut link, &mut now, Millis(1000));
        assert_eq!(
            frames(&mut link),
            [[0x02, 0x01, 0x01, 0x01]].map(|mut f| {
                f[0] = 0x00;
                f
            })
        );
        assert_eq!(link.state(), StateName::TimerRecovery);
    }
    expire_after(&mut link, &mut now, Millis(1000));
    assert_eq!(link.state(), StateName::AwaitingEstablishment);
    outputs(&mut link);
    link.receive(now, &[0x00, 0x01, 0x73]);
    assert_eq!(indications(&mut link), [DlIndication::EstablishIndication]);
}

/// Q.921 5.10.2: an idle link is asked after T203, and an answer brings peace.
#[test]
fn idle_link_is_asked_after_t203() {
    let mut link = established();
    let mut now = NOW;
    expire_after(&mut link, &mut now, Millis(10_000));
    assert_eq!(frames(&mut link), [[0x00, 0x01, 0x01, 0x01]]);
    link.receive(now, &[0x00, 0x01, 0x01, 0x01]);
    assert_eq!(link.state(), StateName::Established);
}

/// Q.921 5.8.2: an impossible N(R) re-establishes the link.
#[test]
fn impossible_nr_is_an_error() {
    let mut link = established();
    outputs(&mut link);
    link.receive(NOW, &[0x00, 0x01, 0x01, 0x22]);
    assert_eq!(indications(&mut link), [DlIndication::Error(MdlError::BadSequence)]);
    assert_eq!(link.state(), StateName::AwaitingEstablishment);
}

/// Q.921 5.8.6 and 3.6.11: FRMR, an undefined control field, a too long frame and information where none may be re-establish.
#[test]
fn frame_rejection_reestablishes() {
    let long = [vec![0x02, 0x01, 0x00, 0x00], vec![0; 261]].concat();
    let cases: [(&[u8], MdlError); 4] = [
        (&[0x00, 0x01, 0x97, 0, 0, 0, 0, 0], MdlError::FrameRejected),
        (&[0x02, 0x01, 0x33], MdlError::UndefinedControl),
        (&[0x02, 0x01, 0x53, 0xaa], MdlError::InformationNotPermitted),
        (&long, MdlError::TooLong),
    ];
    for (frame, error) in cases {
        let mut link = established();
        outputs(&mut link);
        link.receive(NOW, frame);
        assert_eq!(indications(&mut link), [DlIndication::Error(error)], "{frame:02x?}");
        assert_eq!(link.state(), StateName::AwaitingEstablishment);
    }
}

/// Frames for another TEI or SAPI, or from our own side, are not ours.
#[test]
fn foreign_frames_are_discarded() {
    let mut link = established();
    outputs(&mut link);
    for frame in [[0x02, 0x03, 0x7f], [0xfe, 0x01, 0x7f], [0x02, 0x00, 0x7f]] {
        link.receive(NOW, &frame);
    }
    assert_eq!(outputs(&mut link), []);
    assert_eq!(link.counters().discarded, 3);
}

/// Q.921 5.5.3: a release asked for while establishing happens once the link is up, and is confirmed.
#[test]
fn release_waits_for_establishment() {
    let mut link = DataLink::new(Config::primary_rate(Side::User));
    link.request(NOW, DlRequest::Establish);
    link.request(NOW, DlRequest::Release);
    frames(&mut link);
    link.receive(NOW, &[0x00, 0x01, 0x73]);
    assert_eq!(frames(&mut link).last(), Some(&vec![0x00, 0x01, 0x53]));
    link.receive(NOW, &[0x00, 0x01, 0x73]);
    assert_eq!(indications(&mut link), [DlIndication::ReleaseConfirm]);
    assert_eq!(link.deadline(), None);
}
