//! Every table that can be read: what holds for incidents holds for each of them.

use crate::compare::{Equal, Told, differences, equals, newest};
use crate::estate::{CLIENT, Estate, Setup};
use crate::held::versions;
use crate::seeds::each_fourth;
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, Switches};
use counterfoil_pipeline::{PassReport, Tally};
use std::collections::BTreeMap;

const ALL: &str = "tables = \"all\"";
/// The tables beside incidents, one stream each.
const OTHERS: usize = 13;

fn world(seed: u64) -> Instance {
    Instance::random_with(seed, 8, 6)
}

fn setup(switches: Switches) -> Setup {
    Setup::of(world(31), switches).with(ALL)
}

fn on(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    names.iter().for_each(|name| assert!(switches.turn(name), "{name}"));
    switches
}

/// Passes in the middle of life, then quiet.
async fn lived(estate: &mut Estate) {
    estate.both().await;
    for round in 0..2 {
        estate.live(24);
        if round == 1 {
            estate.restart();
        }
        estate.both().await;
    }
    estate.settle().await;
}

/// Switches that take something away for good, which have tests of their own.
const OWN_TESTS: &[&str] = &[
    "audit-denied",
    "journal-denied",
    "choice-denied",
    "others-denied",
    "contracts-missing",
    "denied-silently",
    "columns-missing",
    "not-audited",
    "journal-unmarked",
];

/// One of four parts of all switches, one after the other, each over all tables.
async fn switches_hold(part: usize) {
    let names: Vec<&str> = Switches::names().map(|(name, _)| name).filter(|name| !OWN_TESTS.contains(name)).collect();
    for name in names.into_iter().skip(part).step_by(4) {
        let setup = setup(on(&[name])).pages_of([3, 7, 50][name.len() % 3]);
        let mut estate = Estate::new(if name.starts_with("token") { setup.signed_in_by(CLIENT) } else { setup }).await;
        lived(&mut estate).await;
        let audit = if name == "creation-unaudited" { Told::AllButTheBeginning } else { Told::All };
        equals(&estate, name, &Equal { audit, ..Equal::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn every_switch_holds_over_all_tables_first_quarter() {
    switches_hold(0).await;
}

#[tokio::test(start_paused = true)]
async fn every_switch_holds_over_all_tables_second_quarter() {
    switches_hold(1).await;
}

#[tokio::test(start_paused = true)]
async fn every_switch_holds_over_all_tables_third_quarter() {
    switches_hold(2).await;
}

#[tokio::test(start_paused = true)]
async fn every_switch_holds_over_all_tables_fourth_quarter() {
    switches_hold(3).await;
}

#[tokio::test(start_paused = true)]
async fn all_tables_are_held_as_they_are_in_pages_of_any_size() {
    for page_size in [1, 2, 5, 6, 7, 1_000] {
        let mut estate = Estate::new(setup(Switches::default()).pages_of(page_size)).await;
        lived(&mut estate).await;
        equals(&estate, &format!("pages of {page_size}"), &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_audit_or_the_journal_no_record_says_anything_about_it() {
    for (names, audit, journal) in [
        (&["audit-denied"][..], Told::NoMember, Told::All),
        (&["audit-denied", "denied-silently"], Told::NoMember, Told::All),
        (&["not-audited"], Told::NoMember, Told::All),
        (&["journal-denied"], Told::All, Told::NoMember),
    ] {
        let mut estate = Estate::new(setup(on(names))).await;
        lived(&mut estate).await;
        equals(&estate, &names.join(" "), &Equal { audit, journal, ..Equal::default() });
        estate.server.set_switches(Switches::default());
        estate.settle().await;
        // No mapping reads comments: a record without them is held as it was until it changes.
        let journal = if journal == Told::NoMember { Told::Whatever } else { Told::All };
        equals(&estate, "allowed", &Equal { journal, ..Equal::default() });
    }
}

fn with_gap(reports: &BTreeMap<&'static str, PassReport>, code: &str) -> Vec<&'static str> {
    let has = |report: &PassReport| report.gaps.iter().any(|gap| gap.code == code);
    reports.iter().filter(|(_, report)| has(report)).map(|(stream, _)| *stream).collect()
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_missing_is_a_gap_of_its_table_and_stops_no_other() {
    let mut estate = Estate::new(setup(on(&["others-denied"]))).await;
    lived(&mut estate).await;
    let reports = estate.each().await;
    assert_eq!(with_gap(&reports, "servicenow::table-denied").len(), OTHERS);
    let gap = reports["problem"].gaps.iter().find(|gap| gap.code == "servicenow::table-denied").unwrap();
    assert!(gap.reason.contains("problem") && gap.remedy.contains("read access to problem"), "{gap:?}");
    assert!(newest(estate.ledger.as_ref(), "problem").is_empty());
    assert!(!newest(estate.ledger.as_ref(), "incident").is_empty());
    // Once the right is there, everything is read by itself.
    estate.server.set_switches(Switches::default());
    estate.both().await;
    estate.settle().await;
    equals(&estate, "allowed", &Equal::default());
    assert!(with_gap(&estate.each().await, "servicenow::table-denied").is_empty());
}

#[tokio::test(start_paused = true)]
async fn rights_that_are_lost_delete_nothing_in_any_table() {
    for names in [&["others-denied"][..], &["others-denied", "denied-silently"]] {
        let estate = Estate::new(setup(Switches::default())).await;
        estate.both().await;
        let before = versions(estate.ledger.as_ref()).len();
        estate.server.set_switches(on(names));
        for _ in 0..3 {
            let reports = estate.each().await;
            let with_gaps = reports.values().filter(|report| !report.gaps.is_empty()).count();
            assert!(with_gaps >= OTHERS, "{with_gaps}");
            estate.instance().advance(86_400);
        }
        assert_eq!(versions(estate.ledger.as_ref()).len(), before, "{names:?}");
        estate.server.set_switches(Switches::default());
        estate.settle().await;
        equals(&estate, "rights given back", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_filter_of_another_table_is_tried_before_its_first_record_and_holds() {
    let lines = "choices = false\ntables = [\"incident\", \"problem\", \"ast_contract\"]\nfilters.ast_contract = 'renewable=true'\n";
    let misspelt = format!("{lines}filters.problem = 'stat=101'");
    // A page of somebody else in place of the first answers does not let the question go.
    let switches = on(&["login-page", "contracts-missing"]);
    let estate = Estate::new(Setup::of(world(35), switches).with(&misspelt)).await;
    for _ in 0..6 {
        assert!(estate.pass("problem").await.is_err(), "a misspelt column lets everything through");
    }
    assert!(newest(estate.ledger.as_ref(), "problem").is_empty());
    let right = format!("{lines}filters.problem = 'known_error=true'");
    let estate = Estate::new(Setup::of(world(35), Switches::default()).with(&right)).await;
    estate.both().await;
    for (table, filter) in [("problem", "known_error=true"), ("ast_contract", "renewable=true"), ("incident", "")] {
        let truth = estate.instance().oracle_of(table, filter);
        assert!(!truth.rows.is_empty(), "{table}");
        assert!(newest(estate.ledger.as_ref(), table).keys().eq(truth.rows.keys()), "{table}");
    }
    assert!(!estate.instance().oracle_of("problem", "known_error=true").outside.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_table_that_the_instance_does_not_have_is_a_gap_where_it_is_named() {
    for (tables, gaps) in [(ALL, 0), ("tables = [\"incident\", \"ast_contract\", \"contract_sla\"]", 2)] {
        let mut estate = Estate::new(Setup::of(world(32), on(&["contracts-missing"])).with(tables)).await;
        lived(&mut estate).await;
        let reports = estate.each().await;
        assert_eq!(with_gap(&reports, "servicenow::table-missing").len(), gaps, "{tables}");
        assert!(!reports.values().any(|report| report.gaps.iter().any(|gap| gap.code == "census::failed")));
        estate.server.set_switches(Switches::default());
        estate.settle().await;
        equals(&estate, "activated", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_item_depends_on_arrives_although_nothing_touches_the_item() {
    let mut instance = Instance::empty(counterfoil_gym::NOW);
    let service = instance.create_in("cmdb_ci_service", &[("name", "Mail")]);
    let [host, disk] = ["mail-1", "disk-1"]
        .map(|name| instance.create_in("cmdb_ci", &[("name", name), ("sys_class_name", "cmdb_ci_linux_server")]));
    instance.relate(&service, "Depends on::Used by", &host);
    instance.advance(600);
    let setup = Setup::of(instance, Switches::default());
    let mut setup = setup.with("tables = [\"incident\", \"cmdb_ci\", \"cmdb_ci_service\", \"cmdb_rel_ci\"]");
    // Nothing is read again but what changed.
    setup.section = setup.section.replace("census_hours = 0", "census_hours = 720\nreread_days = 0\nchoices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    equals(&estate, "at first", &Equal::default());
    let before = versions(estate.ledger.as_ref()).len();
    estate.instance().advance(3_600);
    estate.instance().relate(&host, "Runs on::Runs", &disk);
    estate.both().await;
    equals(&estate, "related", &Equal::default());
    assert_eq!(versions(estate.ledger.as_ref()).len(), before + 1, "one item changed");
    estate.instance().advance(3_600);
    let calm = estate.each().await;
    assert!(calm.values().all(|report| report.tally == Tally::default()), "{calm:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_relations_an_item_says_nothing_about_them() {
    let mut instance = world(33);
    let account = instance.account().clone();
    instance.set_account(account.without("cmdb_rel_ci", counterfoil_gym::servicenow::Denial::Forbidden));
    let mut estate = Estate::new(Setup::of(instance, Switches::default()).with(ALL)).await;
    lived(&mut estate).await;
    let reports = estate.each().await;
    assert_eq!(with_gap(&reports, "servicenow::relations-denied"), ["cmdb_ci", "cmdb_ci_service"]);
    equals(&estate, "denied", &Equal { relations: false, ..Equal::default() });
    let items = newest(estate.ledger.as_ref(), "cmdb_ci");
    assert!(items.len() > 4 && items.values().all(|held| held.raw.get("@relations").is_none()));
    let account = counterfoil_gym::servicenow::Account::default();
    estate.instance().set_account(account);
    estate.settle().await;
    equals(&estate, "allowed", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_clock_is_read_on_its_own_and_touches_no_task() {
    let mut instance = Instance::empty(counterfoil_gym::NOW);
    let task = instance.create(&[("number", "INC1"), ("state", "2")]);
    let sla = instance.create_in("contract_sla", &[("name", "P1"), ("duration", "1970-01-01 04:00:00")]);
    let clock = instance.create_in("task_sla", &[("task", &task), ("sla", &sla), ("stage", "in_progress")]);
    instance.advance(600);
    let setup = Setup::of(instance, Switches::default()).with("choices = false\ntables = [\"incident\", \"task_sla\"]");
    let estate = Estate::new(setup).await;
    estate.both().await;
    for percentage in ["40.5", "99.95", "100"] {
        estate.instance().advance(3_600);
        let breached = if percentage == "100" { "true" } else { "false" };
        estate.instance().update_in("task_sla", &clock, &[("percentage", percentage), ("has_breached", breached)]);
        let reports = estate.each().await;
        assert_eq!((reports["incident"].tally, reports["task_sla"].tally.committed), (Tally::default(), 1));
    }
    equals(&estate, "clocks", &Equal::default());
    let held = newest(estate.ledger.as_ref(), "task_sla");
    assert_eq!(held[&clock].raw["task"]["value"], task);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_in_any_table_is_known_at_once_also_where_its_class_is_another() {
    let mut setup = setup(Switches::default());
    setup.section = setup.section.replace("census_hours = 0", "census_hours = 720\nreread_days = 0\nchoices = false");
    let estate = Estate::new(setup).await;
    estate.both().await;
    let mut deleted = Vec::new();
    for table in Instance::record_tables() {
        let truth = estate.instance().oracle_of(table, "");
        let id = truth.rows.into_iter().find(|(_, row)| {
            // A service is deleted as a service.
            table != "cmdb_ci" || row.columns["sys_class_name"] != "cmdb_ci_service"
        });
        let id = id.unwrap().0;
        estate.instance().delete_in(table, &id);
        deleted.push((table, id));
    }
    estate.both().await;
    for (table, id) in deleted {
        let held = newest(estate.ledger.as_ref(), table);
        assert!(held[&id].gone, "{table}");
    }
    equals(&estate, "deleted", &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_second_pass_over_all_tables_makes_no_event_and_few_calls() {
    let mut setup = setup(Switches::default()).pages_of(100);
    setup.section = setup.section.replace("census_hours = 0", "census_hours = 24");
    let estate = Estate::new(setup).await;
    estate.both().await;
    let calls = || estate.connector.calls().unwrap();
    let (first, events) = (calls(), versions(estate.ledger.as_ref()).len());
    estate.instance().advance(3_600);
    let calm = estate.each().await;
    let idle = calls() - first;
    assert!(calm.values().all(|report| report.tally == Tally::default()), "{calm:?}");
    estate.instance().advance(86_400);
    let before = calls();
    let counted = estate.each().await;
    let with_census = calls() - before;
    assert!(counted.values().all(|report| report.tally == Tally::default()));
    assert_eq!(versions(estate.ledger.as_ref()).len(), events);
    println!("calls over {} streams: {first} at first, {idle} idle, {with_census} with a census", counted.len());
    // The rows of the overlap and the deletions of each stream, relations of two of them.
    assert!(idle <= 2 * (OTHERS as u64 + 1) + 1 + 2 + 6, "{idle}");
}

/// It dies at every fourth request of a pass over everything, twice, and then comes to its end.
#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_anywhere_in_all_tables_goes_on_where_it_was() {
    for at in (1..120).step_by(4) {
        let setup = Setup::of(Instance::random_with(34, 3, 3), Switches::default()).pages_of(2).with(ALL);
        let mut estate = Estate::new(setup.with("choices = false")).await;
        for _ in 0..2 {
            estate.server.forget_requests();
            let died = async {
                while estate.server.requests().len() < at {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                () = died => {}
                _ = estate.each() => {}
            }
            estate.restart();
        }
        estate.both().await;
        equals(&estate, &format!("died at request {at}"), &Equal::default());
    }
}

/// Everything that can be wrong at once, over many small worlds.
async fn together(seed: u64) -> Result<(), Vec<String>> {
    let mut dice = Dice::new(seed, 199);
    let page_size = dice.pick(&[1, 2, 3, 5, 500]);
    let mut switches = Switches {
        hidden_permille: dice.below(400) as u32,
        hidden_run: dice.below(4) as u32,
        page_cap: 2 + dice.below(30) as u32,
        cancel_above_rows: 33 + dice.below(70) as u32,
        token_uses: 8 + dice.below(8) as u32,
        moving_every: 3 + dice.below(4) as u32,
        ..Switches::all()
    };
    switches.faults.seed = seed;
    let instance = Instance::random_with(seed, 4, 3);
    let setup = Setup::of(instance, switches).signed_in_by(CLIENT).with(ALL).with("choices = false");
    let mut estate = Estate::new(setup.pages_of(page_size)).await;
    estate.instance_dice = Dice::new(seed, 200);
    for _ in 0..2 {
        estate.both().await;
        estate.live(8);
        estate.restart();
    }
    estate.settle().await;
    differences(&estate, &Equal { audit: Told::AllButTheBeginning, ..Equal::default() })
}

/// Seeds of the tests below together, unless `COUNTERFOIL_SEEDS` says which.
const SEEDS: u64 = 16;

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_all_tables_first_quarter() {
    each_fourth(0, SEEDS, together).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_all_tables_second_quarter() {
    each_fourth(1, SEEDS, together).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_all_tables_third_quarter() {
    each_fourth(2, SEEDS, together).await;
}

#[tokio::test(start_paused = true)]
async fn all_switches_at_once_over_all_tables_fourth_quarter() {
    each_fourth(3, SEEDS, together).await;
}
