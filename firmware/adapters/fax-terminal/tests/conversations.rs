//! Two terminals talk, over lines that are as bad as lines are, and by T.38 over a net that loses. Pages have to come out as they went in.

#![allow(clippy::unwrap_used)]

use facsimile::{Kind, Outcome, Page, Report, Resolution, UdptlReceiver, UdptlSender, read_tiff, write_tiff};
use fax_terminal::{BLOCK, Begin, Terminal};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

const PAGES: usize = 10;
/// Blocks of 20 ms after which a call has to be over: twenty minutes.
const LONGEST: usize = 60_000;

/// A generator that is the same everywhere (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Nearly normal, of deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.below(1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0
    }
}

/// A letter's worth of lines of print, no page like another.
fn printed(number: usize) -> Page {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15 + number as u64);
    let mut page = Page::blank(1728, 1100, Resolution::Standard);
    for line in 0..22 {
        let top = 60 + line * 46;
        let mut column = 150;
        while column < 1550 {
            let width = 6 + chance.below(14) as u32;
            for stroke in 0..3 {
                let (from, down) = (column + chance.below(12) as u32, top + chance.below(20) as u32);
                for row in 0..(4 + stroke * 5) {
                    page.blacken(down + row, from..from + width / 3 + 1);
                }
            }
            column += width + 8 + if chance.below(6) == 0 { 20 } else { 0 };
        }
    }
    for bar in 0..=number as u32 {
        (20..40).for_each(|row| page.blacken(row, 100 + bar * 30..120 + bar * 30));
    }
    page
}

fn document() -> Vec<Page> {
    (0..PAGES).map(printed).collect()
}

struct Call {
    _folder: tempfile::TempDir,
    received: PathBuf,
    caller: Terminal,
    called: Terminal,
    told: [Vec<Report>; 2],
}

fn call(pages: &[Page], by: fn(&Begin<'_>) -> Option<Terminal>, error_correction: bool) -> Call {
    let folder = tempfile::tempdir().unwrap();
    let (sent, received) = (folder.path().join("sent.tif"), folder.path().join("received.tif"));
    std::fs::write(&sent, write_tiff(pages)).unwrap();
    let side = |kind, file: &Path, station| by(&Begin { kind, file, station, header: "", error_correction }).unwrap();
    let caller = side(Kind::Send, &sent, "+86 21 5555 0001");
    let called = side(Kind::Receive, &received, "+86 10 8888 0002");
    Call { _folder: folder, received, caller, called, told: [Vec::new(), Vec::new()] }
}

impl Call {
    /// Both have ended.
    fn over(&mut self) -> bool {
        for (terminal, told) in [&mut self.caller, &mut self.called].into_iter().zip(&mut self.told) {
            while let Some(report) = terminal.report() {
                told.push(report);
            }
        }
        self.caller.ended() && self.called.ended()
    }

    fn outcomes(&self) -> [Option<(&Outcome, u32)>; 2] {
        [0, 1].map(|side| match self.told[side].last() {
            Some(Report::Ended { outcome, pages, .. }) => Some((outcome, *pages)),
            _ => None,
        })
    }

    fn pages(&self) -> Vec<Page> {
        read_tiff(&std::fs::read(&self.received).unwrap()).unwrap()
    }
}

/// One direction of a line of two wires: A-law, loss, a tilt over the band, noise; and what the hybrid lets back.
struct Line {
    chance: Chance,
    gain: f64,
    /// Of noise, in the line's units (a tone at 0 dBm0 has a deviation of 5,690 or so).
    noise: f64,
    before: f64,
    echo: VecDeque<f64>,
}

impl Line {
    fn new(seed: u64) -> Line {
        // 9 dB of loss, noise at -50 dBm0, an echo 20 dB below after 12 ms.
        Line { chance: Chance(seed), gain: 0.355, noise: 18.0, before: 0.0, echo: VecDeque::from(vec![0.0; 96]) }
    }

    /// What comes out at the other end, of what is said here and what the other end says back.
    fn carry(&mut self, said: &[i16; BLOCK], other: &[i16; BLOCK]) -> [i16; BLOCK] {
        let mut heard = [0; BLOCK];
        for (place, heard) in heard.iter_mut().enumerate() {
            let coded = f64::from(pcm::alaw::decode(pcm::alaw::encode(said[place])));
            let tilted = coded - 0.25 * self.before;
            self.before = coded;
            self.echo.push_back(f64::from(other[place]) * 0.1);
            let echo = self.echo.pop_front().unwrap();
            let noise = self.chance.normal() * self.noise;
            let sum = (tilted * self.gain + echo + noise).clamp(-32_768.0, 32_767.0) as i16;
            *heard = pcm::alaw::decode(pcm::alaw::encode(sum));
        }
        heard
    }
}

fn talk(call: &mut Call, mut impaired: impl FnMut(usize, &mut [i16; BLOCK])) {
    let (mut there, mut back) = (Line::new(1), Line::new(2));
    let (mut from_caller, mut from_called) = ([0; BLOCK], [0; BLOCK]);
    for block in 0..LONGEST {
        let mut at_called = there.carry(&from_caller, &from_called);
        let at_caller = back.carry(&from_called, &from_caller);
        impaired(block, &mut at_called);
        call.called.hear(&at_called);
        call.caller.hear(&at_caller);
        (from_caller, from_called) = (call.caller.say(), call.called.say());
        if call.over() {
            return;
        }
    }
    panic!("the call did not end: {:?}", call.told);
}

/// SW-13: ten pages over an impaired line, with error correction: each as it was sent.
#[test]
fn ten_pages_over_an_impaired_line() {
    let pages = document();
    let mut call = call(&pages, Terminal::by_sound, true);
    // And each half minute a click of 10 ms, which costs a frame.
    talk(&mut call, |block, heard| {
        if block % 1500 == 1499 {
            heard[..80].fill(12_000);
        }
    });
    assert_eq!(call.outcomes(), [Some((&Outcome::Complete, 10)), Some((&Outcome::Complete, 10))]);
    assert!(call.pages() == pages, "a page is not as it was sent");
    let agreed = call.told[1].iter().find_map(|report| match report {
        Report::Agreed { station, error_correction, .. } => Some((station.as_str(), *error_correction)),
        _ => None,
    });
    assert_eq!(agreed, Some(("+86 21 5555 0001", true)), "who sent is known");
}

/// A terminal of old without error correction: a bad row may be, and is told.
#[test]
fn without_error_correction_bad_rows_are_counted() {
    let pages = vec![printed(0), printed(1)];
    let mut call = call(&pages, Terminal::by_sound, false);
    talk(&mut call, |_, _| {});
    assert_eq!(call.outcomes(), [Some((&Outcome::Complete, 2)), Some((&Outcome::Complete, 2))]);
    let received = call.pages();
    assert_eq!(received.len(), 2);
    let bad: u32 =
        call.told[1].iter().map(|report| if let Report::Page { bad_rows, .. } = report { *bad_rows } else { 0 }).sum();
    let same = received.iter().zip(&pages).filter(|(received, sent)| received == sent).count();
    assert!(same == 2 || bad > 0, "{same} pages are the same and no row was bad");
}

/// The line goes silent in the midst of the third page: both sides end, and the pages before are whole.
#[test]
fn a_line_that_dies_leaves_the_whole_pages() {
    let pages = document();
    let mut call = call(&pages, Terminal::by_sound, true);
    let mut dead_from = None;
    let (mut there, mut back) = (Line::new(3), Line::new(4));
    let (mut from_caller, mut from_called) = ([0; BLOCK], [0; BLOCK]);
    for block in 0..LONGEST {
        let dead = dead_from.is_some_and(|from| block > from);
        let carried = |heard: [i16; BLOCK]| if dead { [0; BLOCK] } else { heard };
        call.called.hear(&carried(there.carry(&from_caller, &from_called)));
        call.caller.hear(&carried(back.carry(&from_called, &from_caller)));
        (from_caller, from_called) = (call.caller.say(), call.called.say());
        if call.over() {
            break;
        }
        let two = call.told[1].iter().any(|report| matches!(report, Report::Page { number: 2, .. }));
        if two && dead_from.is_none() {
            dead_from = Some(block + 150);
        }
    }
    for outcome in call.outcomes() {
        assert!(matches!(outcome, Some((Outcome::Broken { .. }, 2))), "{outcome:?}");
    }
    assert_eq!(call.pages()[..2], pages[..2]);
}

/// A person answered: nobody is a fax.
#[test]
fn a_person_is_no_fax() {
    let mut call = call(&document()[..1], Terminal::by_sound, true);
    let mut chance = Chance(77);
    for _ in 0..LONGEST {
        let mut speech = [0; BLOCK];
        speech.iter_mut().for_each(|sample| *sample = (chance.normal() * 900.0) as i16);
        call.caller.hear(&speech);
        call.caller.say();
        call.over();
        if call.caller.ended() {
            break;
        }
    }
    assert!(matches!(call.outcomes()[0], Some((Outcome::NoFax { .. }, 0))), "{:?}", call.told);
}

/// A caller who hangs up.
#[test]
fn a_call_that_is_dropped_ends_with_a_word() {
    let mut call = call(&document()[..1], Terminal::by_sound, true);
    for _ in 0..100 {
        call.called.hear(&[0; BLOCK]);
        call.called.say();
    }
    call.called.hang_up();
    call.over();
    assert!(matches!(call.outcomes()[1], Some((Outcome::Broken { .. } | Outcome::NoFax { .. }, 0))), "{:?}", call.told);
}

/// A net with delay that loses each so many datagrams, by chance, and more of them in a row at times.
struct Net {
    chance: Chance,
    under_way: VecDeque<(usize, Vec<u8>)>,
    lost: u64,
    burst: u64,
}

impl Net {
    fn new(seed: u64) -> Net {
        Net { chance: Chance(seed), under_way: VecDeque::new(), lost: 0, burst: 0 }
    }

    fn send(&mut self, block: usize, datagram: Vec<u8>) {
        if self.burst == 0 && self.chance.below(100) < 4 {
            self.burst = 1 + self.chance.below(3);
        }
        if self.burst > 0 {
            self.burst -= 1;
            self.lost += 1;
            return;
        }
        let delay = 2 + self.chance.below(3) as usize;
        self.under_way.push_back((block + delay, datagram));
    }

    fn arrived(&mut self, block: usize) -> Vec<Vec<u8>> {
        let (due, later): (Vec<_>, Vec<_>) = self.under_way.drain(..).partition(|(when, _)| *when <= block);
        self.under_way = later.into();
        due.into_iter().map(|(_, datagram)| datagram).collect()
    }
}

/// SW-13: ten pages by T.38 over a net that loses datagrams, in bursts of up to three.
#[test]
fn ten_pages_by_packets_over_a_net_that_loses() {
    let pages = document();
    let mut call = call(&pages, Terminal::by_packets, true);
    let mut senders = [UdptlSender::new(3), UdptlSender::new(3)];
    let mut receivers = [UdptlReceiver::default(), UdptlReceiver::default()];
    let mut nets = [Net::new(11), Net::new(12)];
    for block in 0..LONGEST {
        for side in 0..2 {
            let terminal = if side == 0 { &mut call.caller } else { &mut call.called };
            for datagram in nets[1 - side].arrived(block) {
                for packet in receivers[side].receive(&datagram).unwrap() {
                    terminal.take_packet(packet.sequence, &packet.ifp);
                }
            }
            terminal.pass_time();
            while let Some(packet) = terminal.packet() {
                let datagram = senders[side].pack(&packet.ifp).unwrap();
                (0..packet.times).for_each(|_| nets[side].send(block, datagram.clone()));
            }
        }
        if call.over() {
            break;
        }
    }
    assert_eq!(call.outcomes(), [Some((&Outcome::Complete, 10)), Some((&Outcome::Complete, 10))], "{:?}", call.told);
    assert!(call.pages() == pages, "a page is not as it was sent");
    assert!(nets[0].lost > 100, "the net has to lose some: {}", nets[0].lost);
    assert!(receivers[1].recovered > 50, "copies have to be used: {}", receivers[1].recovered);
}
