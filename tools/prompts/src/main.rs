//! Synthesises the prompt library from its texts, until people record it.
//!
//! `prompts TEXTS.toml FOLDER` reads `[[prompt]] name, zh, en` and writes `FOLDER/{zh,en}/NAME.wav` (8 kHz, 16 bit, mono) with espeak-ng
//! and sox, the music on hold with a synthesiser of its own, and `FOLDER/prompts.bank`, all of them in one file. espeak-ng reads no Hanzi: they are turned into numbered
//! pinyin first ([`mandarin`]).

mod mandarin;
mod music;
mod wav;

use serde::Deserialize;
use std::path::Path;
use std::process::{Command, ExitCode};

#[derive(Deserialize)]
struct Texts {
    prompt: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    name: String,
    zh: String,
    en: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [texts, folder] = arguments.as_slice() else {
        eprintln!("usage: prompts TEXTS.toml FOLDER");
        return ExitCode::from(2);
    };
    match make(Path::new(texts), Path::new(folder)) {
        Ok(count) => {
            println!("{count} prompts in {folder}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("prompts: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn make(texts: &Path, folder: &Path) -> Result<usize, String> {
    let text = std::fs::read_to_string(texts).map_err(|problem| format!("{}: {problem}", texts.display()))?;
    let texts: Texts = toml::from_str(&text).map_err(|problem| format!("{}: {problem}", texts.display()))?;
    for prompt in &texts.prompt {
        speak(&mandarin::pinyin(&prompt.zh), "cmn-latn-pinyin", &folder.join("zh").join(&prompt.name))?;
        speak(&prompt.en, "en", &folder.join("en").join(&prompt.name))?;
    }
    write(&folder.join("music/default"), &wav::file(&music::prelude()))?;
    bank(&texts, folder)?;
    Ok(2 * texts.prompt.len() + 1)
}

/// All of them in the one file that the box plays them from.
fn bank(texts: &Texts, folder: &Path) -> Result<(), String> {
    let spoken = ["zh", "en"]
        .into_iter()
        .flat_map(|language| texts.prompt.iter().map(move |prompt| format!("{language}/{}", prompt.name)));
    let mut audio = Vec::new();
    for name in spoken.chain(["music/default".to_owned()]) {
        let path = folder.join(&name).with_extension("wav");
        let file = std::fs::read(&path).map_err(|problem| format!("{}: {problem}", path.display()))?;
        let samples = wav::samples(&file).ok_or_else(|| format!("{}: no WAV file of ours", path.display()))?;
        audio.push((name, samples.into_iter().map(pcm::alaw::encode).collect::<Vec<u8>>()));
    }
    let file = prompt_bank::write(audio.iter().map(|(name, octets)| (name.as_str(), octets.as_slice())));
    let path = folder.join(prompt_bank::FILE_NAME);
    std::fs::write(&path, file).map_err(|problem| format!("{}: {problem}", path.display()))
}

/// espeak-ng speaks, sox brings it to the telephone's band and level and cuts the silence around it.
fn speak(text: &str, voice: &str, prompt: &Path) -> Result<(), String> {
    let raw = prompt.with_extension("raw.wav");
    let done = prompt.with_extension("wav");
    if let Some(folder) = prompt.parent() {
        std::fs::create_dir_all(folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    }
    let (raw_name, done_name) = (raw.to_string_lossy(), done.to_string_lossy());
    run("espeak-ng", &["-v", voice, "-s", "150", "-w", &raw_name, text])?;
    let silence = ["silence", "1", "0.01", "0.1%", "reverse", "silence", "1", "0.01", "0.1%", "reverse"];
    let shape = ["-q", &raw_name, "-b", "16", "-r", "8000", "-c", "1", &done_name, "highpass", "200", "norm", "-9"];
    run("sox", &[&shape[..], &silence[..]].concat())?;
    std::fs::remove_file(&raw).map_err(|problem| format!("{raw_name}: {problem}"))
}

fn write(prompt: &Path, content: &[u8]) -> Result<(), String> {
    let file = prompt.with_extension("wav");
    let folder = file.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, content));
    written.map_err(|problem| format!("{}: {problem}", file.display()))
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.map_err(|problem| format!("cannot run {program}: {problem}; `cargo xtask setup` installs it"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
}
