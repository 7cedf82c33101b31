//! Settings as JSON: the check and the difference to the defaults take anything, and settings survive being written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use settings::{Settings, difference};

fuzz_target!(|data: &[u8]| {
    let Ok(settings) = serde_json::from_slice::<Settings>(data) else { return };
    let known = ivr::prompts::known(&settings.prompts);
    for flow in &settings.flows {
        ivr::check(flow, Some(&known));
    }
    for problem in settings.check() {
        assert!(!problem.zh.is_empty() && !problem.en.is_empty(), "{problem:?}");
    }
    difference(&Settings::default(), &settings);
    let text = serde_json::to_vec(&settings).expect("settings can be written");
    let again: Settings = serde_json::from_slice(&text).expect("what we wrote can be read");
    assert_eq!(difference(&settings, &again), []);
});
