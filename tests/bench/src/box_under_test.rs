//! A real daemon with settings of the benchmark's making, in a folder of its own, at ports of its own.

use crate::report::Trouble;
use identity::SpanId;
use journal::SegmentNumber;
use numbering::Digits;
use settings::{ExtensionSettings, RecordingSettings, ServiceRoute, Settings, SipSettings, SpanSettings, Target};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long the daemon may take to serve.
const START_WITHIN: Duration = Duration::from_secs(30);

const WEB: u16 = 28_080;
pub const SIP: u16 = 25_060;
const BOX_RTP: (u16, u16) = (20_000, 20_999);

/// First RTP port of the telephones that the benchmark plays.
pub const PHONE_RTP: u16 = 21_100;

/// The password of every telephone here.
pub const PASSWORD: &str = "benchmark";

/// The box's end of a span's wire, and the far end's.
pub fn box_wire(span: u16) -> u16 {
    27_000 + span
}

pub fn far_wire(span: u16) -> u16 {
    27_100 + span
}

pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// A child that ends with us.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself is what we want.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A program that was built beside this one.
pub fn program(name: &str) -> Result<PathBuf, Trouble> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is not built: `cargo xtask bench` does it", path.display()).into())
    }
}

pub struct BoxUnderTest {
    daemon: Running,
    folder: TempDir,
}

impl BoxUnderTest {
    pub fn start(settings: &Settings) -> Result<BoxUnderTest, Trouble> {
        let folder = tempfile::tempdir()?;
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("settings.json"), serde_json::to_string_pretty(settings)?)?;
        std::fs::write(file("board.toml"), board())?;
        std::fs::create_dir(file("prompts"))?;
        let log = std::fs::File::create(file("log"))?;
        let mut command = Command::new(program("fastcalld")?);
        command.arg("--board").arg(file("board.toml")).arg("--data").arg(file("data"));
        command.arg("--first-settings").arg(file("settings.json")).arg("--prompts").arg(file("prompts"));
        command.args(["--web", &local(WEB).to_string(), "--address", "127.0.0.1"]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut daemon = Running(command.spawn()?);
        let deadline = Instant::now() + START_WITHIN;
        while !serves() {
            if daemon.0.try_wait()?.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(file("log")).unwrap_or_default();
                return Err(format!("fastcalld does not serve:\n{log}").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(BoxUnderTest { daemon, folder })
    }

    pub fn process(&self) -> u32 {
        self.daemon.0.id()
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Octets of the recordings' journal.
    pub fn journal_octets(&self) -> u64 {
        self.segments().into_iter().filter_map(|(_, path)| std::fs::metadata(path).ok()).map(|about| about.len()).sum()
    }

    /// Recordings that the journal has sound of.
    pub fn recordings(&self) -> usize {
        let mut survey = journal::Survey::default();
        for (number, path) in self.segments() {
            survey.read(SegmentNumber(number), &std::fs::read(path).unwrap_or_default());
        }
        survey.recordings.values().filter(|recording| !recording.pieces.is_empty()).count()
    }

    fn segments(&self) -> Vec<(u64, PathBuf)> {
        let entries = std::fs::read_dir(self.folder.path().join("data/recordings/journal"));
        let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        let number = |path: &PathBuf| path.file_stem().and_then(|name| name.to_str()?.parse().ok());
        let mut found: Vec<(u64, PathBuf)> = paths.filter_map(|path| Some((number(&path)?, path))).collect();
        found.sort_unstable();
        found
    }
}

fn serves() -> bool {
    let Ok(mut stream) = TcpStream::connect(local(WEB)) else { return false };
    let asked = stream.write_all(b"GET /api/v1/status HTTP/1.0\r\nHost: localhost\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
}

fn board() -> String {
    let mut text = "model = \"sim\"\nrevision = \"1\"\nname = \"Benchmark, 2 E1\"\n".to_owned();
    for span in [1, 2] {
        let wire = format!("udp:{}->{}", local(box_wire(span)), local(far_wire(span)));
        text += &format!(
            "\n[[span]]\nid = {span}\ncard = \"e1-simulated\"\nconnector = \"E1-{span}\"\nwire = \"{wire}\"\n"
        );
    }
    text
}

pub fn digits(text: &str) -> Digits {
    text.parse().unwrap_or_default()
}

/// The number of the `n`th telephone, and the number from outside that rings it.
pub fn extension(n: usize) -> String {
    format!("8{n:03}")
}

pub fn dialled(n: usize) -> String {
    format!("4008{n:03}")
}

/// Two spans, and telephones that callers reach straight; every call is recorded.
pub fn settings_with_telephones(count: usize) -> Settings {
    let span = |id: u16| SpanSettings {
        id: SpanId(id),
        name: format!("E1-{id}"),
        enabled: true,
        signalling: settings::Signalling::default(),
        blocked: vec![],
    };
    let telephone = |n: usize| ExtensionSettings {
        number: digits(&extension(n)),
        name: format!("Telephone {n}"),
        password: PASSWORD.to_owned(),
        may_dial_out: false,
        port: None,
        fax: None,
    };
    let route = |n: usize| ServiceRoute {
        pattern: dialled(n),
        name: format!("Straight to {n}"),
        target: Target::Extension(digits(&extension(n))),
    };
    Settings {
        spans: vec![span(1), span(2)],
        extensions: (1..=count).map(telephone).collect(),
        services: (1..=count).map(route).collect(),
        recording: RecordingSettings { record_extension_calls: true, ..RecordingSettings::default() },
        sip: SipSettings { port: SIP, rtp_ports: BOX_RTP, ..SipSettings::default() },
        ..Settings::default()
    }
}
