use crate::pattern::{Fit, Pattern};
use identity::{FlowId, GroupId, QueueId, RoomId};
use numbering::{Cause, Digits};
use settings::{Settings, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Services may name numbers that name services: so many steps are followed, then the call is refused with cause 25
/// (exchange routing error).
pub const MAX_HOPS: u8 = 8;

/// Q.850 cause 25.
const EXCHANGE_ROUTING_ERROR: Cause = Cause::Other(25);

/// Who wants to reach a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asker {
    /// A caller from outside.
    Trunk,
    /// A telephone of the house.
    Extension(Digits),
    /// The house itself: a target in the settings.
    House,
}

/// Where a number leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Route {
    Flow(FlowId),
    Queue(QueueId),
    Extension(Digits),
    Room(RoomId),
    /// Whoever is parked there.
    Parked(Digits),
    /// Over these groups in order, sending this number.
    Trunks {
        groups: Arc<[GroupId]>,
        number: Digits,
    },
    /// As `Trunks`, past every rule.
    Emergency {
        groups: Arc<[GroupId]>,
        number: Digits,
    },
}

/// A route with the service that it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub route: Route,
    pub service: Option<ServiceIndex>,
}

/// Names one service of the plan: see [`DialPlan::service_name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServiceIndex(usize);

/// The answer to dialled digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Nothing yet: more digits are needed.
    NeedMore,
    /// This, and no more digits could change it.
    Complete(Found),
    /// This, unless more digits follow.
    CompleteOrMore(Found),
    /// No digits could make it valid.
    Refused(Cause),
}

#[derive(Clone, Debug)]
struct Service {
    pattern: Pattern,
    name: Arc<str>,
    target: Target,
}

#[derive(Clone, Debug)]
struct Outbound {
    pattern: Pattern,
    strip: usize,
    prepend: Digits,
    groups: Arc<[GroupId]>,
}

#[derive(Clone, Debug)]
struct Emergency {
    numbers: BTreeSet<Digits>,
    groups: Arc<[GroupId]>,
}

/// The house's numbering, compiled from the settings.
#[derive(Clone, Debug)]
pub struct DialPlan {
    /// Extension to "may dial out".
    extensions: BTreeMap<Digits, bool>,
    services: Vec<Service>,
    outbound: Vec<Outbound>,
    emergency: Emergency,
    park_slots: (u16, u16),
}

/// What the candidates seen so far say together.
#[derive(Default)]
struct Search {
    found: Option<Found>,
    more: bool,
}

impl Search {
    fn see(&mut self, fit: Fit, found: impl FnOnce() -> Found) {
        self.more |= matches!(fit, Fit::Begin | Fit::WholeAndMore);
        if matches!(fit, Fit::Whole | Fit::WholeAndMore) && self.found.is_none() {
            self.found = Some(found());
        }
    }

    fn answer(self, otherwise: Cause) -> Answer {
        match (self.found, self.more) {
            (Some(found), false) => Answer::Complete(found),
            (Some(found), true) => Answer::CompleteOrMore(found),
            (None, true) => Answer::NeedMore,
            (None, false) => Answer::Refused(otherwise),
        }
    }
}

impl DialPlan {
    /// Patterns that cannot be read never match; `Settings::check` reports them before they come here.
    pub fn new(settings: &Settings) -> DialPlan {
        let every_group: Arc<[GroupId]> = settings.groups.iter().map(|g| g.id).collect();
        let services = settings.services.iter().filter_map(|s| {
            let pattern = s.pattern.parse().ok()?;
            Some(Service { pattern, name: s.name.as_str().into(), target: s.target.clone() })
        });
        let outbound = settings.outbound.iter().filter_map(|o| {
            Some(Outbound {
                pattern: o.pattern.parse().ok()?,
                strip: usize::from(o.strip),
                prepend: o.prepend.clone(),
                groups: o.groups.iter().copied().collect(),
            })
        });
        let groups = match settings.emergency.groups.is_empty() {
            true => every_group,
            false => settings.emergency.groups.iter().copied().collect(),
        };
        DialPlan {
            extensions: settings.extensions.iter().map(|e| (e.number.clone(), e.may_dial_out)).collect(),
            services: services.collect(),
            outbound: outbound.collect(),
            emergency: Emergency { numbers: settings.emergency.numbers.iter().cloned().collect(), groups },
            park_slots: settings.calls.park_slots,
        }
    }

    /// Where `number` leads for `asker`.
    pub fn look_up(&self, asker: &Asker, number: &Digits) -> Answer {
        self.hop(asker, number, 0)
    }

    fn hop(&self, asker: &Asker, number: &Digits, hops: u8) -> Answer {
        if hops > MAX_HOPS {
            return Answer::Refused(EXCHANGE_ROUTING_ERROR);
        }
        let inside = !matches!(asker, Asker::Trunk);
        if inside && let Some(found) = self.emergency(number) {
            return Answer::Complete(found);
        }
        let mut search = Search { more: inside && self.begins_emergency(number), ..Search::default() };
        let services = |search: &mut Search| self.see_services(search, number, hops);
        // A trunk caller dials the house's outside numbers; a colleague its inside ones.
        let refused = match asker {
            Asker::Trunk => {
                let refused = services(&mut search);
                self.see_extensions(&mut search, number);
                refused
            }
            Asker::Extension(_) => {
                self.see_extensions(&mut search, number);
                self.see_park_slots(&mut search, number);
                services(&mut search)
            }
            Asker::House => {
                self.see_extensions(&mut search, number);
                services(&mut search)
            }
        };
        let mut otherwise = refused.unwrap_or(Cause::UnallocatedNumber);
        if inside && search.found.is_none() {
            let barred = self.see_outbound(&mut search, asker, number);
            otherwise = barred.unwrap_or(otherwise);
        }
        search.answer(otherwise)
    }

    /// Whether a telephone of the house that dials this gets the police, fire brigade or ambulance.
    pub fn is_emergency(&self, number: &Digits) -> bool {
        self.emergency(number).is_some()
    }

    /// A telephone that dials digit by digit is on its way to an emergency number.
    fn begins_emergency(&self, number: &Digits) -> bool {
        self.emergency.numbers.iter().any(|emergency| emergency != number && emergency.starts_with(number))
    }

    fn emergency(&self, number: &Digits) -> Option<Found> {
        let stripped = || {
            let outbound = self.outbound.iter().filter(|o| o.strip > 0 && o.pattern.fit(number) != Fit::No);
            outbound.map(|o| number.skip(o.strip)).find(|n| self.emergency.numbers.contains(n))
        };
        let number = match self.emergency.numbers.contains(number) {
            true => number.clone(),
            // Somebody in distress may dial the outside-line digit first.
            false => stripped()?,
        };
        Some(Found { route: Route::Emergency { groups: self.emergency.groups.clone(), number }, service: None })
    }

    fn see_extensions(&self, search: &mut Search, number: &Digits) {
        if self.extensions.contains_key(number) {
            search.see(Fit::Whole, || Found { route: Route::Extension(number.clone()), service: None });
        }
        let longer = self.extensions.range(number.clone()..).map(|(n, _)| n).find(|n| *n != number);
        search.more |= longer.is_some_and(|n| n.starts_with(number));
    }

    fn see_park_slots(&self, search: &mut Search, number: &Digits) {
        let (first, last) = self.park_slots;
        let slot = number.as_str().parse::<u16>().is_ok_and(|slot| slot >= first && slot <= last);
        if slot {
            search.see(Fit::Whole, || Found { route: Route::Parked(number.clone()), service: None });
        } else if number.len() < first.to_string().len() {
            search.more |= (first..=last).any(|slot| slot.to_string().starts_with(number.as_str()));
        }
    }

    /// First match wins. Answers the cause if the match leads nowhere.
    fn see_services(&self, search: &mut Search, number: &Digits, hops: u8) -> Option<Cause> {
        for (index, service) in self.services.iter().enumerate() {
            let fit = service.pattern.fit(number);
            if matches!(fit, Fit::No | Fit::Begin) {
                search.more |= fit == Fit::Begin;
                continue;
            }
            if search.found.is_some() {
                break;
            }
            match self.target_at(&service.target, hops + 1) {
                Ok(route) => search.see(fit, || Found { route, service: Some(ServiceIndex(index)) }),
                Err(cause) => return Some(cause),
            }
            break;
        }
        None
    }

    fn see_outbound(&self, search: &mut Search, asker: &Asker, number: &Digits) -> Option<Cause> {
        let may = match asker {
            Asker::Trunk => false,
            Asker::Extension(own) => self.extensions.get(own).copied().unwrap_or(false),
            Asker::House => true,
        };
        for route in &self.outbound {
            let fit = route.pattern.fit(number);
            if fit != Fit::No && !may {
                return Some(Cause::OutgoingCallsBarred);
            }
            search.see(fit, || {
                let mut sent = route.prepend.clone();
                sent.append(&number.skip(route.strip));
                Found { route: Route::Trunks { groups: route.groups.clone(), number: sent }, service: None }
            });
        }
        None
    }

    /// Where a target named in the settings leads.
    pub fn target(&self, target: &Target) -> Result<Route, Cause> {
        self.target_at(target, 0)
    }

    fn target_at(&self, target: &Target, hops: u8) -> Result<Route, Cause> {
        match target {
            Target::Flow(flow) => Ok(Route::Flow(*flow)),
            Target::Queue(queue) => Ok(Route::Queue(*queue)),
            Target::Room(room) => Ok(Route::Room(*room)),
            Target::Extension(number) if self.extensions.contains_key(number) => Ok(Route::Extension(number.clone())),
            Target::Extension(_) => Err(Cause::UnallocatedNumber),
            Target::Number(number) => match self.hop(&Asker::House, number, hops) {
                Answer::Complete(found) | Answer::CompleteOrMore(found) => Ok(found.route),
                Answer::NeedMore => Err(Cause::InvalidNumberFormat),
                Answer::Refused(cause) => Err(cause),
            },
        }
    }

    /// What the administrator calls the service.
    pub fn service_name(&self, service: ServiceIndex) -> Option<Arc<str>> {
        self.services.get(service.0).map(|s| s.name.clone())
    }

    pub fn has_extension(&self, number: &Digits) -> bool {
        self.extensions.contains_key(number)
    }

    /// Every park slot, lowest first.
    pub fn park_slots(&self) -> impl Iterator<Item = Digits> {
        let (first, last) = self.park_slots;
        (first..=last).filter_map(|slot| slot.to_string().parse().ok())
    }
}
