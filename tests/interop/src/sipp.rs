//! sipp as a process: telephones that others wrote.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than any errand takes.
const LIMIT: &str = "240s";

/// What a sipp is to do.
pub struct Errand<'a> {
    /// A file of `sipp/`.
    pub scenario: &'a str,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    /// Extensions whose telephones it plays; the password of 8001 is `phone-8001`.
    pub extensions: &'a [String],
    pub calls: usize,
    /// New calls a second.
    pub rate: usize,
    /// Further options.
    pub options: &'a [&'a str],
}

/// A running sipp.
pub struct Sipp {
    child: Child,
    errors: PathBuf,
}

/// The password of an extension's telephone.
pub fn password(extension: &str) -> String {
    format!("phone-{extension}")
}

impl Sipp {
    /// Starts it; its files go to `folder`.
    pub fn start(folder: &Path, errand: &Errand<'_>) -> Sipp {
        let name = errand.scenario.trim_end_matches(".xml");
        let (users, errors) = (folder.join(format!("{name}.csv")), folder.join(format!("{name}.errors")));
        let lines = errand.extensions.iter().map(|extension| {
            format!("{extension};[authentication username={extension} password={}]\n", password(extension))
        });
        std::fs::write(&users, format!("SEQUENTIAL\n{}", lines.collect::<String>())).expect("the users' file");
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(errand.scenario);
        let child = Command::new("sipp")
            .arg(errand.remote.to_string())
            .arg("-sf")
            .arg(scenario)
            .arg("-inf")
            .arg(&users)
            .args(["-i", &errand.local.ip().to_string(), "-p", &errand.local.port().to_string()])
            .args(["-m", &errand.calls.to_string(), "-r", &errand.rate.to_string(), "-l", &errand.calls.to_string()])
            .args(["-nostdin", "-timeout", LIMIT, "-timeout_error", "-trace_err", "-error_file"])
            .arg(&errors)
            .args(errand.options)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is needed: run `cargo xtask setup`");
        Sipp { child, errors }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("sipp's status")
    }

    /// Panics with its errors unless each of its calls went well.
    pub fn went_well(&self, status: Option<ExitStatus>) {
        let errors = std::fs::read_to_string(&self.errors).unwrap_or_default();
        let errors: String = errors.chars().take(3000).collect();
        assert!(status.is_some_and(|s| s.success()), "sipp: {status:?}\n{errors}");
    }

    /// Waits until it ends well.
    pub fn finish(mut self, limit: Duration) {
        let end = Instant::now() + limit;
        let mut status = self.ended();
        while status.is_none() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(100));
            status = self.ended();
        }
        self.went_well(status);
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        // One that has ended is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
