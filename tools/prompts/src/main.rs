//! Synthesises the prompt library from its texts, until people record it.
//!
//! `prompts TEXTS.toml FOLDER` reads `[[prompt]] name, zh, en` and writes `FOLDER/{zh,en}/NAME.wav` (8 kHz, 16 bit, mono) with espeak-ng
//! and sox, and the music on hold with a synthesiser of its own. espeak-ng reads no Hanzi: they are turned into numbered
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
    Ok(2 * texts.prompt.len() + 1)
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
