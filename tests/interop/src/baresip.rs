//! baresip as a process: a telephone that others wrote, with a file for its microphone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
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
    /// A WAV file of the codec's rate and channels, 8 kHz mono for G.711: it is said from the moment of the answer on.
    pub says: &'a Path,
}

/// The only codec of a baresip: the module that has it, and how baresip names it.
#[derive(Clone, Copy)]
pub struct OnlyCodec {
    pub module: &'static str,
    pub name: &'static str,
}

impl OnlyCodec {
    pub const PCMU: OnlyCodec = OnlyCodec { module: "g711.so", name: "PCMU/8000/1" };
    pub const G722: OnlyCodec = OnlyCodec { module: "g722.so", name: "G722/16000/1" };
    pub const L16: OnlyCodec = OnlyCodec { module: "l16.so", name: "L16/16000/1" };
    pub const OPUS: OnlyCodec = OnlyCodec { module: "opus.so", name: "opus/48000/2" };
}

/// A running baresip that answers every call at once. It ends when dropped.
pub struct Baresip {
    child: Child,
    folder: PathBuf,
}

impl Baresip {
    /// Starts it; its files go to `folder`.
    pub fn start(folder: &Path, handset: &Handset<'_>) -> io::Result<Baresip> {
        Baresip::spawn(folder, handset, &["module g711.so".to_owned()], "")
    }

    /// One that makes and takes no call without SRTP.
    pub fn encrypted(folder: &Path, handset: &Handset<'_>) -> io::Result<Baresip> {
        let modules = ["module g711.so".to_owned(), "module srtp.so".to_owned()];
        Baresip::spawn(folder, handset, &modules, ";mediaenc=srtp-mand")
    }

    /// One that has no other codec than this, and is told what to do at `control`.
    pub fn with_codec(
        folder: &Path,
        handset: &Handset<'_>,
        codec: OnlyCodec,
        control: SocketAddr,
    ) -> io::Result<Baresip> {
        let OnlyCodec { module, name } = codec;
        let settings =
            [format!("module {module}"), "module_app ctrl_tcp.so".to_owned(), format!("ctrl_tcp_listen {control}")];
        Baresip::spawn(folder, handset, &settings, &format!(";audio_codecs={name}"))
    }

    fn spawn(folder: &Path, handset: &Handset<'_>, more: &[String], terms: &str) -> io::Result<Baresip> {
        let Handset { extension, password, registrar, local, rtp, says } = handset;
        let settings = [
            format!("module_path {MODULES}"),
            "module aufile.so\nmodule sndfile.so\nmodule_app account.so\nmodule_app menu.so".to_owned(),
            format!("audio_source aufile,{}", says.display()),
            format!("snd_path {}", folder.display()),
            format!("sip_listen {local}\nrtp_ports {}-{}", rtp.0, rtp.1),
        ];
        fs::write(folder.join("config"), [&settings[..], more].concat().join("\n") + "\n")?;
        let account = format!(
            "<sip:{extension}@{registrar};transport=udp>;auth_user={extension};auth_pass={password};answermode=auto;regint=60{terms}\n"
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

    /// Tells one with a control port what its keyboard would: `dial 8002`, `hangup`.
    pub fn tell(&self, control: SocketAddr, command: &str, parameters: &str) -> io::Result<()> {
        let order = format!("{{\"command\":\"{command}\",\"params\":\"{parameters}\"}}");
        TcpStream::connect(control)?.write_all(format!("{}:{order},", order.len()).as_bytes())
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
