//! Suppliers side by side.

use crate::chance::Chance;
use crate::incidents::{Incident, window};
use counterfoil_assurance::comparison::{
    Because, Comparer, Comparison, NativeClocks, Obstacle, PeerGroup, Row, Target, Terms, Verdict,
};
use counterfoil_assurance::statistics::{Attainment, Share, Signal, Standing};
use counterfoil_assurance::{Facts, KPIS, Kpi, Told, kpi};
use counterfoil_model::{Field, Quality};
use proptest::prelude::*;

fn peers(parties: &[&str]) -> Vec<PeerGroup> {
    vec![PeerGroup { name: "desk".into(), parties: parties.iter().map(|party| (*party).into()).collect() }]
}

fn terms(parties: &[&str]) -> Terms {
    Terms { native_clocks: NativeClocks::AgreedAlike, ..Terms::new(window(0, 100), peers(parties)) }
}

/// A closed incident with all that the gates ask for.
fn closed(party: &str, priority: usize, days: i64) -> Incident {
    let incident = Incident::new("closed").opened(1).resolved(1 + days).closed(2 + days).priority(priority);
    incident.moved("resolved", "closed", 2 + days).party(Field::OwnerParty, party)
}

/// `met` out of `n` for each priority from P1 on.
fn attainment(party: &str, rates: &[(usize, usize)]) -> Vec<Facts> {
    let stratum = |(at, (met, n)): (usize, &(usize, usize))| {
        let met = *met;
        let one = move |number: usize| closed(party, at + 1, 1).flag(Field::ResolutionTargetMet, number < met).facts();
        (0..*n).map(one).collect::<Vec<_>>()
    };
    rates.iter().enumerate().flat_map(stratum).collect()
}

fn compare(kpis: &[&'static dyn Kpi], facts: &[Facts], terms: Terms) -> Vec<Comparison> {
    let mut comparer = Comparer::new(kpis, terms);
    facts.iter().for_each(|facts| comparer.add_alone(facts));
    comparer.conclude()
}

fn one(id: &str, facts: &[Facts], terms: Terms) -> Comparison {
    compare(&[kpi(id).unwrap()], facts, terms).remove(0)
}

fn row<'a>(comparison: &'a Comparison, party: &str) -> &'a Row {
    comparison.rows.iter().find(|row| *row.party == *party).unwrap()
}

fn worked(times: usize) -> Vec<Facts> {
    let scaled = |rates: [(usize, usize); 3]| rates.map(|(met, n)| (met * times, n * times));
    let mut facts = attainment("acme", &scaled([(40, 50), (45, 50), (97, 100)]));
    facts.extend(attainment("umbra", &scaled([(7, 10), (26, 30), (342, 360)])));
    facts
}

const NONE: Verdict = Verdict::NoDistinguishableDifference { because: Because::IntervalContainsZero };

/// iso20000.md 7.3, from records to the honest statement.
#[test]
fn the_worked_example_of_the_reference_ends_in_no_distinguishable_difference() {
    let comparison = one("INC-06", &worked(1), terms(&["acme", "umbra"]));
    let near = |got: f64, expected: f64| assert!((got - expected).abs() <= 0.005 + 1e-9, "{got} is not {expected}");
    for (party, contract, adjusted) in [("acme", 91.00, 94.37), ("umbra", 93.75, 91.39)] {
        let row = row(&comparison, party);
        near(row.contract.value.unwrap(), contract);
        near(row.adjusted.as_ref().unwrap().value, adjusted);
        near(row.adjusted.as_ref().unwrap().crude, contract);
    }
    let strata = &row(&comparison, "umbra").adjusted.as_ref().unwrap().strata;
    let strata: Vec<_> = strata.iter().map(|stratum| (&*stratum.name, stratum.n, stratum.weight.round())).collect();
    assert_eq!(strata, [("incident P1", 10, 10.0), ("incident P2", 30, 13.0), ("incident P3", 360, 77.0)]);
    let difference = comparison.pairs[0].difference.unwrap();
    near(difference.value, 2.98);
    near(difference.interval.half(), 4.77);
    assert!(difference.mix_reverses, "the crude values say that umbra is better");
    assert_eq!(difference.strata_better, (3, 0));
    assert_eq!(comparison.verdict("acme", "umbra"), Some(NONE));
    assert_eq!(comparison.verdict("umbra", "acme"), Some(NONE));
    assert_eq!(comparison.ranking_groups[0].tied, [["acme", "umbra"].map(Box::from)]);
}

#[test]
fn with_ten_times_the_records_the_same_shares_are_a_difference() {
    let comparison = one("INC-06", &worked(10), terms(&["acme", "umbra"]));
    assert_eq!(comparison.verdict("acme", "umbra"), Some(Verdict::Better));
    assert_eq!(comparison.verdict("umbra", "acme"), Some(Verdict::Worse));
    assert_eq!(comparison.verdict("umbra", "nobody"), None);
    assert!(comparison.pairs[0].difference.unwrap().mix_reverses);
    assert_eq!(comparison.ranking_groups[0].tied, [[Box::from("acme")], [Box::from("umbra")]]);
}

fn obstacles(comparison: &Comparison, party: &str) -> Vec<&'static str> {
    row(comparison, party).obstacles.iter().map(Obstacle::name).collect()
}

#[test]
fn every_gate_that_is_shut_is_named_and_the_figure_is_shown_all_the_same() {
    let facts = worked(1);
    let strict = one("INC-06", &facts, Terms::new(window(0, 100), peers(&["acme", "umbra"])));
    assert_eq!(obstacles(&strict, "acme"), ["native_clocks"]);
    assert!(row(&strict, "acme").contract.value.is_some() && row(&strict, "acme").adjusted.is_none());
    assert!(matches!(strict.verdict("acme", "umbra"), Some(Verdict::NotComparable { .. })));

    let strangers = one("INC-06", &facts, terms(&["acme"]));
    assert_eq!((obstacles(&strangers, "umbra"), strangers.verdict("umbra", "acme")), (vec!["no_peer_group"], None));

    let mut few = worked(1);
    few.extend(attainment("tiny", &[(2, 2), (1, 2)]));
    let few = one("INC-06", &few, terms(&["acme", "umbra", "tiny"]));
    assert_eq!(row(&few, "tiny").obstacles, [Obstacle::TooFew { n: 4, needed: 30 }]);
    assert_eq!(row(&few, "tiny").obstacles[0].sentence(), "not enough data (n = 4, 30 are needed)");
    assert!(row(&few, "tiny").suppressed && !row(&few, "acme").suppressed);
    assert_eq!(few.verdict("acme", "umbra"), Some(NONE), "others are compared all the same");
    let Some(Verdict::NotComparable { one: own, two }) = few.verdict("tiny", "acme") else { panic!() };
    assert_eq!((own.len(), two.len()), (1, 0), "the reason stands with the supplier it is about");

    let spoiled = |spoil: &dyn Fn(&mut Facts)| {
        let mut facts = worked(1);
        facts.iter_mut().take(20).for_each(spoil);
        facts.iter_mut().skip(200).take(20).for_each(spoil);
        let comparison = one("INC-06", &facts, terms(&["acme", "umbra"]));
        (obstacles(&comparison, "acme"), obstacles(&comparison, "umbra"))
    };
    // 20 of 200 are 10 %, 20 of 400 are 5 %.
    assert_eq!(spoiled(&|facts| facts.target_met = Told::Unmapped), (vec!["inputs_unknown"], vec![]));
    assert_eq!(spoiled(&|facts| facts.priority = Told::Unmapped), (vec!["inputs_unknown"], vec![]));
    assert_eq!(spoiled(&|facts| facts.resolved_at = Told::Missing), (vec!["inputs_unknown"], vec![]));
    let unmoved = Incident::new("closed").facts().history;
    assert_eq!(spoiled(&|facts| facts.history = unmoved.clone()), (vec!["history_incomplete"], vec![]));
    let fallback = u8::try_from(Quality::ALL.iter().position(|one| *one == Quality::Fallback).unwrap()).unwrap();
    assert_eq!(spoiled(&|facts| facts.quality = fallback), (vec![], vec![]), "10 % are allowed");
    let by_category = |facts: &mut Facts| facts.quality = fallback;
    let mut facts = worked(1);
    facts.iter_mut().take(21).for_each(by_category);
    assert_eq!(obstacles(&one("INC-06", &facts, terms(&["acme", "umbra"])), "acme"), ["words_by_category"]);
}

#[test]
fn what_is_no_competition_is_not_compared() {
    for (id, why) in
        [("INC-01", "informative"), ("INC-03", "mean_of_durations"), ("INC-14", "count"), ("DQ-05", "data_quality")]
    {
        let comparison = one(id, &worked(1), terms(&["acme", "umbra"]));
        let json = serde_json::to_value(&comparison).unwrap();
        assert_eq!(json["rows"][0]["obstacles"][0]["why"], why, "{id}");
        assert!(comparison.pairs.is_empty() && json["rows"][0]["contract"]["value"].is_number(), "{id}");
    }
}

#[test]
fn thin_strata_join_their_neighbours_and_missing_ones_stop_the_comparison() {
    let mut facts = attainment("acme", &[(4, 4), (40, 50), (90, 100)]);
    facts.extend(attainment("umbra", &[(9, 10), (40, 50), (90, 100)]));
    let names = |comparison: &Comparison| {
        let strata = &row(comparison, "acme").adjusted.as_ref().unwrap().strata;
        strata.iter().map(|stratum| stratum.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&one("INC-06", &facts, terms(&["acme", "umbra"]))), ["incident P1 to P2", "incident P3"]);

    // The last one has no less urgent neighbour.
    facts.extend(attainment("umbra", &[(0, 0), (0, 0), (0, 0), (3, 3)]));
    assert_eq!(names(&one("INC-06", &facts, terms(&["acme", "umbra"]))), ["incident P1 to P2", "incident P3 to P4"]);

    facts.extend(attainment("umbra", &[(0, 0), (0, 0), (0, 0), (57, 57)]));
    let comparison = one("INC-06", &facts, terms(&["acme", "umbra"]));
    let [Obstacle::NoneOfASort { stratum, weight, .. }] = &row(&comparison, "acme").obstacles[..] else { panic!() };
    assert_eq!((&**stratum, weight.round()), ("incident P4", 16.0));
    assert!(row(&comparison, "umbra").adjusted.is_some(), "nobody is left to compare it with, and its value stands");
    assert!(matches!(comparison.verdict("umbra", "acme"), Some(Verdict::NotComparable { .. })));
}

/// The contract's median of what was resolved flatters whoever leaves the hard ones open.
#[test]
fn leaving_the_hard_ones_open_is_not_fast() {
    let mut facts = Vec::new();
    for number in 0..80 {
        facts.push(closed("honest", 2 + number % 2, 3 + i64::try_from(number).unwrap() % 3).facts());
        let picky = if number < 40 {
            closed("picky", 2 + number % 2, 2 + i64::try_from(number).unwrap() % 3)
        } else {
            let open = Incident::new("in_progress").opened(1).priority(2 + number % 2).moved("new", "in_progress", 2);
            open.party(Field::OwnerParty, "picky")
        };
        facts.push(picky.facts());
    }
    let comparison = one("INC-04", &facts, terms(&["honest", "picky"]));
    let median = |party| row(&comparison, party).contract.value.unwrap();
    assert!(median("picky") < median("honest"), "so says the contract's figure");
    assert_eq!(comparison.verdict("picky", "honest"), Some(Verdict::Worse));
    let (low, high) = row(&comparison, "picky").open_bounds.unwrap();
    assert!(low < 5.0 * 86_400.0 && high.is_none_or(|high| high < 5.0 * 86_400.0), "{low}, {high:?}");
    assert!(
        row(&comparison, "picky").adjusted.as_ref().unwrap().value
            > row(&comparison, "honest").adjusted.as_ref().unwrap().value
    );
}

#[test]
fn counts_per_record_are_compared_by_their_means() {
    let hops = |party: &str, more: usize| {
        let one = |number: usize| {
            let count = i64::try_from(number % 3 + more).unwrap();
            closed(party, 1 + number % 2, 1).integer(Field::ReassignCount, count).facts()
        };
        (0..90).map(one).collect::<Vec<_>>()
    };
    let facts = [hops("acme", 0), hops("umbra", 1), hops("third", 0)].concat();
    let comparison = one("INC-13", &facts, terms(&["acme", "umbra", "third"]));
    assert_eq!(comparison.verdict("acme", "umbra"), Some(Verdict::Better));
    assert_eq!(comparison.verdict("umbra", "third"), Some(Verdict::Worse));
    assert_eq!(comparison.verdict("third", "acme"), Some(NONE));
    assert_eq!(
        comparison.ranking_groups[0].tied,
        [vec![Box::from("acme"), Box::from("third")], vec![Box::from("umbra")]]
    );
}

#[test]
fn a_contract_is_missed_by_arithmetic_and_nothing_more_is_said() {
    let share = Share { parts: 95, of: 100 };
    let target = |kpi, share| Target { kpi, party: None, share };
    let with = |target| Terms { targets: vec![target], ..terms(&["acme", "umbra"]) };
    let mut facts = attainment("acme", &[(93, 100)]);
    facts.extend(attainment("umbra", &[(85, 100)]));
    let comparison = one("INC-06", &facts, with(target("INC-06", share)));
    let said = |party| {
        (
            row(&comparison, party).attained.unwrap(),
            row(&comparison, party).standing.unwrap(),
            row(&comparison, party).signal.unwrap(),
        )
    };
    assert_eq!(said("acme"), (Attainment::Missed, Standing::NotDistinguishable, Signal::Within));
    assert_eq!(said("umbra"), (Attainment::Missed, Standing::Below, Signal::Flag));

    // At most 5 % reopened: 4 of 100 are within, whatever direction the number has.
    let reopened = |number: usize| closed("acme", 1, 1).integer(Field::ReopenCount, i64::from(number < 4)).facts();
    let facts: Vec<Facts> = (0..100).map(reopened).collect();
    let comparison = one("INC-12", &facts, with(target("INC-12", Share { parts: 5, of: 100 })));
    assert_eq!(row(&comparison, "acme").attained, Some(Attainment::Reached));
}

#[test]
fn among_many_comparisons_one_that_stands_out_is_expected() {
    let pair = |name: &str| [attainment("acme", &[(175, 200)]), attainment(name, &[(187, 200)])].concat();
    let alone = one("INC-06", &pair("umbra"), terms(&["acme", "umbra"]));
    let surprise = alone.pairs[0].difference.unwrap().surprise;
    assert!((0.03..0.05).contains(&surprise), "{surprise}");
    assert_eq!((alone.verdict("umbra", "acme"), alone.comparisons_made), (Some(Verdict::Better), 1));

    let names = ["acme", "umbra", "v1", "v2", "v3", "v4"];
    let mut facts = pair("umbra");
    names[2..].iter().for_each(|name| facts.extend(attainment(name, &[(182, 200)])));
    let many = one("INC-06", &facts, terms(&names));
    assert_eq!(many.comparisons_made, 15);
    let because = Because::ManyComparisons { made: 15 };
    assert_eq!(many.verdict("umbra", "acme"), Some(Verdict::NoDistinguishableDifference { because }));
}

#[test]
fn a_supplier_sees_itself_and_no_names() {
    let names = ["a1", "a2", "a3", "a4", "a5"];
    let facts: Vec<Facts> = names.iter().flat_map(|name| attainment(name, &[(90, 100)])).collect();
    let five = one("INC-06", &facts, terms(&names));
    let (own, others) = five.seen_by("a3").unwrap();
    assert_eq!((&*own.party, others.len()), ("a3", 4));
    let four = one("INC-06", &facts, terms(&names[..4]));
    assert!(four.seen_by("a3").unwrap().1.is_empty(), "three others could be told apart");
    assert!(four.seen_by("a5").unwrap().1.is_empty() && four.seen_by("nobody").is_none());
}

#[test]
fn records_of_nobody_are_counted() {
    let mut facts = worked(1);
    facts.push(Incident::new("closed").opened(1).resolved(2).flag(Field::ResolutionTargetMet, true).facts());
    assert_eq!(one("INC-06", &facts, terms(&["acme", "umbra"])).party_unknown, 1);
}

/// One incident of each sort, to be counted as often as it comes.
fn sorts(party: &str) -> Vec<Facts> {
    let one = |sort: usize| {
        let incident = closed(party, 1 + sort % 3, 1).flag(Field::ResolutionTargetMet, (sort / 3).is_multiple_of(2));
        let incident = incident.integer(Field::ReopenCount, i64::from(sort / 6 % 2 == 1));
        incident.integer(Field::ReassignCount, i64::from(sort / 12 % 2 == 1)).facts()
    };
    (0..24).map(one).collect()
}

/// Three suppliers with different mixes, alike in each priority but for what `lag` takes from the last one's targets.
/// Percent of the trials in which anything is called of anybody, and of those in which the last one is called worse.
fn called(lag: f64) -> (f64, f64) {
    const TRIALS: u32 = 1_000;
    let kpis = ["INC-06", "INC-09", "INC-12"].map(|id| kpi(id).unwrap());
    let sorts = NAMES.map(sorts);
    let mut chance = Chance::new(11);
    let (mut any, mut last) = (0_u32, 0_u32);
    for _ in 0..TRIALS {
        let mut comparer = Comparer::new(&kpis, terms(&NAMES));
        for (supplier, mix) in [[40, 60, 50], [12, 30, 200], [90, 40, 30]].into_iter().enumerate() {
            for (priority, n) in mix.into_iter().enumerate() {
                let met = [0.8, 0.88, 0.95][priority] - if supplier == 2 { lag } else { 0.0 };
                for _ in 0..n {
                    let (missed, reopened, moved) = (!chance.is(met), chance.is(0.1), chance.is(0.4));
                    let sort =
                        priority + 3 * (usize::from(missed) + 2 * usize::from(reopened) + 4 * usize::from(moved));
                    comparer.add_alone(&sorts[supplier][sort]);
                }
            }
        }
        let comparisons = comparer.conclude();
        let verdicts = verdicts(&comparisons, NAMES);
        any += u32::from(verdicts.iter().flatten().any(|verdict| matches!(verdict, Verdict::Better | Verdict::Worse)));
        last += u32::from(comparisons[0].verdict("umbra", "acme") == Some(Verdict::Worse));
    }
    let percent = |count: u32| f64::from(count) * 100.0 / f64::from(TRIALS);
    println!(
        "lag {lag}: anything called {:.1} %, umbra called worse than acme {:.1} % of {TRIALS} trials, seed 11",
        percent(any),
        percent(last)
    );
    (percent(any), percent(last))
}

#[test]
fn suppliers_who_are_alike_are_seldom_told_apart_and_those_who_are_not_often() {
    let (any, _) = called(0.0);
    assert!(any <= 7.0, "nine comparisons at once, and none of them is a difference: {any} %");
    let (_, last) = called(0.2);
    assert!(last >= 80.0, "{last}");
}

/// Facts of some suppliers with all that the KPIs use, by chance.
fn estate() -> impl Strategy<Value = Vec<Facts>> {
    let incident = (
        0..3_usize,
        1..4_usize,
        1..20_i64,
        any::<bool>(),
        0..3_i64,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.03),
    );
    let incident = incident.prop_map(|(party, priority, days, met, count, open, odd)| {
        let party = ["acme", "nordlicht", "umbra"][party];
        let incident = if open {
            let open = Incident::new("in_progress").opened(1 + days).priority(priority).moved("new", "in_progress", 30);
            open.party(Field::OwnerParty, party)
        } else {
            closed(party, priority, days)
        };
        let incident = incident.flag(Field::ResolutionTargetMet, met);
        let incident = incident.integer(Field::ReopenCount, count).integer(Field::ReassignCount, count);
        let mut facts = incident.facts();
        if odd {
            facts.priority = Told::Unmapped;
        }
        facts
    });
    prop::collection::vec(incident, 0..260)
}

const NAMES: [&str; 3] = ["acme", "nordlicht", "umbra"];

fn verdicts(comparisons: &[Comparison], names: [&str; 3]) -> Vec<Option<Verdict>> {
    let pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)];
    comparisons
        .iter()
        .flat_map(|comparison| pairs.map(|(one, two)| comparison.verdict(names[one], names[two])))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_parts_can_be_seen(
        (facts, shuffled) in estate().prop_flat_map(|facts| {
            let shuffled = Just(facts.clone()).prop_shuffle();
            (Just(facts), shuffled)
        }),
        cut in any::<prop::sample::Index>(),
    ) {
        let json = |comparisons: &[Comparison]| serde_json::to_string_pretty(comparisons).unwrap();
        let whole = json(&compare(KPIS, &facts, terms(&NAMES)));
        prop_assert_eq!(&whole, &json(&compare(KPIS, &facts, terms(&NAMES))));
        let (left, right) = shuffled.split_at(cut.index(shuffled.len() + 1));
        let part = |facts: &[Facts]| {
            let mut comparer = Comparer::new(KPIS, terms(&NAMES));
            facts.iter().for_each(|facts| comparer.add_alone(facts));
            comparer
        };
        let mut merged = part(left);
        merged.merge(part(right));
        prop_assert_eq!(whole, json(&merged.conclude()));
    }

    #[test]
    fn a_verdict_is_the_other_one_turned_and_does_not_depend_on_names(facts in estate()) {
        let comparisons = compare(KPIS, &facts, terms(&NAMES));
        let said = verdicts(&comparisons, NAMES);
        for pair in said.chunks(2) {
            prop_assert_eq!(pair[0].clone().map(Verdict::turned), pair[1].clone());
        }
        // The names change places, so that every pair is seen from its other side.
        let renamed = ["umbra", "nordlicht", "acme"];
        let mut facts = facts;
        for facts in &mut facts {
            if let Told::Known(party) = &mut facts.owner_party {
                let at = NAMES.iter().position(|name| *name == &**party).unwrap();
                *party = renamed[at].into();
            }
        }
        prop_assert_eq!(said, verdicts(&compare(KPIS, &facts, terms(&NAMES)), renamed));
    }

    /// One record more that met its target makes no verdict worse.
    #[test]
    fn more_that_is_good_is_not_worse(met in 40..99_usize, other in 40..99_usize) {
        let of = |met: usize| {
            let facts = [attainment("acme", &[(met, 100)]), attainment("umbra", &[(other, 100)])].concat();
            let verdict = one("INC-06", &facts, terms(&["acme", "umbra"])).verdict("acme", "umbra").unwrap();
            match verdict {
                Verdict::Worse => 0,
                Verdict::NoDistinguishableDifference { .. } => 1,
                Verdict::Better => 2,
                Verdict::NotComparable { .. } => 3,
            }
        };
        let (less, more) = (of(met), of(met + 1));
        prop_assert!(less <= more && more < 3, "{} met: {}, one more: {}", met, less, more);
    }
}
