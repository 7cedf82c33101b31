//! A flow and a caller who presses anything: a flow that passed the check leads every caller somewhere, and never hangs up because it leads
//! nowhere.
#![no_main]

use clock::{Millis, Monotonic, Now, WallTime};
use identity::PlayId;
use ivr::{Context, Flow, HangUp, Walk, WalkOutput};
use libfuzzer_sys::fuzz_target;
use numbering::Key;
use settings::{FlowSettings, Language};
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |octet| *octet == 0);
    let (text, caller) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(flow) = serde_json::from_slice::<FlowSettings>(text) else { return };
    let Ok(flow) = Flow::compile(&flow) else { return };
    let mut now = Now { mono: Monotonic(0), wall: WallTime(1_763_800_000_000) };
    let context = Context {
        calling: "13800138000".parse().ok(),
        called: "4008001".parse().expect("digits"),
        utc_offset_minutes: 480,
        language: Language::Chinese,
        first_play: PlayId(1),
    };
    let mut walk = Walk::begin(now, Arc::new(flow), context);
    let mut playing = None;
    for what in caller.iter().chain(std::iter::repeat_n(&0xff, 200)) {
        let mut said = 0;
        while let Some(output) = walk.poll() {
            said += 1;
            assert!(said < 100_000, "speaks without end");
            match output {
                WalkOutput::Play { play, .. } => playing = Some(play),
                WalkOutput::HangUp { why } => assert_ne!(why, HangUp::NoSuchNode, "a checked flow led nowhere"),
                _ => {}
            }
        }
        if walk.over() {
            return;
        }
        now = now + Millis(fuzz::wait(*what));
        match (what % 4, Key::from_event(what >> 4)) {
            (0, Some(key)) => walk.key(now, key),
            (1, _) => playing.take().into_iter().for_each(|play| walk.play_failed(now, play)),
            (2, _) => walk.expire(now),
            _ => {
                playing.take().into_iter().for_each(|play| walk.play_ended(now, play));
                walk.expire(now);
            }
        }
    }
});
