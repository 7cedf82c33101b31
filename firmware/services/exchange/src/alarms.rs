//! What is wrong with lines and parts of the box, from when to when: derived from what they say of themselves, so that an alarm stands
//! exactly as long as its reason.

use crate::machine::Exchange;
use crate::port::Effect;
use desk::{AlarmKind, AlarmView, BOX, EntityId, EntityView};
use identity::{AlarmIds, SpanId};
use legs::PairTrouble;
use std::collections::{BTreeMap, BTreeSet};

/// Where on a span: none is the whole of it.
type Place = (SpanId, Option<u8>, AlarmKind);

#[derive(Debug, Default)]
pub(crate) struct Alarms {
    standing: BTreeMap<Place, AlarmView>,
    /// What parts of the box say of themselves.
    parts: BTreeMap<u8, BTreeSet<AlarmKind>>,
    ids: AlarmIds,
}

impl Exchange {
    /// Begins and ends the alarms of a span, or of the box, of which something changed.
    pub(crate) fn update_alarms(&mut self, span: SpanId) {
        let reasons = self.reasons(span);
        let of_span = self.alarms.standing.keys().filter(|(of, ..)| *of == span);
        let over: Vec<Place> = of_span.filter(|(_, slot, kind)| !reasons.contains(&(*slot, *kind))).copied().collect();
        for place in over {
            if let Some(alarm) = self.alarms.standing.remove(&place) {
                self.show(EntityId::Alarm(alarm.id), None);
                self.effect(Effect::Alarm(AlarmView { ended: Some(self.now().wall), ..alarm }));
            }
        }
        for (slot, kind) in reasons {
            if !self.alarms.standing.contains_key(&(span, slot, kind)) {
                let alarm = self.new_alarm(span, slot, kind);
                self.alarms.standing.insert((span, slot, kind), alarm.clone());
                self.show(EntityId::Alarm(alarm.id), Some(EntityView::Alarm(alarm.clone())));
                self.effect(Effect::Alarm(alarm));
            }
        }
    }

    /// A part of the box says what is wrong with it.
    pub(crate) fn box_is(&mut self, part: u8, wrong: BTreeSet<AlarmKind>) {
        self.alarms.parts.insert(part, wrong);
        self.update_alarms(BOX);
    }

    /// Something that is over as soon as it is known.
    pub(crate) fn momentary_alarm(&mut self, span: SpanId, slot: Option<u8>, kind: AlarmKind) {
        let alarm = self.new_alarm(span, slot, kind);
        self.effect(Effect::Alarm(AlarmView { ended: Some(alarm.began), ..alarm }));
    }

    fn new_alarm(&mut self, span: SpanId, slot: Option<u8>, kind: AlarmKind) -> AlarmView {
        let began = self.now().wall;
        AlarmView { id: self.alarms.ids.allocate(began.0), kind, span, slot, began, ended: None }
    }

    /// What is wrong with a span, or with the box, now.
    fn reasons(&self, span: SpanId) -> Vec<(Option<u8>, AlarmKind)> {
        if span == BOX {
            let of_part = |(part, wrong): (&u8, &BTreeSet<AlarmKind>)| {
                let part = Some(*part);
                wrong.iter().map(move |kind| (part, *kind)).collect::<Vec<_>>()
            };
            return self.alarms.parts.iter().flat_map(of_part).collect();
        }
        if !self.circuits.has_span(span) {
            return Vec::new();
        }
        let line = self.lines.span(span);
        let alarms = line.alarms;
        let whole = [
            (alarms.card, AlarmKind::CardFailed),
            (alarms.los, AlarmKind::Los),
            (alarms.lfa, AlarmKind::Lfa),
            (alarms.ais, AlarmKind::Ais),
            (alarms.rai, AlarmKind::Rai),
            // With an alarm on the line, that its signalling is gone is no news.
            (line.missed && !line.up && !alarms.out_of_service(), AlarmKind::SignallingDown),
        ];
        let whole = whole.into_iter().filter(|(stands, _)| *stands).map(|(_, kind)| (None, kind));
        let given_up = self.circuits.unrestarted(span).filter(|(_, given_up)| *given_up);
        let given_up = given_up.map(|(slot, _)| (Some(slot), AlarmKind::RestartUnanswered));
        let pairs = self.lines.troubles(span).map(|(slot, trouble)| (Some(slot), kind_of(trouble)));
        whole.chain(given_up).chain(pairs).collect()
    }
}

fn kind_of(trouble: PairTrouble) -> AlarmKind {
    match trouble {
        PairTrouble::NoFeed => AlarmKind::NoFeed,
        PairTrouble::RingsOn => AlarmKind::RingsOn,
        PairTrouble::NoDialTone => AlarmKind::NoDialTone,
        PairTrouble::LeftOffHook => AlarmKind::LeftOffHook,
    }
}
