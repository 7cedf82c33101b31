//! The spans that the checks use, set up by our own code.
//!
//! | span | channels | is |
//! |---|---|---|
//! | 1, 2 | 1-31, 32-62 | E1 of our module, each the other's far end; 1-10 clear, 16 a D-channel, the rest CAS |
//! | 3, 4 | 63-70, 71-78 | FXS and FXO ports, wired in pairs |
//! | 5, 6 | 79-109, 110-140 | a dynamic pair in software: B-channels and a D-channel |

use dahdi::{CasBits, Channel, ChannelNumber, Control, Dynamic, E1Line, Error, Law, Signalling, SpanNumber};
use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const E1: [SpanNumber; 2] = [SpanNumber(1), SpanNumber(2)];
pub const FXS: SpanNumber = SpanNumber(3);
pub const FXO: SpanNumber = SpanNumber(4);
/// The dynamic pair's first span.
pub const DYNAMIC: SpanNumber = SpanNumber(5);
/// What timeslot 0 would be numbered, of each E1 of our module.
pub const E1_BASE: [u16; 2] = [0, 31];
pub const FXS_BASE: u16 = 62;
pub const FXO_BASE: u16 = 70;
pub const DYNAMIC_BASE: [u16; 2] = [78, 109];
/// Timeslots of the module's E1 that carry speech with nothing else.
pub const CLEAR_SLOTS: u16 = 10;
pub const PORTS: u16 = 8;
pub const SILENCE: u8 = 0xd5;

/// Ring and rest, in milliseconds: shorter than China's 1 s and 4 s, so that a check sees several.
pub const CADENCE: [u16; 2] = [500, 1500];

const FAULTS: &str = "/sys/devices/platform/fc_linecard";

/// Why a check failed.
#[derive(Debug)]
pub struct Failed(pub String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed(error.to_string())
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed(error.to_string())
    }
}

/// Fails with these words unless it holds.
pub fn must(holds: bool, words: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(Failed(words())) }
}

pub struct Ground {
    pub control: Control,
}

impl Ground {
    pub fn prepare() -> Result<Ground, Failed> {
        let control = Control::open()?;
        control.set_ringing(&CADENCE)?;
        for (span, base) in E1.into_iter().zip(E1_BASE) {
            control.configure_line(span, line(1))?;
            for slot in 1..=31 {
                control.configure_channel(ChannelNumber(base + slot), e1_signalling(slot), Law::A)?;
            }
        }
        for port in 1..=PORTS {
            control.configure_channel(ChannelNumber(FXS_BASE + port), Signalling::Fxs { feed_cut: true }, Law::A)?;
            control.configure_channel(ChannelNumber(FXO_BASE + port), Signalling::Fxo { feed_cut: true }, Law::A)?;
        }
        for end in 0..2 {
            dynamic_span(&control, 1, end)?;
        }
        for span in E1.into_iter().chain([FXS, FXO]) {
            control.start(span)?;
        }
        let ground = Ground { control };
        // Alarms of the start end once both sides of a wire are up.
        sleep(Duration::from_millis(100));
        Ok(ground)
    }

    pub fn open(&self, base: u16, slot: u16) -> Result<Channel, Failed> {
        Ok(Channel::open(ChannelNumber(base + slot))?)
    }

    /// Opens a clear channel for speech.
    pub fn speech(&self, base: u16, slot: u16) -> Result<Channel, Failed> {
        let channel = self.open(base, slot)?;
        channel.set_speech(true)?;
        Ok(channel)
    }
}

fn line(clock_priority: u8) -> E1Line {
    E1Line { common_channel: true, crc4: true, hdb3: true, clock_priority }
}

fn e1_signalling(slot: u16) -> Signalling {
    match slot {
        16 => Signalling::Hdlc,
        slot if slot <= CLEAR_SLOTS => Signalling::Clear,
        _ => Signalling::Cas { idle: CasBits::IDLE },
    }
}

/// A span of 30 B-channels and a D-channel; end 0 and 1 of a key are wired to each other.
pub fn dynamic_span(control: &Control, key: u8, end: u8) -> Result<SpanNumber, Failed> {
    dynamic(control, (key, end), 31, 16)
}

/// A span of two B-channels and a D-channel: a basic access as far as the driver's interface goes.
pub fn basic_span(control: &Control, key: u8, end: u8) -> Result<SpanNumber, Failed> {
    dynamic(control, (key, end), 3, 3)
}

fn dynamic(control: &Control, (key, end): (u8, u8), channels: u16, dchannel: u16) -> Result<SpanNumber, Failed> {
    let address = format!("{key:x}:{end}");
    let span = control.create(&Dynamic { driver: "loc".into(), address, channels, clock_priority: 0 })?;
    let base = control.first_channel(span)?.0 - 1;
    for slot in 1..=channels {
        let signalling = if slot == dchannel { Signalling::Hdlc } else { Signalling::Clear };
        control.configure_channel(ChannelNumber(base + slot), signalling, Law::A)?;
    }
    control.start(span)?;
    Ok(span)
}

/// Injects a fault into our module.
pub fn fault(file: &str, words: &str) -> Result<(), Failed> {
    std::fs::write(format!("{FAULTS}/{file}"), words).map_err(|error| Failed(format!("{file}: {error}")))
}

/// What the wires of the analog pairs are at.
pub fn wires() -> Result<String, Failed> {
    Ok(std::fs::read_to_string(format!("{FAULTS}/lines/state"))?)
}

/// Asks again and again, for so long, until there is an answer.
pub fn within<T>(
    millis: u64,
    what: &str,
    mut ask: impl FnMut() -> Result<Option<T>, Failed>,
) -> Result<(T, u64), Failed> {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok((answer, u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)));
        }
        if began.elapsed() > Duration::from_millis(millis) {
            return Err(Failed(format!("{what}: not within {millis} ms")));
        }
        sleep(Duration::from_millis(1));
    }
}
