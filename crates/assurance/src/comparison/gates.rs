//! The gates of 7.2: all have to hold before two suppliers are compared.

use super::cells::Supplier;
use super::terms::{NativeClocks, Terms};
use super::{ClockBasis, Comparability, NotCompared, Shape};

/// Why a supplier is shown and not compared, with the numbers behind it. Shares are percent.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// The KPI is not one to compare.
    NotCompared {
        /// Why.
        why: NotCompared,
    },
    /// Nobody declared whose service is of the same type (gate 7).
    NoPeerGroup,
    /// The verdicts are those of the tools' own clocks, and nobody said that these follow one rule set (gate 4).
    NativeClocks,
    /// Too few records (gate 5).
    TooFew {
        /// Records there are.
        n: u64,
        /// Records it takes.
        needed: u64,
    },
    /// Too many records of which an input or the priority is not known (gates 2 and 3, DQ-01).
    InputsUnknown {
        /// Records of which all is known.
        share: f64,
        /// At least.
        needed: f64,
    },
    /// Too many words were found by category only (gate 3, DQ-02).
    WordsByCategory {
        /// Such records.
        share: f64,
        /// At most.
        allowed: f64,
    },
    /// Too many records whose history does not lead to their state (gates 3 and 6, DQ-05).
    HistoryIncomplete {
        /// Records whose history does.
        share: f64,
        /// At least.
        needed: f64,
    },
    /// The supplier has no records of a sort that the others have (7.3).
    NoneOfASort {
        /// The stratum: kind, priority, and what else makes it up.
        stratum: String,
        /// The weight of the stratum, in percent.
        weight: f64,
        /// At most.
        allowed: f64,
    },
    /// Too much of the work compared is of sorts that somebody has nothing of.
    LittleInCommon {
        /// Records of such sorts, in percent.
        share: f64,
        /// At most.
        allowed: f64,
    },
}

impl Obstacle {
    /// The name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotCompared { .. } => "not_compared",
            Self::NoPeerGroup => "no_peer_group",
            Self::NativeClocks => "native_clocks",
            Self::TooFew { .. } => "too_few",
            Self::InputsUnknown { .. } => "inputs_unknown",
            Self::WordsByCategory { .. } => "words_by_category",
            Self::HistoryIncomplete { .. } => "history_incomplete",
            Self::NoneOfASort { .. } => "none_of_a_sort",
            Self::LittleInCommon { .. } => "little_in_common",
        }
    }

    /// For people, after the name of the supplier and a colon.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotCompared { why } => match why {
                NotCompared::Informative => "neither more nor less of this is better".to_owned(),
                NotCompared::DataQuality => "data quality decides what is compared and is not compared itself".to_owned(),
                NotCompared::Count => "a number of records says how much a supplier was given".to_owned(),
                NotCompared::NoStrata => "its records have nothing by which they could be made comparable".to_owned(),
                NotCompared::MeanOfDurations => {
                    "a mean of durations hangs on a few long ones; compare the time to resolve".to_owned()
                }
            },
            Self::NoPeerGroup => "nobody has declared whose service is of the same type".to_owned(),
            Self::NativeClocks => {
                "the verdicts are those of the tool's own clock, and it is not agreed that all clocks follow one rule set"
                    .to_owned()
            }
            Self::TooFew { n, needed } => format!("not enough data (n = {n}, {needed} are needed)"),
            Self::InputsUnknown { share, needed } => {
                format!("all inputs are known of {share:.1} % of the records, {needed:.0} % are needed")
            }
            Self::WordsByCategory { share, allowed } => {
                format!("the words of {share:.1} % of the records are understood by category only, {allowed:.0} % are allowed")
            }
            Self::HistoryIncomplete { share, needed } => {
                format!("the history of {share:.1} % of the records leads to their state, {needed:.0} % are needed")
            }
            Self::NoneOfASort { stratum, weight, allowed } => {
                format!("it has no {stratum}, which is {weight:.1} % of the work compared; up to {allowed:.0} % could be missing")
            }
            Self::LittleInCommon { share, allowed } => {
                format!("{share:.1} % of the work compared is of sorts that not all suppliers have, {allowed:.0} % are allowed")
            }
        }
    }
}

/// What keeps a supplier from being compared, before anybody else is looked at. Gate 1 holds because there is one set of
/// terms, gate 8 because no KPI is about money.
pub(super) fn obstacles(
    comparability: Comparability,
    party: &str,
    supplier: &Supplier,
    terms: &Terms,
) -> Vec<Obstacle> {
    if let Shape::No(why) = comparability.shape {
        return vec![Obstacle::NotCompared { why }];
    }
    let mut found = Vec::new();
    if terms.peers(party).is_none() {
        found.push(Obstacle::NoPeerGroup);
    }
    if comparability.clock == ClockBasis::Native && terms.native_clocks == NativeClocks::NotAgreed {
        found.push(Obstacle::NativeClocks);
    }
    let limits = &terms.thresholds;
    let n: u64 = supplier.strata.values().map(|cell| cell.rate.n).sum();
    if n < limits.records {
        found.push(Obstacle::TooFew { n, needed: limits.records });
    }
    let inputs = supplier.inputs;
    if inputs.records == 0 {
        return found;
    }
    let share = |count: u64| count as f64 * 100.0 / inputs.records as f64;
    let known = share(inputs.records - inputs.unknown);
    if known < limits.inputs_known {
        found.push(Obstacle::InputsUnknown { share: known, needed: limits.inputs_known });
    }
    let fallback = share(inputs.fallback);
    if fallback > limits.fallback {
        found.push(Obstacle::WordsByCategory { share: fallback, allowed: limits.fallback });
    }
    let history = share(inputs.with_history);
    if history < limits.history {
        found.push(Obstacle::HistoryIncomplete { share: history, needed: limits.history });
    }
    found
}
