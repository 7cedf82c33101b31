//! Faxes received, sent and to be sent. Their pages are files beside the database.

use crate::error::StoreError;
use crate::writer::Store;
use clock::WallTime;
use desk::{FaxDirection, FaxState, FaxView};
use identity::FaxId;
use numbering::Digits;
use rusqlite::types::Value;
use rusqlite::{Row, Transaction, params, params_from_iter};

const COLUMNS: &str = "id, direction, extension, number, station, state, reason, pages, bits, attempts, began, ended";

/// Which faxes are asked for; nothing asked is everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FaxFilter {
    pub direction: Option<FaxDirection>,
    pub state: Option<FaxState>,
    pub extension: Option<Digits>,
    /// A part of the number or of what the terminal calls itself.
    pub text: Option<String>,
    /// Those that began from here...
    pub from: Option<WallTime>,
    /// ...to here, not included.
    pub to: Option<WallTime>,
}

impl FaxFilter {
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
        also("direction = ?", self.direction.map(|direction| direction_name(direction).to_owned().into()));
        also("state = ?", self.state.map(|state| state.name().to_owned().into()));
        also("extension = ?", self.extension.as_ref().map(|extension| extension.to_string().into()));
        also("(instr(number, ?) > 0 OR instr(station, ?) > 0)", self.text.clone().map(Value::from));
        also("began >= ?", self.from.map(|from| from.0.into()));
        also("began < ?", self.to.map(|to| to.0.into()));
        (text, values)
    }
}

fn direction_name(direction: FaxDirection) -> &'static str {
    match direction {
        FaxDirection::Received => "received",
        FaxDirection::Sent => "sent",
    }
}

/// What is told later replaces what was told before.
pub(crate) fn write(transaction: &Transaction<'_>, fax: &FaxView) -> Result<(), StoreError> {
    let text = format!(
        "INSERT INTO faxes ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (id) DO UPDATE SET station = excluded.station, state = excluded.state, reason = excluded.reason,
         pages = excluded.pages, bits = excluded.bits, attempts = excluded.attempts, ended = excluded.ended"
    );
    transaction.prepare_cached(&text)?.execute(params![
        fax.id.0 as i64,
        direction_name(fax.direction),
        fax.extension.as_str(),
        fax.number.as_str(),
        fax.station,
        fax.state.name(),
        fax.reason,
        fax.pages,
        fax.bits_a_second,
        fax.attempts,
        fax.began.0,
        fax.ended.map(|at| at.0),
    ])?;
    Ok(())
}

impl Store {
    /// The newest first, with how many there are.
    pub fn faxes(&self, filter: &FaxFilter, page: u32, per_page: u32) -> Result<(u64, Vec<FaxView>), StoreError> {
        let (condition, values) = filter.condition();
        let offset = u64::from(page.saturating_sub(1)) * u64::from(per_page);
        self.read(|connection| {
            let count = format!("SELECT count(*) FROM faxes WHERE {condition}");
            let total: i64 =
                connection.prepare_cached(&count)?.query_row(params_from_iter(values.iter()), |row| row.get(0))?;
            let text = format!(
                "SELECT {COLUMNS} FROM faxes WHERE {condition} ORDER BY id DESC LIMIT {per_page} OFFSET {offset}"
            );
            let mut statement = connection.prepare_cached(&text)?;
            let mut rows = statement.query(params_from_iter(values.iter()))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok((total as u64, found))
        })
    }

    pub fn fax(&self, id: FaxId) -> Result<Option<FaxView>, StoreError> {
        self.read(|connection| {
            let text = format!("SELECT {COLUMNS} FROM faxes WHERE id = ?1");
            let mut statement = connection.prepare_cached(&text)?;
            let mut rows = statement.query([id.0 as i64])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// The box starts: faxes that were under way when it stopped were broken off. Told are those that wait to be sent, the oldest first.
    pub fn resume_faxes(&self, now: WallTime) -> Result<Vec<FaxView>, StoreError> {
        self.write(move |transaction| {
            let text = "UPDATE faxes SET state = 'broken', reason = 'the box stopped', ended = max(began, ?1)
                        WHERE state = 'talking'";
            transaction.execute(text, [now.0])?;
            let text = format!("SELECT {COLUMNS} FROM faxes WHERE state = 'waiting' ORDER BY id");
            let mut statement = transaction.prepare(&text)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }

    /// Strikes a fax that has ended off the list.
    pub fn remove_fax(&self, id: FaxId) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let text = "DELETE FROM faxes WHERE id = ?1 AND ended IS NOT NULL";
            Ok(transaction.execute(text, [id.0 as i64])? > 0)
        })
    }
}

fn read(row: &Row<'_>) -> Result<FaxView, StoreError> {
    let unreadable = |text: String| StoreError::Unreadable(format!("{text} in the list of faxes"));
    let digits = |text: String| text.parse::<Digits>().map_err(|_| unreadable(text));
    let direction = match row.get_ref(1)?.as_str().unwrap_or_default() {
        "received" => FaxDirection::Received,
        "sent" => FaxDirection::Sent,
        other => return Err(unreadable(other.to_owned())),
    };
    let name: String = row.get(5)?;
    let state = FaxState::ALL.into_iter().find(|state| state.name() == name).ok_or_else(|| unreadable(name))?;
    Ok(FaxView {
        id: FaxId(row.get::<_, i64>(0)? as u64),
        direction,
        extension: digits(row.get(2)?)?,
        number: digits(row.get(3)?)?,
        station: row.get(4)?,
        state,
        reason: row.get(6)?,
        pages: row.get(7)?,
        bits_a_second: row.get(8)?,
        attempts: row.get(9)?,
        began: WallTime(row.get(10)?),
        ended: row.get::<_, Option<i64>>(11)?.map(WallTime),
    })
}
