//! Alarms with their beginning and end, out of what the kernel tells now and then.

use crate::span::{SpanAlarms, SpanNumber};
use clock::{Millis, Monotonic};
use std::collections::BTreeMap;

/// Ended alarms that are kept.
const KEPT: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Alarm {
    /// Loss of signal.
    Los,
    /// Loss of frame alignment.
    Lfa,
    /// Loss of multiframe alignment: CAS or CRC-4.
    Lmfa,
    /// All ones come in.
    Ais,
    /// The far end does not receive us.
    Rai,
    /// A card that does not say more: nothing usable comes in.
    Red,
    /// Maintenance has the span in a loop.
    Loopback,
}

impl Alarm {
    pub const ALL: [Alarm; 7] =
        [Alarm::Los, Alarm::Lfa, Alarm::Lmfa, Alarm::Ais, Alarm::Rai, Alarm::Red, Alarm::Loopback];

    fn stands(self, alarms: SpanAlarms) -> bool {
        match self {
            Alarm::Los => alarms.los,
            Alarm::Lfa => alarms.lfa,
            Alarm::Lmfa => alarms.lmfa,
            Alarm::Ais => alarms.ais,
            Alarm::Rai => alarms.rai,
            Alarm::Red => alarms.red && !(alarms.los || alarms.lfa || alarms.lmfa || alarms.ais),
            Alarm::Loopback => alarms.loopback,
        }
    }
}

/// One alarm of one span, from its beginning to its end if it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmRecord {
    pub span: SpanNumber,
    pub alarm: Alarm,
    pub began: Monotonic,
    pub ended: Option<Monotonic>,
}

impl AlarmRecord {
    pub fn lasted(&self, now: Monotonic) -> Millis {
        self.ended.unwrap_or(now).since(self.began)
    }
}

/// What stands and what stood.
#[derive(Clone, Debug, Default)]
pub struct AlarmWatch {
    standing: BTreeMap<(SpanNumber, Alarm), Monotonic>,
    ended: Vec<AlarmRecord>,
}

impl AlarmWatch {
    /// Takes a span's alarms as they are now; gives what began and what ended.
    pub fn take(&mut self, now: Monotonic, span: SpanNumber, alarms: SpanAlarms) -> Vec<AlarmRecord> {
        let mut changes = Vec::new();
        for alarm in Alarm::ALL {
            let key = (span, alarm);
            match (self.standing.get(&key).copied(), alarm.stands(alarms)) {
                (None, true) => {
                    self.standing.insert(key, now);
                    changes.push(AlarmRecord { span, alarm, began: now, ended: None });
                }
                (Some(began), false) => {
                    self.standing.remove(&key);
                    let record = AlarmRecord { span, alarm, began, ended: Some(now) };
                    if self.ended.len() == KEPT {
                        self.ended.remove(0);
                    }
                    self.ended.push(record);
                    changes.push(record);
                }
                (None, false) | (Some(_), true) => {}
            }
        }
        changes
    }

    /// Alarms that stand, by span.
    pub fn standing(&self) -> impl Iterator<Item = AlarmRecord> + '_ {
        self.standing.iter().map(|((span, alarm), began)| AlarmRecord {
            span: *span,
            alarm: *alarm,
            began: *began,
            ended: None,
        })
    }

    /// The last ones that ended, oldest first.
    pub fn ended(&self) -> &[AlarmRecord] {
        &self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: SpanNumber = SpanNumber(2);

    /// LIN-06: an alarm is told once when it begins and once when it ends, with both times.
    #[test]
    fn an_alarm_has_a_beginning_and_an_end() {
        let mut watch = AlarmWatch::default();
        let los = SpanAlarms { red: true, los: true, ..SpanAlarms::default() };
        let began = watch.take(Monotonic(100), SPAN, los);
        assert_eq!(began, [AlarmRecord { span: SPAN, alarm: Alarm::Los, began: Monotonic(100), ended: None }]);
        assert!(watch.take(Monotonic(200), SPAN, los).is_empty(), "it stands: nothing new");
        let ended = watch.take(Monotonic(3100), SPAN, SpanAlarms::default());
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].lasted(Monotonic(9000)), Millis(3000));
        assert_eq!(watch.standing().count(), 0);
        assert_eq!(watch.ended(), ended);
    }

    /// A card that knows no more than "red" has an alarm too.
    #[test]
    fn red_without_a_reason_is_an_alarm() {
        let mut watch = AlarmWatch::default();
        let red = SpanAlarms { red: true, ..SpanAlarms::default() };
        assert_eq!(watch.take(Monotonic(1), SPAN, red)[0].alarm, Alarm::Red);
    }

    #[test]
    fn the_list_of_ended_alarms_is_bounded() {
        let mut watch = AlarmWatch::default();
        let rai = SpanAlarms { rai: true, ..SpanAlarms::default() };
        for round in 0..200 {
            watch.take(Monotonic(round * 2), SPAN, rai);
            watch.take(Monotonic(round * 2 + 1), SPAN, SpanAlarms::default());
        }
        assert_eq!(watch.ended().len(), KEPT);
    }
}
