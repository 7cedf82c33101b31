//! Transfer: REFER and its NOTIFYs, RFC 3515 and RFC 5589, Replaces in Refer-To (RFC 3891).

use super::calling::party;
use super::core::{Calls, Purpose};
use super::leg::{LegTimer, Phase};
use crate::causes;
use crate::transactions::TxId;
use crate::wire::{self, push, uri_text};
use clock::{Millis, Monotonic};
use identity::LegId;
use legs::LegIndication;
use numbering::ClearCause;
use sipx_sip::{CSeq, HeaderName, Method, Request, Uri};

/// How long the exchange may think about a REFER.
const THINKING: Millis = Millis::secs(10);
/// How long a NOTIFY subscription of a REFER is said to last.
const SUBSCRIBED_SECONDS: u32 = 60;

/// A REFER of the far end that is not settled.
#[derive(Debug)]
pub(crate) struct Referral {
    tx: TxId,
    request: Box<Request>,
    /// The `id` of its NOTIFYs.
    number: u32,
    accepted: bool,
    /// The far end wants NOTIFYs (RFC 4488).
    subscribed: bool,
}

/// Call-ID and tags in a Replaces header or Refer-To parameter, from the receiver's point of view: `to-tag` is ours.
pub(crate) fn replaces(value: &str) -> Option<(String, String, String)> {
    let mut parts = value.split(';').map(str::trim);
    let call_id = parts.next()?.to_owned();
    let (mut to, mut from) = (None, None);
    for part in parts {
        match part.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("to-tag") => to = Some(value.trim().to_owned()),
            Some((name, value)) if name.trim().eq_ignore_ascii_case("from-tag") => from = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Some((call_id, to?, from?))
}

impl Calls {
    /// The leg of ours that a Replaces names; both tags must fit.
    pub fn replaced(&self, value: &str) -> Option<LegId> {
        let (call_id, ours, theirs) = replaces(value)?;
        let leg = self.leg_named(&call_id, &ours)?;
        let (_, _, remote) = self.dialog_of(leg)?;
        (remote == Some(&theirs) && !self.is_closing(leg)).then_some(leg)
    }

    pub(super) fn refer_received(&mut self, now: Monotonic, id: LegId, tx: TxId, request: &Request) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.phase, Phase::Up) || leg.referral.is_some() {
            self.refuse(now, tx, request, 491);
            return;
        }
        let targets: Vec<_> = request.headers.get_all(&HeaderName::ReferTo).collect();
        let target = wire::address(&request.headers, &HeaderName::ReferTo);
        let (1, Some(target), Some(Ok(cseq))) = (targets.len(), target, request.headers.typed::<CSeq>()) else {
            // RFC 3515 2.4.2: exactly one Refer-To.
            self.refuse(now, tx, request, 400);
            return;
        };
        let wish = match referred_dialog(&target.uri) {
            Some(replaced) => self.replaced(&replaced).map(|other| LegIndication::TransferTo { other }).ok_or(481),
            None => wire::user(&target.uri)
                .and_then(|user| party(&user))
                .map(|number| LegIndication::Transfer { to: number.digits })
                .ok_or(404),
        };
        let wish = match wish {
            Ok(wish) => wish,
            Err(code) => {
                self.refuse(now, tx, request, code);
                return;
            }
        };
        let subscribed = !wire::text(&request.headers, &HeaderName::ReferSub)
            .is_some_and(|v| v.trim().to_ascii_lowercase().starts_with("false"));
        if let Some(leg) = self.legs.get_mut(&id) {
            let request = Box::new(request.clone());
            leg.referral = Some(Referral { tx, request, number: cseq.sequence, accepted: false, subscribed });
        }
        self.timers.arm((id, LegTimer::ReferLimit), now + THINKING);
        self.indicate(id, wish);
    }

    pub(super) fn transfer_accepted(&mut self, now: Monotonic, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let tag = leg.dialog.name.local_tag.clone();
        let contact = leg.dialog.contact();
        let Some(referral) = &mut leg.referral else {
            self.unexpected += 1;
            return;
        };
        if std::mem::replace(&mut referral.accepted, true) {
            return;
        }
        let (tx, subscribed) = (referral.tx, referral.subscribed);
        if let Some(mut response) = wire::reply(&referral.request, 202, &tag) {
            push(&mut response.headers, HeaderName::Contact, contact);
            if !subscribed {
                push(&mut response.headers, HeaderName::ReferSub, "false");
            }
            self.tx.respond(now, tx, response);
        }
        // The exchange answers with done or failed within its ring time; a phone must not wait for ever.
        self.timers.arm((id, LegTimer::ReferLimit), now + Millis::secs(180));
        self.notify_refer(now, id, 100, false);
    }

    pub(super) fn transfer_done(&mut self, now: Monotonic, id: LegId) {
        self.transfer_accepted_if_open(now, id);
        self.notify_refer(now, id, 200, true);
        self.end_referral(id);
    }

    pub(super) fn transfer_failed(&mut self, now: Monotonic, id: LegId, cause: ClearCause) {
        let code = causes::status(cause.cause);
        let Some(referral) = self.legs.get(&id).and_then(|leg| leg.referral.as_ref()) else { return };
        if referral.accepted {
            self.notify_refer(now, id, code, true);
        } else {
            let (tx, request) = (referral.tx, referral.request.clone());
            self.refuse(now, tx, &request, if code < 600 { 603 } else { code });
        }
        self.end_referral(id);
    }

    fn transfer_accepted_if_open(&mut self, now: Monotonic, id: LegId) {
        if self.legs.get(&id).and_then(|l| l.referral.as_ref()).is_some_and(|r| !r.accepted) {
            self.transfer_accepted(now, id);
        }
    }

    /// The leg ends before its REFER is settled: a waiting transaction must not stay open. After a successful transfer the exchange
    /// clears the leg itself; the NOTIFY went before.
    pub(super) fn drop_referral(&mut self, now: Monotonic, id: LegId) {
        let Some(referral) = self.legs.get_mut(&id).and_then(|leg| leg.referral.take()) else { return };
        if !referral.accepted {
            self.refuse(now, referral.tx, &referral.request, 603);
        }
        self.timers.disarm(&(id, LegTimer::ReferLimit));
    }

    fn end_referral(&mut self, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.referral = None;
        }
        self.timers.disarm(&(id, LegTimer::ReferLimit));
    }

    fn notify_refer(&mut self, now: Monotonic, id: LegId, code: u16, last: bool) {
        let Some(referral) = self.legs.get(&id).and_then(|leg| leg.referral.as_ref()) else { return };
        if !referral.subscribed {
            return;
        }
        let state = match last {
            true => "terminated;reason=noresource".to_owned(),
            false => format!("active;expires={SUBSCRIBED_SECONDS}"),
        };
        let headers =
            vec![(HeaderName::Event, format!("refer;id={}", referral.number)), (HeaderName::SubscriptionState, state)];
        let body = format!("SIP/2.0 {code} {}\r\n", wire::reason(code));
        let fragment = Some(("message/sipfrag;version=2.0", body));
        self.send_within(now, id, Method::Notify, headers, fragment, Purpose::Courtesy);
    }

    /// Asks the far end to go to `target` (the telephone's side); with `replacing` a leg of ours, to take that one's place.
    pub fn refer(&mut self, now: Monotonic, id: LegId, target: &str, replacing: Option<LegId>) {
        let mut to = target.to_owned();
        if let Some(other) = replacing {
            let Some(dialog) = self.legs.get(&other).map(|leg| &leg.dialog) else { return };
            let (call_id, ours) = (&dialog.name.call_id, &dialog.name.local_tag);
            let theirs = dialog.remote_tag.clone().unwrap_or_default();
            // The one who acts on it sees the dialog from the other end: our tag is its from-tag.
            let value = format!("{call_id};to-tag={theirs};from-tag={ours}");
            to = format!("{}?Replaces={}", uri_text_of(&dialog.target).unwrap_or(to), escape_header(&value));
        }
        let headers = vec![(HeaderName::ReferTo, format!("<{to}>"))];
        self.send_within(now, id, Method::Refer, headers, None, Purpose::Refer(id));
    }
}

fn uri_text_of(target: &str) -> Option<String> {
    wire::parse_uri(target).map(|uri| uri_text(&uri))
}

/// The Replaces within a Refer-To URI, unescaped.
fn referred_dialog(uri: &Uri) -> Option<String> {
    let headers = uri.headers()?;
    let value = headers.iter().find(|h| h.has_name("Replaces"))?.value()?;
    Some(unescape(&String::from_utf8_lossy(value)))
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut i) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(b) = bytes.get(i) {
        let code = text.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (b, code) {
            (b'%', Some(code)) => {
                out.push(code);
                i += 3;
            }
            _ => {
                out.push(*b);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Escapes a header value within a URI (RFC 3261 25.1, hvalue).
fn escape_header(value: &str) -> String {
    let mut text = String::new();
    for b in value.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' => text.push(b as char),
            _ => text.push_str(&format!("%{b:02X}")),
        }
    }
    text
}
