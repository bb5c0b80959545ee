//! A compiled mapping: what the hot path walks over. Nothing in it is looked up by name any more.

use crate::expression::Expression;
use crate::instant::DateOrder;
use crate::links::LinkPlan;
use crate::located::{Origin, Rule};
use crate::number::Decimals;
use crate::pairs::PairPlan;
use crate::scan::Slots;
use crate::source::MappingSource;
use crate::spec::Accepts;
use crate::trie::{Slot, Trie};
use crate::words::{WordEntry, Words};
use counterfoil_diagnostics::Finding;
use counterfoil_model::{Field, Kind, Slug, ValueType};
use counterfoil_record::{Digest, Form};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// A compiled mapping. Compile it once and share it: mapping a payload changes nothing in it.
#[derive(Debug)]
pub struct Mapping {
    pub(crate) source: MappingSource,
    pub(crate) digest: Digest,
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) nulls: Vec<String>,
    pub(crate) decimals: Decimals,
    /// Of each condition the slots, the first that says something counts.
    pub(crate) when: Vec<(Vec<Slot>, Accepts)>,
    pub(crate) trie: Trie,
    /// In the order in which they are read: expressions and what depends on the history last.
    pub(crate) plans: Vec<Plan>,
    /// In the order in which they are tried: the first whose link it is takes it.
    pub(crate) links: Vec<LinkPlan>,
    /// Which of `plans` are tracked.
    pub(crate) tracked_plans: Vec<usize>,
    pub(crate) tracked: Arc<[Field]>,
    pub(crate) history: Option<HistoryPlan>,
    pub(crate) changes: Option<ChangesPlan>,
    pub(crate) dates: Dates,
    /// Where [`Field::State`] stands in the record.
    pub(crate) state_position: Option<usize>,
    /// What stands between `override` and the sections that are for this mapping alone, where its instance has several.
    pub(crate) own_section: Option<String>,
    pub(crate) warnings: Vec<Finding>,
}

/// How one field is read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) field: Field,
    pub(crate) value: ValueType,
    /// Where the field stands in the record.
    pub(crate) position: usize,
    pub(crate) rule: Rule,
    pub(crate) required: bool,
    pub(crate) read: Read,
    /// The field is read only in these states; empty: in all.
    pub(crate) in_states: Vec<&'static str>,
}

#[derive(Debug)]
pub(crate) enum Read {
    /// The first source that says something, converted.
    Convert {
        sources: Vec<Source>,
        convert: Convert,
    },
    /// Each source in turn, until a table has its word.
    Words(Vec<WordSource>),
    /// The party configured for the instance.
    InstanceParty(Option<Slug>),
    /// The first source that names a party; the instance's where the record has none of these members at all.
    PartyOrInstance {
        sources: Vec<Source>,
        party: Option<Slug>,
    },
    /// Figures, each with its name.
    Pairs(Vec<PairPlan>),
    Cel {
        expression: Expression,
        inputs: Vec<(String, CelInput)>,
    },
    Template(Vec<Part>),
    Derive(Derivation),
}

#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) slot: Slot,
    /// For instants: the slot of `/@dates/except/<column>`.
    pub(crate) except: Option<Slot>,
    /// It counts only where all of these hold.
    pub(crate) conditions: Box<[(Slot, Accepts)]>,
}

impl Source {
    /// One that always counts.
    pub(crate) fn of(slot: Slot) -> Self {
        Self { slot, except: None, conditions: Box::default() }
    }

    /// Whether it counts, and says something.
    #[inline]
    pub(crate) fn speaks(&self, mapping: &Mapping, slots: &Slots<'_>) -> bool {
        mapping.says_something(slots.get(self.slot)) && all_hold(&self.conditions, slots)
    }
}

/// Whether all conditions hold; of none they do.
#[inline]
pub(crate) fn all_hold(conditions: &[(Slot, Accepts)], slots: &Slots<'_>) -> bool {
    conditions.iter().all(|(slot, accepts)| crate::pick::holds(accepts, slots.get(*slot)))
}

#[derive(Debug, Clone)]
pub(crate) struct WordSource {
    pub(crate) slot: Slot,
    pub(crate) words: Arc<Words>,
    pub(crate) category: bool,
    /// What the table does not have means nothing.
    pub(crate) otherwise_missing: bool,
    /// It counts only where all of these hold.
    pub(crate) conditions: Arc<[(Slot, Accepts)]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convert {
    Text,
    Rich,
    Wiki,
    Integer,
    /// A number with up to six decimals.
    Decimal,
    Flag,
    Instant,
    /// An instant; a date without a time is the end of its day.
    EndOfDay,
    EpochSeconds,
    EpochMillis,
    /// Whole seconds; how long a day is, where the rule says so.
    Duration(Option<i64>),
    /// Whole seconds, written as milliseconds.
    Milliseconds,
    /// A number, with or without the sign of percent.
    Percent,
    Party,
    Person,
    Reference,
}

#[derive(Debug)]
pub(crate) enum CelInput {
    Slot(Slot),
    /// A field that another rule of the mapping reads, by its position in the record.
    Field(usize),
}

/// A piece of a template.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Slot(Slot),
}

/// What can be derived from the history of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derivation {
    FirstResolved,
    LastResolved,
    LastClosed,
    Reopenings,
    GroupChanges,
    FirstImplementing,
    LastImplementing,
}

#[derive(Debug)]
pub(crate) struct HistoryPlan {
    pub(crate) occurred_at: Source,
    pub(crate) recorded_at: Option<Source>,
    /// The first that says something.
    pub(crate) actor: Vec<Slot>,
    /// How sure the source is, in percent, and what proves it.
    pub(crate) confidence: Option<Slot>,
    pub(crate) proof: Option<Slot>,
}

/// How the list of changes inside a snapshot becomes a history.
#[derive(Debug)]
pub(crate) struct ChangesPlan {
    /// The list itself.
    pub(crate) list: Slot,
    /// What each change says of itself.
    pub(crate) told: HistoryPlan,
    /// The words for people of what a change came from, and of what it led to: the first that says something.
    pub(crate) from_words: Vec<Slot>,
    pub(crate) to_words: Vec<Slot>,
    /// In the order of the fields' plans.
    pub(crate) tracked: Vec<TrackedPlan>,
}

/// A field whose changes the list tells.
#[derive(Debug)]
pub(crate) struct TrackedPlan {
    /// Which of the mapping's plans.
    pub(crate) plan: usize,
    /// The numbers of its columns; the first that has any change counts.
    pub(crate) columns: Vec<u16>,
    /// Reads what a change came from, and what it led to.
    pub(crate) from: Plan,
    pub(crate) to: Plan,
    /// Reads the record's own value as a change reads one, where the field may be read by a category: changes have none.
    pub(crate) named: Option<Plan>,
}

/// What moments without an offset need.
#[derive(Debug)]
pub(crate) struct Dates {
    /// What the row itself says, see `@dates` in `mappings/README.md`.
    pub(crate) row_zone: Slot,
    pub(crate) row_order: Slot,
    pub(crate) zone: Option<(String, TimeZone)>,
    pub(crate) order: Option<DateOrder>,
}

impl Mapping {
    /// Of everything that influences what the mapping makes of a payload: the file, the overrides and the settings.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// A text that holds all of it, for [`Mapping::from_stored`].
    pub fn stored(&self) -> String {
        self.source.stored()
    }

    /// What it was compiled from.
    pub fn source(&self) -> &MappingSource {
        &self.source
    }

    /// The kind of the records it makes.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name of its file.
    pub fn name(&self) -> &str {
        &self.source.file.name
    }

    /// The form of the payloads it reads.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The fields whose changes count as transitions.
    pub fn tracked(&self) -> &Arc<[Field]> {
        &self.tracked
    }

    /// What is worth a look in the mapping file, though it works.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The fields whose changes a list inside the record tells, where the record has one.
    pub fn told(&self) -> impl Iterator<Item = Field> {
        let tracked = self.changes.iter().flat_map(|changes| &changes.tracked);
        tracked.map(|tracked| self.plans[tracked.plan].field)
    }

    /// The words it knows for a field, the instance's own first.
    pub fn words(&self, field: Field) -> Vec<WordEntry> {
        let plan = self.plans.iter().find(|plan| plan.field == field);
        let Some(Read::Words(sources)) = plan.map(|plan| &plan.read) else { return Vec::new() };
        let mut entries = Vec::new();
        for source in sources {
            for (word, entry) in source.words.manual.iter().chain(source.words.shipped.iter()) {
                let (table, rule) = (source.words.name.clone(), self.rule(entry.rule));
                entries.push(WordEntry { table, word: word.to_owned(), meaning: entry.meaning.text(), rule });
            }
        }
        entries
    }

    /// `file:line`.
    pub(crate) fn rule(&self, rule: Rule) -> String {
        let name = match (rule.origin, &self.source.overrides) {
            (Origin::Overrides, Some(overrides)) => &overrides.name,
            _ => &self.source.file.name,
        };
        format!("{name}:{}", rule.line)
    }

    /// The pointer of a slot.
    pub(crate) fn pointer(&self, slot: Slot) -> &str {
        &self.trie.pointers[usize::from(slot)]
    }

    pub(crate) fn is_null(&self, text: &str) -> bool {
        text.is_empty() || self.nulls.iter().any(|null| null == text)
    }
}

impl Convert {
    pub(crate) const NAMES: &[(&str, Convert)] = &[
        ("text", Self::Text),
        ("rich", Self::Rich),
        ("wiki", Self::Wiki),
        ("integer", Self::Integer),
        ("decimal", Self::Decimal),
        ("flag", Self::Flag),
        ("instant", Self::Instant),
        ("party", Self::Party),
        ("person", Self::Person),
        ("reference", Self::Reference),
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EndOfDay => "instant (a date is the end of its day)",
            Self::EpochSeconds => "instant (seconds since 1970)",
            Self::EpochMillis => "instant (milliseconds since 1970)",
            Self::Duration(_) => "duration (seconds)",
            Self::Milliseconds => "duration (milliseconds)",
            Self::Percent => "decimal (percent)",
            _ => Self::NAMES.iter().find(|(_, convert)| *convert == self).map_or("", |(name, _)| name),
        }
    }
}

impl Derivation {
    pub(crate) const NAMES: &[(&str, Derivation)] = &[
        ("first entry to resolved", Self::FirstResolved),
        ("last entry to resolved", Self::LastResolved),
        ("last entry to closed", Self::LastClosed),
        ("number of reopenings", Self::Reopenings),
        ("number of group changes", Self::GroupChanges),
        ("first entry to implementing", Self::FirstImplementing),
        ("last exit from implementing", Self::LastImplementing),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, derivation)| *derivation == self).map_or("", |(name, _)| name)
    }

    /// The type of what it makes.
    pub(crate) fn value(self) -> ValueType {
        match self {
            Self::FirstResolved
            | Self::LastResolved
            | Self::LastClosed
            | Self::FirstImplementing
            | Self::LastImplementing => ValueType::Instant,
            Self::Reopenings | Self::GroupChanges => ValueType::Integer,
        }
    }

    /// The tracked field that it is derived from.
    pub(crate) fn needs(self) -> Field {
        if self == Self::GroupChanges { Field::AssigneeGroup } else { Field::State }
    }
}
