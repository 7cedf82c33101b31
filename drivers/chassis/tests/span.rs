//! A card as a signalling engineer tests it: alarms, D-channel, CAS, slips, errors.

use chassis::{Abcd, Alarm, Direction, Event, Fault, SILENCE, Slip, Span, SpanConfig, Timeslot16, Timeslots, Wire};
use clock::{Millis, Monotonic};

/// Two cards on one wire, paced together.
struct Bench {
    near: Span,
    far: Span,
    spoken: Timeslots,
    heard: Timeslots,
    now: u64,
}

impl Bench {
    fn new(timeslot16: Timeslot16) -> Bench {
        let (ours, theirs) = Wire::pair();
        let config = SpanConfig { timeslot16, seed: 28 };
        Bench {
            near: Span::new(config, ours, Monotonic(0)),
            far: Span::new(config, theirs, Monotonic(0)),
            spoken: Timeslots::millis(5),
            heard: Timeslots::millis(5),
            now: 0,
        }
    }

    fn after(&mut self, millis: u64) -> &mut Bench {
        let end = self.now + millis;
        while self.now < end {
            self.now += 5;
            let silence = Timeslots::millis(5);
            self.far.exchange(Monotonic(self.now), &self.spoken, &mut Timeslots::millis(5));
            self.near.exchange(Monotonic(self.now), &silence, &mut self.heard);
        }
        self
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.near.poll()).collect()
    }
}

/// A line that works raises no alarm and damages nothing.
#[test]
fn plugged_in_line_comes_up_clean() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.after(1000);
    assert!(!bench.near.alarms().out_of_service());
    let counters = bench.near.counters();
    assert_eq!((counters.fas_errors, counters.crc_errors, counters.far_crc_errors), (0, 0, 0));
    assert_eq!((counters.underruns, counters.overruns, counters.dchannel_faults), (0, 0, 0));
    assert_eq!(bench.near.counters().frames_received, 8000);
}

/// LIN-03, LIN-06: speech of every timeslot arrives, and no other timeslot's.
#[test]
fn each_timeslot_carries_its_own_speech() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    for slot in (1..16).chain(17..32) {
        bench.spoken.slot_mut(slot).fill(slot);
    }
    bench.after(50);
    for slot in (1..16).chain(17..32) {
        assert!(bench.heard.slot(slot).iter().all(|octet| *octet == slot), "timeslot {slot}");
    }
}

/// A cut pair: we hear nothing, and tell the far end.
#[test]
fn cut_pair_is_loss_of_signal_here_and_remote_alarm_there() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.spoken.slot_mut(1).fill(1);
    bench.after(100).events();
    bench.near.inject(Direction::Receive, Fault::Cut(true));
    bench.after(150);
    assert_eq!(bench.events(), [Event::AlarmBegan(Alarm::Los)]);
    assert!(bench.far.alarms().rai);
    assert!(bench.heard.slot(1).iter().all(|octet| *octet == SILENCE));
    bench.near.inject(Direction::Receive, Fault::Cut(false));
    bench.after(50);
    assert!(!bench.near.alarms().out_of_service());
    assert!(!bench.far.alarms().out_of_service());
}

#[test]
fn all_ones_is_ais_and_not_loss_of_alignment() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.after(100).events();
    bench.far.send_ais(true);
    bench.after(20);
    assert_eq!(bench.events().last(), Some(&Event::AlarmBegan(Alarm::Ais)));
    assert!(!bench.near.alarms().lfa);
    bench.far.send_ais(false);
    bench.after(20);
    assert!(!bench.near.alarms().out_of_service());
}

#[test]
fn damaged_alignment_word_is_loss_of_alignment() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.after(100).events();
    bench.far.inject(Direction::Transmit, Fault::Misframed(true));
    bench.after(20);
    assert_eq!(bench.events(), [Event::AlarmBegan(Alarm::Lfa)]);
    bench.far.inject(Direction::Transmit, Fault::Mended);
    bench.after(20);
    assert_eq!(bench.events(), [Event::AlarmEnded(Alarm::Lfa)]);
}

/// LIN-03: a D-channel frame crosses whole, also the longest.
#[test]
fn dchannel_frames_cross() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.after(20);
    let longest: Vec<u8> = (0..264).map(|n| n as u8).collect();
    bench.far.send_frame(&[0, 1, 0x7f]).unwrap();
    bench.far.send_frame(&longest).unwrap();
    bench.after(100);
    assert_eq!(bench.near.receive_frame().unwrap().octets(), [0, 1, 0x7f]);
    assert_eq!(bench.near.receive_frame().unwrap().octets(), longest);
    assert!(bench.near.receive_frame().is_none());
    assert!(bench.far.send_frame(&[0; 299]).is_err());
}

/// A host that does HDLC itself gets timeslot 16 as it is.
#[test]
fn clear_timeslot_sixteen_is_untouched() {
    let mut bench = Bench::new(Timeslot16::Clear);
    bench.spoken.slot_mut(16).fill(0x7e);
    bench.after(20);
    assert!(bench.heard.slot(16).iter().all(|octet| *octet == 0x7e));
    assert!(bench.far.send_frame(&[0, 1, 0x7f]).is_err());
}

/// LIN-01 needs these bits: a change of one timeslot's is told once, within some milliseconds.
#[test]
fn cas_bits_cross_by_timeslot() {
    let mut bench = Bench::new(Timeslot16::Cas);
    bench.after(20).events();
    let seized = Abcd::new(0b0001).unwrap();
    assert!(bench.far.set_cas(17, seized));
    assert!(!bench.far.set_cas(16, seized));
    bench.after(10);
    assert_eq!(bench.events(), [Event::Cas { slot: 17, abcd: seized }]);
    assert_eq!(bench.near.cas(17), Some(seized));
    assert_eq!(bench.near.cas(1), Some(Abcd::IDLE));
}

/// Clocks that differ cost a frame now and then, and each is counted.
#[test]
fn clocks_that_differ_slip() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.after(100).events();
    bench.near.inject(Direction::Receive, Fault::Slip(Slip::Repeated));
    bench.after(5);
    assert_eq!(bench.events(), [Event::Slipped(Slip::Repeated)]);
    bench.near.inject(Direction::Receive, Fault::Drift(-800));
    bench.after(1000);
    assert_eq!(bench.near.counters().slips_dropped, 10);
    assert!(!bench.near.alarms().out_of_service());
}

/// A noisy line shows in the CRC at both ends, and the same seed gives the same noise.
#[test]
fn bit_errors_are_counted_at_both_ends() {
    let noisy = || {
        let mut bench = Bench::new(Timeslot16::Hdlc);
        bench.after(100);
        bench.near.inject(Direction::Receive, Fault::BitErrors(20));
        bench.after(2000);
        (bench.near.counters(), bench.far.counters())
    };
    let (near, far) = noisy();
    assert!(near.crc_errors > 20, "{near:?}");
    assert!(far.far_crc_errors > 20 && far.far_crc_errors <= near.crc_errors, "{far:?}");
    assert_eq!(noisy(), (near, far));
}

#[test]
fn delayed_line_delays() {
    let mut bench = Bench::new(Timeslot16::Hdlc);
    bench.far.inject(Direction::Transmit, Fault::Delay(Millis(40)));
    bench.after(35);
    assert_eq!(bench.near.counters().frames_received, 0);
    bench.after(20);
    assert!(bench.near.counters().frames_received > 0);
}

/// Nothing plugged in, and a loop-back plug.
#[test]
fn open_port_and_loop_back_plug() {
    let mut open = Span::new(SpanConfig::default(), Wire::Open, Monotonic(0));
    let mut heard = Timeslots::millis(5);
    open.exchange(Monotonic(5), &Timeslots::millis(5), &mut heard);
    assert!(open.alarms().los);
    let looped = Wire::open("loop".parse().unwrap()).unwrap();
    let mut looped = Span::new(SpanConfig::default(), looped, Monotonic(0));
    for tick in 1..5 {
        looped.exchange(Monotonic(tick * 5), &Timeslots::millis(5), &mut heard);
    }
    assert!(!looped.alarms().out_of_service());
}
