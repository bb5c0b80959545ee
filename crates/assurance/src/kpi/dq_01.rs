//! DQ-01: mandatory field completeness.

use super::{Attribution, Direction, Kpi, Spec, WORK};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort};
use crate::facts::Told;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::percent;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::Kind;

pub(super) struct Completeness;

static SPEC: Spec = Spec {
    id: "DQ-01",
    title: "Mandatory field completeness",
    unit: Unit::Percent,
    direction: Direction::Up,
    about: WORK,
    cohort: Cohort::Held,
    remark: "a field required in certain states counts only in them; a word or date that is not understood is not \
             filled; n counts records, the details count fields",
    attribution: Attribution::Holder,
    definition: "Required fields that are known divided by all required fields, over all records.",
    source: "catalogue row DQ-01; Counterfoil",
    top_level: &[],
};

impl Kpi for Completeness {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, _view: &View<'_>) -> Class {
        if let Err(class) = cohort::held(&row) {
            return class;
        }
        let filled = row.required().count().saturating_sub(row.lacking.len());
        let label = if row.lacking.is_empty() { "complete" } else { "incomplete" };
        Class::Counted(Measure { amount: i64::try_from(filled).unwrap_or(i64::MAX), label, imputed: false })
    }

    fn gather(&self, row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        let Class::Counted(_) = class else { return };
        for (at, _) in row.required() {
            let told =
                row.lacking.iter().find(|(lacking, _)| *lacking == at).map_or(Told::Known(()), |(_, told)| *told);
            *sums.histogram.entry(cell(row.kind, at, told)).or_default() += 1;
            sums.add("required", 1);
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        let required = sums.count("required");
        let filled = u64::try_from(sums.total).expect("a sum of counts is not negative");
        figure.value = percent(filled, required);
        figure.put_count("required", required);
        figure.put_count("filled", filled);
        figure.put_count("complete_records", sums.count("complete"));
        for (kind_at, kind) in Kind::ALL.iter().enumerate() {
            for (at, spec) in kind.fields().iter().enumerate() {
                let (Ok(kind_at), Ok(at)) = (u8::try_from(kind_at), u8::try_from(at)) else { continue };
                let count = |told: Told<()>| sums.histogram.get(&cell(kind_at, at, told)).copied().unwrap_or(0);
                let filled = count(Told::Known(()));
                let lacking = [Told::Missing, Told::Unmapped, Told::Unreadable].map(|told| (told, count(told)));
                let all = filled + lacking.iter().map(|(_, n)| n).sum::<u64>();
                let name = format!("{}.{}", kind.name(), spec.field);
                figure.put(format!("{name}.filled_pct"), percent(filled, all));
                for (told, n) in lacking.iter().filter(|(_, n)| *n > 0) {
                    figure.put(format!("{name}.{}", told.name()), Some(*n as f64));
                }
            }
        }
    }
}

/// A number for a field of a kind and what is known of it.
fn cell(kind: u8, field: u8, told: Told<()>) -> i64 {
    let told = match told {
        Told::Known(()) => 0,
        Told::Missing => 1,
        Told::Unmapped => 2,
        Told::Unreadable => 3,
    };
    (i64::from(kind) << 16) | (i64::from(field) << 8) | told
}
