//! Why a record reads as it does: from what the source said, by which rule, to what the model holds.

use crate::links::{LinkPlan, TypePlan};
use crate::map::{FieldRead, Observer, Shown};
use crate::note::{Note, Outcome, shortened};
use crate::plan::{Mapping, Plan, Read};
use crate::scan::{Raw, Slots};
use crate::trie::Slot;
use counterfoil_model::{Field, Kind, Link, Quality, Reading, Transition};
use counterfoil_record::Form;

/// Why a payload reads as it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The name of the mapping's file.
    pub mapping: String,
    /// The kind of the record.
    pub kind: Kind,
    /// What became of the payload.
    pub outcome: Outcome,
    /// Every field that the mapping has a rule for, in the order of the kind's field table.
    pub fields: Vec<FieldExplanation>,
    /// Every transition, oldest first.
    pub history: Vec<TransitionExplanation>,
    /// Every link, in the order of the record's.
    pub links: Vec<LinkExplanation>,
}

/// Why a field reads as it does.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldExplanation {
    /// The field.
    pub field: Field,
    /// The pointer that answered; of a field that is missing all that were asked, joined by `, `.
    pub pointer: String,
    /// What the source said there, at length; `None` when it said nothing.
    pub raw: Option<String>,
    /// Where the rule stands, `file:line`.
    pub rule: String,
    /// Where the word stands that answered, `file:line`.
    pub word_rule: Option<String>,
    /// How it was converted: `instant`, `word table state`, `expression`, …
    pub converter: String,
    /// How its canonical word was found.
    pub quality: Quality,
    /// What the model holds.
    pub reading: Reading,
}

/// Where a transition comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionExplanation {
    /// The transition itself.
    pub transition: Transition,
    /// The pointer, in the row of a log that [`Transition::row`] counts, or through that element of a list of changes.
    pub pointer: String,
    /// What was said before; `None` at the beginning and for nothing.
    pub from_raw: Option<String>,
    /// What is said now.
    pub to_raw: Option<String>,
    /// What is said about when it happened; `None` for a first value that nothing but the record shows.
    pub occurred_at_raw: Option<String>,
    /// Where the rule stands, `file:line`.
    pub rule: String,
    /// Where the word stands that answered, `file:line`.
    pub word_rule: Option<String>,
}

/// Where a link comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkExplanation {
    /// The link itself.
    pub link: Link,
    /// The pointer that says where it leads, with the index of its element where it stands in a list.
    pub target_pointer: String,
    /// The pointer that said the type; of a type that nothing says all that were asked, of one that is fixed none.
    pub pointer: String,
    /// What the source said there; `None` when it said nothing, or was not asked.
    pub raw: Option<String>,
    /// Where the rule stands, `file:line`.
    pub rule: String,
    /// Where the word stands that answered, `file:line`.
    pub word_rule: Option<String>,
    /// `word table link`, or `fixed`.
    pub converter: String,
    /// How the type was found.
    pub quality: Quality,
}

impl Explanation {
    /// What the mapping noticed.
    pub fn notes(&self) -> &[Note] {
        match &self.outcome {
            Outcome::Mapped { notes, .. } | Outcome::Rejected { notes } => notes,
            Outcome::NotApplicable { .. } => &[],
        }
    }
}

impl Mapping {
    /// Maps a payload and keeps, for every field and transition, what it was made from.
    pub fn explain(&self, form: Form, payload: &str) -> Explanation {
        let mut recorder = Recorder { mapping: self, fields: Vec::new(), history: Vec::new(), links: Vec::new() };
        let outcome = self.run(form, payload, &mut recorder);
        let mut fields = recorder.fields;
        fields.sort_by_key(|explained| self.kind.position(explained.field));
        let mut links = recorder.links;
        links.sort_by(|one, other| one.link.compare(&other.link));
        links.dedup_by(|one, other| one.link == other.link);
        let mapping = self.name().to_owned();
        Explanation { mapping, kind: self.kind, outcome, fields, history: recorder.history, links }
    }

    fn converter(&self, plan: &Plan) -> String {
        match &plan.read {
            Read::Convert { convert, .. } => convert.name().to_owned(),
            Read::Words(sources) => {
                let mut names: Vec<&str> = sources.iter().map(|source| source.words.name.as_str()).collect();
                names.dedup();
                format!("word table {}", names.join(", "))
            }
            Read::InstanceParty(_) => "party of the instance".to_owned(),
            Read::PartyOrInstance { .. } => "party, else that of the instance".to_owned(),
            Read::Pairs(_) => "figures".to_owned(),
            Read::Cel { .. } => "expression".to_owned(),
            Read::Template(_) => "template".to_owned(),
            Read::Derive(derivation) => format!("derived: {}", derivation.name()),
        }
    }

    fn pointers(&self, plan: &Plan) -> String {
        let slots: Vec<_> = match &plan.read {
            Read::Convert { sources, .. } | Read::PartyOrInstance { sources, .. } => {
                sources.iter().map(|source| source.slot).collect()
            }
            Read::Words(sources) => sources.iter().map(|source| source.slot).collect(),
            Read::Pairs(pairs) => pairs.iter().map(|pair| pair.value).collect(),
            Read::Template(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    crate::plan::Part::Slot(slot) => Some(*slot),
                    crate::plan::Part::Text(_) => None,
                })
                .collect(),
            Read::Cel { inputs, .. } => inputs
                .iter()
                .filter_map(|(_, input)| match input {
                    crate::plan::CelInput::Slot(slot) => Some(*slot),
                    crate::plan::CelInput::Field(_) => None,
                })
                .collect(),
            Read::InstanceParty(_) | Read::Derive(_) => Vec::new(),
        };
        slots.iter().map(|slot| self.pointer(*slot)).collect::<Vec<_>>().join(", ")
    }
}

struct Recorder<'m> {
    mapping: &'m Mapping,
    fields: Vec<FieldExplanation>,
    history: Vec<TransitionExplanation>,
    links: Vec<LinkExplanation>,
}

impl Observer for Recorder<'_> {
    fn field(&mut self, plan: &Plan, read: &FieldRead, slots: &Slots<'_>) {
        let mapping = self.mapping;
        self.fields.push(FieldExplanation {
            field: plan.field,
            pointer: read.slot.map_or_else(|| mapping.pointers(plan), |slot| mapping.pointer(slot).to_owned()),
            raw: read.slot.and_then(|slot| raw(slots.get(slot))),
            rule: mapping.rule(plan.rule),
            word_rule: read.word.map(|rule| mapping.rule(rule)),
            converter: mapping.converter(plan),
            quality: read.quality,
            reading: read.reading.clone(),
        });
    }

    fn transition(&mut self, plan: &Plan, transition: &Transition, read: &FieldRead, shown: Shown<'_, '_>) {
        let mapping = self.mapping;
        let pointer = read.slot.map_or_else(|| mapping.pointers(plan), |slot| mapping.pointer(slot).to_owned());
        // In a list of changes the row is the index.
        let pointer = match transition.row {
            Some(row) if mapping.changes.is_some() => pointer.replacen('*', &row.to_string(), 1),
            _ => pointer,
        };
        self.history.push(TransitionExplanation {
            transition: transition.clone(),
            pointer,
            from_raw: shown.from.and_then(raw),
            to_raw: shown.to.and_then(raw),
            occurred_at_raw: shown.occurred_at.and_then(raw),
            rule: mapping.rule(plan.rule),
            word_rule: read.word.map(|rule| mapping.rule(rule)),
        });
    }

    fn link(&mut self, plan: &LinkPlan, link: &Link, read: &FieldRead, row: Option<u32>, slots: &Slots<'_>) {
        let mapping = self.mapping;
        let at = |slot: Slot| match row {
            Some(row) => mapping.pointer(slot).replacen('*', &row.to_string(), 1),
            None => mapping.pointer(slot).to_owned(),
        };
        let (converter, asked) = match &plan.link_type {
            TypePlan::As(_) => ("fixed".to_owned(), Vec::new()),
            TypePlan::Words(sources) => {
                let name = sources.first().map_or("", |source| source.words.name.as_str());
                (format!("word table {name}"), sources.iter().map(|source| at(source.slot)).collect())
            }
        };
        self.links.push(LinkExplanation {
            link: link.clone(),
            target_pointer: at(plan.far()),
            pointer: read.slot.map_or_else(|| asked.join(", "), at),
            raw: read.slot.and_then(|slot| raw(slots.get(slot))),
            rule: mapping.rule(plan.rule),
            word_rule: read.word.map(|rule| mapping.rule(rule)),
            converter,
            quality: read.quality,
        });
    }

    fn sorted(&mut self, order: impl Iterator<Item = usize>) {
        self.history = order.map(|at| self.history[at].clone()).collect();
    }
}

/// What a slot holds, before trimming and before anything counts as a null.
pub(crate) fn raw(raw: &Raw<'_>) -> Option<String> {
    match raw {
        Raw::Absent => None,
        Raw::Null => Some("null".to_owned()),
        Raw::Text(text) => Some(shortened(text)),
        Raw::Integer(number) => Some(number.to_string()),
        Raw::Flag(flag) => Some(flag.to_string()),
        Raw::Document(content) => Some(shortened(&crate::adf::plain(content).text)),
        Raw::Composite(what) => Some((*what).to_owned()),
    }
}
