//! Which records refer to which. A reference is resolved in this order: the native id of a record of the same instance, its
//! native key there, and then, over all instances, any name of exactly one record of a right kind. Two candidates are
//! nobody: what is not known is not guessed.

use crate::facts::{Facts, Told};
use crate::row::{Held, Row};
use counterfoil_model::{Field, Kind, LinkType};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Fields that refer to another record, and of which kinds that may be; no kinds are all.
const REFERENCES: &[(Field, &[Kind])] = &[
    (Field::Problem, &[Kind::Problem]),
    (Field::KnownError, &[Kind::Problem]),
    (Field::CausedByChange, &[Kind::Change]),
    (Field::ResolvedByChange, &[Kind::Change]),
    (Field::Change, &[Kind::Change]),
    (Field::Incident, &[Kind::Incident]),
    (Field::Service, &[Kind::Service]),
    (Field::ConfigurationItem, &[Kind::ConfigurationItem, Kind::Service]),
    (Field::Agreement, &[Kind::Agreement]),
    (Field::SupportAgreement, &[Kind::Agreement]),
    (Field::Target, &[Kind::ServiceLevelTarget]),
    (Field::Calendar, &[Kind::Calendar]),
    (Field::Plan, &[Kind::ContinuityPlan]),
    (Field::Record, &[]),
    (Field::Subject, &[]),
    (Field::Parent, &[]),
    (Field::DuplicateOf, &[]),
    (Field::AssigneeGroup, &[Kind::Group]),
];

/// By what one record refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// A field.
    Field(Field),
    /// A link, as the record that has it says it.
    Link(LinkType),
}

/// Sums over strings with the same keys in every process: what is found must not depend on a seed.
type Stable = BuildHasherDefault<DefaultHasher>;

/// Which records refer to which.
#[derive(Debug, Default)]
pub struct Index {
    /// Of what people call a record, in lower case, by its sum: the rows. Only of what something refers to, and of registers.
    names: HashMap<u64, Vec<u32>, Stable>,
    incoming: HashMap<u32, Vec<(Edge, u32)>, Stable>,
    /// Work on the same service or configuration item, by [`Index::shared`].
    alike: HashMap<u64, Vec<u32>, Stable>,
}

/// What work has in common, whether or not it is held itself.
const SHARED: &[Field] = &[Field::Service, Field::ConfigurationItem];

impl Index {
    /// Of all records held.
    pub fn of(rows: &[Held]) -> Self {
        let mut wanted: HashSet<u64, Stable> = HashSet::default();
        for held in rows {
            for_references(&held.facts, |_, reference| {
                wanted.insert(sum(reference));
            });
        }
        let mut index = Self::default();
        for (at, held) in rows.iter().enumerate() {
            let row = Row { id: &held.id, facts: &held.facts, at: number(at) };
            for name in names_of(row).into_iter().flatten() {
                let sum = sum(&name);
                if !held.facts.is_work() || wanted.contains(&sum) {
                    let rows = index.names.entry(sum).or_default();
                    if rows.last() != Some(&row.at) {
                        rows.push(row.at);
                    }
                }
            }
        }
        for (at, held) in rows.iter().enumerate() {
            for_references(&held.facts, |edge, reference| {
                if let Some(target) = index.resolve(rows, &held.facts.instance, reference, kinds_of(edge)) {
                    index.incoming.entry(target).or_default().push((edge, number(at)));
                }
            });
            for field in SHARED.iter().filter(|_| held.facts.is_work()) {
                if let Some(key) = index.shared(rows, &held.facts, *field) {
                    index.alike.entry(key).or_default().push(number(at));
                }
            }
        }
        index
    }

    /// The place of the record that a reference means; `None` where there is none or more than one.
    pub(crate) fn resolve(&self, rows: &[Held], instance: &str, reference: &str, kinds: &[Kind]) -> Option<u32> {
        let candidates = self.names.get(&sum(reference))?;
        let fits = |at: &&u32| {
            let facts = &rows[**at as usize].facts;
            facts.kind().is_some_and(|kind| kinds.is_empty() || kinds.contains(&kind)) && !facts.tombstone
        };
        let of = |at: &u32| Row { id: &rows[*at as usize].id, facts: &rows[*at as usize].facts, at: *at };
        let inside = || candidates.iter().filter(fits).filter(|at| *rows[**at as usize].facts.instance == *instance);
        let by_id = inside().filter(|at| of(at).native_id() == reference);
        let by_key = inside().filter(|at| of(at).text(Field::NativeKey) == Told::Known(reference));
        let by_name = candidates
            .iter()
            .filter(fits)
            .filter(|at| names_of(of(at)).into_iter().flatten().any(|name| same(&name, reference)));
        one(by_id).or_else(|| one(by_key)).or_else(|| one(by_name))
    }

    /// What tells records of one service or item from those of another: the record that is meant, else the words of the source.
    fn shared(&self, rows: &[Held], facts: &Facts, field: Field) -> Option<u64> {
        let reference = *facts.text(field).known()?;
        let target = self.resolve(rows, &facts.instance, reference, kinds_of(Edge::Field(field)));
        Some(match target {
            Some(at) => sum(&format!("{} {}", field.name(), rows[at as usize].id)),
            None => sum(&format!("{} {} {reference}", field.name(), facts.instance)),
        })
    }

    /// Work that has the same service or configuration item as this record, itself among it, in the order in which it is held.
    pub(crate) fn sharing(&self, rows: &[Held], facts: &Facts, field: Field) -> &[u32] {
        let alike = self.shared(rows, facts, field).and_then(|key| self.alike.get(&key));
        alike.map_or(&[], Vec::as_slice)
    }

    /// The records that refer to this one by such an edge, in the order in which they are held.
    pub(crate) fn incoming(&self, at: u32, edge: Edge) -> impl Iterator<Item = u32> + use<'_> {
        let all = self.incoming.get(&at).map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |(by, _)| *by == edge).map(|(_, from)| *from)
    }
}

/// The kinds that a field may refer to; none are all.
pub(crate) fn kinds_of(edge: Edge) -> &'static [Kind] {
    match edge {
        Edge::Field(field) => REFERENCES.iter().find(|(known, _)| *known == field).map_or(&[], |(_, kinds)| kinds),
        Edge::Link(_) => &[],
    }
}

fn one<'a>(mut found: impl Iterator<Item = &'a u32>) -> Option<u32> {
    let first = *found.next()?;
    found.next().is_none().then_some(first)
}

fn for_references(facts: &Facts, mut each: impl FnMut(Edge, &str)) {
    for (field, _) in REFERENCES {
        if let Told::Known(reference) = facts.text(*field) {
            each(Edge::Field(*field), reference);
        }
    }
    for (link, reference) in &facts.links {
        if let Some(link) = LinkType::ALL.get(usize::from(*link)) {
            each(Edge::Link(*link), reference);
        }
    }
    if let Told::Known(keys) = facts.text(Field::DisclosedBreaches) {
        keys.split(';').map(str::trim).for_each(|key| each(Edge::Field(Field::DisclosedBreaches), key));
    }
}

/// What a record is called: its native id, its key, and for what is no work its title.
fn names_of(row: Row<'_>) -> [Option<Cow<'_, str>>; 3] {
    let text = |field| row.facts.text(field).known().copied().map(Cow::Borrowed);
    let title = if row.facts.is_work() { None } else { text(Field::Title) };
    [Some(row.native_id()), text(Field::NativeKey), title]
}

fn same(name: &str, reference: &str) -> bool {
    name.chars().flat_map(char::to_lowercase).eq(reference.chars().flat_map(char::to_lowercase))
}

pub(crate) fn sum(name: &str) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = Stable::default().build_hasher();
    name.chars().flat_map(char::to_lowercase).for_each(|c| c.hash(&mut hasher));
    hasher.finish()
}

pub(crate) fn number(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than four billion records are held in memory")
}
