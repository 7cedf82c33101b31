//! A recording on its way to a player: whole or a range of it (RFC 9110 14), opened as it goes.

use super::exports::Pieces;
use crate::errors::ApiError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use files::Playable;

/// Octets read at once.
const PIECE: u64 = 64 * 1024;

/// What of a file is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Whole,
    /// First octet and the one after the last.
    Range(u64, u64),
    Unsatisfiable,
}

/// One range; what is no range of octets, or several, is answered with the whole (RFC 9110 14.2).
fn part_of(headers: &HeaderMap, octets: u64) -> Part {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Part::Whole;
    };
    let (from, to) = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(from), Ok(last)) if from <= last => (from, last.saturating_add(1).min(octets)),
        (Ok(from), Err(_)) if last.trim().is_empty() => (from, octets),
        // The last so many octets.
        (Err(_), Ok(count)) if first.trim().is_empty() => (octets.saturating_sub(count), octets),
        _ => return Part::Whole,
    };
    if from < to { Part::Range(from, to) } else { Part::Unsatisfiable }
}

/// Must be called where waiting for the disk is no harm for its opening; reads on a thread for that.
pub fn send(mut file: Playable, headers: &HeaderMap) -> Result<Response, ApiError> {
    let octets = file.octets();
    let (status, from, to) = match part_of(headers, octets) {
        Part::Whole => (StatusCode::OK, 0, octets),
        Part::Range(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Part::Unsatisfiable => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{octets}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response());
        }
    };
    let (pieces, body) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(4);
    tokio::task::spawn_blocking(move || {
        let mut at = from;
        while at < to {
            let mut piece = vec![0; (to - at).min(PIECE) as usize];
            let read = file.read_at(at, &mut piece).map(|count| {
                piece.truncate(count);
                at += count as u64;
                piece
            });
            let over = read.as_ref().map_or(true, Vec::is_empty);
            // Who listens may have gone.
            if pieces.blocking_send(read).is_err() || over {
                return;
            }
        }
    });
    let mut response = (status, Body::from_stream(Pieces(body))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {from}-{}/{octets}", to - 1);
        headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(range).map_err(ApiError::internal)?);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: &'static str) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        part_of(&headers, 1000)
    }

    #[test]
    fn ranges_are_understood() {
        assert_eq!(part_of(&HeaderMap::new(), 1000), Part::Whole);
        assert_eq!(part("bytes=0-99"), Part::Range(0, 100));
        assert_eq!(part("bytes=900-"), Part::Range(900, 1000));
        assert_eq!(part("bytes=-10"), Part::Range(990, 1000));
        assert_eq!(part("bytes=-5000"), Part::Range(0, 1000));
        assert_eq!(part("bytes=990-5000"), Part::Range(990, 1000));
        assert_eq!(part("bytes=1000-"), Part::Unsatisfiable);
        assert_eq!(part("bytes=5-3"), Part::Whole);
        assert_eq!(part("bytes=0-1,5-6"), Part::Whole);
        assert_eq!(part("lines=0-1"), Part::Whole);
    }
}
