//! Service requests (ISO/IEC 20000-1:2018 clause 8.6.2), catalogue rows REQ-01 to REQ-05.

use super::family::{Worked, at_most_one, nothing, one};
use super::inc_03::longest_to_resolve;
use super::inc_time::{conclude_share_of_time, lasted, waits};
use super::timed::{conclude_mean, conclude_verdict, gather_verdict, time_until, verdict};
use super::{Attribution, Direction, Spec, conclude_rate, flag};
use crate::class::Class;
use crate::cohort::{self, Cohort};
use crate::comparison::NotCompared;
use crate::figure::Unit;
use crate::statistics::percent;
use counterfoil_model::Kind;

const REQUESTS: &[Kind] = &[Kind::ServiceRequest];

pub(super) static TIME_TO_FULFIL: Worked = Worked {
    spec: &Spec {
        id: "REQ-01",
        title: "Mean time to fulfil",
        unit: Unit::Seconds,
        direction: Direction::Down,
        about: REQUESTS,
        cohort: Cohort::Resolved,
        remark: "by our clock where a target was agreed on, else around the clock; what was rejected, cancelled, skipped or left \
                 incomplete is not fulfilled; requests or their items, as the source has them",
        attribution: Attribution::Resolver,
        definition: "The sum of the times from opened_at to fulfilled_at divided by the number of requests fulfilled in the window.",
        source: "catalogue row REQ-01; ServiceNow Benchmarks",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::MeanOfDurations),
    judge: |row, view| {
        let fulfilled = cohort::resolved(&row, &view.window)?;
        time_until(row, fulfilled, "fulfilment", "fulfilled", view)
    },
    at_most: longest_to_resolve,
    keep: nothing,
    conclude: |sums, figure| conclude_mean(sums, figure),
};

pub(super) static BREACHED: Worked = Worked {
    spec: &Spec {
        id: "REQ-02",
        title: "Closed requests that breached their target",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: REQUESTS,
        cohort: Cohort::Closed,
        remark: "only those with a fulfilment clock count, the coverage says how many have one",
        attribution: Attribution::Resolver,
        definition: "Requests closed in the window that breached their fulfilment target divided by all with such a target.",
        source: "catalogue row REQ-02; ServiceNow Benchmarks",
        top_level: &[],
    },
    metric: Some("fulfilment"),
    compared: None,
    judge: |row, view| {
        let closed = cohort::closed(&row, &view.window)?;
        let judged = verdict(row, "fulfilment", view).map_err(Class::excluded)?;
        Ok(flag(!judged.met, "breached", "met", closed.imputed))
    },
    at_most: at_most_one,
    keep: |row, view, class, sums| gather_verdict(row, "fulfilment", view, class, sums),
    conclude: |sums, figure| {
        conclude_rate(sums.count("breached"), figure);
        figure.put_count("met", sums.count("met"));
        figure.put_count("breached", sums.count("breached"));
        conclude_verdict(sums, figure);
    },
};

pub(super) static IN_TARGET: Worked = Worked {
    spec: &Spec {
        id: "REQ-03",
        title: "Fulfilled within target",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: REQUESTS,
        cohort: Cohort::Resolved,
        remark: "only those with a fulfilment clock count, the coverage says how many have one; waiting for an approval counts \
                 unless the agreement says otherwise",
        attribution: Attribution::Resolver,
        definition: "Requests that met their fulfilment target divided by those that met or breached it; by our clock where a target \
                     was agreed on, else by the tool's.",
        source: "catalogue row REQ-03",
        top_level: &[],
    },
    metric: Some("fulfilment"),
    compared: None,
    judge: |row, view| {
        let fulfilled = cohort::resolved(&row, &view.window)?;
        let judged = verdict(row, "fulfilment", view).map_err(Class::excluded)?;
        Ok(flag(judged.met, "met", "breached", fulfilled.imputed))
    },
    at_most: at_most_one,
    keep: |row, view, class, sums| gather_verdict(row, "fulfilment", view, class, sums),
    conclude: |sums, figure| {
        conclude_rate(sums.count("met"), figure);
        figure.put_count("met", sums.count("met"));
        figure.put_count("breached", sums.count("breached"));
        conclude_verdict(sums, figure);
    },
};

pub(super) static APPROVAL_WAIT: Worked = Worked {
    spec: &Spec {
        id: "REQ-04",
        title: "Share of the time that waits for an approval",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: REQUESTS,
        cohort: Cohort::Resolved,
        remark: "around the clock; the customer's side of the delay",
        attribution: Attribution::Resolver,
        definition: "The time in awaiting_approval between opened_at and fulfilled_at divided by that time, over all requests \
                     fulfilled in the window whose history leads to their state.",
        source: "catalogue row REQ-04; Counterfoil",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::NoStrata),
    judge: |row, view| {
        let fulfilled = cohort::resolved(&row, &view.window)?;
        let (opened, fulfilled) = lasted(row, fulfilled)?;
        let waits = waits(&row, opened, fulfilled, |word| word == "awaiting_approval");
        let waits = waits.ok_or(Class::excluded(crate::class::Reason::InputUnknown))?;
        Ok(super::family::amount(waits.iter().map(|(_, millis)| millis).sum(), "fulfilled"))
    },
    at_most: longest_to_resolve,
    keep: |row, view, class, sums| match class {
        Class::Counted(_) => {
            let span = cohort::resolved(&row, &view.window).and_then(|fulfilled| lasted(row, fulfilled));
            sums.add("time", span.map_or(0, |(from, to)| i128::from(to - from)));
        }
        Class::Excluded { reason, .. } if reason.may_count() => {
            sums.add("unknown_time", i128::from(longest_to_resolve(row).unwrap_or(0)));
        }
        Class::Excluded { .. } | Class::OutsideCohort => {}
    },
    conclude: |sums, figure| conclude_share_of_time(sums, figure),
};

pub(super) static PER_INCIDENT: Worked = Worked {
    spec: &Spec {
        id: "REQ-05",
        title: "Requests per incident",
        unit: Unit::Ratio,
        direction: Direction::Info,
        about: &[Kind::Incident, Kind::ServiceRequest],
        cohort: Cohort::Opened,
        remark: "tickets of the wrong kind distort it",
        attribution: Attribution::Holder,
        definition: "Service requests divided by incidents, both opened in the window.",
        source: "catalogue row REQ-05",
        top_level: &[],
    },
    metric: None,
    compared: Some(NotCompared::Informative),
    judge: |row, view| {
        let opened = cohort::opened(&row, &view.window)?;
        let label = if row.kind() == Some(Kind::Incident) { "incidents" } else { "requests" };
        Ok(crate::class::Measure { imputed: opened.imputed, ..one(label) })
    },
    at_most: at_most_one,
    keep: nothing,
    conclude: |sums, figure| {
        let (requests, incidents) = (sums.count("requests"), sums.count("incidents"));
        figure.value = percent(requests, incidents).map(|share| share / 100.0);
        figure.put_count("requests", requests);
        figure.put_count("incidents", incidents);
        // Of which kind what is missing would be is known, and not kept: both ends at once.
        let number = |n: u64| figure.doubt.number(n);
        let ((few, many), (least, most)) = (number(requests), number(incidents));
        let high = if least > 0.0 { many / least } else { f64::INFINITY };
        figure.bounds = (most > 0.0).then(|| (few / most, high));
    },
};
