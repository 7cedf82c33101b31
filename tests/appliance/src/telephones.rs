//! Analog calls: a house whose telephone ports are wired to the exchange lines of a branch, both of them ours, through the kernel's ports.

use crate::ground::{E1, FXO, FXS, Failed, Ground, must};
use crate::ours::{Ours, cleared};
use analog::{Office, PortConfig, PortKind, Practice, ShowCaller, Station};
use chassis::AnalogKind;
use identity::{LegId, SpanId};
use legs::{LegIndication, LegRequest};
use numbering::Digits;

const CALLING: &str = "01062770334";
const OUR_MARK: u8 = 0x2a;
const THEIR_MARK: u8 = 0x93;

struct Pair {
    slot: u8,
    house: Ours,
    branch: Ours,
}

fn number(text: &str) -> Result<Digits, Failed> {
    text.parse().map_err(|_| Failed(format!("{text} is no number")))
}

impl Pair {
    fn new(port: u16, station: Station) -> Result<Pair, Failed> {
        let office = Office { number: number("62770334")?, ..Office::default() };
        let slot = u8::try_from(port).unwrap_or(0);
        let end = |span, kind, port_kind| {
            let config = analog::Config {
                span: SpanId(1),
                practice: Practice::CHINA,
                ports: vec![PortConfig { slot, kind: port_kind }],
            };
            Ours::start_ports(span, &[(slot, kind)], config)
        };
        let house = end(FXS, AnalogKind::Station, PortKind::Fxs(station))?;
        let branch = end(FXO, AnalogKind::Terminal, PortKind::Fxo(office))?;
        let mut pair = Pair { slot, house, branch };
        // The driver takes no ring within 2 s after a port was hung up, which opening it does.
        pair.after(2500)?;
        Ok(pair)
    }

    fn after(&mut self, millis: u64) -> Result<(), Failed> {
        let began = self.house.now();
        self.until(millis + 1000, "time", |pair| Ok(pair.house.now().since(began).0 >= millis)).map(|_| ())
    }

    fn until(
        &mut self,
        millis: u64,
        what: &str,
        mut so: impl FnMut(&mut Pair) -> Result<bool, Failed>,
    ) -> Result<u64, Failed> {
        let began = self.house.now();
        while !so(self)? {
            let lasted = self.house.now().since(began);
            let said = || format!("house {:?}, branch {:?}", self.house.legs, self.branch.legs);
            must(lasted.0 < millis, || format!("{what}: not within {millis} ms; {}", said()))?;
            self.house.turn()?;
            self.branch.turn()?;
        }
        Ok(self.house.now().since(began).0)
    }

    fn speech(&mut self) -> Result<(), Failed> {
        let mut whole = 0;
        self.until(1000, "speech both ways", |pair| {
            pair.house.speak(pair.slot, OUR_MARK);
            pair.branch.speak(pair.slot, THEIR_MARK);
            whole += u32::from(pair.house.hears(pair.slot, THEIR_MARK) && pair.branch.hears(pair.slot, OUR_MARK));
            Ok(whole >= 10)
        })?;
        self.house.silence(self.slot);
        self.branch.silence(self.slot);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Failed> {
        self.until(8000, "both ends idle", |pair| Ok(pair.house.seized() == 0 && pair.branch.seized() == 0))?;
        self.house.legs.clear();
        self.branch.legs.clear();
        Ok(())
    }
}

fn answered(told: &LegIndication) -> bool {
    matches!(told, LegIndication::Answered { .. })
}

/// The house rings the branch, which hears who calls, by modem in both forms and by keys, and answers; the branch dials into the house after dial tone.
pub fn calls_with_caller(ground: &Ground) -> Result<String, Failed> {
    must(!ground.control.status(E1[0])?.name.is_empty(), || "the card is gone".into())?;
    let mut took = Vec::new();
    for (port, way) in [(5, ShowCaller::Multiple), (6, ShowCaller::Single), (7, ShowCaller::Dtmf)] {
        let from = |Failed(why): Failed| Failed(format!("{way:?}: {why}"));
        let mut pair = Pair::new(port, Station { show_caller: way, ..Station::default() }).map_err(from)?;
        took.push(rings_in(&mut pair).map_err(from)?);
        if way == ShowCaller::Multiple {
            dials_out(&mut pair)?;
        }
    }
    Ok(format!(
        "caller known after {} ms (MDMF), {} ms (SDMF), {} ms (keys); speech both ways unchanged; dialled out after dial tone",
        took[0], took[1], took[2]
    ))
}

fn rings_in(pair: &mut Pair) -> Result<u64, Failed> {
    let out = pair.house.dial(pair.slot, "8001", Some(CALLING))?;
    let mut came = Vec::new();
    let took = pair.until(10_000, "the caller", |pair| {
        came.extend(pair.branch.answer_all());
        Ok(!came.is_empty())
    })?;
    let [(leg, incoming)] = came.as_slice() else { return Err(Failed(format!("{} calls came", came.len()))) };
    let calling = incoming.setup.calling.as_ref().map(|number| number.digits.to_string());
    must(calling.as_deref() == Some(CALLING), || format!("calling {calling:?}"))?;
    pair.until(1000, "answer", |pair| Ok(pair.house.legs.iter().any(|(of, told)| *of == out && answered(told))))?;
    pair.speech()?;
    pair.branch.request(*leg, cleared());
    pair.end()?;
    Ok(took)
}

fn dials_out(pair: &mut Pair) -> Result<(), Failed> {
    pair.after(2500)?;
    let out = pair.branch.dial(pair.slot, "62770334", None)?;
    let mut telephone: Option<LegId> = None;
    pair.until(1000, "the telephone lifted", |pair| {
        telephone =
            pair.house.legs.iter().find(|(_, told)| matches!(told, LegIndication::Setup(_))).map(|(leg, _)| *leg);
        Ok(telephone.is_some())
    })?;
    let telephone = telephone.ok_or_else(|| Failed("no leg".into()))?;
    pair.house.request(telephone, LegRequest::MoreDigits);
    let mut dialled = String::new();
    pair.until(8000, "digits", |pair| {
        for (_, told) in std::mem::take(&mut pair.house.legs) {
            if let LegIndication::Digits { digits, .. } = told {
                dialled.push_str(digits.as_str());
            }
        }
        Ok(dialled.len() >= 8)
    })?;
    must(dialled == "62770334", || format!("dialled {dialled}"))?;
    pair.house.request(telephone, LegRequest::Answer { connected: None });
    pair.after(500)?;
    pair.branch.request(out, cleared());
    pair.end()
}
