//! Reading and writing header fields as text.

use crate::transport::Source;
use bytes::Bytes;
use sipx_sip::{Address, Header, HeaderName, Headers, Request, Response, ResponseBuilder, StatusCode, Uri};
use std::net::IpAddr;

/// Methods we answer, for Allow.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY";
/// Extensions we understand, for Supported.
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces, norefersub";
pub(crate) const USER_AGENT: &str = concat!("fastcall/", env!("CARGO_PKG_VERSION"));
pub(crate) const SDP: &str = "application/sdp";

/// A header name that the parser has no constant for.
pub(crate) fn other(name: &'static str) -> HeaderName {
    HeaderName::Other(Bytes::from_static(name.as_bytes()))
}

/// The first value of a header, unfolded.
pub(crate) fn text(headers: &Headers, name: &HeaderName) -> Option<String> {
    headers.value(name).map(|value| String::from_utf8_lossy(&value).into_owned())
}

/// Each value of a header that may stand on several lines or in a comma list.
pub(crate) fn list(headers: &Headers, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .flat_map(|h| {
            split_commas(&String::from_utf8_lossy(&h.value())).into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn split_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut angle, mut escaped) = (Vec::new(), 0, false, false, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' if !quoted && !angle => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Does a token list (Supported, Require, Allow) name this token?
pub(crate) fn names(headers: &Headers, name: &HeaderName, token: &str) -> bool {
    list(headers, name).iter().any(|t| t.eq_ignore_ascii_case(token))
}

/// The first address of a From, To, Contact or Refer-To.
pub(crate) fn address(headers: &Headers, name: &HeaderName) -> Option<Address> {
    let first = list(headers, name).into_iter().next()?;
    Address::parse(first.as_bytes(), "address").ok()
}

pub(crate) fn tag(headers: &Headers, name: &HeaderName) -> Option<String> {
    address(headers, name)?.tag().map(|t| String::from_utf8_lossy(t).into_owned())
}

pub(crate) fn uri_text(uri: &Uri) -> String {
    String::from_utf8_lossy(&uri.to_bytes()).into_owned()
}

pub(crate) fn parse_uri(text: &str) -> Option<Uri> {
    Uri::parse(Bytes::copy_from_slice(text.as_bytes())).ok()
}

/// The user part of a SIP URI or the subscriber of a tel URI, unescaped.
pub(crate) fn user(uri: &Uri) -> Option<String> {
    if let Some(tel) = uri.tel_parts() {
        return Some(String::from_utf8_lossy(tel.subscriber()).into_owned());
    }
    uri.decoded_user().map(|user| String::from_utf8_lossy(&user).into_owned())
}

/// An address as the host of a URI: IPv6 in brackets (RFC 3261 25.1).
pub(crate) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Puts a header at the end. A value that may not stand in a header (a line end in a display name) is left out.
pub(crate) fn push(headers: &mut Headers, name: HeaderName, value: impl Into<Bytes>) {
    if let Ok(header) = Header::build(name, value) {
        headers.push(header);
    }
}

/// Replaces a header.
pub(crate) fn set(headers: &mut Headers, name: HeaderName, value: impl Into<Bytes>) {
    headers.remove_all(&name);
    push(headers, name, value);
}

/// A response with the headers that RFC 3261 8.2.6 copies, our tag, and no body.
pub(crate) fn reply(request: &Request, code: u16, tag: &str) -> Option<Response> {
    let status = StatusCode::new(code)?;
    let mut response = ResponseBuilder::to_request(request, status, reason(code)).ok()?.build();
    if code > 100 && self::tag(&request.headers, &HeaderName::To).is_none() {
        let to = text(&request.headers, &HeaderName::To)?;
        set(&mut response.headers, HeaderName::To, format!("{to};tag={tag}"));
    }
    push(&mut response.headers, HeaderName::Server, USER_AGENT);
    Some(response)
}

/// Gives a message a body with its type and length.
pub(crate) fn body(headers: &mut Headers, content_type: &'static str, body: &str) -> Bytes {
    set(headers, HeaderName::ContentType, content_type);
    set(headers, HeaderName::ContentLength, body.len().to_string());
    Bytes::copy_from_slice(body.as_bytes())
}

/// The media type of a body, in lower case, without parameters.
pub(crate) fn content_type(headers: &Headers) -> Option<String> {
    let value = text(headers, &HeaderName::ContentType)?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Notes in the topmost Via where a request really came from (RFC 3261 18.2.1, RFC 3581 4).
pub(crate) fn note_source(request: &mut Request, source: Source) {
    let Some(value) = text(&request.headers, &HeaderName::Via) else { return };
    let first = split_commas(&value).first().copied().unwrap_or_default().to_owned();
    let rest: Vec<String> = split_commas(&value).iter().skip(1).map(|v| (*v).to_owned()).collect();
    let ip = source.from.ip();
    let mut via = String::new();
    let mut asked = false;
    for (i, part) in first.split(';').enumerate() {
        let name = part.split('=').next().unwrap_or_default().trim();
        if i > 0 && name.eq_ignore_ascii_case("received") {
            continue;
        }
        if i > 0 {
            via.push(';');
        }
        if i > 0 && name.eq_ignore_ascii_case("rport") {
            asked = true;
            via.push_str(&format!("rport={}", source.from.port()));
        } else {
            via.push_str(part.trim());
        }
    }
    let sent_by_differs = !first.contains(&ip.to_string());
    if asked || sent_by_differs {
        via.push_str(&format!(";received={ip}"));
    }
    for more in rest {
        via.push_str(", ");
        via.push_str(&more);
    }
    if let Ok(header) = Header::build(HeaderName::Via, via) {
        request.headers.remove_first(&HeaderName::Via);
        request.headers.push_front(header);
    }
}

/// Quotes a display name.
pub(crate) fn quoted(name: &str) -> String {
    let clean: String = name.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", clean.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Reason phrases of RFC 3261 21 and of the extensions used here.
pub(crate) const fn reason(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => "Unspecified",
    }
}
