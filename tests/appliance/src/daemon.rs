//! The daemon as shipped, on the spans of the kernel's driver, and what its API shows.

use crate::ground::{Failed, must};
use far_exchange::web::Session;
use serde_json::{Value, json};
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

const WEB: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
const ADMIN: (&str, &str) = ("admin", "Evening-shift-26");
pub const SERVICE: &str = "4008001234";

/// How often the API is looked at while a check does something else.
const LOOK: Duration = Duration::from_millis(150);

/// What the API showed last.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub live: Value,
    pub calls: Value,
    pub alarms: Value,
}

impl Shown {
    /// In a few words, for one who looks for what went wrong.
    pub fn brief(&self) -> String {
        let (calls, spans) = (self.live["calls"].as_array(), self.live["spans"].as_array());
        let span = |span: &Value| format!("span {} up {} {}", span["id"], span["up"], span["alarms"]);
        let spans: Vec<String> = spans.into_iter().flatten().map(span).collect();
        let some: Vec<String> = calls.into_iter().flatten().take(2).map(Value::to_string).collect();
        let (up, kept) = (calls.map_or(0, Vec::len), &self.calls["total"]);
        format!("{} calls up ({some:?}), {kept} on record, {spans:?}, alarms {}", up, self.alarms["rows"])
    }
}

pub struct Daemon {
    child: Child,
    folder: PathBuf,
    pub session: Session,
    shown: Arc<Mutex<Shown>>,
    watch: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
}

/// A menu of two seconds of tone, again and again: enough to be answered by. The tone is 1004 Hz at a moderate level.
fn menu() -> Vec<u8> {
    (0..16_000).map(|sample| [0x34, 0xb4][usize::from(sample % 8 < 4)]).collect()
}

/// The demo's settings with these lines: callers of [`SERVICE`] reach the menu.
pub fn settings(spans: Value, groups: Value, extensions: Value, services: &[(&str, Value)]) -> Value {
    let mut settings: Value =
        serde_json::from_str(include_str!("../../../tools/exchange/demo.json")).unwrap_or_default();
    let groups_of =
        |ids: &Value| -> Vec<Value> { ids.as_array().into_iter().flatten().map(|group| group["id"].clone()).collect() };
    let carriers = groups_of(&groups);
    let mut known = vec![json!({"pattern": SERVICE, "name": "menu", "target": {"flow": 1}})];
    known.extend(services.iter().map(|(pattern, target)| json!({"pattern": pattern, "name": "x", "target": target})));
    settings["services"] = json!(known);
    let out = json!({"pattern": "9.", "name": "out", "strip": 1, "prepend": "", "groups": carriers.clone()});
    settings["outbound"] = if carriers.is_empty() { json!([]) } else { json!([out]) };
    settings["emergency"]["groups"] = json!(carriers);
    let flow = &mut settings["flows"][0]["nodes"];
    if let Some(menu) = flow.as_array_mut().and_then(|nodes| nodes.iter_mut().find(|node| node["id"] == "menu")) {
        (menu["otherwise"], menu["attempts"]) = (json!("menu"), json!(9));
    }
    settings["spans"] = spans;
    settings["groups"] = groups;
    settings["extensions"] = extensions;
    settings["agents"] = json!([]);
    settings["calls"] = json!({"inter_digit_seconds": 2});
    settings
}

impl Daemon {
    /// Starts with a board and, unless it is to propose them, settings; returns once the API answers and knows its administrator.
    pub fn start(name: &str, board: &str, settings: Option<&Value>) -> Result<Daemon, Failed> {
        let folder = PathBuf::from("/tmp").join(name);
        std::fs::create_dir_all(folder.join("prompts/zh"))?;
        std::fs::write(folder.join("prompts/zh/menu.al"), menu())?;
        std::fs::write(folder.join("board.toml"), format!("model = \"x\"\nrevision = \"1\"\nname = \"x\"\n{board}"))?;
        let mut command = Command::new("/bin/fastcalld");
        command.arg("--board").arg(folder.join("board.toml")).arg("--data").arg(folder.join("data"));
        command.arg("--prompts").arg(folder.join("prompts"));
        if let Some(settings) = settings {
            std::fs::write(folder.join("settings.json"), settings.to_string())?;
            command.arg("--first-settings").arg(folder.join("settings.json"));
        }
        let log = File::create(folder.join("log"))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let mut daemon = Daemon {
            child,
            folder,
            session: Session::new(SocketAddr::from(WEB)),
            shown: Arc::default(),
            watch: None,
            over: Arc::default(),
        };
        daemon.wait("the API", 30, |daemon| Ok(daemon.session.get("/status").ok()))?;
        let code = std::fs::read_to_string(daemon.folder.join("data/first-boot-code"))?;
        let made = daemon.session.first_boot(code.trim(), ADMIN.0, ADMIN.1);
        made.map_err(|problem| Failed(format!("the first boot: {problem}")))?;
        daemon.watch();
        Ok(daemon)
    }

    /// Looks at the API from a thread of its own: lines must not wait for it.
    fn watch(&mut self) {
        let (mut session, shown, over) = (self.session.clone(), self.shown.clone(), self.over.clone());
        self.watch = Some(std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let mut get = |path| session.get(path).unwrap_or_default();
                let new = Shown { live: get("/live"), calls: get("/calls"), alarms: get("/alarms") };
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = new;
                sleep(LOOK);
            }
        }));
    }

    pub fn shown(&self) -> Shown {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the daemon said last.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let tail: Vec<&str> = text.lines().rev().take(12).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }

    fn wait<T>(
        &mut self,
        what: &str,
        seconds: u64,
        mut look: impl FnMut(&mut Daemon) -> Result<Option<T>, Failed>,
    ) -> Result<T, Failed> {
        let began = Instant::now();
        loop {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            let ended = self.child.try_wait()?;
            let fine = ended.is_none() && began.elapsed() < Duration::from_secs(seconds);
            must(fine, || format!("{what}: not within {seconds} s (ended: {ended:?}); {}", self.log()))?;
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the API shows something.
    pub fn see<T>(&mut self, what: &str, seconds: u64, look: impl Fn(&Shown) -> Option<T>) -> Result<T, Failed> {
        let seen = self.wait(what, seconds, |daemon| Ok(look(&daemon.shown())));
        seen.map_err(|Failed(why)| Failed(format!("{why}; {}", self.shown().brief())))
    }

    /// Asks the API something that takes no time.
    pub fn get(&mut self, path: &str) -> Result<Value, Failed> {
        self.session.get(path).map_err(|problem| Failed(format!("{path}: {problem}")))
    }

    pub fn command(&mut self, command: &Value) -> Result<(), Failed> {
        let done = self.session.post("/commands", command);
        done.map(|_| ()).map_err(|problem| Failed(format!("{command}: {problem}")))
    }

    /// The newest settings with a change, put in force.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) -> Result<(), Failed> {
        let mut newest = self.get("/settings")?;
        change(&mut newest["settings"]);
        let draft = json!({"based_on": newest["version"], "note": "test", "settings": newest["settings"]});
        let taken = self.session.put("/settings", &draft);
        taken.map(|_| ()).map_err(|problem| Failed(format!("settings: {problem}")))
    }

    /// Stops in order.
    pub fn stop(mut self) -> Result<(), Failed> {
        self.over.store(true, Ordering::Relaxed);
        let id = self.child.id().to_string();
        must(Command::new("/bin/kill").args(["-TERM", &id]).status()?.success(), || "kill".into())?;
        let ended = self.wait("the daemon's end", 20, |daemon| Ok(daemon.child.try_wait()?))?;
        must(ended.success(), || format!("the daemon ended with {ended}; {}", self.log()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // One that has ended already is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(watch) = self.watch.take() {
            watch.join().ok();
        }
    }
}

/// The span on the live view.
pub fn span(shown: &Shown, id: u16) -> Option<Value> {
    shown.live["spans"].as_array()?.iter().find(|span| span["id"] == id).cloned()
}

pub fn span_up(shown: &Shown, id: u16) -> Option<()> {
    (span(shown, id)?["up"] == true).then_some(())
}

/// Calls that are up, and calls on record.
pub fn calls_up(shown: &Shown) -> usize {
    shown.live["calls"].as_array().map_or(0, Vec::len)
}

pub fn records(shown: &Shown) -> u64 {
    shown.calls["total"].as_u64().unwrap_or(0)
}
