//! baresip as a process: a telephone that others wrote, with a file for its microphone.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian's package has its modules.
const MODULES: &str = "/usr/lib/baresip/modules";

/// An account at the box, and what is said into the telephone.
pub struct Handset<'a> {
    pub extension: &'a str,
    pub password: &'a str,
    pub registrar: SocketAddr,
    pub local: SocketAddr,
    /// First and last port of its speech.
    pub rtp: (u16, u16),
    /// A WAV file, 8 kHz, mono: it is said from the moment of the answer on.
    pub says: &'a Path,
}

/// A running baresip that answers every call at once. It ends when dropped.
pub struct Baresip {
    child: Child,
    folder: PathBuf,
}

impl Baresip {
    /// Starts it; its files go to `folder`.
    pub fn start(folder: &Path, handset: &Handset<'_>) -> io::Result<Baresip> {
        let Handset { extension, password, registrar, local, rtp, says } = handset;
        let settings = [
            format!("module_path {MODULES}"),
            "module g711.so\nmodule aufile.so\nmodule sndfile.so\nmodule_app account.so\nmodule_app menu.so".to_owned(),
            format!("audio_source aufile,{}", says.display()),
            format!("snd_path {}", folder.display()),
            format!("sip_listen {local}\nrtp_ports {}-{}", rtp.0, rtp.1),
        ];
        fs::write(folder.join("config"), settings.join("\n") + "\n")?;
        let account = format!(
            "<sip:{extension}@{registrar};transport=udp>;auth_user={extension};auth_pass={password};answermode=auto;regint=60\n"
        );
        fs::write(folder.join("accounts"), account)?;
        let log = File::create(folder.join("baresip.log"))?;
        let child = Command::new("baresip")
            .arg("-f")
            .arg(folder)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .expect("baresip is needed: run `cargo xtask setup`");
        Ok(Baresip { child, folder: folder.to_owned() })
    }

    /// What it heard, as the WAV file that it wrote down.
    pub fn heard(&self) -> io::Result<Vec<u8>> {
        let files = fs::read_dir(&self.folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        let heard = files.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"));
        fs::read(heard.ok_or_else(|| io::Error::other(format!("baresip heard nothing:\n{}", self.log())))?)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("baresip.log")).unwrap_or_default()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- baresip's log\n{}", self.log());
        }
        // One that has ended is what we want.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
