//! The history that a log tells: successive rows that differ become transitions.

use crate::map::{Notes, Observer, Shown};
use crate::note::Note;
use crate::pairs::Pairs;
use crate::plan::{Derivation, HistoryPlan, Mapping, Plan, Read, Source};
use crate::scan::Slots;
use crate::told::INCOMPLETE;
use crate::trie::Slot;
use counterfoil_model::{ActorKind, Category, Precision, Reading, Record, Transition, Value, ValueType};
use counterfoil_record::Form;
use std::sync::Arc;

/// Collects the transitions of one log, row by row.
pub(crate) struct History<'m, 'n, 'a, O> {
    mapping: &'m Mapping,
    plan: &'m HistoryPlan,
    notes: &'n mut Notes<'m>,
    observer: &'n mut O,
    /// Only for the shape of reading a field: what is tracked never looks at other fields.
    blank: Record,
    /// The row before, once there is one.
    previous: Slots<'a>,
    rows: u32,
    /// What each tracked field read last, and in which words.
    last: Vec<(Reading, Option<Arc<str>>)>,
    transitions: Vec<Transition>,
    /// The figures of all rows.
    pairs: Pairs,
}

impl<'m, 'n, 'a, O: Observer> History<'m, 'n, 'a, O> {
    pub(crate) fn new(
        mapping: &'m Mapping,
        plan: &'m HistoryPlan,
        notes: &'n mut Notes<'m>,
        observer: &'n mut O,
    ) -> Self {
        Self {
            mapping,
            plan,
            notes,
            observer,
            blank: Record::new(mapping.kind),
            previous: Slots::new(&mapping.trie),
            rows: 0,
            last: vec![(Reading::Missing, None); mapping.tracked_plans.len()],
            transitions: Vec::new(),
            pairs: Pairs::default(),
        }
    }

    /// Takes the next row; leaves an old one in its place, to be used again.
    pub(crate) fn row(&mut self, row: &mut Slots<'a>) {
        self.notes.row = Some(self.rows);
        let mut moments = None;
        for (at, plan) in self.mapping.tracked_plans.iter().enumerate() {
            let plan = &self.mapping.plans[*plan];
            if self.rows > 0 && same(plan, &self.previous, row) {
                continue;
            }
            let read = self.mapping.read(plan, row, &self.blank, self.notes);
            let native = read.slot.and_then(|slot| self.mapping.native(plan, slot, &read.reading, row));
            let (from, from_native) = &self.last[at];
            let reworded = native != *from_native && *from != Reading::Missing && read.reading != Reading::Missing;
            if read.reading == *from && !reworded {
                continue;
            }
            let (occurred_at, recorded_at, actor, proven) = moments.get_or_insert_with(|| {
                let mapping = self.mapping;
                let mut moment = |source: &Source| mapping.instant(None, source, row, self.notes);
                let occurred_at = moment(&self.plan.occurred_at);
                let recorded_at = match &self.plan.recorded_at {
                    None => Reading::Missing,
                    Some(source) if source.slot == self.plan.occurred_at.slot => occurred_at.clone(),
                    Some(source) => moment(source),
                };
                let actor = self.plan.actor.iter().find_map(|slot| mapping.text_of(row.get(*slot)));
                let actor = actor.map(|actor| mapping.pseudonym(&actor));
                (occurred_at, recorded_at, actor, mapping.proven(self.plan, row, self.notes))
            });
            let transition = Transition {
                field: plan.field,
                from: from.clone(),
                to: read.reading.clone(),
                from_native: from_native.clone(),
                to_native: native.clone(),
                occurred_at: occurred_at.clone(),
                recorded_at: recorded_at.clone(),
                actor_kind: ActorKind::Unknown,
                actor: actor.clone(),
                precision: Precision::Exact,
                row: Some(self.rows),
                confidence: proven.confidence,
                proof: proven.proof.clone(),
            };
            let shown = Shown {
                from: read.slot.map(|slot| self.previous.get(slot)),
                to: read.slot.map(|slot| row.get(slot)),
                occurred_at: Some(row.get(self.plan.occurred_at.slot)),
            };
            self.observer.transition(plan, &transition, &read, shown);
            self.transitions.push(transition);
            self.last[at] = (read.reading, native);
        }
        self.mapping.keep_pairs(&mut self.pairs, row, self.notes);
        std::mem::swap(&mut self.previous, row);
        self.rows += 1;
    }

    /// The transitions and the last row; `None` when there was no row.
    pub(crate) fn finish(mut self) -> (Vec<Transition>, Option<Slots<'a>>) {
        let mut last = (self.rows > 0).then_some(self.previous);
        last.iter_mut().for_each(|last| last.pairs = std::mem::take(&mut self.pairs));
        (self.transitions, last)
    }
}

/// How far a change that was derived can be trusted.
#[derive(Default)]
pub(crate) struct Proven {
    pub(crate) confidence: Option<u8>,
    pub(crate) proof: Option<Arc<str>>,
}

impl Mapping {
    /// What the source says about how sure it is of a change, and what proves it.
    pub(crate) fn proven(&self, plan: &HistoryPlan, row: &Slots<'_>, notes: &mut Notes<'_>) -> Proven {
        let said = |slot: Option<Slot>| slot.and_then(|slot| Some((slot, self.text_of(row.get(slot))?)));
        let confidence = said(plan.confidence).and_then(|(slot, text)| {
            let percent = text.parse::<u8>().ok().filter(|percent| *percent <= 100);
            if percent.is_none() {
                let message = "it is no confidence: a whole number of percent from 0 to 100".to_owned();
                notes.add("unreadable-number", None, Some(slot), &text, message);
            }
            percent
        });
        Proven { confidence, proof: said(plan.proof).map(|(_, text)| text.as_ref().into()) }
    }

    /// The source's words for a known value, where they differ from it.
    pub(crate) fn native(&self, plan: &Plan, slot: Slot, reading: &Reading, row: &Slots<'_>) -> Option<Arc<str>> {
        // The native text of a pseudonym would be the person.
        let value = reading.known().filter(|_| plan.value != ValueType::Person)?;
        let text = self.text_of(row.get(slot))?;
        let same = match value {
            Value::Text(known) => **known == *text,
            Value::Word(known) => **known == *text,
            Value::Party(known) => known.as_str() == text,
            Value::Integer(known) => known.to_string() == text,
            Value::Decimal(known) => known.to_string() == text,
            Value::Flag(_) | Value::Instant(_) => false,
        };
        (!same).then(|| text.as_ref().into())
    }
}

/// Whether a field is written alike in two rows.
fn same(plan: &Plan, before: &Slots<'_>, now: &Slots<'_>) -> bool {
    match &plan.read {
        Read::Convert { sources, .. } | Read::PartyOrInstance { sources, .. } => {
            sources.iter().all(|source| source.conditions.is_empty() && before.get(source.slot) == now.get(source.slot))
        }
        Read::Words(sources) => {
            sources.iter().all(|source| source.conditions.is_empty() && before.get(source.slot) == now.get(source.slot))
        }
        Read::Pairs(_) | Read::InstanceParty(_) | Read::Cel { .. } | Read::Template(_) | Read::Derive(_) => false,
    }
}

/// What a history says about a field that the source has no column for. Always noted: it is derived, not native.
pub(crate) fn derive(derivation: Derivation, plan: &Plan, history: &[Transition], notes: &mut Notes<'_>) -> Reading {
    let kind = notes.mapping.kind;
    let is_log = notes.mapping.form == Form::Log;
    if !is_log && history.is_empty() {
        notes.add("not-derivable", Some(plan), None, derivation.name(), "the record tells no changes".to_owned());
        return Reading::Missing;
    }
    let breaks = |note: &Note| note.code == INCOMPLETE && note.field.is_none_or(|field| field == derivation.needs());
    let broken = notes.list.iter().any(breaks);
    let category = |state: &str| kind.states().category(state);
    let changes = || history.iter().filter(|transition| transition.field == derivation.needs());
    let derived = match derivation {
        _ if broken => Err(INCOMPLETE_LIST),
        Derivation::FirstResolved => moment(changes(), entry(|state| category(state) == Category::Resolved)),
        Derivation::LastResolved => moment(changes().rev(), entry(|state| category(state) == Category::Resolved)),
        Derivation::LastClosed => moment(changes().rev(), entry(|state| category(state) == Category::Closed)),
        Derivation::FirstImplementing => moment(changes(), entry(|state| state == IMPLEMENTING)),
        // Wherever it went from there: a change that failed goes on to no review.
        Derivation::LastImplementing => {
            moment(changes().rev(), |from, to| from == Some(IMPLEMENTING) && to != IMPLEMENTING)
        }
        Derivation::Reopenings => count(changes(), |from, to| {
            matches!((from, to), (Value::Word(from), Value::Word(to))
            if kind.states().reopens(from, to))
        }),
        Derivation::GroupChanges => count(changes(), |from, to| from != to),
    };
    let from = if is_log { "derived from the history of the log" } else { "derived from the list of changes" };
    let (code, reading, message) = match derived {
        Ok(None) => return Reading::Missing,
        Ok(Some(reading)) => ("derived-from-history", reading, from.to_owned()),
        Err(why) => ("not-derivable", Reading::Missing, why.to_owned()),
    };
    notes.add(code, Some(plan), None, derivation.name(), message);
    reading
}

const UNMAPPED: &str = "the history has a value that the mapping does not know";
const INCOMPLETE_LIST: &str = "the list of changes is not complete";
const STARTS_LATE: &str = "the log starts when it had happened already";

const IMPLEMENTING: &str = "implementing";

/// Whether a change leads from other states into those that are asked for.
fn entry(wanted: impl Fn(&str) -> bool) -> impl Fn(Option<&str>, &str) -> bool {
    move |from, to| wanted(to) && !from.is_some_and(&wanted)
}

/// The moment of the first change, in the order given, that leads from one state to another as asked.
fn moment<'t>(
    changes: impl Iterator<Item = &'t Transition>,
    is_asked: impl Fn(Option<&str>, &str) -> bool,
) -> Result<Option<Reading>, &'static str> {
    let state = |reading: &Reading| match reading.known() {
        Some(Value::Word(state)) => Some(*state),
        _ => None,
    };
    for change in changes {
        if matches!(change.to, Reading::Unmapped(_) | Reading::Unreadable(_)) {
            return Err(UNMAPPED);
        }
        if !state(&change.to).is_some_and(|to| is_asked(state(&change.from), to)) {
            continue;
        }
        return match change.from {
            Reading::Missing => Err(STARTS_LATE),
            _ => Ok(Some(change.occurred_at.clone())),
        };
    }
    Ok(None)
}

/// How many changes from one known value to another are as asked.
fn count<'t>(
    changes: impl Iterator<Item = &'t Transition>,
    counts: impl Fn(&Value, &Value) -> bool,
) -> Result<Option<Reading>, &'static str> {
    let mut number = 0;
    for change in changes {
        if matches!(change.to, Reading::Unmapped(_) | Reading::Unreadable(_)) {
            return Err(UNMAPPED);
        }
        if let (Some(from), Some(to)) = (change.from.known(), change.to.known()) {
            number += i64::from(counts(from, to));
        }
    }
    Ok(Some(Value::Integer(number).into()))
}
