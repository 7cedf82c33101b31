//! A recording in other formats is as long as it was and sounds alike.

use files::*;
use std::path::Path;
use std::process::Command;

/// Two seconds: a tone of 500 Hz left, one of 1000 Hz right.
fn recording(dir: &Path) -> Playable {
    let tone = |n: u32, hertz: f64| {
        let angle = f64::from(n) * hertz * std::f64::consts::TAU / 8000.0;
        pcm::alaw::encode((angle.sin() * 8000.0) as i16)
    };
    let sound: Vec<u8> = (0..16_000).flat_map(|n| [tone(n, 500.0), tone(n, 1000.0)]).collect();
    let path = dir.join("1.wav");
    let mut file = vec![0; 58];
    file.extend(&sound);
    std::fs::write(&path, file).expect("written");
    Playable::open(&path, None).expect("plays")
}

/// Share of the energy of a channel at its tone (Goertzel).
fn share(samples: &[i16], hertz: f64) -> f64 {
    let step = 2.0 * (hertz * std::f64::consts::TAU / 8000.0).cos();
    let (mut one, mut two, mut all) = (0.0, 0.0, 0.0);
    for sample in samples.iter().map(|sample| f64::from(*sample)) {
        let next = sample + step * one - two;
        (two, one) = (one, next);
        all += sample * sample;
    }
    2.0 * (one * one + two * two - step * one * two) / (all * samples.len() as f64)
}

fn channels(samples: &[i16]) -> [Vec<i16>; 2] {
    [0, 1].map(|channel| samples.iter().skip(channel).step_by(2).copied().collect())
}

/// Opus in Ogg: packets decode to what was said on each side, and the last position says the length to the sample.
#[test]
fn opus_sounds_alike() {
    let dir = tempfile::tempdir().expect("dir");
    let made = convert(recording(dir.path()), Format::Opus).expect("made");
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(&made));
    let head = reader.read_packet_expected().expect("a head");
    assert_eq!((&head.data[..8], head.data[9]), (&b"OpusHead"[..], 2));
    let skip = u64::from(u16::from_le_bytes([head.data[10], head.data[11]]));
    assert_eq!(&reader.read_packet_expected().expect("tags").data[..8], b"OpusTags");
    let mut decoder = opus::Decoder::new(8000, opus::Channels::Stereo).expect("a decoder");
    let (mut heard, mut last) = (Vec::new(), 0);
    while let Some(packet) = reader.read_packet().expect("readable") {
        let mut samples = [0; 320];
        let count = decoder.decode(&packet.data, &mut samples, false).expect("decodes");
        heard.extend_from_slice(&samples[..count * 2]);
        last = packet.absgp_page();
    }
    assert_eq!(last - skip, 16_000 * 6);
    let [left, right] = channels(&heard[3200..32_000]);
    assert!(share(&left, 500.0) > 0.9 && share(&right, 1000.0) > 0.9);
    assert!(share(&left, 1000.0) < 0.05 && share(&right, 500.0) < 0.05);
}

/// FLAC tells its form in its first block (RFC 9639 8.2): 8 kHz, two channels, 16 bits, every sample; and it is smaller than the samples.
#[test]
fn flac_is_lossless() {
    let dir = tempfile::tempdir().expect("dir");
    let made = convert(recording(dir.path()), Format::Flac).expect("made");
    assert_eq!(&made[..4], b"fLaC");
    let about = u64::from_be_bytes(made[18..26].try_into().expect("eight"));
    let (rate, channels, bits, samples) =
        (about >> 44, (about >> 41 & 7) + 1, (about >> 36 & 31) + 1, about & 0xf_ffff_ffff);
    assert_eq!((rate, channels, bits, samples), (8000, 2, 16, 16_000));
    assert!(made.len() < 16_000 * 4);
    // A decoder that is not ours, where there is one.
    let (flac, raw) = (dir.path().join("1.flac"), dir.path().join("1.raw"));
    std::fs::write(&flac, &made).expect("written");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(&flac).args(["-f", "s16le"]).arg(&raw);
    if command.status().is_ok_and(|status| status.success()) {
        let decoded = std::fs::read(&raw).expect("readable");
        let wav = std::fs::read(dir.path().join("1.wav")).expect("readable");
        let expected: Vec<u8> = wav[58..].iter().flat_map(|octet| pcm::alaw::decode(*octet).to_le_bytes()).collect();
        assert!(decoded == expected, "every sample is as it was recorded");
    }
}

/// MP3 where the system has `lame`; elsewhere it is refused with words.
#[test]
fn mp3_is_made_by_lame_or_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let there = Command::new("lame").arg("--version").output().is_ok();
    match convert(recording(dir.path()), Format::Mp3) {
        Ok(made) => assert!(there && made.len() > 4000 && (made.starts_with(b"ID3") || made[0] == 0xff)),
        Err(problem) => assert!(!there && problem.kind() == std::io::ErrorKind::Unsupported, "{problem}"),
    }
}
