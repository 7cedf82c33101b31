use crate::legs_of_calls::Terminal;
use clock::Monotonic;
use q931::CallControl;
use std::collections::BTreeMap;

/// How it stands with a terminal's data link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LinkState {
    Up,
    /// Down without harm: it is set up when something is to be said (5.1, 5.2: DL-ESTABLISH before the first message).
    Dormant,
    /// It failed, or is not there yet; asked for again at that time. None: there is no TEI.
    Down {
        again: Option<Monotonic>,
    },
}

/// One data link with its calls.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) control: CallControl,
    pub(crate) link: LinkState,
    /// SABME stayed unanswered: the release that follows is no orderly one.
    pub(crate) failed: bool,
}

impl Station {
    /// Its link will be there when needed.
    pub(crate) fn dormant(config: q931::Config, now: Monotonic) -> Station {
        let mut station = Station::down(config, None);
        station.usable(now);
        station
    }

    pub(crate) fn down(config: q931::Config, again: Option<Monotonic>) -> Station {
        Station { control: CallControl::new(config), link: LinkState::Down { again }, failed: false }
    }

    /// Down no more, but not up either.
    pub(crate) fn usable(&mut self, now: Monotonic) {
        self.link = LinkState::Dormant;
        self.failed = false;
        if !self.control.link_is_up() {
            self.control.data_link(now, q931::DataLink::Established);
        }
    }

    pub(crate) fn down_at(&self) -> Option<Monotonic> {
        if let LinkState::Down { again } = self.link { again } else { None }
    }
}

/// The stations of one interface, by TEI: 63 automatic ones and 64 fixed ones at most.
pub(crate) type Stations = BTreeMap<Terminal, Station>;
