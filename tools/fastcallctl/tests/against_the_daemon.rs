//! The program against a box that runs, with a customer on an E1 and an agent at a telephone.

use house::{ADMIN, AGENT, House};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

struct Shell<'a> {
    url: String,
    home: &'a Path,
}

impl Shell<'_> {
    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_fastcallctl"))
            .args(["--box", &self.url])
            .args(words)
            .env("XDG_CONFIG_HOME", self.home)
            .env("LC_ALL", "C")
            .env("FASTCALL_PASSWORD", ADMIN.1)
            .env_remove("FASTCALL_TOKEN")
            .output()
            .expect("the program runs")
    }

    fn says(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}: {text}{errors}");
        text.into_owned()
    }
}

/// API-06: an administrator's evening in a shell: log in, see a call as it was, its trace and its recording, export, change a setting and go
/// back, log out.
#[test]
fn an_evening_in_a_shell() {
    let mut house = House::build("fastcallctl");
    house.start_daemon();
    house.start_far_exchange("4");
    house.wait_until_open();
    assert_eq!(house.tell("call 4008001234 13812345678 1"), "ok");
    let call = house.newest_call(1)["call"].as_str().expect("its id").to_owned();

    let home = house.folder().join("shell");
    std::fs::create_dir_all(&home).expect("a folder");
    let shell = Shell { url: format!("http://{}", house.ports().web()), home: &home };
    assert_eq!(shell.run(&["calls"]).status.code(), Some(4), "nobody is logged in");
    assert!(shell.says(&["login", ADMIN.0]).contains("(administrator)"));
    assert!(shell.says(&["agents"]).contains(AGENT.0));

    let list = shell.says(&["calls", "number=13812345678"]);
    assert!(list.contains(&call) && list.contains("answered") && list.contains("page 1 of 1 calls"), "{list}");
    assert!(shell.says(&["calls", "number=13900000000"]).contains("page 1 of 0 calls"));
    let ladder = shell.says(&["call", &call]);
    assert!(ladder.contains("queued") && ladder.contains("answered, talk"), "{ladder}");
    let trace = shell.says(&["trace", &call]);
    for step in ["==> SETUP", "--> Setup", "<== CONNECT", "sip <-- Setup", "Offered -> Talking", "RELEASE COMPLETE"] {
        assert!(trace.contains(step), "{step} is missing in\n{trace}");
    }
    assert!(!trace.contains("13812345678"), "{trace}");

    let file = |name: &str| home.join(name).display().to_string();
    shell.says(&["export", "number=13812345678", "-o", &file("calls.csv")]);
    let csv = std::fs::read_to_string(file("calls.csv")).expect("the export");
    assert!(csv.lines().count() == 2 && csv.contains("13812345678"), "{csv}");
    shell.says(&["export", "-o", &file("calls.xlsx")]);
    assert!(std::fs::read(file("calls.xlsx")).expect("the export").starts_with(b"PK"), "a workbook is a ZIP archive");

    let saved = shell.says(&["settings", "get"]);
    let mut settings: Value = serde_json::from_str(&saved).expect("JSON");
    settings["settings"]["calls"]["ring_seconds"] = 41.into();
    std::fs::write(file("settings.json"), settings.to_string()).expect("a file");
    assert!(shell.says(&["settings", "check", &file("settings.json")]).contains("No problems."));
    assert!(shell.says(&["settings", "put", &file("settings.json"), "longer ringing"]).contains("/calls/ring_seconds"));
    let after: Value = serde_json::from_str(&shell.says(&["settings", "get"])).expect("JSON");
    assert_eq!(after["settings"]["calls"]["ring_seconds"], 41);
    let outdated = shell.run(&["settings", "put", &file("settings.json")]);
    assert_eq!(outdated.status.code(), Some(1), "based on a version that is no longer the newest");

    shell.says(&["seat", AGENT.0, "busy", "tea"]);
    house.see("the agent busy", 10, |live| (house::agent(live, AGENT.0)?["state"] == "busy").then_some(()));

    look_after_lines(&shell);
    shell.says(&["logout"]);
    assert_eq!(shell.run(&["live"]).status.code(), Some(4));
}

/// LIN-14: a circuit is blocked, tested, asked after and put back; the line's trace is read.
fn look_after_lines(shell: &Shell<'_>) {
    assert_eq!(shell.run(&["test", "1/5", "tone"]).status.code(), Some(1), "it is not blocked");
    shell.says(&["block", "1/5"]);
    shell.says(&["test", "1/5", "tone"]);
    let heard = (0..50).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        let circuit = shell.says(&["circuit", "1/5"]);
        assert!(circuit.contains("blocked_by_us") && circuit.contains("both agree:      yes"), "{circuit}");
        circuit.contains("is the far end looped?").then_some(())
    });
    assert!(heard.is_some(), "the test tells what it found");
    shell.says(&["unblock", "1/5"]);
    assert!(!shell.says(&["circuit", "1/5"]).contains("test:"));
    assert!(shell.says(&["trace-line", "1"]).contains("==> SETUP"));
    let alarms = shell.says(&["alarms", "span=1"]);
    assert!(alarms.starts_with("BEGAN (UTC)"), "{alarms}");
}
