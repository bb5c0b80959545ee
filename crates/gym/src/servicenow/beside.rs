//! What an instance of a world holds beside its incidents: registers, problems, changes, requests, approvals and clocks.
//!
//! Nothing here is in the [`World`], whose figures are those of incidents; each part is drawn from dice of its own.

mod changes;
mod clocks;
mod problems;
mod register;
mod requests;
mod teller;

use super::instance::Instance;
use crate::incident::Incident;
use crate::provider::Provider;
use crate::world::World;
use teller::Teller;

/// What the incidents refer to: it is told before them.
pub(super) fn before(instance: &mut Instance, world: &World, provider: Provider) {
    Teller::new(instance, world, provider, 1).registers(world);
}

/// What refers to the incidents, and what stands beside them: about one change for six incidents, one requested item for
/// five, one problem for twenty-five.
pub(super) fn after(instance: &mut Instance, world: &World, provider: Provider) {
    let incidents: Vec<&Incident> = world.incidents_of(provider).collect();
    let count = incidents.len() as u64;
    let changes = Teller::new(instance, world, provider, 2).changes(count / 6);
    Teller::new(instance, world, provider, 3).requests(count / 5);
    let mut teller = Teller::new(instance, world, provider, 4);
    teller.problems(count / 25, &incidents, &changes);
    teller.broken(&incidents, &changes);
    let mut teller = Teller::new(instance, world, provider, 5);
    for incident in &incidents {
        teller.clocks(incident, super::world::id_of(incident));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servicenow::TrueIncident;
    use crate::world::Scale;
    use counterfoil_model::Kind;
    use std::collections::{BTreeMap, BTreeSet};

    fn world() -> World {
        World::generate(5, Scale { incidents: 900 })
    }

    /// The codes of a column that a record went through, one after the other.
    fn course<'a>(row: &'a TrueIncident, column: &str) -> Vec<&'a str> {
        row.changes.iter().filter(|one| one.column == column).map(|one| one.new.as_str()).collect()
    }

    fn is_expected(kind: Kind, words: &[(&str, &str)], row: &TrueIncident) -> bool {
        let word = |code: &&str| words.iter().find(|(known, _)| known == code).map(|(_, word)| *word).unwrap();
        let states: Vec<&str> = course(row, "state").iter().map(word).collect();
        states.windows(2).all(|step| kind.states().expects(step[0], step[1]))
    }

    #[test]
    fn lives_of_problems_and_changes_are_those_that_the_process_expects() {
        let instance = Instance::of_world(&world(), Provider::Acme);
        let problems = instance.oracle_of("problem", "").rows;
        let words = [
            ("101", "new"),
            ("102", "assessed"),
            ("103", "investigating"),
            ("104", "fix_in_progress"),
            ("106", "resolved"),
            ("107", "closed"),
        ];
        assert!(problems.len() > 5, "{}", problems.len());
        assert!(problems.values().all(|row| is_expected(Kind::Problem, &words, row)));
        let changes = instance.oracle_of("change_request", "").rows;
        let words = [
            ("-5", "draft"),
            ("-4", "submitted"),
            ("-3", "awaiting_approval"),
            ("-2", "scheduled"),
            ("-1", "implementing"),
            ("0", "implemented"),
            ("3", "closed"),
            ("4", "rejected"),
        ];
        assert!(changes.values().all(|row| is_expected(Kind::Change, &words, row)), "a change jumps");
        let of = |column: &str, value: &str| changes.values().filter(|row| row.columns[column] == value).count();
        for (column, value) in [
            ("type", "standard"),
            ("type", "normal"),
            ("type", "emergency"),
            ("close_code", "unsuccessful"),
            ("outside_maintenance_schedule", "true"),
            ("state", "4"),
        ] {
            assert!(of(column, value) > 0, "no change has {column}={value}");
        }
    }

    #[test]
    fn the_verdict_of_a_clock_is_that_of_the_incident() {
        let world = world();
        for provider in [Provider::Acme, Provider::Nordlicht] {
            let instance = Instance::of_world(&world, provider);
            let clocks = instance.oracle_of("task_sla", "").rows;
            let (mut breached, mut reopened) = (0, 0);
            for incident in world.incidents_of(provider) {
                let id = super::super::world::id_of(incident);
                let of = |row: &&TrueIncident| row.columns["task"] == id.text();
                let allowed = super::super::moment::text(incident.opened.as_second() + incident.target_secs);
                let mut runs: Vec<&TrueIncident> =
                    clocks.values().filter(of).filter(|row| row.columns["original_breach_time"] == allowed).collect();
                runs.sort_by_key(|row| row.columns["sys_created_on"].clone());
                reopened += usize::from(runs.len() > 1);
                let last = runs.last().unwrap_or_else(|| panic!("{} has no clock", incident.number));
                let truth = incident.last();
                if truth.state.is_resolved() {
                    assert_eq!(last.columns["stage"], "completed", "{}", incident.number);
                    assert_eq!(last.columns["has_breached"], (!truth.made_sla).to_string(), "{}", incident.number);
                    breached += usize::from(!truth.made_sla);
                } else if truth.state.is_open() {
                    assert_eq!(last.columns["active"], "true", "{}", incident.number);
                }
            }
            assert!(breached > 5 && reopened > 0, "{breached} {reopened}");
        }
    }

    #[test]
    fn what_is_referred_to_is_there() {
        let instance = Instance::of_world(&world(), Provider::Nordlicht);
        let ids = |table: &str| -> BTreeSet<String> { instance.oracle_of(table, "").rows.into_keys().collect() };
        let tables: BTreeMap<&str, BTreeSet<String>> =
            Instance::record_tables().map(|table| (table, ids(table))).collect();
        for (table, column, target) in [
            ("change_task", "change_request", "change_request"),
            ("sc_task", "request_item", "sc_req_item"),
            ("task_sla", "sla", "contract_sla"),
            ("problem", "first_reported_by_task", "incident"),
            ("problem", "rfc", "change_request"),
            ("incident", "problem_id", "problem"),
            ("incident", "caused_by", "change_request"),
            ("change_request", "cmdb_ci", "cmdb_ci"),
            ("change_request", "business_service", "cmdb_ci_service"),
            ("ast_contract", "vendor", "core_company"),
            ("sys_user_group", "vendors", "core_company"),
        ] {
            let rows = instance.oracle_of(table, "").rows;
            let told: Vec<&String> =
                rows.values().map(|row| &row.columns[column]).filter(|id| !id.is_empty()).collect();
            assert!(!told.is_empty(), "no {table}.{column}");
            assert!(told.iter().all(|id| tables[target].contains(*id)), "{table}.{column} leads nowhere");
        }
        for approval in instance.oracle_of("sysapproval_approver", "").rows.values() {
            let columns = &approval.columns;
            assert!(tables[columns["source_table"].as_str()].contains(&columns["document_id"]));
            assert_eq!(columns["sysapproval"].is_empty(), columns["source_table"] == "ast_contract");
        }
        for relation in instance.relations() {
            assert!(tables["cmdb_ci"].contains(&relation.parent) && tables["cmdb_ci"].contains(&relation.child));
        }
    }

    #[test]
    fn incidents_are_those_of_the_world_whatever_stands_beside_them() {
        let world = world();
        let (one, again) = (Instance::of_world(&world, Provider::Acme), Instance::of_world(&world, Provider::Acme));
        for table in Instance::record_tables() {
            assert_eq!(one.oracle_of(table, ""), again.oracle_of(table, ""), "{table}");
        }
        // What they are linked with is written without a mark.
        let incidents = one.oracle().incidents;
        let linked = incidents.values().filter(|row| !row.columns["problem_id"].is_empty());
        let mut count = 0;
        for row in linked {
            assert!(course(row, "problem_id").is_empty());
            count += 1;
        }
        assert!(count > 10, "{count}");
    }
}
