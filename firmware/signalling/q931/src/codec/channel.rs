use super::fault::IeErrorKind;
use super::octets::{LAST, Octets};

/// A set of timeslots of one E1; bit n is slot n.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Slots(u32);

impl Slots {
    pub const EMPTY: Slots = Slots(0);

    /// One slot, 1 to 31.
    pub const fn one(slot: u8) -> Slots {
        if slot >= 1 && slot <= 31 { Slots(1 << slot) } else { Slots::EMPTY }
    }

    pub const fn with(self, slot: u8) -> Slots {
        Slots(self.0 | Slots::one(slot).0)
    }

    pub const fn without(self, slot: u8) -> Slots {
        Slots(self.0 & !Slots::one(slot).0)
    }

    pub const fn contains(self, slot: u8) -> bool {
        self.0 & Slots::one(slot).0 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The slot, if it is just one.
    pub const fn single(self) -> Option<u8> {
        if self.0.count_ones() == 1 { Some(self.0.trailing_zeros() as u8) } else { None }
    }

    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (1..=31).filter(move |slot| self.contains(*slot))
    }
}

/// Channel type of octet 3.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelType {
    B,
    H0,
    H11,
    H12,
    Other(u8),
}

/// Which channel the element speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelSelection {
    None,
    Any,
    /// A basic rate interface's B1 or B2.
    Basic(u8),
    /// Of a primary rate interface, by number or by slot map.
    Primary {
        kind: ChannelType,
        slots: Slots,
        by_map: bool,
    },
    /// "As indicated in the following octets" where none follow: the whole interface (RESTART).
    Interface,
}

/// Channel identification, 4.5.13.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelIdentification {
    /// Octets 3.1, if the interface is named.
    pub interface: Option<Vec<u8>>,
    /// Interface type: primary rate (and other) or basic.
    pub primary: bool,
    pub exclusive: bool,
    pub d_channel: bool,
    pub selection: ChannelSelection,
}

impl ChannelIdentification {
    /// One B-channel of a primary rate interface, by number.
    pub fn slot(slot: u8, exclusive: bool) -> ChannelIdentification {
        let selection = ChannelSelection::Primary { kind: ChannelType::B, slots: Slots::one(slot), by_map: false };
        ChannelIdentification { interface: None, primary: true, exclusive, d_channel: false, selection }
    }

    /// B1 or B2 of a basic access.
    pub fn basic(slot: u8, exclusive: bool) -> ChannelIdentification {
        let selection = ChannelSelection::Basic(slot);
        ChannelIdentification { interface: None, primary: false, exclusive, d_channel: false, selection }
    }

    /// Any channel that the peer likes (5.1.2).
    pub fn any(primary: bool) -> ChannelIdentification {
        let selection = ChannelSelection::Any;
        ChannelIdentification { interface: None, primary, exclusive: false, d_channel: false, selection }
    }

    /// The one B-channel it names.
    pub const fn single_slot(&self) -> Option<u8> {
        match self.selection {
            ChannelSelection::Primary { kind: ChannelType::B, slots, .. } => slots.single(),
            ChannelSelection::Basic(which) => Some(which),
            ChannelSelection::Primary { .. }
            | ChannelSelection::None
            | ChannelSelection::Any
            | ChannelSelection::Interface => None,
        }
    }

    /// The same interface and form with other slots.
    pub fn with_slots(mut self, slots: Slots) -> ChannelIdentification {
        match &mut self.selection {
            ChannelSelection::Primary { slots: named, .. } => *named = slots,
            ChannelSelection::Basic(which) => *which = slots.single().unwrap_or(*which),
            ChannelSelection::None | ChannelSelection::Any | ChannelSelection::Interface => {}
        }
        self
    }

    pub(super) fn parse(content: &[u8]) -> Result<ChannelIdentification, IeErrorKind> {
        let mut octets = Octets::new(content);
        let octet3 = octets.next()?;
        octets.skip_group(octet3)?;
        let interface = if octet3 & 0x40 != 0 { Some(interface_id(&mut octets)?) } else { None };
        let primary = octet3 & 0x20 != 0;
        let selection = match (primary, octet3 & 3) {
            (_, 0) => ChannelSelection::None,
            (_, 3) => ChannelSelection::Any,
            (false, which) => ChannelSelection::Basic(which),
            (true, 1) if octets.rest().is_empty() => ChannelSelection::Interface,
            (true, 1) => primary_channels(&mut octets)?,
            (true, _) => return Err(IeErrorKind::Content),
        };
        Ok(ChannelIdentification {
            interface,
            primary,
            exclusive: octet3 & 0x08 != 0,
            d_channel: octet3 & 0x04 != 0,
            selection,
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let which = match self.selection {
            ChannelSelection::None => 0,
            ChannelSelection::Any => 3,
            ChannelSelection::Basic(which) => which & 3,
            ChannelSelection::Primary { .. } | ChannelSelection::Interface => 1,
        };
        let bit = |set: bool, mask: u8| if set { mask } else { 0 };
        out.push(
            LAST | bit(self.interface.is_some(), 0x40)
                | bit(self.primary, 0x20)
                | bit(self.exclusive, 0x08)
                | bit(self.d_channel, 0x04)
                | which,
        );
        if let Some((last, before)) = self.interface.as_deref().and_then(<[u8]>::split_last) {
            out.extend(before.iter().map(|octet| octet & !LAST));
            out.push(last | LAST);
        }
        if let ChannelSelection::Primary { kind, slots, by_map } = self.selection {
            encode_channels(kind, slots, by_map, out);
        }
    }
}

fn interface_id(octets: &mut Octets<'_>) -> Result<Vec<u8>, IeErrorKind> {
    let mut id = Vec::new();
    loop {
        let octet = octets.next()?;
        id.push(octet & !LAST);
        if octet & LAST != 0 {
            return Ok(id);
        }
    }
}

fn primary_channels(octets: &mut Octets<'_>) -> Result<ChannelSelection, IeErrorKind> {
    let octet32 = octets.next()?;
    if octet32 & 0x60 != 0 {
        return Err(IeErrorKind::Content);
    }
    let kind = match octet32 & 0x0f {
        0x03 => ChannelType::B,
        0x06 => ChannelType::H0,
        0x08 => ChannelType::H11,
        0x09 => ChannelType::H12,
        other => ChannelType::Other(other),
    };
    let by_map = octet32 & 0x10 != 0;
    let slots = if by_map { slot_map(octets.rest())? } else { slot_numbers(octets.rest())? };
    Ok(ChannelSelection::Primary { kind, slots, by_map })
}

/// The map of figure 4-20: the last octet's bit 1 is slot 1 of a 1544 kbit/s interface (3 octets), slot 0 at 2048 kbit/s (4 octets).
fn slot_map(octets: &[u8]) -> Result<Slots, IeErrorKind> {
    let slots = match *octets {
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]) & !1,
        [a, b, c] => u32::from_be_bytes([0, a, b, c]) << 1,
        _ => return Err(IeErrorKind::Short),
    };
    if slots == 0 { Err(IeErrorKind::Content) } else { Ok(Slots(slots)) }
}

/// Some senders leave the extension bit of the last number 0: the element's length decides.
fn slot_numbers(octets: &[u8]) -> Result<Slots, IeErrorKind> {
    let mut slots = Slots::EMPTY;
    for octet in octets {
        let number = octet & !LAST;
        if !(1..=31).contains(&number) {
            return Err(IeErrorKind::Content);
        }
        slots = slots.with(number);
        if octet & LAST != 0 {
            break;
        }
    }
    if slots.is_empty() { Err(IeErrorKind::Short) } else { Ok(slots) }
}

fn encode_channels(kind: ChannelType, slots: Slots, by_map: bool, out: &mut Vec<u8>) {
    let kind = match kind {
        ChannelType::B => 0x03,
        ChannelType::H0 => 0x06,
        ChannelType::H11 => 0x08,
        ChannelType::H12 => 0x09,
        ChannelType::Other(other) => other & 0x0f,
    };
    if by_map {
        out.push(LAST | 0x10 | kind);
        return out.extend_from_slice(&slots.0.to_be_bytes());
    }
    out.push(LAST | kind);
    out.extend(slots.iter());
    if let Some(last) = out.last_mut() {
        *last |= LAST;
    }
}
