//! What the daemon must know before it can read its settings: a small TOML file and the command line, which wins.

use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

pub const USAGE: &str = "\
fastcalld: the daemon of the box

  --config FILE           a TOML file with any of the following, written without the dashes
  --board FILE            what the box is made of (board/sim.toml)
  --data DIR              database, recordings, the site's prompts (data)
  --prompts DIR           prompts that ship with the product (prompts)
  --web ADDRESS           where the console and the API are served (127.0.0.1:8080)
  --address IP            this box's own address towards telephones (127.0.0.1)
  --first-settings FILE   settings (JSON) of a box that has none yet; else they are proposed from the board
  --drain-seconds N       how long calls may go on after the order to stop (0)
  --log LEVEL             error, warn, info, debug, trace, or per part as `lines=debug,info` (info)
";

/// See [`USAGE`].
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Configuration {
    pub board: PathBuf,
    pub data: PathBuf,
    pub prompts: PathBuf,
    pub web: SocketAddr,
    pub address: IpAddr,
    pub first_settings: Option<PathBuf>,
    pub drain_seconds: u64,
    pub log: String,
}

impl Default for Configuration {
    fn default() -> Configuration {
        Configuration {
            board: "board/sim.toml".into(),
            data: "data".into(),
            prompts: "prompts".into(),
            web: SocketAddr::from(([127, 0, 0, 1], 8080)),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            first_settings: None,
            drain_seconds: 0,
            log: "info".into(),
        }
    }
}

#[derive(Debug)]
pub enum BadConfiguration {
    Help,
    Unknown(String),
    Missing(String),
    Bad { option: String, value: String },
    Unreadable { path: PathBuf, problem: std::io::Error },
    NotToml(Box<toml::de::Error>),
}

impl fmt::Display for BadConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadConfiguration::Help => f.write_str(USAGE),
            BadConfiguration::Unknown(word) => write!(f, "unknown option {word}; --help lists them"),
            BadConfiguration::Missing(option) => write!(f, "{option} needs a value"),
            BadConfiguration::Bad { option, value } => write!(f, "{value:?} is no value for {option}"),
            BadConfiguration::Unreadable { path, problem } => write!(f, "{}: {problem}", path.display()),
            BadConfiguration::NotToml(problem) => write!(f, "configuration file: {problem}"),
        }
    }
}

impl std::error::Error for BadConfiguration {}

impl Configuration {
    /// Reads the file that the command line names, then the command line.
    pub fn read(words: impl IntoIterator<Item = String>) -> Result<Configuration, BadConfiguration> {
        let words: Vec<String> = words.into_iter().collect();
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Err(BadConfiguration::Help);
        }
        let file = words.iter().position(|word| word == "--config").and_then(|place| words.get(place + 1));
        let mut configuration = match file {
            Some(path) => Configuration::load(Path::new(path))?,
            None => Configuration::default(),
        };
        let mut words = words.into_iter();
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| BadConfiguration::Missing(option.clone()))?;
            configuration.set(&option, value)?;
        }
        Ok(configuration)
    }

    fn load(path: &Path) -> Result<Configuration, BadConfiguration> {
        let text = std::fs::read_to_string(path)
            .map_err(|problem| BadConfiguration::Unreadable { path: path.to_owned(), problem })?;
        toml::from_str(&text).map_err(|problem| BadConfiguration::NotToml(Box::new(problem)))
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), BadConfiguration> {
        let bad = |value: &str| BadConfiguration::Bad { option: option.to_owned(), value: value.to_owned() };
        match option {
            "--config" => {}
            "--board" => self.board = value.into(),
            "--data" => self.data = value.into(),
            "--prompts" => self.prompts = value.into(),
            "--web" => self.web = value.parse().map_err(|_| bad(&value))?,
            "--address" => self.address = value.parse().map_err(|_| bad(&value))?,
            "--first-settings" => self.first_settings = Some(value.into()),
            "--drain-seconds" => self.drain_seconds = value.parse().map_err(|_| bad(&value))?,
            "--log" => self.log = value,
            _ => return Err(BadConfiguration::Unknown(option.to_owned())),
        }
        Ok(())
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("fastcall.db")
    }

    /// Which span each card of the kernel's driver is.
    pub fn found_cards(&self) -> PathBuf {
        self.data.join("cards.json")
    }

    pub fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// What recordings are sealed with.
    pub fn recording_keys(&self) -> PathBuf {
        self.data.join("keys").join("recording.json")
    }

    /// What systemd unsealed with the board's TPM for us (`LoadCredentialEncrypted=board-secret:...`), if it did.
    pub fn board_secret(&self) -> Option<PathBuf> {
        let folder = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?);
        Some(folder.join("board-secret")).filter(|path| path.is_file())
    }

    /// Pages of faxes received and to be sent.
    pub fn faxes(&self) -> PathBuf {
        self.data.join("faxes")
    }

    pub fn site_prompts(&self) -> PathBuf {
        self.data.join("prompts")
    }

    pub fn first_boot_code(&self) -> PathBuf {
        self.data.join("first-boot-code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Configuration, BadConfiguration> {
        Configuration::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn command_line_wins_over_the_file() {
        let directory = std::env::temp_dir().join(format!("fastcalld-configuration-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("fastcall.toml");
        std::fs::write(&file, "web = \"0.0.0.0:80\"\ndrain-seconds = 30\n").unwrap();
        let configuration = read(&format!("--web 127.0.0.1:1 --config {}", file.display())).unwrap();
        assert_eq!(configuration.web.port(), 1);
        assert_eq!(configuration.drain_seconds, 30);
        std::fs::write(&file, "wep = 1\n").unwrap();
        let wrong = read(&format!("--config {}", file.display())).unwrap_err().to_string();
        assert!(wrong.contains("wep"), "{wrong}");
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn wrong_words_are_named() {
        assert!(matches!(read("--webb 1"), Err(BadConfiguration::Unknown(_))));
        assert!(matches!(read("--web x"), Err(BadConfiguration::Bad { .. })));
        assert!(matches!(read("--web"), Err(BadConfiguration::Missing(_))));
        assert!(matches!(read("--config no/such/file"), Err(BadConfiguration::Unreadable { .. })));
    }
}
