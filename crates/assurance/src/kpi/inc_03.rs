//! INC-03: mean time to resolve.

use super::timed::{alone, conclude_mean, longest_until, time_until};
use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, secs, settle};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort};
use crate::comparison::{Comparability, NotCompared};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::mean;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct MeanTimeToResolve;

pub(super) const REMARK: &str = "by our clock in the calendar of the target where one was agreed on, else around the clock and \
     without deducting pauses; durations that rest on imputed times stand beside the value; children of a major incident are \
     left out";

static SPEC: Spec = Spec {
    id: "INC-03",
    title: "Mean time to resolve",
    unit: Unit::Seconds,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: REMARK,
    attribution: Attribution::Resolver,
    definition: "The sum of the times from opened_at to resolved_at divided by the number of incidents, both moments said by \
                 the source.",
    source: "catalogue row INC-03; HDI, Broadcom",
    top_level: &[],
};

impl Kpi for MeanTimeToResolve {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        settle(time_to_resolve(row, view))
    }

    fn at_most(&self, row: Row<'_>, _view: &View<'_>) -> Option<i64> {
        longest_to_resolve(row)
    }

    fn comparability(&self) -> Comparability {
        Comparability::not(NotCompared::MeanOfDurations)
    }

    fn gather(&self, _row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        if let Class::Excluded { beside: Some(amount), .. } = class {
            sums.beside_total += i128::from(*amount);
            sums.beside_n += 1;
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_mean(sums, figure);
        let n = figure.n + sums.beside_n;
        figure.put_count("with_imputed_n", n);
        figure.put("with_imputed_mean", mean(sums.total + sums.beside_total, n).map(secs));
    }
}

/// Milliseconds from opened to resolved, for incidents resolved in the window.
pub(super) fn time_to_resolve(row: Row<'_>, view: &View<'_>) -> Result<Measure, Class> {
    let resolved = cohort::resolved(&row, &view.window)?;
    alone(row, view)?;
    time_until(row, resolved, "resolution", "resolved", view)
}

/// The most it can have been: what ended was resolved before.
pub(super) fn longest_to_resolve(row: Row<'_>) -> Option<i64> {
    let end = cohort::resolved_at(&row).known().copied().or_else(|| Some(cohort::ended_at(&row)?.at));
    let has_ended =
        matches!(row.category(), counterfoil_model::Category::Resolved | counterfoil_model::Category::Closed);
    longest_until(row, end.filter(|_| has_ended))
}
