//! Compiles how the list of changes inside a snapshot is read. It never reads a payload.

use crate::by_length::ByLength;
use crate::changes::ChangeList;
use crate::compile::Compiler;
use crate::located::Located;
use crate::plan::{ChangesPlan, Convert, HistoryPlan, Plan, Read, Source, TrackedPlan, WordSource};
use crate::spec::HistorySpec;
use crate::trie::Slot;
use counterfoil_model::Field;
use counterfoil_record::Form;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Compiler<'_> {
    /// `None` when the mapping has no list of changes, and after a finding. `plans` are those of the fields.
    pub(crate) fn changes(&mut self, plans: &[Plan]) -> Option<(ChangesPlan, ChangeList)> {
        let spec = self.spec;
        let history = spec.history.as_ref().filter(|_| spec.form == Form::Snapshot);
        let listed = history.and_then(|history| Some((history, history.changes.as_ref()?)));
        let Some((history, changes)) = listed else {
            self.columns_without_list();
            return None;
        };
        let list = self.slot(changes)?;
        if let Some(Err(reason)) = history.items.as_ref().map(|items| crate::pointer::tokens(&items.value)) {
            let place = &history.items.as_ref().expect("it was just looked at").place;
            self.findings.error("mapping::bad-pointer", reason, place, "no JSON pointer");
            return None;
        }
        self.nothing_missing(history)?;
        let mut lists = vec![changes.value.as_str()];
        lists.extend(history.items.as_ref().map(|items| items.value.as_str()));
        let entry_list = &lists[..1];
        let mut named = |pointers: &[Located<String>]| pointers.iter().map(|one| self.slot_in(&lists, one)).collect();
        let [column, from, to, from_words, to_words]: [Option<Vec<Slot>>; 5] =
            [&history.column, &history.from, &history.to, &history.from_words, &history.to_words].map(|all| named(all));
        let (column, from, to, from_words, to_words) = (column?, from?, to?, from_words?, to_words?);
        let moment = Source::of;
        let occurred_at = moment(self.slot_in(entry_list, history.occurred_at.as_ref()?)?);
        let mut optional = |pointer: &Option<Located<String>>| match pointer {
            Some(pointer) => self.slot_in(entry_list, pointer).map(Some),
            None => Some(None),
        };
        let recorded_at = optional(&history.recorded_at)?;
        let (confidence, proof) = (optional(&history.confidence)?, optional(&history.proof)?);
        let actor = history.actor.iter().map(|actor| self.slot_in(entry_list, actor)).collect::<Option<Vec<Slot>>>()?;
        let told = HistoryPlan { occurred_at, recorded_at: recorded_at.map(moment), actor, confidence, proof };
        let (tracked, columns) = self.tracked_columns(plans, &from, &to);
        if tracked.is_empty() {
            let message = "no field says which columns of the list of changes are its own";
            self.findings.error("mapping::history", message, &history.place, "nothing is read from it").help =
                Some("name them at the field: `track = [\"state\"]`".to_owned());
        }
        if let Some(inside) = self.trie.pointer_inside(&changes.value) {
            let message = format!("a rule reads `{inside}`, which stands inside the list of changes");
            self.findings.error("mapping::history", message, &changes.place, "read as a whole only");
        }
        let mut stray = |lists: &[&str]| self.trie.slot_within(lists, "").ok();
        let item_stray = stray(&lists)?;
        let entry_stray = if lists.len() > 1 { Some(stray(&lists[..1])?) } else { None };
        let parts = [&column, &from, &to, &from_words, &to_words];
        let mut item: Vec<Slot> = Vec::new();
        for slot in parts.into_iter().flatten() {
            if !item.contains(slot) {
                item.push(*slot);
            }
        }
        let mut entry = vec![told.occurred_at.slot];
        entry.extend(told.recorded_at.as_ref().map(|source| source.slot).into_iter().chain(told.actor.iter().copied()));
        entry.extend(told.confidence.into_iter().chain(told.proof));
        let list_parts = ChangeList {
            columns,
            column: column.into(),
            item: item.into(),
            entry: entry.into(),
            item_stray,
            entry_stray,
        };
        Some((ChangesPlan { list, told, from_words, to_words, tracked }, list_parts))
    }

    fn nothing_missing(&mut self, history: &HistorySpec) -> Option<()> {
        let said = [
            ("column", !history.column.is_empty()),
            ("from", !history.from.is_empty()),
            ("to", !history.to.is_empty()),
            ("occurred_at", history.occurred_at.is_some()),
        ];
        let missing: Vec<&str> = said.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
        if missing.is_empty() {
            return Some(());
        }
        let message = format!("`[history]` with `changes` does not say `{}`", missing.join("`, `"));
        self.findings.error("mapping::history", message, &history.place, "incomplete");
        None
    }

    /// Columns without a list of changes would never be looked at.
    fn columns_without_list(&mut self) {
        let rules = self.spec.fields.values().filter_map(|rule| rule.track.as_ref());
        for track in rules.filter(|track| !track.columns.is_empty()) {
            let message = "columns can be tracked only where `[history]` says in which list their `changes` stand";
            self.findings.error("mapping::track", message, &track.place, "no list of changes").help =
                Some("`track = true` tracks the field in a log and from pull to pull".to_owned());
        }
    }

    /// The fields whose columns the list tells, and the numbers of those columns.
    fn tracked_columns(&mut self, plans: &[Plan], from: &[Slot], to: &[Slot]) -> (Vec<TrackedPlan>, ByLength<u16>) {
        let spec = self.spec;
        let mut numbers: BTreeMap<&str, u16> = BTreeMap::new();
        let mut tracked = Vec::new();
        let listed = |field: Field| spec.fields.get(&field)?.track.as_ref().filter(|track| !track.columns.is_empty());
        for (at, plan) in plans.iter().enumerate() {
            let Some(track) = listed(plan.field) else { continue };
            if !plan.in_states.is_empty() && listed(Field::State).is_none() {
                let message = format!(
                    "`{}` is read in some states only, so its changes can be told only with those of `state`",
                    plan.field
                );
                self.findings.error("mapping::track", message, &track.place, "needs `track = […]` on `state`");
            }
            let (Some(from), Some(to)) = (reading(plan, from), reading(plan, to)) else {
                let message = format!("`{}` cannot be tracked: only fields with `from` can", plan.field);
                self.findings.error("mapping::track", message, &track.place, "not with this rule");
                continue;
            };
            let mut columns = Vec::new();
            for column in &track.columns {
                let next = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
                columns.push(*numbers.entry(column.value.as_str()).or_insert(next));
            }
            tracked.push(TrackedPlan { plan: at, columns, from, to, named: named(plan) });
        }
        let columns = numbers.into_iter().map(|(name, number)| (name.into(), number)).collect();
        (tracked, ByLength::new(columns))
    }
}

/// The plan of a field without its categories; `None` when it has none, or nothing else.
fn named(plan: &Plan) -> Option<Plan> {
    let Read::Words(sources) = &plan.read else { return None };
    let named: Vec<_> = sources.iter().filter(|source| !source.category).cloned().collect();
    if named.is_empty() || named.len() == sources.len() {
        return None;
    }
    let Plan { field, value, position, rule, .. } = *plan;
    Some(Plan { field, value, position, rule, required: false, read: Read::Words(named), in_states: Vec::new() })
}

/// The plan of a field, reading from these slots instead of its own.
fn reading(plan: &Plan, slots: &[Slot]) -> Option<Plan> {
    let read = match &plan.read {
        Read::Convert { convert, .. } => {
            let sources = slots.iter().map(|slot| Source::of(*slot));
            Read::Convert { sources: sources.collect(), convert: *convert }
        }
        Read::Words(sources) => {
            // A change holds an id or a name and never the category that may stand beside them.
            let mut tables: Vec<&WordSource> = sources.iter().filter(|source| !source.category).collect();
            if tables.is_empty() {
                tables.extend(sources);
            }
            tables.dedup_by(|one, other| Arc::ptr_eq(&one.words, &other.words));
            let pairs = slots.iter().flat_map(|slot| tables.iter().map(move |table| (*slot, *table)));
            let source =
                |(slot, table): (Slot, &WordSource)| WordSource { slot, conditions: Arc::default(), ..table.clone() };
            Read::Words(pairs.map(source).collect())
        }
        Read::PartyOrInstance { .. } => {
            Read::Convert { sources: slots.iter().map(|slot| Source::of(*slot)).collect(), convert: Convert::Party }
        }
        Read::InstanceParty(_) | Read::Cel { .. } | Read::Template(_) | Read::Derive(_) | Read::Pairs(_) => {
            return None;
        }
    };
    let Plan { field, value, position, rule, .. } = *plan;
    Some(Plan { field, value, position, rule, required: false, read, in_states: Vec::new() })
}
