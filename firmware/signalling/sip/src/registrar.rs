//! Bindings of extensions to contacts, RFC 3261 10.3.

use crate::transactions::Peer;
use crate::transport::Transport;
use crate::wire::{self, uri_text};
use clock::{Millis, Monotonic};
use numbering::Digits;
use sipx_sip::headers::ContactValue;
use sipx_sip::{CSeq, HeaderName, Request};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Contacts of one extension. They are called one after the other, the newest first.
const MAX_CONTACTS: usize = 4;

/// A contact that let so many of our questions in a row go unanswered counts as unreachable.
const MISSES: u8 = 3;

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
    /// Questions in a row that stayed unanswered.
    misses: u8,
}

impl Binding {
    fn reachable(&self) -> bool {
        self.misses < MISSES
    }
}

/// A contact as it is kept over a restart of the box. Those on a TCP connection are not: the connection does not outlive the box, and
/// a telephone that lost it registers anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptContact {
    /// The URI as the telephone wrote it.
    pub contact: String,
    /// Where its REGISTER came from, and at which of our addresses it arrived.
    pub to: SocketAddr,
    pub local: SocketAddr,
    pub until: Monotonic,
    /// Of its last REGISTER: an older one that arrives late is refused (RFC 3261 10.3 step 7).
    pub call_id: String,
    pub cseq: u32,
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
    /// The contact to call first: the newest of those that can be reached.
    pub fn contact(&self, extension: &Digits) -> Option<&Binding> {
        self.bindings.get(extension)?.iter().filter(|b| b.reachable()).max_by_key(|b| b.order)
    }

    /// Every contact that can be reached, the newest first.
    pub fn contacts(&self, extension: &Digits) -> Vec<&Binding> {
        let bound = self.bindings.get(extension).map(Vec::as_slice).unwrap_or_default();
        let mut contacts: Vec<&Binding> = bound.iter().filter(|b| b.reachable()).collect();
        contacts.sort_by_key(|b| std::cmp::Reverse(b.order));
        contacts
    }

    /// Every contact there is, reachable or not.
    pub fn all(&self) -> impl Iterator<Item = (&Digits, &Binding)> {
        self.bindings.iter().flat_map(|(extension, bound)| bound.iter().map(move |binding| (extension, binding)))
    }

    pub fn find(&self, extension: &Digits, contact: &str) -> Option<&Binding> {
        self.bindings.get(extension)?.iter().find(|b| b.contact == contact)
    }

    fn find_mut(&mut self, extension: &Digits, contact: &str) -> Option<&mut Binding> {
        self.bindings.get_mut(extension)?.iter_mut().find(|b| b.contact == contact)
    }

    /// The contact answered a question of ours.
    pub fn answered(&mut self, extension: &Digits, contact: &str) {
        if let Some(binding) = self.find_mut(extension, contact) {
            binding.misses = 0;
        }
    }

    /// The contact let a question of ours go unanswered.
    pub fn missed(&mut self, extension: &Digits, contact: &str) {
        if let Some(binding) = self.find_mut(extension, contact) {
            binding.misses = (binding.misses + 1).min(MISSES);
        }
    }

    /// Nobody is asked any more: all count as reachable until they run out.
    pub fn forgive(&mut self) {
        self.bindings.values_mut().flatten().for_each(|binding| binding.misses = 0);
    }

    /// Requests go out from another of our addresses from now on.
    pub fn move_local(&mut self, from: SocketAddr, to: SocketAddr) {
        let moved = |b: &&mut Binding| b.peer.local == from && b.peer.transport == Transport::Udp;
        self.bindings.values_mut().flatten().filter(moved).for_each(|binding| binding.peer.local = to);
    }

    /// What is to outlive a restart, the oldest first.
    pub fn kept(&self, extension: &Digits) -> Vec<KeptContact> {
        let bound = self.bindings.get(extension).map(Vec::as_slice).unwrap_or_default();
        let mut bound: Vec<&Binding> = bound.iter().filter(|b| b.peer.transport == Transport::Udp).collect();
        bound.sort_by_key(|b| b.order);
        let keep = |b: &Binding| KeptContact {
            contact: b.contact.clone(),
            to: b.peer.to,
            local: b.peer.local,
            until: b.until,
            call_id: b.call_id.clone(),
            cseq: b.cseq,
        };
        bound.into_iter().map(keep).collect()
    }

    /// Takes back what [`Registrar::kept`] gave before a restart.
    pub fn restore(&mut self, now: Monotonic, extension: &Digits, kept: KeptContact) {
        let list = self.bindings.entry(extension.clone()).or_default();
        if kept.until > now && list.len() < MAX_CONTACTS {
            let peer = Peer { transport: Transport::Udp, to: kept.to, local: kept.local };
            let KeptContact { contact, until, call_id, cseq, .. } = kept;
            self.serial += 1;
            self.next = Some(self.next.map_or(until, |next| next.min(until)));
            list.push(Binding { contact, peer, until, call_id, cseq, order: self.serial, misses: 0 });
        }
        if list.is_empty() {
            self.bindings.remove(extension);
        }
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
            list.push(Binding {
                contact,
                peer,
                until,
                call_id: call_id.to_owned(),
                cseq,
                order: self.serial,
                misses: 0,
            });
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
        self.drop_where(|b| b.peer.transport == Transport::Tcp(conn))
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
