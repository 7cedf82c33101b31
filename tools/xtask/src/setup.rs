//! Installs what the other chores need: Debian packages, npm packages, cargo tools.

use crate::shell::{self, Failure};

/// To build and run the demo.
const TO_RUN: [&str; 6] = ["cmake", "espeak-ng", "sox", "gcc", "libc6-dev", "libspandsp-dev"];

/// Real peers, the browser and what else the tests drive.
const TO_TEST: [&str; 13] = [
    "baresip-core",
    "chromium",
    "curl",
    "ffmpeg",
    "fonts-noto-cjk",
    "libbcg729-0",
    "libopenr2-dev",
    "libpri-dev",
    "libspeexdsp-dev",
    "pkg-config",
    "sip-tester",
    "sqlite3",
    "tshark",
];

/// The emulated machine: its kernel's headers, the driver's source, the emulator, what is started inside.
const TO_EMULATE: [&str; 11] = [
    "busybox-static",
    "bzip2",
    "cpio",
    "dahdi-source",
    "gcc",
    "libopenr2-bin",
    "libpri-dev",
    "linux-headers-amd64",
    "make",
    "qemu-system-x86",
    "xz-utils",
];

const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";

pub fn everything() -> Result<(), Failure> {
    to_run()?;
    to_test()?;
    cargo_deny()
}

pub fn to_run() -> Result<(), Failure> {
    debian(&TO_RUN)?;
    node()
}

pub fn to_test() -> Result<(), Failure> {
    debian(&TO_TEST)
}

pub fn to_emulate() -> Result<(), Failure> {
    debian(&TO_EMULATE)
}

/// The licence and source checker, built from source once.
pub fn cargo_deny() -> Result<(), Failure> {
    cargo_tool("cargo-deny", CARGO_DENY)
}

pub fn cargo_fuzz() -> Result<(), Failure> {
    cargo_tool("cargo-fuzz", CARGO_FUZZ)
}

/// A version that is there already will do.
fn cargo_tool(tool: &str, version: &str) -> Result<(), Failure> {
    if shell::output(tool, &["--version"]).is_some() {
        return Ok(());
    }
    println!("installing {tool} {version} (once)");
    shell::cargo(&["install", "--quiet", "--locked", tool, "--version", version])
}

fn node() -> Result<(), Failure> {
    match shell::output("node", &["--version"]) {
        Some(_) => Ok(()),
        None => Err(Failure::new("Node.js 20 or newer is needed to build the console; install it and run this again")),
    }
}

fn debian(packages: &[&str]) -> Result<(), Failure> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let root = shell::output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let prefix: &[&str] = if root { &["env"] } else { &["sudo", "env"] };
    let install = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "--no-install-recommends", "install"];
    let update = ["apt-get", "-qq", "update"];
    for words in [[prefix, &update].concat(), [prefix, &install, &missing].concat()] {
        shell::execute(shell::command(words[0], &words[1..]))?;
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    shell::output("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package])
        .is_some_and(|status| status == "installed")
}
