//! INC-04: median and P90 time to resolve.

use super::inc_03::{REMARK, time_to_resolve};
use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, secs};
use crate::class::Class;
use crate::cohort::{self, Cohort};
use crate::comparison::{ClockBasis, Comparability, Shape};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::{Lifetime, MEDIAN, P90, P95, linear, nearest_rank};
use crate::sums::Sums;
use crate::view::View;

pub(super) struct TimeToResolve;

static SPEC: Spec = Spec {
    id: "INC-04",
    title: "Median and P90 time to resolve",
    unit: Unit::Seconds,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: REMARK,
    attribution: Attribution::Resolver,
    definition: "The median of resolved_at - opened_at, both moments said by the source; P90 by nearest rank (the \
                 element ceil(0.9 n), which really occurred) and linear (Hyndman and Fan type 7).",
    source: "catalogue row INC-04; Counterfoil",
    top_level: &["median", "p90_nearest_rank", "p90_linear"],
};

impl Kpi for TimeToResolve {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        time_to_resolve(&row, &view.window)
    }

    fn comparability(&self) -> Comparability {
        Comparability { shape: Shape::Lifetime, clock: ClockBasis::OneForAll }
    }

    fn lifetime(&self, row: Row<'_>, view: &View<'_>) -> Result<Lifetime, Class> {
        cohort::lifetime(&row, &view.window)
    }

    fn gather(&self, _row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        match class {
            Class::Counted(measure) => sums.amounts.push(measure.amount),
            Class::Excluded { beside: Some(amount), .. } => sums.beside.push(*amount),
            Class::Excluded { beside: None, .. } | Class::OutsideCohort => {}
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        sums.amounts.sort_unstable();
        figure.value = linear(&sums.amounts, MEDIAN).map(secs);
        figure.put("median", figure.value);
        let rank = |share| nearest_rank(&sums.amounts, share).map(|millis| secs(millis as f64));
        figure.put("p90_nearest_rank", rank(P90));
        figure.put("p90_linear", linear(&sums.amounts, P90).map(secs));
        figure.put("p95_nearest_rank", rank(P95));

        sums.amounts.append(&mut sums.beside);
        sums.amounts.sort_unstable();
        figure.put_count("with_imputed_n", sums.amounts.len() as u64);
        figure.put("with_imputed_median", linear(&sums.amounts, MEDIAN).map(secs));
        let rank = nearest_rank(&sums.amounts, P90).map(|millis| secs(millis as f64));
        figure.put("with_imputed_p90_nearest_rank", rank);
        figure.put("with_imputed_p90_linear", linear(&sums.amounts, P90).map(secs));
    }
}
