//! Rows of a benchmark: a value, what it is held against, and whether the goal is met.

use serde::Serialize;

/// One measured figure. All figures of a benchmark come from one run on one machine, so ratios compare.
#[derive(Serialize)]
pub struct Row {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// What the value is divided by: a rival, a physical floor, a limit.
    pub against: String,
    pub ratio: f64,
    /// The goal in words: `<= 0.06`.
    pub goal: String,
    pub met: bool,
}

impl Row {
    /// A value that must stay at or below `limit` times `against`.
    pub fn at_most(name: impl Into<String>, value: f64, unit: &'static str, against: (&str, f64), limit: f64) -> Row {
        let ratio = value / against.1;
        Row {
            name: name.into(),
            value,
            unit,
            against: format!("{} {:.4}", against.0, against.1),
            ratio,
            goal: format!("<= {limit}"),
            met: ratio <= limit,
        }
    }
}

pub fn print(rows: &[Row], json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(rows)?);
        return Ok(());
    }
    println!("{:<40} {:>12} {:<8} {:<28} {:>8} {:>9} met", "name", "value", "unit", "against", "ratio", "goal");
    for row in rows {
        let met = if row.met { "yes" } else { "NO" };
        println!(
            "{:<40} {:>12.3} {:<8} {:<28} {:>8.3} {:>9} {met}",
            row.name, row.value, row.unit, row.against, row.ratio, row.goal
        );
    }
    Ok(())
}
