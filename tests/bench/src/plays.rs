//! Every channel of the largest box hears a sequence of prompt fragments out of one bank: what a play costs a tick of the engine, against bare copies
//! of the same octets.

use crate::report::{Row, Trouble, percentile};
use graph::{AudioFound, AudioName, Engine, Limits, LoaderEnd, Moment, connect};
use identity::{CircuitId, LegId, PlayId, SpanId};
use pcm::BLOCK;
use plan::{Hears, MediaRequest, Plan, Port, PromptRef};
use prompt_bank::{Bank, write};
use std::time::Instant;

const SPANS: u16 = 128;
const PLAYS: usize = SPANS as usize * 30;
/// Fragments of the bank, and of each play.
const FRAGMENTS: usize = 150;
const SEQUENCE: usize = 12;
const TICK: u64 = 20_000;
/// Of a core, for all plays.
const SHARE: f64 = 0.1;

fn name(fragment: usize) -> String {
    format!("number/{}", fragment % FRAGMENTS)
}

/// As long as spoken numbers are: 0.2 to 0.7 s, none of them whole blocks.
fn bank() -> Result<Bank, Trouble> {
    let sound = |fragment: usize| {
        let octets = 1600 + fragment * 27;
        (format!("zh/{}", name(fragment)), (0..octets).map(|n| (n * 31 + fragment) as u8).collect::<Vec<u8>>())
    };
    let prompts: Vec<(String, Vec<u8>)> = (0..FRAGMENTS).map(sound).collect();
    let file = write(prompts.iter().map(|(name, octets)| (name.as_str(), octets.as_slice())));
    Ok(Bank::read(file.into())?.0)
}

fn circuit(channel: usize) -> CircuitId {
    let slot = channel % 30 + 1;
    let slot = if slot < 16 { slot } else { slot + 1 };
    CircuitId { span: SpanId((channel / 30) as u16 + 1), slot: slot as u8 }
}

/// The loader's part, done at once.
fn serve(loader: &mut LoaderEnd, bank: &Bank) -> Result<(), Trouble> {
    while loader.discarded.pop().is_ok() {}
    while let Ok(wanted) = loader.wanted.pop() {
        let AudioName::Prompt(prompt) = &*wanted.name else { return Err("no music was asked for".into()) };
        let audio = bank.find(&prompt.language, &prompt.name).ok_or("a fragment is missing")?;
        let found = AudioFound { ticket: wanted.ticket, audio: Ok(audio) };
        loader.found.push(found).map_err(|_| "the engine takes no audio")?;
    }
    Ok(())
}

/// Engine's microseconds of a tick with so many plays, and bare copies of their octets.
fn measure(ticks: usize) -> Result<(f64, f64), Trouble> {
    let bank = bank()?;
    let limits = Limits { spans: SPANS, circuits: PLAYS, rtp: 0, ..Limits::default() };
    let (ends, mut loader, _recorder) = connect(&limits);
    let mut engine = Engine::new(limits, ends);
    for channel in 0..PLAYS {
        let leg = LegId(channel as u64 + 1);
        engine.request(MediaRequest::Open { leg, port: Port::Circuit(circuit(channel)) });
        let fragment = |n: usize| PromptRef { name: name(channel * 7 + n * 11), language: "zh".into() };
        let prompts = (0..SEQUENCE).map(fragment).collect();
        let hears = Hears::Play { play: PlayId(channel as u64 + 1), prompts, repeat: true };
        engine.request(MediaRequest::Plan { leg, plan: Plan { hears, ..Plan::default() } });
    }
    let (mut spent, mut copied) = (Vec::new(), Vec::new());
    let mut wires = vec![[0u8; BLOCK]; PLAYS];
    let source = bank.find("zh", &name(FRAGMENTS - 1)).ok_or("a fragment is missing")?;
    for tick in 0..ticks + 50 {
        serve(&mut loader, &bank)?;
        let began = Instant::now();
        engine.tick(Moment { micros: tick as u64 * TICK, unix_micros: tick as u64 * TICK });
        let micros = began.elapsed().as_secs_f64() * 1e6;
        for (channel, wire) in wires.iter_mut().enumerate() {
            engine.circuit_transmit(circuit(channel), wire);
        }
        while engine.indication().is_some() {}
        if tick >= 50 {
            spent.push(micros);
            let began = Instant::now();
            for (channel, wire) in wires.iter_mut().enumerate() {
                let at = (channel * 13 + tick) % (source.len() - BLOCK);
                wire.copy_from_slice(&source[at..at + BLOCK]);
            }
            copied.push(began.elapsed().as_secs_f64() * 1e6);
            std::hint::black_box(&mut wires);
        }
    }
    let silent = wires.iter().filter(|wire| wire.iter().all(|octet| *octet == pcm::alaw::SILENCE)).count();
    if silent > 0 {
        return Err(format!("{silent} of {PLAYS} hear nothing").into());
    }
    Ok((percentile(&mut spent, 0.5), percentile(&mut copied, 0.5)))
}

pub fn run(quick: bool) -> Result<Vec<Row>, Trouble> {
    let (engine, bare) = measure(if quick { 200 } else { 2000 })?;
    Ok(vec![
        Row::figure("3,840 plays at once, a tick", engine, "us", ("bare copies", bare)),
        Row::at_most("of a core", engine / TICK as f64, "cores", ("a core", 1.0), SHARE),
        Row::figure("each play, a tick", engine / PLAYS as f64 * 1e3, "ns", ("bare copy", bare / PLAYS as f64 * 1e3)),
    ])
}
