//! The site's day up to this start, summed up from the ledger: a restart begins no new day on the wallboard.

use crate::trouble::Trouble;
use clock::{Millis, WallTime};
use exchange::{DaySoFar, Today};
use settings::Settings;
use store::{IntervalQuery, Store};

const DAY: i64 = 24 * 60 * 60 * 1000;

pub fn so_far(store: &Store, settings: &Settings, now: WallTime) -> Result<DaySoFar, Trouble> {
    let midnight = midnight(now, settings.site.utc_offset_minutes);
    let goals = settings.queues.iter().map(|queue| (queue.id, Millis::secs(u64::from(queue.goal_seconds)))).collect();
    let day = IntervalQuery { from: midnight, to: WallTime(midnight.0 + DAY), each: Millis(DAY as u64), goals };
    let queues = store.queue_intervals(&day)?.into_iter().map(|interval| {
        let today = Today {
            offered: interval.offered,
            answered: interval.answered,
            abandoned: interval.abandoned,
            overflowed: interval.overflowed,
            transferred: interval.transferred,
            in_goal: interval.answered_in_goal,
        };
        (interval.queue, today)
    });
    Ok(DaySoFar { queues: queues.collect(), agents: store.calls_of_agents(day.from, day.to)? })
}

/// The last midnight of the site.
fn midnight(now: WallTime, utc_offset_minutes: i32) -> WallTime {
    let offset = i64::from(utc_offset_minutes) * 60_000;
    WallTime(now.0 - (now.0 + offset).rem_euclid(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shanghai's midnight is at 16:00 UTC.
    #[test]
    fn the_sites_midnight() {
        let noon = WallTime(1_767_240_000_000);
        assert_eq!(midnight(noon, 480), WallTime(noon.0 - 12 * 3_600_000));
        assert_eq!(midnight(midnight(noon, 480), 480), midnight(noon, 480));
        assert_eq!(midnight(noon, 0).0 % DAY, 0);
    }
}
