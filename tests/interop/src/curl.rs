//! curl as a telephone's arithmetic: it answers a digest challenge, be it by SHA-256 or MD5, as HTTP and SIP share RFC 7616.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The Authorization value that curl makes of a challenge for a request with this method and target.
pub fn authorization(challenge: &str, user: &str, password: &str, method: &str, target: &str) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let curl = Command::new("curl")
        .args(["--silent", "--max-time", "20", "--digest", "--user", &format!("{user}:{password}")])
        .args(["--request", method, "--request-target", target, &url])
        .stdout(Stdio::null())
        .spawn()
        .expect("curl is needed: run `cargo xtask setup`");
    let given = serve(&listener, challenge);
    // It ends by itself, at the latest by its own time limit.
    curl.wait_with_output()?;
    given
}

/// Challenges whoever comes until somebody answers.
fn serve(listener: &TcpListener, challenge: &str) -> io::Result<String> {
    let challenged = format!("401 Unauthorized\r\nWWW-Authenticate: {challenge}");
    loop {
        let (mut stream, _) = listener.accept()?;
        let request = head(&mut stream)?;
        let given = request.lines().find_map(|line| line.strip_prefix("Authorization: ")).map(str::to_owned);
        let status = if given.is_some() { "200 OK" } else { challenged.as_str() };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        if let Some(given) = given {
            return Ok(given);
        }
    }
}

fn head(stream: &mut TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
        stream.read_exact(&mut octet)?;
        head.push(octet[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
