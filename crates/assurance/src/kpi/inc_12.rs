//! INC-12: reopen rate.

use super::{
    Attribution, Direction, INCIDENTS, Kpi, Spec, conclude_origin, conclude_rate, flag, gather_origin,
    may_lack_changes, resolved_counter, settle,
};
use crate::class::Class;
use crate::cohort::{self, Cohort};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_model::{Field, Kind};

pub(super) struct ReopenRate;

/// A new record that repeats one within this time of its end is the same work again (iso20000.md 4.1): 14 days.
const CLONED_WITHIN: i64 = 14 * 24 * 3_600_000;

static SPEC: Spec = Spec {
    id: "INC-12",
    title: "Reopen rate",
    unit: Unit::Percent,
    direction: Direction::Down,
    about: INCIDENTS,
    cohort: Cohort::Resolved,
    remark: "the source's own counter where it has one, else the reopenings in the history; a new incident that repeats this one \
             or belongs to it, opened within 14 days of its end, is a reopening",
    attribution: Attribution::Resolver,
    definition: "Incidents that were reopened at least once divided by all that were resolved.",
    source: "catalogue row INC-12; ServiceNow Benchmarks",
    top_level: &[],
};

impl Kpi for ReopenRate {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        if is_cloned(row, view)
            && let Ok(resolved) = cohort::resolved(&row, &view.window)
        {
            return Class::Counted(flag(true, "reopened", "not_reopened", resolved.imputed));
        }
        let counter = resolved_counter(&row, &view.window, row.reopened);
        settle(counter.map(|(count, imputed)| flag(count > 0, "reopened", "not_reopened", imputed)))
    }

    /// A history that does not lead to the state may lack a reopening.
    fn is_doubtful(&self, row: Row<'_>, _view: &View<'_>) -> bool {
        may_lack_changes(&row, row.reopened)
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        gather_origin(row.reopened, class, sums);
        if let Class::Counted(_) = class {
            sums.add("reopen_count_sum", i128::from(row.reopened.best().unwrap_or(0)));
            sums.add("as_new_record", i128::from(is_cloned(row, view)));
        }
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        conclude_rate(sums.count("reopened"), figure);
        figure.put_count("reopened", sums.count("reopened"));
        figure.put("reopen_count_sum", Some(sums.get("reopen_count_sum") as f64));
        if sums.get("as_new_record") > 0 {
            figure.put_count("as_new_record", sums.count("as_new_record"));
        }
        conclude_origin(sums, figure);
    }
}

/// Whether a later incident goes on with this one.
fn is_cloned(row: Row<'_>, view: &View<'_>) -> bool {
    let Some(resolved) = row.resolved_at.known().or(row.closed_at.known()).copied() else { return false };
    let last = row.closed_at.known().copied().unwrap_or(resolved).saturating_add(CLONED_WITHIN);
    let mut later = [Field::DuplicateOf, Field::Parent].into_iter().flat_map(|field| view.referring(row, field));
    later.any(|other| {
        let opened = other.opened_at.known().or(other.created_at.known()).copied();
        let is_after = opened.is_some_and(|opened| opened > resolved && opened <= last);
        other.kind() == Some(Kind::Incident) && !other.tombstone && other.at != row.at && is_after
    })
}
