//! What has to be agreed before anybody is compared.

use crate::cohort::Window;
use crate::figure::GroupBy;
use crate::statistics::{SEED, Share};
use crate::view::View;
use counterfoil_clock::Truth;
use std::collections::BTreeMap;

/// What a comparison is asked for. One set of terms for all parties: same window, cohort, exclusions and definitions
/// (gate 1 of 7.2) hold by construction.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The window.
    pub window: Window,
    /// Who may be compared with whom. A party in no group is shown and not compared.
    pub peer_groups: Vec<PeerGroup>,
    /// A further dimension of the strata, beside kind and priority.
    pub also_by: Option<GroupBy>,
    /// Whether verdicts of the tools' own clocks may be compared.
    pub native_clocks: NativeClocks,
    /// Contractual targets of rates.
    pub targets: Vec<Target>,
    /// From where on a gate is open.
    pub thresholds: Thresholds,
    /// Of the bootstrap.
    pub seed: u64,
}

/// Parties whose service is of one type (gate 7): a commodity desk is no peer of a niche application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerGroup {
    /// For people.
    pub name: Box<str>,
    /// The parties in it.
    pub parties: Vec<Box<str>>,
}

/// Gate 4 asks for clocks of one rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NativeClocks {
    /// Nobody said that the tools' clocks follow one rule set: their verdicts are shown and not compared.
    NotAgreed,
    /// The collaboration agreement says so.
    AgreedAlike,
}

/// A contractual target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The id of the KPI, which has to be a rate.
    pub kpi: &'static str,
    /// Whose target; `None` for all.
    pub party: Option<Box<str>>,
    /// At least this where higher is better, at most this where lower is.
    pub share: Share,
}

/// The numbers of 7.2 and 4.1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Percent of the records of which everything that the KPI and its strata use is known.
    pub inputs_known: f64,
    /// Percent of the records whose words were found by category only or not at all.
    pub fallback: f64,
    /// Percent of the records whose history leads to their state.
    pub history: f64,
    /// Records needed for a comparison.
    pub records: u64,
    /// Records needed in a stratum; those with fewer are joined to the neighbouring priority.
    pub stratum: u64,
    /// Percent of all records: a supplier without any in a stratum of more weight has no adjusted value.
    pub empty_weight: f64,
}

/// What the contracts ask for of the share of records that keep their targets, by provider. Where two targets of a provider
/// ask for different shares there is none for all of its records; each is judged alone by SUP-01.
pub fn targets_of_contracts(view: &View<'_>) -> Vec<Target> {
    let mut found: BTreeMap<(&'static str, &str), Vec<Share>> = BTreeMap::new();
    for target in view.estate.targets() {
        let agreement = &view.estate.agreements()[target.agreement];
        let kpi = match target.metric {
            "resolution" => "INC-06",
            "response" => "INC-07",
            "fulfilment" => "REQ-03",
            _ => continue,
        };
        let share = target.percentile.and_then(|percentile| u32::try_from(percentile.millionths).ok());
        if let (Some(parts), Some(provider)) = (share, agreement.provider.as_deref())
            && agreement.in_force(view.window.end() - 1) == Truth::Yes
        {
            let shares = found.entry((kpi, provider)).or_default();
            let share = Share { parts, of: 100_000_000 };
            if !shares.contains(&share) {
                shares.push(share);
            }
        }
    }
    let one = |((kpi, party), shares): ((&'static str, &str), Vec<Share>)| match shares[..] {
        [share] => Some(Target { kpi, party: Some(party.into()), share }),
        _ => None,
    };
    found.into_iter().filter_map(one).collect()
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { inputs_known: 95.0, fallback: 10.0, history: 95.0, records: 30, stratum: 5, empty_weight: 10.0 }
    }
}

impl Terms {
    /// Strict terms: no targets, no trust in native clocks, thresholds and seed of the reference.
    pub fn new(window: Window, peer_groups: Vec<PeerGroup>) -> Self {
        Self {
            window,
            peer_groups,
            also_by: None,
            native_clocks: NativeClocks::NotAgreed,
            targets: Vec::new(),
            thresholds: Thresholds::default(),
            seed: SEED,
        }
    }

    /// The target of a party: its own, else that of all.
    pub(super) fn target(&self, kpi: &str, party: &str) -> Option<Share> {
        let of = |party: Option<&str>| {
            self.targets.iter().find(|target| target.kpi == kpi && target.party.as_deref() == party)
        };
        of(Some(party)).or_else(|| of(None)).map(|target| target.share)
    }

    /// The target of all parties.
    pub(super) fn common_target(&self, kpi: &str) -> Option<Share> {
        self.targets.iter().find(|target| target.kpi == kpi && target.party.is_none()).map(|target| target.share)
    }

    pub(super) fn peers(&self, party: &str) -> Option<&PeerGroup> {
        self.peer_groups.iter().find(|group| group.parties.iter().any(|peer| **peer == *party))
    }
}
