//! Messages wait for a telephone's owner: a telephone with a lamp is told by modem while nobody uses it.

use crate::caller_id::{lamp_message, single_lamp_message};
use crate::config::ShowCaller;
use crate::fxs::{State, Telephone};
use crate::order::{Order, Sound};
use crate::practice::Alert;
use crate::span::Desk;
use clock::Monotonic;

/// How far the telling is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Telling {
    /// The telephone may be lifted again at once.
    Waits,
    Alerts,
    Pauses,
    Sounds {
        waiting: bool,
    },
}

/// Whether messages wait, and what the telephone's lamp was told last.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Lamp {
    pub(crate) waiting: bool,
    shown: bool,
}

impl Telephone {
    pub(crate) fn set_message_waiting(&mut self, desk: &mut Desk, waiting: bool) {
        self.lamp.waiting = waiting;
        if matches!(self.state, State::OnHook) {
            self.show_lamp(desk);
        }
    }

    /// On hook: the lamp is put right, if it is not.
    pub(crate) fn show_lamp(&mut self, desk: &mut Desk) {
        let by_modem = matches!(self.station.show_caller, ShowCaller::Multiple | ShowCaller::Single);
        if self.lamp.waiting != self.lamp.shown && by_modem {
            let until = desk.now + desk.config.practice.station.before_lamp;
            self.state = State::Telling { telling: Telling::Waits, until };
        }
    }

    /// The next step is due.
    pub(crate) fn tell_on(&mut self, desk: &mut Desk, telling: Telling) {
        let practice = desk.config.practice;
        match telling {
            // What it was for may be over.
            Telling::Waits if self.lamp.waiting == self.lamp.shown => self.stop_telling(desk),
            Telling::Waits => {
                let length = match practice.alert {
                    Alert::Break(length) => {
                        self.order(desk, Order::Battery { feeding: false });
                        length
                    }
                    Alert::RingPulse(length) => {
                        self.order(desk, Order::Ring { on: true });
                        length
                    }
                };
                self.telling(Telling::Alerts, desk.now + length);
            }
            Telling::Alerts => {
                self.alert_over(desk);
                self.telling(Telling::Pauses, desk.now + practice.station.before_message);
            }
            Telling::Pauses => {
                let octets = match self.station.show_caller {
                    ShowCaller::Single => single_lamp_message(self.lamp.waiting),
                    ShowCaller::No | ShowCaller::Multiple | ShowCaller::Dtmf => lamp_message(self.lamp.waiting),
                };
                self.order(desk, Order::OnHookSpeech { on: true });
                self.order(desk, Order::Sound(Some(Sound::Message { modem: practice.modem, octets })));
                self.telling(Telling::Sounds { waiting: self.lamp.waiting }, desk.now + practice.station.lamp_within);
            }
            Telling::Sounds { waiting } => {
                self.lamp.shown = waiting;
                self.stop_telling(desk);
                // It may have changed meanwhile.
                self.show_lamp(desk);
            }
        }
    }

    fn telling(&mut self, telling: Telling, until: Monotonic) {
        self.state = State::Telling { telling, until };
    }

    fn alert_over(&mut self, desk: &mut Desk) {
        match desk.config.practice.alert {
            Alert::Break(_) => self.order(desk, Order::Battery { feeding: true }),
            Alert::RingPulse(_) => self.order(desk, Order::Ring { on: false }),
        }
    }

    /// The telephone is wanted for a call, or all is told. What was cut short is told again.
    pub(crate) fn stop_telling(&mut self, desk: &mut Desk) {
        let State::Telling { telling, .. } = self.state else { return };
        self.state = State::OnHook;
        match telling {
            Telling::Waits | Telling::Pauses => {}
            Telling::Alerts => self.alert_over(desk),
            Telling::Sounds { .. } => self.on_hook_quiet(desk),
        }
    }
}
