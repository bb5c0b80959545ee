//! INC-01: incidents opened.

use super::{Attribution, Direction, Kpi, Spec, settle};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort, Window};
use crate::facts::Facts;
use crate::figure::{Figure, Unit};
use crate::sums::Sums;

pub(super) struct Opened;

static SPEC: Spec = Spec {
    id: "INC-01",
    title: "Incidents opened",
    unit: Unit::Records,
    direction: Direction::Info,
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

    fn classify(&self, facts: &Facts, window: &Window) -> Class {
        settle(cohort::opened(facts, window).map(|opened| Measure {
            amount: 1,
            label: "opened",
            imputed: opened.imputed,
        }))
    }

    fn conclude(&self, _sums: &mut Sums, figure: &mut Figure) {
        figure.value = Some(figure.n as f64);
    }
}
