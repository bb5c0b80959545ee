//! DQ-02: mapping fallback rate.

use super::{Attribution, Direction, Kpi, Spec, WORK, conclude_rate, flag};
use crate::class::Class;
use crate::cohort::{self, Cohort};
use crate::facts::Told;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::Quality;

pub(super) struct MappingFallback;

static SPEC: Spec = Spec {
    id: "DQ-02",
    title: "Mapping fallback rate",
    unit: Unit::Percent,
    direction: Direction::Down,
    about: WORK,
    cohort: Cohort::Held,
    remark: "the worst word of a record counts",
    attribution: Attribution::Holder,
    definition: "Records whose canonical words were found by the source's category only, or not at all, divided by \
                 all records.",
    source: "catalogue row DQ-02; Counterfoil",
    top_level: &[],
};

impl Kpi for MappingFallback {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, _view: &View<'_>) -> Class {
        if let Err(class) = cohort::held(&row) {
            return class;
        }
        let quality = row.quality();
        let is_fallback = matches!(quality, Quality::Category | Quality::Fallback);
        Class::Counted(flag(is_fallback, quality.name(), quality.name(), false))
    }

    fn gather(&self, row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        if let Class::Counted(_) = class {
            sums.add("state_unmapped", i128::from(row.state == Told::Unmapped));
            sums.add("priority_unmapped", i128::from(row.priority == Told::Unmapped));
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count(Quality::Category.name()) + sums.count(Quality::Fallback.name()), figure);
        for quality in Quality::ALL {
            figure.put_count(quality.name(), sums.count(quality.name()));
        }
        figure.put_count("state_unmapped", sums.count("state_unmapped"));
        figure.put_count("priority_unmapped", sums.count("priority_unmapped"));
    }
}
