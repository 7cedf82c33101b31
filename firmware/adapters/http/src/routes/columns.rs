//! The columns that an exported call log may have, in their usual order.

use crate::errors::ApiError;
use ::settings::{Language, Settings};
use cdr::Cdr;
use clock::WallTime;
use ledger::{Direction, Outcome};

/// One cell: durations are numbers, so that sums work.
pub enum Cell {
    Text(String),
    Number(f64),
}

/// Whose names and language the cells are in.
pub struct Words<'a> {
    pub settings: &'a Settings,
    pub language: Language,
}

impl Words<'_> {
    fn of<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        if self.language == Language::Chinese { zh } else { en }
    }

    fn time(&self, at: WallTime) -> Cell {
        Cell::Text(at.civil(self.settings.site.utc_offset_minutes).to_string())
    }
}

/// A column: its key is the one that the console knows it by.
pub struct Column {
    pub key: &'static str,
    zh: &'static str,
    en: &'static str,
    pub cell: fn(&Cdr, &Words<'_>) -> Cell,
}

impl Column {
    pub fn heading(&self, words: &Words<'_>) -> &'static str {
        if words.language == Language::Chinese { self.zh } else { self.en }
    }
}

const fn column(key: &'static str, zh: &'static str, en: &'static str, cell: fn(&Cdr, &Words<'_>) -> Cell) -> Column {
    Column { key, zh, en, cell }
}

pub const COLUMNS: &[Column] = &[
    column("call", "呼叫编号", "Call", |c, _| Cell::Text(c.call.0.to_string())),
    column("began", "开始时间", "Began", |c, w| w.time(c.began)),
    column("answered", "应答时间", "Answered", |c, w| c.answered.map_or_else(empty, |at| w.time(at))),
    column("ended", "结束时间", "Ended", |c, w| w.time(c.ended)),
    column("direction", "方向", "Direction", |c, w| Cell::Text(direction(c.direction, w).to_owned())),
    column("calling", "主叫", "Calling", |c, _| text(c.calling.as_ref())),
    column("called", "被叫", "Called", |c, _| text(Some(&c.called))),
    column("keyed", "按键", "Keyed", |c, _| text(Some(&c.keyed))),
    column("queue", "队列", "Queue", queue),
    column("agent", "坐席员", "Agents", agents),
    column("wait", "排队(秒)", "Waited (s)", |c, _| match (c.queued, c.left_queue) {
        (Some(from), Some(to)) => seconds((to.0 - from.0).max(0) as u64),
        _ => empty(),
    }),
    column("ring", "振铃(秒)", "Ring (s)", |c, _| seconds(c.ring_millis)),
    column("talk", "通话(秒)", "Talk (s)", |c, _| seconds(c.talk_millis)),
    column("hold", "保持(秒)", "Hold (s)", |c, _| seconds(c.hold_millis)),
    column("transfers", "转接次数", "Transfers", |c, _| Cell::Number(f64::from(c.transfers))),
    column("outcome", "结果", "Outcome", |c, w| Cell::Text(outcome(c.outcome, w).to_owned())),
    column("cause", "原因值", "Cause", |c, _| Cell::Number(f64::from(u8::from(c.cause)))),
    column("circuit", "线路", "Line", line),
    column("code", "分类", "Wrap-up code", |c, _| text(c.wrap_up_code.as_ref())),
    column("note", "备注", "Note", |c, _| text(c.wrap_up_note.as_ref())),
    column("recordings", "录音数", "Recordings", |c, _| Cell::Number(c.recordings.len() as f64)),
];

/// The columns asked for, in the order asked; every one if none is.
pub fn chosen(keys: Option<&str>) -> Result<Vec<&'static Column>, ApiError> {
    let Some(keys) = keys.map(str::trim).filter(|keys| !keys.is_empty()) else { return Ok(COLUMNS.iter().collect()) };
    let mut chosen: Vec<&'static Column> = Vec::new();
    for key in keys.split(',').map(str::trim) {
        let known = COLUMNS.iter().find(|column| column.key == key);
        let column = known.ok_or_else(|| {
            ApiError::bad_request(&format!("没有名为“{key}”的列"), &format!("No column is named “{key}”"))
        })?;
        if !chosen.iter().any(|other| other.key == column.key) {
            chosen.push(column);
        }
    }
    Ok(chosen)
}

fn empty() -> Cell {
    Cell::Text(String::new())
}

fn text(value: Option<&impl ToString>) -> Cell {
    Cell::Text(value.map(ToString::to_string).unwrap_or_default())
}

fn seconds(millis: u64) -> Cell {
    Cell::Number(millis as f64 / 1000.0)
}

fn queue(cdr: &Cdr, words: &Words<'_>) -> Cell {
    let queue = cdr.queue.and_then(|id| words.settings.queues.iter().find(|queue| queue.id == id));
    text(queue.map(|queue| &queue.name))
}

fn agents(cdr: &Cdr, words: &Words<'_>) -> Cell {
    let name = |id| words.settings.agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.as_str());
    let mut names: Vec<&str> = cdr.agents.iter().filter_map(|id| name(*id)).collect();
    names.dedup();
    Cell::Text(names.join(", "))
}

fn line(cdr: &Cdr, words: &Words<'_>) -> Cell {
    let named = |circuit: identity::CircuitId| {
        let span = words.settings.spans.iter().find(|span| span.id == circuit.span);
        let name = span.map_or_else(|| circuit.span.0.to_string(), |span| span.name.clone());
        format!("{name}/{}", circuit.slot)
    };
    let circuits: Vec<String> = cdr.circuit.into_iter().chain(cdr.port).map(named).collect();
    if circuits.is_empty() { text(cdr.extension.as_ref()) } else { Cell::Text(circuits.join(", ")) }
}

fn direction<'a>(direction: Direction, words: &Words<'_>) -> &'a str {
    match direction {
        Direction::Inbound => words.of("呼入", "Inbound"),
        Direction::Outbound => words.of("呼出", "Outbound"),
        Direction::Internal => words.of("内部", "Internal"),
    }
}

fn outcome<'a>(outcome: Outcome, words: &Words<'_>) -> &'a str {
    match outcome {
        Outcome::Answered => words.of("已接通", "Answered"),
        Outcome::AbandonedInFlow => words.of("导航中放弃", "Abandoned in flow"),
        Outcome::AbandonedInQueue => words.of("排队中放弃", "Abandoned in queue"),
        Outcome::AbandonedRinging => words.of("振铃放弃", "Abandoned ringing"),
        Outcome::Overflowed => words.of("溢出", "Overflowed"),
        Outcome::ServedByFlow => words.of("自助完成", "Served by flow"),
        Outcome::Busy => words.of("忙", "Busy"),
        Outcome::NoAnswer => words.of("无应答", "No answer"),
        Outcome::Refused => words.of("拒接", "Refused"),
        Outcome::Failed => words.of("失败", "Failed"),
        Outcome::Interrupted => words.of("中断", "Interrupted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_as_asked_each_once() {
        let keys = |asked| chosen(asked).map(|columns| columns.iter().map(|column| column.key).collect::<Vec<_>>());
        assert_eq!(keys(Some("note, began,note")).unwrap(), ["note", "began"]);
        assert_eq!(keys(None).unwrap().len(), COLUMNS.len());
        assert!(keys(Some("began,shoe-size")).is_err());
    }
}
