//! What was wrong with lines, from when to when.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use desk::{AlarmKind, AlarmView};
use identity::{AlarmId, SpanId};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params, params_from_iter};
use serde::Serialize;

/// One alarm as the log has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AlarmRow {
    #[serde(flatten)]
    pub alarm: AlarmView,
    /// The box stopped while it stood: its end is the start that followed.
    pub cut: bool,
}

/// Which alarms are asked for; nothing asked is everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlarmFilter {
    pub standing: bool,
    pub kind: Option<AlarmKind>,
    pub span: Option<SpanId>,
    pub slot: Option<u8>,
    /// Those that stood at some time from here...
    pub from: Option<WallTime>,
    /// ...to here, not included.
    pub to: Option<WallTime>,
}

impl AlarmFilter {
    /// The condition in SQL, and its values.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut text = String::from("1 = 1");
        let mut values: Vec<Value> = Vec::new();
        let mut also = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                values.push(value);
                text.push_str(&format!(" AND {}", condition.replace('?', &format!("?{}", values.len()))));
            }
        };
        also("kind = ?", self.kind.map(|kind| kind.name().to_owned().into()));
        also("span = ?", self.span.map(|span| i64::from(span.0).into()));
        also("slot = ?", self.slot.map(|slot| i64::from(slot).into()));
        also("coalesce(ended, 9223372036854775807) >= ?", self.from.map(|from| from.0.into()));
        also("began < ?", self.to.map(|to| to.0.into()));
        if self.standing {
            text.push_str(" AND ended IS NULL");
        }
        (text, values)
    }
}

/// Its end replaces its beginning; writing either twice is as writing it once.
pub(crate) fn write(transaction: &Transaction<'_>, alarm: &AlarmView) -> Result<(), StoreError> {
    let AlarmView { id, kind, span, slot, began, ended } = alarm;
    transaction
        .prepare_cached(
            "INSERT INTO alarms (id, kind, span, slot, began, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET ended = excluded.ended",
        )?
        .execute(params![id.0 as i64, kind.name(), span.0, slot, began.0, ended.map(|at| at.0)])?;
    Ok(())
}

impl Store {
    /// The box starts: what stood when it stopped may be over. What is still wrong will be told anew.
    pub fn cut_alarms(&self, now: WallTime) -> Result<u64, StoreError> {
        self.write(move |transaction| {
            let text = "UPDATE alarms SET ended = max(began, ?1), cut = 1 WHERE ended IS NULL";
            Ok(transaction.execute(text, [now.0])? as u64)
        })
    }

    /// Those that stand first, then the newest first, with how many there are.
    pub fn alarms(&self, filter: &AlarmFilter, page: u32, per_page: u32) -> Result<(u64, Vec<AlarmRow>), StoreError> {
        let (condition, values) = filter.condition();
        let offset = u64::from(page.saturating_sub(1)) * u64::from(per_page);
        self.read(|connection| {
            let count = format!("SELECT count(*) FROM alarms WHERE {condition}");
            let total: i64 =
                connection.prepare_cached(&count)?.query_row(params_from_iter(values.iter()), |row| row.get(0))?;
            let rows = select(connection, &condition, &values, &format!("LIMIT {per_page} OFFSET {offset}"))?;
            Ok((total as u64, rows))
        })
    }
}

fn select(connection: &Connection, condition: &str, values: &[Value], part: &str) -> Result<Vec<AlarmRow>, StoreError> {
    let text = format!(
        "SELECT id, kind, span, slot, began, ended, cut FROM alarms WHERE {condition}
         ORDER BY ended IS NOT NULL, id DESC {part}"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query(params_from_iter(values.iter()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<AlarmRow, StoreError> {
    let name: String = row.get(1)?;
    let kind = AlarmKind::from_name(&name)
        .ok_or_else(|| StoreError::Unreadable(format!("no kind of alarm is called {name}")))?;
    let alarm = AlarmView {
        id: AlarmId(row.get::<_, i64>(0)? as u64),
        kind,
        span: SpanId(row.get(2)?),
        slot: row.get(3)?,
        began: WallTime(row.get(4)?),
        ended: row.get::<_, Option<i64>>(5)?.map(WallTime),
    };
    Ok(AlarmRow { alarm, cut: row.get(6)? })
}
