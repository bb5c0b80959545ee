//! What the times of sources are worth, catalogue rows DQ-03 and DQ-04.

use super::family::{Worked, amount};
use super::{Attribution, Direction, Spec, WORK, secs};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::comparison::NotCompared;
use crate::facts::Told;
use crate::figure::Unit;
use crate::statistics::{MEDIAN, P95, nearest_rank, percent};

pub(super) static FRESHNESS: Worked = Worked {
    spec: &Spec {
        id: "DQ-03",
        title: "Freshness (P95)",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: WORK,
        cohort: Cohort::Held,
        remark: "of the version that is held; files are as old as they are; `since_last_update` is the time from the last update of any \
                 record to the end of the window, which says nothing of a quiet source",
        attribution: Attribution::Holder,
        definition: "The 95th percentile of the time from the last update of a record in its source to when it was read.",
        source: "catalogue row DQ-03; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::DataQuality),
    judge: |row, _| {
        cohort::held(&row)?;
        match row.source_updated_at {
            Told::Known(at) => Ok(amount((row.observed_at - at).max(0), "read")),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    at_most: |_| None,
    keep: |row, view, class, sums| {
        let Class::Counted(measure) = class else { return };
        sums.amounts.push(measure.amount);
        // The largest key is the last update.
        if let Told::Known(at) = row.source_updated_at {
            let since = (view.window.end() - at).max(0);
            if sums.histogram.keys().next().is_none_or(|least| since < *least) {
                sums.histogram.clear();
                sums.histogram.insert(since, 1);
            }
        }
    },
    conclude: |sums, figure| {
        sums.amounts.sort_unstable();
        let rank = |share| nearest_rank(&sums.amounts, share).map(|millis| secs(millis as f64));
        figure.value = rank(P95);
        figure.put("median", rank(MEDIAN));
        figure.put("max", sums.max.map(|millis| secs(millis as f64)));
        let last = sums.histogram.keys().next().map(|millis| secs(*millis as f64));
        figure.put("since_last_update", last);
    },
};

pub(super) static SKEW: Worked = Worked {
    spec: &Spec {
        id: "DQ-04",
        title: "Clocks ahead of ours",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: WORK,
        cohort: Cohort::Held,
        remark: "one side only: what was read after it was written says nothing of a clock that is behind; times are never corrected",
        attribution: Attribution::Holder,
        definition: "The longest time by which a record was updated in its source after it had been read: so far ahead the clock of \
                     the source is at least.",
        source: "catalogue row DQ-04; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::DataQuality),
    judge: |row, _| {
        cohort::held(&row)?;
        match row.source_updated_at {
            Told::Known(at) if at > row.observed_at => Ok(amount(at - row.observed_at, "ahead")),
            Told::Known(_) => Ok(amount(0, "plausible")),
            Told::Missing | Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
        }
    },
    at_most: |_| None,
    keep: super::family::nothing,
    conclude: |sums, figure| {
        figure.value = sums.max.map(|millis| secs(millis as f64));
        figure.put_count("ahead", sums.count("ahead"));
        figure.put("ahead_pct", percent(sums.count("ahead"), figure.n));
        figure.bounds = figure.value.map(|value| (value, f64::INFINITY));
    },
};
