//! INC-01: incidents opened.

use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, settle};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct Opened;

static SPEC: Spec = Spec {
    id: "INC-01",
    title: "Incidents opened",
    unit: Unit::Records,
    direction: Direction::Info,
    about: INCIDENTS,
    cohort: Cohort::Opened,
    remark: "cancelled incidents, duplicates and tombstones left out",
    attribution: Attribution::Holder,
    definition: "The number of incidents whose opened_at (else created_at) lies in the window.",
    source: "catalogue row INC-01; ServiceNow Benchmarks",
    top_level: &[],
};

impl Kpi for Opened {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        settle(cohort::opened(&row, &view.window).map(|opened| Measure {
            amount: 1,
            label: "opened",
            imputed: opened.imputed,
        }))
    }

    fn conclude(&self, _sums: &mut Sums, figure: &mut Figure) {
        figure.value = Some(figure.n as f64);
    }
}
