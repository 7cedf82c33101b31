//! Bindings of extensions to contacts, RFC 3261 10.3.

use crate::transactions::Peer;
use crate::wire::{self, uri_text};
use clock::{Millis, Monotonic};
use numbering::Digits;
use sipx_sip::headers::ContactValue;
use sipx_sip::{CSeq, HeaderName, Request};
use std::collections::BTreeMap;

/// Contacts of one extension. The newest one is called.
const MAX_CONTACTS: usize = 4;

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The Contact URI as the phone wrote it: the Request-URI of our requests.
    pub contact: String,
    /// Where the REGISTER came from: where our requests go (the contact is a private address behind a NAT).
    pub peer: Peer,
    until: Monotonic,
    call_id: String,
    cseq: u32,
    order: u64,
}

/// How long registrations may last, seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegistrationTimes {
    /// Given when the phone names none, and the most that is given.
    pub expires: u32,
    pub min_expires: u32,
}

/// Why a REGISTER is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    Bad,
    TooBrief,
    /// An older request overtaken by a newer one (10.3 step 7).
    OutOfOrder,
    TooMany,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Registrar {
    bindings: BTreeMap<Digits, Vec<Binding>>,
    serial: u64,
    /// No binding runs out before this.
    next: Option<Monotonic>,
}

impl Registrar {
    /// The contact to call: the newest.
    pub fn contact(&self, extension: &Digits) -> Option<&Binding> {
        self.bindings.get(extension)?.iter().max_by_key(|b| b.order)
    }

    pub fn len(&self) -> usize {
        self.bindings.values().map(Vec::len).sum()
    }

    /// Does the extension register from this host now?
    pub fn comes_from(&self, extension: &Digits, host: std::net::IpAddr) -> bool {
        self.bindings.get(extension).is_some_and(|b| b.iter().any(|b| b.peer.to.ip() == host))
    }

    /// Carries out an authenticated REGISTER.
    pub fn register(
        &mut self,
        now: Monotonic,
        extension: &Digits,
        request: &Request,
        peer: Peer,
        times: RegistrationTimes,
    ) -> Result<(), Refusal> {
        let headers = &request.headers;
        let call_id = wire::text(headers, &HeaderName::CallId).ok_or(Refusal::Bad)?;
        let cseq = headers.typed::<CSeq>().and_then(Result::ok).ok_or(Refusal::Bad)?.sequence;
        let default = wire::text(headers, &HeaderName::Expires).and_then(|e| e.trim().parse().ok());
        let mut contacts = Vec::new();
        for contact in headers.typed_all::<ContactValue>() {
            contacts.push(contact.map_err(|_| Refusal::Bad)?);
        }
        if contacts.iter().any(|c| matches!(c, ContactValue::Wildcard)) {
            // 10.3 step 6: the asterisk stands alone and only to remove.
            if contacts.len() != 1 || default != Some(0) {
                return Err(Refusal::Bad);
            }
            self.bindings.remove(extension);
            return Ok(());
        }
        let mut wanted = Vec::new();
        for contact in contacts {
            let ContactValue::Address(address) = contact else { continue };
            let own = address.param("expires").and_then(|e| std::str::from_utf8(e).ok()?.parse::<u32>().ok());
            let asked = own.or(default).unwrap_or(times.expires);
            if asked > 0 && asked < times.min_expires {
                return Err(Refusal::TooBrief);
            }
            if !address.uri.scheme().is_sip() {
                return Err(Refusal::Bad);
            }
            wanted.push((uri_text(&address.uri), asked.min(times.expires)));
        }
        self.check_order(extension, &call_id, cseq, &wanted)?;
        for (contact, seconds) in wanted {
            self.bind(now, extension, contact, seconds, peer, &call_id, cseq);
        }
        Ok(())
    }

    fn check_order(&self, ext: &Digits, call_id: &str, cseq: u32, wanted: &[(String, u32)]) -> Result<(), Refusal> {
        let bound = self.bindings.get(ext).map(Vec::as_slice).unwrap_or_default();
        let old = |c: &String| bound.iter().find(|b| b.contact == *c);
        if wanted.iter().any(|(c, _)| old(c).is_some_and(|b| b.call_id == call_id && b.cseq >= cseq)) {
            return Err(Refusal::OutOfOrder);
        }
        if wanted.len() > MAX_CONTACTS { Err(Refusal::TooMany) } else { Ok(()) }
    }

    #[allow(clippy::too_many_arguments)]
    fn bind(&mut self, now: Monotonic, ext: &Digits, contact: String, secs: u32, peer: Peer, call_id: &str, cseq: u32) {
        let list = self.bindings.entry(ext.clone()).or_default();
        list.retain(|b| b.contact != contact);
        if secs > 0 {
            if list.len() >= MAX_CONTACTS {
                // A phone that changes its address at each restart must not lock itself out: its oldest contact goes.
                list.sort_by_key(|b| b.order);
                list.remove(0);
            }
            self.serial += 1;
            let until = now + Millis::secs(u64::from(secs));
            self.next = Some(self.next.map_or(until, |next| next.min(until)));
            list.push(Binding { contact, peer, until, call_id: call_id.to_owned(), cseq, order: self.serial });
        }
        if list.is_empty() {
            self.bindings.remove(ext);
        }
    }

    /// The Contact values of a 200 (10.3 step 8).
    pub fn current(&self, now: Monotonic, extension: &Digits) -> Vec<String> {
        let bound = self.bindings.get(extension).map(Vec::as_slice).unwrap_or_default();
        bound.iter().map(|b| format!("<{}>;expires={}", b.contact, b.until.since(now).as_secs())).collect()
    }

    /// Drops what has run out; says whose.
    pub fn expire(&mut self, now: Monotonic) -> Vec<Digits> {
        let touched = self.drop_where(|b| b.until <= now);
        self.next = self.bindings.values().flatten().map(|b| b.until).min();
        touched
    }

    /// Drops the contacts that lived on a lost connection; says whose.
    pub fn connection_closed(&mut self, conn: crate::ConnId) -> Vec<Digits> {
        self.drop_where(|b| b.peer.transport == crate::Transport::Tcp(conn))
    }

    /// Drops the bindings of extensions that are no longer ours; says whose.
    pub fn keep_only(&mut self, ours: impl Fn(&Digits) -> bool) -> Vec<Digits> {
        let gone: Vec<Digits> = self.bindings.keys().filter(|e| !ours(e)).cloned().collect();
        gone.iter().for_each(|e| {
            self.bindings.remove(e);
        });
        gone
    }

    fn drop_where(&mut self, gone: impl Fn(&Binding) -> bool) -> Vec<Digits> {
        let mut touched = Vec::new();
        for (extension, list) in &mut self.bindings {
            let before = list.len();
            list.retain(|b| !gone(b));
            if list.len() != before {
                touched.push(extension.clone());
            }
        }
        self.bindings.retain(|_, list| !list.is_empty());
        touched
    }

    /// When a binding may run out.
    pub fn deadline(&self) -> Option<Monotonic> {
        self.next
    }
}
