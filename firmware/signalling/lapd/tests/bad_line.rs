//! Two links over a line that loses, repeats and mangles.

use clock::Monotonic;
use lapd::{Config, DataLink, DlIndication, DlRequest, Output, Side, StateName};
use proptest::prelude::*;

struct Pair {
    now: Monotonic,
    ends: [DataLink; 2],
    heard: [Vec<Vec<u8>>; 2],
    resets: usize,
}

impl Pair {
    fn new() -> Pair {
        let ends = [Side::User, Side::Network].map(|side| DataLink::new(Config::primary_rate(side)));
        Pair { now: Monotonic(0), ends, heard: [vec![], vec![]], resets: 0 }
    }

    /// Carries what both ends want to send, `loses` says which frames fall; then lets the next timer run.
    fn step(&mut self, mut loses: impl FnMut() -> bool) {
        for from in 0..2 {
            while let Some(output) = self.ends[from].poll() {
                match output {
                    Output::Transmit(frame) if !loses() => self.ends[1 - from].receive(self.now, &frame),
                    Output::Transmit(_) => {}
                    Output::Indicate(DlIndication::Data(data)) => self.heard[from].push(data),
                    Output::Indicate(
                        DlIndication::EstablishIndication
                        | DlIndication::EstablishConfirm
                        | DlIndication::ReleaseIndication,
                    ) => self.resets += 1,
                    Output::Indicate(_) => {}
                }
            }
        }
    }

    fn wait(&mut self) {
        if let Some(at) = self.ends.iter().filter_map(DataLink::deadline).min() {
            self.now = self.now.max(at);
            self.ends.iter_mut().for_each(|end| end.expire(at));
        }
    }
}

proptest! {
    /// Whatever is lost, what arrives is in order and without repeats, and when the line heals all of it arrives or both ends
    /// were told of a reset.
    #[test]
    fn nothing_is_lost_in_silence(losses in prop::collection::vec(prop::bool::weighted(0.3), 0..300), count in 1u8..60) {
        let mut pair = Pair::new();
        pair.ends[0].request(pair.now, DlRequest::Establish);
        pair.step(|| false);
        pair.step(|| false);
        let settled = pair.resets;
        for n in 0..count {
            pair.ends[0].request(pair.now, DlRequest::Data(vec![n]));
        }
        let mut fate = losses.into_iter();
        for _ in 0..400 {
            pair.step(|| fate.next().unwrap_or(false));
            pair.wait();
        }
        prop_assert!(pair.heard[1].windows(2).all(|w| w[0] < w[1]));
        if pair.resets == settled {
            prop_assert_eq!(pair.heard[1].len(), usize::from(count));
        }
        for end in &pair.ends {
            prop_assert!(matches!(end.state(), StateName::Established | StateName::TimerRecovery | StateName::TeiAssigned));
        }
    }

    /// Hostile frames neither panic nor stop the link from being established afterwards.
    #[test]
    fn hostile_frames_are_survived(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..60)) {
        let mut pair = Pair::new();
        pair.ends[0].request(pair.now, DlRequest::Establish);
        pair.step(|| false);
        for mut frame in frames {
            if frame.len() > 2 {
                (frame[0], frame[1]) = (frame[0] & 0x02, 0x01);
            }
            pair.ends[0].receive(pair.now, &frame);
        }
        for _ in 0..40 {
            pair.step(|| false);
            pair.wait();
        }
        pair.ends[1].request(pair.now, DlRequest::Establish);
        for _ in 0..10 {
            pair.step(|| false);
        }
        prop_assert_eq!(pair.ends[0].state(), StateName::Established);
        prop_assert_eq!(pair.ends[1].state(), StateName::Established);
    }
}
