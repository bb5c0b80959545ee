//! Availability of services (ISO/IEC 20000-1:2018 clause 8.7.1), catalogue rows AVL-01 to AVL-06 and CHG-10.
//!
//! The agreed service time of a service is that of its calendar, else around the clock. Only unplanned outages count
//! against it; those of a configuration item of the service are its own; outages that overlap are one.

use super::family::{Measured, amount, nothing, number, ratio};
use super::{Attribution, Direction, Spec, secs};
use crate::class::{Class, Measure, Reason};
use crate::cohort::{self, Cohort};
use crate::facts::{Told, millis};
use crate::figure::{Figure, Unit};
use crate::row::Row;
use crate::statistics::mean;
use crate::sums::Sums;
use crate::view::View;
use counterfoil_clock::Calendar;
use counterfoil_model::{Field, Kind};
use jiff::Timestamp;

const SERVICES: &[Kind] = &[Kind::Service];
const WHOSE: Attribution = Attribution::Fields(&[Field::SupplierParty, Field::OwnerParty]);

pub(super) static SERVICE: Measured = Measured {
    spec: &Spec {
        id: "AVL-01",
        title: "Service availability",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "n counts live services; agreed service time by each service's calendar, around the clock without one; a degradation is \
                 no outage; it needs a window with a beginning",
        attribution: WHOSE,
        definition: "Agreed service time less the time of unplanned outages, divided by agreed service time, over all live services.",
        source: "catalogue row AVL-01; (AST - DT) / AST",
        top_level: &[],
    },
    judge: |row, view| unavailable(row, view).map(|(ast, down)| amount(ast - down.millis, "live")),
    keep: keep_time,
    conclude: |sums, figure| {
        figure.value = ratio(sums, "up", "agreed").map(|share| share * 100.0);
        put_time(sums, figure);
    },
};

pub(super) static END_TO_END: Measured = Measured {
    spec: &Spec {
        id: "AVL-02",
        title: "End-to-end availability, derived",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "derived: a product assumes that components fail independently and that all of them are needed; services without \
                 components are left out",
        attribution: WHOSE,
        definition: "The mean over live services of the product of the availabilities of their configuration items.",
        source: "catalogue row AVL-02",
        top_level: &[],
    },
    judge: |row, view| {
        let calendar = live(row, view)?;
        let agreed = agreed(calendar, view)?;
        let mut share = 1.0;
        let mut components = 0_u32;
        for item in items(row, view) {
            let down = merged(outages(item, view)?, calendar, view)?;
            share *= (agreed - down.millis) as f64 / agreed as f64;
            components += 1;
        }
        if components == 0 {
            return Err(Class::excluded(Reason::NoDueDate));
        }
        // Billionths, so that sums are whole numbers and no order can be seen.
        Ok(amount((share * 1e9).round() as i64, "derived"))
    },
    keep: nothing,
    conclude: |sums, figure| figure.value = mean(sums.total, figure.n).map(|billionths| billionths / 1e7),
};

pub(super) static RESTORE: Measured = Measured {
    spec: &Spec {
        id: "AVL-03",
        title: "Mean time to restore service",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "failures are unplanned outages that begin in the window, overlapping ones counted once; time outside of the agreed \
                 service time does not count; n counts live services",
        attribution: WHOSE,
        definition: "The time of unplanned outages in the window divided by the number of failures in it.",
        source: "catalogue row AVL-03",
        top_level: &[],
    },
    judge: |row, view| unavailable(row, view).map(|(_, down)| amount(down.millis, "live")),
    keep: keep_time,
    conclude: |sums, figure| {
        figure.value = ratio(sums, "down", "failures").map(secs);
        put_time(sums, figure);
    },
};

pub(super) static BETWEEN_FAILURES: Measured = Measured {
    spec: &Spec {
        id: "AVL-04",
        title: "Mean time between failures",
        unit: Unit::Seconds,
        direction: Direction::Up,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "without any failure it is longer than the agreed service time, and there is no value",
        attribution: WHOSE,
        definition: "Agreed service time less the time of unplanned outages, divided by the number of failures.",
        source: "catalogue row AVL-04",
        top_level: &[],
    },
    judge: |row, view| unavailable(row, view).map(|(ast, down)| amount(ast - down.millis, "live")),
    keep: keep_time,
    conclude: |sums, figure| {
        figure.value = ratio(sums, "up", "failures").map(secs);
        put_time(sums, figure);
    },
};

pub(super) static BETWEEN_INCIDENTS: Measured = Measured {
    spec: &Spec {
        id: "AVL-05",
        title: "Mean time between service incidents",
        unit: Unit::Seconds,
        direction: Direction::Up,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "AVL-04 and AVL-03 together",
        attribution: WHOSE,
        definition: "Agreed service time divided by the number of failures.",
        source: "catalogue row AVL-05",
        top_level: &[],
    },
    judge: |row, view| unavailable(row, view).map(|(ast, _)| amount(ast, "live")),
    keep: keep_time,
    conclude: |sums, figure| {
        figure.value = ratio(sums, "agreed", "failures").map(secs);
        put_time(sums, figure);
    },
};

pub(super) static BY_DURATION: Measured = Measured {
    spec: &Spec {
        id: "AVL-06",
        title: "Outages by duration",
        unit: Unit::Records,
        direction: Direction::Down,
        about: &[Kind::Outage],
        cohort: Cohort::Within,
        remark: "unplanned ones that began in the window; a percentage hides many short ones, so the bands stand beside: below 5, 30 and \
                 120 minutes, 8 hours, longer, and those that go on",
        attribution: Attribution::Fields(&[Field::SupplierParty, Field::OwnerParty]),
        definition: "The number of unplanned outages that began in the window.",
        source: "catalogue row AVL-06",
        top_level: &[],
    },
    judge: |row, view| {
        let began = cohort::within(&row, Field::BeganAt, &view.window)?;
        if !unplanned(row)? {
            return Err(Class::OutsideCohort);
        }
        let minutes = row.moment(Field::EndedAt).known().map(|end| (end - began) / 60_000);
        let band = match minutes {
            None => "goes_on",
            Some(..=4) => "below_5_min",
            Some(5..=29) => "5_to_30_min",
            Some(30..=119) => "30_to_120_min",
            Some(120..=479) => "2_to_8_h",
            Some(480..) => "longer",
        };
        Ok(Measure { amount: 1, label: band, imputed: false })
    },
    keep: nothing,
    conclude: |sums, figure| {
        number(sums, figure);
        for band in ["below_5_min", "5_to_30_min", "30_to_120_min", "2_to_8_h", "longer", "goes_on"] {
            figure.put_count(band, sums.count(band));
        }
    },
};

pub(super) static BY_CHANGES: Measured = Measured {
    spec: &Spec {
        id: "CHG-10",
        title: "Unavailability by changes",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: SERVICES,
        cohort: Cohort::Within,
        remark: "unplanned outages that name the change that caused them; planned ones stand beside",
        attribution: WHOSE,
        definition: "The time of unplanned outages caused by changes divided by agreed service time, over all live services.",
        source: "catalogue row CHG-10",
        top_level: &[],
    },
    judge: |row, view| {
        let calendar = live(row, view)?;
        agreed(calendar, view)?;
        let caused = caused_by_changes(row, view, "unplanned")?;
        Ok(amount(merged(caused, calendar, view)?.millis, "live"))
    },
    keep: |row, view, class, sums| {
        if let Class::Counted(measure) = class
            && let Ok(calendar) = live(row, view)
            && let Ok(agreed) = agreed(calendar, view)
        {
            sums.add("agreed", i128::from(agreed));
            sums.add("down", i128::from(measure.amount));
            let planned = caused_by_changes(row, view, "planned").and_then(|times| merged(times, calendar, view));
            sums.add("planned", planned.map_or(0, |down| i128::from(down.millis)));
        }
    },
    conclude: |sums, figure| {
        figure.value = ratio(sums, "down", "agreed").map(|share| share * 100.0);
        figure.put("unplanned_secs", Some(secs(sums.get("down") as f64)));
        figure.put("planned_secs", Some(secs(sums.get("planned") as f64)));
    },
};

/// Time without service, and in how many pieces it began in the window.
struct Down {
    millis: i64,
    failures: u32,
}

/// The calendar of a live service: around the clock without one. One that cannot be used is not taken for that.
fn live<'a>(row: Row<'_>, view: &View<'a>) -> Result<Option<&'a Calendar>, Class> {
    if row.tombstone || row.state_name() != Some("live") {
        return Err(Class::OutsideCohort);
    }
    if row.said(Field::Calendar) == Told::Missing {
        return Ok(None);
    }
    let calendar = view.target(row, Field::Calendar).and_then(|calendar| view.estate.calendar(calendar));
    calendar.map(Some).ok_or(Class::excluded(Reason::InputUnknown))
}

/// Milliseconds of agreed service time in the window.
fn agreed(calendar: Option<&Calendar>, view: &View<'_>) -> Result<i64, Class> {
    let from = view.window.from.ok_or(Class::excluded(Reason::InputUnknown))?;
    match time(calendar, millis(from), view.window.end()) {
        Some(0) | None => Err(Class::excluded(Reason::InputUnknown)),
        Some(millis) => Ok(millis),
    }
}

fn unavailable(row: Row<'_>, view: &View<'_>) -> Result<(i64, Down), Class> {
    let calendar = live(row, view)?;
    let agreed = agreed(calendar, view)?;
    let mut times = outages(row, view)?;
    for item in items(row, view) {
        times.extend(outages(item, view)?);
    }
    Ok((agreed, merged(times, calendar, view)?))
}

/// The time of the window and that of the unplanned outages of one item in it.
pub(super) fn component(item: Row<'_>, view: &View<'_>) -> Result<(i64, i64), Class> {
    let agreed = agreed(None, view)?;
    Ok((agreed, merged(outages(item, view)?, None, view)?.millis))
}

fn keep_time(row: Row<'_>, view: &View<'_>, class: &Class, sums: &mut Sums) {
    if let Class::Counted(_) = class
        && let Ok((agreed, down)) = unavailable(row, view)
    {
        sums.add("agreed", i128::from(agreed));
        sums.add("down", i128::from(down.millis));
        sums.add("up", i128::from(agreed - down.millis));
        sums.add("failures", i128::from(down.failures));
    }
}

fn put_time(sums: &Sums, figure: &mut Figure) {
    figure.put("agreed_secs", Some(secs(sums.get("agreed") as f64)));
    figure.put("down_secs", Some(secs(sums.get("down") as f64)));
    figure.put_count("failures", sums.count("failures"));
}

fn items<'a>(service: Row<'_>, view: &View<'a>) -> impl Iterator<Item = Row<'a>> + use<'a> {
    let items = view.referring(service, Field::Service);
    items.filter(|item| item.kind() == Some(Kind::ConfigurationItem) && !item.tombstone)
}

/// The unplanned outages of a service or an item, in the window. One whose moments or whose sort are not known may be any.
fn outages(of: Row<'_>, view: &View<'_>) -> Result<Vec<(i64, i64)>, Class> {
    let mut times = Vec::new();
    for outage in outages_of(of, view) {
        if unplanned(outage)? {
            times.extend(clipped(outage, view)?);
        }
    }
    Ok(times)
}

fn outages_of<'a>(of: Row<'_>, view: &View<'a>) -> impl Iterator<Item = Row<'a>> + use<'a> {
    let field = if of.kind() == Some(Kind::Service) { Field::Service } else { Field::ConfigurationItem };
    view.referring(of, field).filter(|outage| outage.kind() == Some(Kind::Outage) && !outage.tombstone)
}

fn caused_by_changes(service: Row<'_>, view: &View<'_>, sort: &str) -> Result<Vec<(i64, i64)>, Class> {
    let mut times = Vec::new();
    let own = std::iter::once(service);
    for of in own.chain(items(service, view)) {
        for outage in outages_of(of, view) {
            if outage.said(Field::Change) != Told::Missing && outage.word(Field::OutageType) == Told::Known(sort) {
                times.extend(clipped(outage, view)?);
            }
        }
    }
    Ok(times)
}

fn unplanned(outage: Row<'_>) -> Result<bool, Class> {
    match outage.word(Field::OutageType) {
        Told::Known(sort) => Ok(sort == "unplanned"),
        Told::Missing | Told::Unmapped | Told::Unreadable => Err(Class::excluded(Reason::InputUnknown)),
    }
}

/// What of it lies in the window; one that goes on lasts until its end.
fn clipped(outage: Row<'_>, view: &View<'_>) -> Result<Option<(i64, i64)>, Class> {
    let Told::Known(began) = outage.moment(Field::BeganAt) else {
        return Err(Class::excluded(Reason::InputUnknown));
    };
    let end = match outage.moment(Field::EndedAt) {
        Told::Known(end) => end,
        Told::Missing => view.window.end(),
        Told::Unmapped | Told::Unreadable => return Err(Class::excluded(Reason::InputUnknown)),
    };
    let from = view.window.from.map_or(began, |from| began.max(millis(from)));
    let to = end.min(view.window.end());
    Ok((from < to).then_some((from, to)))
}

/// Overlapping times once, and only what lies in the agreed service time.
fn merged(mut times: Vec<(i64, i64)>, calendar: Option<&Calendar>, view: &View<'_>) -> Result<Down, Class> {
    times.sort_unstable();
    let mut down = Down { millis: 0, failures: 0 };
    let mut current: Option<(i64, i64)> = None;
    let mut close = |(from, to): (i64, i64)| -> Result<(), Class> {
        down.millis += time(calendar, from, to).ok_or(Class::excluded(Reason::InputUnknown))?;
        // One that goes on from before the window failed before it.
        let begins_inside = view.window.from.is_none_or(|start| from > millis(start));
        down.failures += u32::from(begins_inside);
        Ok(())
    };
    for (from, to) in times {
        match &mut current {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => {
                if let Some(ended) = current.replace((from, to)) {
                    close(ended)?;
                }
            }
        }
    }
    if let Some(ended) = current {
        close(ended)?;
    }
    Ok(down)
}

/// Milliseconds of a calendar between two moments; `None` where it does not know.
fn time(calendar: Option<&Calendar>, from: i64, to: i64) -> Option<i64> {
    let Some(calendar) = calendar else { return Some(to - from) };
    let between = calendar.between(Timestamp::from_millisecond(from).ok()?, Timestamp::from_millisecond(to).ok()?);
    i64::try_from(between.exact()?.as_millis()).ok()
}
