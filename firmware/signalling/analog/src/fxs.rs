//! A port that feeds a telephone.

use crate::caller_id::CallerId;
use crate::config::{ShowCaller, Station};
use crate::dtmf::dtmf_keys;
use crate::lamp::{Lamp, Telling};
use crate::order::{Heard, Listen, Order, Seen, Sound, Tone};
use crate::ringing::Ringer;
use crate::rotary::Rotary;
use crate::span::Desk;
use crate::tones::tone_of;
use clock::{Millis, Monotonic};
use identity::LegId;
use legs::{Incoming, LegIndication, LegRequest, Origin, PairTrouble, Setup, SpanIndication};
use numbering::{Cause, ClearCause, Digits, Key, PartyNumber, Presentation};

#[derive(Clone, Debug)]
pub(crate) enum State {
    OnHook,
    /// A number is told by keys; the ring follows.
    Announcing {
        leg: LegId,
        ring: crate::Cadence,
        rings_at: Monotonic,
    },
    Ringing {
        leg: LegId,
        ringer: Ringer,
        message: Message,
    },
    /// Off hook: dial tone, digits.
    Dialling {
        leg: LegId,
        rotary: Rotary,
    },
    /// The number is complete; the speech path says what goes on.
    Calling {
        leg: LegId,
    },
    Talking {
        leg: LegId,
        held: Held,
    },
    /// Off hook, and nobody there any more.
    LeftOff {
        stage: LeftOff,
    },
    /// On hook; the telephone's lamp is told whether messages wait.
    Telling {
        telling: Telling,
        until: Monotonic,
    },
    /// The card has an alarm.
    Dead,
}

/// The message about the caller of a call that rings.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    None,
    Ready(Vec<u8>),
    Waits { octets: Vec<u8>, until: Monotonic },
    Sounds,
}

/// What the telephone did with its peer by flashing.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    No,
    /// The peer is on hold; digits of another call are collected. The tone does not sound for ever: the exchange may end the hold.
    Dialling {
        rotary: Rotary,
        tone_until: Option<Monotonic>,
    },
    /// They are complete.
    Calling,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum LeftOff {
    /// The feed is away, to say that the far end released.
    Break {
        until: Monotonic,
        tone: Tone,
    },
    Tone {
        until: Monotonic,
    },
    Howler {
        until: Monotonic,
    },
    Silence,
}

#[derive(Clone, Debug)]
pub(crate) struct Telephone {
    pub(crate) slot: u8,
    pub(crate) station: Station,
    pub(crate) state: State,
    pub(crate) blocked: bool,
    pub(crate) lamp: Lamp,
    off_hook: bool,
    reversed: bool,
    /// It was told that the telephone is left off hook.
    told_left_off: bool,
}

/// Dial tone of a call that is made while another one is held.
const TONE_FOR: Millis = Millis::secs(20);

fn normal() -> ClearCause {
    ClearCause { cause: Cause::NormalClearing, location: numbering::CauseLocation::User }
}

impl Telephone {
    pub(crate) fn new(slot: u8, station: Station) -> Telephone {
        let state = State::OnHook;
        let lamp = Lamp::default();
        Telephone { slot, station, state, blocked: false, lamp, off_hook: false, reversed: false, told_left_off: false }
    }

    pub(crate) fn leg(&self) -> Option<LegId> {
        match self.state {
            State::Announcing { leg, .. }
            | State::Ringing { leg, .. }
            | State::Dialling { leg, .. }
            | State::Calling { leg }
            | State::Talking { leg, .. } => Some(leg),
            State::OnHook | State::LeftOff { .. } | State::Telling { .. } | State::Dead => None,
        }
    }

    pub(crate) fn order(&self, desk: &mut Desk, order: Order) {
        desk.order(self.slot, order);
    }

    fn tone(&self, desk: &mut Desk, tone: Tone) {
        self.order(desk, Order::Sound(Some(Sound::Tone(tone))));
    }

    fn quiet(&self, desk: &mut Desk) {
        self.order(desk, Order::Sound(None));
    }

    /// On hook, with nothing going on.
    pub(crate) fn rest(&mut self, desk: &mut Desk) {
        self.state = State::OnHook;
        self.order(desk, Order::Ring { on: false });
        self.order(desk, Order::Battery { feeding: true });
        self.order(desk, Order::OnHookSpeech { on: false });
        self.order(desk, Order::Polarity { reversed: false });
        self.reversed = false;
        self.quiet(desk);
        self.order(desk, Order::Listen(Listen::NOTHING));
        if self.off_hook {
            return self.left_off(desk, Tone::Congestion);
        }
        self.tell_left_off(desk, false);
        self.show_lamp(desk);
    }

    pub(crate) fn die(&mut self, desk: &mut Desk) {
        self.end_leg(desk, ClearCause::ours(Cause::DestinationOutOfOrder));
        self.tell_left_off(desk, false);
        self.state = State::Dead;
    }

    pub(crate) fn restart(&mut self, desk: &mut Desk) {
        self.end_leg(desk, ClearCause::ours(Cause::NormalUnspecified));
        if !matches!(self.state, State::Dead) {
            self.rest(desk);
        }
    }

    fn tell_left_off(&mut self, desk: &mut Desk, left_off: bool) {
        if std::mem::replace(&mut self.told_left_off, left_off) != left_off {
            let trouble = left_off.then_some(PairTrouble::LeftOffHook);
            desk.tell_span(SpanIndication::Pair { slot: self.slot, trouble });
        }
    }

    fn end_leg(&mut self, desk: &mut Desk, cause: ClearCause) {
        if let Some(leg) = self.leg() {
            desk.tell(leg, LegIndication::Released { cause });
        }
    }

    /// The telephone is to ring.
    pub(crate) fn set_up(&mut self, desk: &mut Desk, leg: LegId, setup: &Setup) -> Result<(), Cause> {
        self.stop_telling(desk);
        match self.state {
            State::OnHook if !self.blocked => {}
            State::OnHook | State::Dead => return Err(Cause::DestinationOutOfOrder),
            _ => return Err(Cause::UserBusy),
        }
        let caller = caller_of(setup);
        let inside = caller.number.as_ref().is_some_and(|number| number.len() <= self.station.inside_digits);
        let practice = desk.config.practice;
        let ring = if inside { practice.ring_inside } else { practice.ring };
        desk.tell(leg, LegIndication::Proceeding);
        let caller = CallerId { time: desk.clock.map(|clock| clock.call_time(desk.now)), ..caller };
        let message = match self.station.show_caller {
            ShowCaller::No => Message::None,
            ShowCaller::Multiple => Message::Ready(caller.message()),
            ShowCaller::Single => Message::Ready(caller.single_message()),
            ShowCaller::Dtmf => {
                self.order(desk, Order::OnHookSpeech { on: true });
                let keys = dtmf_keys(caller.number.as_deref());
                // At the latest, should the card not say that they are out.
                let rings_at = desk.now + practice.keys_within(keys.len());
                self.order(desk, Order::Sound(Some(Sound::Keys(keys))));
                self.state = State::Announcing { leg, ring, rings_at };
                return Ok(());
            }
        };
        self.ring(desk, leg, ring, message);
        Ok(())
    }

    fn ring(&mut self, desk: &mut Desk, leg: LegId, cadence: crate::Cadence, message: Message) {
        self.order(desk, Order::Ring { on: true });
        self.state = State::Ringing { leg, ringer: Ringer::start(cadence, desk.now), message };
        desk.tell(leg, LegIndication::Alerting { inband: false });
    }

    /// Keys or a message are out.
    pub(crate) fn sounded(&mut self, desk: &mut Desk) {
        let before_ring = desk.config.practice.station.before_ring;
        match &mut self.state {
            State::Announcing { rings_at, .. } => {
                *rings_at = desk.now + before_ring;
                self.on_hook_quiet(desk);
            }
            State::Ringing { message, .. } if matches!(message, Message::Sounds) => {
                *message = Message::None;
                self.on_hook_quiet(desk);
            }
            State::Telling { telling: telling @ Telling::Sounds { .. }, .. } => {
                let telling = *telling;
                self.tell_on(desk, telling);
            }
            _ => {}
        }
    }

    pub(crate) fn on_hook_quiet(&self, desk: &mut Desk) {
        self.quiet(desk);
        self.order(desk, Order::OnHookSpeech { on: false });
    }

    pub(crate) fn deadline(&self) -> Option<Monotonic> {
        match &self.state {
            State::Announcing { rings_at, .. } => Some(*rings_at),
            State::Ringing { ringer, message: Message::Waits { until, .. }, .. } => {
                Some((*until).min(ringer.deadline()))
            }
            State::Ringing { ringer, .. } => Some(ringer.deadline()),
            State::Dialling { rotary, .. } => rotary.deadline(),
            State::Talking { held: Held::Dialling { rotary, tone_until }, .. } => {
                [rotary.deadline(), *tone_until].into_iter().flatten().min()
            }
            State::Telling { until, .. } => Some(*until),
            State::LeftOff { stage: LeftOff::Silence } => None,
            State::LeftOff {
                stage: LeftOff::Break { until, .. } | LeftOff::Tone { until } | LeftOff::Howler { until },
            } => Some(*until),
            State::OnHook | State::Calling { .. } | State::Talking { .. } | State::Dead => None,
        }
    }

    pub(crate) fn expire(&mut self, desk: &mut Desk) {
        match &mut self.state {
            State::Announcing { leg, ring, .. } => {
                let (leg, ring) = (*leg, *ring);
                self.on_hook_quiet(desk);
                self.ring(desk, leg, ring, Message::None);
            }
            State::Ringing { .. } => self.ring_on(desk),
            State::Dialling { rotary, .. } => {
                if let Some(key) = rotary.expire(desk.now) {
                    self.key(desk, key);
                }
            }
            State::Talking { held: Held::Dialling { rotary, tone_until }, .. } => {
                let key = rotary.expire(desk.now);
                let tone_over = tone_until.take_if(|until| *until <= desk.now).is_some();
                if tone_over {
                    self.quiet(desk);
                }
                if let Some(key) = key {
                    self.key(desk, key);
                }
            }
            State::Telling { telling, .. } => {
                let telling = *telling;
                self.tell_on(desk, telling);
            }
            State::LeftOff { stage } => {
                let stage = *stage;
                self.leave_off(desk, stage);
            }
            State::OnHook | State::Calling { .. } | State::Talking { .. } | State::Dead => {}
        }
    }

    /// The cadence, and the message in its first long pause.
    fn ring_on(&mut self, desk: &mut Desk) {
        let times = desk.config.practice.station;
        let State::Ringing { ringer, message, .. } = &mut self.state else { return };
        if let Message::Waits { octets, until } = message
            && *until <= desk.now
        {
            let sound = Sound::Message { modem: desk.config.practice.modem, octets: std::mem::take(octets) };
            *message = Message::Sounds;
            self.order(desk, Order::OnHookSpeech { on: true });
            return self.order(desk, Order::Sound(Some(sound)));
        }
        let Some(on) = ringer.expire(desk.now) else { return };
        let unheard = on && matches!(message, Message::Sounds);
        if unheard {
            // A message longer than the pause: the ring goes over it.
            *message = Message::None;
        }
        if ringer.in_first_pause()
            && let Message::Ready(octets) = message
        {
            *message = Message::Waits { octets: std::mem::take(octets), until: desk.now + times.before_message };
        }
        if unheard {
            self.on_hook_quiet(desk);
        }
        self.order(desk, Order::Ring { on });
    }

    pub(crate) fn see(&mut self, desk: &mut Desk, seen: Seen) {
        match seen {
            Seen::OffHook => self.lifted(desk),
            Seen::OnHook => self.hung_up(desk),
            Seen::Flash => self.flashed(desk),
            Seen::Pulse => self.pulsed(desk),
            Seen::Ring { .. } | Seen::Polarity { .. } | Seen::Battery { .. } => {}
        }
    }

    fn lifted(&mut self, desk: &mut Desk) {
        if std::mem::replace(&mut self.off_hook, true) {
            return;
        }
        self.stop_telling(desk);
        match self.state {
            State::OnHook if self.blocked => self.left_off(desk, Tone::Congestion),
            State::OnHook => self.begin(desk),
            State::Announcing { leg, .. } | State::Ringing { leg, .. } => {
                self.order(desk, Order::Ring { on: false });
                self.on_hook_quiet(desk);
                self.state = State::Talking { leg, held: Held::No };
                desk.tell(leg, LegIndication::Answered { connected: None });
            }
            State::Dialling { .. }
            | State::Calling { .. }
            | State::Talking { .. }
            | State::LeftOff { .. }
            | State::Telling { .. }
            | State::Dead => {}
        }
    }

    /// Somebody wants to call.
    fn begin(&mut self, desk: &mut Desk) {
        let leg = desk.ids.allocate();
        self.state = State::Dialling { leg, rotary: Rotary::default() };
        self.order(desk, Order::Listen(Listen::KEYS));
        let origin = Origin::Circuit(desk.circuit(self.slot));
        let incoming = Incoming { setup: Setup::default(), origin, replaces: None };
        desk.tell(leg, LegIndication::Setup(Box::new(incoming)));
    }

    fn hung_up(&mut self, desk: &mut Desk) {
        if !std::mem::take(&mut self.off_hook) || matches!(self.state, State::Dead) {
            return;
        }
        self.end_leg(desk, normal());
        self.rest(desk);
    }

    fn flashed(&mut self, desk: &mut Desk) {
        match &self.state {
            State::Talking { leg, held } => {
                let leg = *leg;
                let held = match held {
                    Held::No => {
                        desk.tell(leg, LegIndication::Held);
                        self.tone(desk, Tone::SpecialDial);
                        self.order(desk, Order::Listen(Listen::KEYS));
                        Held::Dialling { rotary: Rotary::default(), tone_until: Some(desk.now + TONE_FOR) }
                    }
                    Held::Dialling { .. } | Held::Calling => {
                        desk.tell(leg, LegIndication::Retrieved);
                        self.quiet(desk);
                        self.order(desk, Order::Listen(Listen::NOTHING));
                        Held::No
                    }
                };
                self.state = State::Talking { leg, held };
            }
            // Tapping the hook for a new dial tone.
            State::LeftOff { .. } if !self.blocked => {
                self.tell_left_off(desk, false);
                self.order(desk, Order::Battery { feeding: true });
                self.quiet(desk);
                self.begin(desk);
            }
            State::Dialling { leg, .. } => {
                let leg = *leg;
                desk.tell(leg, LegIndication::Released { cause: normal() });
                self.begin(desk);
            }
            State::OnHook
            | State::Announcing { .. }
            | State::Ringing { .. }
            | State::Calling { .. }
            | State::LeftOff { .. }
            | State::Telling { .. }
            | State::Dead => {}
        }
    }

    fn pulsed(&mut self, desk: &mut Desk) {
        let until = desk.now + desk.config.practice.station.between_digits;
        if let State::Dialling { rotary, .. } | State::Talking { held: Held::Dialling { rotary, .. }, .. } =
            &mut self.state
            && rotary.pulse(until)
        {
            self.quiet(desk);
        }
    }

    pub(crate) fn hear(&mut self, desk: &mut Desk, heard: Heard) {
        if let Heard::Key(key) = heard {
            self.key(desk, key);
        }
    }

    fn key(&mut self, desk: &mut Desk, key: Key) {
        let leg = match self.state {
            State::Dialling { leg, .. } | State::Talking { leg, held: Held::Dialling { .. } } => leg,
            _ => return,
        };
        self.quiet(desk);
        let mut digits = Digits::default();
        digits.push(key);
        desk.tell(leg, LegIndication::Digits { digits, complete: false });
    }

    pub(crate) fn request(&mut self, desk: &mut Desk, request: LegRequest) {
        match (request, &mut self.state) {
            (LegRequest::MoreDigits, State::Dialling { .. }) => {
                self.tone(desk, if self.lamp.waiting { Tone::SpecialDial } else { Tone::Dial });
            }
            (LegRequest::Proceeding | LegRequest::Alerting { .. } | LegRequest::Progress { .. }, _) => {
                self.dialled(desk);
            }
            (LegRequest::Answer { .. }, State::Dialling { .. } | State::Calling { .. }) => {
                self.dialled(desk);
                self.answered(desk);
            }
            // The exchange ended the hold by itself.
            (LegRequest::Retrieve, State::Talking { held, .. }) => {
                if let Held::Dialling { .. } = std::mem::replace(held, Held::No) {
                    self.quiet(desk);
                    self.order(desk, Order::Listen(Listen::NOTHING));
                }
            }
            (LegRequest::Disconnect { inband: true, .. }, State::Calling { .. } | State::Talking { .. }) => {
                self.quiet(desk);
            }
            (LegRequest::Disconnect { cause, .. } | LegRequest::Release { cause }, _) => self.clear(desk, cause),
            (
                LegRequest::Hold
                | LegRequest::Retrieve
                | LegRequest::Key(_)
                | LegRequest::Notify { .. }
                | LegRequest::OfferImage { .. }
                | LegRequest::AnswerImage { .. }
                | LegRequest::TransferAccepted
                | LegRequest::TransferDone
                | LegRequest::TransferFailed { .. },
                _,
            ) => {}
            (
                LegRequest::Setup(_)
                | LegRequest::MoreDigits
                | LegRequest::Answer { .. }
                | LegRequest::Digits { .. }
                | LegRequest::AnswerNow,
                _,
            ) => desk.counters.ignored_requests += 1,
        }
    }

    /// The number is complete: the speech path is the exchange's.
    fn dialled(&mut self, desk: &mut Desk) {
        match &mut self.state {
            State::Dialling { leg, .. } => self.state = State::Calling { leg: *leg },
            State::Talking { held: held @ Held::Dialling { .. }, .. } => *held = Held::Calling,
            _ => return,
        }
        self.quiet(desk);
        self.order(desk, Order::Listen(Listen::NOTHING));
    }

    fn answered(&mut self, desk: &mut Desk) {
        let State::Calling { leg } = self.state else { return };
        self.state = State::Talking { leg, held: Held::No };
        if self.station.reverse_at_answer {
            self.reversed = true;
            self.order(desk, Order::Polarity { reversed: true });
        }
    }

    /// The exchange ends the call.
    fn clear(&mut self, desk: &mut Desk, cause: ClearCause) {
        self.end_leg(desk, cause);
        if !self.off_hook {
            return self.rest(desk);
        }
        if std::mem::take(&mut self.reversed) {
            self.order(desk, Order::Polarity { reversed: false });
        }
        self.order(desk, Order::Listen(Listen::NOTHING));
        let tone = tone_of(cause.cause);
        if self.station.break_at_release && matches!(self.state, State::Talking { .. }) {
            self.quiet(desk);
            self.order(desk, Order::Battery { feeding: false });
            let until = desk.now + desk.config.practice.station.break_for;
            self.state = State::LeftOff { stage: LeftOff::Break { until, tone } };
        } else {
            self.left_off(desk, tone);
        }
    }

    fn left_off(&mut self, desk: &mut Desk, tone: Tone) {
        self.tone(desk, tone);
        let until = desk.now + desk.config.practice.station.busy_for;
        self.state = State::LeftOff { stage: LeftOff::Tone { until } };
    }

    /// The next stage of a telephone that nobody puts down.
    fn leave_off(&mut self, desk: &mut Desk, stage: LeftOff) {
        let stage = match stage {
            LeftOff::Break { tone, .. } => {
                self.order(desk, Order::Battery { feeding: true });
                return self.left_off(desk, tone);
            }
            LeftOff::Tone { .. } => {
                self.tone(desk, Tone::Howler);
                self.tell_left_off(desk, true);
                LeftOff::Howler { until: desk.now + desk.config.practice.station.howl_for }
            }
            LeftOff::Howler { .. } | LeftOff::Silence => {
                self.quiet(desk);
                LeftOff::Silence
            }
        };
        self.state = State::LeftOff { stage };
    }
}

/// What the telephone shows of a caller.
fn caller_of(setup: &Setup) -> CallerId {
    use crate::caller_id::Withheld;
    let shown = |number: &&PartyNumber| number.presentation == Presentation::Allowed && !number.digits.is_empty();
    let withheld = match setup.calling.as_ref().map(|number| number.presentation) {
        Some(Presentation::Restricted) => Withheld::Private,
        _ => Withheld::Unavailable,
    };
    match setup.calling.as_ref().filter(shown) {
        Some(number) => {
            let number = Some(number.digits.as_str().to_owned());
            CallerId { number, name: setup.display.clone(), ..CallerId::default() }
        }
        None => CallerId { withheld: Some(withheld), ..CallerId::default() },
    }
}
