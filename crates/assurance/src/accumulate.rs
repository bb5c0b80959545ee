//! Facts in, one by one; figures out.

use crate::class::{Blame, Class, Reason};
use crate::cohort::{self, Cohort, GUARD, Window};
use crate::facts::{Facts, Told};
use crate::figure::{Figure, Group, GroupBy, Status, Unit};
use crate::kpi::{Attribution, Kpi};
use crate::row::Row;
use crate::statistics::percent;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::{Category, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// What figures are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The window.
    pub window: Window,
    /// Splits every figure into groups, beside the figure over all.
    pub by: Option<GroupBy>,
    /// Only records that count for this party. Those whose party is not known are left out, and counted in the detail
    /// `party_unknown`.
    pub party: Option<Box<str>>,
}

/// Sums figures up over a stream of facts. The order of the facts, and how they are spread over accumulators that are
/// merged, cannot be seen in the figures.
pub struct Accumulator {
    query: Query,
    columns: Vec<Column>,
    /// The places of the columns that are about a kind, by its place in [`Kind::ALL`].
    about: Vec<Vec<usize>>,
    known: Known,
}

/// The last that is known: of what sources said, and of when it was read. Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    said: Option<i64>,
    seen: Option<i64>,
}

impl Known {
    fn add(&mut self, facts: &Facts) {
        for moment in [facts.source_updated_at, facts.opened_at, facts.resolved_at, facts.closed_at] {
            self.said = self.said.max(moment.known().copied());
        }
        self.seen = self.seen.max(Some(facts.observed_at));
    }

    fn merge(&mut self, other: Self) {
        self.said = self.said.max(other.said);
        self.seen = self.seen.max(other.seen);
    }

    /// A date far in the future is a mistake of its source: nothing was said after it was seen.
    fn until(self) -> Option<i64> {
        Some(self.said?.min(self.seen?))
    }
}

struct Column {
    kpi: &'static dyn Kpi,
    looks_outside: bool,
    all: Cell,
    groups: BTreeMap<Box<str>, Cell>,
    party_unknown: u64,
}

#[derive(Default)]
struct Cell {
    n: u64,
    imputed: u64,
    excluded: BTreeMap<Reason, u64>,
    sums: Sums,
    native: BTreeSet<Box<str>>,
}

impl Accumulator {
    /// Nothing summed up yet.
    pub fn new(kpis: &[&'static dyn Kpi], query: Query) -> Self {
        let column = |kpi: &&'static dyn Kpi| Column {
            kpi: *kpi,
            looks_outside: kpi.looks_outside(),
            all: Cell::default(),
            groups: BTreeMap::new(),
            party_unknown: 0,
        };
        let is_about = |kind: &Kind| {
            let places = kpis.iter().enumerate().filter(|(_, kpi)| kpi.spec().is_about(Some(*kind)));
            places.map(|(place, _)| place).collect()
        };
        let about = Kind::ALL.iter().map(is_about).collect();
        Self { query, columns: kpis.iter().map(column).collect(), about, known: Known::default() }
    }

    /// Takes one record in. A figure is asked for the kinds only that it is about, and of what is surely outside of its cohort
    /// nothing is kept.
    pub fn add<'a>(&mut self, row: Row<'a>, view: &View<'a>) {
        let Query { window, by, party } = &self.query;
        debug_assert_eq!(*window, view.window, "a record is looked at through the window of the query");
        self.known.add(row.facts);
        for place in self.about.get(usize::from(row.kind)).map_or(&[][..], Vec::as_slice) {
            let column = &mut self.columns[*place];
            let kpi = column.kpi;
            let class = kpi.classify(row, view);
            if class == Class::OutsideCohort
                && !column.looks_outside
                && !cohort::may_be_inside(row.facts, kpi.spec().cohort, &view.window)
            {
                debug_assert!(keeps_nothing(kpi, row, view), "{} keeps something of others", kpi.spec().id);
                continue;
            }
            if let Some(wanted) = party {
                match kpi.party(row, view) {
                    Told::Known(party) if party == &**wanted => {}
                    Told::Known(_) => continue,
                    Told::Missing | Told::Unmapped | Told::Unreadable => {
                        column.party_unknown += u64::from(class != Class::OutsideCohort);
                        continue;
                    }
                }
            }
            column.all.add(kpi, row, view, &class);
            if let Some(by) = by {
                let name = group_of(kpi, row, view, *by);
                if !column.groups.contains_key(name) {
                    column.groups.insert(name.into(), Cell::default());
                }
                let cell = column.groups.get_mut(name).expect("the group was put in above");
                cell.add(kpi, row, view, &class);
                if *by == GroupBy::Priority {
                    cell.name_natively(row.priority_native.as_deref());
                }
            }
        }
    }

    /// Takes in one record that stands alone: nothing is agreed on it, and no other record refers to it.
    pub fn add_alone(&mut self, facts: &Facts) {
        let view = View::alone(self.query.window);
        self.add(Row::alone(facts), &view);
    }

    /// Takes in what another accumulator of the same KPIs and the same query has summed up.
    pub fn merge(&mut self, other: Self) {
        assert!(self.query == other.query, "accumulators of different queries cannot be merged");
        assert_eq!(self.columns.len(), other.columns.len(), "accumulators of different KPIs cannot be merged");
        self.known.merge(other.known);
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            assert_eq!(column.kpi.spec().id, other.kpi.spec().id, "accumulators of different KPIs cannot be merged");
            column.party_unknown += other.party_unknown;
            column.all.merge(other.all);
            for (name, cell) in other.groups {
                column.groups.entry(name).or_default().merge(cell);
            }
        }
    }

    /// Records of a kind that their source has and that are not held, as its count tells. Each of them may be in any figure
    /// about that kind, and widens its bounds.
    pub fn unseen(&mut self, kind: Kind, records: u64) {
        for column in self.columns.iter_mut().filter(|column| column.kpi.spec().is_about(Some(kind))) {
            column.all.sums.doubt.open += records;
        }
    }

    /// The figures: for each KPI the one over all, then one per group by name. Groups without any record of the cohort
    /// have no figure.
    pub fn figures(self) -> Vec<Figure> {
        let window = self.query.window;
        let until = self.known.until();
        let is_provisional = until.is_none_or(|until| window.end().saturating_add(GUARD) > until);
        let mut figures = Vec::new();
        for mut column in self.columns {
            let unseen = column.all.sums.doubt.open;
            // Of whom nothing tells whose they are, they may be anybody's.
            let nobodys: u64 = ["unknown", "unmapped", "unreadable"]
                .iter()
                .filter_map(|name| column.groups.get(*name))
                .map(|cell| cell.n + cell.sums.doubt.missing())
                .sum();
            if self.query.party.is_some() {
                column.all.sums.doubt.open += column.party_unknown;
            }
            let mut all = column.all.figure(column.kpi, window, None);
            all.provisional = is_provisional && all.spec.cohort != Cohort::Held;
            if self.query.party.is_some() {
                all.put_count("party_unknown", column.party_unknown);
            }
            let (provisional, whole) = (all.provisional, unseen);
            figures.push(all);
            let grouped: u64 = column.groups.values().map(|cell| cell.sums.doubt.open).sum();
            for (name, mut cell) in column.groups {
                if let Some(by) = self.query.by
                    && cell.has_members()
                {
                    let group = Group { by, name, native: std::mem::take(&mut cell.native) };
                    cell.sums.doubt.open += nobodys + whole.saturating_sub(grouped);
                    let mut figure = cell.figure(column.kpi, window, Some(group));
                    figure.provisional = provisional;
                    figures.push(figure);
                }
            }
        }
        figures
    }
}

fn keeps_nothing(kpi: &dyn Kpi, row: Row<'_>, view: &View<'_>) -> bool {
    let mut sums = Sums::default();
    kpi.gather(row, view, &Class::OutsideCohort, &mut sums);
    sums.is_empty()
}

impl Cell {
    fn add(&mut self, kpi: &dyn Kpi, row: Row<'_>, view: &View<'_>, class: &Class) {
        match class {
            Class::Counted(measure) => {
                self.n += 1;
                self.imputed += u64::from(measure.imputed);
                self.sums.take(measure.amount);
                self.sums.add(measure.label, 1);
                let may_be_cancelled = kpi.spec().cohort == Cohort::Opened && row.category() == Category::Unknown;
                if kpi.is_doubtful(row, view) {
                    self.sums.doubt.changed += 1;
                    self.sums.doubt.changed_total += i128::from(measure.amount);
                } else if measure.imputed || may_be_cancelled {
                    self.sums.doubt.counted += 1;
                    self.sums.doubt.counted_total += i128::from(measure.amount);
                }
            }
            Class::Excluded { reason, .. } => {
                *self.excluded.entry(*reason).or_default() += 1;
                if reason.may_count() {
                    self.sums.doubt.add(kpi.at_most(row, view));
                }
            }
            Class::OutsideCohort => {
                if cohort::may_be_inside(row.facts, kpi.spec().cohort, &view.window) {
                    self.sums.doubt.add(kpi.at_most(row, view));
                }
            }
        }
        kpi.gather(row, view, class, &mut self.sums);
    }

    /// Which names are kept does not depend on the order in which they come.
    fn name_natively(&mut self, native: Option<&str>) {
        if let Some(native) = native
            && !self.native.contains(native)
        {
            self.native.insert(native.into());
            if self.native.len() > Group::NATIVE_NAMES {
                self.native.pop_last();
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.imputed += other.imputed;
        for (reason, n) in other.excluded {
            *self.excluded.entry(reason).or_default() += n;
        }
        self.sums.merge(other.sums);
        for native in other.native {
            self.name_natively(Some(&native));
        }
    }

    fn has_members(&self) -> bool {
        self.n > 0 || !self.excluded.is_empty() || self.sums.has_named()
    }

    fn figure(mut self, kpi: &dyn Kpi, window: Window, group: Option<Group>) -> Figure {
        let spec = kpi.spec();
        let blamed =
            |blame| -> u64 { self.excluded.iter().filter(|(reason, _)| reason.blame() == blame).map(|(_, n)| n).sum() };
        let unknown = blamed(Blame::Unknown);
        let cohort_n = self.n + unknown + blamed(Blame::Unmeasured);
        let mut cohort = spec.cohort.describe(spec.about, &window);
        if !spec.remark.is_empty() {
            cohort.push_str("; ");
            cohort.push_str(spec.remark);
        }
        let mut figure = Figure {
            spec,
            value: None,
            n: self.n,
            excluded: self.excluded.iter().map(|(reason, n)| (*reason, *n)).collect(),
            imputed: self.imputed,
            coverage: percent(self.n, cohort_n).unwrap_or(100.0),
            status: judge(spec.unit, self.n, self.imputed + unknown, cohort_n),
            cohort,
            window,
            interval: None,
            bounds: None,
            provisional: false,
            details: BTreeMap::new(),
            group,
            doubt: std::mem::take(&mut self.sums.doubt),
        };
        kpi.conclude(&mut self.sums, &mut figure);
        if figure.bounds.is_none() && figure.doubt.is_none() {
            figure.bounds = figure.value.map(|value| (value, value));
        }
        if figure.status == Status::InsufficientData {
            withdraw(&mut figure);
        }
        figure
    }
}

/// iso20000.md 4.1: more than 5 % imputed is degraded, more than 20 % is not enough. What is unknown weighs like what
/// is imputed.
fn judge(unit: Unit, n: u64, doubtful: u64, cohort_n: u64) -> Status {
    if doubtful * 5 > cohort_n || (n == 0 && unit != Unit::Records) {
        Status::InsufficientData
    } else if doubtful * 20 > cohort_n {
        Status::Degraded
    } else {
        Status::Ok
    }
}

/// Keeps what was computed, under names that nobody takes for the figure.
fn withdraw(figure: &mut Figure) {
    let value = figure.value.take();
    figure.put("provisional_value", value);
    figure.interval = None;
    for name in figure.spec.top_level {
        let value = figure.details.remove(*name);
        figure.put(format!("provisional_{name}"), value);
    }
}

/// The party that the record itself says. A party that is said but not understood is not replaced by another one.
pub(crate) fn party_said(facts: &Facts, attribution: Attribution) -> Told<&str> {
    let parties = [&facts.resolver_party, &facts.assignee_party, &facts.owner_party];
    let candidates = match attribution {
        Attribution::Resolver => &parties[..],
        Attribution::Holder => &parties[1..],
        Attribution::Fields(fields) => {
            let said = fields.iter().map(|field| facts.text(*field)).find(|party| *party != Told::Missing);
            return said.unwrap_or(Told::Missing);
        }
    };
    let said = candidates.iter().find(|party| ***party != Told::Missing);
    match said {
        Some(Told::Known(party)) => Told::Known(party),
        Some(Told::Unmapped) => Told::Unmapped,
        Some(Told::Unreadable) => Told::Unreadable,
        Some(Told::Missing) | None => Told::Missing,
    }
}

pub(crate) fn group_of<'a>(kpi: &dyn Kpi, row: Row<'a>, view: &View<'a>, by: GroupBy) -> &'a str {
    let facts = row.facts;
    let name = match by {
        GroupBy::Party => kpi.party(row, view),
        GroupBy::Group => match &facts.group {
            Told::Known(group) => Told::Known(&**group),
            Told::Missing => Told::Missing,
            Told::Unmapped => Told::Unmapped,
            Told::Unreadable => Told::Unreadable,
        },
        GroupBy::Priority => match (facts.priority_name(), facts.priority) {
            (Some(name), _) => Told::Known(name),
            (None, Told::Missing) => Told::Missing,
            (None, Told::Unreadable) => Told::Unreadable,
            (None, Told::Known(_) | Told::Unmapped) => Told::Unmapped,
        },
        GroupBy::Instance => Told::Known(&*facts.instance),
    };
    match name {
        Told::Known(name) => name,
        Told::Missing => "unknown",
        Told::Unmapped => "unmapped",
        Told::Unreadable => "unreadable",
    }
}
