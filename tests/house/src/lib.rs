//! A box with a far exchange, each a process of its own, on free ports and in a folder of its own.
//!
//! Tests that use the product as the world does build a [`House`], start its daemon, let customers call over the simulated E1s, and
//! look at the console's API. The programs are those that cargo built beside the test; they are built if they are not there.
//!
//! ```no_run
//! use house::House;
//! let mut house = House::build("example");
//! house.start_daemon();
//! house.start_far_exchange("5");
//! house.wait_until_open();
//! assert_eq!(house.tell("call 4008001234 13812345678 1"), "ok");
//! println!("{}", house.newest_call(1));
//! ```

pub mod ports;
pub mod sound;

use far_exchange::web::Session;
use ports::Premises;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const ADMIN: (&str, &str) = ("admin", "Evening-shift-26");
pub const AGENT: (&str, &str) = ("anna", "Morning-shift-26");

/// What differs from a house with the demo's settings.
pub struct Plan {
    /// The box's own address towards telephones.
    pub address: IpAddr,
    /// How many UDP ports the box has for speech.
    pub rtp_ports: u16,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { address: IpAddr::V4(Ipv4Addr::LOCALHOST), rtp_ports: 20 }
    }
}

pub struct House {
    folder: PathBuf,
    address: IpAddr,
    ports: Premises,
    far_options: Vec<String>,
    daemon: Option<Child>,
    far: Option<Child>,
    pub session: Session,
}

/// A program of the product beside the running test, named as its package; built if it is not there.
pub fn program(package: &str) -> PathBuf {
    program_of(package, package)
}

/// A program of a package beside the running test; built if it is not there.
pub fn program_of(package: &str, name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    // target/PROFILE/deps/TEST-HASH
    let folder = test.parent().and_then(Path::parent).expect("the folder of a profile");
    let program = folder.join(name);
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", package]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "{package} must build");
    }
    program
}

impl House {
    /// Settings of the demo, on ports of our own; a menu of two seconds of tone.
    pub fn build(name: &str) -> House {
        House::planned(name, &Plan::default(), |_| ())
    }

    /// The demo's settings, changed.
    pub fn planned(name: &str, plan: &Plan, change: impl FnOnce(&mut Value)) -> House {
        let folder = std::env::temp_dir().join(format!("fastcall-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("prompts/zh")).expect("a folder");
        std::fs::write(folder.join("prompts/zh/menu.al"), sound::tone(2000)).expect("a prompt");
        let ports = Premises::find(name, plan);
        let mut settings: Value =
            serde_json::from_str(include_str!("../../../tools/exchange/demo.json")).expect("the demo's settings");
        settings["sip"] = json!({"port": ports.sip(), "rtp_ports": ports.rtp(), "fax_ports": [30_000, 30_099]});
        change(&mut settings);
        std::fs::write(folder.join("settings.json"), settings.to_string()).expect("settings");
        std::fs::write(folder.join("board.toml"), board(&ports)).expect("a board");
        let session = Session::new(ports.web());
        House { folder, address: plan.address, ports, far_options: Vec::new(), daemon: None, far: None, session }
    }

    pub fn start_daemon(&mut self) {
        let log = self.log("daemon.log");
        let mut command = Command::new(program("fastcalld"));
        command.arg("--board").arg(self.folder.join("board.toml")).arg("--data").arg(self.data());
        command.arg("--prompts").arg(self.folder.join("prompts"));
        command.arg("--first-settings").arg(self.folder.join("settings.json"));
        command.arg("--web").arg(self.ports.web().to_string()).arg("--address").arg(self.address.to_string());
        let daemon = self.daemon.insert(command.stdout(Stdio::null()).stderr(log).spawn().expect("the daemon starts"));
        let session = &mut self.session;
        wait_for("the API to answer", 30, || {
            assert_eq!(daemon.try_wait().expect("its state"), None, "the daemon ended");
            session.get("/status").ok()
        });
    }

    /// The far exchange with one agent at a telephone, who talks so long.
    pub fn start_far_exchange(&mut self, talk: &str) {
        let mut command = self.far_exchange();
        command.args(["--patience", "60", "--answer-after", "1", "--talk", talk]);
        command.arg("--sip").arg(self.sip().to_string()).arg("--web").arg(self.ports.web().to_string());
        command.arg("--rtp-base").arg(self.ports.phone_rtp().to_string());
        command.arg("--agents").arg(format!("{}:{}:8001:demo-8001", AGENT.0, AGENT.1));
        command.arg("--admin").arg(format!("{}:{}", ADMIN.0, ADMIN.1));
        command.arg("--first-boot-code").arg(self.data().join("first-boot-code"));
        self.far = Some(command.spawn().expect("the far exchange starts"));
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

    /// More words of the far exchange's command line, before it starts.
    pub fn far_options(&mut self, options: &[&str]) {
        self.far_options = options.iter().map(|word| (*word).to_owned()).collect();
    }

    /// The far exchange with customers only; telephones and their people are the test's own.
    pub fn start_customers(&mut self, options: &[&str]) {
        let mut command = self.far_exchange();
        command.args(options);
        self.far = Some(command.spawn().expect("the far exchange starts"));
    }

    fn far_exchange(&self) -> Command {
        let log = self.log("far.log");
        let mut command = Command::new(program("far-exchange"));
        for (ours, theirs) in self.ports.spans() {
            command.arg("--wire").arg(format!("udp:127.0.0.1:{theirs}->127.0.0.1:{ours}"));
        }
        command.args(&self.far_options);
        command.arg("--control").arg(self.ports.control().to_string());
        let errors = log.try_clone().expect("a log");
        command.stdout(log).stderr(errors);
        command
    }

    fn log(&self, name: &str) -> std::fs::File {
        std::fs::File::options().create(true).append(true).open(self.folder.join(name)).expect("a log")
    }

    /// Makes the administrator known to a new box and logs in as such.
    pub fn first_boot(&mut self) {
        let code = std::fs::read_to_string(self.data().join("first-boot-code")).expect("the first-boot code");
        self.session.first_boot(code.trim(), ADMIN.0, ADMIN.1).expect("the first boot");
    }

    /// Tells the far exchange something and waits for its answer.
    pub fn tell(&self, command: &str) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        socket.send_to(command.as_bytes(), self.ports.control()).expect("to send");
        let mut answer = [0; 512];
        let length = socket.recv(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Waits until the live view shows what `what` looks for.
    pub fn see<T>(&mut self, name: &str, seconds: u64, what: impl Fn(&Value) -> Option<T>) -> T {
        let session = &mut self.session;
        wait_for(name, seconds, || session.get("/live").ok().as_ref().and_then(&what))
    }

    /// A recording as a WAV file: it is there within a second or two of its end.
    pub fn recording(&mut self, recording: &str) -> Vec<u8> {
        wait_for("the recording", 10, || self.session.download(&format!("/recordings/{recording}.wav")).ok())
    }

    /// Both spans are up.
    pub fn wait_until_spans_up(&mut self) {
        self.see("both spans up", 60, |live| spans_up(live).then_some(()));
    }

    /// The agent is signed in and ready, and both spans are up.
    pub fn wait_until_open(&mut self) {
        self.see("both spans up and the agent ready", 60, |live| {
            let ready = agent(live, AGENT.0)?["state"] == "ready";
            (spans_up(live) && ready).then_some(())
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

    /// What was done for a call, line by line.
    pub fn trace_of(&mut self, call: &Value) -> Vec<String> {
        let id = call["call"].as_str().map_or_else(|| call["call"].to_string(), str::to_owned);
        let page = self.session.get(&format!("/calls/{id}/trace")).expect("the trace");
        let lines = page["lines"].as_array().expect("lines");
        lines.iter().filter_map(|line| line["text"].as_str().map(str::to_owned)).collect()
    }

    /// The newest settings with a change, put in force.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Value)) {
        let mut newest = self.session.get("/settings").expect("the settings");
        change(&mut newest["settings"]);
        let draft = json!({"based_on": newest["version"], "note": "test", "settings": newest["settings"]});
        self.session.put("/settings", &draft).expect("the settings are taken");
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

    /// A folder for the test's own files; it goes with the house.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn ports(&self) -> &Premises {
        &self.ports
    }

    /// Where telephones find the box.
    pub fn sip(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.ports.sip())
    }
}

fn board(ports: &Premises) -> String {
    let spans = ports.spans().into_iter().zip(1..).map(|((ours, theirs), id)| {
        format!(
            "[[span]]\nid = {id}\ncard = \"e1-simulated\"\nconnector = \"E1-{id}\"\nwire = \"udp:127.0.0.1:{ours}->127.0.0.1:{theirs}\"\n"
        )
    });
    format!("model = \"test\"\nrevision = \"1\"\nname = \"test\"\n{}", spans.collect::<String>())
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

fn spans_up(live: &Value) -> bool {
    live["spans"]
        .as_array()
        .is_some_and(|spans| spans.iter().filter(|span| span["id"] != 3 && span["up"] == true).count() == 2)
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
