//! Calls as dialogs: INVITE and all that follows, under the leg primitives. Shared by the exchange's side ([`crate::SipCore`]) and the
//! telephone's ([`crate::phone::Phone`]); who is asking and where calls go to is decided there.

mod answering;
mod calling;
mod contacts;
mod core;
mod image;
mod leg;
mod offer;
mod referral;
mod reliable;
mod renegotiation;
mod requests;
mod session;
mod within;

pub(crate) use self::core::{CallOutput, CallSettings, Calls, Purpose};
pub(crate) use calling::{Invitation, Terms, answer_at_once, number_user, party};
pub(crate) use reliable::unsupported;
