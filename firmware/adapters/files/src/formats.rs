//! Recordings in the formats that people send each other: FLAC (RFC 9639), Opus in Ogg (RFC 7845), MP3. Made when they are asked for, one at a
//! time, by a thread of the lowest priority; nothing of it is kept, for what is sealed on disk must not lie beside it in the open.

use crate::play::Playable;
use crate::wav::{FRAME, HEADER};
use flacenc::component::BitRepr;
use flacenc::error::{SourceError, Verify};
use flacenc::source::{Fill, Source};
use nix::unistd::gettid;
use ogg::{PacketWriteEndInfo, PacketWriter};
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The longest recording that is made into another format: six hours.
const LONGEST: u64 = 6 * 3600 * 8000;
/// Moments of an Opus packet: 20 ms.
const PACKET: usize = 160;
/// Moments of a FLAC block.
const BLOCK: usize = 4096;
/// Bits a second of Opus, both channels.
const OPUS_BITS: i32 = 32_000;

/// What a recording is made into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Flac,
    Opus,
    /// By the system's `lame`, if it is there: its licence keeps it out of the product.
    Mp3,
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Flac, Format::Opus, Format::Mp3];

    /// How a file's name ends.
    pub const fn kind(self) -> &'static str {
        match self {
            Format::Flac => "flac",
            Format::Opus => "opus",
            Format::Mp3 => "mp3",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Flac => "audio/flac",
            Format::Opus => "audio/ogg",
            Format::Mp3 => "audio/mpeg",
        }
    }
}

/// A recording in another format. It may take a second for each five minutes of it. `Unsupported`: it is too long, or this box has no
/// encoder for the format.
pub fn convert(recording: Playable, format: Format) -> io::Result<Vec<u8>> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let moments = recording.octets().saturating_sub(HEADER as u64) / FRAME as u64;
    if moments > LONGEST {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "the recording is longer than six hours"));
    }
    let run = move || {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        be_modest();
        let sound = Sound { recording, at: 0 };
        match format {
            Format::Flac => flac(sound),
            Format::Opus => opus(sound),
            Format::Mp3 => mp3(sound),
        }
    };
    let thread = std::thread::Builder::new().name("formats".into()).spawn(run)?;
    thread.join().map_err(|_| io::Error::other("the encoder panicked"))?
}

/// Everybody else comes first.
fn be_modest() {
    // SAFETY: setpriority(2) takes three numbers; on Linux a thread's id stands for the thread alone.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, gettid().as_raw() as libc::id_t, 19) };
}

/// The samples of a recording, left and right in turn.
struct Sound {
    recording: Playable,
    /// Octets of sound read.
    at: u64,
}

impl Sound {
    /// Up to so many moments; fewer: it ends.
    fn read(&mut self, moments: usize, to: &mut Vec<i16>) -> io::Result<usize> {
        let mut octets = vec![0; moments * FRAME];
        let count = self.recording.read_at(HEADER as u64 + self.at, &mut octets)? / FRAME * FRAME;
        self.at += count as u64;
        to.clear();
        to.extend(octets[..count].iter().map(|octet| pcm::alaw::decode(*octet)));
        Ok(count / FRAME)
    }
}

impl Source for Sound {
    fn channels(&self) -> usize {
        FRAME
    }

    fn bits_per_sample(&self) -> usize {
        16
    }

    fn sample_rate(&self) -> usize {
        pcm::RATE as usize
    }

    fn read_samples<F: Fill>(&mut self, block_size: usize, dest: &mut F) -> Result<usize, SourceError> {
        let mut samples = Vec::new();
        let moments = self.read(block_size, &mut samples).map_err(SourceError::from_io_error)?;
        let wide: Vec<i32> = samples.into_iter().map(i32::from).collect();
        dest.fill_interleaved(&wide)?;
        Ok(moments)
    }
}

fn flac(sound: Sound) -> io::Result<Vec<u8>> {
    let config = flacenc::config::Encoder::default().into_verified();
    let config = config.map_err(|(_, problem)| io::Error::other(problem.to_string()))?;
    let stream = flacenc::encode_with_fixed_block_size(&config, sound, BLOCK);
    let stream = stream.map_err(|problem| io::Error::other(problem.to_string()))?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(|problem| io::Error::other(problem.to_string()))?;
    Ok(sink.into_inner())
}

fn opus(mut sound: Sound) -> io::Result<Vec<u8>> {
    let failed = |problem: opus::Error| io::Error::other(problem.to_string());
    let mut encoder = opus::Encoder::new(pcm::RATE, opus::Channels::Stereo, opus::Application::Voip).map_err(failed)?;
    encoder.set_bitrate(opus::Bitrate::Bits(OPUS_BITS)).map_err(failed)?;
    // RFC 7845 4: positions count at 48 kHz, whatever the input.
    let times = 48_000 / u64::from(pcm::RATE);
    let skip = u64::try_from(encoder.get_lookahead().map_err(failed)?).unwrap_or(0) * times;
    let serial = sound.recording.octets() as u32;
    let mut writer = PacketWriter::new(Vec::new());
    writer.write_packet(opus_head(skip as u16), serial, PacketWriteEndInfo::EndPage, 0)?;
    writer.write_packet(opus_tags(), serial, PacketWriteEndInfo::EndPage, 0)?;
    let (mut samples, mut packet, mut heard, mut coded) = (Vec::new(), vec![0; 1500], 0u64, 0u64);
    loop {
        let moments = sound.read(PACKET, &mut samples)?;
        heard += moments as u64;
        samples.resize(PACKET * FRAME, 0);
        let length = encoder.encode(&samples, &mut packet).map_err(failed)?;
        coded += PACKET as u64;
        // Silence drives out what the encoder still has; the last position says where the sound ends.
        let last = moments < PACKET && coded * times >= heard * times + skip;
        let position = if last { heard * times + skip } else { coded * times };
        let end = if last { PacketWriteEndInfo::EndStream } else { PacketWriteEndInfo::NormalPacket };
        writer.write_packet(packet[..length].to_vec(), serial, end, position)?;
        if last {
            return Ok(writer.into_inner());
        }
    }
}

/// RFC 7845 5.1.
fn opus_head(skip: u16) -> Vec<u8> {
    let mut head = b"OpusHead".to_vec();
    head.extend([1, FRAME as u8]);
    head.extend(skip.to_le_bytes());
    head.extend(pcm::RATE.to_le_bytes());
    // No gain; channels as they come.
    head.extend([0, 0, 0]);
    head
}

/// RFC 7845 5.2.
fn opus_tags() -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    tags.extend(8u32.to_le_bytes());
    tags.extend(b"fastcall");
    tags.extend(0u32.to_le_bytes());
    tags
}

fn mp3(mut sound: Sound) -> io::Result<Vec<u8>> {
    let mut command = Command::new("lame");
    // Raw samples in, both channels apart, 32 kbit/s.
    command.args([
        "--silent",
        "-r",
        "-s",
        "8",
        "--bitwidth",
        "16",
        "--signed",
        "--little-endian",
        "-m",
        "s",
        "-b",
        "32",
        "-",
        "-",
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|problem| match problem.kind() {
        io::ErrorKind::NotFound => io::Error::new(io::ErrorKind::Unsupported, "this box has no lame"),
        _ => problem,
    })?;
    let no_pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
    let (mut to, mut from) = (child.stdin.take().ok_or_else(no_pipe)?, child.stdout.take().ok_or_else(no_pipe)?);
    let reader = std::thread::spawn(move || {
        let mut made = Vec::new();
        from.read_to_end(&mut made).map(|_| made)
    });
    let mut samples = Vec::new();
    while sound.read(BLOCK, &mut samples)? > 0 {
        let octets: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        to.write_all(&octets)?;
    }
    drop(to);
    let made = reader.join().map_err(|_| io::Error::other("the reader panicked"))??;
    match child.wait()?.success() {
        true => Ok(made),
        false => Err(io::Error::other("lame failed")),
    }
}
