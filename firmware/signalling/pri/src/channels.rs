use identity::LegId;

/// What a B-channel is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// Not a speech channel of this span.
    Absent,
    Idle,
    Seized(LegId),
    /// T308 ran out twice on it, or its restart failed: nobody knows what the peer thinks of it.
    Maintenance,
    /// Our RESTART is unanswered.
    Restarting,
}

/// Why a channel cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unavailable {
    Absent,
    Busy,
}

/// The channels of one span, by timeslot; of a basic access, B1 and B2.
#[derive(Clone, Debug)]
pub struct ChannelTable {
    channels: [Channel; 32],
    /// Blocked by us: calls that are up stay, no new ones.
    blocked: [bool; 32],
}

impl ChannelTable {
    pub fn new(slots: &[u8]) -> ChannelTable {
        let mut table = ChannelTable { channels: [Channel::Absent; 32], blocked: [false; 32] };
        for slot in slots.iter().filter(|slot| (1..=31).contains(*slot)) {
            table.channels[usize::from(*slot)] = Channel::Idle;
        }
        table
    }

    pub fn get(&self, slot: u8) -> Channel {
        self.channels.get(usize::from(slot)).copied().unwrap_or(Channel::Absent)
    }

    pub fn set(&mut self, slot: u8, channel: Channel) {
        if let Some(it) = self.channels.get_mut(usize::from(slot)).filter(|it| **it != Channel::Absent) {
            *it = channel;
        }
    }

    pub fn block(&mut self, slot: u8, blocked: bool) {
        if let Some(it) = self.blocked.get_mut(usize::from(slot)) {
            *it = blocked;
        }
    }

    /// Whether a new call may have it.
    pub fn check_free(&self, slot: u8) -> Result<(), Unavailable> {
        match self.get(slot) {
            Channel::Absent => Err(Unavailable::Absent),
            Channel::Idle if !self.blocked[usize::from(slot)] => Ok(()),
            Channel::Idle | Channel::Seized(_) | Channel::Maintenance | Channel::Restarting => Err(Unavailable::Busy),
        }
    }

    /// Whether a call of the peer may have it. A channel in maintenance serves again: the peer says that it is idle.
    pub fn check_offered(&self, slot: u8) -> Result<(), Unavailable> {
        match self.get(slot) {
            Channel::Maintenance if !self.blocked[usize::from(slot)] => Ok(()),
            _ => self.check_free(slot),
        }
    }

    pub fn first_free(&self) -> Option<u8> {
        self.slots().find(|slot| self.check_free(*slot).is_ok())
    }

    /// The channels that there are.
    pub fn slots(&self) -> impl Iterator<Item = u8> + '_ {
        (1..=31).filter(|slot| self.get(*slot) != Channel::Absent)
    }

    /// Frees the slot if `leg` has it.
    pub fn free(&mut self, slot: u8, leg: LegId) {
        if self.get(slot) == Channel::Seized(leg) {
            self.set(slot, Channel::Idle);
        }
    }

    pub fn seized(&self) -> usize {
        self.channels.iter().filter(|channel| matches!(channel, Channel::Seized(_))).count()
    }
}
