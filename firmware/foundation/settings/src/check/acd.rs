use super::{Findings, is_prompt_name, lines};
use crate::{Overflow, Settings};
use identity::SkillId;

pub(super) fn check(settings: &Settings, findings: &mut Findings) {
    findings.unique("/skills", "id", settings.skills.iter().map(|skill| skill.id));
    for (index, skill) in settings.skills.iter().enumerate() {
        findings.named(format!("/skills/{index}/name"), &skill.name);
    }
    agents(settings, findings);
    teams(settings, findings);
    findings.unique("/queues", "id", settings.queues.iter().map(|queue| queue.id));
    for index in 0..settings.queues.len() {
        queue(settings, index, findings);
    }
}

fn agents(settings: &Settings, findings: &mut Findings) {
    findings.unique("/agents", "id", settings.agents.iter().map(|agent| agent.id));
    findings.unique("/agents", "login", settings.agents.iter().map(|agent| &agent.login));
    for (index, agent) in settings.agents.iter().enumerate() {
        let at = format!("/agents/{index}");
        findings.named(format!("{at}/name"), &agent.name);
        let login = &agent.login;
        if login.is_empty() || login.len() > 64 || login.chars().any(|c| c.is_whitespace() || c.is_control()) {
            findings.add(
                format!("{at}/login"),
                "登录名为 1 至 64 个字符，不含空格",
                "A login has 1 to 64 characters and no spaces",
            );
        }
        for skill in &agent.skills {
            findings.range(format!("{at}/skills"), skill.level, 1, 5);
            skill_exists(&at, skill.skill, settings, findings);
        }
        if let Some(number) = &agent.extension
            && !settings.extensions.iter().any(|extension| extension.number == *number)
        {
            let zh = format!("没有分机 {number}，请改选");
            findings.add(format!("{at}/extension"), zh, format!("There is no extension {number}; choose another"));
        }
    }
}

fn teams(settings: &Settings, findings: &mut Findings) {
    let teams = &settings.supervision.teams;
    findings.unique("/supervision/teams", "name", teams.iter().map(|team| &team.name));
    for (index, team) in teams.iter().enumerate() {
        let at = format!("/supervision/teams/{index}");
        findings.named(format!("{at}/name"), &team.name);
        for (list, members) in [("supervisors", &team.supervisors), ("agents", &team.agents)] {
            for member in members.iter().filter(|id| !settings.agents.iter().any(|agent| agent.id == **id)) {
                let zh = format!("没有坐席 {}，请改选", member.0);
                findings.add(format!("{at}/{list}"), zh, format!("There is no agent {}; choose another", member.0));
            }
        }
    }
}

fn skill_exists(at: &str, skill: SkillId, settings: &Settings, findings: &mut Findings) {
    if !settings.skills.iter().any(|known| known.id == skill) {
        let zh = format!("没有技能 {}，请改选", skill.0);
        findings.add(format!("{at}/skills"), zh, format!("There is no skill {}; choose another", skill.0));
    }
}

fn queue(settings: &Settings, index: usize, findings: &mut Findings) {
    let queue = &settings.queues[index];
    let at = |field: &str| format!("/queues/{index}/{field}");
    findings.named(at("name"), &queue.name);
    findings.range(at("priority"), queue.priority, 1, 9);
    findings.range(at("ring_seconds"), queue.ring_seconds, 5, 180);
    findings.range(at("ageing_seconds"), queue.ageing_seconds, 0, 86_400);
    findings.range(at("wrap_up_seconds"), queue.wrap_up_seconds, 0, 3600);
    findings.range(at("max_wait_seconds"), queue.max_wait_seconds, 0, 86_400);
    findings.range(at("goal_percent"), queue.goal_percent, 1, 100);
    findings.range(at("goal_seconds"), queue.goal_seconds, 1, 600);
    for need in &queue.needs {
        findings.range(at("needs"), need.level, 1, 5);
        if !settings.skills.iter().any(|known| known.id == need.skill) {
            let zh = format!("没有技能 {}，请改选", need.skill.0);
            findings.add(at("needs"), zh, format!("There is no skill {}; choose another", need.skill.0));
        }
    }
    for (field, name) in [("music", &queue.music), ("announcements/prompt", &queue.announcements.prompt)] {
        if !name.is_empty() && !is_prompt_name(name) {
            let zh = "名称只能用小写字母、数字、- 和 _，以 / 分级";
            findings.add(at(field), zh, "Use lower-case letters, digits, - and _, with / between folders");
        }
    }
    if queue.announcements.first_seconds > 0 {
        findings.range(at("announcements/every_seconds"), queue.announcements.every_seconds, 10, 3600);
    }
    if let Overflow::To(target) = &queue.overflow {
        lines::target(&at("overflow"), target, settings, findings);
        if *target == crate::Target::Queue(queue.id) {
            findings.add(at("overflow"), "队列不能溢出到自己", "A queue cannot overflow to itself");
        }
    }
}
