//! The router with everything around the handlers, and the server.

use crate::assets;
use crate::errors::ApiError;
use crate::guard::guard;
use crate::routes::{PREFIX, api_router};
use crate::state::Api;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

/// Bodies at most: a prompt of ten minutes at 16 kHz.
const MAX_BODY: usize = 20 * 1024 * 1024;

const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                              media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The API under [`PREFIX`], the console everywhere else.
pub fn router(api: Arc<Api>) -> Router {
    let routes = api_router()
        .route_layer(from_fn_with_state(api.clone(), guard))
        .fallback(|| async { ApiError::not_found() })
        .layer(map_response(in_our_words))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(api);
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .nest(PREFIX, routes)
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(
            CompressionLayer::new().compress_when(DefaultPredicate::new().and(NotForContentType::const_new("audio/"))),
        )
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
}

/// Refusals by the framework (a body that is no JSON, a query that cannot be read) come as plain text: clients get them as any error.
async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let ours = status == StatusCode::RANGE_NOT_SATISFIABLE;
    if ours || !status.is_client_error() || !(kind.is_empty() || kind.starts_with("text/plain")) {
        return response;
    }
    let reason = to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    let reason = String::from_utf8_lossy(&reason);
    // What does not fit the types of a request is a bad request; 422 is kept for settings with problems.
    let status = if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::BAD_REQUEST } else { status };
    let code = if status == StatusCode::METHOD_NOT_ALLOWED { "method_not_allowed" } else { "bad_request" };
    let (zh, en) = (format!("请求有误：{reason}"), format!("The request is wrong: {reason}"));
    ApiError::new(status, code, zh.trim_end_matches('：'), en.trim_end_matches(": ")).into_response()
}

/// Serves until `stop` is done.
pub async fn serve(
    listener: tokio::net::TcpListener,
    api: Arc<Api>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
