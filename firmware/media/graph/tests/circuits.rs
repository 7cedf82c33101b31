//! Legs on circuits: what each line hears when the plans say so.

use graph::{AudioFound, AudioName, Engine, Limits, LoaderEnd, Moment, RecorderEnd, connect};
use identity::{CircuitId, LegId, PlayId, RecordingId, SpanId};
use pcm::{Speech, alaw};
use plan::{Hears, MediaIndication, MediaRequest, Plan, Port, PromptRef, RecordingFault, Tone};

/// A floor of lines with the engine behind them, fed a millisecond at a time.
struct Floor {
    engine: Engine,
    loader: LoaderEnd,
    recorder: RecorderEnd,
    ticks: u64,
}

fn circuit(line: u8) -> CircuitId {
    CircuitId { span: SpanId(1), slot: line }
}

impl Floor {
    fn new() -> Floor {
        let limits = Limits { recorded_blocks: 10, music: 2, ..Limits::default() };
        let (ends, loader, recorder) = connect(&limits);
        Floor { engine: Engine::new(limits, ends), loader, recorder, ticks: 0 }
    }

    fn with_lines(lines: u8) -> Floor {
        let mut floor = Floor::new();
        for line in 1..=lines {
            floor.request(MediaRequest::Open { leg: LegId(line as u64), port: Port::Circuit(circuit(line)) });
        }
        floor
    }

    fn request(&mut self, request: MediaRequest) {
        self.engine.request(request);
    }

    fn hears(&mut self, line: u64, hears: Hears) {
        self.request(MediaRequest::Plan { leg: LegId(line), plan: Plan { hears, ..Plan::default() } });
    }

    /// One tick: each line says its block and hears what is returned.
    fn tick(&mut self, said: &[Speech]) -> Vec<Speech> {
        self.ticks += 1;
        let mut heard = vec![[0; 160]; said.len()];
        for milli in 0..20 {
            for (line, said) in said.iter().enumerate() {
                self.engine.circuit_received(circuit(line as u8 + 1), &said[milli * 8..milli * 8 + 8]);
            }
        }
        self.engine.tick(Moment { micros: self.ticks * 20_000, unix_micros: 0 });
        for milli in 0..20 {
            for (line, heard) in heard.iter_mut().enumerate() {
                self.engine.circuit_transmit(circuit(line as u8 + 1), &mut heard[milli * 8..milli * 8 + 8]);
            }
        }
        heard
    }

    fn indications(&mut self) -> Vec<MediaIndication> {
        std::iter::from_fn(|| self.engine.indication()).collect()
    }

    /// The loader finds every file: its audio is what `audio` says.
    fn load(&mut self, audio: impl Fn(&AudioName) -> Option<Vec<u8>>) -> usize {
        let mut count = 0;
        while let Ok(wanted) = self.loader.wanted.pop() {
            count += 1;
            let audio = audio(&wanted.name).map(Into::into).ok_or_else(|| (*wanted.name).clone());
            self.loader.found.push(AudioFound { ticket: wanted.ticket, audio }).expect("room");
        }
        count
    }
}

fn speech(seed: u8) -> Speech {
    std::array::from_fn(|i| (i as u8).wrapping_mul(7).wrapping_add(seed) | 1)
}

fn prompt(name: &str) -> PromptRef {
    PromptRef { name: name.into(), language: "zh".into() }
}

/// Two E1 callers talk: each hears the other octet for octet, in the same tick.
#[test]
fn bridge_copies_octets() {
    let mut floor = Floor::with_lines(2);
    floor.hears(1, Hears::Leg(LegId(2)));
    floor.hears(2, Hears::Leg(LegId(1)));
    for round in 0..5 {
        let said = [speech(round), speech(round + 100)];
        let heard = floor.tick(&said);
        assert_eq!(heard, [said[1], said[0]]);
    }
    assert_eq!(floor.engine.counters().receive_underrun, 0);
    assert_eq!(floor.engine.counters().transmit_underrun, 0);
}

/// Three-way: each hears the two others and not itself.
#[test]
fn conference_leaves_out_the_speaker() {
    let mut floor = Floor::with_lines(3);
    for line in 1..=3u64 {
        floor.hears(line, Hears::Mix((1..=3).filter(|other| *other != line).map(LegId).collect()));
    }
    let levels = [1000i16, 4000, -2000];
    let said = levels.map(|level| [alaw::encode(level); 160]);
    let heard = floor.tick(&said);
    for (line, expected) in [2000i16, -1000, 5000].into_iter().enumerate() {
        let level = alaw::decode(heard[line][80]);
        assert!((level - expected).abs() < expected.abs() / 16, "line {line} hears {level}");
    }
}

/// The other party hangs up first: silence, not a frozen block.
#[test]
fn the_other_leg_is_gone() {
    let mut floor = Floor::with_lines(2);
    floor.hears(1, Hears::Leg(LegId(2)));
    floor.tick(&[speech(1), speech(2)]);
    floor.request(MediaRequest::Close { leg: LegId(2) });
    assert_eq!(floor.tick(&[speech(1)])[0], alaw::SILENT);
    assert_eq!(floor.indications(), []);
}

/// A circuit has one owner; unknown legs and ports are refused, not obeyed.
#[test]
fn wrong_requests_are_refused() {
    let mut floor = Floor::with_lines(1);
    floor.request(MediaRequest::Open { leg: LegId(9), port: Port::Circuit(circuit(1)) });
    floor.request(MediaRequest::Open { leg: LegId(9), port: Port::Circuit(CircuitId { span: SpanId(77), slot: 1 }) });
    floor.request(MediaRequest::Open { leg: LegId(9), port: Port::Circuit(CircuitId { span: SpanId(1), slot: 200 }) });
    floor.request(MediaRequest::Open { leg: LegId(9), port: Port::Circuit(CircuitId { span: SpanId(0), slot: 1 }) });
    floor.hears(9, Hears::Silence);
    floor.request(MediaRequest::Close { leg: LegId(9) });
    assert_eq!(floor.indications(), vec![MediaIndication::Refused { leg: LegId(9) }; 6]);
}

/// A leg moved to another circuit keeps its plan and frees the first circuit.
#[test]
fn opening_an_open_leg_moves_it() {
    let mut floor = Floor::with_lines(1);
    floor.hears(1, Hears::Tone(Tone::Dial));
    floor.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit(2)) });
    floor.request(MediaRequest::Open { leg: LegId(5), port: Port::Circuit(circuit(1)) });
    let heard = floor.tick(&[speech(0), speech(0)]);
    assert_eq!(heard[0], alaw::SILENT);
    assert_ne!(heard[1], alaw::SILENT);
    assert_eq!(floor.indications(), []);
}

/// Opening a leg where it is changes nothing.
#[test]
fn opening_a_leg_in_place_is_no_move() {
    let mut floor = Floor::with_lines(1);
    floor.hears(1, Hears::Tone(Tone::Dial));
    let first = floor.tick(&[speech(0)]);
    floor.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit(1)) });
    assert_ne!(first[0], alaw::SILENT);
    assert_ne!(floor.tick(&[speech(0)])[0], alaw::SILENT);
    assert_eq!(floor.indications(), []);
}

/// IVR-05: prompts follow one another without a gap, whatever their length, and the end is told once.
#[test]
fn prompts_are_gapless() {
    let mut floor = Floor::with_lines(1);
    let prompts = vec![prompt("welcome"), prompt("digits/3"), prompt("bye")];
    floor.hears(1, Hears::Play { play: PlayId(7), prompts, repeat: false });
    assert_eq!(floor.tick(&[speech(0)])[0], alaw::SILENT, "silence until the file is there");
    let wanted = floor.load(|name| match name {
        AudioName::Prompt(p) if p.name == "welcome" => Some(vec![1; 200]),
        AudioName::Prompt(p) if p.name == "digits/3" => Some(vec![2; 7]),
        AudioName::Prompt(_) => Some(vec![3; 100]),
        AudioName::Music(_) => None,
    });
    assert_eq!(wanted, 3);
    let mut heard = floor.tick(&[speech(0)])[0].to_vec();
    assert_eq!(floor.indications(), []);
    heard.extend(floor.tick(&[speech(0)])[0]);
    assert_eq!(floor.indications(), [MediaIndication::PlayEnded { leg: LegId(1), play: PlayId(7) }]);
    let expected = [vec![1; 200], vec![2; 7], vec![3; 100], vec![alaw::SILENCE; 13]].concat();
    assert_eq!(heard, expected);
    assert_eq!(floor.tick(&[speech(0)])[0], alaw::SILENT);
    assert_eq!(floor.indications(), []);
}

/// A prompt nobody recorded: told, skipped, and the play still ends; a loop of nothing but missing prompts ends too.
#[test]
fn missing_prompts_do_not_hang_the_caller() {
    let mut floor = Floor::with_lines(1);
    for repeat in [false, true] {
        let play = PlayId(repeat as u64);
        floor.hears(1, Hears::Play { play, prompts: vec![prompt("lost")], repeat });
        floor.load(|_| None);
        floor.tick(&[speech(0)]);
        let missing = MediaIndication::PromptMissing { leg: LegId(1), play, prompt: prompt("lost") };
        assert_eq!(floor.indications(), [missing, MediaIndication::PlayEnded { leg: LegId(1), play }]);
    }
}

/// A plan that only starts the recording must not start the greeting again.
#[test]
fn the_same_play_goes_on_under_a_new_plan() {
    let mut floor = Floor::with_lines(1);
    let hears = Hears::Play { play: PlayId(1), prompts: vec![prompt("long")], repeat: true };
    floor.hears(1, hears.clone());
    floor.load(|_| Some((0..=255).collect()));
    let first = floor.tick(&[speech(0)])[0];
    let plan = Plan { hears, record: Some(RecordingId(3)), ..Plan::default() };
    floor.request(MediaRequest::Plan { leg: LegId(1), plan });
    let second = floor.tick(&[speech(0)])[0];
    assert_eq!((first[159], second[0], second[95], second[96]), (159, 160, 255, 0));
}

/// ACD: everybody on hold hears the same place of the music; it goes on where the last listener left it.
#[test]
fn music_is_shared_and_goes_on() {
    let mut floor = Floor::with_lines(2);
    floor.hears(1, Hears::Music("spring".into()));
    floor.load(|_| Some((0..200u8).flat_map(|i| [i; 160]).collect()));
    assert_eq!(floor.tick(&[speech(0), speech(0)])[0][0], 0);
    floor.hears(2, Hears::Music("spring".into()));
    let heard = floor.tick(&[speech(0), speech(0)]);
    assert_eq!((heard[0][0], heard[1][0]), (1, 1));
    floor.hears(1, Hears::Silence);
    floor.hears(2, Hears::Silence);
    floor.tick(&[speech(0), speech(0)]);
    floor.hears(2, Hears::Music("spring".into()));
    assert_eq!(floor.tick(&[speech(0), speech(0)])[1][0], 2);
    assert_eq!(floor.load(|_| None), 0, "loaded once");
}

/// REC-01: what the leg says is left, what it hears is right, block by block.
#[test]
fn recording_has_both_directions() {
    let mut floor = Floor::with_lines(2);
    floor.hears(2, Hears::Leg(LegId(1)));
    let plan = Plan { hears: Hears::Leg(LegId(2)), record: Some(RecordingId(4)), ..Plan::default() };
    floor.request(MediaRequest::Plan { leg: LegId(1), plan });
    let said = [speech(3), speech(9)];
    floor.tick(&said);
    let block = floor.recorder.blocks.pop().unwrap();
    assert_eq!((block.recording, block.left, block.right, block.tick), (RecordingId(4), said[0], said[1], 1));
}

/// A recorder that hangs costs audio of the recording, never of the call, and is told once.
#[test]
fn a_slow_recorder_never_stops_the_call() {
    let mut floor = Floor::with_lines(2);
    let plan = Plan { hears: Hears::Leg(LegId(2)), record: Some(RecordingId(4)), ..Plan::default() };
    floor.request(MediaRequest::Plan { leg: LegId(1), plan });
    for round in 0..50 {
        let said = [speech(3), speech(round)];
        assert_eq!(floor.tick(&said)[0], said[1]);
    }
    let reason = RecordingFault::WriterTooSlow;
    assert_eq!(floor.indications(), [MediaIndication::RecordingFailed { recording: RecordingId(4), reason }]);
    assert_eq!(floor.engine.counters().recorded_lost, 40);
}

/// Keys sent to a circuit sound instead of the bridge while they last.
#[test]
fn keys_are_sent_as_tones() {
    let mut floor = Floor::with_lines(2);
    floor.hears(1, Hears::Leg(LegId(2)));
    floor.request(MediaRequest::SendKeys { leg: LegId(1), keys: "5".parse().unwrap() });
    let said = [speech(0), speech(50)];
    let tones = (0..12).take_while(|_| floor.tick(&said)[0] != said[1]).count();
    assert_eq!(tones, 10, "100 ms of tone and 100 ms of pause");
}

/// A card whose clock is not in step costs a few octets once, then speech passes unbroken with that much delay.
#[test]
fn a_card_out_of_step_settles() {
    let mut floor = Floor::with_lines(1);
    let line = circuit(1);
    for tick in 0..200u64 {
        let count = if tick == 0 {
            152
        } else if tick % 2 == 1 {
            168
        } else {
            152
        };
        floor.engine.circuit_received(line, &vec![0x11; count]);
        floor.engine.tick(Moment { micros: tick * 20_000, unix_micros: 0 });
        let mut out = [0; 160];
        floor.engine.circuit_transmit(line, &mut out);
    }
    assert_eq!(floor.engine.counters().receive_underrun, 8);
    assert_eq!(floor.engine.counters().receive_overrun, 0);
}

/// After a stall of the media thread the octets that piled up do not stay as delay.
#[test]
fn a_stall_does_not_stay_as_delay() {
    let mut floor = Floor::with_lines(2);
    floor.hears(1, Hears::Leg(LegId(2)));
    floor.engine.circuit_received(circuit(2), &[0x22; 300]);
    for _ in 0..60 {
        floor.tick(&[speech(0), [0x33; 160]]);
    }
    floor.tick(&[speech(0), [0x33; 160]]);
    let heard = floor.tick(&[speech(0), speech(7)])[0];
    assert_eq!(heard[8..], speech(7)[..152], "at most 1 ms is left of it");
}
