//! INC-15: backlog age.

use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, inc_14, secs, settle};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::{MEDIAN, P90, linear, nearest_rank, percent};
use crate::sums::Sums;
use crate::view::View;

pub(super) struct BacklogAge;

static SPEC: Spec = Spec {
    id: "INC-15",
    title: "Backlog age (median)",
    unit: Unit::Seconds,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::OpenAtEnd,
    remark: inc_14::REMARK,
    attribution: Attribution::Holder,
    definition: "The median of the time from opened_at to the end of the window over the incidents open then, 24 \
                 hours a day, pauses included; beside it the shares older than 7, 14 and 30 days.",
    source: "catalogue row INC-15",
    top_level: &[],
};

const DAY: i64 = 24 * 60 * 60 * 1000;
const OLD: [(&str, &str, i64); 3] = [
    ("older_than_7_days", "older_than_7_days_pct", 7 * DAY),
    ("older_than_14_days", "older_than_14_days_pct", 14 * DAY),
    ("older_than_30_days", "older_than_30_days_pct", 30 * DAY),
];

impl Kpi for BacklogAge {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        settle(cohort::open_at_end(&row, &view.window).map(|opened| Measure {
            amount: view.window.end() - opened.at,
            label: "open",
            imputed: opened.imputed,
        }))
    }

    fn gather(&self, _row: Row<'_>, _view: &View<'_>, class: &Class, sums: &mut Sums) {
        if let Class::Counted(measure) = class {
            sums.amounts.push(measure.amount);
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        sums.amounts.sort_unstable();
        figure.value = linear(&sums.amounts, MEDIAN).map(secs);
        figure.put("p90_nearest_rank", nearest_rank(&sums.amounts, P90).map(|millis| secs(millis as f64)));
        figure.put("oldest", sums.max.map(|millis| secs(millis as f64)));
        for (count_name, share_name, age) in OLD {
            let older = sums.amounts.len() - sums.amounts.partition_point(|amount| *amount <= age);
            figure.put_count(count_name, older as u64);
            figure.put(share_name, percent(older as u64, figure.n));
        }
    }
}
