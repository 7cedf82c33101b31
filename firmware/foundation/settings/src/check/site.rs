use super::{Findings, is_prompt_name};
use crate::Settings;

pub(super) fn check(settings: &Settings, findings: &mut Findings) {
    let site = &settings.site;
    findings.named("/site/name".into(), &site.name);
    findings.range("/site/utc_offset_minutes".into(), site.utc_offset_minutes, -720, 840);
    findings.range("/site/extension_digits".into(), site.extension_digits, 3, 6);
    calls(settings, findings);
    sip(settings, findings);
    recording(settings, findings);
    rooms(settings, findings);
    findings.unique("/prompts", "name", settings.prompts.iter().map(|p| format!("{} {}", p.language, p.name)));
    for (index, prompt) in settings.prompts.iter().enumerate() {
        if !is_prompt_name(&prompt.name) {
            name_problem(format!("/prompts/{index}/name"), findings);
        }
        if !["zh", "en"].contains(&prompt.language.as_str()) {
            let at = format!("/prompts/{index}/language");
            findings.add(at, "语言应为 zh 或 en", "The language is zh or en");
        }
    }
}

fn recording(settings: &Settings, findings: &mut Findings) {
    let recording = &settings.recording;
    findings.range("/recording/keep_free_megabytes".into(), recording.keep_free_megabytes, 16, 1_000_000);
    findings.range("/recording/new_key_days".into(), recording.new_key_days, 0, 3650);
    findings.range("/recording/pause_at_most_seconds".into(), recording.pause_at_most_seconds, 10, 900);
    findings.range("/recording/keep_days".into(), recording.keep_days, 0, 36_500);
    if recording.quota_megabytes != 0 {
        findings.range("/recording/quota_megabytes".into(), recording.quota_megabytes, 100, 100_000_000);
    }
    if recording.more_volumes.len() > 8 {
        findings.add("/recording/more_volumes", "最多 8 个存储卷", "Eight volumes at most");
    }
    for (index, volume) in recording.more_volumes.iter().enumerate() {
        let plain = volume.starts_with('/') && volume.len() > 1 && volume.len() <= 200;
        if !plain || volume.split('/').any(|part| part == "..") || volume.chars().any(char::is_control) {
            let zh = "请填写绝对路径，例如 /mnt/disk2/recordings";
            findings.add(
                format!("/recording/more_volumes/{index}"),
                zh,
                "Give an absolute path, such as /mnt/disk2/recordings",
            );
        }
    }
    findings.unique("/recording/more_volumes", "", recording.more_volumes.iter());
}

fn name_problem(at: String, findings: &mut Findings) {
    let zh = "名称只能用小写字母、数字、- 和 _，以 / 分级";
    let en = "Use lower-case letters, digits, - and _, with / between folders";
    findings.add(at, zh, en);
}

fn calls(settings: &Settings, findings: &mut Findings) {
    let calls = &settings.calls;
    findings.range("/calls/ring_seconds".into(), calls.ring_seconds, 5, 180);
    findings.range("/calls/recall_seconds".into(), calls.recall_seconds, 5, 180);
    findings.range("/calls/max_hold_seconds".into(), calls.max_hold_seconds, 10, 3600);
    findings.range("/calls/park_seconds".into(), calls.park_seconds, 10, 3600);
    findings.range("/calls/first_digit_seconds".into(), calls.first_digit_seconds, 1, 30);
    // PER-09
    findings.range("/calls/inter_digit_seconds".into(), calls.inter_digit_seconds, 1, 9);
    findings.range("/calls/inband_clear_seconds".into(), calls.inband_clear_seconds, 0, 60);
    if !is_prompt_name(&calls.music) {
        name_problem("/calls/music".into(), findings);
    }
    if calls.silent_clear_seconds != 0 {
        findings.range("/calls/silent_clear_seconds".into(), calls.silent_clear_seconds, 15, 3600);
    }
    if let Some(operator) = &calls.operator {
        super::lines::target("/calls/operator", operator, settings, findings);
    }
    let (first, last) = calls.park_slots;
    if first > last || last - first > 999 {
        let (zh, en) =
            ("首个驻留位不能大于最后一个，最多 1000 个", "The first slot must not be above the last; 1000 at most");
        findings.add("/calls/park_slots", zh, en);
    }
    let clash = settings.extensions.iter().find(|extension| {
        extension
            .number
            .as_str()
            .parse()
            .is_ok_and(|number: u32| (u32::from(first)..=u32::from(last)).contains(&number))
    });
    if let Some(extension) = clash {
        let number = &extension.number;
        let zh = format!("驻留位与分机 {number} 冲突，请移开其中之一");
        findings.add("/calls/park_slots", zh, format!("Park slots clash with extension {number}; move one of them"));
    }
}

/// Each list names at least one codec, and each once.
fn codecs(settings: &Settings, findings: &mut Findings) {
    let own = settings.sip.own_codecs.iter().enumerate();
    let own = own.map(|(at, own)| (format!("/sip/own_codecs/{at}/codecs"), &own.codecs));
    for (at, list) in std::iter::once(("/sip/codecs".to_owned(), &settings.sip.codecs)).chain(own) {
        if list.is_empty() {
            findings.add(at, "请至少选择一种语音编码", "Choose at least one codec");
        } else if list.iter().enumerate().any(|(n, codec)| list[..n].contains(codec)) {
            findings.add(at, "同一种编码只能出现一次", "Each codec may stand once only");
        }
    }
    findings.unique("/sip/own_codecs", "extension", settings.sip.own_codecs.iter().map(|own| own.extension.clone()));
    let codecs = settings.sip.own_codecs.iter().map(|own| &own.extension).enumerate();
    let codecs = codecs.map(|(at, extension)| (format!("/sip/own_codecs/{at}/extension"), extension));
    let srtp = settings.sip.own_srtp.iter().map(|own| &own.extension).enumerate();
    let srtp = srtp.map(|(at, extension)| (format!("/sip/own_srtp/{at}/extension"), extension));
    for (at, named) in codecs.chain(srtp) {
        if !settings.extensions.iter().any(|extension| extension.number == *named) {
            findings.add(at, "没有这个分机", "There is no such extension");
        }
    }
    findings.unique("/sip/own_srtp", "extension", settings.sip.own_srtp.iter().map(|own| own.extension.clone()));
}

fn rooms(settings: &Settings, findings: &mut Findings) {
    findings.unique("/rooms", "id", settings.rooms.iter().map(|room| room.id));
    for (index, room) in settings.rooms.iter().enumerate() {
        findings.named(format!("/rooms/{index}/name"), &room.name);
        findings.range(format!("/rooms/{index}/most"), room.most, 2, 200);
        if room.pin.len() > 12 || room.pin.to_string().contains('#') {
            findings.add(
                format!("/rooms/{index}/pin"),
                "密码最多 12 位，不含 #",
                "A PIN has 12 digits at most and no #",
            );
        }
    }
}

fn fax_ports(settings: &Settings, findings: &mut Findings) {
    let ((first, last), rtp) = (settings.sip.fax_ports, settings.sip.rtp_ports);
    if first < 1024 || last < first || last - first < 3 {
        let zh = "首个端口不小于 1024，范围至少 4 个端口";
        let en = "The first port is 1024 or more; the range has 4 ports or more";
        findings.add("/sip/fax_ports", zh, en);
    } else if first <= rtp.1 && rtp.0 <= last {
        let zh = "传真端口范围与 RTP 端口范围重叠，请移开";
        let en = "The fax ports lie in the RTP range; move one of them";
        findings.add("/sip/fax_ports", zh, en);
    }
}

fn sip(settings: &Settings, findings: &mut Findings) {
    let sip = &settings.sip;
    findings.range("/sip/port".into(), sip.port, 1, 65_535);
    codecs(settings, findings);
    let (first, last) = sip.rtp_ports;
    if first % 2 != 0 || first < 1024 || last < first || last - first < 15 {
        let zh = "首个端口须为偶数且不小于 1024，范围至少 16 个端口";
        let en = "The first port is even and 1024 or more; the range has 16 ports or more";
        findings.add("/sip/rtp_ports", zh, en);
    } else if (first..=last).contains(&sip.port) {
        let (zh, en) = ("SIP 端口落在 RTP 端口范围内，请移开", "The SIP port lies in the RTP range; move one of them");
        findings.add("/sip/port", zh, en);
    }
    fax_ports(settings, findings);
    if sip.realm.is_empty() || sip.realm.contains(['"', '\\']) || sip.realm.chars().any(char::is_control) {
        findings.add("/sip/realm", "请填写认证域，不含引号", "Give a realm without quotes");
    }
    findings.range("/sip/expires_seconds".into(), sip.expires_seconds, 30, 86_400);
    findings.range("/sip/min_expires_seconds".into(), sip.min_expires_seconds, 10, sip.expires_seconds.max(10));
    if sip.session_seconds != 0 {
        // RFC 4028 4: the least session interval is 90 s.
        findings.range("/sip/session_seconds".into(), sip.session_seconds, 90, 86_400);
    }
    if sip.qualify_seconds != 0 {
        findings.range("/sip/qualify_seconds".into(), sip.qualify_seconds, 5, 3600);
    }
}
