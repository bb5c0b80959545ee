//! INC-14: backlog and net flow.

use super::inc_01::Opened;
use super::{Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_number, settle};
use crate::class::{Class, Measure};
use crate::cohort::{self, Cohort, Window};
use crate::facts::Facts;
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::Category;

pub(super) struct Backlog;

pub(super) const REMARK: &str = "duplicates and tombstones left out; a resolved incident is in the backlog until it is \
     closed; an incident closed without closed_at ended with its last known transition or update";

static SPEC: Spec = Spec {
    id: "INC-14",
    title: "Backlog and net flow",
    unit: Unit::Records,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::OpenAtEnd,
    remark: REMARK,
    attribution: Attribution::Holder,
    definition: "The number of incidents opened before the end of the window and not closed or cancelled before it; \
                 net flow is opened less resolved in the window.",
    source: "catalogue row INC-14",
    top_level: &[],
};

impl Kpi for Backlog {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        settle(cohort::open_at_end(&row, &view.window).map(|opened| {
            let resolved = is_resolved_before_end(&row, &view.window);
            let label = if resolved { "resolved_not_closed" } else { "unresolved" };
            Measure { amount: 1, label, imputed: opened.imputed }
        }))
    }

    fn looks_outside(&self) -> bool {
        true
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, _class: &Class, sums: &mut Sums) {
        if let Class::Counted(_) = Opened.classify(row, view) {
            sums.add("opened", 1);
        }
        if cohort::resolved(&row, &view.window).is_ok() {
            sums.add("resolved", 1);
        }
        let has_ended = matches!(row.category(), Category::Closed | Category::Cancelled);
        if has_ended && cohort::ended_at(&row).is_some_and(|end| end.imputed) {
            sums.add("imputed_ends", 1);
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_number(figure);
        figure.put_count("unresolved", sums.count("unresolved"));
        figure.put_count("resolved_not_closed", sums.count("resolved_not_closed"));
        figure.put_count("opened", sums.count("opened"));
        figure.put_count("resolved", sums.count("resolved"));
        figure.put_count("imputed_ends", sums.count("imputed_ends"));
        figure.put("net_flow", Some((sums.get("opened") - sums.get("resolved")) as f64));
    }
}

fn is_resolved_before_end(facts: &Facts, window: &Window) -> bool {
    let until_end = Window { from: None, to: window.to };
    cohort::resolved(facts, &until_end).is_ok()
}
