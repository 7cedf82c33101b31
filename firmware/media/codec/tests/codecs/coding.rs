//! Each codec to itself: what comes out is what went in, as well as the codec's figures promise; and nothing that comes breaks it.

use crate::speech::{signal_to_noise, speech, tone, tone_heard};
use codec::{Decoder, Encoder, duration};
use plan::{Codec, G729Terms, Law, OpusTerms};

const G729: Codec = Codec::G729(G729Terms { annex_b: false });

fn opus() -> Codec {
    Codec::Opus(OpusTerms::default())
}

fn all() -> Vec<Codec> {
    let narrow = Codec::Opus(OpusTerms { wide: false, ..OpusTerms::default() });
    let mut all = vec![
        Codec::G711(Law::A),
        Codec::G711(Law::Mu),
        Codec::G722,
        opus(),
        narrow,
        Codec::L16 { wide: false },
        Codec::L16 { wide: true },
    ];
    all.extend(codec::is_available(G729).then_some(G729));
    all
}

/// Through both ends in packets of `millis`; the octets sent too.
fn through(codec: Codec, spoken: &[i16], millis: usize) -> (Vec<i16>, usize) {
    let mut encoder = Encoder::new(codec).expect("an encoder");
    let mut decoder = Decoder::new(codec).expect("a decoder");
    let (mut heard, mut sent) = (Vec::new(), 0);
    for packet in spoken.chunks_exact(millis * encoder.khz()) {
        let mut out = [0; 1920];
        encoder.encode(packet, |skipped, payload| {
            assert_eq!(skipped, 0);
            let lasts = duration(codec, payload).expect("a payload of its codec") as usize;
            assert_eq!(lasts, millis * codec.clock_khz() as usize);
            sent += payload.len();
            let count = decoder.decode(payload, &mut out);
            assert_eq!(count, packet.len());
        });
        heard.extend_from_slice(&out[..packet.len()]);
    }
    (heard, sent)
}

/// LIN-10: frequency and level of a tone are right after each codec, for each packet time that it has.
#[test]
fn a_tone_keeps_frequency_and_level() {
    for codec in all() {
        let khz = codec::samples_khz(codec);
        for millis in [10, 20, 40] {
            for hertz in [400.0, 1004.0, 2000.0] {
                if matches!(codec, Codec::L16 { wide: true }) && millis > 20 {
                    continue;
                }
                let spoken = tone(khz, hertz, 8000.0, 2000 * khz);
                let (heard, _) = through(codec, &spoken, millis);
                let (level, purity) = tone_heard(khz, hertz, 8000.0, &heard[500 * khz..1900 * khz]);
                assert!(level.abs() < 1.5, "{codec:?} {millis} ms {hertz} Hz: {level:.2} dB");
                assert!(purity > 0.9, "{codec:?} {millis} ms {hertz} Hz: {purity:.3} of its power");
            }
        }
    }
}

/// Noise of the codecs that keep the wave's form: G.711 has 38 dB (G.712), G.722 more than 20 on speech, L16 none.
#[test]
fn speech_keeps_its_form() {
    for (codec, bound, longest_delay) in [
        (Codec::G711(Law::A), 34.0, 1),
        (Codec::G711(Law::Mu), 34.0, 1),
        (Codec::G722, 20.0, 40),
        (Codec::L16 { wide: true }, 60.0, 1),
    ] {
        let spoken = speech(codec::samples_khz(codec), 2000 * codec::samples_khz(codec));
        let (heard, _) = through(codec, &spoken, 20);
        let found = signal_to_noise(&spoken, &heard, longest_delay);
        assert!(found > bound, "{codec:?}: {found:.1} dB");
    }
}

/// Bit rates are those of the standards.
#[test]
fn packets_are_as_long_as_their_standards_say() {
    let rate = |codec: Codec| {
        let spoken = speech(codec::samples_khz(codec), 4000 * codec::samples_khz(codec));
        through(codec, &spoken, 20).1 * 8 / 4
    };
    assert_eq!(rate(Codec::G711(Law::A)), 64_000);
    assert_eq!(rate(Codec::G722), 64_000);
    assert_eq!(rate(Codec::L16 { wide: false }), 128_000);
    let sent = rate(opus());
    assert!((10_000..34_000).contains(&sent), "{sent} bit/s of Opus");
    if codec::is_available(G729) {
        assert_eq!(rate(G729), 8_000);
    }
}

/// G.729 Annex B and Opus DTX: silence costs next to nothing, and what is heard meanwhile is no louder than what was said.
#[test]
fn silence_is_described_and_not_sent() {
    let dtx = Codec::Opus(OpusTerms { dtx: true, ..OpusTerms::default() });
    let annex_b = Codec::G729(G729Terms { annex_b: true });
    for codec in [dtx, annex_b].into_iter().filter(|codec| codec::is_available(*codec)) {
        let mut encoder = Encoder::new(codec).expect("an encoder");
        let mut decoder = Decoder::new(codec).expect("a decoder");
        let khz = encoder.khz();
        // A quiet room.
        let mut seed = 1u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 24) as i16 - 128) / 16
        };
        let mut sent = 0;
        for n in 0..400 {
            let room: Vec<i16> = (0..20 * khz).map(|_| noise()).collect();
            let mut out = [0; 1920];
            let mut heard = 0;
            encoder.encode(&room, |_, payload| {
                sent += usize::from(n >= 100);
                heard = decoder.decode(payload, &mut out);
            });
            if heard == 0 && n >= 100 {
                assert!(codec == dtx || decoder.is_silence(), "{codec:?}: packet {n} is not lost");
                decoder.conceal(&mut out[..20 * khz]);
            }
            let loudest = out.iter().map(|sample| sample.unsigned_abs()).max();
            assert!(n < 100 || loudest < Some(200), "{codec:?}: packet {n}: {loudest:?}");
        }
        assert!(sent < 60, "{codec:?}: {sent} packets of 300");
    }
}

/// Speech in frames of silence suppression that begin or end inside a packet: what is sent says where it belongs.
#[test]
fn a_packet_of_g729_ends_with_silence() {
    let codec = Codec::G729(G729Terms { annex_b: true });
    if !codec::is_available(codec) {
        return;
    }
    let mut encoder = Encoder::new(codec).expect("an encoder");
    let spoken = speech(8, 8 * 6000);
    let (mut whole, mut described, mut late) = (0, 0, 0);
    for packet in spoken.chunks_exact(480) {
        let mut end = 0;
        encoder.encode(packet, |skipped, payload| {
            assert!(skipped >= end && skipped % 80 == 0, "in order and in frames");
            let lasts = duration(codec, payload).expect("whole frames, silence last") as usize;
            end = skipped + lasts;
            assert!(end <= packet.len());
            whole += usize::from(payload.len() == 60);
            described += usize::from(payload.len() % 10 == 2);
            late += usize::from(skipped > 0);
        });
    }
    assert!(whole > 10 && described > 5 && late > 0, "{whole} {described} {late}");
}

/// Opus with FEC: a lost packet is made of the next one, better than by guessing.
#[test]
fn a_lost_packet_comes_with_the_next_one() {
    let codec = Codec::Opus(OpusTerms { fec: true, ..OpusTerms::default() });
    let spoken = speech(16, 16 * 4000);
    let noise_of = |recover: bool| {
        let mut encoder = Encoder::new(codec).expect("an encoder");
        let mut decoder = Decoder::new(codec).expect("a decoder");
        let mut whole = Decoder::new(codec).expect("a decoder");
        let (mut expected, mut heard) = (Vec::new(), Vec::new());
        for (n, packet) in spoken.chunks_exact(320).enumerate() {
            let mut out = [0; 320];
            encoder.encode(packet, |_, payload| {
                whole.decode(payload, &mut out);
                expected.extend_from_slice(&out);
                match n % 10 {
                    7 => return,
                    8 if recover => decoder.recover(payload, &mut out),
                    8 => decoder.conceal(&mut out),
                    _ => {}
                }
                if n % 10 == 8 {
                    heard.extend_from_slice(&out);
                }
                decoder.decode(payload, &mut out);
                heard.extend_from_slice(&out);
            });
        }
        signal_to_noise(&expected, &heard, 1)
    };
    let (with, without) = (noise_of(true), noise_of(false));
    assert!(with > without + 1.0, "{with:.1} dB with FEC, {without:.1} dB without");
}

/// Whatever comes: no panic, no more samples than there is room for.
#[test]
fn rubbish_is_no_speech() {
    let mut seed = 7u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for codec in all() {
        let mut decoder = Decoder::new(codec).expect("a decoder");
        let mut out = [0; 1920];
        for _ in 0..3000 {
            let payload: Vec<u8> = (0..random() % 200).map(|_| random() as u8).collect();
            let count = decoder.decode(&payload, &mut out);
            let expected = duration(codec, &payload).unwrap_or(0) as usize * decoder.khz();
            assert!(count == 0 || count == expected / codec.clock_khz() as usize, "{codec:?}");
            if random() % 3 == 0 {
                decoder.conceal(&mut out[..20 * codec::samples_khz(codec)]);
                decoder.recover(&payload, &mut out[..20 * codec::samples_khz(codec)]);
            }
        }
    }
}
