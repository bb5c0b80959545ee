//! What of the records of a supplier is one event, and how its rate went from month to month (7.3).

use crate::cohort::{self, Cohort};
use crate::kpi::Kpi;
use crate::row::Row;
use crate::statistics::{Cluster, Interval, Rate, Z_95, clustered, p_chart, wilson};
use crate::view::View;
use counterfoil_model::{Field, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// Fewer months say nothing about what a supplier's rate usually does.
const MONTHS: usize = 6;

/// The records of a rate by the event they belong to, and by month.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Events {
    /// By the place of the parent.
    shared: BTreeMap<u32, Rate>,
    alone: Rate,
    /// By the months since the year 0, in UTC.
    months: BTreeMap<i32, Rate>,
}

/// The rate of a supplier where records of one event stand and fall together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clustered {
    /// Events: a parent with its children, or one record alone.
    pub events: u64,
    /// The records of the largest one.
    pub largest: u64,
    /// 95 %, in percent.
    pub interval: Interval,
}

/// A month of a supplier beside its own control limits; percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// As `2026-03`.
    pub month: String,
    /// Records.
    pub n: u64,
    /// The share of hits.
    pub value: f64,
    /// Three standard deviations around the supplier's own mean.
    pub limits: Interval,
    /// Whether it lies outside.
    pub signal: bool,
}

impl Events {
    pub(super) fn add(&mut self, kpi: &dyn Kpi, hit: bool, row: Row<'_>, view: &View<'_>) {
        let one = Rate { hits: u64::from(hit), n: 1 };
        let parent = view.target(row, Field::Parent).filter(|parent| parent.kind() == Some(Kind::Incident));
        let event = parent.or_else(|| view.referring(row, Field::Parent).next().map(|_| row));
        match event {
            Some(event) => add(self.shared.entry(event.at).or_default(), one),
            None => add(&mut self.alone, one),
        }
        let at = match kpi.spec().cohort {
            Cohort::Resolved => cohort::resolved(row.facts, &view.window).ok().map(|moved| moved.at),
            Cohort::Closed => cohort::closed(row.facts, &view.window).ok().map(|moved| moved.at),
            Cohort::Opened => cohort::opened_at(row.facts).ok().map(|moved| moved.at),
            Cohort::Within | Cohort::OpenAtEnd | Cohort::InForce | Cohort::Held => None,
        };
        if let Some(at) = at.and_then(|at| Timestamp::from_millisecond(at).ok()) {
            let date = TimeZone::UTC.to_datetime(at).date();
            add(self.months.entry(i32::from(date.year()) * 12 + i32::from(date.month()) - 1).or_default(), one);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        add(&mut self.alone, other.alone);
        other.shared.into_iter().for_each(|(event, rate)| add(self.shared.entry(event).or_default(), rate));
        other.months.into_iter().for_each(|(month, rate)| add(self.months.entry(month).or_default(), rate));
    }

    /// `None` where every record is an event of its own.
    pub(super) fn clustered(&self) -> Option<Clustered> {
        let largest = self.shared.values().map(|rate| rate.n).max().filter(|largest| *largest > 1)?;
        let single = |hits, n| std::iter::repeat_n(Rate { hits, n: 1 }, usize::try_from(n).unwrap_or(usize::MAX));
        let (hits, others) = (self.alone.hits, self.alone.n - self.alone.hits);
        let clusters: Vec<Cluster> =
            self.shared.values().copied().chain(single(1, hits)).chain(single(0, others)).collect();
        let (_, interval) = clustered(&clusters)?;
        Some(Clustered { events: clusters.len() as u64, largest, interval: interval.times(100.0) })
    }

    /// How much wider an interval is than it would be if every record were an event of its own; 1 where they are.
    pub(super) fn widening(&self) -> f64 {
        let all = self.shared.values().fold(self.alone, |mut all, rate| {
            add(&mut all, *rate);
            all
        });
        let plain = wilson(all.hits, all.n, Z_95).map_or(0.0, |interval| interval.times(100.0).half());
        let clustered = self.clustered().map_or(0.0, |clustered| clustered.interval.half());
        if plain > 0.0 { (clustered / plain).max(1.0) } else { 1.0 }
    }

    /// The months, oldest first; none where there are too few.
    pub(super) fn trend(&self) -> Vec<Month> {
        if self.months.len() < MONTHS {
            return Vec::new();
        }
        let rates: Vec<Rate> = self.months.values().copied().collect();
        let months = self.months.keys().zip(&rates).zip(p_chart(&rates));
        let month = |((month, rate), limits): ((&i32, &Rate), Option<crate::statistics::Limits>)| {
            let limits = limits?;
            Some(Month {
                month: format!("{:04}-{:02}", month / 12, month % 12 + 1),
                n: rate.n,
                value: rate.share()? * 100.0,
                limits: limits.limits.times(100.0),
                signal: limits.signal,
            })
        };
        months.filter_map(month).collect()
    }
}

fn add(sum: &mut Rate, one: Rate) {
    sum.hits += one.hits;
    sum.n += one.n;
}
