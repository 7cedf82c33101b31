//! Session timers, RFC 4028, both roles.

use super::core::{Calls, Purpose};
use super::leg::LegTimer;
use crate::wire::{self, push, set};
use clock::{Millis, Monotonic};
use identity::LegId;
use numbering::{Cause, ClearCause};
use sipx_sip::session::{ABSOLUTE_MIN_INTERVAL, Accepted, Answer, MinSe, Refresher, Session, SessionExpires};
use sipx_sip::{HeaderName, Headers, Method};
use std::time::Duration;

/// What we answer to a request for a session timer; `ours` seconds are our own wish, 0: we do not use timers.
pub(crate) fn answer(headers: &Headers, ours: u32) -> Answer {
    if ours == 0 {
        return Answer::None;
    }
    let supports =
        wire::names(headers, &HeaderName::Supported, "timer") || wire::names(headers, &HeaderName::Require, "timer");
    let asked = headers.typed::<SessionExpires>().and_then(Result::ok);
    let floor = headers.typed::<MinSe>().and_then(Result::ok).map(|m| m.0);
    if asked.is_none() {
        if !supports {
            return Answer::None;
        }
        // The far end can and did not ask: we ask, and do the refreshing ourselves (RFC 4028 9).
        let interval = Duration::from_secs(u64::from(ours)).max(floor.unwrap_or(ABSOLUTE_MIN_INTERVAL));
        return Answer::Accept(Accepted { interval, refresher: Refresher::Uas, require: true });
    }
    sipx_sip::session::answer(supports, asked, floor, ABSOLUTE_MIN_INTERVAL)
}

/// Writes the terms into a 2xx.
pub(crate) fn state_terms(headers: &mut Headers, terms: &Accepted) {
    let value = format!("{};refresher={}", terms.interval.as_secs(), terms.refresher.as_str());
    set(headers, HeaderName::SessionExpires, value);
    if terms.require {
        set(headers, HeaderName::Require, "timer");
    }
}

pub(crate) fn of_terms(terms: &Accepted) -> Session {
    Session { interval: terms.interval, we_refresh: terms.refresher == Refresher::Uas }
}

/// Asks for a timer in a request of ours.
pub(crate) fn ask(headers: &mut Headers, seconds: u64, refresher: Option<Refresher>) {
    let role = refresher.map(|r| format!(";refresher={}", r.as_str())).unwrap_or_default();
    push(headers, HeaderName::SessionExpires, format!("{seconds}{role}"));
    push(headers, HeaderName::MinSe, ABSOLUTE_MIN_INTERVAL.as_secs().to_string());
}

impl Calls {
    pub(super) fn start_session(&mut self, now: Monotonic, id: LegId, session: Session) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.session = Some(session);
        let wait = Millis(u64::try_from(session.act_after().as_millis()).unwrap_or(u64::MAX));
        self.timers.arm((id, LegTimer::Session), now + wait);
    }

    pub(super) fn stop_session(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.session = None;
        }
        self.timers.disarm(&(id, LegTimer::Session));
    }

    /// What the 2xx to an INVITE or refresh of ours says of the timer (RFC 4028 7.2).
    pub(super) fn adopt_session(&mut self, now: Monotonic, id: LegId, headers: &Headers, asked: Option<Duration>) {
        let agreed = headers.typed::<SessionExpires>().and_then(Result::ok);
        match sipx_sip::session::adopt(agreed, asked) {
            Some(session) => self.start_session(now, id, session),
            None => self.stop_session(id),
        }
    }

    /// Half the interval has passed and refreshing is ours, or nearly all of it and the far end did not refresh.
    pub(super) fn session_due(&mut self, now: Monotonic, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(session) = leg.session else { return };
        if !session.we_refresh {
            self.clear(now, id, ClearCause::ours(Cause::RecoveryOnTimerExpiry));
            return;
        }
        if leg.change.out.is_some() || leg.unacked.is_some() {
            // A re-INVITE under way refreshes by itself.
            self.timers.arm((id, LegTimer::Session), now + Millis::secs(5));
            return;
        }
        if !leg.can_update {
            self.renegotiate(now, id);
            return;
        }
        let interval = session.interval.as_secs();
        let headers = vec![
            (HeaderName::SessionExpires, format!("{interval};refresher=uac")),
            (HeaderName::Supported, wire::SUPPORTED.to_owned()),
        ];
        let tx = self.send_within(now, id, Method::Update, headers, None, Purpose::Update(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.change.out = tx;
        }
        // Should this refresh get lost, the next one comes before the far end gives up.
        self.timers.arm((id, LegTimer::Session), now + Millis(interval * 250));
    }
}
