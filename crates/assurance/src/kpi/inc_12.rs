//! INC-12: reopen rate.

use super::{
    Attribution, Direction, Kpi, Spec, conclude_origin, conclude_rate, flag, gather_origin, resolved_counter, settle,
};
use crate::class::Class;
use crate::cohort::{Cohort, Window};
use crate::facts::Facts;
use crate::figure::{Figure, Unit};
use crate::sums::Sums;

pub(super) struct ReopenRate;

static SPEC: Spec = Spec {
    id: "INC-12",
    title: "Reopen rate",
    unit: Unit::Percent,
    direction: Direction::Down,
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

    fn classify(&self, facts: &Facts, window: &Window) -> Class {
        let counter = resolved_counter(facts, window, facts.reopened);
        settle(counter.map(|(count, imputed)| flag(count > 0, "reopened", "not_reopened", imputed)))
    }

    fn gather(&self, facts: &Facts, _window: &Window, class: &Class, sums: &mut Sums) {
        gather_origin(facts.reopened, class, sums);
        if let (Class::Counted(_), Some(count)) = (class, facts.reopened.best()) {
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
