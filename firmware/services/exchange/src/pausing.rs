//! What is said (a card's number) is not to be recorded for a while: the agent pauses the recording, and resumes it; a limit does if nobody does.

use crate::machine::{Exchange, Timer};
use clock::Millis;
use desk::Refusal;
use identity::{AgentId, CallId, LegId};

impl Exchange {
    /// All recordings of the call: who pauses does not know which party is recorded.
    pub(crate) fn pause_recording(&mut self, call: CallId, leg: LegId) -> Result<(), Refusal> {
        let by = self.agent_of(call, leg);
        if !self.recordings.pause(call, by) {
            return Err(Refusal::NotNow);
        }
        let limit = Millis::secs(u64::from(self.house.settings.recording.pause_at_most_seconds));
        self.timers.arm(Timer::Pause(call), self.outbox.now.mono + limit);
        self.board.touched.calls.insert(call);
        Ok(())
    }

    pub(crate) fn resume_recording(&mut self, call: CallId, leg: LegId) -> Result<(), Refusal> {
        let by = self.agent_of(call, leg);
        if !self.recordings.resume(call, by) {
            return Err(Refusal::NotNow);
        }
        self.timers.disarm(&Timer::Pause(call));
        self.board.touched.calls.insert(call);
        Ok(())
    }

    /// Nobody resumed it.
    pub(crate) fn pause_over(&mut self, call: CallId) {
        self.recordings.resume(call, None);
        self.board.touched.calls.insert(call);
    }

    fn agent_of(&self, call: CallId, leg: LegId) -> Option<AgentId> {
        self.table.call(call)?.leg(leg)?.agent
    }
}
