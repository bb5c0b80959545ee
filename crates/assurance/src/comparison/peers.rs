//! One KPI and the suppliers of one peer group.

use super::Shape;
use super::adjust::{Evidence, contrast, evidence};
use super::cells::Supplier;
use super::gates::Obstacle;
use super::mix::{Mix, put_out};
use super::outcome::{Adjusted, Comparison, Peers, Row, StratumRow};
use super::terms::{PeerGroup, Terms};
use super::verdict::{Difference, Pair, Verdict, is_better, ranking_groups};
use crate::kpi::Kpi;
use crate::statistics::{Funnel, Rate, overdispersion};
use std::collections::BTreeMap;

/// A pair before its surprise is adjusted for all others.
pub(super) struct Open {
    pub(super) one: Box<str>,
    pub(super) two: Box<str>,
    pub(super) difference: Difference,
    pub(super) agree: bool,
}

/// What is compared, and under which terms.
pub(super) struct Peering<'a> {
    pub(super) kpi: &'a dyn Kpi,
    pub(super) suppliers: &'a BTreeMap<Box<str>, Supplier>,
    pub(super) group: &'a PeerGroup,
    pub(super) terms: &'a Terms,
}

/// Those whom no gate holds back.
struct Compared<'a> {
    parties: Vec<&'a str>,
    mix: Mix,
    evidence: Vec<Option<Evidence>>,
}

impl Peering<'_> {
    /// Completes the rows of the peers and gives the pairs that can be compared.
    pub(super) fn compare(&self, comparison: &mut Comparison) -> Vec<Open> {
        if comparison.ranking_groups.iter().any(|peers| peers.name == self.group.name) {
            return Vec::new();
        }
        let compared = self.compared(comparison);
        for (place, party) in compared.parties.iter().enumerate() {
            if let Some(row) = comparison.rows.iter_mut().find(|row| *row.party == **party) {
                row.adjusted = compared.adjusted(place);
            }
        }
        self.name_the_rest(comparison);
        self.place_in_funnel(comparison);
        let values = compared.parties.iter().zip(&compared.evidence).filter_map(|(party, evidence)| {
            let adjusted = evidence.as_ref()?.adjusted;
            Some(((*party).into(), adjusted.value, adjusted.interval))
        });
        let tied = ranking_groups(values.collect(), self.kpi.spec().direction);
        comparison.ranking_groups.push(Peers { name: self.group.name.clone(), tied, left_out: compared.mix.left_out });
        self.pairs(&compared)
    }

    fn is_peer(&self, row: &Row) -> bool {
        row.peer_group.as_ref() == Some(&self.group.name)
    }

    fn compared(&self, comparison: &mut Comparison) -> Compared<'_> {
        let admitted = |party: &str| {
            comparison.rows.iter().any(|row| *row.party == *party && self.is_peer(row) && row.obstacles.is_empty())
        };
        let all = self.suppliers.iter().map(|(party, supplier)| (&**party, supplier));
        let mut suppliers: BTreeMap<&str, &Supplier> = all.filter(|(party, _)| admitted(party)).collect();
        for (party, obstacles) in put_out(&mut suppliers, &self.terms.thresholds) {
            if let Some(row) = comparison.rows.iter_mut().find(|row| *row.party == *party) {
                row.obstacles.extend(obstacles);
            }
        }
        let parties: Vec<&str> = suppliers.keys().copied().collect();
        let mix = Mix::of(&suppliers.into_values().collect::<Vec<_>>(), &self.terms.thresholds);
        let total = mix.left_out + mix.strata.iter().map(|stratum| stratum.weight).sum::<u64>();
        let share = if total == 0 { 0.0 } else { mix.left_out as f64 * 100.0 / total as f64 };
        let allowed = self.terms.thresholds.empty_weight;
        if share > allowed {
            for row in comparison.rows.iter_mut().filter(|row| parties.contains(&&*row.party)) {
                row.obstacles.push(Obstacle::LittleInCommon { share, allowed });
            }
            return Compared { parties: Vec::new(), mix, evidence: Vec::new() };
        }
        let (spec, shape, seed) = (self.kpi.spec(), self.kpi.comparability().shape, self.terms.seed);
        let evidence = parties.iter().enumerate().map(|(place, party)| {
            let widening = self.suppliers.get(*party).map_or(1.0, |supplier| supplier.events.widening());
            Some(evidence(spec, shape, &mix, place, seed)?.widened(widening))
        });
        let evidence = evidence.collect();
        Compared { parties, mix, evidence }
    }

    fn pairs(&self, compared: &Compared<'_>) -> Vec<Open> {
        let mut open = Vec::new();
        for one in 0..compared.parties.len() {
            for two in one + 1..compared.parties.len() {
                open.extend(self.pair(compared, one, two));
            }
        }
        open
    }

    fn pair(&self, compared: &Compared<'_>, one: usize, two: usize) -> Option<Open> {
        let spec = self.kpi.spec();
        let (own, others) = (compared.evidence[one].as_ref()?, compared.evidence[two].as_ref()?);
        let contrast = contrast(spec, &compared.mix, (one, own), (two, others));
        let strata = || own.in_strata.iter().zip(&others.in_strata);
        let difference = Difference {
            value: contrast.value,
            interval: contrast.interval,
            surprise: contrast.surprise,
            adjusted_surprise: contrast.surprise,
            crude: own.crude - others.crude,
            // Means up to another horizon are no totals of these.
            mix_reverses: self.kpi.comparability().shape != Shape::Lifetime
                && (own.crude - others.crude) * contrast.value < 0.0,
            strata_better: (
                strata().filter(|(own, others)| is_better(*own - *others, spec.direction)).count(),
                strata().filter(|(own, others)| is_better(*others - *own, spec.direction)).count(),
            ),
            intervals_separate: !own.adjusted.interval.overlaps(others.adjusted.interval),
        };
        let (one, two) = (compared.parties[one].into(), compared.parties[two].into());
        Some(Open { one, two, difference, agree: contrast.agree })
    }

    /// Pairs of which at least one is not compared.
    fn name_the_rest(&self, comparison: &mut Comparison) {
        let rows: Vec<&Row> = comparison.rows.iter().filter(|row| self.is_peer(row)).collect();
        let mut pairs = Vec::new();
        for (at, one) in rows.iter().enumerate() {
            for two in rows[at + 1..].iter().filter(|two| one.adjusted.is_none() || two.adjusted.is_none()) {
                let verdict = Verdict::NotComparable { one: one.obstacles.clone(), two: two.obstacles.clone() };
                pairs.push(Pair { one: one.party.clone(), two: two.party.clone(), difference: None, verdict });
            }
        }
        comparison.pairs.extend(pairs);
    }

    /// A funnel around the target of all, else around the share of all compared. Only the latter tells by how much
    /// shares scatter anyway: a target that all miss is no scatter.
    fn place_in_funnel(&self, comparison: &mut Comparison) {
        if self.kpi.comparability().shape != Shape::Rate {
            return;
        }
        let compared = |row: &Row| self.is_peer(row) && row.adjusted.is_some();
        let rate = |row: &Row| self.suppliers.get(&row.party).map_or(Rate::default(), |supplier| supplier.all.rate);
        let units: Vec<Rate> = comparison.rows.iter().filter(|row| compared(row)).map(rate).collect();
        let all = units.iter().fold(Rate::default(), |sum, one| Rate { hits: sum.hits + one.hits, n: sum.n + one.n });
        let Some(pooled) = all.share() else { return };
        let funnel = match self.terms.common_target(comparison.kpi) {
            Some(target) => Funnel { centre: f64::from(target.parts) / f64::from(target.of), overdispersion: 1.0 },
            None => Funnel { centre: pooled, overdispersion: overdispersion(&units, pooled) },
        };
        for row in comparison.rows.iter_mut().filter(|row| compared(row)) {
            row.signal = funnel.signal(rate(row));
        }
    }
}

impl Compared<'_> {
    fn adjusted(&self, place: usize) -> Option<Adjusted> {
        let evidence = self.evidence[place].as_ref()?;
        let total: u64 = self.mix.strata.iter().map(|stratum| stratum.weight).sum();
        let strata = self.mix.strata.iter().zip(&evidence.in_strata).map(|(stratum, value)| StratumRow {
            name: stratum.name(),
            weight: stratum.weight as f64 * 100.0 / total as f64,
            n: stratum.cells[place].rate.n,
            value: *value,
        });
        Some(Adjusted {
            value: evidence.adjusted.value,
            interval: evidence.adjusted.interval,
            crude: evidence.crude,
            strata: strata.collect(),
        })
    }
}
