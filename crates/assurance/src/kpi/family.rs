//! KPIs that differ in what they look at and not in how they are summed up: a row of a table each.

use super::{Kpi, Spec, conclude_rate, in_secs, secs};
use crate::class::{Class, Measure};
use crate::comparison::{ClockBasis, Comparability, NotCompared};
use crate::figure::Figure;
use crate::row::Row;
use crate::statistics::{MEDIAN, P90, linear, mean, nearest_rank};
use crate::sums::Sums;
use crate::view::View;

/// A row of such a table.
pub(super) struct Measured {
    pub(super) spec: &'static Spec,
    /// What a record adds, or why nothing.
    pub(super) judge: fn(Row<'_>, &View<'_>) -> Result<Measure, Class>,
    /// What is kept beside.
    pub(super) keep: fn(Row<'_>, &View<'_>, &Class, &mut Sums),
    /// The value and what stands beside it.
    pub(super) conclude: fn(&mut Sums, &mut Figure),
}

impl Kpi for Measured {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        super::settle((self.judge)(row, view))
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        (self.keep)(row, view, class, sums);
    }

    /// Records of these kinds have no priority by which they could be made comparable.
    fn comparability(&self) -> Comparability {
        Comparability::not(NotCompared::NoStrata)
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        (self.conclude)(sums, figure);
    }
}

/// A row of a table of figures about work: records with a priority, by which parties can be compared.
pub(super) struct Worked {
    pub(super) spec: &'static Spec,
    /// The metric of its clock, where it has one.
    pub(super) metric: Option<&'static str>,
    /// Whether and how parties are compared by it.
    pub(super) compared: Option<NotCompared>,
    /// What a record adds, or why nothing.
    pub(super) judge: fn(Row<'_>, &View<'_>) -> Result<Measure, Class>,
    /// The most that a record can add of which something is not known.
    pub(super) at_most: fn(Row<'_>) -> Option<i64>,
    /// What is kept beside.
    pub(super) keep: fn(Row<'_>, &View<'_>, &Class, &mut Sums),
    /// The value and what stands beside it.
    pub(super) conclude: fn(&mut Sums, &mut Figure),
}

impl Kpi for Worked {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        super::settle((self.judge)(row, view))
    }

    fn at_most(&self, row: Row<'_>, _view: &View<'_>) -> Option<i64> {
        (self.at_most)(row)
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        (self.keep)(row, view, class, sums);
    }

    fn comparability(&self) -> Comparability {
        match (self.compared, self.metric) {
            (Some(why), _) => Comparability::not(why),
            (None, Some(_)) => Comparability { clock: ClockBasis::Native, ..Comparability::of(self.spec) },
            (None, None) => Comparability::of(self.spec),
        }
    }

    fn is_of_tool(&self, row: Row<'_>, view: &View<'_>) -> bool {
        self.metric.is_none_or(|metric| super::timed::is_of_tool(row, metric, view))
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        (self.conclude)(sums, figure);
    }
}

/// A row that keeps something of records outside of its cohort, too.
pub(super) struct Outside<K>(pub(super) K);

impl<K: Kpi> Kpi for Outside<K> {
    fn spec(&self) -> &'static Spec {
        self.0.spec()
    }

    fn classify(&self, row: Row<'_>, view: &View<'_>) -> Class {
        self.0.classify(row, view)
    }

    fn at_most(&self, row: Row<'_>, view: &View<'_>) -> Option<i64> {
        self.0.at_most(row, view)
    }

    fn gather(&self, row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
        self.0.gather(row, view, class, sums);
    }

    fn looks_outside(&self) -> bool {
        true
    }

    fn comparability(&self) -> Comparability {
        self.0.comparability()
    }

    fn is_of_tool(&self, row: Row<'_>, view: &View<'_>) -> bool {
        self.0.is_of_tool(row, view)
    }

    fn conclude(&self, sums: &mut Sums, figure: &mut Figure) {
        self.0.conclude(sums, figure);
    }
}

/// A share of hits: what is not known of a record makes it a hit at most.
pub(super) fn at_most_one(_: Row<'_>) -> Option<i64> {
    Some(1)
}

/// A record that counts for 1.
pub(super) fn one(label: &'static str) -> Measure {
    Measure { amount: 1, label, imputed: false }
}

/// A record with this much of what is measured.
pub(super) fn amount(amount: i64, label: &'static str) -> Measure {
    Measure { amount, label, imputed: false }
}

/// A record that is a hit or not.
pub(super) fn hit(is_hit: bool, yes: &'static str, no: &'static str) -> Measure {
    super::flag(is_hit, yes, no, false)
}

/// Nothing is kept beside.
pub(super) fn nothing(_: Row<'_>, _: &View<'_>, _: &Class, _: &mut Sums) {}

/// Every amount is kept, for quantiles.
pub(super) fn amounts(_: Row<'_>, _: &View<'_>, class: &Class, sums: &mut Sums) {
    if let Class::Counted(measure) = class {
        sums.amounts.push(measure.amount);
    }
}

/// The share of the hits.
pub(super) fn rate(sums: &mut Sums, figure: &mut Figure) {
    let hits = u64::try_from(sums.total).expect("hits are not negative");
    conclude_rate(hits, figure);
    figure.put_count("hits", hits);
}

/// How many there are.
pub(super) fn number(sums: &mut Sums, figure: &mut Figure) {
    figure.value = Some(sums.total as f64);
    figure.bounds = Some(figure.doubt.number(figure.n)).filter(|_| sums.total == i128::from(figure.n));
}

/// The mean of durations in milliseconds, in seconds.
pub(super) fn mean_duration(sums: &mut Sums, figure: &mut Figure) {
    figure.value = mean(sums.total, figure.n).map(secs);
    figure.bounds = in_secs(figure.doubt.mean(sums.total, figure.n));
    figure.put("min", sums.min.map(|millis| secs(millis as f64)));
    figure.put("max", sums.max.map(|millis| secs(millis as f64)));
}

/// The median of durations in milliseconds, in seconds, and their P90.
pub(super) fn median_duration(sums: &mut Sums, figure: &mut Figure) {
    sums.amounts.sort_unstable();
    figure.value = linear(&sums.amounts, MEDIAN).map(secs);
    figure.bounds = in_secs(figure.doubt.quantile(&sums.amounts, MEDIAN));
    figure.put("p90_nearest_rank", nearest_rank(&sums.amounts, P90).map(|millis| secs(millis as f64)));
    figure.put("p90_linear", linear(&sums.amounts, P90).map(secs));
}

/// One sum divided by another; nothing where that is 0.
pub(super) fn ratio(sums: &Sums, above: &str, below: &str) -> Option<f64> {
    let divisor = sums.get(below);
    (divisor != 0).then(|| sums.get(above) as f64 / divisor as f64)
}
