//! INC-03: mean time to resolve.

use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, secs};
use crate::class::{Class, Measure, Reason};
use crate::cohort::{self, Cohort, Window};
use crate::comparison::{Comparability, NotCompared};
use crate::facts::Facts;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::mean;
use crate::sums::Sums;
use crate::view::View;

pub(super) struct MeanTimeToResolve;

pub(super) const REMARK: &str = "calendar 24x7 until agreements exist; pauses and the time in resolved before a \
     reopening are not deducted; durations that rest on imputed times stand beside the value";

static SPEC: Spec = Spec {
    id: "INC-03",
    title: "Mean time to resolve",
    unit: Unit::Seconds,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: REMARK,
    attribution: Attribution::Resolver,
    definition: "The sum of resolved_at - opened_at divided by the number of incidents, both moments said by the \
                 source.",
    source: "catalogue row INC-03; HDI, Broadcom",
    top_level: &[],
};

impl Kpi for MeanTimeToResolve {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        time_to_resolve(&row, &view.window)
    }

    fn comparability(&self) -> Comparability {
        Comparability::not(NotCompared::MeanOfDurations)
    }

    fn gather(&self, _row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        if let Class::Excluded { beside: Some(amount), .. } = class {
            sums.beside_total += i128::from(*amount);
            sums.beside_n += 1;
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        figure.value = mean(sums.total, figure.n).map(secs);
        figure.put("sum", Some(secs(sums.total as f64)));
        figure.put("min", sums.min.map(|millis| secs(millis as f64)));
        figure.put("max", sums.max.map(|millis| secs(millis as f64)));
        let n = figure.n + sums.beside_n;
        figure.put_count("with_imputed_n", n);
        figure.put("with_imputed_mean", mean(sums.total + sums.beside_total, n).map(secs));
    }
}

/// Milliseconds from opened to resolved, for incidents resolved in the window.
pub(super) fn time_to_resolve(facts: &Facts, window: &Window) -> Class {
    let resolved = match cohort::resolved(facts, window) {
        Ok(resolved) => resolved,
        Err(class) => return class,
    };
    let opened = match cohort::opened_at(facts) {
        Ok(opened) => opened,
        Err(reason) => return Class::excluded(reason),
    };
    let amount = resolved.at - opened.at;
    if amount <= 0 {
        return Class::excluded(Reason::NotPositive);
    }
    if resolved.imputed || opened.imputed {
        return Class::Excluded { reason: Reason::Imputed, beside: Some(amount) };
    }
    Class::Counted(Measure { amount, label: "resolved", imputed: false })
}
