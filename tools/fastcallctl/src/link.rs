//! Requests to the box.

use crate::arguments::Arguments;
use crate::failure::Failure;
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An answer of the box at most: a recording of a day at 16 octets a millisecond.
const MAX_ANSWER: u64 = 1_500_000_000;

const JSON: &str = "application/json";

/// The box, with the session's token if there is one.
pub struct Link {
    agent: ureq::Agent,
    base: String,
    token_file: PathBuf,
    token: Option<String>,
}

impl Link {
    pub fn new(arguments: &Arguments) -> Link {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .build();
        let kept = || std::fs::read_to_string(&arguments.token_file).ok();
        let token = std::env::var("FASTCALL_TOKEN").ok().or_else(kept).map(|text| text.trim().to_owned());
        Link {
            agent: config.into(),
            base: format!("{}/api/v1", arguments.url),
            token_file: arguments.token_file.clone(),
            token: token.filter(|token| !token.is_empty()),
        }
    }

    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        json(&self.fetch(path)?)
    }

    /// The body as it is.
    pub fn fetch(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        receive(request.call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.agent.post(format!("{}{path}", self.base)), JSON, body.to_string().as_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.agent.put(format!("{}{path}", self.base)), JSON, body.to_string().as_bytes())
    }

    /// A file as it is.
    pub fn post_file(&self, path: &str, octets: &[u8]) -> Result<Value, Failure> {
        self.send(self.agent.post(format!("{}{path}", self.base)), "application/octet-stream", octets)
    }

    fn send(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        kind: &str,
        body: &[u8],
    ) -> Result<Value, Failure> {
        let mut request = request.header("Content-Type", kind);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        json(&receive(request.send(body))?)
    }

    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        let mut request = self.agent.delete(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        json(&receive(request.call())?)
    }

    /// Keeps the token in a file that only its owner reads.
    pub fn keep_token(&self, token: &str) -> Result<(), Failure> {
        let failed = |problem: std::io::Error| file_failure(&self.token_file, &problem);
        if let Some(folder) = self.token_file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        self.forget_token()?;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.token_file)
            .map_err(failed)?;
        file.write_all(token.as_bytes()).map_err(failed)
    }

    pub fn forget_token(&self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.token_file) {
            Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => {
                Err(file_failure(&self.token_file, &problem))
            }
            _ => Ok(()),
        }
    }
}

pub fn file_failure(path: &Path, problem: &std::io::Error) -> Failure {
    Failure::File(format!("{}: {problem}", path.display()))
}

fn receive(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Vec<u8>, Failure> {
    let unreachable = |problem: ureq::Error| Failure::Unreachable(problem.to_string());
    let mut answer = answer.map_err(unreachable)?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unreachable)?;
    if status.is_success() { Ok(body) } else { Err(refusal(status.as_u16(), &body)) }
}

/// What the box said, in the language of the shell.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let chinese = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.starts_with("zh"));
    let language = if chinese { "zh" } else { "en" };
    let Ok(error) = serde_json::from_slice::<Value>(body) else {
        return Failure::Refused { status, words: format!("HTTP status {status}") };
    };
    let mut words = error[language].as_str().unwrap_or("refused").to_owned();
    for problem in error["problems"].as_array().into_iter().flatten() {
        let part = |name: &str| problem[name].as_str().unwrap_or_default();
        words.push_str(&format!("\n  {}: {}", part("at"), part(language)));
    }
    Failure::Refused { status, words }
}

fn json(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|problem| Failure::Answer(problem.to_string()))
}
