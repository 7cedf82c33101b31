//! A port to another exchange: the box is its telephone.

use crate::config::{Config, Office};
use crate::order::{Heard, Listen, Order, Seen};
use crate::outgoing::Outgoing;
use crate::polarity::Polarity;
use crate::ringing::{RingNews, RingWatch};
use crate::span::Desk;
use crate::talk::Talk;
use crate::window::{Found, Window};
use clock::{Millis, Monotonic};
use identity::LegId;
use legs::{Incoming, LegIndication, LegRequest, Origin, PairTrouble, Setup, SpanIndication};
use numbering::{Cause, CauseLocation, ClearCause, Digits, PartyNumber};

/// A line in trouble is tried again after this.
const TRY_AGAIN: Millis = Millis::secs(60);

/// A caller whom nobody wants rings on for so long at most before the line counts as in trouble.
const RINGS_UNWANTED: Millis = Millis::secs(60);

#[derive(Clone, Debug)]
pub(crate) enum State {
    Idle,
    /// Something of a caller came before any ring.
    Announced {
        caller: Box<Window>,
        until: Monotonic,
    },
    /// It rings; the exchange is not told before the caller is known, or will not be.
    Ringing {
        leg: LegId,
        watch: RingWatch,
        caller: Box<Window>,
        tell_at: Option<Monotonic>,
    },
    Offered {
        leg: LegId,
        watch: RingWatch,
    },
    /// The exchange does not take the call: it rings on until the caller gives up.
    Unwanted {
        leg: LegId,
        watch: RingWatch,
        cause: ClearCause,
        until: Monotonic,
    },
    Outgoing {
        leg: LegId,
        call: Box<Outgoing>,
    },
    Talking {
        leg: LegId,
        talk: Talk,
    },
    /// On hook; the far exchange must notice before the next call.
    Releasing {
        leg: Option<LegId>,
        cause: ClearCause,
        until: Monotonic,
    },
    /// Not to be used before this: no dial tone, no feed, ringing that does not stop.
    Trouble {
        until: Monotonic,
    },
    /// The card has an alarm.
    Dead,
}

#[derive(Clone, Debug)]
pub(crate) struct Trunk {
    pub(crate) slot: u8,
    pub(crate) office: Office,
    pub(crate) state: State,
    pub(crate) blocked: bool,
    /// What was told to be wrong with the line.
    trouble: Option<PairTrouble>,
    polarity: Polarity,
    pub(crate) no_feed_since: Option<Monotonic>,
    /// An alarm or trouble ended while ringing voltage was there: it is not a new call.
    ring_on: bool,
}

pub(crate) fn theirs(cause: Cause) -> ClearCause {
    ClearCause { cause, location: CauseLocation::PublicLocal }
}

impl Trunk {
    pub(crate) fn new(slot: u8, office: Office) -> Trunk {
        Trunk {
            slot,
            office,
            state: State::Idle,
            blocked: false,
            trouble: None,
            polarity: Polarity::default(),
            no_feed_since: None,
            ring_on: false,
        }
    }

    pub(crate) fn leg(&self) -> Option<LegId> {
        match self.state {
            State::Ringing { leg, .. }
            | State::Offered { leg, .. }
            | State::Unwanted { leg, .. }
            | State::Outgoing { leg, .. }
            | State::Talking { leg, .. } => Some(leg),
            State::Releasing { leg, .. } => leg,
            State::Idle | State::Announced { .. } | State::Trouble { .. } | State::Dead => None,
        }
    }

    pub(crate) fn order(&self, desk: &mut Desk, order: Order) {
        desk.order(self.slot, order);
    }

    /// On hook, listening for who may call.
    pub(crate) fn rest(&mut self, desk: &mut Desk) {
        self.state = State::Idle;
        self.order(desk, Order::Hook { off: false });
        self.order(desk, Order::Sound(None));
        let listen = Listen { keys: true, modem: Some(desk.config.practice.modem), progress: None };
        self.order(desk, Order::Listen(if self.office.hear_caller { listen } else { Listen::NOTHING }));
    }

    /// A line with something wrong is as good as blocked by its exchange.
    fn tell_trouble(&mut self, desk: &mut Desk, trouble: Option<PairTrouble>) {
        let before = std::mem::replace(&mut self.trouble, trouble);
        if before.is_some() != trouble.is_some() {
            desk.tell_span(SpanIndication::BlockedByPeer { slot: self.slot, blocked: trouble.is_some() });
        }
        if before != trouble {
            desk.tell_span(SpanIndication::Pair { slot: self.slot, trouble });
        }
    }

    fn trouble(&mut self, desk: &mut Desk, trouble: PairTrouble) {
        desk.counters.line_faults += 1;
        self.rest(desk);
        self.state = State::Trouble { until: desk.now + TRY_AGAIN };
        self.tell_trouble(desk, Some(trouble));
    }

    fn end_leg(&mut self, desk: &mut Desk, cause: ClearCause) {
        match self.state {
            // The exchange has not heard of it.
            State::Ringing { .. } => {}
            _ => {
                if let Some(leg) = self.leg() {
                    desk.tell(leg, LegIndication::Released { cause });
                }
            }
        }
    }

    pub(crate) fn die(&mut self, desk: &mut Desk) {
        self.end_leg(desk, ClearCause::ours(Cause::DestinationOutOfOrder));
        self.order(desk, Order::Hook { off: false });
        self.tell_trouble(desk, None);
        self.state = State::Dead;
    }

    pub(crate) fn restart(&mut self, desk: &mut Desk) {
        self.ring_on = false;
        self.end_leg(desk, ClearCause::ours(Cause::NormalUnspecified));
        if !matches!(self.state, State::Dead) {
            self.rest(desk);
            self.tell_trouble(desk, None);
        }
    }

    pub(crate) fn set_up(&mut self, desk: &mut Desk, leg: LegId, setup: &Setup) -> Result<(), Cause> {
        let free = matches!(self.state, State::Idle) && !self.blocked && !self.ring_on && self.no_feed_since.is_none();
        if !free {
            return Err(Cause::RequestedCircuitNotAvailable);
        }
        self.order(desk, Order::Hook { off: true });
        self.order(desk, Order::Listen(Listen::SEIZED));
        let times = desk.config.practice.office;
        let call = Outgoing::seize(&setup.called.digits, self.office.wait_for_dial_tone, desk.now, &times);
        self.state = State::Outgoing { leg, call: Box::new(call) };
        Ok(())
    }

    pub(crate) fn deadline(&self, config: &Config) -> Option<Monotonic> {
        let times = &config.practice.office;
        let state = match &self.state {
            State::Idle | State::Dead => None,
            State::Announced { until, .. } | State::Releasing { until, .. } | State::Trouble { until } => Some(*until),
            State::Ringing { watch, tell_at, .. } => {
                [Some(watch.deadline(times)), *tell_at].into_iter().flatten().min()
            }
            State::Offered { watch, .. } => Some(watch.deadline(times)),
            State::Unwanted { watch, until, .. } => Some(watch.deadline(times).min(*until)),
            State::Outgoing { call, .. } => Some(call.deadline()),
            State::Talking { talk, .. } => talk.deadline(self.office.silence_releases),
        };
        let feed = self.no_feed_since.map(|since| match self.state {
            State::Outgoing { .. } | State::Talking { .. } => since + times.break_releases,
            _ => since + times.break_is_fault,
        });
        let feed = feed.filter(|_| !matches!(self.state, State::Trouble { .. } | State::Dead));
        [state, feed, self.polarity.deadline(times.polarity_settles)].into_iter().flatten().min()
    }

    pub(crate) fn expire(&mut self, desk: &mut Desk) {
        self.feed_is_away(desk);
        let now = desk.now;
        if let Some(changed) = self.polarity.expire(now, desk.config.practice.office.polarity_settles) {
            self.polarity_changed(desk, changed);
        }
        match &mut self.state {
            State::Announced { until, .. } if *until <= now => self.state = State::Idle,
            State::Ringing { .. } | State::Offered { .. } | State::Unwanted { .. } => self.ringing(desk),
            State::Outgoing { call, .. } => {
                let step = call.expire(now, self.office.answered_by, &desk.config.practice);
                self.step(desk, step);
            }
            State::Talking { talk, .. } if talk.silent_for_too_long(now, self.office.silence_releases) => {
                self.far_end_released(desk);
            }
            State::Releasing { until, cause, leg } if *until <= now => {
                let (leg, cause) = (*leg, *cause);
                if let Some(leg) = leg {
                    desk.tell(leg, LegIndication::Released { cause });
                }
                self.rest(desk);
            }
            State::Trouble { until } if *until <= now => {
                if self.no_feed_since.is_some() || self.ring_on {
                    *until = now + TRY_AGAIN;
                    let trouble = if self.ring_on { PairTrouble::RingsOn } else { PairTrouble::NoFeed };
                    self.tell_trouble(desk, Some(trouble));
                } else {
                    self.rest(desk);
                    self.tell_trouble(desk, None);
                }
            }
            State::Idle
            | State::Announced { .. }
            | State::Talking { .. }
            | State::Releasing { .. }
            | State::Trouble { .. }
            | State::Dead => {}
        }
    }

    fn feed_is_away(&mut self, desk: &mut Desk) {
        let Some(since) = self.no_feed_since else { return };
        let times = desk.config.practice.office;
        let away = desk.now.since(since);
        match self.state {
            State::Outgoing { .. } | State::Talking { .. } if away >= times.break_releases => {
                self.far_end_released(desk)
            }
            State::Idle | State::Announced { .. } if away >= times.break_is_fault => {
                self.trouble(desk, PairTrouble::NoFeed)
            }
            State::Ringing { .. } | State::Offered { .. } | State::Unwanted { .. } if away >= times.break_is_fault => {
                self.end_leg(desk, theirs(Cause::NetworkOutOfOrder));
                self.trouble(desk, PairTrouble::NoFeed);
            }
            State::Releasing { leg, cause, .. } if away >= times.break_is_fault => {
                if let Some(leg) = leg {
                    desk.tell(leg, LegIndication::Released { cause });
                }
                self.trouble(desk, PairTrouble::NoFeed);
            }
            _ => {}
        }
    }

    fn ringing(&mut self, desk: &mut Desk) {
        let times = desk.config.practice.office;
        let (State::Ringing { watch, .. } | State::Offered { watch, .. } | State::Unwanted { watch, .. }) =
            &mut self.state
        else {
            return;
        };
        match watch.expire(desk.now, &times) {
            Some(RingNews::Over) => return self.caller_gave_up(desk),
            Some(RingNews::Stuck) => {
                self.end_leg(desk, theirs(Cause::NetworkOutOfOrder));
                return self.trouble(desk, PairTrouble::RingsOn);
            }
            Some(RingNews::Rang { first }) => self.rang(desk, first),
            None => {}
        }
        match &self.state {
            State::Ringing { tell_at: Some(at), .. } if *at <= desk.now => self.offer(desk),
            State::Unwanted { until, cause, leg, .. } if *until <= desk.now => {
                let (leg, cause) = (*leg, *cause);
                desk.tell(leg, LegIndication::Released { cause });
                self.trouble(desk, PairTrouble::RingsOn);
            }
            _ => {}
        }
    }

    /// A ring counts: the first begins the wait for the number, the second ends it.
    fn rang(&mut self, desk: &mut Desk, first: bool) {
        let number_within = desk.config.practice.office.number_within;
        let State::Ringing { caller, tell_at, .. } = &mut self.state else { return };
        let known = caller.keys_over();
        if known || !first || !self.office.hear_caller {
            self.offer(desk);
        } else {
            *tell_at = Some(desk.now + number_within);
        }
    }

    /// The ringing has stopped. One ring is a call, if the line told whose it was.
    fn caller_gave_up(&mut self, desk: &mut Desk) {
        if let State::Ringing { .. } = self.state {
            self.offer(desk);
        }
        let cause = match self.state {
            State::Unwanted { cause, .. } => cause,
            _ => theirs(Cause::NormalClearing),
        };
        self.end_leg(desk, cause);
        self.rest(desk);
    }

    /// The exchange hears of the call.
    fn offer(&mut self, desk: &mut Desk) {
        let State::Ringing { leg, watch, caller, .. } = &mut self.state else { return };
        let (leg, watch) = (*leg, *watch);
        caller.keys_over();
        let (calling, display) = caller.party();
        let called = PartyNumber::plain(self.office.number.clone());
        let setup = Setup { called, complete: true, calling, display, ..Setup::default() };
        let origin = Origin::Circuit(desk.circuit(self.slot));
        self.state = State::Offered { leg, watch };
        desk.tell(leg, LegIndication::Setup(Box::new(Incoming { setup, origin, replaces: None })));
    }

    pub(crate) fn see(&mut self, desk: &mut Desk, seen: Seen) {
        match seen {
            Seen::Ring { on } => self.ring_seen(desk, on),
            Seen::Polarity { reversed } => self.polarity.see(desk.now, reversed),
            Seen::Battery { feeding: false } => {
                self.no_feed_since.get_or_insert(desk.now);
            }
            Seen::Battery { feeding: true } => {
                // What was due is done before the feed counts as back.
                self.feed_is_away(desk);
                self.no_feed_since = None;
                if let State::Trouble { .. } = self.state {
                    self.rest(desk);
                    self.tell_trouble(desk, None);
                }
            }
            Seen::OffHook | Seen::OnHook | Seen::Flash | Seen::Pulse => {}
        }
    }

    fn ring_seen(&mut self, desk: &mut Desk, on: bool) {
        self.ring_on = on;
        match &mut self.state {
            State::Idle | State::Announced { .. } if on && !self.blocked => {
                let caller = match std::mem::replace(&mut self.state, State::Idle) {
                    State::Announced { caller, .. } => caller,
                    _ => Box::default(),
                };
                let leg = desk.ids.allocate();
                let watch = RingWatch::begin(desk.now);
                self.state = State::Ringing { leg, watch, caller, tell_at: None };
            }
            State::Ringing { watch, caller, .. } => {
                watch.see(desk.now, on);
                if watch.was_none() {
                    desk.counters.false_rings += 1;
                    // What was told before a short ring may still be told before the real one.
                    let (until, caller) = (desk.now + desk.config.practice.office.ring_after_number, caller.clone());
                    self.state = State::Announced { caller, until };
                }
            }
            State::Offered { watch, .. } | State::Unwanted { watch, .. } => watch.see(desk.now, on),
            State::Idle
            | State::Announced { .. }
            | State::Outgoing { .. }
            | State::Talking { .. }
            | State::Releasing { .. }
            | State::Trouble { .. }
            | State::Dead => {}
        }
    }

    fn polarity_changed(&mut self, desk: &mut Desk, changed: Monotonic) {
        match &mut self.state {
            State::Outgoing { call, .. } => {
                let times = desk.config.practice.office;
                let step = call.polarity_changed(changed, self.office.answered_by, &times);
                self.step(desk, step);
            }
            State::Talking { talk, .. } if talk.reversal_ends || self.office.polarity_releases => {
                self.far_end_released(desk);
            }
            _ => {}
        }
    }

    pub(crate) fn hear(&mut self, desk: &mut Desk, heard: Heard) {
        if let (Heard::Party(like), State::Outgoing { leg, .. } | State::Talking { leg, .. }) = (heard, &self.state) {
            return desk.tell(*leg, LegIndication::Sounds { like });
        }
        match &mut self.state {
            State::Idle if matches!(heard, Heard::Key(_) | Heard::Octet(_) | Heard::Carrier) => {
                let mut caller = Box::<Window>::default();
                caller.hear(heard);
                let until = desk.now + desk.config.practice.office.ring_after_number;
                self.state = State::Announced { caller, until };
            }
            State::Announced { caller, until } => {
                caller.hear(heard);
                *until = desk.now + desk.config.practice.office.ring_after_number;
            }
            State::Ringing { caller, watch, .. } => match caller.hear(heard) {
                Found::NotYet => {}
                Found::Caller | Found::Garbled => {
                    desk.counters.garbled_callers += u64::from(caller.garbled());
                    if watch.rings > 0 {
                        self.offer(desk);
                    }
                }
            },
            State::Outgoing { call, .. } => {
                if let Heard::Progress(progress) = heard {
                    let step = call.hear(progress, self.office.answered_by, desk.now, &desk.config.practice.office);
                    self.step(desk, step);
                }
            }
            State::Talking { talk, .. } => {
                if let Heard::Progress(progress) = heard
                    && talk.hear(desk.now, progress)
                    && self.office.tones_release
                {
                    self.far_end_released(desk);
                }
            }
            State::Idle
            | State::Offered { .. }
            | State::Unwanted { .. }
            | State::Releasing { .. }
            | State::Trouble { .. }
            | State::Dead => {}
        }
    }

    pub(crate) fn sounded(&mut self, desk: &mut Desk) {
        if let State::Outgoing { call, .. } = &mut self.state {
            let step = call.sounded(self.office.answered_by, desk.now, &desk.config.practice);
            self.step(desk, step);
        }
    }

    /// Goes on hook; the leg has its last word when the far exchange has had time to notice.
    pub(crate) fn go_on_hook(&mut self, desk: &mut Desk, cause: ClearCause) {
        let leg = self.leg();
        self.order(desk, Order::Sound(None));
        self.order(desk, Order::Listen(Listen::NOTHING));
        self.order(desk, Order::Hook { off: false });
        self.state = State::Releasing { leg, cause, until: desk.now + desk.config.practice.office.guard };
    }

    /// The call is over at the far end: the exchange is told at once, so that its party does not wait for the guard.
    pub(crate) fn far_end_released(&mut self, desk: &mut Desk) {
        let cause = theirs(Cause::NormalClearing);
        if let Some(leg) = self.leg() {
            desk.tell(leg, LegIndication::Disconnecting { cause, inband: false });
        }
        self.go_on_hook(desk, cause);
    }

    pub(crate) fn request(&mut self, desk: &mut Desk, request: LegRequest) {
        match (request, &mut self.state) {
            (LegRequest::Answer { .. }, State::Offered { leg, .. }) => {
                let leg = *leg;
                self.order(desk, Order::Hook { off: true });
                self.order(desk, Order::Listen(Listen::TALKING));
                self.state = State::Talking { leg, talk: Talk::begin(false) };
            }
            (LegRequest::Digits { digits, .. }, State::Outgoing { call, .. }) => {
                let step = call.more(&digits, desk.now, &desk.config.practice);
                self.step(desk, step);
            }
            (LegRequest::Disconnect { cause, .. } | LegRequest::Release { cause }, _) => self.clear(desk, cause),
            (LegRequest::Hold | LegRequest::Retrieve, State::Talking { leg, talk }) if self.office.flash_to_hold => {
                let (leg, reversal_ends) = (*leg, talk.reversal_ends);
                self.order(desk, Order::Hook { off: false });
                let until = desk.now + desk.config.practice.office.flash;
                self.state = State::Outgoing { leg, call: Box::new(Outgoing::flashing(until, reversal_ends)) };
            }
            // An analog line has no words for these.
            (
                LegRequest::MoreDigits
                | LegRequest::Proceeding
                | LegRequest::Alerting { .. }
                | LegRequest::Progress { .. }
                | LegRequest::Key(_)
                | LegRequest::Notify { .. }
                | LegRequest::OfferImage { .. }
                | LegRequest::AnswerImage { .. }
                | LegRequest::Hold
                | LegRequest::Retrieve,
                _,
            ) => {}
            (
                LegRequest::Setup(_)
                | LegRequest::Answer { .. }
                | LegRequest::Digits { .. }
                | LegRequest::AnswerNow
                | LegRequest::TransferAccepted
                | LegRequest::TransferDone
                | LegRequest::TransferFailed { .. },
                _,
            ) => desk.counters.ignored_requests += 1,
        }
    }

    fn clear(&mut self, desk: &mut Desk, cause: ClearCause) {
        match &self.state {
            State::Offered { leg, watch } => {
                let (leg, watch) = (*leg, *watch);
                self.state = State::Unwanted { leg, watch, cause, until: desk.now + RINGS_UNWANTED };
            }
            State::Outgoing { .. } | State::Talking { .. } => self.go_on_hook(desk, cause),
            State::Ringing { .. } | State::Unwanted { .. } | State::Releasing { .. } => {}
            State::Idle | State::Announced { .. } | State::Trouble { .. } | State::Dead => {
                desk.counters.ignored_requests += 1;
            }
        }
    }

    /// The line gave no dial tone: tried again later.
    pub(crate) fn no_dial_tone(&mut self, desk: &mut Desk) {
        desk.counters.no_dial_tone += 1;
        self.end_leg(desk, theirs(Cause::RequestedCircuitNotAvailable));
        self.trouble(desk, PairTrouble::NoDialTone);
    }

    /// Digits of the far exchange's number, to be sounded.
    pub(crate) fn dial(&self, desk: &mut Desk, digits: Digits) {
        self.order(desk, Order::Sound(Some(crate::order::Sound::Keys(digits))));
    }
}
