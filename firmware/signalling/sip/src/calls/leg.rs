//! What is known of one leg.

use super::image::Image;
use super::referral::Referral;
use super::reliable::Reliable;
use crate::dialog::Dialog;
use crate::sdp::{Agreed, Description, Direction, Local};
use crate::transactions::{Peer, TxId};
use clock::{Millis, Monotonic};
use numbering::ClearCause;
use sipx_sip::session::Session;
use sipx_sip::{HeaderName, Response};
use std::collections::VecDeque;

/// T1 and T2 of RFC 3261 table 4.
pub(crate) const T1: Millis = Millis(500);
pub(crate) const T2: Millis = Millis::secs(4);
/// 64 * T1: how long anything is repeated.
pub(crate) const GIVE_UP: Millis = Millis(64 * 500);

/// Timers of a leg that are not its transactions'.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum LegTimer {
    /// Send the 2xx of an INVITE again (RFC 3261 13.3.1.4).
    OkAgain,
    /// Send a reliable provisional response again (RFC 3262 3).
    ReliableAgain,
    /// The contact that was called says nothing: the next one's turn.
    NextContact,
    /// The far end has rung for too long.
    RingLimit,
    /// No final response after CANCEL (RFC 3261 9.1).
    CancelLimit,
    /// Try a re-INVITE again after 491 (RFC 3261 14.1).
    ChangeAgain,
    /// Refresh the session, or hang up because nobody did (RFC 4028 10).
    Session,
    /// The exchange did not answer a REFER.
    ReferLimit,
    /// The exchange did not say whether a fax may go on as packets.
    ImageLimit,
    /// The announcement before clearing has lasted long enough.
    ClearLimit,
}

/// Where the INVITE of a leg stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Incoming, no final response yet.
    Invited(Box<Invited>),
    /// Outgoing, no final response yet.
    Inviting(Inviting),
    /// Answered.
    Up,
    /// Released by us; the far end does not know yet. The exchange has had its last word.
    Closing(Closing),
}

impl Phase {
    pub const fn name(&self) -> &'static str {
        match self {
            Phase::Invited(_) => "Invited",
            Phase::Inviting(_) => "Inviting",
            Phase::Up => "Up",
            Phase::Closing(_) => "Closing",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Invited {
    pub invite: TxId,
    pub reliable: Reliable,
    /// An SDP of ours has gone out in a provisional response.
    pub early: bool,
    /// The session timer that the 2xx will state.
    pub terms: Option<sipx_sip::session::Accepted>,
}

#[derive(Debug)]
pub(crate) struct Inviting {
    pub invite: TxId,
    /// A provisional response came: CANCEL is allowed (RFC 3261 9.1).
    pub heard: bool,
    /// The last reliable provisional response, RFC 3262 4.
    pub rseq: Option<u32>,
    /// Ask the phone to answer as soon as there is an early dialog.
    pub talk: bool,
    /// Kinds of progress told already.
    pub alerted: bool,
    /// Session interval that we asked for.
    pub asked: Option<std::time::Duration>,
    pub others: Others,
}

/// Contacts that are called if this one says nothing, and what their INVITE says beside what every INVITE does.
#[derive(Debug, Default)]
pub(crate) struct Others {
    pub contacts: VecDeque<(String, Peer)>,
    pub headers: Vec<(HeaderName, String)>,
}

#[derive(Debug)]
pub(crate) enum Closing {
    /// CANCEL is sent, or waits for the first provisional response.
    Cancel { invite: TxId, cause: ClearCause, sent: bool },
    /// BYE waits for the ACK of our 2xx (RFC 3261 15).
    Bye { cause: ClearCause },
}

/// A 2xx of ours to an INVITE, repeated until its ACK comes.
#[derive(Debug)]
pub(crate) struct Unacked {
    pub invite: TxId,
    pub ok: Response,
    pub interval: Millis,
    pub until: Monotonic,
}

/// Offer and answer.
#[derive(Debug)]
pub(crate) struct Media {
    pub local: Local,
    /// What we want to do; what the far end wants is in `agreed`.
    pub want: Direction,
    pub agreed: Option<Agreed>,
    /// The far end holds us.
    pub held: bool,
    pub exchange: Exchange,
    /// The offer that our standing description answers, and its stream; `None` if ours was the offer.
    pub answered: Option<(Box<Description>, usize)>,
    pub image: Image,
}

#[derive(Debug)]
pub(crate) enum Exchange {
    Stable,
    /// Ours is out.
    WeOffered,
    /// Theirs waits for our answer.
    TheyOffered(Box<Description>, usize, Agreed),
}

/// Changes of an established session that we ask for.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// A re-INVITE or UPDATE of ours is under way.
    pub out: Option<TxId>,
    /// Another one is wanted afterwards.
    pub again: bool,
}

#[derive(Debug)]
pub(crate) struct Leg {
    pub dialog: Dialog,
    pub phase: Phase,
    pub media: Media,
    pub unacked: Option<Unacked>,
    pub change: Change,
    pub session: Option<Session>,
    /// The far end allows UPDATE.
    pub can_update: bool,
    pub referral: Option<Referral>,
}

impl Media {
    pub fn new(local: Local, exchange: Exchange) -> Media {
        Media { local, want: Direction::BOTH, agreed: None, held: false, exchange, answered: None, image: Image::None }
    }
}

impl Leg {
    pub fn new(dialog: Dialog, phase: Phase, media: Media) -> Leg {
        let change = Change::default();
        Leg { dialog, phase, media, unacked: None, change, session: None, can_update: false, referral: None }
    }
}
