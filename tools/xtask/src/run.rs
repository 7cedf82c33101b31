//! Starts the box on this machine: daemon, far-end exchange with customers, telephones with agents.

use crate::shell::{self, Failure};
use crate::{build, setup};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the demo's data lives; made anew at each start.
const DEMO: &str = "run";

/// Agents of the demo with their telephones, as in `tools/exchange/demo.json`.
const AGENTS: [(&str, &str); 3] = [("anna", "8001"), ("bo", "8002"), ("chen", "8003")];

/// The telephone that is nobody's: for whoever tries the box with a phone of their own.
const YOURS: &str = "8010";

/// How long the daemon may take to serve its console.
const START_WITHIN: Duration = Duration::from_secs(30);

/// Network places of one running box.
struct Places {
    web: u16,
    sip: u16,
    /// First port of the wires; six are used.
    wires: u16,
    /// First port of the simulated telephones' speech.
    rtp: u16,
}

const DEMO_PLACES: Places = Places { web: 8080, sip: 5060, wires: 7000, rtp: 30_000 };
const TEST_PLACES: Places = Places { web: 18_080, sip: 15_060, wires: 17_000, rtp: 40_000 };

/// A child that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself is what we want.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A box with its data folder and the passwords made for it.
struct DemoBox {
    folder: PathBuf,
    places: Places,
    profile: &'static str,
    address: String,
    phone_passwords: Vec<(String, String)>,
}

pub fn run(words: &[&str]) -> Result<(), Failure> {
    let (mut minutes, mut address) = (None, "127.0.0.1".to_owned());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| Failure::new(format!("{word} needs a value")));
        match *word {
            "--minutes" => minutes = value()?.parse::<u64>().ok(),
            "--address" => address = (*value()?).to_owned(),
            unknown => return Err(Failure::new(format!("no option {unknown}: --minutes N, --address IP"))),
        }
    }
    shell::step("setup", setup::to_run)?;
    shell::step("console", build::web)?;
    shell::step("prompts", build::prompts)?;
    let programs = ["fastcalld", "far-exchange", "fax-terminal"].map(|program| ["--package", program]);
    let build = [&["build", "--release", "--quiet"], programs.as_flattened()].concat();
    shell::step("build", || shell::cargo(&build))?;
    let demo = DemoBox::new(Path::new(DEMO), DEMO_PLACES, "release", address)?;
    let daemon = demo.start_daemon()?;
    let password = random_word()?;
    let town = demo.start_town(&password)?;
    demo.greet(&password);
    wait_for(vec![daemon, town], minutes)
}

impl DemoBox {
    fn new(folder: &Path, places: Places, profile: &'static str, address: String) -> Result<DemoBox, Failure> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let mut phone_passwords = Vec::new();
        for number in ["8001", "8002", "8003", "8004", YOURS] {
            phone_passwords.push((number.to_owned(), random_word()?));
        }
        let demo = DemoBox { folder: folder.to_owned(), places, profile, address, phone_passwords };
        demo.write_settings()?;
        demo.write_board()?;
        Ok(demo)
    }

    /// The demo's settings with passwords of this run.
    fn write_settings(&self) -> Result<(), Failure> {
        let mut text = std::fs::read_to_string("tools/exchange/demo.json")?;
        for (number, password) in &self.phone_passwords {
            text = text.replace(&format!("demo-{number}"), password);
        }
        let port = format!("\"sip\": {{\n    \"port\": {},", self.places.sip);
        text = text.replacen("\"sip\": {", &port, 1);
        Ok(std::fs::write(self.folder.join("settings.json"), text)?)
    }

    /// The simulated chassis with the wires at this run's ports.
    fn write_board(&self) -> Result<(), Failure> {
        let mut text = std::fs::read_to_string("board/sim.toml")?;
        for (line, port) in [(":7001", 1), (":7002", 2), (":7003", 3), (":7101", 101), (":7102", 102), (":7103", 103)] {
            text = text.replace(line, &format!(":{}", self.places.wires + port));
        }
        Ok(std::fs::write(self.folder.join("board.toml"), text)?)
    }

    fn program(&self, name: &str) -> PathBuf {
        shell::target().join(self.profile).join(name)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn password_of(&self, number: &str) -> &str {
        self.phone_passwords.iter().find(|(known, _)| known == number).map_or("", |(_, password)| password)
    }

    fn start_daemon(&self) -> Result<Running, Failure> {
        let web = format!("127.0.0.1:{}", self.places.web);
        let mut command = Command::new(self.program("fastcalld"));
        command.args(["--board", &self.file("board.toml"), "--data", &self.file("data"), "--web", &web]);
        command.args(["--first-settings", &self.file("settings.json"), "--address", &self.address]);
        command.arg("--prompts").arg(build::prompt_folder());
        let mut daemon = self.spawn(command, "fastcalld.log")?;
        let deadline = Instant::now() + START_WITHIN;
        while !self.serves() {
            let ended = daemon.0.try_wait()?.is_some();
            if ended || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.join("fastcalld.log")).unwrap_or_default();
                return Err(Failure::new(format!("fastcalld does not serve {web}:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(daemon)
    }

    /// Whether the status page answers.
    fn serves(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.places.web)) else { return false };
        let asked = stream.write_all(b"GET /api/v1/status HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
    }

    /// Both spans with customers, and three agents. The box is given its administrator and the agents their passwords.
    fn start_town(&self, password: &str) -> Result<Running, Failure> {
        let mut agents = Vec::new();
        for (login, number) in AGENTS {
            agents.push(format!("{login}:{}:{number}:{}", random_word()?, self.password_of(number)));
        }
        let mut command = self.exchange();
        command.args(["--calls-per-minute", "12", "--agents", &agents.join(",")]);
        command.args([
            "--admin",
            &format!("admin:{password}"),
            "--first-boot-code",
            &self.file("data/first-boot-code"),
        ]);
        self.spawn(command, "far-exchange.log")
    }

    /// A far-end exchange on both spans.
    fn exchange(&self) -> Command {
        let mut command = self.telephones(self.places.rtp);
        let port = |offset: u16| self.places.wires + offset;
        for span in [1, 2] {
            let wire = format!("udp:127.0.0.1:{}->127.0.0.1:{}", port(100 + span), port(span));
            command.args(["--wire", &wire]);
        }
        command.args(["--analog", &format!("udp:127.0.0.1:{}->127.0.0.1:{}", port(103), port(3))]);
        command
    }

    fn telephones(&self, rtp: u16) -> Command {
        let mut command = Command::new(self.program("far-exchange"));
        command.args(["--sip", &format!("{}:{}", self.address, self.places.sip)]);
        command.args(["--web", &format!("127.0.0.1:{}", self.places.web), "--rtp-base", &rtp.to_string()]);
        command
    }

    fn spawn(&self, mut command: Command, log: &str) -> Result<Running, Failure> {
        let log = std::fs::File::create(self.folder.join(log))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|problem| Failure::new(format!("cannot start {name}: {problem}")))?;
        Ok(Running(child))
    }

    fn greet(&self, password: &str) {
        let Places { web, sip, .. } = self.places;
        println!();
        println!("  Console    http://127.0.0.1:{web}/");
        println!("  Log-in     admin  {password}   (made for this run)");
        println!(
            "  Your phone SIP account {YOURS}, password {}, server {}:{sip}",
            self.password_of(YOURS),
            self.address
        );
        println!("  Agents     {} work at telephones 8001 to 8003", AGENTS.map(|(login, _)| login).join(", "));
        println!("  Logs       {DEMO}/fastcalld.log, {DEMO}/far-exchange.log");
        println!();
        println!("Customers are calling. Ctrl-C ends the box.");
    }
}

/// Waits until one of them ends, or the time is over.
fn wait_for(mut running: Vec<Running>, minutes: Option<u64>) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        for Running(child) in &mut running {
            if let Some(status) = child.try_wait()? {
                return Err(Failure::new(format!("a part of the demo ended ({status}); its log in {DEMO}/ says why")));
            }
        }
        if minutes.is_some_and(|minutes| started.elapsed() > Duration::from_secs(minutes * 60)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A password nobody can guess: letters and digits.
fn random_word() -> Result<String, Failure> {
    let mut random = [0u8; 8];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(format!("k{}", random.iter().map(|octet| format!("{octet:02x}")).collect::<String>()))
}

/// An agent's shift in a real browser: a box of its own, a telephone that answers when told, one that answers by itself, and customers.
pub fn browser_test() -> Result<(), Failure> {
    let folder = shell::target().join("browser-test");
    let demo = DemoBox::new(&folder, TEST_PLACES, "debug", "127.0.0.1".to_owned())?;
    let _daemon = demo.start_daemon()?;
    let code = std::fs::read_to_string(folder.join("data/first-boot-code"))?;
    let rtp = demo.places.rtp;
    let phone = |number: &str| format!("{number}:{}", demo.password_of(number));
    let mut told = demo.exchange();
    told.args(["--phones", &phone("8001"), "--answer-after", "never", "--calls-per-minute", "6", "--keys", "1"]);
    told.args(["--called", "4008001234", "--patience", "90-120"]);
    let control = (demo.places.wires + 500).to_string();
    told.args(["--control", &format!("127.0.0.1:{control}")]);
    let mut willing = demo.telephones(rtp + 1000);
    willing.args(["--phones", &phone("8002"), "--answer-after", "1-2"]);
    let _told = demo.spawn(told, "customers.log")?;
    let _willing = demo.spawn(willing, "telephone.log")?;
    let mut test = Command::new("npm");
    test.args(["test", "--silent"]).current_dir("tests/browser");
    test.env("BASE_URL", format!("http://127.0.0.1:{}/", demo.places.web));
    test.env("FIRST_BOOT_CODE", code.trim()).env("ADMIN_LOGIN", "admin").env("ADMIN_PASSWORD", random_word()?);
    test.env("AGENT_LOGIN", "anna").env("AGENT_PASSWORD", random_word()?);
    test.env("CUSTOMERS_CONTROL", control).env("AGENT_EXTENSION", "8001").env("TRANSFER_TO", "8002");
    let result = shell::execute(test);
    if result.is_err() {
        for log in ["fastcalld.log", "customers.log", "telephone.log"] {
            println!("-- {log}, its end");
            last_lines(&folder.join(log), 30);
        }
    }
    result
}

fn last_lines(path: &Path, count: usize) {
    let Ok(file) = std::fs::File::open(path) else { return };
    let lines: Vec<String> = BufReader::new(file).lines().map_while(Result::ok).collect();
    lines.iter().skip(lines.len().saturating_sub(count)).for_each(|line| println!("{line}"));
}
