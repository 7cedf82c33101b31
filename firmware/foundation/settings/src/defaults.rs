//! Defaults that work.

use crate::acd::Announcements;
use crate::lines::EmergencySettings;
use crate::site::{CallSettings, Language, RecordingSettings, SipDigest, SipSettings, Site, WhenFull};
use plan::{CodecName, SrtpUse};

impl Default for Site {
    fn default() -> Site {
        Site { name: "fastcall".into(), language: Language::Chinese, utc_offset_minutes: 480, extension_digits: 4 }
    }
}

impl Default for CallSettings {
    fn default() -> CallSettings {
        CallSettings {
            ring_seconds: 30,
            recall_seconds: 25,
            max_hold_seconds: 180,
            park_seconds: 120,
            park_slots: (700, 719),
            first_digit_seconds: 9,
            inter_digit_seconds: 5,
            music: "default".into(),
            inband_clear_seconds: 20,
            silent_clear_seconds: 60,
            operator: None,
        }
    }
}

impl Default for RecordingSettings {
    fn default() -> RecordingSettings {
        RecordingSettings {
            record_agent_calls: true,
            record_extension_calls: false,
            keep_free_megabytes: 512,
            encrypt: true,
            new_key_days: 365,
            pause_at_most_seconds: 120,
            keep_days: 0,
            quota_megabytes: 0,
            when_full: WhenFull::Stop,
            more_volumes: Vec::new(),
        }
    }
}

impl Default for SipSettings {
    fn default() -> SipSettings {
        SipSettings {
            port: 5060,
            tcp: true,
            rtp_ports: (16384, 18431),
            t38: true,
            fax_ports: (18432, 18559),
            codecs: vec![CodecName::Pcma, CodecName::Pcmu, CodecName::G722, CodecName::Opus],
            own_codecs: Vec::new(),
            srtp: SrtpUse::Off,
            own_srtp: Vec::new(),
            realm: "fastcall".into(),
            expires_seconds: 300,
            min_expires_seconds: 60,
            session_seconds: 1800,
            digest: SipDigest::Both,
            qualify_seconds: 60,
        }
    }
}

impl Default for EmergencySettings {
    fn default() -> EmergencySettings {
        let numbers = ["110", "119", "120", "122"];
        EmergencySettings { numbers: numbers.iter().filter_map(|n| n.parse().ok()).collect(), groups: Vec::new() }
    }
}

impl Default for Announcements {
    fn default() -> Announcements {
        Announcements { first_seconds: 15, every_seconds: 30, position: true, wait: true, prompt: String::new() }
    }
}
