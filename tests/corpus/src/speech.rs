//! Speech as espeak-ng makes it: many voices, pitches and speeds, Mandarin and English.

use crate::random::Dice;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// Voices and accents. espeak-ng reads Mandarin as numbered pinyin.
const MANDARIN: &str = "cmn-latn-pinyin";
const ENGLISH: [&str; 3] = ["en-us", "en-gb", "en-gb-scotland"];
/// The first half tunes, the second is held out.
const VARIANTS: [&str; 14] =
    ["m1", "m3", "m5", "f1", "f3", "klatt", "Alex", "m2", "m4", "m7", "f2", "f4", "klatt2", "Andy"];

/// What people say first when they answer.
pub const GREETINGS: Phrases = Phrases {
    mandarin: &[
        "wei2",
        "wei2 ni3 hao3",
        "ni3 hao3",
        "wei4",
        "wei2 na3 wei4",
        "wei2 shei2 a1",
        "nin2 hao3 qing3 jiang3",
        "ai2 ni3 shuo1",
    ],
    english: &["hello", "hello?", "yes", "hello, who is it?", "good morning", "hi there", "speaking"],
};

/// What machines say: a sentence or three, without a pause for an answer.
pub const MACHINES: Phrases = Phrases {
    mandarin: &[
        "nin2 hao3 , wo3 xian4 zai4 bu2 zai4 jia1 , qing3 zai4 ti2 shi4 yin1 zhi1 hou4 liu2 yan2 , xie4 xie5",
        "ni3 hao3 , zhe4 li3 shi4 zhang1 jia1 de5 dian4 hua4 , xian4 zai4 mei2 ren2 jie1 ting1 , qing3 liu2 xia4 nin2 de5 xing4 ming2 he2 dian4 hua4 hao4 ma3",
        "huan1 ying2 zhi4 dian4 , wo3 men5 xian4 zai4 wu2 fa3 jie1 ting1 nin2 de5 dian4 hua4 , ting1 dao4 ti2 shi4 yin1 hou4 qing3 liu2 yan2",
        "nin2 hao3 , zhe4 shi4 yu3 yin1 xin4 xiang1 , qing3 zai4 xin4 hao4 yin1 hou4 lu4 xia4 nin2 de5 xiao1 xi1",
    ],
    english: &[
        "hello, you have reached the Miller family. We cannot come to the phone right now, please leave a message after the tone",
        "thank you for calling. Nobody is here to take your call, so please leave your name and number after the beep",
        "hi, this is the voice mail of John. I am away from my desk, please leave a message and I will call you back",
        "your call has been forwarded to an automatic voice message system. At the tone, please record your message",
    ],
};

/// What the network says, and what a subscriber may have set in place of ringback.
pub const ANNOUNCEMENTS: Phrases = Phrases {
    mandarin: &[
        "dui4 bu5 qi3 , nin2 bo1 da3 de5 dian4 hua4 yi3 guan1 ji1 , qing3 shao1 hou4 zai4 bo1",
        "dui4 bu5 qi3 , nin2 bo1 da3 de5 hao4 ma3 shi4 kong1 hao4 , qing3 he2 dui4 hou4 zai4 bo1",
        "nin2 bo1 da3 de5 yong4 hu4 zheng4 zai4 tong1 hua4 zhong1 , qing3 bu2 yao4 gua4 ji1",
        "nin2 hao3 , huan1 ying2 zhi4 dian4 hua2 xia4 mao4 yi4 you3 xian4 gong1 si1 , wo3 men5 jie2 cheng2 wei4 nin2 fu2 wu4",
        "dui4 bu5 qi3 , nin2 suo3 bo1 jiao4 de5 yong4 hu4 zan4 shi2 wu2 fa3 jie1 tong1 , qing3 nin2 shao1 hou4 zai4 bo1",
    ],
    english: &[
        "sorry, the subscriber you dialed is powered off, please try again later",
        "sorry, the number you have dialed does not exist, please check it and dial again",
        "the subscriber you are calling is busy now, please do not hang up",
        "welcome to Eastern Trading. Your call is important to us, quality is our promise",
        "sorry, the subscriber you dialed can not be connected for the moment, please redial later",
    ],
};

/// What one set of speakers says.
#[derive(Clone, Copy, Debug)]
pub struct Phrases {
    pub mandarin: &'static [&'static str],
    pub english: &'static [&'static str],
}

/// Half of the voices tune, the other half judge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Tuning,
    HeldOut,
}

/// One utterance in one voice.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Utterance {
    text: &'static str,
    voice: String,
    pitch: u32,
    speed: u32,
}

/// Speaks, and keeps what was spoken in a folder.
#[derive(Clone, Debug)]
pub struct Speaker {
    folder: PathBuf,
}

impl Speaker {
    /// Keeps recordings in `folder`.
    pub fn new(folder: &Path) -> std::io::Result<Speaker> {
        std::fs::create_dir_all(folder)?;
        Ok(Speaker { folder: folder.to_owned() })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of the phrases in a voice of the part, 8 kHz, peak near -9 dB of full scale.
    pub fn say(&self, phrases: &Phrases, part: Part, dice: &mut Dice) -> std::io::Result<Vec<f64>> {
        let half = VARIANTS.len() / 2;
        let variant = match part {
            Part::Tuning => VARIANTS[dice.below(half)],
            Part::HeldOut => VARIANTS[half + dice.below(half)],
        };
        let mandarin = dice.below(3) > 0;
        let text = *dice.pick(if mandarin { phrases.mandarin } else { phrases.english });
        let accent = if mandarin { MANDARIN } else { dice.pick(&ENGLISH) };
        let (pitch, speed) = (30 + 10 * dice.below(5) as u32, 130 + 15 * dice.below(5) as u32);
        self.recording(&Utterance { text, voice: format!("{accent}+{variant}"), pitch, speed })
    }

    fn recording(&self, said: &Utterance) -> std::io::Result<Vec<f64>> {
        // `plain`: without dither, so that it is the same each time that it is spoken.
        let key = format!("plain|{}|{}|{}|{}", said.text, said.voice, said.pitch, said.speed);
        let hash =
            key.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        let file = self.folder.join(format!("{hash:016x}.raw"));
        if !file.exists() {
            self.speak(said, &file)?;
        }
        let octets = std::fs::read(&file)?;
        Ok(octets.as_chunks::<2>().0.iter().map(|pair| f64::from(i16::from_le_bytes(*pair))).collect())
    }

    /// espeak-ng speaks; sox brings it to the telephone's band and level, without dither, and cuts the silence around it.
    fn speak(&self, said: &Utterance, file: &Path) -> std::io::Result<()> {
        let name = |ending: &str| file.with_extension(ending).to_string_lossy().into_owned();
        let own = own_name();
        let (wav, raw) = (name(&format!("{own}.wav")), name(&format!("{own}.part.raw")));
        let (pitch, speed) = (said.pitch.to_string(), said.speed.to_string());
        run("espeak-ng", &["-v", &said.voice, "-p", &pitch, "-s", &speed, "-w", &wav, said.text])?;
        let shape = ["-q", "-D", &wav, "-t", "raw", "-e", "signed", "-b", "16", "-r", "8000", "-c", "1", &raw];
        let sound =
            ["highpass", "200", "norm", "-9", "silence", "1", "0.01", "0.1%", "reverse", "silence", "1", "0.01"];
        run("sox", &[&shape[..], &sound, &["0.1%", "reverse"]].concat())?;
        std::fs::remove_file(&wav)?;
        std::fs::rename(&raw, file)
    }
}

/// A name that no other process or thread uses at the same time.
pub(crate) fn own_name() -> String {
    static NAMES: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> std::io::Result<()> {
    let output = Command::new(program).args(arguments).output();
    let output = output
        .map_err(|problem| std::io::Error::other(format!("{program}: {problem}; `cargo xtask setup` installs it")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(std::io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))))
}
