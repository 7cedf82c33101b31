//! Frames of Q.921 section 3, without flags and FCS.

use crate::config::Side;
use crate::primitive::MdlError;

/// The address field, 3.2 and 3.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    pub sapi: u8,
    pub tei: u8,
    pub command: Command,
}

/// Command or response, told by the C/R bit and the side that sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    Command,
    Response,
}

/// The control field, 3.4 and table 5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    Information { ns: u8, nr: u8, poll: bool },
    Supervisory { kind: Supervisory, nr: u8, pf: bool },
    Sabme { poll: bool },
    Disc { poll: bool },
    UnnumberedInformation,
    Ua { fin: bool },
    Dm { fin: bool },
    Frmr { fin: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Supervisory {
    ReceiveReady,
    ReceiveNotReady,
    Reject,
}

/// One frame; `information` is empty where the format has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    pub address: Address,
    pub control: Control,
    pub information: &'a [u8],
}

/// Why octets are no frame of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadFrame {
    /// Not a valid frame (2.9): discarded without notice.
    Invalid,
    /// A frame rejection condition (3.6.11): addressed to us, but undefined or of wrong shape.
    Rejected(Address, MdlError),
}

/// C/R of a command is 0 from the user and 1 from the network; of a response the opposite (table 1).
fn command_bit(sender: Side, command: Command) -> bool {
    matches!((sender, command), (Side::Network, Command::Command) | (Side::User, Command::Response))
}

impl<'a> Frame<'a> {
    /// Reads a frame sent by `sender`, with information of `n201` octets at most.
    pub fn parse(octets: &'a [u8], sender: Side, n201: usize) -> Result<Frame<'a>, BadFrame> {
        let [first, second, control, rest @ ..] = octets else { return Err(BadFrame::Invalid) };
        if first & 1 != 0 || second & 1 != 1 {
            return Err(BadFrame::Invalid);
        }
        let cr = first & 2 != 0;
        let command = if command_bit(sender, Command::Command) == cr { Command::Command } else { Command::Response };
        let address = Address { sapi: first >> 2, tei: second >> 1, command };
        let rejected = |error| BadFrame::Rejected(address, error);
        let (control, information) = if control & 3 == 3 {
            (unnumbered(*control, command).ok_or(rejected(MdlError::UndefinedControl))?, rest)
        } else {
            let [second, rest @ ..] = rest else { return Err(rejected(MdlError::WrongLength)) };
            (numbered(*control, *second).ok_or(rejected(MdlError::UndefinedControl))?, rest)
        };
        match control {
            Control::Information { .. } if command == Command::Response => Err(rejected(MdlError::UndefinedControl)),
            Control::Information { .. } | Control::UnnumberedInformation if information.len() > n201 => {
                Err(rejected(MdlError::TooLong))
            }
            Control::Supervisory { .. } if !information.is_empty() => Err(rejected(MdlError::WrongLength)),
            Control::Sabme { .. } | Control::Disc { .. } | Control::Ua { .. } | Control::Dm { .. }
                if !information.is_empty() =>
            {
                Err(rejected(MdlError::InformationNotPermitted))
            }
            Control::Frmr { .. } if information.len() != 5 => Err(rejected(MdlError::WrongLength)),
            _ => Ok(Frame { address, control, information }),
        }
    }

    /// Writes the frame as `sender` sends it.
    pub fn write(&self, sender: Side) -> Vec<u8> {
        let mut octets = Vec::with_capacity(4 + self.information.len());
        let cr = u8::from(command_bit(sender, self.address.command));
        octets.push(self.address.sapi << 2 | cr << 1);
        octets.push(self.address.tei << 1 | 1);
        match self.control {
            Control::Information { ns, nr, poll } => octets.extend([ns << 1, nr << 1 | u8::from(poll)]),
            Control::Supervisory { kind, nr, pf } => {
                let kind = match kind {
                    Supervisory::ReceiveReady => 0x01,
                    Supervisory::ReceiveNotReady => 0x05,
                    Supervisory::Reject => 0x09,
                };
                octets.extend([kind, nr << 1 | u8::from(pf)]);
            }
            Control::Sabme { poll } => octets.push(0x6f | pf_bit(poll)),
            Control::Disc { poll } => octets.push(0x43 | pf_bit(poll)),
            Control::UnnumberedInformation => octets.push(0x03),
            Control::Ua { fin } => octets.push(0x63 | pf_bit(fin)),
            Control::Dm { fin } => octets.push(0x0f | pf_bit(fin)),
            Control::Frmr { fin } => octets.push(0x87 | pf_bit(fin)),
        }
        octets.extend_from_slice(self.information);
        octets
    }
}

const fn pf_bit(pf: bool) -> u8 {
    if pf { 0x10 } else { 0 }
}

/// Table 5: SABME, DISC and UI are commands, UA, DM and FRMR responses; another direction is undefined.
fn unnumbered(control: u8, command: Command) -> Option<Control> {
    let pf = control & 0x10 != 0;
    match (control & !0x10, command) {
        (0x6f, Command::Command) => Some(Control::Sabme { poll: pf }),
        (0x43, Command::Command) => Some(Control::Disc { poll: pf }),
        (0x03, Command::Command) => Some(Control::UnnumberedInformation),
        (0x63, Command::Response) => Some(Control::Ua { fin: pf }),
        (0x0f, Command::Response) => Some(Control::Dm { fin: pf }),
        (0x87, Command::Response) => Some(Control::Frmr { fin: pf }),
        _ => None,
    }
}

fn numbered(first: u8, second: u8) -> Option<Control> {
    let (nr, pf) = (second >> 1, second & 1 != 0);
    if first & 1 == 0 {
        return Some(Control::Information { ns: first >> 1, nr, poll: pf });
    }
    let kind = match first {
        0x01 => Supervisory::ReceiveReady,
        0x05 => Supervisory::ReceiveNotReady,
        0x09 => Supervisory::Reject,
        _ => return None,
    };
    Some(Control::Supervisory { kind, nr, pf })
}
