//! What the data links and TEI management tell, and how outputs go between the layers.

use crate::config::Mode;
use crate::legs_of_calls::{SOLE, Terminal};
use crate::span::{BriOutput, BriSpan, ESTABLISH_AGAIN, TEI_AGAIN};
use crate::terminals::{LinkState, Station};
use clock::Monotonic;
use lapd::{DChannelOutput, DlIndication, DlRequest, MdlError};
use legs::SpanIndication;
use numbering::Cause;
use q931::{CallControl, Message, Output};

impl BriSpan {
    /// Carries outputs between the layers until all are quiet.
    pub(crate) fn settle(&mut self, now: Monotonic) {
        loop {
            if self.drain_call_controls(now) {
                continue;
            }
            match self.channel.poll() {
                Some(output) => self.hear_channel(now, output),
                None if self.rest_links(now) => {}
                None => break,
            }
        }
        self.tell_whether_up();
    }

    /// True if anything was said.
    fn drain_call_controls(&mut self, now: Monotonic) -> bool {
        let terminals: Vec<Terminal> = self.stations.keys().copied().collect();
        let mut said = false;
        for terminal in terminals {
            said |= self.drain_call_control(now, terminal);
        }
        said
    }

    fn drain_call_control(&mut self, now: Monotonic, terminal: Terminal) -> bool {
        let mut said = false;
        while let Some(output) = self.stations.get_mut(&terminal).and_then(|station| station.control.poll()) {
            said = true;
            match output {
                // A link that fails under calls is asked for again by `link_released`.
                Output::EstablishLink => {}
                Output::Transmit(message) => self.transmit(now, terminal, message),
                Output::Call { call, indication } => self.hear_call(now, terminal, call, indication),
                Output::Interface(indication) => self.hear_interface(now, terminal, indication),
                Output::Trace(trace) => self.exchange.out.push_back(BriOutput::Trace { terminal, trace }),
            }
        }
        said
    }

    fn hear_channel(&mut self, now: Monotonic, output: DChannelOutput) {
        match output {
            DChannelOutput::Transmit(frame) => self.send_frame(now, frame),
            DChannelOutput::Assigned(tei) if self.config.has_terminals() => {
                let config = self.config.call_control();
                self.stations.entry(tei).or_insert_with(|| Station::dormant(config, now));
            }
            DChannelOutput::Assigned(_) => self.tei_assigned(now),
            DChannelOutput::Removed(tei) => self.tei_removed(now, tei),
            DChannelOutput::NoTei => self.exchange.start_at = Some(now + TEI_AGAIN),
            DChannelOutput::Broadcast(message) => self.hear_broadcast(now, &message),
            DChannelOutput::Link { tei, indication } => {
                let terminal = if self.config.has_terminals() { tei } else { SOLE };
                self.hear_link(now, terminal, indication);
            }
        }
    }

    /// User side: we have a TEI; the link is set up to see that it is good.
    pub(crate) fn tei_assigned(&mut self, now: Monotonic) {
        if let Some(station) = self.stations.get_mut(&SOLE) {
            station.usable(now);
            self.link_request(now, SOLE, DlRequest::Establish);
        }
    }

    /// MDL-REMOVE: the calls of the terminal have no data link any more, nor will they.
    fn tei_removed(&mut self, now: Monotonic, tei: u8) {
        let cause = self.cause(Cause::DestinationOutOfOrder);
        let terminal = if self.config.has_terminals() { tei } else { SOLE };
        if let Some(station) = self.stations.get_mut(&terminal) {
            station.control.abandon(now, cause);
        }
        self.drain_call_control(now, terminal);
        if self.config.has_terminals() {
            self.terminal_gone(now, terminal, cause);
            self.stations.remove(&terminal);
            return;
        }
        if let Some(station) = self.stations.get_mut(&SOLE) {
            station.control.data_link(now, q931::DataLink::Released);
            station.link = LinkState::Down { again: None };
        }
        // The network has taken it back: another is asked for at once (5.3.4.2).
        self.channel.start(now);
    }

    fn hear_link(&mut self, now: Monotonic, terminal: Terminal, indication: DlIndication) {
        match indication {
            DlIndication::Data(message) => {
                if !self.answers_broadcast(now, terminal, &message) {
                    self.with_control(terminal, |control| control.receive(now, &message));
                }
            }
            DlIndication::EstablishIndication | DlIndication::EstablishConfirm => self.link_established(now, terminal),
            DlIndication::ReleaseIndication | DlIndication::ReleaseConfirm => self.link_released(now, terminal),
            DlIndication::Error(error) if error.loses_information() => {
                self.with_control(terminal, |control| control.data_link(now, q931::DataLink::PeerReestablished));
            }
            DlIndication::Error(MdlError::EstablishFailed) => {
                if let Some(station) = self.stations.get_mut(&terminal) {
                    station.failed = true;
                }
            }
            // Point to point nobody broadcasts; other errors are in the links' counters.
            DlIndication::UnitData(_) | DlIndication::Error(_) => {}
        }
    }

    pub(crate) fn with_control(&mut self, terminal: Terminal, what: impl FnOnce(&mut CallControl)) {
        if let Some(station) = self.stations.get_mut(&terminal) {
            what(&mut station.control);
        }
    }

    fn link_established(&mut self, now: Monotonic, terminal: Terminal) {
        let Some(station) = self.stations.get_mut(&terminal) else { return };
        station.failed = false;
        match std::mem::replace(&mut station.link, LinkState::Up) {
            // It was counted on already, and what was to be said is on its way.
            LinkState::Dormant => {}
            LinkState::Up | LinkState::Down { .. } => station.control.data_link(now, q931::DataLink::Established),
        }
        if self.config.mode == Mode::PointToPoint {
            self.restart_maintenance(now);
        }
    }

    fn link_released(&mut self, now: Monotonic, terminal: Terminal) {
        let alone = self.config.mode == Mode::PointToMultipoint;
        let terminals = self.config.has_terminals();
        let Some(station) = self.stations.get_mut(&terminal) else { return };
        let failed = std::mem::take(&mut station.failed);
        // Without calls either end may let the link go (5.3 of Q.921 leaves it to the network); a terminal that answers no SABME has perhaps
        // been unplugged, a network that answers none is out of order.
        if alone && station.control.calls() == 0 && (terminals || !failed) {
            return station.usable(now);
        }
        station.link = LinkState::Down { again: Some(if failed { now + ESTABLISH_AGAIN } else { now }) };
        if self.config.mode == Mode::PointToPoint {
            station.link = LinkState::Down { again: Some(now + ESTABLISH_AGAIN) };
        }
        station.control.data_link(now, q931::DataLink::Released);
    }

    /// A terminal whose link failed under its calls is left alone once these are gone. True if there was one.
    fn rest_links(&mut self, now: Monotonic) -> bool {
        let mut rested = false;
        for station in self.stations.values_mut().filter(|_| self.config.has_terminals()) {
            if matches!(station.link, LinkState::Down { .. }) && station.control.calls() == 0 {
                station.usable(now);
                rested = true;
            }
        }
        rested
    }

    fn tell_whether_up(&mut self) {
        let up = self.is_up();
        if std::mem::replace(&mut self.exchange.up, up) != up {
            self.tell(if up { SpanIndication::Up } else { SpanIndication::Down });
        }
    }

    /// A message of the broadcast data link (5.2.1): a call, perhaps for us.
    fn hear_broadcast(&mut self, now: Monotonic, message: &[u8]) {
        let ours = Message::parse(message).is_ok_and(|setup| {
            let called = setup.called().map(|number| number.digits.clone()).unwrap_or_default();
            // B.3.2: on a bus a call of another kind is some other terminal's.
            let telephony = setup.bearer().is_some_and(|bearer| bearer.is_telephony());
            telephony && self.config.is_ours(&called)
        });
        let reachable = self.is_user() && self.config.mode == Mode::PointToMultipoint && self.channel.tei().is_some();
        if ours && reachable {
            self.with_control(SOLE, |control| control.receive_broadcast(now, message));
        } else {
            self.counters.not_ours += 1;
        }
    }
}
