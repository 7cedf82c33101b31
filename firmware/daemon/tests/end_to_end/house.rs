//! A box with a far exchange, each a process of its own, on free ports and in a folder of its own.

use far_exchange::web::Session;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const ADMIN: (&str, &str) = ("admin", "Evening-shift-26");
pub const AGENT: (&str, &str) = ("anna", "Morning-shift-26");

pub struct House {
    folder: PathBuf,
    web: SocketAddr,
    sip: u16,
    rtp_base: u16,
    control: SocketAddr,
    spans: [(u16, u16); 2],
    daemon: Option<Child>,
    far: Option<Child>,
    pub session: Session,
}

/// Ports that are free for TCP and UDP now, and that nobody will be given by chance: below the range of ephemeral ports.
fn free_ports(name: &str, count: u16) -> u16 {
    let salt = name.bytes().fold(std::process::id(), |sum, octet| sum.wrapping_mul(31).wrapping_add(octet.into()));
    let bases = (0..200).map(|n| 12_000 + ((salt.wrapping_add(n * 97)) % 170) as u16 * 100);
    let free =
        |port: u16| UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok();
    bases.into_iter().find(|base| (*base..base + count).all(free)).expect("free ports")
}

/// The far exchange beside the daemon; built if it is not there.
fn far_exchange() -> PathBuf {
    let daemon = Path::new(env!("CARGO_BIN_EXE_fastcalld"));
    let program = daemon.with_file_name("far-exchange");
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "far-exchange", "--bin", "far-exchange"]);
        if daemon.parent().is_some_and(|folder| folder.ends_with("release")) {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "the far exchange must build");
    }
    program
}

impl House {
    /// Settings of the demo, on ports of our own; a menu of two seconds of tone.
    pub fn build(name: &str) -> House {
        let folder = std::env::temp_dir().join(format!("fastcall-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("prompts/zh")).expect("a folder");
        std::fs::write(folder.join("prompts/zh/menu.al"), crate::sound::tone(2000)).expect("a prompt");
        let base = free_ports(name, 60);
        let port = |n: u16| SocketAddr::from(([127, 0, 0, 1], base + n));
        let mut settings: Value =
            serde_json::from_str(include_str!("../../../../tools/exchange/demo.json")).expect("the demo's settings");
        settings["sip"] = json!({"port": base + 1, "rtp_ports": [base + 10, base + 29]});
        std::fs::write(folder.join("settings.json"), settings.to_string()).expect("settings");
        let spans = [(base + 2, base + 3), (base + 4, base + 5)];
        let span = |id: usize| {
            let (ours, theirs) = spans[id - 1];
            format!(
                "[[span]]\nid = {id}\ncard = \"e1-simulated\"\nconnector = \"E1-{id}\"\nwire = \"udp:127.0.0.1:{ours}->127.0.0.1:{theirs}\"\n"
            )
        };
        let board = format!("model = \"test\"\nrevision = \"1\"\nname = \"test\"\n{}{}", span(1), span(2));
        std::fs::write(folder.join("board.toml"), board).expect("a board");
        House {
            folder,
            web: port(0),
            sip: base + 1,
            rtp_base: base + 30,
            control: port(6),
            spans,
            daemon: None,
            far: None,
            session: Session::new(port(0)),
        }
    }

    pub fn start_daemon(&mut self) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.join("daemon.log")).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fastcalld"));
        command.arg("--board").arg(self.folder.join("board.toml")).arg("--data").arg(self.folder.join("data"));
        command.arg("--prompts").arg(self.folder.join("prompts"));
        command.arg("--first-settings").arg(self.folder.join("settings.json"));
        command.arg("--web").arg(self.web.to_string());
        self.daemon = Some(command.stdout(Stdio::null()).stderr(log).spawn().expect("the daemon starts"));
        let session = &mut self.session;
        wait_for("the API to answer", 30, || session.get("/status").ok());
    }

    /// The far exchange with one agent at a telephone.
    pub fn start_far_exchange(&mut self, talk: &str) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("far.log")).expect("a log");
        let mut command = Command::new(far_exchange());
        for (ours, theirs) in self.spans {
            command.arg("--wire").arg(format!("udp:127.0.0.1:{theirs}->127.0.0.1:{ours}"));
        }
        command.args(["--patience", "60", "--answer-after", "1", "--talk", talk]);
        command.arg("--sip").arg(format!("127.0.0.1:{}", self.sip)).arg("--web").arg(self.web.to_string());
        command.arg("--rtp-base").arg(self.rtp_base.to_string()).arg("--control").arg(self.control.to_string());
        command.arg("--agents").arg(format!("{}:{}:8001:demo-8001", AGENT.0, AGENT.1));
        command.arg("--admin").arg(format!("{}:{}", ADMIN.0, ADMIN.1));
        command.arg("--first-boot-code").arg(self.folder.join("data/first-boot-code"));
        let errors = log.try_clone().expect("a log");
        self.far = Some(command.stdout(log).stderr(errors).spawn().expect("the far exchange starts"));
        let session = &mut self.session;
        // Guessing before the account is there would only make the box hold back everybody at this address.
        wait_for("the first boot to be done", 60, || {
            (session.get("/status").ok()?["first_boot"] == false).then_some(())
        });
        wait_for("the administrator's log-in", 30, || {
            std::thread::sleep(Duration::from_secs(2));
            session.log_in(ADMIN.0, ADMIN.1).ok()
        });
    }

    /// Tells the far exchange something and waits for its answer.
    pub fn tell(&self, command: &str) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        socket.send_to(command.as_bytes(), self.control).expect("to send");
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Waits until the live view shows what `what` looks for.
    pub fn see<T>(&mut self, name: &str, seconds: u64, what: impl Fn(&Value) -> Option<T>) -> T {
        let session = &mut self.session;
        wait_for(name, seconds, || session.get("/live").ok().as_ref().and_then(&what))
    }

    /// The agent is signed in and ready, and both spans are up.
    pub fn wait_until_open(&mut self) {
        self.see("both spans up and the agent ready", 60, |live| {
            let spans_up = live["spans"].as_array()?.iter().filter(|span| span["up"] == true).count() == 2;
            let ready = agent(live, AGENT.0)?["state"] == "ready";
            (spans_up && ready).then_some(())
        });
    }

    /// The newest call record, once there are so many.
    pub fn newest_call(&mut self, count: u64) -> Value {
        let session = &mut self.session;
        wait_for("the call record", 40, || {
            let page = session.get("/calls").ok()?;
            (page["total"].as_u64()? >= count).then(|| page["rows"][0].clone())
        })
    }

    pub fn kill_daemon(&mut self) {
        let mut daemon = self.daemon.take().expect("a daemon");
        daemon.kill().expect("to kill");
        daemon.wait().expect("to end");
    }

    /// Stops the daemon in order; its exit code.
    pub fn stop_daemon(&mut self) -> Option<i32> {
        let mut daemon = self.daemon.take().expect("a daemon");
        let id = daemon.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        daemon.wait().expect("to end").code()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.far].into_iter().flatten() {
            // It may have ended by itself.
            child.kill().ok();
            child.wait().ok();
        }
        if std::thread::panicking() {
            for log in ["daemon.log", "far.log"] {
                let text = std::fs::read_to_string(self.folder.join(log)).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(30).collect();
                eprintln!("--- end of {log}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

pub fn agent<'a>(live: &'a Value, login: &str) -> Option<&'a Value> {
    live["agents"].as_array()?.iter().find(|agent| agent["login"] == login)
}

/// Looks five times a second until there is something.
pub fn wait_for<T>(name: &str, seconds: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {seconds} s for {name}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
