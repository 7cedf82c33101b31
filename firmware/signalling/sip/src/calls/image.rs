//! A fax that goes on as packets (T.38 annex D): the change of an established session from speech to an image stream and back. Whether it may is
//! the exchange's to say; where its packets go is the fax terminal's.

use super::core::{CallOutput, Calls};
use super::leg::{Exchange, LegTimer, Phase};
use super::offer::description;
use crate::sdp::{Description, Direction};
use crate::transactions::TxId;
use crate::wire;
use clock::{Millis, Monotonic};
use identity::LegId;
use legs::{ImageStream, LegIndication};
use plan::MediaRequest;
use sipx_sip::Request;
use std::net::{IpAddr, SocketAddr};

/// The exchange says so soon whether a fax may go on as packets; the far end would ask again after T1.
const THINKING: Millis = Millis::secs(4);

/// What a session has in the place of speech.
#[derive(Debug, Default)]
pub(crate) enum Image {
    #[default]
    None,
    /// Theirs waits for the exchange's word.
    TheyOffered(Box<Offered>),
    /// Ours is out.
    WeOffered {
        own: ImageStream,
    },
    Agreed {
        own: ImageStream,
    },
}

#[derive(Debug)]
pub(crate) struct Offered {
    invite: TxId,
    request: Request,
    offer: Description,
    index: usize,
}

impl Calls {
    /// Gives a re-INVITE back unless it offers a fax's stream and no speech that we could take.
    pub(super) fn unless_image_offered<'a>(
        &mut self,
        now: Monotonic,
        id: LegId,
        tx: TxId,
        request: &'a Request,
    ) -> Option<&'a Request> {
        let leg = self.legs.get_mut(&id)?;
        if matches!(leg.media.image, Image::TheyOffered(_)) {
            self.retry_later(now, tx, request);
            return None;
        }
        let Ok(Some(offer)) = description(&request.headers, request.body()) else { return Some(request) };
        let Some((index, stream)) = offer.image() else { return Some(request) };
        if offer.agree(&leg.media.local.codecs, &leg.media.local.secrets).is_ok() {
            return Some(request);
        }
        leg.dialog.note_target(&request.headers);
        let offered = Box::new(Offered { invite: tx, request: request.clone(), offer, index });
        match std::mem::replace(&mut leg.media.image, Image::TheyOffered(offered)) {
            // It says again what stands: a refresh.
            Image::Agreed { own } => self.accept_image(now, id, own),
            Image::None | Image::WeOffered { .. } | Image::TheyOffered(_) => {
                let stream = ImageStream { address: seen(stream.address, leg.dialog.peer.to.ip()), ..stream };
                self.timers.arm((id, LegTimer::ImageLimit), now + THINKING);
                self.indicate(id, LegIndication::ImageOffered { stream });
            }
        }
        None
    }

    /// The exchange's word on an image stream that the far end offered.
    pub(super) fn answer_image(&mut self, now: Monotonic, id: LegId, stream: Option<ImageStream>) {
        match stream {
            Some(own) => self.accept_image(now, id, own),
            None => self.refuse_image(now, id, 488),
        }
    }

    fn accept_image(&mut self, now: Monotonic, id: LegId, own: ImageStream) {
        let Some(offered) = self.take_offered(id) else {
            self.unexpected += 1;
            return;
        };
        let Some(mut ok) = self.reply_within(id, &offered.request) else { return };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let sdp = leg.media.local.answer_image(&offered.offer, offered.index, &own);
        let octets = wire::body(&mut ok.headers, wire::SDP, &sdp);
        ok.set_body(octets);
        if !self.refresh_terms(now, id, offered.invite, &offered.request, &mut ok) {
            return;
        }
        self.image_agreed(id, own);
        self.accept(now, id, offered.invite, ok);
    }

    fn refuse_image(&mut self, now: Monotonic, id: LegId, code: u16) {
        match self.take_offered(id) {
            Some(offered) => self.refuse(now, offered.invite, &offered.request, code),
            None => self.unexpected += 1,
        }
    }

    fn take_offered(&mut self, id: LegId) -> Option<Box<Offered>> {
        self.timers.disarm(&(id, LegTimer::ImageLimit));
        let image = &mut self.legs.get_mut(&id)?.media.image;
        match std::mem::take(image) {
            Image::TheyOffered(offered) => Some(offered),
            other => {
                *image = other;
                None
            }
        }
    }

    /// The exchange asks the far end to go on with packets.
    pub(super) fn offer_image(&mut self, now: Monotonic, id: LegId, own: ImageStream) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if !matches!(leg.phase, Phase::Up) || !matches!(leg.media.image, Image::None) {
            self.unexpected += 1;
            return self.indicate(id, LegIndication::ImageAnswered { stream: None });
        }
        leg.media.image = Image::WeOffered { own };
        self.renegotiate(now, id);
    }

    /// True: the answer to an offer of ours of an image stream, or one that has none.
    pub(super) fn take_image_answer(&mut self, id: LegId, answer: &Description) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let (own, new) = match leg.media.image {
            Image::WeOffered { own } => (own, true),
            Image::Agreed { own } => (own, false),
            Image::None | Image::TheyOffered(_) => return false,
        };
        let peer = leg.dialog.peer.to.ip();
        match answer.image() {
            Some((_, stream)) => {
                let stream = ImageStream { address: seen(stream.address, peer), ..stream };
                self.image_agreed(id, own);
                if new {
                    self.indicate(id, LegIndication::ImageAnswered { stream: Some(stream) });
                }
                true
            }
            None => {
                // It took our offer, and nothing of it: speech is asked for again.
                leg.change.again = true;
                self.image_refused(id);
                false
            }
        }
    }

    /// The far end goes on with speech.
    pub(super) fn image_refused(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if matches!(leg.media.image, Image::WeOffered { .. }) {
            leg.media.image = Image::None;
            self.indicate(id, LegIndication::ImageAnswered { stream: None });
        }
    }

    /// The media engine has nothing to say or to hear meanwhile.
    fn image_agreed(&mut self, id: LegId, own: ImageStream) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.media.image = Image::Agreed { own };
        leg.media.exchange = Exchange::Stable;
        if let Some(agreed) = leg.media.agreed {
            let rtp = agreed.session(Direction::NEITHER);
            self.out.push_back(CallOutput::Media(MediaRequest::Negotiated { leg: id, rtp }));
        }
    }

    /// Speech is not what the session carries, or not for long.
    pub(super) fn is_image(&self, id: LegId) -> bool {
        self.legs.get(&id).is_some_and(|leg| !matches!(leg.media.image, Image::None))
    }

    /// The leg ends: an offer that still waits is told so (RFC 3261 15.1.2).
    pub(super) fn drop_image(&mut self, now: Monotonic, id: LegId) {
        if let Some(offered) = self.take_offered(id) {
            self.refuse(now, offered.invite, &offered.request, 487);
        }
    }
}

/// Where the far end is reached: behind a NAT it names an address of its own net.
fn seen(named: SocketAddr, peer: IpAddr) -> SocketAddr {
    let private = match named.ip() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unspecified(),
    };
    if private { SocketAddr::new(peer, named.port()) } else { named }
}
