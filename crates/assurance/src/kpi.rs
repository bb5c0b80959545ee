//! The catalogue of KPIs. A further KPI is a file in `kpi/`, named here twice: as a module and in [`KPIS`].

mod avl;
mod brm;
mod cfg;
mod chg;
mod dq_01;
mod dq_02;
mod dq_03;
mod dq_05;
mod dq_06;
mod family;
mod inc_01;
mod inc_03;
mod inc_04;
mod inc_06;
mod inc_09;
mod inc_12;
mod inc_13;
mod inc_14;
mod inc_15;
mod inc_flow;
mod inc_time;
mod prb;
mod rel;
mod req;
mod slm;
mod sup;
mod sup_06;
mod targets;
mod timed;

use crate::class::{Class, Measure, Reason};
use crate::cohort::{self, Cohort, Window};
use crate::comparison::Comparability;
use crate::facts::{Counter, Facts, Told};
use crate::figure::{Figure, Unit};
use crate::history::Agreement;
use crate::row::Row;
use crate::statistics::{Lifetime, percent, wilson_95};
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::{Field, Kind};

pub use dq_06::{StreamCount, reconcile};
pub(crate) use prb::working_days_after;

/// Every KPI that is computed from records, in the order of the catalogue.
pub const KPIS: &[&dyn Kpi] = &[
    &inc_01::Opened,
    &inc_flow::PER_USER,
    &inc_03::MeanTimeToResolve,
    &inc_04::TimeToResolve,
    &inc_time::HIGH_PRIORITY,
    &inc_06::WithinTarget,
    &inc_time::RESPONSE_IN_TARGET,
    &inc_time::TIME_TO_ACKNOWLEDGE,
    &inc_09::FirstAssignment,
    &inc_flow::FIRST_CONTACT,
    &inc_flow::FIRST_LEVEL,
    &inc_12::ReopenRate,
    &inc_13::Reassignment,
    &inc_14::Backlog,
    &inc_15::BacklogAge,
    &inc_time::ON_HOLD,
    &inc_flow::MAJOR,
    &inc_flow::REPEATED,
    &inc_flow::LINKED,
    &inc_flow::BY_KNOWLEDGE,
    &req::TIME_TO_FULFIL,
    &req::BREACHED,
    &req::IN_TARGET,
    &req::APPROVAL_WAIT,
    &req::PER_INCIDENT,
    &prb::TIME_TO_CLOSE,
    &prb::WITH_PROBLEM,
    &prb::QUEUE_RATE,
    &prb::TIME_TO_CAUSE,
    &prb::RECURRENCE,
    &prb::KNOWN_ERRORS,
    &prb::MAJOR_WITH_PROBLEM,
    &chg::FAILED,
    &chg::EMERGENCY,
    &chg::TIME_TO_CLOSE,
    &chg::UNAUTHORISED,
    &chg::CAUSING_INCIDENTS,
    &chg::IN_WINDOW,
    &chg::REVIEWED,
    &chg::SUCCESS_SCORE,
    &chg::COLLISIONS,
    &avl::BY_CHANGES,
    &rel::WITHOUT_ROLLBACK,
    &rel::INCIDENTS_AFTER,
    &cfg::DUPLICATES,
    &cfg::STALE,
    &cfg::AUDIT_FAILURES,
    &cfg::COMPLETENESS,
    &cfg::SUPPORTED,
    &targets::ACHIEVED,
    &slm::COVERED,
    &slm::REPORTED,
    &slm::DISCLOSED,
    &targets::Workload,
    &avl::SERVICE,
    &avl::END_TO_END,
    &avl::RESTORE,
    &avl::BETWEEN_FAILURES,
    &avl::BETWEEN_INCIDENTS,
    &avl::BY_DURATION,
    &brm::CONTINUITY_TESTS,
    &brm::SATISFACTION,
    &brm::RESPONSES,
    &brm::COMPLAINTS,
    &brm::COMPLAINTS_IN_TIME,
    &brm::CUSTOMER_REVIEWS,
    &inc_flow::SECURITY,
    &brm::COST_PER_CONTACT,
    &targets::OF_SUPPLIERS,
    &sup::HELD_TIME,
    &sup::ACKNOWLEDGED,
    &sup::BOUNCES,
    &sup_06::CAUSED,
    &sup::REOPENED,
    &sup::FAILED_CHANGES,
    &sup::COMPONENTS,
    &sup::REPORTS,
    &sup::DIVERGENCE,
    &sup::CONTRACT_REVIEWS,
    &sup::DISPUTES,
    &sup::ACTIONS,
    &sup::DECLARED,
    &dq_01::Completeness,
    &dq_02::MappingFallback,
    &dq_03::FRESHNESS,
    &dq_03::SKEW,
    &dq_05::HistoryCompleteness,
];

/// The KPI of this id, in any case of letters. `DQ-06` is not among them: it is computed from streams, see
/// [`reconcile`].
pub fn kpi(id: &str) -> Option<&'static dyn Kpi> {
    KPIS.iter().copied().find(|kpi| kpi.spec().id.eq_ignore_ascii_case(id))
}

/// What every KPI says of itself, `DQ-06` included, in the order of the catalogue.
pub fn specs() -> impl Iterator<Item = &'static Spec> {
    KPIS.iter().map(|kpi| kpi.spec()).chain([&dq_06::SPEC])
}

/// Which party a record counts for (iso20000.md 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribution {
    /// The party that resolved it; where that is not said the holder.
    Resolver,
    /// The party working on it; where that is not said the accountable one.
    Holder,
    /// The first of these fields that says a party.
    Fields(&'static [Field]),
}

impl Attribution {
    /// Whether it is the party that works, or has worked, on a record.
    pub(crate) fn is_of_work(self) -> bool {
        matches!(self, Self::Resolver | Self::Holder)
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// Neither.
    Info,
}

/// What a KPI says of itself.
#[derive(Debug, PartialEq)]
pub struct Spec {
    /// The row of the catalogue.
    pub id: &'static str,
    /// A line for tables.
    pub title: &'static str,
    /// What its value is measured in.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// Which kinds of records it is about.
    pub about: &'static [Kind],
    /// Which of them.
    pub cohort: Cohort,
    /// What a reader has to know about the cohort or the arithmetic; may be empty.
    pub remark: &'static str,
    /// Which party a record counts for.
    pub attribution: Attribution,
    /// One sentence: how it is computed.
    pub definition: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Details that stand beside the value in JSON.
    pub top_level: &'static [&'static str],
}

impl Spec {
    /// Whether records of this kind can be in it.
    pub fn is_about(&self, kind: Option<Kind>) -> bool {
        kind.is_some_and(|kind| self.about.contains(&kind))
    }
}

/// Incidents.
const INCIDENTS: &[Kind] = &[Kind::Incident];
/// What a party works on.
const WORK: &[Kind] = &[Kind::Incident, Kind::ServiceRequest, Kind::Problem, Kind::Change];

/// A KPI. What is summed is what [`Kpi::classify`] says, so that a list of its records always agrees with its figure.
pub trait Kpi: Sync {
    /// What it says of itself.
    fn spec(&self) -> &'static Spec;

    /// Where a record stands in the figure.
    /// Asked only of the kinds that its spec is about.
    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class;

    /// Where any record stands in the figure.
    fn class(&self, row: Row<'_>, view: &View<'_>) -> Class {
        if self.spec().is_about(row.kind()) { self.classify(row, view) } else { Class::OutsideCohort }
    }

    /// The party that a record counts for.
    fn party<'a>(&self, row: Row<'a>, view: &View<'a>) -> Told<&'a str> {
        view.party(row, self.spec().attribution)
    }

    /// Keeps what the figure needs beside `n`, the exclusions, and the sum, minimum and maximum of what was counted,
    /// which are kept of every KPI. Called for every record of its kinds, whatever its class.
    #[expect(unused_variables, reason = "most KPIs need nothing else; the names are for those that do")]
    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {}

    /// Whether what was counted rests on something that may be otherwise, beside an imputed time.
    #[expect(unused_variables, reason = "most KPIs count what they are told; the names are for those that do not")]
    fn is_doubtful(&self, row: Row<'_>, view: &View<'_>) -> bool {
        false
    }

    /// The most that a record can add of which something is not known; `None` where there is no end to it.
    #[expect(unused_variables, reason = "most KPIs cannot say; the names are for those that can")]
    fn at_most(&self, row: Row<'_>, view: &View<'_>) -> Option<i64> {
        None
    }

    /// Whether what is said of a record is the verdict of its tool and not ours; asked only where that matters
    /// ([`crate::comparison::ClockBasis::Native`]).
    #[expect(unused_variables, reason = "most KPIs have no clock; the names are for those that do")]
    fn is_of_tool(&self, row: Row<'_>, view: &View<'_>) -> bool {
        true
    }

    /// Whether [`Kpi::gather`] keeps something of records outside of the cohort, too; of all others they are passed over.
    fn looks_outside(&self) -> bool {
        false
    }

    /// How it is compared between parties; most KPIs say it by unit, direction and cohort.
    fn comparability(&self) -> Comparability {
        Comparability::of(self.spec())
    }

    /// How long the record took, or has been open for, for KPIs that are compared by it. The cohort is what began in the
    /// window and not what ended in it: what was left open counts.
    #[expect(unused_variables, reason = "most KPIs are not compared by it; the names are for those that are")]
    fn lifetime(&self, row: Row<'_>, view: &View<'_>) -> Result<Lifetime, Class> {
        Err(Class::OutsideCohort)
    }

    /// Puts value, interval and details into a figure whose other members are set.
    fn conclude(&self, sums: &mut Sums, figure: &mut Figure);
}

/// A rate's value and interval.
fn conclude_rate(hits: u64, figure: &mut Figure) {
    figure.value = percent(hits, figure.n);
    figure.interval = wilson_95(hits, figure.n);
    figure.bounds = figure.doubt.rate(hits, figure.n);
}

/// A number of records.
fn conclude_number(figure: &mut Figure) {
    figure.value = Some(figure.n as f64);
    figure.bounds = Some(figure.doubt.number(figure.n));
}

/// Milliseconds to seconds, of both bounds.
fn in_secs(bounds: Option<(f64, f64)>) -> Option<(f64, f64)> {
    bounds.map(|(low, high)| (secs(low), secs(high)))
}

/// `Ok` is what a cohort function found, `Err` is the class of a record that does not count.
fn settle(class: Result<Measure, Class>) -> Class {
    class.map_or_else(|class| class, Class::Counted)
}

fn flag(condition: bool, yes: &'static str, no: &'static str, imputed: bool) -> Measure {
    Measure { amount: i64::from(condition), label: if condition { yes } else { no }, imputed }
}

/// A counter of a record that was resolved in the window, and whether that moment is imputed.
fn resolved_counter(facts: &Facts, window: &Window, counter: Counter) -> Result<(i64, bool), Class> {
    let resolved = cohort::resolved(facts, window)?;
    let count = counter.best().ok_or(Class::excluded(Reason::NotCounted))?;
    Ok((count, resolved.imputed))
}

/// Whether a count from the history may be too small.
fn may_lack_changes(facts: &Facts, counter: Counter) -> bool {
    counter.is_from_history() && facts.history.agreement == Agreement::Differs
}

/// Where the counters of a figure come from.
fn gather_origin(counter: Counter, class: &Class, sums: &mut Sums) {
    if let Class::Counted(_) = class {
        sums.add("from_history", i128::from(counter.is_from_history()));
        sums.add("native_differs_from_history", i128::from(counter.disagrees()));
    }
}

fn conclude_origin(sums: &Sums, figure: &mut Figure) {
    figure.put_count("from_history", sums.count("from_history"));
    figure.put_count("native_differs_from_history", sums.count("native_differs_from_history"));
}

/// Milliseconds to seconds.
fn secs(millis: f64) -> f64 {
    millis / 1000.0
}
