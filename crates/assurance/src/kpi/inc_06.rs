//! INC-06: resolved within target.

use super::timed::{conclude_verdict, gather_verdict, is_of_tool, verdict};
use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_rate, flag, settle};
use crate::class::Class;
use crate::cohort::{self, Cohort};
use crate::comparison::{ClockBasis, Comparability};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct WithinTarget;

static SPEC: Spec = Spec {
    id: "INC-06",
    title: "Resolved within target",
    unit: Unit::Percent,
    direction: Direction::Up,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: "only those with a resolution clock count, the coverage says how many have one; by our clock where a target was \
             agreed on, with the tool's verdict beside it, else by the tool's",
    attribution: Attribution::Resolver,
    definition: "Incidents that met their resolution target divided by those that met or breached it.",
    source: "catalogue row INC-06; ServiceNow Benchmarks, denominator with a clock",
    top_level: &[],
};

impl Kpi for WithinTarget {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        settle(cohort::resolved(&row, &view.window).and_then(|resolved| {
            let judged = verdict(row, "resolution", view).map_err(Class::excluded)?;
            Ok(flag(judged.met, "met", "breached", resolved.imputed))
        }))
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        gather_verdict(row, "resolution", view, class, sums);
    }

    fn comparability(&self) -> Comparability {
        Comparability { clock: ClockBasis::Native, ..Comparability::of(&SPEC) }
    }

    fn is_of_tool(&self, row: Row<'_>, view: &View<'_>) -> bool {
        is_of_tool(row, "resolution", view)
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("met"), figure);
        figure.put_count("met", sums.count("met"));
        figure.put_count("breached", sums.count("breached"));
        conclude_verdict(sums, figure);
    }
}
