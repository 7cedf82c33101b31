//! Offer and answer of a leg, RFC 3264.

use super::core::{CallOutput, Calls};
use super::image::Image;
use super::leg::Exchange;
use crate::sdp::{Description, Direction, SdpFault};
use crate::wire;
use identity::LegId;
use legs::LegIndication;
use plan::MediaRequest;
use sipx_sip::Headers;

/// The SDP of a message: none, one, or a body we cannot use (with the status that says so).
pub(crate) fn description(headers: &Headers, body: &[u8]) -> Result<Option<Description>, u16> {
    if body.is_empty() {
        return Ok(None);
    }
    match wire::content_type(headers).as_deref() {
        Some(wire::SDP) => {}
        _ => return Err(415),
    }
    match Description::parse(body) {
        Ok(description) => Ok(Some(description)),
        Err(SdpFault::NotSdp | SdpFault::BadLine | SdpFault::TooLong) => Err(400),
        Err(SdpFault::NoAudio) => Err(488),
    }
}

impl Calls {
    /// Notes an offer of the far end; the answer goes with our response.
    pub(super) fn note_offer(&mut self, id: LegId, offer: Description) -> Result<(), u16> {
        let Some(leg) = self.legs.get_mut(&id) else { return Ok(()) };
        let (index, agreed) = offer.agree(&leg.media.local.codecs, &leg.media.local.secrets).map_err(|_| 488_u16)?;
        leg.media.exchange = Exchange::TheyOffered(Box::new(offer), index, agreed);
        Ok(())
    }

    /// What we put in a message that may carry SDP: the answer to a waiting offer, or an offer if none was ever made.
    pub(super) fn describe(&mut self, id: LegId) -> Option<String> {
        let leg = self.legs.get_mut(&id)?;
        let media = &mut leg.media;
        match std::mem::replace(&mut media.exchange, Exchange::Stable) {
            Exchange::TheyOffered(offer, index, agreed) => {
                let answer = media.local.answer(&offer, index, &agreed, media.want);
                media.agreed = Some(agreed);
                media.answered = Some((offer, index));
                media.image = Image::None;
                self.negotiated(id, true);
                Some(answer)
            }
            Exchange::Stable if media.agreed.is_none() => {
                media.exchange = Exchange::WeOffered;
                Some(media.local.offer(media.want, None))
            }
            exchange => {
                media.exchange = exchange;
                None
            }
        }
    }

    /// An offer of ours for a re-INVITE.
    pub(super) fn offer(&mut self, id: LegId) -> Option<String> {
        let media = &mut self.legs.get_mut(&id)?.media;
        media.exchange = Exchange::WeOffered;
        Some(match &media.image {
            Image::WeOffered { own } | Image::Agreed { own } => media.local.offer_image(own),
            Image::None | Image::TheyOffered(_) => media.local.offer(media.want, media.agreed.as_ref()),
        })
    }

    /// The far end's answer to our offer. False: it has no stream that we can speak.
    pub(super) fn take_answer(&mut self, id: LegId, answer: &Description) -> bool {
        if self.take_image_answer(id, answer) {
            return true;
        }
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Ok((_, agreed)) = answer.answers(&leg.media.local.codecs, &leg.media.local.secrets) else { return false };
        let changed = leg.media.agreed != Some(agreed) || matches!(leg.media.exchange, Exchange::WeOffered);
        leg.media.agreed = Some(agreed);
        leg.media.exchange = Exchange::Stable;
        leg.media.answered = None;
        if changed {
            self.negotiated(id, false);
        }
        true
    }

    /// Tells the media engine, and the exchange if the far end's offer held or retrieved.
    fn negotiated(&mut self, id: LegId, theirs: bool) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(agreed) = leg.media.agreed else { return };
        if leg.media.local.secrets.are_used() {
            let keys = agreed.secured.map(|secured| secured.keys);
            self.out.push_back(CallOutput::Media(MediaRequest::Secure { leg: id, keys }));
        }
        self.out
            .push_back(CallOutput::Media(MediaRequest::Negotiated { leg: id, rtp: agreed.session(leg.media.want) }));
        if theirs && agreed.holds() != leg.media.held {
            leg.media.held = agreed.holds();
            let what = if leg.media.held { LegIndication::Held } else { LegIndication::Retrieved };
            self.indicate(id, what);
        }
    }

    /// Sets whether we hold the far end; true if that is a change.
    pub(super) fn want(&mut self, id: LegId, want: Direction) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        std::mem::replace(&mut leg.media.want, want) != want
    }
}
