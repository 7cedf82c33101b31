//! An E1 over UDP, to plug a far end in another program.
//!
//! One datagram: a sequence number (32 bits, network order, counting datagrams) and 1 to 40 frames of 32 octets. The usual 5 ms makes
//! 40 frames, 1284 octets. Only the configured far end is heard. A few datagrams out of order are put in order; lost ones are
//! counted. A far end that starts anew begins from any number. It is a bench wire, not a gateway protocol (SAToP, CESoPSN).

use crate::frame::{Frame, SLOTS};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};

/// Frames of one datagram at most: 5 ms.
pub const FRAMES: usize = 40;

/// Frames that a receiver gathers before it plays: 10 ms.
pub(crate) const PLAY_OUT: usize = 80;

/// Datagrams kept back at most while one before them may still come.
const REORDER: usize = 3;

/// A number further off than this is a far end that started anew.
const JUMP: u32 = 400;

const HEADER: usize = 4;
const LONGEST: usize = HEADER + FRAMES * SLOTS;

/// One end of the wire.
#[derive(Debug)]
pub struct UdpWire {
    socket: UdpSocket,
    next_out: u32,
    order: Order,
    bad: u64,
}

impl UdpWire {
    pub fn open(local: SocketAddr, remote: SocketAddr) -> std::io::Result<UdpWire> {
        let socket = UdpSocket::bind(local)?;
        socket.connect(remote)?;
        socket.set_nonblocking(true)?;
        Ok(UdpWire { socket, next_out: 0, order: Order::default(), bad: 0 })
    }

    pub(crate) fn lost(&self) -> u64 {
        self.order.lost
    }

    pub(crate) fn bad(&self) -> u64 {
        self.bad
    }

    pub(crate) fn send(&mut self, frames: &[Frame]) {
        let mut datagram = [0; LONGEST];
        for block in frames.chunks(FRAMES) {
            datagram[..HEADER].copy_from_slice(&self.next_out.to_be_bytes());
            self.next_out = self.next_out.wrapping_add(1);
            let octets = block.as_flattened();
            let end = HEADER + octets.len();
            datagram[HEADER..end].copy_from_slice(octets);
            // A datagram that cannot be sent is lost on the way: the far end sees the gap.
            self.bad += u64::from(matches!(self.socket.send(&datagram[..end]), Ok(sent) if sent != end));
        }
    }

    pub(crate) fn receive(&mut self, frames: &mut Vec<Frame>) {
        let mut datagram = [0; LONGEST + 1];
        loop {
            match self.socket.recv(&mut datagram) {
                Ok(length) => self.arrived(&datagram[..length], frames),
                // The far end is not there (yet): its port was unreachable when we sent.
                Err(problem) if problem.kind() == ErrorKind::ConnectionRefused => {}
                Err(problem) if problem.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn arrived(&mut self, datagram: &[u8], frames: &mut Vec<Frame>) {
        let whole = datagram.split_first_chunk::<HEADER>().filter(|(_, octets)| {
            !octets.is_empty() && octets.len() <= FRAMES * SLOTS && octets.len().is_multiple_of(SLOTS)
        });
        let Some((number, octets)) = whole else {
            self.bad += 1;
            return;
        };
        self.order.arrived(u32::from_be_bytes(*number), octets.as_chunks().0, frames);
    }
}

/// Puts datagrams in order.
#[derive(Debug, Default)]
struct Order {
    next: Option<u32>,
    /// Kept back: datagrams after a gap, by number.
    kept: Vec<(u32, Vec<Frame>)>,
    /// Datagrams in a row that came too late.
    late: usize,
    lost: u64,
}

impl Order {
    fn arrived(&mut self, number: u32, block: &[Frame], frames: &mut Vec<Frame>) {
        let next = *self.next.get_or_insert(number);
        let ahead = number.wrapping_sub(next);
        if ahead == 0 {
            self.late = 0;
            frames.extend_from_slice(block);
            self.next = Some(number.wrapping_add(1));
            return self.release(frames);
        }
        let behind = ahead > JUMP;
        self.late = if behind { self.late + 1 } else { 0 };
        if (JUMP..u32::MAX - JUMP).contains(&ahead) || self.late > REORDER {
            self.kept.clear();
            self.next = Some(number);
            return self.arrived(number, block, frames);
        }
        // Late: its place has been played already.
        if behind {
            return;
        }
        if self.kept.iter().all(|(kept, _)| *kept != number) {
            self.kept.push((number, block.to_vec()));
        }
        if self.kept.len() > REORDER {
            self.give_up_gap(frames);
        }
    }

    /// The oldest gap will not be filled: go on behind it.
    fn give_up_gap(&mut self, frames: &mut Vec<Frame>) {
        let Some(next) = self.next else { return };
        let Some(gap) = self.kept.iter().map(|(number, _)| number.wrapping_sub(next)).min() else { return };
        self.lost += u64::from(gap);
        self.next = Some(next.wrapping_add(gap));
        self.release(frames);
    }

    fn release(&mut self, frames: &mut Vec<Frame>) {
        while let Some(place) = self.kept.iter().position(|(number, _)| Some(*number) == self.next) {
            let (number, block) = self.kept.swap_remove(place);
            frames.extend_from_slice(&block);
            self.next = Some(number.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(mark: u8) -> Vec<Frame> {
        vec![[mark; SLOTS]; 2]
    }

    fn play(numbers: &[u32]) -> (Vec<u8>, u64) {
        let mut order = Order::default();
        let mut frames = Vec::new();
        for number in numbers {
            order.arrived(*number, &block(*number as u8), &mut frames);
        }
        (frames.iter().step_by(2).map(|frame| frame[0]).collect(), order.lost)
    }

    /// A network that swaps datagrams must not make an E1 slip.
    #[test]
    fn swapped_datagrams_are_put_in_order() {
        assert_eq!(play(&[0, 2, 1, 3, 5, 4, 6]), (vec![0, 1, 2, 3, 4, 5, 6], 0));
    }

    #[test]
    fn lost_datagram_is_counted_and_passed_over() {
        assert_eq!(play(&[0, 1, 3, 4, 5, 6, 7]), (vec![0, 1, 3, 4, 5, 6, 7], 1));
    }

    #[test]
    fn duplicate_and_late_datagrams_are_dropped() {
        assert_eq!(play(&[7, 8, 8, 7, 9]), (vec![7, 8, 9], 0));
    }

    /// A far end killed and started again counts from nought: it must be heard at once.
    #[test]
    fn far_end_started_anew_is_heard() {
        assert_eq!(play(&[5000, 5001, 0, 1]), (vec![136, 137, 0, 1], 0));
        // From near by, four that seem late are needed to be sure.
        assert_eq!(play(&[20, 21, 0, 1, 2, 3, 4]), (vec![20, 21, 3, 4], 0));
    }

    #[test]
    fn numbers_wrap_around() {
        assert_eq!(play(&[u32::MAX - 1, u32::MAX, 1, 0, 2]), (vec![254, 255, 0, 1, 2], 0));
    }
}
