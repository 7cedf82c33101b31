//! Requests of the far end within a dialog, RFC 3261 12.2.2.

use super::core::{CallOutput, Calls};
use super::leg::{Leg, LegTimer, Phase};
use crate::causes;
use crate::dialog::InOrder;
use crate::transactions::{Peer, TxId};
use crate::transport::Source;
use crate::wire::{self, push, text};
use clock::Monotonic;
use identity::LegId;
use legs::LegIndication;
use numbering::{Cause, Key};
use sipx_sip::{HeaderName, Method, Request};

/// How long a key counts that says nothing of its duration.
const KEY_MILLIS: u32 = 100;

impl Calls {
    pub(super) fn request_within(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request, source: Source) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let theirs = wire::tag(&request.headers, &HeaderName::From);
        if leg.dialog.remote_tag.is_some() && leg.dialog.remote_tag != theirs {
            self.refuse(now, tx, request, 481);
            return;
        }
        if leg.dialog.note_request(request) == InOrder::Late {
            // RFC 3261 12.2.2: out of order is refused with 500.
            self.refuse(now, tx, request, 500);
            return;
        }
        if let Some(unknown) = super::reliable::unsupported(&request.headers) {
            self.refuse_extension(now, tx, request, unknown);
            return;
        }
        leg.dialog.peer = Peer::from(source);
        if matches!(leg.phase, Phase::Closing(_)) && request.method != Method::Bye {
            self.refuse(now, tx, request, 481);
            return;
        }
        match request.method {
            Method::Bye => self.bye_received(now, id, tx, request),
            Method::Invite => self.reinvited(now, id, tx, request),
            Method::Update => self.update_received(now, id, tx, request),
            Method::Prack => self.prack_received(now, id, tx, request),
            Method::Info => self.info_received(now, id, tx, request),
            Method::Refer => self.refer_received(now, id, tx, request),
            Method::Notify => self.notify_received(now, id, tx, request),
            Method::Options => self.options_received(now, tx, request),
            _ => self.refuse_method(now, tx, request),
        }
    }

    /// BYE; a caller may send one before we answered (RFC 3261 15).
    fn bye_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        self.refuse(now, tx, request, 200);
        let early = match self.legs.get(&id) {
            Some(Leg { phase: Phase::Invited(invited), .. }) => Some(invited.invite),
            _ => None,
        };
        if let Some(invite) = early
            && let Some(response) = self.reply_to_invite(id, invite, 487)
        {
            self.tx.respond(now, invite, response);
        }
        self.gone(now, id, causes::of_clearing(&request.headers));
    }

    pub fn options_received(&mut self, now: Monotonic, tx: TxId, request: &Request) {
        let tag = self.random.token();
        let Some(mut response) = wire::reply(request, 200, &tag) else { return };
        push(&mut response.headers, HeaderName::Allow, wire::ALLOW);
        push(&mut response.headers, HeaderName::Supported, wire::SUPPORTED);
        push(&mut response.headers, HeaderName::Accept, wire::SDP);
        self.tx.respond(now, tx, response);
    }

    /// 405 for a method we know and do not serve there, 501 for one we never heard of (RFC 3261 8.2.1).
    pub fn refuse_method(&mut self, now: Monotonic, tx: TxId, request: &Request) {
        let code = if matches!(request.method, Method::Other(_)) { 501 } else { 405 };
        let tag = self.random.token();
        let Some(mut response) = wire::reply(request, code, &tag) else { return };
        push(&mut response.headers, HeaderName::Allow, wire::ALLOW);
        self.tx.respond(now, tx, response);
    }

    pub fn refuse_extension(&mut self, now: Monotonic, tx: TxId, request: &Request, unknown: String) {
        let tag = self.random.token();
        let Some(mut response) = wire::reply(request, 420, &tag) else { return };
        push(&mut response.headers, HeaderName::Unsupported, unknown);
        self.tx.respond(now, tx, response);
    }

    /// INFO with a key: `application/dtmf-relay` or `application/dtmf`, as telephones send them.
    fn info_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let kind = wire::content_type(&request.headers).unwrap_or_default();
        if kind != "application/dtmf-relay" && kind != "application/dtmf" {
            // An empty INFO is a keep-alive; other bodies are not for us (RFC 6086 4.2.2).
            self.refuse(now, tx, request, if request.body().is_empty() { 200 } else { 415 });
            return;
        }
        self.refuse(now, tx, request, 200);
        if let Some((key, millis)) = key_of(&String::from_utf8_lossy(request.body())) {
            self.indicate(id, LegIndication::Key { key, millis });
        }
    }

    fn notify_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let event = text(&request.headers, &HeaderName::Event).unwrap_or_default();
        let package = event.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if package != "talk" && package != "refer" && package != "hold" {
            self.refuse(now, tx, request, 489);
            return;
        }
        self.refuse(now, tx, request, 200);
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.out.push_back(CallOutput::Notified { leg: id, event: package, body });
    }

    /// The exchange begins to clear; an announcement may be heard first.
    pub(super) fn disconnect(&mut self, now: Monotonic, id: LegId, cause: numbering::ClearCause, inband: bool) {
        let Some(leg) = self.legs.get(&id) else { return };
        let announce = inband && matches!(leg.phase, Phase::Invited(_) | Phase::Up);
        if !announce {
            self.clear(now, id, cause);
            return;
        }
        if matches!(leg.phase, Phase::Invited(_)) {
            self.provisional(now, id, 183, true, Some(cause));
        }
        // Q.931 has T306 for this; here the far end has no timer of its own.
        self.timers.arm((id, LegTimer::ClearLimit), now + clock::Millis::secs(30));
    }

    /// Reports a far end that no longer answers within its dialog (RFC 3261 12.2.1.2).
    pub(super) fn lost(&mut self, now: Monotonic, id: LegId) {
        self.send_bye(now, id, Cause::RecoveryOnTimerExpiry.into());
        self.gone(now, id, Cause::DestinationOutOfOrder.into());
    }
}

/// Key and duration of a DTMF body.
fn key_of(body: &str) -> Option<(Key, u32)> {
    let (mut signal, mut millis) = (None, KEY_MILLIS);
    for line in body.lines() {
        match line.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("signal") => signal = Some(value.trim()),
            Some((name, value)) if name.trim().eq_ignore_ascii_case("duration") => {
                millis = value.trim().parse().unwrap_or(KEY_MILLIS).min(60_000);
            }
            _ if signal.is_none() && !line.trim().is_empty() => signal = Some(line.trim()),
            _ => {}
        }
    }
    let key = match signal? {
        "10" => Key::new('*'),
        "11" => Key::new('#'),
        one => {
            let mut chars = one.chars();
            let key = Key::new(chars.next()?);
            if chars.next().is_some() { None } else { key }
        }
    };
    key.map(|key| (key, millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bodies that telephones really send.
    #[test]
    fn keys_of_info() {
        let key = |body| key_of(body).map(|(k, m)| (k.as_char(), m));
        assert_eq!(key("Signal=5\r\nDuration=160\r\n"), Some(('5', 160)));
        assert_eq!(key("Signal= #\r\nDuration= 250"), Some(('#', 250)));
        assert_eq!(key("*"), Some(('*', KEY_MILLIS)));
        assert_eq!(key("Signal=11"), Some(('#', KEY_MILLIS)));
        assert_eq!(key("Signal=hook"), None);
        assert_eq!(key(""), None);
    }
}
