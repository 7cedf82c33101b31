//! What kind of lines the calls come over.

use crate::line::Impairments;
use crate::random::Dice;
use crate::speech::{own_name, run};
use plan::Law;
use rtp::JitterBuffer;
use std::path::Path;

/// Octets of a packet of 20 ms.
const PACKET: usize = 160;
/// Microseconds from packet to packet.
const PACKET_MICROS: u64 = 20_000;
/// What a talker is brought to, as its mean over what is not silence.
const LOW_DBM0: f64 = -30.0;
/// Frames of 20 ms this far below the loudest are silence.
const SILENT_DB: f64 = 30.0;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Condition {
    /// Loss, noise, frequency offset, clipping, echo, band limits.
    Line,
    /// The same, and then packets of which 1 to 5 % are lost, one to six in a row: concealed as the box does it.
    Lossy,
    /// All that is sent was coded for a mobile first: GSM 06.10 full rate.
    Coded,
    /// The mean of what is not silence is -30 dBm0.
    Low,
}

impl Condition {
    pub const ALL: [Condition; 4] = [Condition::Line, Condition::Lossy, Condition::Coded, Condition::Low];

    pub fn name(self) -> &'static str {
        match self {
            Condition::Line => "lines",
            Condition::Lossy => "1 to 5 % of the packets lost",
            Condition::Coded => "GSM 06.10 before the line",
            Condition::Low => "-30 dBm0",
        }
    }

    /// A-law, as the box hears it.
    pub fn carry(self, sent: &[f64], folder: &Path, dice: &mut Dice) -> std::io::Result<Vec<u8>> {
        Ok(match self {
            Condition::Line => Impairments::random(dice).apply(sent, dice),
            Condition::Lossy => {
                let octets = Impairments::random(dice).apply(sent, dice);
                over_packets(&octets, dice)
            }
            Condition::Coded => {
                let coded = coded(sent, folder)?;
                Impairments::random(dice).apply(&coded, dice)
            }
            Condition::Low => {
                let low = brought_to(sent, LOW_DBM0);
                Impairments::quiet(dice).apply(&low, dice)
            }
        })
    }
}

/// Through the box's own jitter buffer: losses come in bursts, a packet after a lost one is lost with a higher chance (Gilbert's model).
fn over_packets(octets: &[u8], dice: &mut Dice) -> Vec<u8> {
    let share = dice.between(0.01, 0.05);
    let burst = dice.between(1.0, 4.0);
    let (ends, begins) = (1.0 / burst, share / (burst * (1.0 - share)));
    let (mut buffer, mut heard, mut lost) = (JitterBuffer::default(), Vec::with_capacity(octets.len()), 0u32);
    for (number, packet) in octets.chunks_exact(PACKET).enumerate() {
        let chance = dice.between(0.0, 1.0);
        let loses = if lost > 0 { chance >= ends && lost < 6 } else { chance < begins };
        lost = if loses { lost + 1 } else { 0 };
        let now = number as u64 * PACKET_MICROS;
        if !loses {
            buffer.insert((number * PACKET) as u32, packet, now);
        }
        heard.extend(buffer.pull(now + PACKET_MICROS / 2, Law::A));
    }
    heard
}

/// Coded and decoded by sox.
fn coded(sent: &[f64], folder: &Path) -> std::io::Result<Vec<f64>> {
    let own = own_name();
    let name = |ending: &str| folder.join(format!("{own}.{ending}")).to_string_lossy().into_owned();
    let (raw, gsm, back) = (name("sent.raw"), name("gsm"), name("heard.raw"));
    let octets: Vec<u8> =
        sent.iter().flat_map(|sample| (sample.clamp(-32_768.0, 32_767.0) as i16).to_le_bytes()).collect();
    std::fs::write(&raw, octets)?;
    let plain = ["-t", "raw", "-e", "signed", "-b", "16", "-r", "8000", "-c", "1"];
    run("sox", &[&["-q", "-D"][..], &plain, &[&raw, "-t", "gsm", &gsm]].concat())?;
    run("sox", &[&["-q", "-D", "-t", "gsm", &gsm][..], &plain, &[&back]].concat())?;
    let octets = std::fs::read(&back)?;
    for file in [&raw, &gsm, &back] {
        std::fs::remove_file(file)?;
    }
    let mut line: Vec<f64> =
        octets.as_chunks::<2>().0.iter().map(|pair| f64::from(i16::from_le_bytes(*pair))).collect();
    // Frames of 160 samples: what the last one was filled up with goes.
    line.resize(sent.len(), 0.0);
    Ok(line)
}

fn brought_to(sent: &[f64], dbm0: f64) -> Vec<f64> {
    let power = |frame: &[f64]| frame.iter().map(|sample| sample * sample).sum::<f64>() / frame.len().max(1) as f64;
    let powers: Vec<f64> = sent.chunks(PACKET).map(power).collect();
    let least = powers.iter().fold(0.0f64, |most, power| most.max(*power)) / 10f64.powf(SILENT_DB / 10.0);
    let loud: Vec<f64> = powers.into_iter().filter(|power| *power > least).collect();
    let mean = loud.iter().sum::<f64>() / loud.len().max(1) as f64;
    let wanted = pcm::peak_of_dbm0(dbm0).powi(2) / 2.0;
    let gain = if mean > 0.0 { (wanted / mean).sqrt() } else { 1.0 };
    sent.iter().map(|sample| sample * gain).collect()
}
