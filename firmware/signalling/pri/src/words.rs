//! Legs in the words of Q.931 and back: what primary and basic access have in common.

use legs::{Audio, Compatibility, LegIndication, LegRequest, Notice, Setup};
use q931::{
    BearerCapability, CallIndication, CallRequest, ChannelIdentification, InformationElement, Progress,
    SetupIndication, SetupRequest, Side, TransferCapability,
};

/// Octets of a display element at most (4.5.16).
const MAX_DISPLAY: usize = 80;

/// The SETUP for an outgoing leg on that channel.
pub fn setup_request(side: Side, channel: ChannelIdentification, setup: Setup, overlap: bool) -> SetupRequest {
    // A display element goes from the network to the user only (table 3-15, note 12).
    let display = setup.display.filter(|_| side == Side::Network).map(display_octets);
    SetupRequest {
        bearer: bearer(setup.compatibility.audio),
        channel,
        called: setup.called,
        complete: setup.complete || !overlap,
        calling: setup.calling,
        calling_sub_address: setup.calling_sub_address,
        called_sub_address: setup.called_sub_address,
        redirecting: setup.redirecting,
        progress: Vec::new(),
        display: display.filter(|octets| !octets.is_empty()),
        other: [
            setup.compatibility.low_layer.map(InformationElement::LowLayer),
            setup.compatibility.high_layer.map(InformationElement::HighLayer),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// A leg request in the words of call control. None: an ISDN line has no use for it.
pub fn call_request(request: LegRequest, overlap_receiving: bool, overlap_sending: bool) -> Option<CallRequest> {
    let tone = |in_band: bool| in_band.then_some(Progress::InBand);
    Some(match request {
        LegRequest::MoreDigits if overlap_receiving => CallRequest::MoreInfo { dial_tone: false },
        LegRequest::Proceeding => CallRequest::Proceeding { progress: None },
        LegRequest::Alerting { inband } => CallRequest::Alerting { progress: tone(inband) },
        LegRequest::Progress { inband, cause } => {
            // PROGRESS must say something: that the far party is not on ISDN opens no speech path.
            CallRequest::Progress { progress: tone(inband).unwrap_or(Progress::DestinationNotIsdn), cause }
        }
        LegRequest::Answer { connected } => CallRequest::Connect { connected, progress: None },
        LegRequest::Digits { digits, complete } if overlap_sending => CallRequest::Information { digits, complete },
        LegRequest::Notify { notice } => CallRequest::Notify { description: notice.value() },
        LegRequest::Disconnect { cause, inband } => CallRequest::Disconnect { cause, tone: inband },
        LegRequest::Release { cause } => CallRequest::Release { cause },
        LegRequest::Setup(_)
        | LegRequest::MoreDigits
        | LegRequest::Digits { .. }
        | LegRequest::Key(_)
        | LegRequest::AnswerNow
        | LegRequest::Hold
        | LegRequest::Retrieve
        | LegRequest::OfferImage { .. }
        | LegRequest::AnswerImage { .. }
        | LegRequest::TransferAccepted
        | LegRequest::TransferDone
        | LegRequest::TransferFailed { .. } => return None,
    })
}

/// What a leg hears. None: nothing that the exchange needs to hear, or said by other means (set-up, channel, release).
pub fn call_indication(indication: CallIndication, overlap_sending: bool) -> Option<LegIndication> {
    match indication {
        CallIndication::Disconnect { cause, in_band } => Some(LegIndication::Disconnecting { cause, inband: in_band }),
        CallIndication::MoreInfo { .. } if !overlap_sending => None,
        CallIndication::MoreInfo { .. } => Some(LegIndication::MoreDigits),
        CallIndication::Proceeding { in_band: false } => Some(LegIndication::Proceeding),
        CallIndication::Proceeding { in_band: true } => Some(LegIndication::Progress { inband: true, cause: None }),
        CallIndication::Alerting { in_band } => Some(LegIndication::Alerting { inband: in_band }),
        CallIndication::Progress { in_band, cause } => Some(LegIndication::Progress { inband: in_band, cause }),
        CallIndication::Connect { connected } => Some(LegIndication::Answered { connected }),
        CallIndication::Information { digits, complete } => Some(LegIndication::Digits { digits, complete }),
        CallIndication::Active => None,
        CallIndication::Notify { description } => {
            Some(LegIndication::Notified { notice: Notice::from_value(description) })
        }
        // Ours are not asked to suspend, and what the peer suspends is handled above.
        CallIndication::SuspendConfirm
        | CallIndication::SuspendRejected { .. }
        | CallIndication::ResumeConfirm { .. }
        | CallIndication::Suspended { .. }
        | CallIndication::Resumed { .. } => None,
        CallIndication::Setup(_) | CallIndication::Channel { .. } | CallIndication::Released { .. } => None,
    }
}

/// A-law at 64 kbit/s in either case: our lines are E1.
fn bearer(audio: Audio) -> BearerCapability {
    let capability = match audio {
        Audio::Speech => TransferCapability::Speech,
        Audio::Audio3k1 => TransferCapability::Audio3k1,
    };
    BearerCapability { capability, ..BearerCapability::speech() }
}

/// What the caller's terminal said for the called one (annex B).
fn compatibility(setup: &SetupIndication) -> Compatibility {
    let audio = match setup.bearer.capability {
        TransferCapability::Speech => Audio::Speech,
        _ => Audio::Audio3k1,
    };
    let element = |wanted: fn(&InformationElement) -> Option<&Vec<u8>>| setup.other.iter().find_map(wanted).cloned();
    Compatibility {
        audio,
        low_layer: element(|it| if let InformationElement::LowLayer(octets) = it { Some(octets) } else { None }),
        high_layer: element(|it| if let InformationElement::HighLayer(octets) = it { Some(octets) } else { None }),
    }
}

/// What a leg hears of an incoming call.
pub fn leg_setup(setup: SetupIndication, overlap: bool) -> Setup {
    Setup {
        compatibility: compatibility(&setup),
        called: setup.called,
        complete: setup.complete || !overlap,
        calling: setup.calling,
        redirecting: setup.redirecting,
        called_sub_address: setup.called_sub_address,
        calling_sub_address: setup.calling_sub_address,
        display: setup.display.map(|octets| display_text(&octets)).filter(|text| !text.is_empty()),
    }
}

/// IA5 in the standard; UTF-8 is met in practice, what is neither becomes replacement characters. A first octet of 0x80 and more is the
/// character set of some national uses.
fn display_text(octets: &[u8]) -> String {
    let octets = match octets.split_first() {
        Some((0x80..=0xbf, rest)) => rest,
        _ => octets,
    };
    String::from_utf8_lossy(octets).chars().filter(|c| !c.is_control()).collect()
}

fn display_octets(text: String) -> Vec<u8> {
    text.chars().filter(|c| c.is_ascii() && !c.is_control()).take(MAX_DISPLAY).map(|c| c as u8).collect()
}
