//! A small HTTP client for the box's API: one request a connection, JSON both ways, on this machine or its network.

use serde_json::Value;
use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer larger than this is not read.
const LONGEST: u64 = 16 * 1024 * 1024;

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub enum WebError {
    /// The box cannot be reached.
    Unreachable(std::io::Error),
    /// What came is no HTTP or no JSON.
    Garbled,
    /// The box refuses, with its error code.
    Refused { status: u16, error: String },
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebError::Unreachable(problem) => write!(f, "cannot reach the box: {problem}"),
            WebError::Garbled => f.write_str("the box's answer cannot be understood"),
            WebError::Refused { status, error } => write!(f, "the box refuses: {status} {error}"),
        }
    }
}

impl std::error::Error for WebError {}

/// A log-in at the box's API.
#[derive(Clone, Debug)]
pub struct Session {
    box_address: SocketAddr,
    token: Option<String>,
}

impl Session {
    /// Logged in nowhere yet.
    pub fn new(box_address: SocketAddr) -> Session {
        Session { box_address, token: None }
    }

    pub fn is_logged_in(&self) -> bool {
        self.token.is_some()
    }

    pub fn log_in(&mut self, login: &str, password: &str) -> Result<(), WebError> {
        let body = serde_json::json!({"login": login, "password": password});
        let answer = self.send("POST", "/session", Some(&body))?;
        self.token = answer["token"].as_str().map(str::to_owned);
        if self.token.is_some() { Ok(()) } else { Err(WebError::Garbled) }
    }

    pub fn get(&mut self, path: &str) -> Result<Value, WebError> {
        self.send("GET", path, None)
    }

    /// Takes the token of an answer that logs in.
    pub fn first_boot(&mut self, code: &str, login: &str, password: &str) -> Result<(), WebError> {
        let body = serde_json::json!({"code": code, "login": login, "password": password});
        let answer = self.send("POST", "/first-boot", Some(&body))?;
        self.token = answer["token"].as_str().map(str::to_owned);
        if self.token.is_some() { Ok(()) } else { Err(WebError::Garbled) }
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Result<Value, WebError> {
        self.send("PUT", path, Some(body))
    }

    /// Octets that are no JSON: a recording.
    pub fn download(&mut self, path: &str) -> Result<Vec<u8>, WebError> {
        match self.exchange("GET", path, Body::None).map_err(WebError::Unreachable)? {
            Some((200, octets)) => Ok(octets),
            Some((status, _)) => Err(WebError::Refused { status, error: String::new() }),
            None => Err(WebError::Garbled),
        }
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Value, WebError> {
        self.send("POST", path, Some(body))
    }

    /// Sends a file.
    pub fn upload(&mut self, path: &str, file: &[u8]) -> Result<Value, WebError> {
        self.send_body("POST", path, Body::File(file))
    }

    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, WebError> {
        self.send_body(method, path, body.map_or(Body::None, Body::Json))
    }

    fn send_body(&mut self, method: &str, path: &str, body: Body<'_>) -> Result<Value, WebError> {
        let (status, body) =
            self.exchange(method, path, body).map_err(WebError::Unreachable)?.ok_or(WebError::Garbled)?;
        if status == 401 {
            self.token = None;
        }
        let text = String::from_utf8(body).map_err(|_| WebError::Garbled)?;
        let answer: Value =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).map_err(|_| WebError::Garbled)? };
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let error = answer["error"].as_str().unwrap_or_default().to_owned();
        Err(WebError::Refused { status, error })
    }

    fn exchange(&self, method: &str, path: &str, body: Body<'_>) -> std::io::Result<Option<(u16, Vec<u8>)>> {
        let mut stream = TcpStream::connect_timeout(&self.box_address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let (kind, body) = match body {
            Body::None => ("", Vec::new()),
            Body::Json(value) => ("application/json", value.to_string().into_bytes()),
            Body::File(octets) => ("application/octet-stream", octets.to_vec()),
        };
        // HTTP/1.0: the answer ends with the connection, and never comes in chunks.
        let mut head =
            format!("{method} /api/v1{path} HTTP/1.0\r\nHost: {}\r\nAccept: application/json\r\n", self.box_address);
        if let Some(token) = &self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&body)?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer)?;
        Ok(split(&answer))
    }
}

/// What a request carries.
#[derive(Clone, Copy)]
enum Body<'a> {
    None,
    Json(&'a Value),
    File(&'a [u8]),
}

/// Status and body of an answer.
fn split(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A box that answers once with these octets.
    fn answering(answer: &'static [u8]) -> (SocketAddr, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut request = [0; 4096];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(answer).expect("to answer");
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (address, served)
    }

    #[test]
    fn log_in_keeps_the_token() {
        let (address, served) = answering(b"HTTP/1.0 200 OK\r\n\r\n{\"token\":\"t1\"}");
        let mut session = Session::new(address);
        session.log_in("anna", "secret").unwrap();
        assert!(session.is_logged_in());
        let request = served.join().unwrap();
        assert!(request.starts_with("POST /api/v1/session HTTP/1.0\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\n{\"login\":\"anna\",\"password\":\"secret\"}"), "{request}");
    }

    #[test]
    fn refusal_names_its_code_and_rubbish_is_no_answer() {
        let (address, _served) = answering(b"HTTP/1.1 409 Conflict\r\nX: y\r\n\r\n{\"error\":\"not_now\"}");
        let refused = Session::new(address).post("/seat", &Value::Null);
        assert!(matches!(refused, Err(WebError::Refused { status: 409, error }) if error == "not_now"));
        let (address, _served) = answering(b"rubbish");
        assert!(matches!(Session::new(address).get("/live"), Err(WebError::Garbled)));
    }
}
