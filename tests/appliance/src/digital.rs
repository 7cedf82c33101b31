//! Spans: what is there, audio, frames, CAS, alarms, counts, loops.

use crate::ground::{
    CLEAR_SLOTS, DYNAMIC_BASE, E1, E1_BASE, FXO_BASE, FXS_BASE, Failed, Ground, SILENCE, fault, must, within,
};
use clock::{Millis, Monotonic};
use dahdi::{
    Alarm, AlarmWatch, Bank, CasBits, ChannelNumber, ClockOrder, ClockSource, CrossConnect, DChannel, E1Line, Error,
    Event, Maintenance, Received, SpanKind, SpanNumber, discovery,
};
use legs::LineTest;
use line_test::Run;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Milliseconds of a block of speech.
const BLOCK: u16 = 5;

/// Milliseconds until each receiver has found the sequence that is sent.
const SETTLING: usize = 200;

/// What cards there are is found without being told, and the proposed plan fits them.
pub fn discovery(ground: &Ground) -> Result<String, Failed> {
    let spans = ground.control.spans()?;
    let kinds: Vec<SpanKind> = spans.iter().take(4).map(|span| span.kind).collect();
    must(kinds == [SpanKind::E1, SpanKind::E1, SpanKind::Fxs, SpanKind::Fxo], || format!("kinds {kinds:?}"))?;
    must(spans[0].hardware.device == "software line card", || format!("{:?}", spans[0].hardware))?;
    let plans = discovery::propose(&spans);
    let telephones = plans.iter().find(|plan| plan.span == SpanNumber(3));
    let first = telephones.and_then(|plan| plan.channels.first()).map(|(channel, _)| *channel);
    must(first == Some(ChannelNumber(FXS_BASE + 1)), || format!("first telephone on {first:?}"))?;
    let port = ground.open(FXO_BASE, 1)?.status()?;
    must(port.capabilities.fxo && !port.capabilities.fxs, || format!("{:?}", port.capabilities))?;
    must(port.span == SpanNumber(4) && port.position == 1, || format!("{port:?}"))?;
    Ok(format!("DAHDI {}, {} spans, {} in the plan", ground.control.version()?, spans.len(), plans.len()))
}

/// Tests of bit errors between two banks, both ways at once, on every channel.
pub fn bit_errors(near: &mut Bank, far: &mut Bank, millis: usize) -> Result<(u64, u64), Failed> {
    let block = near.block();
    let channels = near.channels().len();
    let mut runs: Vec<[Run; 2]> =
        (0..channels).map(|_| [Run::new(LineTest::BitErrors), Run::new(LineTest::BitErrors)]).collect();
    let mut octets = [vec![SILENCE; block * channels], vec![SILENCE; block * channels]];
    near.restart()?;
    far.restart()?;
    let mut settled = Vec::new();
    for turn in 0..millis * 8 / block {
        if turn == SETTLING * 8 / block {
            settled = runs.iter().map(|run| run.each_ref().map(Run::report)).collect();
        }
        must(near.wait(500)?, || "no block within 500 ms".into())?;
        near.read(&mut octets[0], |_, _| {})?;
        must(far.wait(500)?, || "no block within 500 ms at the far end".into())?;
        far.read(&mut octets[1], |_, _| {})?;
        for (channel, run) in runs.iter_mut().enumerate() {
            for end in 0..2 {
                let place = &mut octets[end][channel * block..][..block];
                run[end].receive(place);
                run[end].transmit(place);
            }
        }
        near.write(&octets[0])?;
        far.write(&octets[1])?;
    }
    let mut errors = 0;
    let mut compared = 0;
    for (channel, (run, before)) in runs.iter().zip(&settled).enumerate() {
        for (report, before) in run.iter().map(Run::report).zip(before) {
            let whole = report.bits - before.bits == (report.octets - before.octets) * 8;
            must(whole && report.losses == before.losses, || {
                format!("channel {channel}: {before:?}, then {report:?}")
            })?;
            errors += report.errors - before.errors;
            compared += report.octets - before.octets;
        }
    }
    Ok((errors, compared))
}

/// Both in blocks of so many milliseconds: longer ones where others want the processor too.
pub fn banks(ground: &Ground, block: u16, near: (u16, &[u16]), far: (u16, &[u16])) -> Result<(Bank, Bank), Failed> {
    let open = |(base, slots): (u16, &[u16])| -> Result<Bank, Failed> {
        let channels = slots.iter().map(|slot| ground.speech(base, *slot)).collect::<Result<Vec<_>, _>>()?;
        Ok(Bank::new(channels, block, SILENCE)?)
    };
    Ok((open(near)?, open(far)?))
}

/// Every octet of 30 channels arrives as it was sent, both ways.
pub fn audio(ground: &Ground) -> Result<String, Failed> {
    let slots: Vec<u16> = (1..=31).filter(|slot| *slot != 16).collect();
    let (mut near, mut far) = banks(ground, BLOCK, (DYNAMIC_BASE[0], &slots), (DYNAMIC_BASE[1], &slots))?;
    let (errors, octets) = bit_errors(&mut near, &mut far, 1000)?;
    must(errors == 0, || format!("{errors} wrong bits in {octets} octets"))?;
    let missed = near.counts().not_read + far.counts().not_read + near.counts().not_written + far.counts().not_written;
    must(missed == 0, || format!("{missed} blocks missed"))?;
    Ok(format!("{octets} octets on {} channels both ways, no wrong bit, no block missed", slots.len()))
}

/// A call from the module's E1 to the dynamic span, connected in the kernel: no octet is changed.
pub fn cross_connect(ground: &Ground) -> Result<String, Failed> {
    let slots: Vec<u16> = (1..=CLEAR_SLOTS).collect();
    let inner: Vec<_> = slots
        .iter()
        .map(|slot| Ok((ground.speech(E1_BASE[1], *slot)?, ground.speech(DYNAMIC_BASE[0], *slot)?)))
        .collect::<Result<_, Failed>>()?;
    let connections =
        inner.iter().map(|(one, other)| CrossConnect::new(one, other)).collect::<Result<Vec<_>, Error>>()?;
    let connected = inner[0].0.connected_to()?;
    must(connected == Some(inner[0].1.number()), || format!("connected to {connected:?}"))?;
    let (mut near, mut far) = banks(ground, BLOCK, (E1_BASE[0], &slots), (DYNAMIC_BASE[1], &slots))?;
    let (errors, octets) = bit_errors(&mut near, &mut far, 2000)?;
    must(errors == 0, || format!("{errors} wrong bits in {octets} octets"))?;
    drop(connections);
    let connected = inner[0].0.connected_to()?;
    must(connected.is_none(), || format!("still connected to {connected:?}"))?;
    Ok(format!("{octets} octets through {} connections, no wrong bit", slots.len()))
}

/// Frames of all lengths cross a D-channel both ways, whole and in order.
pub fn frames(ground: &Ground) -> Result<String, Failed> {
    let mut counts = Vec::new();
    for bases in [E1_BASE, DYNAMIC_BASE] {
        let mut near = DChannel::open(ChannelNumber(bases[0] + 16))?;
        let mut far = DChannel::open(ChannelNumber(bases[1] + 16))?;
        for _ in 0..2 {
            counts.push(one_way(&mut near, &mut far, 100)?);
            std::mem::swap(&mut near, &mut far);
        }
    }
    must(ground.control.status(E1[0])?.configured == 31, || "channels lost their configuration".into())?;
    Ok(format!("{} frames of 4 to 260 octets, none lost or changed", counts.iter().sum::<usize>()))
}

fn one_way(from: &mut DChannel, to: &mut DChannel, count: usize) -> Result<usize, Failed> {
    // The first frame after opening finds the receiver without its opening flag.
    from.send(&[0; 8])?;
    sleep(Duration::from_millis(20));
    while to.receive()?.is_some() {}
    let frame = |index: usize| -> Vec<u8> {
        (0..4 + index * 37 % 257).map(|octet| u8::try_from((octet * 7 + index) % 256).unwrap_or(0)).collect()
    };
    let (mut sent, mut received) = (0, 0);
    let began = Instant::now();
    while received < count {
        if sent < count && from.send(&frame(sent))? {
            sent += 1;
        }
        while let Some(what) = to.receive()? {
            match what {
                Received::Frame(octets) => {
                    must(octets == frame(received), || format!("frame {received} of {count} came changed"))?;
                    received += 1;
                }
                Received::Event(event) => return Err(Failed(format!("{event:?} at frame {received}"))),
            }
        }
        must(began.elapsed() < Duration::from_secs(20), || format!("{received} of {sent} frames came"))?;
        sleep(Duration::from_millis(1));
    }
    Ok(received)
}

/// All sixteen patterns of bits cross on each timeslot, and an event tells each change.
pub fn cas(ground: &Ground) -> Result<String, Failed> {
    let slots: Vec<u16> = (CLEAR_SLOTS + 1..=31).filter(|slot| *slot != 16).collect();
    let mut changes = 0;
    for slot in &slots {
        let near = ground.open(E1_BASE[0], *slot)?;
        let far = ground.open(E1_BASE[1], *slot)?;
        far.flush()?;
        for nibble in 1..16 {
            let bits = CasBits::new(nibble);
            near.set_cas(bits)?;
            within(50, "bits of a timeslot", || Ok((far.cas()? == Some(bits)).then_some(())))?;
            let event = far.event()?;
            // The first pattern may be what stood there.
            must(event == Some(Event::BitsChanged) || nibble == 1, || format!("{event:?} for bits {nibble}"))?;
            changes += 1;
        }
        drop(near);
        within(50, "idle bits after close", || Ok((far.cas()? == Some(CasBits::IDLE)).then_some(())))?;
    }
    let clear = ground.open(E1_BASE[0], 1)?;
    must(clear.set_cas(CasBits::IDLE).is_err(), || "a B-channel took CAS bits".into())?;
    Ok(format!("{changes} changes on {} timeslots, idle after close", slots.len()))
}

/// A line that is cut has LOS here and RAI there, with a beginning and an end; the channel's events say so too.
pub fn alarms(ground: &Ground) -> Result<String, Failed> {
    let channel = ground.open(E1_BASE[0], 1)?;
    channel.flush()?;
    let mut watch = AlarmWatch::default();
    let began = Instant::now();
    let now = || Monotonic(u64::try_from(began.elapsed().as_millis()).unwrap_or(0));
    fault("e1-1/los", "1")?;
    let mut seen = Vec::new();
    let mut look = |until: u64| -> Result<Vec<dahdi::AlarmRecord>, Failed> {
        while now().0 < until {
            for span in E1 {
                let alarms = ground.control.status(span)?.alarms;
                seen.extend(watch.take(now(), span, alarms));
            }
            sleep(Duration::from_millis(5));
        }
        Ok(std::mem::take(&mut seen))
    };
    let starts = look(500)?;
    must(starts.iter().any(|record| record.span == E1[0] && record.alarm == Alarm::Los), || format!("{starts:?}"))?;
    must(starts.iter().any(|record| record.span == E1[1] && record.alarm == Alarm::Rai), || format!("{starts:?}"))?;
    must(channel.event()? == Some(Event::AlarmBegan), || "no event of the alarm".into())?;
    fault("e1-1/los", "0")?;
    let ends = look(1000)?;
    must(ends.len() == 2 && ends.iter().all(|record| record.ended.is_some()), || format!("{ends:?}"))?;
    must(channel.event()? == Some(Event::AlarmEnded), || "no event of the end".into())?;
    let lasted = ends[0].lasted(now());
    must(lasted >= Millis(450) && lasted <= Millis(600), || format!("it lasted {} ms", lasted.0))?;
    fault("e1-2/ais", "1")?;
    let ais = look(1200)?;
    fault("e1-2/ais", "0")?;
    must(ais.iter().any(|record| record.span == E1[1] && record.alarm == Alarm::Ais), || format!("{ais:?}"))?;
    let end = look(1400)?;
    must(end.iter().all(|record| record.ended.is_some()) && !end.is_empty(), || format!("{end:?}"))?;
    Ok(format!("LOS with RAI at the far end for {} ms, AIS; each began and ended once", lasted.0))
}

/// When the line that clocks the box fails, the next rules at once, and the cards are told the new order.
pub fn clock(ground: &Ground) -> Result<String, Failed> {
    let mut order = ClockOrder::new(E1.to_vec());
    let began = Instant::now();
    let mut chosen = |ground: &Ground| -> Result<ClockSource, Failed> {
        let now = Monotonic(u64::try_from(began.elapsed().as_millis()).unwrap_or(0));
        for span in E1 {
            if order.take(now, span, ground.control.status(span)?.alarms).is_some() {
                for (span, clock_priority) in order.priorities() {
                    let line = E1Line { common_channel: true, crc4: true, hdb3: true, clock_priority };
                    ground.control.configure_line(span, line)?;
                }
            }
        }
        Ok(order.chosen())
    };
    must(chosen(ground)? == ClockSource::Line(E1[0]), || "the first line does not rule".into())?;
    fault("e1-1/los", "1")?;
    let fell =
        within(200, "the second line to rule", || Ok((chosen(ground)? == ClockSource::Line(E1[1])).then_some(())));
    fault("e1-1/los", "0")?;
    let (_, fell) = fell?;
    sleep(Duration::from_millis(300));
    must(chosen(ground)? == ClockSource::Line(E1[1]), || "it went back at once".into())?;
    let alarms = ground.control.status(E1[0])?.alarms;
    must(!alarms.any(), || format!("{alarms:?} after the fault"))?;
    Ok(format!("the second line rules {fell} ms after the first failed, and still does when it is back"))
}

/// Wrong bits and slips of the line are counted where an installer looks.
pub fn counts(ground: &Ground) -> Result<String, Failed> {
    let before = ground.control.status(E1[1])?.counts;
    let slots: Vec<u16> = (1..=4).collect();
    let (mut near, mut far) = banks(ground, BLOCK, (E1_BASE[0], &slots), (E1_BASE[1], &slots))?;
    fault("e1-2/bit_errors", "100")?;
    let spoiled = run_with_errors(&mut near, &mut far, 1000)?;
    fault("e1-2/bit_errors", "0")?;
    fault("e1-2/slip", "repeat")?;
    fault("e1-2/slip", "drop")?;
    let counted = ground.control.status(E1[1])?.counts.since(&before);
    // 31 timeslots of 64 kbit/s for a second and some at 1e-4: about 200.
    must((100..600).contains(&counted.bit), || format!("{counted:?}"))?;
    must(counted.slips == 2, || format!("{} slips", counted.slips))?;
    must(spoiled > 0, || "the test of bit errors found none".into())?;
    ground.control.maintain(E1[1], Maintenance::ResetCounts)?;
    let reset = ground.control.status(E1[1])?.counts;
    must(reset.bit == 0 && reset.slips == 0, || format!("not reset: {reset:?}"))?;
    Ok(format!(
        "{} wrong bits, {} CRC-4, {} slips counted; {spoiled} seen by the test",
        counted.bit, counted.crc4, counted.slips
    ))
}

/// The same test on a line that has errors: how many it finds at the far end.
fn run_with_errors(near: &mut Bank, far: &mut Bank, millis: usize) -> Result<u64, Failed> {
    let block = near.block();
    let channels = near.channels().len();
    let mut runs: Vec<Run> = (0..channels).map(|_| Run::new(LineTest::BitErrors)).collect();
    let mut senders: Vec<Run> = (0..channels).map(|_| Run::new(LineTest::BitErrors)).collect();
    let mut octets = vec![SILENCE; block * channels];
    for _ in 0..millis / usize::from(BLOCK) {
        must(far.wait(500)?, || "no block within 500 ms".into())?;
        far.read(&mut octets, |_, _| {})?;
        for (run, heard) in runs.iter_mut().zip(octets.chunks_exact(block)) {
            run.receive(heard);
        }
        for (sender, spoken) in senders.iter_mut().zip(octets.chunks_exact_mut(block)) {
            sender.transmit(spoken);
        }
        near.write(&octets)?;
    }
    Ok(runs.iter().map(|run| run.report().errors).sum())
}

/// A span in its local loop hears itself, and a test of bit errors on it passes; the alarm says that it is looped.
pub fn loopback(ground: &Ground) -> Result<String, Failed> {
    ground.control.maintain(E1[0], Maintenance::LocalLoop)?;
    let alarms = ground.control.status(E1[0])?.alarms;
    must(alarms.loopback, || format!("{alarms:?}"))?;
    let outcome = looped_test(ground);
    ground.control.maintain(E1[0], Maintenance::None)?;
    let octets = outcome?;
    let after = within(100, "end of the loop", || {
        let alarms = ground.control.status(E1[0])?.alarms;
        Ok((!alarms.any()).then_some(()))
    })?;
    Ok(format!("{octets} octets through the loop without a wrong bit, in service again after {} ms", after.1))
}

fn looped_test(ground: &Ground) -> Result<u64, Failed> {
    let channels = (1..=CLEAR_SLOTS).map(|slot| ground.speech(E1_BASE[0], slot)).collect::<Result<Vec<_>, _>>()?;
    let mut bank = Bank::new(channels, BLOCK, SILENCE)?;
    let block = bank.block();
    let mut runs: Vec<Run> = (0..CLEAR_SLOTS).map(|_| Run::new(LineTest::BitErrors)).collect();
    let mut octets = vec![SILENCE; block * runs.len()];
    for _ in 0..100 {
        must(bank.wait(500)?, || "no block within 500 ms".into())?;
        bank.read(&mut octets, |_, _| {})?;
        for (run, place) in runs.iter_mut().zip(octets.chunks_exact_mut(block)) {
            run.receive(place);
            run.transmit(place);
        }
        bank.write(&octets)?;
    }
    for run in &runs {
        let report = run.report();
        must(report.in_step && report.errors == 0, || format!("{report:?}"))?;
    }
    Ok(runs.iter().map(|run| run.report().bits / 8).sum())
}

/// An echo canceller is attached, works and is let go. One that does not exist is refused.
pub fn echo_canceller(ground: &Ground) -> Result<String, Failed> {
    let number = ChannelNumber(E1_BASE[0] + 1);
    must(ground.control.attach_echo_canceller(number, Some("none-such")).is_err(), || "took any name".into())?;
    ground.control.attach_echo_canceller(number, Some("mg2"))?;
    let channel = ground.speech(E1_BASE[0], 1)?;
    channel.cancel_echo(Some(32))?;
    channel.train_echo(100)?;
    sleep(Duration::from_millis(200));
    let residue = echo_left(ground, &channel)?;
    channel.cancel_echo(None)?;
    let echo = echo_left(ground, &channel)?;
    ground.control.attach_echo_canceller(number, None)?;
    must(residue * 4 < echo, || format!("energy {residue} left of {echo}"))?;
    Ok(format!("echo's energy cut to {} of a thousand", residue * 1000 / echo.max(1)))
}

/// The energy of the echo that comes back from a far end which returns all it hears, of noise that we send.
fn echo_left(ground: &Ground, channel: &dahdi::Channel) -> Result<u64, Failed> {
    let far = ground.speech(E1_BASE[1], 1)?;
    for end in [channel, &far] {
        end.set_buffers(dahdi::Buffers::speech(BLOCK))?;
        end.flush()?;
    }
    let mut block = [SILENCE; 40];
    let mut random = 1u32;
    let mut energy = 0;
    for turn in 0..600 {
        for octet in &mut block {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Noise of moderate level: the segments of A-law up to a sixteenth of full scale.
            *octet = 0xd5 ^ (u8::try_from(random >> 24).unwrap_or(0) & 0xbf);
        }
        channel.write(&block)?;
        let mut heard = [SILENCE; 40];
        within(100, "a block at the far end", || Ok((far.read(&mut heard)? != dahdi::Moved::NotYet).then_some(())))?;
        far.write(&heard.map(quieter))?;
        let mut back = [SILENCE; 40];
        within(100, "a block back", || Ok((channel.read(&mut back)? != dahdi::Moved::NotYet).then_some(())))?;
        if turn >= 400 {
            energy += back.iter().map(|octet| u64::from(magnitude(*octet)).pow(2)).sum::<u64>();
        }
    }
    Ok(energy)
}

/// An A-law sample 12 dB lower: two segments. A hybrid returns no more; what is louder a canceller takes for speech.
fn quieter(octet: u8) -> u8 {
    let code = octet ^ 0x55;
    ((code & 0x80) | (code & 0x7f).saturating_sub(0x20)) ^ 0x55
}

/// The size of an A-law sample (G.711 table 1a), in steps of 13 bits.
fn magnitude(octet: u8) -> u32 {
    let code = u32::from(octet ^ 0x55) & 0x7f;
    let (segment, step) = (code >> 4, code & 0xf);
    if segment == 0 { step * 2 + 1 } else { (step * 2 + 33) << (segment - 1) }
}
