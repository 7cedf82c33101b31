use super::{Findings, analog, is_pattern};
use crate::{BriMode, BriSettings, ExtensionSettings, R2Settings, Settings, Side, Signalling, Target};
use identity::GroupId;

pub(super) fn check(settings: &Settings, findings: &mut Findings) {
    spans(settings, findings);
    groups(settings, findings);
    extensions(settings, findings);
    for (index, service) in settings.services.iter().enumerate() {
        pattern(format!("/services/{index}/pattern"), &service.pattern, findings);
        findings.named(format!("/services/{index}/name"), &service.name);
        target(&format!("/services/{index}/target"), &service.target, settings, findings);
    }
    findings.unique("/services", "pattern", settings.services.iter().map(|service| &service.pattern));
    findings.unique("/outbound", "pattern", settings.outbound.iter().map(|route| &route.pattern));
    for (index, route) in settings.outbound.iter().enumerate() {
        pattern(format!("/outbound/{index}/pattern"), &route.pattern, findings);
        let digits = route.pattern.trim_end_matches('.').len();
        if usize::from(route.strip) > digits {
            let at = format!("/outbound/{index}/strip");
            findings.range(at, usize::from(route.strip), 0, digits);
        }
        groups_exist(&format!("/outbound/{index}/groups"), &route.groups, settings, findings);
        if route.groups.is_empty() {
            let (zh, en) = ("请至少选择一个中继群", "Choose at least one trunk group");
            findings.add(format!("/outbound/{index}/groups"), zh, en);
        }
    }
    emergency(settings, findings);
}

fn spans(settings: &Settings, findings: &mut Findings) {
    findings.unique("/spans", "id", settings.spans.iter().map(|span| span.id));
    for (index, span) in settings.clocks.iter().enumerate() {
        if settings.clocks[..index].contains(span) {
            let zh = format!("中继线 {} 在时钟顺序中重复，请删除一个", span.0);
            let en = format!("Span {} is twice in the order of clocks; take one out", span.0);
            findings.add(format!("/clocks/{index}"), zh, en);
        }
        if !settings.spans.iter().any(|known| known.id == *span) {
            let zh = format!("没有中继线 {}，请从时钟顺序中删除", span.0);
            let en = format!("There is no span {}; take it out of the order of clocks", span.0);
            findings.add(format!("/clocks/{index}"), zh, en);
        }
    }
    for (index, span) in settings.spans.iter().enumerate() {
        findings.named(format!("/spans/{index}/name"), &span.name);
        findings.range(format!("/spans/{index}/id"), span.id.0, 1, 128);
        for slot in span.blocked.iter().filter(|slot| **slot == 0 || **slot == 16 || **slot > 31) {
            let zh = format!("时隙 {slot} 不是话路，可闭塞的为 1 至 15、17 至 31");
            let en = format!("Timeslot {slot} carries no speech; block 1 to 15 or 17 to 31");
            findings.add(format!("/spans/{index}/blocked"), zh, en);
        }
        match &span.signalling {
            Signalling::Pri(_) => {}
            Signalling::Bri(settings) => bri(&format!("/spans/{index}/signalling"), settings, findings),
            Signalling::R2(settings) => r2(&format!("/spans/{index}/signalling"), settings, findings),
            Signalling::Analog(settings) => analog::span(&format!("/spans/{index}/signalling"), settings, findings),
        }
    }
}

/// Numbers of one basic access at most: carriers give ten.
const MOST_MSNS: usize = 32;

fn bri(at: &str, settings: &BriSettings, findings: &mut Findings) {
    findings.range(format!("{at}/msns"), settings.msns.len(), 0, MOST_MSNS);
    if settings.msns.iter().any(|number| number.is_empty()) {
        findings.add(format!("{at}/msns"), "号码不能为空", "A number cannot be empty");
    }
    let terminal = (settings.side, settings.mode) == (Side::User, BriMode::Multipoint);
    if let Some(tei) = settings.tei {
        // Q.921 table 2: higher ones are the network's to assign, and 0 is that of a line point to point.
        findings.range(format!("{at}/tei"), tei.into(), 1, 63);
        if !terminal {
            let zh = "只有多点总线的用户侧才有固定 TEI，请清空";
            let en = "Only a terminal on a bus has a fixed TEI; leave this empty";
            findings.add(format!("{at}/tei"), zh, en);
        }
    }
    if !settings.msns.is_empty() && !terminal {
        let zh = "只有在多点总线的用户侧才按号码区分来话，请清空";
        let en = "Only a terminal on a bus tells its calls by their numbers; leave this empty";
        findings.add(format!("{at}/msns"), zh, en);
    }
}

/// A number has 24 digits at most here: the register of the far end gives no more.
const LONGEST_CALLED: u8 = 24;

fn r2(at: &str, settings: &R2Settings, findings: &mut Findings) {
    let R2Settings { called_digits, ask_caller, caller_after, .. } = *settings;
    if called_digits > LONGEST_CALLED {
        let (zh, en) = (
            "被叫号码最多 24 位；位数不定请填 0",
            "A called number has at most 24 digits; give 0 where the length varies",
        );
        findings.add(format!("{at}/called_digits"), zh, en);
    }
    if ask_caller && called_digits > 0 && caller_after > called_digits {
        let zh = format!("被叫号码只有 {called_digits} 位，请填 0（收完后再要）或更小的数");
        let en = format!("The called number has {called_digits} digits only; give 0 (behind the last) or fewer");
        findings.add(format!("{at}/caller_after"), zh, en);
    }
    if ask_caller && called_digits == 0 && caller_after > 0 {
        let zh = "被叫位数不定时，主叫号码在第一位之后要，请填 0";
        let en = "Where the length varies the caller's number is asked for behind the first digit; give 0";
        findings.add(format!("{at}/caller_after"), zh, en);
    }
}

fn groups(settings: &Settings, findings: &mut Findings) {
    findings.unique("/groups", "id", settings.groups.iter().map(|group| group.id));
    for (index, group) in settings.groups.iter().enumerate() {
        findings.named(format!("/groups/{index}/name"), &group.name);
        for span in &group.spans {
            if !settings.spans.iter().any(|known| known.id == *span) {
                let zh = format!("没有中继线 {}，请从群中删除", span.0);
                let en = format!("There is no span {}; take it out of the group", span.0);
                findings.add(format!("/groups/{index}/spans"), zh, en);
            }
            if settings.groups[..index].iter().any(|other| other.spans.contains(span)) {
                let zh = format!("中继线 {} 已属于另一个群", span.0);
                let en = format!("Span {} is in another group already", span.0);
                findings.add(format!("/groups/{index}/spans"), zh, en);
            }
        }
    }
}

fn extensions(settings: &Settings, findings: &mut Findings) {
    findings.unique("/extensions", "number", settings.extensions.iter().map(|extension| &extension.number));
    for (index, extension) in settings.extensions.iter().enumerate() {
        let number = extension.number.as_str();
        // SW-03
        if !(3..=6).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            let at = format!("/extensions/{index}/number");
            findings.add(at, "分机号为 3 至 6 位数字", "An extension has 3 to 6 digits");
        }
        if settings.emergency.numbers.iter().any(|emergency| emergency.as_str() == number) {
            let at = format!("/extensions/{index}/number");
            findings.add(at, "与紧急号码相同，请换一个", "The same as an emergency number; choose another");
        }
        analog::port(index, extension, settings, findings);
        fax(index, extension, findings);
        if extension.port.is_none() && extension.fax.is_none() && extension.password.chars().count() < 8 {
            let at = format!("/extensions/{index}/password");
            findings.add(at, "话机密码至少 8 个字符", "A phone's password has at least 8 characters");
        }
    }
}

/// T.30 5.3.6.2.4: what a terminal says of itself has 20 characters out of digits, `+` and space.
fn fax(index: usize, extension: &ExtensionSettings, findings: &mut Findings) {
    let Some(fax) = &extension.fax else { return };
    if extension.port.is_some() {
        let at = format!("/extensions/{index}/port");
        findings.add(at, "传真信箱没有话机端口，请清空端口", "A fax box is at no port; leave the port empty");
    }
    if fax.station.len() > 20 || !fax.station.bytes().all(|b| b.is_ascii_digit() || b == b'+' || b == b' ') {
        let at = format!("/extensions/{index}/fax/station");
        findings.add(
            at,
            "传真标识为数字、+ 和空格，最多 20 个字符",
            "A station has digits, + and spaces, at most 20 of them",
        );
    }
    if !fax.header.is_ascii() || fax.header.len() > 50 {
        let at = format!("/extensions/{index}/fax/header");
        let en = "A header has at most 50 letters and digits, without accents or Hanzi";
        findings.add(at, "页眉最多 50 个字符，只能用英文字母、数字和符号", en);
    }
}

fn emergency(settings: &Settings, findings: &mut Findings) {
    if settings.emergency.numbers.is_empty() {
        let (zh, en) = ("请保留紧急号码 110、119、120、122", "Keep the emergency numbers 110, 119, 120 and 122");
        findings.add("/emergency/numbers", zh, en);
    }
    for (index, number) in settings.emergency.numbers.iter().enumerate() {
        if number.is_empty() || number.len() > 6 {
            let at = format!("/emergency/numbers/{index}");
            findings.add(at, "紧急号码为 1 至 6 位", "An emergency number has 1 to 6 digits");
        }
    }
    groups_exist("/emergency/groups", &settings.emergency.groups, settings, findings);
}

fn groups_exist(at: &str, groups: &[GroupId], settings: &Settings, findings: &mut Findings) {
    for group in groups.iter().filter(|group| !settings.groups.iter().any(|known| known.id == **group)) {
        let zh = format!("没有中继群 {}，请改选", group.0);
        findings.add(at, zh, format!("There is no trunk group {}; choose another", group.0));
    }
}

fn pattern(at: String, pattern: &str, findings: &mut Findings) {
    if !is_pattern(pattern) {
        let zh = "号码模式由数字、x（任一位）组成，末尾可加 .（任意后续）";
        let en = "A pattern has digits, x for any digit, and may end in . for any rest";
        findings.add(at, zh, en);
    }
}

/// A target that must exist.
pub(super) fn target(at: &str, target: &Target, settings: &Settings, findings: &mut Findings) {
    let (known, zh, en) = match target {
        Target::Flow(id) => {
            let known = settings.flows.iter().any(|flow| flow.id == *id);
            (known, format!("没有流程 {}，请改选", id.0), format!("There is no flow {}; choose another", id.0))
        }
        Target::Queue(id) => {
            let known = settings.queues.iter().any(|queue| queue.id == *id);
            (known, format!("没有队列 {}，请改选", id.0), format!("There is no queue {}; choose another", id.0))
        }
        Target::Room(id) => {
            let known = settings.rooms.iter().any(|room| room.id == *id);
            (known, format!("没有会议室 {}，请改选", id.0), format!("There is no room {}; choose another", id.0))
        }
        Target::Extension(number) => {
            let known = settings.extensions.iter().any(|extension| extension.number == *number);
            (known, format!("没有分机 {number}，请改选"), format!("There is no extension {number}; choose another"))
        }
        Target::Number(number) => (!number.is_empty(), "请填写号码".to_owned(), "Give a number".to_owned()),
    };
    if !known {
        findings.add(at, zh, en);
    }
}
