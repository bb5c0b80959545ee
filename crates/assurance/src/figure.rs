//! A figure with everything that a reader needs to judge it, and how it is written as JSON.

use crate::class::Reason;
use crate::cohort::Window;
use crate::kpi::Spec;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// What a value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Records.
    Records,
    /// Times per record.
    PerRecord,
    /// 0 to 100.
    Percent,
    /// Seconds, 24 hours a day.
    Seconds,
    /// One number of records or amounts divided by another.
    Ratio,
    /// Records for every thousand others.
    PerThousand,
    /// On a scale of its own.
    Points,
    /// In the currency of the measurements.
    Money,
}

impl Unit {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "n",
            Self::PerRecord => "n/record",
            Self::Percent => "%",
            Self::Seconds => "s",
            Self::Ratio => "ratio",
            Self::PerThousand => "n/1000",
            Self::Points => "points",
            Self::Money => "money",
        }
    }
}

/// Whether a figure may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It may.
    Ok,
    /// More than 5 % of the cohort rests on imputed or unknown inputs.
    Degraded,
    /// More than 20 % does, or there is nothing to compute from. There is no value; what could be computed stands in
    /// the details under names that begin with `provisional_`.
    InsufficientData,
    /// It cannot be computed at all, because of this.
    NotComputable(&'static str),
}

impl Status {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::InsufficientData => "insufficient_data",
            Self::NotComputable(_) => "not_computable",
        }
    }
}

/// What `--by` splits figures by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// By party: the resolver for what was resolved, the holder for what is open; see [`crate::Attribution`].
    Party,
    /// By the group working on the record.
    Group,
    /// By canonical priority.
    Priority,
    /// By configured instance.
    Instance,
}

impl GroupBy {
    /// The name in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Group => "group",
            Self::Priority => "priority",
            Self::Instance => "instance",
        }
    }

    /// What `--by` takes; instances are for reports of the source's data quality.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Party, Self::Group, Self::Priority, Self::Instance].into_iter().find(|by| by.name() == name)
    }
}

/// One group of a figure that is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it was split by.
    pub by: GroupBy,
    /// The group; `unknown` where the source says nothing, `unmapped` and `unreadable` where it is not understood.
    pub name: Box<str>,
    /// For priorities: what the sources call it, at most [`Group::NATIVE_NAMES`], the first by the alphabet.
    pub native: BTreeSet<Box<str>>,
}

impl Group {
    /// More native names than this are not kept.
    pub const NATIVE_NAMES: usize = 8;
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is: id, title, definition, source.
    pub spec: &'static Spec,
    /// The value in the unit of the spec; `None` when the status says why.
    pub value: Option<f64>,
    /// Records counted.
    pub n: u64,
    /// Records of the cohort that are not counted, and why; never 0.
    pub excluded: Vec<(Reason, u64)>,
    /// Records counted that are in the cohort by an imputed time.
    pub imputed: u64,
    /// Records counted, in percent of all that the definition does not leave out; 100 when there are none.
    pub coverage: f64,
    /// Whether the value may be relied on.
    pub status: Status,
    /// Which records, in words.
    pub cohort: String,
    /// The window it was computed for.
    pub window: Window,
    /// The Wilson 95 % interval of a rate, in percent.
    pub interval: Option<(f64, f64)>,
    /// What else belongs to the figure; durations in seconds, shares in percent.
    pub details: BTreeMap<String, f64>,
    /// The group, for figures that were split.
    pub group: Option<Group>,
}

impl Figure {
    /// Records excluded, for whatever reason.
    pub fn excluded_total(&self) -> u64 {
        self.excluded.iter().map(|(_, n)| n).sum()
    }

    /// Whether it is a rate, a mean or a quantile over fewer than 30 records: show it with its interval or in brackets,
    /// show no P90, rank nothing. The value stands in the figure all the same, so that nothing is lost.
    pub fn is_small(&self) -> bool {
        self.spec.unit != Unit::Records && self.n < 30
    }

    /// Whether it is a rate, a mean or a quantile over fewer than 5 records: reports for others leave it out.
    pub fn is_tiny(&self) -> bool {
        self.spec.unit != Unit::Records && self.n < 5
    }

    /// A detail, when it could be computed.
    pub fn detail(&self, name: &str) -> Option<f64> {
        self.details.get(name).copied()
    }

    /// Puts a detail in, when it could be computed.
    pub(crate) fn put(&mut self, name: impl Into<String>, value: Option<f64>) {
        if let Some(value) = value {
            self.details.insert(name.into(), value);
        }
    }

    pub(crate) fn put_count(&mut self, name: &'static str, count: u64) {
        self.put(name, Some(count as f64));
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spec = self.spec;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", spec.id)?;
        map.serialize_entry("title", spec.title)?;
        if let Some(group) = &self.group {
            map.serialize_entry("by", group.by.name())?;
            map.serialize_entry("group", &group.name)?;
            if group.by == GroupBy::Priority {
                map.serialize_entry("group_native", &group.native)?;
            }
        }
        map.serialize_entry("value", &self.value.map(Number))?;
        map.serialize_entry("unit", spec.unit.name())?;
        for name in spec.top_level {
            map.serialize_entry(name, &self.detail(name).map(Number))?;
        }
        map.serialize_entry("n", &self.n)?;
        map.serialize_entry("excluded", &self.excluded_total())?;
        map.serialize_entry("coverage", &Number(self.coverage))?;
        map.serialize_entry("status", self.status.name())?;
        if let Status::NotComputable(reason) = self.status {
            map.serialize_entry("status_reason", reason)?;
        }
        map.serialize_entry("small_n", &self.is_small())?;
        map.serialize_entry("imputed", &self.imputed)?;
        let exclusions: BTreeMap<_, _> = self.excluded.iter().map(|(reason, n)| (reason.name(), n)).collect();
        map.serialize_entry("exclusions", &exclusions)?;
        if let Some((low, high)) = self.interval {
            map.serialize_entry(
                "interval",
                &[("low", Number(low)), ("high", Number(high))].into_iter().collect::<BTreeMap<_, _>>(),
            )?;
        }
        let rest = self.details.iter().filter(|(name, _)| !spec.top_level.contains(&name.as_str()));
        let details: BTreeMap<_, _> = rest.map(|(name, value)| (name, Number(*value))).collect();
        map.serialize_entry("details", &details)?;
        map.serialize_entry("from", &self.window.from.map(|from| from.to_string()))?;
        map.serialize_entry("to", &self.window.to.to_string())?;
        map.serialize_entry("cohort", &self.cohort)?;
        map.serialize_entry("definition", spec.definition)?;
        map.serialize_entry("source", spec.source)?;
        map.end()
    }
}

/// Whole numbers are written as such: `890`, never `890.0`.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Up to here every whole number has its own double.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
