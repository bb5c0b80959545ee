//! Facts in, one by one; figures out.

use crate::class::{Blame, Class, Reason};
use crate::cohort::Window;
use crate::facts::{Facts, Told};
use crate::figure::{Figure, Group, GroupBy, Status, Unit};
use crate::kpi::{Attribution, Kpi};
use crate::row::Row;
use crate::statistics::percent;
use crate::sums::Sums;
use crate::view::View;
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
}

struct Column {
    kpi: &'static dyn Kpi,
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
            all: Cell::default(),
            groups: BTreeMap::new(),
            party_unknown: 0,
        };
        Self { query, columns: kpis.iter().map(column).collect() }
    }

    /// Takes one record in; what is no work is passed over, so that no figure can count it.
    pub fn add<'a>(&mut self, row: Row<'a>, view: &View<'a>) {
        let kind = row.kind();
        let Query { window, by, party } = &self.query;
        debug_assert_eq!(*window, view.window, "a record is looked at through the window of the query");
        for column in &mut self.columns {
            let kpi = column.kpi;
            if !kpi.spec().is_about(kind) {
                continue;
            }
            let class = kpi.classify(row, view);
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
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            assert_eq!(column.kpi.spec().id, other.kpi.spec().id, "accumulators of different KPIs cannot be merged");
            column.party_unknown += other.party_unknown;
            column.all.merge(other.all);
            for (name, cell) in other.groups {
                column.groups.entry(name).or_default().merge(cell);
            }
        }
    }

    /// The figures: for each KPI the one over all, then one per group by name. Groups without any record of the cohort
    /// have no figure.
    pub fn figures(self) -> Vec<Figure> {
        let mut figures = Vec::new();
        for column in self.columns {
            let mut all = column.all.figure(column.kpi, self.query.window, None);
            if self.query.party.is_some() {
                all.put_count("party_unknown", column.party_unknown);
            }
            figures.push(all);
            for (name, mut cell) in column.groups {
                if let Some(by) = self.query.by
                    && cell.has_members()
                {
                    let group = Group { by, name, native: std::mem::take(&mut cell.native) };
                    figures.push(cell.figure(column.kpi, self.query.window, Some(group)));
                }
            }
        }
        figures
    }
}

impl Cell {
    fn add(&mut self, kpi: &dyn Kpi, row: Row<'_>, view: &View<'_>, class: &Class) {
        match class {
            Class::Counted(measure) => {
                self.n += 1;
                self.imputed += u64::from(measure.imputed);
                self.sums.take(measure.amount);
                self.sums.add(measure.label, 1);
            }
            Class::Excluded { reason, .. } => *self.excluded.entry(*reason).or_default() += 1,
            Class::OutsideCohort => {}
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
            details: BTreeMap::new(),
            group,
        };
        kpi.conclude(&mut self.sums, &mut figure);
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
