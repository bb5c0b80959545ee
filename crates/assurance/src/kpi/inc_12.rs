//! INC-12: reopen rate.

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

pub(super) struct ReopenRate;

static SPEC: Spec = Spec {
    id: "INC-12",
    title: "Reopen rate",
    unit: Unit::Percent,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: "the source's own counter where it has one, else the reopenings in the history; a reopening as a new \
             record is not seen",
    attribution: Attribution::Resolver,
    definition: "Incidents that were reopened at least once divided by all that were resolved.",
    source: "catalogue row INC-12; ServiceNow Benchmarks",
    top_level: &[],
};

impl Kpi for ReopenRate {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        let counter = resolved_counter(&row, &view.window, row.reopened);
        settle(counter.map(|(count, imputed)| flag(count > 0, "reopened", "not_reopened", imputed)))
    }

    fn gather(&self, row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        gather_origin(row.reopened, class, sums);
        if let (Class::Counted(_), Some(count)) = (class, row.reopened.best()) {
            sums.add("reopen_count_sum", i128::from(count));
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("reopened"), figure);
        figure.put_count("reopened", sums.count("reopened"));
        figure.put("reopen_count_sum", Some(sums.get("reopen_count_sum") as f64));
        conclude_origin(sums, figure);
    }
}
