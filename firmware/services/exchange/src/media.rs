//! What the media engine reports.

use crate::machine::Exchange;
use crate::table::Service;
use identity::{CallId, LegId, LineId};
use ledger::Event;
use numbering::{Cause, Digits, Key};
use plan::{MediaIndication, MediaRequest, RecordingFault};

impl Exchange {
    pub(crate) fn media_indicated(&mut self, indication: MediaIndication) {
        match indication {
            MediaIndication::Key { leg, key, .. } => {
                if let Some(call) = self.table.of_leg(leg) {
                    self.key_pressed(call, leg, key);
                }
            }
            MediaIndication::PlayEnded { leg, play } => {
                if let Some(call) = self.table.of_leg(leg) {
                    self.service_play_ended(call, play);
                }
            }
            MediaIndication::PromptMissing { leg, prompt, .. } => {
                if let Some(call) = self.table.of_leg(leg) {
                    self.write(call, Event::PromptMissing { name: prompt.name, language: prompt.language });
                }
            }
            MediaIndication::FarEndSilent { leg, millis } => self.far_end_silent(leg, millis),
            MediaIndication::FarEndHeard { leg } => self.far_end_lives(leg),
            MediaIndication::Talkers { room, legs } => self.talkers_told(room, legs),
            MediaIndication::Quality { leg, quality } => self.quality_told(leg, quality),
            MediaIndication::RecordingFailed { recording, reason } => {
                if let Some((call, _)) = self.recordings.failed(self.outbox.now, recording, reason) {
                    let reason = fault_name(reason).to_owned();
                    self.write(call, Event::RecordingFailed { recording, reason });
                }
            }
            MediaIndication::RecordingClosed { recording, millis } => {
                let sum = self.recordings.closed(recording, clock::Millis(millis));
                if sum.is_some_and(|sum| !sum.complete()) {
                    self.board.short_recordings += 1;
                }
            }
            MediaIndication::Refused { leg } => self.no_speech_path(leg),
        }
    }

    /// The engine has no port for a leg: a call without speech is none.
    fn no_speech_path(&mut self, leg: LegId) {
        if let Some(call) = self.table.of_leg(leg) {
            self.board.fault(format!("the media engine refused leg {leg}"));
            self.release_leg(call, leg, Cause::ResourceUnavailable.into());
        }
    }

    /// A key, told by the engine or by signalling: a flow takes it; in talk a telephone's key is sent on to its peer. A trunk's
    /// key in talk is in the audio, which passes anyway.
    pub(crate) fn key_pressed(&mut self, call: CallId, leg: LegId, key: Key) {
        let Some(entry) = self.table.get(call) else { return };
        if let Service::Flow(walking) = &entry.visit.service {
            if walking.leg == leg {
                self.flow_key(call, key);
            }
            return;
        }
        if let Service::Entering { .. } = entry.visit.service {
            return self.key_at_door(call, leg, key);
        }
        // That of a telephone at a port is in its audio too.
        let telephone = entry.call.leg(leg).is_some_and(|l| l.extension().is_some() && l.line == LineId::Sip);
        if let Some(peer) = entry.call.stage().talks_to(leg).filter(|_| telephone) {
            let mut keys = Digits::default();
            keys.push(key);
            self.media(MediaRequest::SendKeys { leg: peer, keys });
        }
    }
}

fn fault_name(fault: RecordingFault) -> &'static str {
    match fault {
        RecordingFault::DiskFull => "disk_full",
        RecordingFault::DiskFailed => "disk_failed",
        RecordingFault::WriterTooSlow => "writer_too_slow",
    }
}
