//! INC-09: resolved on first assignment.

use super::{
    Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_origin, conclude_rate, flag, gather_origin,
    resolved_counter, settle,
};
use crate::class::Class;
use crate::cohort::Cohort;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct FirstAssignment;

static SPEC: Spec = Spec {
    id: "INC-09",
    title: "Resolved on first assignment",
    unit: Unit::Percent,
    direction: Direction::Up,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: "the source's own counter where it has one, else the changes of group in the history",
    attribution: Attribution::Resolver,
    definition: "Incidents that never changed their group divided by all that were resolved.",
    source: "catalogue row INC-09; ServiceNow Benchmarks",
    top_level: &[],
};

impl Kpi for FirstAssignment {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        let counter = resolved_counter(&row, &view.window, row.reassigned);
        settle(counter.map(|(count, imputed)| flag(count == 0, "never_reassigned", "reassigned", imputed)))
    }

    fn gather(&self, row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        gather_origin(row.reassigned, class, sums);
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("never_reassigned"), figure);
        figure.put_count("never_reassigned", sums.count("never_reassigned"));
        figure.put_count("reassigned", sums.count("reassigned"));
        conclude_origin(sums, figure);
    }
}
