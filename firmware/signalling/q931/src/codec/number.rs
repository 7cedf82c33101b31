use super::fault::IeErrorKind;
use super::octets::{LAST, Octets};
use numbering::{
    Digits, Key, NumberPlan, NumberType, PartyNumber, Presentation, RedirectReason, Redirection, Screening, SubAddress,
};

/// Digits of one number at most: E.164 has 15, private plans and prefixes more.
const MAX_DIGITS: usize = 40;
/// Table 4-3: a sub-address has at most 20 octets behind octet 3.
const MAX_SUB_ADDRESS: usize = 20;

/// Digits as IA5 characters.
pub(super) fn digits(octets: &[u8]) -> Result<Digits, IeErrorKind> {
    if octets.len() > MAX_DIGITS {
        return Err(IeErrorKind::Long);
    }
    let mut digits = Digits::default();
    for octet in octets {
        digits.push(Key::new(char::from(octet & 0x7f)).ok_or(IeErrorKind::Content)?);
    }
    Ok(digits)
}

/// Called party number, 4.5.8.
pub(super) fn parse_called(content: &[u8]) -> Result<PartyNumber, IeErrorKind> {
    let mut octets = Octets::new(content);
    let octet3 = octets.next()?;
    octets.skip_group(octet3)?;
    let (kind, plan) = type_and_plan(octet3);
    Ok(PartyNumber { digits: digits(octets.rest())?, kind, plan, ..PartyNumber::default() })
}

pub(super) fn encode_called(number: &PartyNumber, out: &mut Vec<u8>) {
    out.push(LAST | type_and_plan_value(number));
    out.extend_from_slice(number.digits.as_str().as_bytes());
}

/// Calling party number, 4.5.10; connected number (Q.951) has the same form.
pub(super) fn parse_calling(content: &[u8]) -> Result<PartyNumber, IeErrorKind> {
    let mut octets = Octets::new(content);
    let (mut number, last) = party(&mut octets)?;
    octets.skip_group(last)?;
    number.digits = digits(octets.rest())?;
    Ok(number)
}

pub(super) fn encode_calling(number: &PartyNumber, out: &mut Vec<u8>) {
    out.push(type_and_plan_value(number));
    out.push(LAST | presentation_and_screening(number));
    out.extend_from_slice(number.digits.as_str().as_bytes());
}

/// Redirecting number, 4.6.7: as calling, and the reason in octet 3b.
pub(super) fn parse_redirecting(content: &[u8]) -> Result<Redirection, IeErrorKind> {
    let mut octets = Octets::new(content);
    let (mut from, mut last) = party(&mut octets)?;
    let mut reason = RedirectReason::Unknown;
    if last & LAST == 0 {
        last = octets.next()?;
        reason = reason_of(last);
        octets.skip_group(last)?;
    }
    from.digits = digits(octets.rest())?;
    Ok(Redirection { from, reason })
}

pub(super) fn encode_redirecting(redirection: &Redirection, out: &mut Vec<u8>) {
    out.push(type_and_plan_value(&redirection.from));
    out.push(presentation_and_screening(&redirection.from));
    out.push(LAST | reason_value(redirection.reason));
    out.extend_from_slice(redirection.from.digits.as_str().as_bytes());
}

/// Called and calling party sub-address, 4.5.9 and 4.5.11.
pub(super) fn parse_sub_address(content: &[u8]) -> Result<SubAddress, IeErrorKind> {
    let mut octets = Octets::new(content);
    let octet3 = octets.next()?;
    octets.skip_group(octet3)?;
    if octets.rest().len() > MAX_SUB_ADDRESS {
        return Err(IeErrorKind::Long);
    }
    Ok(SubAddress { kind: octet3 >> 4 & 7, odd: octet3 & 0x08 != 0, octets: octets.rest().to_vec() })
}

pub(super) fn encode_sub_address(address: &SubAddress, out: &mut Vec<u8>) {
    out.push(LAST | (address.kind & 7) << 4 | if address.odd { 0x08 } else { 0 });
    out.extend_from_slice(&address.octets);
}

/// Octets 3 and 3a, and the last one read.
fn party(octets: &mut Octets<'_>) -> Result<(PartyNumber, u8), IeErrorKind> {
    let octet3 = octets.next()?;
    let (kind, plan) = type_and_plan(octet3);
    let mut number = PartyNumber { kind, plan, ..PartyNumber::default() };
    if octet3 & LAST != 0 {
        return Ok((number, octet3));
    }
    let octet3a = octets.next()?;
    number.presentation = match octet3a >> 5 & 3 {
        0 => Presentation::Allowed,
        1 => Presentation::Restricted,
        2 => Presentation::NotAvailable,
        _ => Presentation::Reserved,
    };
    number.screening = match octet3a & 3 {
        0 => Screening::UserNotScreened,
        1 => Screening::UserPassed,
        2 => Screening::UserFailed,
        _ => Screening::Network,
    };
    Ok((number, octet3a))
}

fn presentation_and_screening(number: &PartyNumber) -> u8 {
    let presentation = match number.presentation {
        Presentation::Allowed => 0,
        Presentation::Restricted => 1,
        Presentation::NotAvailable => 2,
        Presentation::Reserved => 3,
    };
    let screening = match number.screening {
        Screening::UserNotScreened => 0,
        Screening::UserPassed => 1,
        Screening::UserFailed => 2,
        Screening::Network => 3,
    };
    presentation << 5 | screening
}

fn type_and_plan(octet: u8) -> (NumberType, NumberPlan) {
    let kind = match octet >> 4 & 7 {
        0 => NumberType::Unknown,
        1 => NumberType::International,
        2 => NumberType::National,
        3 => NumberType::NetworkSpecific,
        4 => NumberType::Subscriber,
        6 => NumberType::Abbreviated,
        other => NumberType::Reserved(other),
    };
    let plan = match octet & 0x0f {
        0 => NumberPlan::Unknown,
        1 => NumberPlan::Isdn,
        3 => NumberPlan::Data,
        4 => NumberPlan::Telex,
        8 => NumberPlan::National,
        9 => NumberPlan::Private,
        other => NumberPlan::Reserved(other),
    };
    (kind, plan)
}

fn type_and_plan_value(number: &PartyNumber) -> u8 {
    let kind = match number.kind {
        NumberType::Unknown => 0,
        NumberType::International => 1,
        NumberType::National => 2,
        NumberType::NetworkSpecific => 3,
        NumberType::Subscriber => 4,
        NumberType::Abbreviated => 6,
        NumberType::Reserved(value) => value & 7,
    };
    let plan = match number.plan {
        NumberPlan::Unknown => 0,
        NumberPlan::Isdn => 1,
        NumberPlan::Data => 3,
        NumberPlan::Telex => 4,
        NumberPlan::National => 8,
        NumberPlan::Private => 9,
        NumberPlan::Reserved(value) => value & 0x0f,
    };
    kind << 4 | plan
}

fn reason_of(octet: u8) -> RedirectReason {
    match octet & 0x0f {
        0 => RedirectReason::Unknown,
        1 => RedirectReason::Busy,
        2 => RedirectReason::NoReply,
        4 => RedirectReason::Deflection,
        9 => RedirectReason::OutOfOrder,
        10 => RedirectReason::ByCalledParty,
        15 => RedirectReason::Unconditional,
        other => RedirectReason::Reserved(other),
    }
}

fn reason_value(reason: RedirectReason) -> u8 {
    match reason {
        RedirectReason::Unknown => 0,
        RedirectReason::Busy => 1,
        RedirectReason::NoReply => 2,
        RedirectReason::Deflection => 4,
        RedirectReason::OutOfOrder => 9,
        RedirectReason::ByCalledParty => 10,
        RedirectReason::Unconditional => 15,
        RedirectReason::Reserved(value) => value & 0x0f,
    }
}
