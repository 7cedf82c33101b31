//! What who looks after lines wants to know: one circuit as both sides of the box see it, and the trace of a line.

use crate::errors::ApiError;
use crate::state::{Api, CircuitReport, Congested, LadderLine, LineAnswer, LineQuestion};
use ::settings::SpanSettings;
use axum::Json;
use axum::extract::{Path, Query, State};
use desk::Refusal;
use identity::{CircuitId, SpanId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
pub struct Slot {
    slot: Option<u8>,
}

async fn ask(api: &Api, question: LineQuestion) -> Result<LineAnswer, ApiError> {
    let source = api.parts.lines.clone();
    let answer = tokio::task::spawn_blocking(move || source(question)).await.map_err(ApiError::internal)?;
    answer.map_err(|Congested| ApiError::congested())
}

pub async fn circuit(
    State(api): State<Arc<Api>>,
    Path((span, slot)): Path<(u16, u8)>,
) -> Result<Json<CircuitReport>, ApiError> {
    match ask(&api, LineQuestion::Circuit(CircuitId { span: SpanId(span), slot })).await? {
        LineAnswer::Circuit(report) => Ok(Json(*report)),
        LineAnswer::Unknown | LineAnswer::Trace(_) | LineAnswer::Clock(_) => Err(Refusal::NoSuchCircuit.into()),
    }
}

/// The cards that the kernel's driver has, and those that the box misses; what the box is built with; what it would propose for spans
/// that nobody has set up; and its clock. An exchange that does not answer keeps nobody from seeing the cards.
pub async fn cards(State(api): State<Arc<Api>>) -> Result<Json<Value>, ApiError> {
    let source = api.parts.cards.clone();
    let found = tokio::task::spawn_blocking(move || source()).await.map_err(ApiError::internal)?;
    let clock = match ask(&api, LineQuestion::Clock).await {
        Ok(LineAnswer::Clock(clock)) => Some(clock),
        Ok(_) | Err(_) => None,
    };
    let settings = api.settings().settings;
    let set_up = |span: &SpanSettings| settings.spans.iter().any(|other| other.id == span.id);
    let proposed: Vec<&SpanSettings> = found.proposed.iter().filter(|span| !set_up(span)).collect();
    let (cards, problem) = match found.driver {
        Ok(cards) => (cards, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Ok(Json(json!({
        "cards": cards,
        "problem": problem,
        "fitted": found.fitted,
        "proposed": proposed,
        "clock": clock,
    })))
}

pub async fn trace(
    State(api): State<Arc<Api>>,
    Path(span): Path<u16>,
    Query(slot): Query<Slot>,
) -> Result<Json<Value>, ApiError> {
    match ask(&api, LineQuestion::Trace { span: SpanId(span), slot: slot.slot }).await? {
        LineAnswer::Trace(lines) => Ok(Json(shown(&lines))),
        LineAnswer::Unknown | LineAnswer::Circuit(_) | LineAnswer::Clock(_) => Err(Refusal::NoSuchSpan.into()),
    }
}

fn shown(lines: &[LadderLine]) -> Value {
    json!({ "lines": lines })
}
