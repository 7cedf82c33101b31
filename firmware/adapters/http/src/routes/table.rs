use super::{
    accounts, alarms, calls, custody, exports, extensions, faxes, lines, live, prompts, queues, recordings, session,
    settings, system, trace,
};
use crate::state::Api;
use ::settings::Role;
use axum::Router;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use std::sync::Arc;

pub const PREFIX: &str = "/api/v1";

/// Who may use a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    Anyone,
    LoggedIn,
    AtLeast(Role),
}

/// One route of the API.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: &'static str,
    /// Below [`PREFIX`].
    pub path: &'static str,
    pub access: Access,
    pub summary: &'static str,
    /// Query parameters.
    pub query: &'static [&'static str],
}

const fn route(method: &'static str, path: &'static str, access: Access, summary: &'static str) -> Route {
    Route { method, path, access, summary, query: &[] }
}

const fn asked(
    method: &'static str,
    path: &'static str,
    access: Access,
    summary: &'static str,
    query: &'static [&'static str],
) -> Route {
    Route { method, path, access, summary, query }
}

use Access::{Anyone, AtLeast, LoggedIn};
const SUPERVISOR: Access = AtLeast(Role::Supervisor);
const ADMINISTRATOR: Access = AtLeast(Role::Administrator);
#[rustfmt::skip]
const CALL_QUERY: &[&str] = &[
    "from", "to", "direction", "outcome", "agent", "queue", "number", "q", "wrap_up", "min_talk", "recorded", "sort", "page", "per_page",
];
#[rustfmt::skip]
const EXPORT_QUERY: &[&str] = &[
    "from", "to", "direction", "outcome", "agent", "queue", "number", "q", "wrap_up", "min_talk", "recorded", "sort",
    "columns", "language", "ticket",
];
const QUEUE_QUERY: &[&str] = &["from", "to", "each", "queue"];
const ALARM_PAGE: &[&str] = &["standing", "kind", "span", "slot", "from", "to", "page", "per_page"];
const ALARM_QUERY: &[&str] = &["standing", "kind", "span", "slot", "from", "to", "language"];
const FAX_PAGE: &[&str] = &["direction", "state", "extension", "q", "from", "to", "page", "per_page"];
const FAX_QUERY: &[&str] = &["direction", "state", "extension", "q", "from", "to", "language"];
const PAGE: &[&str] = &["page", "per_page"];

/// Every route, with who may use it. The guard and the OpenAPI document read it.
pub const TABLE: &[Route] = &[
    route("GET", "/status", Anyone, "Version, site name, language, whether the first boot is unfinished"),
    route("GET", "/openapi.json", Anyone, "This document"),
    route("POST", "/first-boot", Anyone, "Make the administrator's account with the code that the box shows"),
    route("POST", "/session", Anyone, "Log in"),
    route("GET", "/session", LoggedIn, "Who is logged in"),
    route("DELETE", "/session", LoggedIn, "Log out"),
    route("POST", "/session/password", LoggedIn, "Change one's password"),
    route("GET", "/me/preferences", LoggedIn, "What the console keeps for its user"),
    route("PUT", "/me/preferences", LoggedIn, "Replace it, up to 16 KiB of JSON"),
    route("GET", "/live", LoggedIn, "The live view"),
    asked("GET", "/events", LoggedIn, "WebSocket: the live view's changes after a sequence number", &["since"]),
    asked("POST", "/seat", LoggedIn, "An agent's own action; supervisors act for others", &["agent"]),
    route("GET", "/directory", LoggedIn, "Whom one can transfer to: agents, extensions, queues; wrap-up codes"),
    route("POST", "/commands", SUPERVISOR, "Release a call; administrators: block, unblock and reset circuits"),
    route("POST", "/extensions/{number}/message-waiting", SUPERVISOR, "Whether messages wait for its owner: {waiting}"),
    asked("GET", "/calls", LoggedIn, "Closed calls; agents see their own", CALL_QUERY),
    asked("GET", "/calls/export.csv", SUPERVISOR, "All calls of the filter as CSV", EXPORT_QUERY),
    asked("GET", "/calls/export.xlsx", SUPERVISOR, "All calls of the filter as a workbook", EXPORT_QUERY),
    route("GET", "/calls/export/{ticket}", SUPERVISOR, "How far one's export is: rows written, of how many"),
    asked("GET", "/queues/intervals", SUPERVISOR, "What happened in queues, by quarter of an hour", QUEUE_QUERY),
    route("GET", "/calls/{id}", LoggedIn, "One call: its record, ledger and recordings"),
    route("GET", "/calls/{id}/trace", SUPERVISOR, "What was done for a recent call: messages, primitives, stages"),
    route("GET", "/recordings/{id}", LoggedIn, "A recording, ID.wav (or .flac, .opus, .mp3): caller left, agent right"),
    route("DELETE", "/recordings/{id}", ADMINISTRATOR, "Delete a recording that nothing holds"),
    route("PUT", "/recordings/{id}/hold", SUPERVISOR, "Legal hold: it is not deleted, whatever its age"),
    route("DELETE", "/recordings/{id}/hold", ADMINISTRATOR, "End the hold"),
    asked("GET", "/recordings/{id}/waveform", LoggedIn, "Its peaks, two lanes", &["points"]),
    route("GET", "/settings", ADMINISTRATOR, "The settings in force"),
    route("PUT", "/settings", ADMINISTRATOR, "Check, save as a new version and apply"),
    route("POST", "/settings/check", ADMINISTRATOR, "What is wrong with a draft, and what it would change"),
    asked("GET", "/settings/history", ADMINISTRATOR, "Who changed what, when", PAGE),
    route("GET", "/settings/history/{version}", ADMINISTRATOR, "One version"),
    route("POST", "/settings/history/{version}/restore", ADMINISTRATOR, "Go back to a version, as a new one"),
    route("GET", "/agents/{id}/account", ADMINISTRATOR, "An agent's log-in"),
    route("PUT", "/agents/{id}/account", ADMINISTRATOR, "Set an agent's password, lock or unlock it"),
    route("GET", "/prompts", ADMINISTRATOR, "The prompt library"),
    route("GET", "/prompts/{language}/{*file}", LoggedIn, "A prompt, NAME.wav"),
    route("PUT", "/prompts/{language}/{*file}", ADMINISTRATOR, "Replace a prompt by a WAV file"),
    route("DELETE", "/prompts/{language}/{*file}", ADMINISTRATOR, "Take the site's own prompt away"),
    route(
        "GET",
        "/cards",
        SUPERVISOR,
        "The line cards, real and simulated; what is proposed for those without settings; which line clocks the box",
    ),
    route("GET", "/circuits/{span}/{slot}", SUPERVISOR, "A circuit as the exchange and its signalling know it"),
    asked("GET", "/spans/{id}/trace", SUPERVISOR, "What crossed a line, or was done for one timeslot", &["slot"]),
    asked("GET", "/alarms", SUPERVISOR, "What is and was wrong with lines, and what to do about it", ALARM_PAGE),
    asked("GET", "/alarms/export.csv", SUPERVISOR, "All alarms of the filter as CSV", ALARM_QUERY),
    asked("GET", "/alarms/export.xlsx", SUPERVISOR, "All alarms of the filter as a workbook", ALARM_QUERY),
    asked("GET", "/faxes", LoggedIn, "Faxes received, sent and to be sent; the fax boxes", FAX_PAGE),
    asked("GET", "/faxes/export.csv", SUPERVISOR, "All faxes of the filter as CSV", FAX_QUERY),
    asked("GET", "/faxes/export.xlsx", SUPERVISOR, "All faxes of the filter as a workbook", FAX_QUERY),
    asked("POST", "/faxes", LoggedIn, "Send the pages of a TIFF file", &["from", "to"]),
    route("GET", "/faxes/{id}", LoggedIn, "A fax's pages, ID.pdf or ID.tif"),
    route("POST", "/faxes/{id}/again", LoggedIn, "Send the same pages once more"),
    route("POST", "/faxes/{id}/cancel", LoggedIn, "Do not send one that waits"),
    route("DELETE", "/faxes/{id}", SUPERVISOR, "Take one that has ended off the list, with its pages"),
    asked("GET", "/audit", ADMINISTRATOR, "Who did what", &["q", "page", "per_page"]),
    asked("GET", "/audit/export.csv", ADMINISTRATOR, "All that the search finds as CSV", &["q", "language"]),
    asked("GET", "/audit/export.xlsx", ADMINISTRATOR, "All that the search finds as a workbook", &["q", "language"]),
    route("GET", "/health", ADMINISTRATOR, "Threads, counters, queue depths"),
];

pub(crate) fn find(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|route| route.method == method && route.path == path)
}

/// The handlers of [`TABLE`].
pub(crate) fn api_router() -> Router<Arc<Api>> {
    Router::new()
        .route("/status", get(system::status))
        .route("/openapi.json", get(system::openapi))
        .route("/first-boot", post(session::first_boot))
        .route("/session", post(session::log_in).get(session::me).delete(session::log_out))
        .route("/session/password", post(session::change_password))
        .route("/me/preferences", get(accounts::preferences).put(accounts::save_preferences))
        .route("/live", get(live::live))
        .route("/events", get(live::events))
        .route("/seat", post(live::seat))
        .route("/directory", get(live::directory))
        .route("/commands", post(live::command))
        .route("/extensions/{number}/message-waiting", post(extensions::message_waiting))
        .route("/calls", get(calls::list))
        .route("/calls/export.csv", get(exports::csv))
        .route("/calls/export.xlsx", get(exports::xlsx))
        .route("/calls/export/{ticket}", get(exports::progress))
        .route("/queues/intervals", get(queues::intervals))
        .route("/calls/{id}", get(calls::one))
        .route("/calls/{id}/trace", get(trace::ladder))
        .route("/recordings/{id}", get(recordings::audio).delete(custody::delete))
        .route("/recordings/{id}/hold", put(custody::hold).delete(custody::release))
        .route("/recordings/{id}/waveform", get(recordings::waveform))
        .route("/settings", get(settings::newest).put(settings::apply))
        .route("/settings/check", post(settings::check))
        .route("/settings/history", get(settings::history))
        .route("/settings/history/{version}", get(settings::version))
        .route("/settings/history/{version}/restore", post(settings::restore))
        .route("/agents/{id}/account", get(accounts::account).put(accounts::save_account))
        .route("/prompts", get(prompts::list))
        .route("/prompts/{language}/{*file}", get(prompts::play))
        .route("/prompts/{language}/{*file}", put(prompts::replace))
        .route("/prompts/{language}/{*file}", delete(prompts::remove))
        .route("/cards", get(lines::cards))
        .route("/circuits/{span}/{slot}", get(lines::circuit))
        .route("/spans/{id}/trace", get(lines::trace))
        .route("/alarms", get(alarms::list))
        .route("/alarms/export.csv", get(alarms::csv))
        .route("/alarms/export.xlsx", get(alarms::xlsx))
        .route("/faxes", get(faxes::list).post(faxes::send))
        .route("/faxes/export.csv", get(faxes::csv))
        .route("/faxes/export.xlsx", get(faxes::xlsx))
        .route("/faxes/{id}", get(faxes::pages).delete(faxes::remove))
        .route("/faxes/{id}/again", post(faxes::again))
        .route("/faxes/{id}/cancel", post(faxes::cancel))
        .route("/audit", get(system::audit))
        .route("/audit/export.csv", get(system::audit_csv))
        .route("/audit/export.xlsx", get(system::audit_xlsx))
        .route("/health", get(system::health))
}
