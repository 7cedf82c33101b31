use crate::span::Span;
use identity::{CircuitId, GroupId, SpanId};
use std::collections::BTreeMap;

/// Trunks that serve the same purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub id: GroupId,
    pub selection: Selection,
    /// In order of preference.
    pub spans: Vec<SpanId>,
}

/// Which free circuit of a group is next. The two ends of a line choose opposite orders, so that they meet rarely (glare).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Selection {
    #[default]
    Ascending,
    Descending,
    LeastRecentlyUsed,
}

impl Group {
    pub(crate) fn next(&self, spans: &BTreeMap<SpanId, Span>) -> Option<CircuitId> {
        let serving = || self.spans.iter().filter_map(|id| Some((*id, spans.get(id).filter(|s| s.in_service())?)));
        match self.selection {
            Selection::Ascending => {
                serving().find_map(|(span, s)| s.free_trunks().next().map(|(slot, _)| CircuitId { span, slot }))
            }
            Selection::Descending => serving()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .find_map(|(span, s)| s.free_trunks().next_back().map(|(slot, _)| CircuitId { span, slot })),
            Selection::LeastRecentlyUsed => serving()
                .flat_map(|(span, s)| s.free_trunks().map(move |(slot, c)| (c.last_use, CircuitId { span, slot })))
                .min()
                .map(|(_, circuit)| circuit),
        }
    }
}
