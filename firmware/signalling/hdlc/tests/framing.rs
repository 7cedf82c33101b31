//! Frames through the line and back, and what a bad line does.

use hdlc::{Decoder, Encoder, Fault, MAX_FRAME, Received};
use proptest::prelude::*;

fn line_of(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = Encoder::default();
    for frame in frames {
        encoder.send(frame).expect("the encoder takes it");
    }
    let mut line = vec![0; frames.iter().map(|f| f.len() * 2 + 8).sum::<usize>() + 4];
    encoder.fill(&mut line);
    assert!(encoder.is_idle());
    line
}

fn frames_of(line: &[u8]) -> (Vec<Vec<u8>>, Vec<Fault>) {
    let (mut frames, mut faults) = (Vec::new(), Vec::new());
    Decoder::default().take(line, |received| match received {
        Received::Frame(frame) => frames.push(frame.to_vec()),
        Received::Bad(fault) => faults.push(fault),
    });
    (frames, faults)
}

/// The FCS is the one of Q.921 2.7, as libpri and every card compute it: a SABME to TEI 0 with P=1 ends in these octets.
#[test]
fn fcs_is_the_standards() {
    let sabme = [0x00, 0x01, 0x7f];
    let mut encoder = Encoder::default();
    encoder.send(&sabme).unwrap();
    let mut line = [0u8; 12];
    encoder.fill(&mut line);
    assert_eq!(crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC).checksum(b"123456789"), 0x906e);
    assert_eq!(frames_of(&line).0, [sabme.to_vec()]);
}

/// An idle line carries flags and nothing else.
#[test]
fn idle_line_is_flags() {
    let mut line = [0u8; 5];
    Encoder::default().fill(&mut line);
    assert_eq!(line, [0x7e; 5]);
    assert_eq!(frames_of(&line), (vec![], vec![]));
}

/// Seven ones inside a frame abort it; the next frame is good.
#[test]
fn aborted_frame_is_dropped_and_the_next_is_heard() {
    let mut line = vec![0x7e, 0x12, 0x34, 0x56, 0xff, 0xff];
    line.extend(line_of(&[vec![2, 1, 0x73]]));
    assert_eq!(frames_of(&line), (vec![vec![2, 1, 0x73]], vec![Fault::Aborted]));
}

/// A line that never sends a flag again does not fill memory.
#[test]
fn endless_frame_is_given_up() {
    let mut line = vec![0x7e];
    line.extend(vec![0x55; 2 * MAX_FRAME]);
    line.extend(line_of(&[vec![2, 1, 0x73]]));
    assert_eq!(frames_of(&line), (vec![vec![2, 1, 0x73]], vec![Fault::TooLong]));
}

/// One wrong bit anywhere loses that frame alone; nothing else comes out.
#[test]
fn one_bit_error_never_makes_a_frame() {
    let frames = [vec![0, 1, 1, 1, 0x7e, 0xff, 0xff, 8], vec![2, 1, 0x73]];
    let good = line_of(&frames);
    for bit in 0..good.len() * 8 {
        let mut line = good.clone();
        line[bit / 8] ^= 0x80 >> (bit % 8);
        for frame in frames_of(&line).0 {
            assert!(frames.contains(&frame), "bit {bit} made {frame:02x?}");
        }
    }
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 2..260), 1..8)) {
        prop_assert_eq!(frames_of(&line_of(&frames)), (frames, vec![]));
    }

    #[test]
    fn any_octets_are_survived(line in prop::collection::vec(any::<u8>(), 0..2000)) {
        frames_of(&line);
    }
}
