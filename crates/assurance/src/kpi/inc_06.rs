//! INC-06: resolved within target.

use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_rate, flag, settle};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::comparison::{ClockBasis, Comparability};
use crate::facts::Told;
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
    remark: "only those with a resolution clock count, the coverage says how many have one; the verdict is the \
             source's own",
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
        settle(cohort::resolved(&row, &view.window).and_then(|resolved| match row.target_met {
            Told::Known(met) => Ok(flag(met, "met", "breached", resolved.imputed)),
            Told::Missing => Err(Class::excluded(Reason::NoClock)),
            Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::ClockUnreadable)),
        }))
    }

    fn comparability(&self) -> Comparability {
        Comparability { clock: ClockBasis::Native, ..Comparability::of(&SPEC) }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("met"), figure);
        figure.put_count("met", sums.count("met"));
        figure.put_count("breached", sums.count("breached"));
    }
}
