//! What scenarios do: dial, press, hang up, ask of seats, break things.

use crate::agenda::{End, Failure, Fault, PhoneDeed};
use crate::core::Core;
use crate::media::Disk;
use crate::names::{CallerId, PhoneCall, digits};
use crate::phones::PhoneManner;
use crate::sip_net::Weather;
use crate::store::Mood;
use crate::town::Habit;
use crate::world::World;
use clock::Millis;
use desk::{Actor, Command, Refusal, SeatCommand, TransferMode};
use exchange::Input;
use identity::{CircuitId, SpanId};
use legs::{Compatibility, LegRequest, Notice};
use numbering::Key;

impl World {
    /// A caller of the town dials a number of the house, over the first span.
    pub fn dial(&mut self, number: &str) -> CallerId {
        self.dial_over(SpanId(1), number)
    }

    /// A caller whose terminal says this of itself.
    pub fn dial_as(&mut self, number: &str, compatibility: Compatibility) -> CallerId {
        let caller = self.town_dials_with(SpanId(1), digits(number), compatibility);
        self.drain();
        caller
    }

    /// The caller's network notifies of something.
    pub fn notify(&mut self, caller: CallerId, notice: Notice) -> &mut World {
        let known = self.town.callers.get(&caller).and_then(|caller| Some((caller.span, caller.state.leg()?)));
        match known {
            Some((span, leg)) => self.far_request(span, leg, LegRequest::Notify { notice }),
            None => self.fail("the caller is gone".to_owned()),
        }
        self.run_for(Millis(100));
        self
    }

    /// A caller whose call the far exchange puts on the span of this name.
    pub fn dial_on(&mut self, span: &str, number: &str) -> CallerId {
        self.dial_over(self.span_id(span), number)
    }

    fn dial_over(&mut self, span: SpanId, number: &str) -> CallerId {
        let caller = self.town_dials(span, digits(number));
        self.drain();
        caller
    }

    /// Lets time pass.
    pub fn after(&mut self, time: Millis) -> &mut World {
        self.run_for(time);
        self
    }

    pub fn hang_up(&mut self, caller: CallerId) -> &mut World {
        self.caller_hangs_up(caller);
        self.drain();
        self
    }

    /// The caller presses keys, half a second apart.
    pub fn press(&mut self, caller: CallerId, keys: &str) -> &mut World {
        for key in keys.chars().filter_map(Key::new) {
            self.caller_presses(caller, key);
            self.run_for(Millis(500));
        }
        self
    }

    /// A subscriber of the town that the house may call.
    pub fn subscriber(mut self, number: &str, habit: Habit) -> World {
        self.town.subscribers.insert(digits(number), habit);
        self
    }

    /// Somebody dials at a phone: an agent's by name, another by extension.
    pub fn lift(&mut self, phone: &str, number: &str) -> PhoneCall {
        let extension = self.extension_of(phone);
        let leg = self.phone_dials(&extension, digits(number));
        self.drain();
        PhoneCall(leg)
    }

    /// Whoever is on this phone hangs up.
    pub fn put_down(&mut self, phone: &str) -> &mut World {
        let extension = self.extension_of(phone);
        for leg in self.phones.legs_of(&extension) {
            self.phone_does(leg, PhoneDeed::HangUp);
        }
        self.drain();
        self
    }

    /// The user presses the phone's own keys: hold, retrieve, transfer (REFER) on its latest call.
    pub fn phone_keys(&mut self, phone: &str, deed: PhoneDeed) -> &mut World {
        let extension = self.extension_of(phone);
        match self.phones.legs_of(&extension).last() {
            Some(leg) => self.phone_does(*leg, deed),
            None => self.fail(format!("{phone} has no call")),
        }
        self.run_for(Millis(100));
        self
    }

    /// The user joins the parties of the phone's two calls (REFER with Replaces) and is out.
    pub fn phone_joins(&mut self, phone: &str) -> &mut World {
        let extension = self.extension_of(phone);
        match self.phones.legs_of(&extension)[..] {
            [first, .., last] => self.phone_does(last, PhoneDeed::Join(first)),
            _ => self.fail(format!("{phone} has not two calls")),
        }
        self.run_for(Millis(100));
        self
    }

    /// From now on the phone is answered, or not, in this manner.
    pub fn manner(&mut self, phone: &str, manner: PhoneManner) -> &mut World {
        let extension = self.extension_of(phone);
        if let Some(phone) = self.phones.phones.get_mut(&extension) {
            phone.manner = manner;
        }
        self
    }

    /// The phone loses its registration: power or network gone.
    pub fn unplug(&mut self, phone: &str) -> &mut World {
        let extension = self.extension_of(phone);
        match self.sip {
            Some(_) => self.unplug_sip_phone(&extension),
            None => self.set_registered(&extension, false),
        }
        self.drain();
        self
    }

    pub fn plug_in(&mut self, phone: &str) -> &mut World {
        let extension = self.extension_of(phone);
        self.set_registered(&extension, true);
        self.drain();
        self
    }

    /// What an agent asks at the seat; it must be carried out.
    pub fn seat(&mut self, agent: &str, command: SeatCommand) -> &mut World {
        if let Err(refusal) = self.try_seat(agent, command.clone()) {
            self.fail(format!("{agent} asked {command:?} and was refused: {refusal:?}"));
        }
        self
    }

    /// What an agent asks at the seat, and what comes of it.
    pub fn try_seat(&mut self, agent: &str, command: SeatCommand) -> Result<(), Refusal> {
        let agent = self.agent_id(agent);
        let ticket = self.seat_asks(agent, command);
        self.drain();
        match self.house.replies.get(&ticket) {
            Some(result) => *result,
            None => self.fail("a command was never answered".to_owned()),
        }
    }

    /// A command of the administrator.
    pub fn administrator(&mut self, command: Command) -> Result<(), Refusal> {
        self.command(Actor::Administrator, command)
    }

    /// A command that an agent gives by the interface, whether it may or not.
    pub fn as_agent(&mut self, agent: &str, command: Command) -> Result<(), Refusal> {
        let agent = self.agent_id(agent);
        self.command(Actor::Agent(agent), command)
    }

    fn command(&mut self, actor: Actor, command: Command) -> Result<(), Refusal> {
        let ticket = self.house.ticket();
        self.house.input(Input::Command { ticket, actor, command });
        self.drain();
        match self.house.replies.get(&ticket) {
            Some(result) => *result,
            None => self.fail("a command was never answered".to_owned()),
        }
    }

    /// The agent sends the caller on without asking.
    pub fn transfer(&mut self, agent: &str, to: &str) -> &mut World {
        let to = self.number_of(to);
        self.seat(agent, SeatCommand::Transfer { to, mode: TransferMode::Blind })
    }

    /// The agent holds the caller and calls there first.
    pub fn consult(&mut self, agent: &str, to: &str) -> &mut World {
        let to = self.number_of(to);
        self.seat(agent, SeatCommand::Transfer { to, mode: TransferMode::Attended })
    }

    fn number_of(&self, to: &str) -> numbering::Digits {
        match self.house.settings.agents.iter().find(|agent| agent.login == to) {
            Some(agent) => agent.extension.clone().unwrap_or_default(),
            None => digits(to),
        }
    }

    /// The cable is pulled: loss of signal at both ends.
    pub fn cut(&mut self, span: &str) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::Cut(span, Failure::Los));
        self
    }

    /// Both directions fail in this way.
    pub fn fail_span(&mut self, span: &str, failure: Failure) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::Cut(span, failure));
        self
    }

    /// Nothing reaches that end any more; what it sends still arrives.
    pub fn deafen(&mut self, span: &str, end: End, failure: Failure) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::CutTowards(span, end, failure));
        self
    }

    /// The span's signalling forgets its calls, and tells nobody: a fault of ours.
    pub fn forget_calls(&mut self, span: &str) -> &mut World {
        let now = self.now.mono;
        let span = self.span_id(span);
        if let Some(line) = self.lines.get_mut(&span) {
            for (leg, _) in line.near.iter().flat_map(Core::each_leg) {
                self.watch.legs.remove(&leg);
            }
            line.start(now);
        }
        self
    }

    pub fn mend(&mut self, span: &str) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::Mend(span));
        self
    }

    /// Bit errors spoil so many of a thousand frames.
    pub fn noise(&mut self, span: &str, permille: u32) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::Noise(span, permille));
        self
    }

    /// The clocks of both ends drift apart: slips spoil so many of a thousand frames.
    pub fn slips(&mut self, span: &str, permille: u32) -> &mut World {
        let span = self.span_id(span);
        self.strike(Fault::Slips(span, permille));
        self
    }

    /// The network between telephones and box is like this from now on.
    pub fn weather(&mut self, weather: Weather) -> &mut World {
        self.strike(Fault::Weather(weather));
        self
    }

    pub fn store_is(&mut self, mood: Mood) -> &mut World {
        self.strike(Fault::Store(mood));
        self
    }

    pub fn disk_is(&mut self, disk: Disk) -> &mut World {
        self.strike(Fault::Disk(disk));
        self
    }

    /// The daemon is killed now; it is started again three seconds later.
    pub fn kill(&mut self) -> &mut World {
        self.kill_daemon();
        self
    }

    /// A prompt file that cannot be read.
    pub fn spoil_prompt(&mut self, name: &str) -> &mut World {
        self.media.unreadable.insert(name.to_owned());
        self
    }

    /// The far exchange hunts from the lowest channel, as the house does: both may take the same one.
    pub fn far_hunts_from_below(mut self) -> World {
        self.town.hunts_from_below = 1000;
        self
    }

    /// The call of a caller, as the board shows it.
    pub fn call_of(&self, caller: CallerId) -> identity::CallId {
        let number = self.town.callers.get(&caller).map(|caller| caller.number.clone());
        let call = self.watch.view.calls.values().find(|call| call.calling == number);
        call.map_or_else(|| self.fail("the caller is in no call".to_owned()), |call| call.id)
    }

    pub fn circuit(&self, caller: CallerId) -> CircuitId {
        let circuit = self.town.callers.get(&caller).and_then(|caller| caller.circuit);
        circuit.unwrap_or_else(|| self.fail("the caller has no circuit".to_owned()))
    }

    /// A fact that must hold now; and no rule may have been broken on the way.
    pub fn expect(&mut self, fact: impl crate::facts::Fact) -> &mut World {
        if let Some(violation) = self.watch.violations.first() {
            self.fail(violation.clone());
        }
        if let Err(what) = fact.holds(self) {
            self.fail(what);
        }
        self
    }

    pub(crate) fn fail(&self, what: String) -> ! {
        let violations = self.watch.violations.join("\n");
        panic!("{}\n{what}\n{violations}", self.ladder.print());
    }
}
