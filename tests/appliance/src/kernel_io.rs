//! What the driver crate costs on top of the kernel: 240 channels, moved by it and by a bare loop.

use crate::ground::{Failed, Ground, SILENCE, dynamic_span, must};
use dahdi::{Bank, Buffers, Channel, ChannelNumber};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

const CHANNELS: usize = 240;
const BLOCK: u16 = 5;
const OCTETS: usize = 40;
const BLOCKS: usize = 400;

/// Moving 240 channels through the crate takes at most 1.2 times what a loop of bare reads and writes on the same channels takes.
pub fn batch_against_bare(ground: &Ground) -> Result<String, Failed> {
    let spans = ground.control.spans()?;
    let base: u16 = spans.iter().map(|span| span.channels).sum();
    for key in 2..=5 {
        for end in 0..2 {
            dynamic_span(&ground.control, key, end)?;
        }
    }
    let open = || -> Result<Vec<Channel>, Failed> {
        let mut channels = Vec::new();
        for span in 0..8 {
            for slot in (1..=31).filter(|slot| *slot != 16) {
                let channel = Channel::open(ChannelNumber(base + span * 31 + slot))?;
                channel.set_speech(true)?;
                channels.push(channel);
            }
        }
        Ok(channels)
    };
    let bare = bare(open()?)?;
    let batched = batched(open()?)?;
    must(batched.octets == bare.octets && bare.octets > 0, || {
        format!("{} against {} octets", batched.octets, bare.octets)
    })?;
    let ratio = batched.work.as_secs_f64() / bare.work.as_secs_f64();
    let words = format!(
        "{CHANNELS} channels, {BLOCKS} blocks of {BLOCK} ms: {:.0} us a block through the crate, {:.0} us bare: {ratio:.3} times",
        batched.work.as_secs_f64() * 1e6 / BLOCKS as f64,
        bare.work.as_secs_f64() * 1e6 / BLOCKS as f64,
    );
    must(ratio <= 1.2, || words.clone())?;
    Ok(words)
}

/// Time spent in moving, without waiting, and what came.
struct Moved {
    work: Duration,
    octets: usize,
}

fn bare(channels: Vec<Channel>) -> Result<Moved, Failed> {
    for channel in &channels {
        channel.set_buffers(Buffers::speech(BLOCK))?;
    }
    for channel in &channels {
        channel.flush()?;
        channel.write(&[SILENCE; OCTETS])?;
        channel.write(&[SILENCE; OCTETS])?;
    }
    let files: Vec<_> = channels.iter().map(Channel::descriptor).collect();
    let (mut work, mut octets) = (Duration::ZERO, 0);
    let mut heard = vec![SILENCE; OCTETS * CHANNELS];
    for _ in 0..BLOCKS {
        let mut last = [PollFd::new(files[CHANNELS - 1].as_fd(), PollFlags::POLLIN)];
        poll(&mut last, PollTimeout::from(500u16)).map_err(|errno| Failed(errno.to_string()))?;
        let began = Instant::now();
        for (file, block) in files.iter().zip(heard.chunks_exact_mut(OCTETS)) {
            octets += nix::unistd::read(file, block).unwrap_or(0);
        }
        for (file, block) in files.iter().zip(heard.chunks_exact(OCTETS)) {
            // A block without room is lost here as it is there.
            let _full = nix::unistd::write(file, block);
        }
        work += began.elapsed();
    }
    Ok(Moved { work, octets })
}

fn batched(channels: Vec<Channel>) -> Result<Moved, Failed> {
    let mut bank = Bank::new(channels, BLOCK, SILENCE)?;
    let mut work = Duration::ZERO;
    let mut heard = vec![SILENCE; OCTETS * CHANNELS];
    for _ in 0..BLOCKS {
        bank.wait(500)?;
        let began = Instant::now();
        bank.read(&mut heard, |_, _| {})?;
        bank.write(&heard)?;
        work += began.elapsed();
    }
    let missed = usize::try_from(bank.counts().not_read).unwrap_or(usize::MAX);
    Ok(Moved { work, octets: (BLOCKS * CHANNELS - missed) * OCTETS })
}
