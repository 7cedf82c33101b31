//! Several contacts of one extension, called one after the other: the next has its turn when one says nothing at all.
//!
//! A telephone that rings, is busy or refuses has answered; nobody else is called for it. The contact before may have been slow: if it
//! speaks after all it is cancelled, or acknowledged and ended.

use super::calling::cancel_of;
use super::core::{Calls, Purpose};
use super::leg::{Inviting, Leg, LegTimer, Phase};
use crate::dialog::{Dialog, DialogName};
use crate::transactions::{Peer, TxId};
use clock::{Millis, Monotonic};
use identity::LegId;
use numbering::{Cause, ClearCause};
use sipx_sip::{CSeq, Message, Method, Response};

/// The INVITE has been sent four times by then (timer A from T1 on, RFC 3261 17.1.1.2).
pub(super) const SILENCE: Millis = Millis::secs(4);

/// The call to a contact that was given up.
#[derive(Debug)]
pub(crate) struct Abandoned {
    dialog: Dialog,
    cancelled: bool,
}

impl Calls {
    pub(super) fn contact_silent(&mut self, now: Monotonic, id: LegId) {
        let Some(Leg { phase: Phase::Inviting(Inviting { heard: false, invite, .. }), dialog, .. }) =
            self.legs.get(&id)
        else {
            return;
        };
        let (silent, dialog) = (*invite, dialog.clone());
        if self.call_next(now, id) {
            self.purposes.insert(silent, Purpose::Abandoned(Box::new(Abandoned { dialog, cancelled: false })));
        }
    }

    /// Calls the leg's next contact; false if there is none.
    pub(super) fn call_next(&mut self, now: Monotonic, id: LegId) -> bool {
        let Some(mut leg) = self.legs.remove(&id) else { return false };
        let called = self.call_contact(now, id, &mut leg);
        self.legs.insert(id, leg);
        called
    }

    fn call_contact(&mut self, now: Monotonic, id: LegId, leg: &mut Leg) -> bool {
        let Phase::Inviting(inviting) = &mut leg.phase else { return false };
        let Some((target, peer)) = inviting.others.contacts.pop_front() else { return false };
        let headers = std::mem::take(&mut inviting.others.headers);
        let more = !inviting.others.contacts.is_empty();
        self.names.remove(&leg.dialog.name);
        let call_id = format!("{}@{}", self.random.token(), peer.local.ip());
        leg.dialog = Dialog {
            name: DialogName { call_id, local_tag: self.random.token() },
            remote_tag: None,
            target,
            routes: Vec::new(),
            local_seq: 0,
            remote_seq: None,
            peer,
            ..leg.dialog.clone()
        };
        leg.media.local.address = peer.local.ip();
        self.names.insert(leg.dialog.name.clone(), id);
        let request = self.invite_request(leg, &headers);
        let sent = request.and_then(|request| self.send(now, request, peer, Purpose::Invite(id, None)));
        let (Some(invite), Phase::Inviting(inviting)) = (sent, &mut leg.phase) else { return false };
        inviting.invite = invite;
        inviting.heard = false;
        inviting.rseq = None;
        inviting.others.headers = headers;
        if more {
            self.timers.arm((id, LegTimer::NextContact), now + SILENCE);
        }
        true
    }

    /// A contact that was given up speaks after all.
    pub(super) fn abandoned_response(&mut self, now: Monotonic, tx: TxId, response: &Response, peer: Peer) {
        let code = response.status.code();
        if code < 200 {
            // Answered elsewhere or still ringing there; here it is over (RFC 3261 9.1: CANCEL once a provisional response came).
            let cause = ClearCause::ours(Cause::NormalClearing);
            let cancel = self.tx.client_request(tx).and_then(|invite| cancel_of(invite, cause));
            if let Some(cancel) = cancel
                && let Some(Purpose::Abandoned(abandoned)) = self.purposes.get_mut(&tx)
                && !std::mem::replace(&mut abandoned.cancelled, true)
            {
                let to = abandoned.dialog.peer;
                self.send(now, cancel, to, Purpose::Courtesy);
            }
            return;
        }
        if !response.status.is_success() {
            return;
        }
        let Some(Ok(cseq)) = response.headers.typed::<CSeq>() else { return };
        let Some(Purpose::Abandoned(abandoned)) = self.purposes.get_mut(&tx) else { return };
        let dialog = &mut abandoned.dialog;
        let first = dialog.remote_tag.is_none();
        dialog.note_response(response, peer.to, true);
        let Some(ack) = dialog.request_numbered(Method::Ack, cseq.sequence, &mut self.random) else { return };
        let bye = if first { dialog.request(Method::Bye, &mut self.random) } else { None };
        let peer = dialog.peer;
        self.tx.send_raw(&Message::Request(ack), peer);
        if let Some(bye) = bye {
            self.send(now, bye, peer, Purpose::Courtesy);
        }
    }
}
