//! Rows of a benchmark: a value, what it is held against, and whether the goal is met.

use serde::Serialize;

/// Why nothing could be measured.
pub type Trouble = Box<dyn std::error::Error>;

/// One measured figure. All figures of a benchmark come from one run on one machine, so ratios compare.
#[derive(Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// What the value is divided by: a rival, a physical floor, a limit.
    pub against: String,
    pub ratio: f64,
    /// The goal in words: `<= 0.06`; empty: for information.
    pub goal: String,
    pub met: bool,
}

impl Row {
    /// A value that must stay at or below `limit` times `against`.
    pub fn at_most(name: impl Into<String>, value: f64, unit: &'static str, against: (&str, f64), limit: f64) -> Row {
        let row = Row::figure(name, value, unit, against);
        Row { goal: format!("<= {limit}"), met: row.ratio <= limit, ..row }
    }

    /// A value that must reach `limit` times `against`.
    pub fn at_least(name: impl Into<String>, value: f64, unit: &'static str, against: (&str, f64), limit: f64) -> Row {
        let row = Row::figure(name, value, unit, against);
        Row { goal: format!(">= {limit}"), met: row.ratio >= limit, ..row }
    }

    /// A value for information, with what it compares to.
    pub fn figure(name: impl Into<String>, value: f64, unit: &'static str, against: (&str, f64)) -> Row {
        Row {
            name: name.into(),
            value,
            unit,
            against: format!("{} {:.4}", against.0, against.1),
            ratio: value / against.1,
            goal: String::new(),
            met: true,
        }
    }
}

pub fn print(rows: &[Row], json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(rows)?);
        return Ok(());
    }
    println!("{:<44} {:>12} {:<8} {:<34} {:>8} {:>9} met", "name", "value", "unit", "against", "ratio", "goal");
    for row in rows {
        let met = match (row.goal.is_empty(), row.met) {
            (true, _) => "-",
            (false, true) => "yes",
            (false, false) => "NO",
        };
        println!(
            "{:<44} {:>12.3} {:<8} {:<34} {:>8.3} {:>9} {met}",
            row.name, row.value, row.unit, row.against, row.ratio, row.goal
        );
    }
    Ok(())
}

/// The value that `share` of all values do not exceed; sorts them. Not a number if there are none.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(place).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.5), 50.0);
        assert_eq!(percentile(&mut values, 0.99), 99.0);
        assert_eq!(percentile(&mut values, 1.0), 100.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }

    /// A figure that could not be measured must never count as a goal met.
    #[test]
    fn nothing_measured_meets_no_goal() {
        assert!(!Row::at_most("delay", f64::NAN, "ms", ("limit", 1.0), 30.0).met);
        assert!(!Row::at_least("answered", f64::NAN, "share", ("all", 1.0), 1.0).met);
    }
}
