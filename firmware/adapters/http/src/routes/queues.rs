//! Queues over time: what happened in each quarter of an hour.

use crate::errors::ApiError;
use crate::state::Api;
use axum::Json;
use axum::extract::{Query, State};
use clock::{Millis, WallTime};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::IntervalQuery;

const QUARTER: u64 = 15;

#[derive(Deserialize)]
pub struct Span {
    from: Option<i64>,
    to: Option<i64>,
    /// Minutes.
    each: Option<u64>,
    queue: Option<u32>,
}

/// Intervals in which something happened; by default those of the site's day so far.
pub async fn intervals(State(api): State<Arc<Api>>, Query(span): Query<Span>) -> Result<Json<Value>, ApiError> {
    let settings = api.settings().settings;
    let now = wallclock::wall();
    let each = span.each.unwrap_or(QUARTER).clamp(1, 24 * 60);
    let from = span.from.map_or_else(|| now.midnight(settings.site.utc_offset_minutes), WallTime);
    let query = IntervalQuery {
        from,
        to: span.to.map_or(now, WallTime),
        each: Millis(each * 60_000),
        goals: settings
            .queues
            .iter()
            .filter(|queue| span.queue.is_none_or(|wanted| queue.id.0 == wanted))
            .map(|queue| (queue.id, Millis(u64::from(queue.goal_seconds) * 1000)))
            .collect(),
    };
    let rows = api.blocking(move |store| Ok(store.queue_intervals(&query)?)).await?;
    Ok(Json(json!({ "from": from, "each_millis": each * 60_000, "rows": rows })))
}
