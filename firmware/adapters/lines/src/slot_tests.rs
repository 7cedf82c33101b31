//! Timeslots under test: they send what their test says, whatever the media engine says.

use chassis::Timeslots;
use legs::{LineTest, LineTestReport};
use line_test::Run;

/// Timeslots of an E1.
const SLOTS: usize = 32;

#[derive(Debug)]
pub(crate) struct SlotTests {
    runs: [Option<Run>; SLOTS],
    running: usize,
}

impl Default for SlotTests {
    fn default() -> SlotTests {
        SlotTests { runs: [const { None }; SLOTS], running: 0 }
    }
}

impl SlotTests {
    pub(crate) fn set(&mut self, slot: u8, test: Option<LineTest>) {
        if let Some(run) = self.runs.get_mut(usize::from(slot)) {
            *run = test.map(Run::new);
            self.running = self.runs.iter().flatten().count();
        }
    }

    pub(crate) fn runs_on(&self, slot: u8) -> bool {
        self.runs.get(usize::from(slot)).is_some_and(Option::is_some)
    }

    fn each(&mut self) -> impl Iterator<Item = (u8, &mut Run)> {
        let some = if self.running > 0 { SLOTS } else { 0 };
        self.runs.iter_mut().zip(0u8..).take(some).filter_map(|(run, slot)| Some((slot, run.as_mut()?)))
    }

    pub(crate) fn transmit(&mut self, spoken: &mut Timeslots) {
        self.each().for_each(|(slot, run)| run.transmit(spoken.slot_mut(slot)));
    }

    pub(crate) fn receive(&mut self, heard: &Timeslots) {
        self.each().for_each(|(slot, run)| run.receive(heard.slot(slot)));
    }

    pub(crate) fn reports(&self) -> impl Iterator<Item = (u8, LineTestReport)> + '_ {
        self.runs.iter().zip(0u8..).filter_map(|(run, slot)| Some((slot, run.as_ref()?.report())))
    }
}
