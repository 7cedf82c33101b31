//! Analog ports: telephones on FXS, exchange lines on FXO, wired to each other in pairs.

use crate::ground::{CADENCE, FXO_BASE, FXS_BASE, Failed, Ground, SILENCE, fault, must, wires, within};
use dahdi::{Channel, Event, Moved};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// An event of a channel, and how many milliseconds it took. Others are passed over.
fn awaited(channel: &Channel, wanted: Event, millis: u64) -> Result<u64, Failed> {
    let mut passed = Vec::new();
    let outcome = within(millis, "event", || match channel.event()? {
        Some(event) if event == wanted => Ok(Some(())),
        Some(event) => {
            passed.push(event);
            Ok(None)
        }
        None => Ok(None),
    });
    outcome.map(|(_, took)| took).map_err(|Failed(why)| Failed(format!("{wanted:?}: {why}, but {passed:?}")))
}

/// A pair of ports, on hook, with nothing left to tell. The driver takes no ring within 2 s after a line was hung up.
fn pair(ground: &Ground, port: u16) -> Result<(Channel, Channel), Failed> {
    let (fxs, fxo) = (ground.open(FXS_BASE, port)?, ground.open(FXO_BASE, port)?);
    sleep(Duration::from_millis(2200));
    fxs.flush()?;
    fxo.flush()?;
    Ok((fxs, fxo))
}

/// A telephone port rings the line at its far end in the cadence that was set, until the line answers; then the ring stops by itself.
pub fn ringing(ground: &Ground) -> Result<String, Failed> {
    let (fxs, fxo) = pair(ground, 1)?;
    fxs.ring()?;
    let first = awaited(&fxo, Event::RingBegin, 100)?;
    let over = awaited(&fxo, Event::RingOffHook, u64::from(CADENCE[0]) + 500)?;
    let next = awaited(&fxo, Event::RingBegin, u64::from(CADENCE[1]) + 200)?;
    must(over.abs_diff(u64::from(CADENCE[0])) < 120, || format!("a burst of {over} ms"))?;
    must(wires()?.starts_with("1 volts -48 loop open ring 1"), || wires().unwrap_or_default())?;
    let began = Instant::now();
    fxo.off_hook()?;
    awaited(&fxs, Event::RingOffHook, 100)?;
    must(wires()?.starts_with("1 volts -48 loop closed ring 0"), || wires().unwrap_or_default())?;
    fxs.off_hook()?;
    let answered = began.elapsed().as_millis();
    must(fxs.status()?.off_hook, || "the port does not see the loop closed".into())?;
    Ok(format!("rings after {first} ms for {over} ms, again after {next} ms; answered in {answered} ms, ring tripped"))
}

/// A line is seized and released; a flash is told from a hang-up by its length.
pub fn hook_and_flash(ground: &Ground) -> Result<String, Failed> {
    let (fxs, fxo) = pair(ground, 2)?;
    fxs.set_flash(500, 600)?;
    fxo.set_flash(300, 600)?;
    fxo.off_hook()?;
    awaited(&fxs, Event::RingOffHook, 100)?;
    fxs.off_hook()?;
    sleep(Duration::from_millis(700));
    fxo.flash()?;
    let flashed = awaited(&fxs, Event::WinkFlash, 1500)?;
    sleep(Duration::from_millis(300));
    fxo.on_hook()?;
    let released = awaited(&fxs, Event::OnHook, 1500)?;
    must(released >= 500, || format!("on hook after {released} ms: before the flash time was over"))?;
    Ok(format!("seized, flashed (told after {flashed} ms), released (believed after {released} ms)"))
}

/// The exchange reverses polarity to say "answered", and cuts the feed to say "released"; a cut pair is an alarm, a crossed one is seen.
pub fn polarity_and_feed(ground: &Ground) -> Result<String, Failed> {
    let (fxs, fxo) = pair(ground, 3)?;
    fxo.off_hook()?;
    awaited(&fxs, Event::RingOffHook, 100)?;
    fxs.off_hook()?;
    sleep(Duration::from_millis(800));
    fxs.set_polarity_reversed(true)?;
    let reversed = awaited(&fxo, Event::Polarity, 50)?;
    must(wires()?.contains("3 volts 48 loop closed"), || wires().unwrap_or_default())?;
    fxs.set_polarity_reversed(false)?;
    awaited(&fxo, Event::Polarity, 50)?;
    fxs.on_hook()?;
    let cut = awaited(&fxo, Event::OnHook, 200)?;
    fxo.on_hook()?;
    sleep(Duration::from_millis(1500));
    fxs.flush()?;
    fxo.flush()?;
    fault("lines/crossed", "3")?;
    awaited(&fxo, Event::Polarity, 50)?;
    fault("lines/crossed", "-3")?;
    awaited(&fxo, Event::Polarity, 50)?;
    fault("lines/cut", "3")?;
    let alarm = awaited(&fxo, Event::AlarmBegan, 1500)?;
    fault("lines/cut", "-3")?;
    awaited(&fxo, Event::AlarmEnded, 100)?;
    fxs.set_messages_waiting(2)?;
    must(wires()?.contains("3 volts -48 loop open ring 0 messages 2"), || wires().unwrap_or_default())?;
    Ok(format!("reversal told in {reversed} ms, cut of feed in {cut} ms, a cut pair in {alarm} ms, lamp lit"))
}

/// What is written on a telephone port that rests is heard at the line's end while the port sends on hook, and not otherwise: the window
/// of caller ID between the first ring and the second.
pub fn audio_between_rings(ground: &Ground) -> Result<String, Failed> {
    let (fxs, fxo) = pair(ground, 4)?;
    for end in [&fxs, &fxo] {
        end.set_buffers(dahdi::Buffers::speech(5))?;
    }
    fxs.ring()?;
    awaited(&fxo, Event::RingBegin, 100)?;
    let during = marks_heard(&fxs, &fxo, 300)?;
    must(during == 0, || format!("{during} octets heard during the ring"))?;
    awaited(&fxo, Event::RingOffHook, 800)?;
    let closed = marks_heard(&fxs, &fxo, 200)?;
    must(closed == 0, || format!("{closed} octets heard without being asked for"))?;
    fxs.transmit_on_hook(400)?;
    let window = marks_heard(&fxs, &fxo, 600)?;
    must((2400..=3200).contains(&window), || format!("{window} octets heard of 400 ms"))?;
    fxs.stop_ringing()?;
    Ok(format!("{} ms of audio crossed on hook within the 400 ms asked for, none before", window / 8))
}

/// Sends a mark at one end for so long; how many octets of it the other heard.
fn marks_heard(from: &Channel, to: &Channel, millis: u64) -> Result<usize, Failed> {
    const MARK: u8 = 0x2a;
    let mut heard = 0;
    let mut octets = [0; 40];
    // What waits is older than this.
    while let Moved::Octets(_) = to.read(&mut octets)? {}
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(millis) {
        skip_events(from, from.write(&[MARK; 40])?)?;
        match to.read(&mut octets)? {
            Moved::Octets(count) => heard += octets[..count].iter().filter(|octet| **octet == MARK).count(),
            Moved::NotYet => sleep(Duration::from_millis(1)),
            Moved::EventFirst => return Ok(heard),
        }
    }
    skip_events(from, from.write(&[SILENCE; 40])?)?;
    Ok(heard)
}

/// The ringer's own events keep writes back until they are fetched.
fn skip_events(channel: &Channel, moved: Moved) -> Result<(), Failed> {
    if moved == Moved::EventFirst {
        while channel.event()?.is_some() {}
    }
    Ok(())
}
