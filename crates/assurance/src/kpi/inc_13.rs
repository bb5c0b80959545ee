//! INC-13: reassignment.

use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_origin, gather_origin, resolved_counter, settle};
use crate::class::{Class, Measure};
use crate::cohort::Cohort;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::mean;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct Reassignment;

static SPEC: Spec = Spec {
    id: "INC-13",
    title: "Reassignments per incident",
    unit: Unit::PerRecord,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: "the source's own counter where it has one, else the changes of group in the history; changes of party \
             stand beside the value",
    attribution: Attribution::Resolver,
    definition: "The mean number of changes of group; only changes of party concern the supply chain, so their mean \
                 stands beside it.",
    source: "catalogue row INC-13",
    top_level: &[],
};

impl Kpi for Reassignment {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        let counter = resolved_counter(&row, &view.window, row.reassigned);
        settle(counter.map(|(amount, imputed)| Measure { amount, label: "counted", imputed }))
    }

    fn gather(&self, row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        gather_origin(row.reassigned, class, sums);
        if let Class::Counted(measure) = class {
            *sums.histogram.entry(measure.amount).or_default() += 1;
            if let Some(hops) = row.party_hops.best() {
                sums.add("party_hops_n", 1);
                sums.add("party_hops_sum", i128::from(hops));
            }
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        figure.value = mean(sums.total, figure.n);
        figure.put("sum", Some(sums.total as f64));
        figure.put("max", sums.max.map(|max| max as f64));
        let often = sums.histogram.range(3..).map(|(_, n)| n).sum();
        figure.put_count("three_or_more", often);
        for (times, n) in &sums.histogram {
            figure.put(format!("times_{times}"), Some(*n as f64));
        }
        let hops_n = sums.count("party_hops_n");
        figure.put_count("party_hops_n", hops_n);
        figure.put("party_hops_mean", mean(sums.get("party_hops_sum"), hops_n));
        conclude_origin(sums, figure);
    }
}
