//! What goes on around registrations beside REGISTER: kept over a restart, asked after, and settings that change under them.

use crate::config::Config;
use crate::qualify::Asked;
use crate::registrar::KeptContact;
use crate::server::SipCore;
use crate::transactions::{Peer, TxId};
use crate::wire;
use clock::{Millis, Monotonic};
use numbering::Digits;
use sipx_sip::Method;
use std::net::SocketAddr;

impl SipCore {
    /// Other settings from now on. Calls that are up and telephones that are registered stay as they are: a new realm is asked for with
    /// the next challenge, new RTP ports are for new calls, and requests go out from the new address. Seed and limits stay the old ones.
    pub fn configure(&mut self, now: Monotonic, config: Config) {
        self.verifier.configure(config.realm.clone(), config.digest);
        self.calls.settings.session_seconds = config.session_seconds;
        self.calls.settings.ring_limit = config.ring_limit;
        self.calls.change_ports(config.rtp_ports);
        let (old, qualify) = (self.config.advertised, self.config.qualify);
        let Config { seed, limits, .. } = self.config;
        self.config = Config { seed, limits, ..config };
        self.registrar.move_local(old, self.config.advertised);
        if self.config.qualify != qualify {
            self.qualify_anew(now);
        }
    }

    fn qualify_anew(&mut self, now: Monotonic) {
        self.qualifier.stop();
        if self.config.qualify == Millis::ZERO {
            self.registrar.forgive();
        }
        let extensions: Vec<Digits> = self.accounts.keys().cloned().collect();
        for extension in extensions {
            self.tell_registration(&extension);
        }
        self.ask_all(now);
    }

    /// Contacts that were registered before the box started: the telephones need not come again before they would have. Those of
    /// extensions that are no longer ours, and those that have run out, are forgotten.
    pub fn restore(&mut self, now: Monotonic, extension: &Digits, contacts: Vec<KeptContact>) {
        if self.accounts.contains_key(extension) {
            contacts.into_iter().for_each(|kept| self.registrar.restore(now, extension, kept));
        }
        self.contacts_changed(extension);
        self.ask_all(now);
    }

    /// The next extension whose contacts are to be kept otherwise than before, with all that are to be kept.
    pub fn changed_contacts(&mut self) -> Option<(Digits, Vec<KeptContact>)> {
        let extension = self.changed.pop_first()?;
        let kept = self.registrar.kept(&extension);
        Some((extension, kept))
    }

    /// A call goes over this UDP address of ours.
    pub fn speaks_from(&self, local: SocketAddr) -> bool {
        self.calls.speaks_from(local)
    }

    /// The contact that registered from there is asked after the usual time.
    pub(crate) fn ask_later(&mut self, now: Monotonic, extension: &Digits, peer: Peer) {
        if self.config.qualify == Millis::ZERO {
            return;
        }
        let theirs = self.registrar.contacts(extension).into_iter().filter(|b| b.peer == peer);
        for contact in theirs.map(|b| b.contact.clone()).collect::<Vec<_>>() {
            self.qualifier.schedule(now, (extension.clone(), contact), self.config.qualify);
        }
    }

    /// All contacts are asked within the usual time, not all at once.
    fn ask_all(&mut self, now: Monotonic) {
        if self.config.qualify == Millis::ZERO {
            return;
        }
        let places: Vec<_> = self.registrar.all().map(|(e, b)| (e.clone(), b.contact.clone())).collect();
        for place in places {
            let wait = Millis(self.calls.random.below(self.config.qualify.0));
            self.qualifier.schedule(now, place, wait);
        }
    }

    pub(crate) fn ask_due(&mut self, now: Monotonic) {
        while let Some((extension, contact)) = self.qualifier.take_due(now) {
            let Some(peer) = self.registrar.find(&extension, &contact).map(|b| b.peer) else { continue };
            let place = (extension, contact);
            let from = format!("<sip:{}@{}>", self.calls.settings.contact_user, wire::host(peer.local.ip()));
            let to = format!("<{}>", place.1);
            let request = self.calls.outside(Method::Options, &place.1, &from, &to, peer);
            match request.and_then(|request| self.calls.ask(now, request, peer)) {
                Some(tx) => self.qualifier.asked(now, tx, place),
                // No room for one more transaction.
                None => self.qualifier.schedule(now, place, self.config.qualify),
            }
        }
    }

    pub(crate) fn question_concluded(&mut self, now: Monotonic, tx: TxId, how: Asked) {
        let Some(((extension, contact), since)) = self.qualifier.concluded(tx) else { return };
        match how {
            Asked::Answered => self.registrar.answered(&extension, &contact),
            Asked::Missed => self.registrar.missed(&extension, &contact),
        }
        self.tell_registration(&extension);
        if self.config.qualify > Millis::ZERO && self.registrar.find(&extension, &contact).is_some() {
            let wait = (since + self.config.qualify).since(now);
            self.qualifier.schedule(now, (extension, contact), wait);
        }
    }
}
