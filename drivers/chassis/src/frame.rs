use hdlc::MAX_FRAME;

/// Timeslots of an E1.
pub const SLOTS: usize = 32;

/// Frames in a millisecond of the 8 kHz clock.
pub const FRAMES_PER_MILLI: usize = 8;

/// A-law silence (G.711: the smallest positive value with even bits inverted).
pub const SILENCE: u8 = 0xd5;

/// One E1 frame of 125 microseconds.
pub type Frame = [u8; SLOTS];

/// What the 32 timeslots of a span carry for some milliseconds, each timeslot's octets in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timeslots {
    octets: Vec<u8>,
    frames: usize,
}

impl Timeslots {
    /// Room for `millis` of every timeslot, filled with silence.
    pub fn millis(millis: usize) -> Timeslots {
        let frames = millis * FRAMES_PER_MILLI;
        Timeslots { octets: vec![SILENCE; frames * SLOTS], frames }
    }

    /// Octets of each timeslot.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The octets of timeslot `slot` (0 to 31); empty for any other.
    pub fn slot(&self, slot: u8) -> &[u8] {
        let from = usize::from(slot) * self.frames;
        self.octets.get(from..from + self.frames).unwrap_or_default()
    }

    pub fn slot_mut(&mut self, slot: u8) -> &mut [u8] {
        let from = usize::from(slot) * self.frames;
        self.octets.get_mut(from..from + self.frames).unwrap_or_default()
    }

    /// Every timeslot silent.
    pub fn silence(&mut self) {
        self.octets.fill(SILENCE);
    }

    pub(crate) fn frame(&self, index: usize) -> Frame {
        let mut frame = [0; SLOTS];
        for (slot, octet) in frame.iter_mut().enumerate() {
            *octet = self.octets[slot * self.frames + index];
        }
        frame
    }

    pub(crate) fn set_frame(&mut self, index: usize, frame: &Frame) {
        for (slot, octet) in frame.iter().enumerate() {
            self.octets[slot * self.frames + index] = *octet;
        }
    }
}

/// One frame of the D-channel without its FCS, at a fixed size so that it can cross a ring without an allocation.
#[derive(Clone, Copy)]
pub struct DchannelFrame {
    length: u16,
    octets: [u8; MAX_FRAME],
}

impl DchannelFrame {
    /// None if the frame is longer than any receiver takes.
    pub fn new(frame: &[u8]) -> Option<DchannelFrame> {
        let mut octets = [0; MAX_FRAME];
        octets.get_mut(..frame.len())?.copy_from_slice(frame);
        Some(DchannelFrame { length: frame.len() as u16, octets })
    }

    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }
}

impl std::fmt::Debug for DchannelFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DchannelFrame({:02x?})", self.octets())
    }
}
