//! Figures that a source claims, each with its name, as one text: `INC-06=98.5; INC-01=120`. And members that no rule reads.

use crate::map::{FieldRead, Notes, without_nul};
use crate::note::{Note, shortened};
use crate::number::without_percent;
use crate::plan::{Mapping, Plan, Read};
use crate::scan::Slots;
use crate::trie::Slot;
use counterfoil_diagnostics::did_you_mean;
use counterfoil_model::{Decimal, Reading, Value};
use std::collections::BTreeMap;

/// Figures by their names. Of two of one name the later row counts.
pub(crate) type Pairs = BTreeMap<Box<str>, Decimal>;

/// Figures that one record may claim, and bytes of the name of one.
const PAIRS_LIMIT: usize = 1000;
const NAME_LIMIT: usize = 64;

/// One figure.
#[derive(Debug)]
pub(crate) struct PairPlan {
    pub(crate) name: PairName,
    pub(crate) value: Slot,
}

/// What a figure is called.
#[derive(Debug)]
pub(crate) enum PairName {
    Fixed(Box<str>),
    At(Slot),
    /// The value is a text of several figures: `INC-06=98.5; INC-01=120`.
    InText,
}

impl Mapping {
    /// The figures of a record; of a log those of all its rows.
    pub(crate) fn read_pairs(
        &self,
        plan: &Plan,
        pairs: &[PairPlan],
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
    ) -> FieldRead {
        let mut own = Pairs::new();
        if self.history.is_none() {
            self.take_pairs(plan, pairs, slots, notes, &mut own);
        }
        let all = if self.history.is_none() { &own } else { &slots.pairs };
        if all.is_empty() {
            return FieldRead::of(Reading::Missing, None);
        }
        let text = all.iter().map(|(name, number)| format!("{name}={number}")).collect::<Vec<_>>().join("; ");
        FieldRead::of(Value::Text(text.into()).into(), None)
    }

    /// Takes in the figures of a row of a log.
    pub(crate) fn keep_pairs(&self, kept: &mut Pairs, row: &Slots<'_>, notes: &mut Notes<'_>) {
        for plan in &self.plans {
            if let Read::Pairs(pairs) = &plan.read {
                self.take_pairs(plan, pairs, row, notes, kept);
            }
        }
    }

    fn take_pairs(&self, plan: &Plan, pairs: &[PairPlan], slots: &Slots<'_>, notes: &mut Notes<'_>, into: &mut Pairs) {
        for pair in pairs {
            let Some(text) = self.text_of(slots.get(pair.value)) else { continue };
            let mut refuse =
                |why: &str, what: &str| notes.add("unreadable-number", Some(plan), Some(pair.value), what, why.into());
            let mut take = |name: &str, value: &str| {
                let name = name.trim();
                if name.is_empty() || name.len() > NAME_LIMIT || name.contains(['=', ';']) {
                    return refuse("the figure has no name, or one that no figure has", value);
                }
                let Some(number) = self.decimal(without_percent(value.trim())) else {
                    return refuse(self.decimals.expected(), value);
                };
                if into.len() >= PAIRS_LIMIT && !into.contains_key(name) {
                    return refuse("it is one figure too many: a record claims at most 1,000", value);
                }
                into.insert(name.into(), number);
            };
            match &pair.name {
                PairName::Fixed(name) => take(name, &text),
                PairName::At(slot) => take(&self.text_of(slots.get(*slot)).unwrap_or_default(), &text),
                PairName::InText => {
                    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
                        let (name, value) = part.split_once('=').unwrap_or((part, ""));
                        take(name, value);
                    }
                }
            }
        }
    }

    /// Values of the last of several elements, one note for each element that they were picked from.
    pub(crate) fn note_several(&self, slots: &Slots<'_>, notes: &mut Notes<'_>) {
        let mut noted: Option<&str> = None;
        for slot in &slots.picked_of_several {
            let picked = self.pointer(*slot).split_once(']').map(|(list, _)| list);
            if picked != noted {
                noted = picked;
                let message = "it is of the last of several elements, which counts".to_owned();
                notes.add("last-of-several", None, Some(*slot), "", message);
            }
        }
    }

    /// Members that no rule reads, where the mapping notes them: a misspelt column is one, too.
    pub(crate) fn note_unread(&self, slots: &Slots<'_>, notes: &mut Notes<'_>) {
        for name in &slots.unread {
            let known = self.trie.nodes[0].members.iter().map(|(known, _)| known);
            let near = did_you_mean(name, known.filter(|known| !known.starts_with('@')));
            let meant = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let (pointer, message) = (crate::pointer::of_name(name), format!("no rule reads this member{meant}"));
            let note = Note { pointer: shortened(&without_nul(&pointer)), ..Note::whole("unread-member", message) };
            notes.list.push(note);
        }
    }
}
