//! Times and verdicts by our own clock where a target was agreed on; by the calendar and by the tool where none was.

use super::{in_secs, secs};
use crate::class::{Class, Measure, Reason};
use crate::clocks::{Choice, clocked, native, ours};
use crate::cohort::{self, Moved};
use crate::facts::Told;
use crate::figure::Figure;
use crate::row::Row;
use crate::statistics::{Share, mean, order_interval, percent};
use crate::sums::Sums;
use crate::view::View;
use counterfoil_clock::Verdict;
use counterfoil_model::{Field, Kind};

/// What our clock counted of a record.
pub(super) enum Elapsed {
    /// Milliseconds of the calendar of the target.
    Exactly(i64),
    /// It depends on what is not known.
    Between,
    /// Which target is for it, or when it began or ended, is not known.
    Unknown,
    /// Nothing was agreed on it.
    NoTarget,
}

/// Of a record for a metric that has stopped.
pub(super) fn elapsed<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> Elapsed {
    if view.estate.targets().is_empty() {
        return Elapsed::NoTarget;
    }
    let target = match crate::clocks::choose(row, metric, view) {
        Choice::Target(target) => target,
        Choice::None => return Elapsed::NoTarget,
        Choice::Tie(_) | Choice::Unknown(_) => return Elapsed::Unknown,
    };
    let Some(clock) = ours(row, target, view.window.to) else { return Elapsed::Unknown };
    let (Some(bounds), Some(Verdict::Met | Verdict::Breached | Verdict::Unknown)) = (clock.elapsed(), clock.verdict())
    else {
        return Elapsed::Unknown;
    };
    let Ok(highest) = i64::try_from(bounds.highest.as_millis()) else { return Elapsed::Unknown };
    if bounds.exact().is_some() { Elapsed::Exactly(highest) } else { Elapsed::Between }
}

/// From the opening to a moment: by our clock where a target is for the record, else around the clock. A time outside of
/// all hours of service is no time, and counts; a moment that is not after the opening is a mistake.
pub(super) fn time_until<'a>(
    row: Row<'a>,
    end: Moved,
    metric: &str,
    label: &'static str,
    view: &View<'a>,
) -> Result<Measure, Class> {
    let opened = cohort::opened_at(&row).map_err(Class::excluded)?;
    let amount = end.at - opened.at;
    if amount <= 0 {
        return Err(Class::excluded(Reason::NotPositive));
    }
    if end.imputed || opened.imputed {
        return Err(Class::Excluded { reason: Reason::Imputed, beside: Some(amount) });
    }
    match elapsed(row, metric, view) {
        Elapsed::Exactly(amount) => Ok(Measure { amount, label: CLOCKED, imputed: false }),
        Elapsed::NoTarget => Ok(Measure { amount, label, imputed: false }),
        Elapsed::Between | Elapsed::Unknown => Err(Class::excluded(Reason::InputUnknown)),
    }
}

/// The most that such a time can be where it is not known: no calendar has more hours than the day.
pub(super) fn longest_until(row: Row<'_>, end: Option<i64>) -> Option<i64> {
    let opened = row.opened_at.known()?;
    let amount = end? - opened;
    (amount > 0).then_some(amount)
}

/// What a time is labelled that our clock counted.
pub(super) const CLOCKED: &str = "clocked";

/// Which of the times are by our clock; nothing where nothing was agreed at all.
pub(super) fn conclude_basis(sums: &Sums, figure: &mut Figure) {
    let clocked = sums.count(CLOCKED);
    if clocked > 0 {
        figure.put_count("clocked", clocked);
        figure.put_count("without_target", figure.n - clocked);
    }
}

/// The mean of durations in milliseconds with what stands beside it.
pub(super) fn conclude_mean(sums: &Sums, figure: &mut Figure) {
    figure.value = mean(sums.total, figure.n).map(secs);
    figure.bounds = in_secs(figure.doubt.mean(sums.total, figure.n));
    figure.put("sum", Some(secs(sums.total as f64)));
    figure.put("min", sums.min.map(|millis| secs(millis as f64)));
    figure.put("max", sums.max.map(|millis| secs(millis as f64)));
    conclude_basis(sums, figure);
}

/// The 95 % interval of a quantile of sorted durations; `None` where so few data do not say how far it may reach.
pub(super) fn interval_of(sorted: &[i64], share: Share) -> Option<(f64, f64)> {
    let (low, high) = order_interval(sorted, share, 0.95)?;
    Some((secs(low as f64), secs(high? as f64)))
}

/// A verdict about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// Whether the target was kept.
    pub(super) met: bool,
    /// Whether our own clock says so, or only that of the tool.
    pub(super) by_us: bool,
}

/// Whether a record kept its target: by our clock where one was agreed on, else by the tool's.
pub(super) fn verdict<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> Result<Judged, Reason> {
    if view.estate.targets().is_empty() {
        return told(row, metric, view);
    }
    let clocks = clocked(row, metric, view);
    match clocks.choice {
        Choice::Target(_) => clocks.met().map(|met| Judged { met, by_us: true }).ok_or(Reason::InputUnknown),
        Choice::None => told(row, metric, view).map_err(|reason| match reason {
            Reason::NoClock => Reason::NoTarget,
            other => other,
        }),
        Choice::Tie(_) | Choice::Unknown(_) => Err(Reason::InputUnknown),
    }
}

/// The verdict of the tool.
fn told<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> Result<Judged, Reason> {
    let field = if metric == "response" { Field::ResponseTargetMet } else { Field::ResolutionTargetMet };
    match row.flag(field) {
        Told::Known(met) => Ok(Judged { met, by_us: false }),
        Told::Missing => {
            let clock = native(row, metric, None, view).and_then(|clock| clock.met());
            clock.map(|met| Judged { met, by_us: false }).ok_or(Reason::NoClock)
        }
        Told::Unmapped | Told::Unreadable => Err(Reason::ClockUnreadable),
    }
}

/// Keeps beside a verdict of ours what the tool says.
pub(super) fn gather_verdict<'a>(row: Row<'a>, metric: &str, view: &View<'a>, class: &Class, sums: &mut Sums) {
    if view.estate.targets().is_empty() || !matches!(class, Class::Counted(_)) {
        return;
    }
    let clocks = clocked(row, metric, view);
    if !matches!(clocks.choice, Choice::Target(_)) {
        sums.add("by_tool", 1);
        return;
    }
    sums.add("by_us", 1);
    if let Some(native) = clocks.native.and_then(|native| native.met()) {
        sums.add("native_n", 1);
        sums.add("native_met", i128::from(native));
        sums.add("differs", i128::from(clocks.met().is_some_and(|met| met != native)));
    }
}

/// Both clocks side by side, where there are two.
pub(super) fn conclude_verdict(sums: &Sums, figure: &mut Figure) {
    if sums.get("by_us") > 0 {
        for name in ["by_us", "by_tool", "native_n", "native_met", "differs"] {
            figure.put_count(name, sums.count(name));
        }
        figure.put("native_pct", percent(sums.count("native_met"), sums.count("native_n")));
    }
}

/// Whether a verdict of a record is the tool's and not ours.
pub(super) fn is_of_tool<'a>(row: Row<'a>, metric: &str, view: &View<'a>) -> bool {
    verdict(row, metric, view).is_ok_and(|judged| !judged.by_us)
}

/// A record of a major incident counts for how many there are, and not for how long they took.
pub(super) fn alone(row: Row<'_>, view: &View<'_>) -> Result<(), Class> {
    let parent = view.target(row, Field::Parent).filter(|parent| parent.kind() == Some(Kind::Incident));
    match parent {
        Some(parent) if parent.at != row.at && parent.is_major == Told::Known(true) => {
            Err(Class::excluded(Reason::ChildOfMajor))
        }
        _ => Ok(()),
    }
}
