//! The echo of two-wire lines, taken off what ports and timeslots bring before anybody but signalling hears it.

use chassis::{SILENCE, Timeslots};
use echo::{Canceller, Settings};
use pcm::alaw;

/// Timeslots of an E1 that carry speech.
const SLOTS: std::ops::RangeInclusive<u8> = 1..=31;
const SIXTEEN: u8 = 16;

/// So long after the last sound either way a timeslot's next call is another one, milliseconds.
const IDLE_MILLIS: usize = 1000;

/// One two-wire line's: what was sent last, and what is heard while it comes back.
#[derive(Debug)]
pub(crate) struct Echo {
    canceller: Canceller,
    sent: Box<[i16]>,
    heard: Box<[i16]>,
}

impl Echo {
    /// For blocks of so many octets.
    pub(crate) fn new(octets: usize) -> Echo {
        let nothing = || vec![0; octets].into_boxed_slice();
        Echo { canceller: Canceller::new(Settings::default()), sent: nothing(), heard: nothing() }
    }

    /// What goes to the line.
    pub(crate) fn send(&mut self, octets: &[u8]) {
        self.sent.iter_mut().zip(octets).for_each(|(sent, octet)| *sent = alaw::decode(*octet));
    }

    /// Takes its echo off what the line brings. Octets in which there is none stay as they are, bit for bit.
    pub(crate) fn cancel(&mut self, octets: &mut [u8]) {
        self.heard.iter_mut().zip(octets.iter()).for_each(|(heard, octet)| *heard = alaw::decode(*octet));
        self.canceller.process(&self.sent, &mut self.heard);
        octets.iter_mut().zip(&self.heard).for_each(|(octet, heard)| *octet = alaw::encode(*heard));
    }
}

/// An E1's, where it leads to a gateway with two-wire lines.
#[derive(Debug)]
pub(crate) struct SlotEchoes {
    slots: Box<[SlotEcho]>,
    /// Blocks after which a timeslot is idle.
    idle_after: usize,
}

#[derive(Debug)]
struct SlotEcho {
    slot: u8,
    echo: Echo,
    sends: bool,
    /// Blocks since anything was sent or heard.
    silent: usize,
}

impl SlotEchoes {
    /// For blocks of so many milliseconds. It is made on the media thread when a setting changes.
    pub(crate) fn new(millis: usize) -> SlotEchoes {
        let idle_after = IDLE_MILLIS / millis;
        let slot = |slot| SlotEcho { slot, echo: Echo::new(millis * 8), sends: false, silent: idle_after };
        SlotEchoes { slots: SLOTS.filter(|slot| *slot != SIXTEEN).map(slot).collect(), idle_after }
    }

    pub(crate) fn send(&mut self, spoken: &Timeslots) {
        for slot in &mut self.slots {
            let octets = spoken.slot(slot.slot);
            slot.sends = sounds(octets);
            slot.echo.send(octets);
        }
    }

    pub(crate) fn cancel(&mut self, heard: &mut Timeslots) {
        for slot in &mut self.slots {
            let octets = heard.slot_mut(slot.slot);
            let idle = slot.silent >= self.idle_after;
            if slot.sends || sounds(octets) {
                slot.silent = 0;
            } else if idle {
                continue;
            } else {
                slot.silent += 1;
            }
            if idle {
                slot.echo.canceller.reset();
            }
            slot.echo.cancel(octets);
        }
    }
}

fn sounds(octets: &[u8]) -> bool {
    octets.iter().any(|octet| *octet != SILENCE)
}
