//! DQ-05: history completeness.

use super::{Attribution, Direction, Kpi, Spec, WORK, conclude_rate};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort};
use crate::figure::{Figure, Unit};
use crate::history::Agreement;
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct HistoryCompleteness;

static SPEC: Spec = Spec {
    id: "DQ-05",
    title: "History completeness",
    unit: Unit::Percent,
    direction: Direction::Up,
    about: WORK,
    cohort: Cohort::Held,
    remark: "a record without any transition of its state is not complete",
    attribution: Attribution::Holder,
    definition: "Records whose state is where their last transition led divided by all records.",
    source: "catalogue row DQ-05; Counterfoil",
    top_level: &[],
};

impl Kpi for HistoryCompleteness {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, _view: &View<'_>) -> Class {
        if let Err(class) = cohort::held(&row) {
            return class;
        }
        let (amount, label) = match row.history.agreement {
            Agreement::Agrees => (1, "agrees"),
            Agreement::Differs => (0, "differs"),
            Agreement::NoHistory => (0, "no_history"),
        };
        Class::Counted(Measure { amount, label, imputed: false })
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("agrees"), figure);
        for label in ["agrees", "differs", "no_history"] {
            figure.put_count(label, sums.count(label));
        }
    }
}
