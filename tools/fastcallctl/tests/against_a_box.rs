//! The program against a box that says one thing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread::JoinHandle;

/// Answers one request with this and gives back what was asked: first line and headers, and the body.
fn stub(status: &'static str, body: &'static str) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "cut off: {head}");
        }
        let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut asked = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut asked).unwrap();
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        (head, String::from_utf8(asked).unwrap())
    });
    (url, served)
}

fn run(url: &str, home: &std::path::Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fastcallctl"))
        .args(["--box", url])
        .args(words)
        .env("XDG_CONFIG_HOME", home)
        .env("LC_ALL", "C")
        .env("FASTCALL_PASSWORD", "blue-kettle-47")
        .env_remove("FASTCALL_TOKEN")
        .output()
        .unwrap()
}

/// SEC-07: a log-in is kept in a file that nobody else reads, and the next command goes with it.
#[test]
fn a_log_in_is_kept_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let (url, served) = stub("200 OK", r#"{"token":"t0ken","me":{"name":"Wang","role":"supervisor"}}"#);
    let output = run(&url, home.path(), &["login", "wang"]);
    assert!(output.status.success(), "{output:?}");
    let (head, body) = served.join().unwrap();
    assert!(head.starts_with("POST /api/v1/session "), "{head}");
    assert_eq!(body, r#"{"login":"wang","password":"blue-kettle-47"}"#);
    let file = home.path().join("fastcallctl/token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let (url, served) =
        stub("200 OK", r#"{"agents":[{"id":1,"login":"wang","name":"王芳","state":"ready","since":0}]}"#);
    let output = run(&url, home.path(), &["agents"]);
    let (head, _) = served.join().unwrap();
    assert!(head.to_lowercase().contains("authorization: bearer t0ken"), "{head}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("AGENT  LOGIN  NAME  STATE"), "{text}");
    assert!(lines[1].starts_with("1      wang   王芳  ready  1970-01-01 00:00:00"), "{text}");
}

/// Exit codes and words: refused, not logged in, wrong use, box not there.
#[test]
fn failures_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let told = |status, body, words: &[&str]| {
        let (url, served) = stub(status, body);
        let output = run(&url, home.path(), words);
        served.join().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, words) =
        told("409 Conflict", r#"{"error":"not_now","zh":"x","en":"Not possible now"}"#, &["release", "7"]);
    assert_eq!((code, words.as_str()), (Some(1), "fastcallctl: Not possible now\n"));
    let (code, words) =
        told("401 Unauthorized", r#"{"error":"not_logged_in","zh":"x","en":"Log in first"}"#, &["live"]);
    assert!(code == Some(4) && words.contains("fastcallctl login"), "{words}");
    let (code, _) = told("200 OK", "<html>", &["live"]);
    assert_eq!(code, Some(1));
    assert_eq!(run("http://127.0.0.1:1", home.path(), &["live"]).status.code(), Some(3));
    for wrong in [&["dance"][..], &["call", "x"], &["block", "7"], &["calls", "from"]] {
        assert_eq!(run("http://127.0.0.1:1", home.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// `--json` hands on what the box said; a circuit is written as the box writes it.
#[test]
fn commands_say_what_the_box_understands() {
    let home = tempfile::tempdir().unwrap();
    let (url, served) = stub("200 OK", "{}");
    let output = run(&url, home.path(), &["--json", "block", "2/17"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{}\n");
    let (head, body) = served.join().unwrap();
    assert!(head.starts_with("POST /api/v1/commands "), "{head}");
    assert_eq!(body, r#"{"block_circuit":{"circuit":{"slot":17,"span":2}}}"#);
}

/// SEC-07: a password that is typed at a terminal is not shown.
#[test]
fn a_typed_password_is_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let (url, served) = stub("200 OK", r#"{"token":"t0ken","me":{"name":"Wang","role":"supervisor"}}"#);
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_fastcallctl"))
        .args(["--box", &url, "login", "wang"])
        .env("XDG_CONFIG_HOME", home.path())
        .env_remove("FASTCALL_PASSWORD")
        .stdin(terminal.slave.try_clone().unwrap())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut prompt = [0; 10];
    program.stderr.as_mut().unwrap().read_exact(&mut prompt).unwrap();
    assert_eq!(&prompt, b"Password: ");
    let mut keyboard = std::fs::File::from(terminal.master);
    keyboard.write_all(b"green-lamp-93\n").unwrap();
    assert!(program.wait().unwrap().success());
    let (_, body) = served.join().unwrap();
    assert_eq!(body, r#"{"login":"wang","password":"green-lamp-93"}"#);
    // Ours is the last hold on the terminal: whatever it showed is there to be read, a word of ours at the end.
    let mut slave = std::fs::File::from(terminal.slave);
    slave.write_all(b"END").unwrap();
    let mut shown = Vec::new();
    while !shown.ends_with(b"END") {
        let mut octet = [0];
        keyboard.read_exact(&mut octet).unwrap();
        shown.push(octet[0]);
    }
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(!shown.contains("lamp"), "{shown}");
}

/// API-06: rooms, faxes and holds are asked for as the API has them.
#[test]
fn rooms_faxes_and_holds() {
    let home = tempfile::tempdir().unwrap();
    let told = |body, words: &[&str]| {
        let (url, served) = stub("200 OK", body);
        let output = run(&url, home.path(), words);
        assert!(output.status.success(), "{output:?}");
        let (head, body) = served.join().unwrap();
        (head.lines().next().unwrap_or_default().to_owned(), body, String::from_utf8(output.stdout).unwrap())
    };
    let (_, _, shown) = told(
        r#"{"rooms":[{"id":1,"name":"晨会","most":20,"members":[{"leg":"7","number":"8003","name":"Lin","since":0,"muted":true,"talking":false}]}]}"#,
        &["rooms"],
    );
    assert!(
        shown.starts_with(
            "room 1 晨会: 1 of 20\nMEMBER  NUMBER  NAME  SINCE (UTC)\n7       8003    Lin   1970-01-01 00:00:00  muted"
        ),
        "{shown}"
    );
    let (_, asked, _) = told("{}", &["room", "1", "unmute", "7"]);
    assert_eq!(asked, r#"{"room":{"command":{"do":"mute","leg":"7","muted":false},"room":1}}"#);
    let (head, asked, _) = told("{}", &["legal-hold", "5", "a", "law", "suit"]);
    assert_eq!((head.as_str(), asked.as_str()), ("PUT /api/v1/recordings/5/hold HTTP/1.1", r#"{"why":"a law suit"}"#));
    let tiff = home.path().join("order.tif");
    std::fs::write(&tiff, "II*").unwrap();
    let (head, asked, shown) =
        told(r#"{"id":"9","pages":2}"#, &["fax", "send", "8009", "02161234567", tiff.to_str().unwrap()]);
    assert_eq!((head.as_str(), asked.as_str()), ("POST /api/v1/faxes?from=8009&to=02161234567 HTTP/1.1", "II*"));
    assert_eq!(shown, "fax 9: 2 pages wait to be sent\n");
}
