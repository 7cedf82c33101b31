//! Calls between our lines and real peers, each on its end of a wire of the kernel's.

use crate::ground::{DYNAMIC, DYNAMIC_BASE, E1, Failed, Ground, must};
use crate::ours::{Ours, circuit, cleared};
use crate::peers::{Libpri, r2test};
use dahdi::{Buffers, Channel, E1Line, Moved};
use identity::SpanId;
use legs::{LegIndication, Origin};
use pri::Side;
use r2::{Length, Variant, Wants};

/// Calls each way against libpri.
const CALLS: usize = 20;

/// PRI: calls both ways with libpri, with their numbers, and speech both ways octet for octet.
pub fn pri_against_libpri(ground: &Ground) -> Result<String, Failed> {
    let mut far = Libpri::start(DYNAMIC_BASE[1])?;
    let config = pri::Config::new(SpanId(1), Side::User);
    let mut ours = Ours::start(DYNAMIC, config.into())?;
    let up = ours.until(15_000, "data link", |_| {
        far.carry()?;
        Ok(far.said("up"))
    })?;
    // Restarts of the start are over before the first call.
    let settle = ours.now();
    ours.until(3000, "settling", |ours| {
        far.carry()?;
        Ok(ours.now().since(settle).0 > 1000)
    })?;
    let mut slowest = 0;
    for index in 0..CALLS {
        let slot = [1, 7, 15, 17, 31][index % 5];
        slowest = slowest.max(call_from_libpri(ground, &mut ours, &mut far, index, slot)?);
        call_to_libpri(&mut ours, &mut far, slot)?;
    }
    must(ours.seized() == 0, || format!("{} legs left", ours.seized()))?;
    Ok(format!(
        "up in {up} ms; {CALLS} calls each way, set up to answered in {slowest} ms at most; speech both ways unchanged"
    ))
}

fn call_from_libpri(ground: &Ground, ours: &mut Ours, far: &mut Libpri, index: usize, slot: u8) -> Result<u64, Failed> {
    far.say(&format!("call {} {slot} 4001234567 13812345678", index + 1))?;
    let mut came = Vec::new();
    let took = ours.until(2000, "answer to libpri", |ours| {
        far.carry()?;
        came.extend(ours.answer_all());
        Ok(far.said(&format!("answered {}", index + 1)))
    })?;
    let [(leg, incoming)] = came.as_slice() else { return Err(Failed(format!("{} calls came", came.len()))) };
    must(incoming.setup.called.digits.as_str() == "4001234567", || format!("called {:?}", incoming.setup.called))?;
    let calling = incoming.setup.calling.as_ref().map(|number| number.digits.as_str());
    must(calling == Some("13812345678"), || format!("calling {calling:?}"))?;
    must(incoming.origin == Origin::Circuit(circuit(slot)), || format!("{:?}", incoming.origin))?;
    speech(ground.speech(DYNAMIC_BASE[1], u16::from(slot))?, ours, Some(far), slot)?;
    ours.request(*leg, cleared());
    ours.until(3000, "release", |ours| {
        far.carry()?;
        Ok(ours.legs_told(|told| matches!(told, LegIndication::Released { .. })) > 0)
    })?;
    ours.legs.clear();
    Ok(took)
}

fn call_to_libpri(ours: &mut Ours, far: &mut Libpri, slot: u8) -> Result<(), Failed> {
    let leg = ours.dial(slot, "80005", Some("4001234567"))?;
    ours.until(2000, "answer from libpri", |ours| {
        far.carry()?;
        Ok(ours.legs_told(|told| matches!(told, LegIndication::Answered { .. })) > 0)
    })?;
    let rang = far.heard().iter().any(|line| line.contains("80005 4001234567"));
    must(rang, || format!("libpri saw {:?}", far.heard()))?;
    ours.request(leg, cleared());
    ours.until(3000, "release", |ours| {
        far.carry()?;
        Ok(ours.legs_told(|told| matches!(told, LegIndication::Released { .. })) > 0)
    })?;
    ours.legs.clear();
    far.forget();
    Ok(())
}

/// A mark of ours comes out at the far end and one of theirs here, unchanged.
fn speech(far: Channel, ours: &mut Ours, mut carried: Option<&mut Libpri>, slot: u8) -> Result<(), Failed> {
    const OUR_MARK: u8 = 0x2a;
    const THEIR_MARK: u8 = 0x93;
    far.set_buffers(Buffers::speech(5))?;
    far.flush()?;
    let mut octets = [0; 40];
    let mut whole = 0;
    ours.until(1000, "speech both ways", |ours| {
        if let Some(far) = &mut carried {
            far.carry()?;
        }
        ours.speak(slot, OUR_MARK);
        far.write(&[THEIR_MARK; 40])?;
        if far.read(&mut octets)? == Moved::Octets(40) && octets == [OUR_MARK; 40] && ours.hears(slot, THEIR_MARK) {
            whole += 1;
        }
        Ok(whole >= 10)
    })?;
    ours.silence(slot);
    Ok(())
}

fn r2_config(variant: Variant, caller: bool) -> r2::Config {
    let wants = Wants { called: Length::Fixed(4), caller, caller_after: 0 };
    r2::Config { wants, ..r2::Config::new(SpanId(1), variant) }
}

fn cas_lines(ground: &Ground) -> Result<(), Failed> {
    for span in E1 {
        let line = E1Line { common_channel: false, crc4: false, hdb3: true, clock_priority: 1 };
        ground.control.configure_line(span, line)?;
    }
    Ok(())
}

/// R2 as China has it, without the caller's number (libopenr2 cannot send that in China's variant): thirty calls at once, each way.
pub fn r2_china(ground: &Ground) -> Result<String, Failed> {
    r2_both_ways(ground, Variant::CHINA, "variant=cn\nmaxani=0\nmaxdnis=4\n", None)
}

/// R2 as the ITU has it, with the caller's number.
pub fn r2_itu(ground: &Ground) -> Result<String, Failed> {
    r2_both_ways(ground, Variant::ITU, "variant=itu\nmaxani=10\nmaxdnis=4\n", Some("0987654321"))
}

fn r2_both_ways(ground: &Ground, variant: Variant, words: &str, caller: Option<&str>) -> Result<String, Failed> {
    cas_lines(ground)?;
    let config = || lines::Signalling::from(r2_config(variant, caller.is_some()));
    let calling = format!("{words}dnid=4321\ncid={}\ncaller=yes\n", caller.unwrap_or("5550000"));
    let from = |stage: &'static str| move |Failed(why): Failed| Failed(format!("{stage}: {why}"));
    let incoming = r2_incoming(ground, config(), &calling, caller).map_err(from("from r2test"))?;
    let outgoing = r2_outgoing(ground, config(), &format!("{words}caller=no\n"), caller).map_err(from("to r2test"))?;
    Ok(format!("30 calls at once from r2test in {incoming} ms, 30 to it answered in {outgoing} ms"))
}

fn r2_incoming(ground: &Ground, config: lines::Signalling, words: &str, caller: Option<&str>) -> Result<u64, Failed> {
    let mut ours = Ours::start(E1[0], config)?;
    let settle = ours.now();
    ours.until(3000, "settling", |ours| Ok(ours.now().since(settle).0 > 1500))?;
    let _far = r2test(ground, words)?;
    let mut came = Vec::new();
    let took = ours.until(20_000, "thirty calls", |ours| {
        came.extend(ours.answer_all());
        Ok(came.len() >= 30)
    })?;
    for (_, incoming) in &came {
        must(incoming.setup.called.digits.as_str() == "4321", || format!("called {:?}", incoming.setup.called))?;
        let calling = incoming.setup.calling.as_ref().map(|number| number.digits.as_str());
        must(calling == caller, || format!("calling {calling:?}"))?;
    }
    // The calls stand for a while: nobody takes a signal for a release.
    let stand = ours.now();
    ours.until(3000, "talk", |ours| Ok(ours.now().since(stand).0 > 1000))?;
    must(ours.seized() == 30, || format!("{} of 30 stand; {:?}", ours.seized(), ours.legs))?;
    Ok(took)
}

fn r2_outgoing(ground: &Ground, config: lines::Signalling, words: &str, caller: Option<&str>) -> Result<u64, Failed> {
    let mut ours = Ours::start(E1[0], config)?;
    let _far = r2test(ground, words)?;
    let settle = ours.now();
    ours.until(5000, "settling", |ours| Ok(ours.now().since(settle).0 > 2500))?;
    let mut legs = Vec::new();
    for slot in (1..=31).filter(|slot| *slot != 16) {
        legs.push(ours.dial(slot, "4321", caller)?);
    }
    let took = ours.until(20_000, "thirty answers", |ours| {
        Ok(ours.legs_told(|told| matches!(told, LegIndication::Answered { .. })) >= 30)
    })?;
    for leg in legs {
        ours.request(leg, cleared());
    }
    ours.until(10_000, "thirty releases", |ours| Ok(ours.seized() == 0))?;
    Ok(took)
}
