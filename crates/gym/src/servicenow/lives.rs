//! Random records of every table but incidents, and random steps in their lives: what can be in a column, as data.

use super::apply::with_bases;
use super::instance::{Deed, Instance};
use super::life::{GROUPS, PEOPLE, Step, TEXTS};
use super::moment;
use crate::dice::Dice;

const DAY: i64 = 86_400;

/// Where a value comes from.
#[derive(Debug, Clone, Copy)]
enum Draw {
    /// A word and a number that no other record has.
    Number(&'static str),
    /// One of these.
    Of(&'static [&'static str]),
    /// Any row of this table, or none.
    Row(&'static str),
    /// A row of this table with one of these names.
    Named(&'static str, &'static [&'static str]),
    /// Some rows of this table with one of these names.
    Some(&'static str, &'static [&'static str]),
    Group,
    Person,
    Text,
    Flag,
    Moment,
    Date,
    Duration,
}

type Columns = &'static [(&'static str, Draw)];

const PRIORITY: Draw = Draw::Of(&["1", "2", "3", "4", "5"]);
const VENDORS: &[&str] = &["Copperfield Hardware", "Fjord & Line^Carrier", "Größe Datenträger GmbH"];
const COMPANY: Draw = Draw::Named("core_company", VENDORS);
const TASK_STATES: Draw = Draw::Of(&["-5", "1", "2", "3", "4", "7"]);

/// What a random record of a table has, and what of it can change.
#[rustfmt::skip]
const SHAPES: &[(&str, Columns)] = &[
    ("core_company", &[("name", Draw::Text), ("vendor", Draw::Flag), ("customer", Draw::Flag), ("country", Draw::Of(&["DE", "GB", ""])), ("notes", Draw::Text)]),
    ("sys_user_group", &[("name", Draw::Text), ("vendors", Draw::Some("core_company", VENDORS)), ("active", Draw::Flag), ("manager", Draw::Person), ("description", Draw::Text)]),
    ("cmdb_ci_service", &[("name", Draw::Text), ("operational_status", Draw::Of(&["1", "2", "6"])), ("busines_criticality", Draw::Of(&["1 - most critical", "4 - not critical", ""])), ("owned_by", Draw::Person), ("support_group", Draw::Group)]),
    ("cmdb_ci", &[("name", Draw::Text), ("sys_class_name", Draw::Of(&["cmdb_ci_linux_server", "cmdb_ci_db_instance", "u_cmdb_ci_own"])), ("install_status", Draw::Of(&["1", "3", "7", "100"])), ("vendor", COMPANY), ("last_discovered", Draw::Moment), ("version", Draw::Text)]),
    ("ast_contract", &[("number", Draw::Number("CNTR")), ("short_description", Draw::Text), ("state", Draw::Of(&["draft", "active", "expired", "cancelled"])), ("vendor", COMPANY), ("starts", Draw::Date), ("ends", Draw::Date), ("renewable", Draw::Flag)]),
    ("contract_sla", &[("name", Draw::Text), ("type", Draw::Of(&["SLA", "OLA", "Underpinning contract"])), ("target", Draw::Of(&["response", "resolution"])), ("collection", Draw::Of(&["incident", "sc_req_item"])), ("duration", Draw::Duration), ("schedule", Draw::Named("cmn_schedule", &["8-5 weekdays", "24 x 7"])), ("timezone", Draw::Of(&["Europe/Berlin", ""])), ("start_condition", Draw::Of(&["priority=1^active=true^EQ", "active=true^NQpriority=2"]))]),
    ("problem", &[("number", Draw::Number("PRB")), ("state", Draw::Of(&["101", "102", "103", "104", "106", "107"])), ("priority", PRIORITY), ("known_error", Draw::Flag), ("resolution_code", Draw::Of(&["", "fix_applied", "risk_accepted"])), ("short_description", Draw::Text), ("cause_notes", Draw::Text), ("assignment_group", Draw::Group), ("assigned_to", Draw::Person), ("business_service", Draw::Row("cmdb_ci_service")), ("first_reported_by_task", Draw::Row("incident")), ("rfc", Draw::Row("change_request"))]),
    ("change_request", &[("number", Draw::Number("CHG")), ("state", Draw::Of(&["-5", "-4", "-3", "-2", "-1", "0", "3", "4"])), ("type", Draw::Of(&["standard", "normal", "emergency"])), ("risk", Draw::Of(&["1", "2", "3", "4"])), ("start_date", Draw::Moment), ("end_date", Draw::Moment), ("close_code", Draw::Of(&["", "successful", "unsuccessful"])), ("on_hold", Draw::Flag), ("short_description", Draw::Text), ("backout_plan", Draw::Text), ("assignment_group", Draw::Group), ("cmdb_ci", Draw::Row("cmdb_ci"))]),
    ("change_task", &[("number", Draw::Number("CTASK")), ("state", Draw::Of(&["-5", "1", "2", "3", "4"])), ("change_request", Draw::Row("change_request")), ("change_task_type", Draw::Of(&["planning", "implementation", "testing", "review"])), ("short_description", Draw::Text), ("assignment_group", Draw::Group)]),
    ("sc_req_item", &[("number", Draw::Number("RITM")), ("state", TASK_STATES), ("approval", Draw::Of(&["not requested", "requested", "approved", "rejected"])), ("cat_item", Draw::Named("sc_cat_item", &["Laptop", "Access^Role"])), ("request", Draw::Named("sc_request", &["REQ0000001", "REQ0000002"])), ("stage", Draw::Of(&["fulfillment", "completed", ""])), ("requested_for", Draw::Person), ("short_description", Draw::Text)]),
    ("sc_task", &[("number", Draw::Number("SCTASK")), ("state", TASK_STATES), ("request_item", Draw::Row("sc_req_item")), ("short_description", Draw::Text), ("assignment_group", Draw::Group), ("assigned_to", Draw::Person)]),
    ("sysapproval_approver", &[("state", Draw::Of(&["requested", "approved", "rejected", "not_required"])), ("approver", Draw::Person), ("due_date", Draw::Moment)]),
    ("task_sla", &[("task", Draw::Row("incident")), ("sla", Draw::Row("contract_sla")), ("stage", Draw::Of(&["in_progress", "paused", "completed", "cancelled"])), ("has_breached", Draw::Flag), ("start_time", Draw::Moment), ("planned_end_time", Draw::Moment), ("duration", Draw::Duration), ("percentage", Draw::Of(&["0", "99.95", "100", "1250.5"])), ("time_left", Draw::Duration)]),
    ("cmdb_rel_ci", &[("parent", Draw::Row("cmdb_ci")), ("child", Draw::Row("cmdb_ci")), ("type", Draw::Named("cmdb_rel_type", &["Depends on::Used by", "Runs on::Runs", "Contains::Contained by"])), ("connection_strength", Draw::Of(&["always", "cluster", ""]))]),
];

/// Which documents can be approved: a contract is no task, and its approval does not refer to it as one.
const APPROVED: [&str; 3] = ["change_request", "sc_req_item", "ast_contract"];

/// The tables with random lives, in the order in which they are furnished.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    SHAPES.iter().map(|(table, _)| *table)
}

impl Instance {
    /// As [`Instance::random`], and about so many records of every other table, and relations between items.
    pub fn random_with(seed: u64, incidents: u32, records: u32) -> Self {
        let mut instance = Self::random(seed, incidents);
        let mut dice = Dice::new(seed, 45 << 32);
        for table in tables() {
            for _ in 0..records {
                instance.create_random(table, &mut dice);
                if dice.chance(500) {
                    instance.mutate_in(table, &mut dice);
                }
                if dice.chance(250) {
                    instance.advance(1 + dice.below(90) as i64);
                }
            }
        }
        instance.advance(600);
        instance
    }

    /// One random step in any table but the one of incidents, which has [`Instance::mutate`].
    pub fn mutate_beside(&mut self, dice: &mut Dice) -> Step {
        let (table, _) = SHAPES[dice.below(SHAPES.len() as u64) as usize];
        self.mutate_in(table, dice)
    }

    /// One random step in a table: a record is created, changed, commented, deleted, reclassified, or changed quietly.
    pub fn mutate_in(&mut self, table: &'static str, dice: &mut Dice) -> Step {
        if table == "incident" {
            return self.mutate(dice);
        }
        let rows = self.tables.of(table);
        let at = dice.below(rows.len() as u64) as usize;
        let some = rows.by_id.get(at).map(|slot| rows.held(*slot).id);
        let what = dice.weighted(&[20, 56, 8, 4, 2, 10]);
        let Some(id) = some.filter(|_| what != 0) else { return self.create_random(table, dice) };
        // An item of a class of its own is changed there.
        let own = tables().find(|own| with_bases(own).nth(1) == Some(table) && self.tables.of(own).find(&id).is_some());
        let table = own.unwrap_or(table);
        let is_task = self.tables.of(table).column("work_notes").is_some();
        let (what, deed) = match what {
            2 if is_task => {
                let text = dice.pick(&TEXTS).to_owned();
                ("comment", Deed::Write { element: dice.pick(&["comments", "work_notes"]), text })
            }
            3 => ("delete", Deed::Delete),
            4 if is_task => ("reclassify", Deed::Reclassify),
            // What changes without a trace is a text: a history ends where its record stands.
            5 if shape(table).iter().any(|(_, draw)| matches!(draw, Draw::Text)) => {
                let texts = shape(table).iter().filter(|(_, draw)| matches!(draw, Draw::Text));
                let columns: Vec<&'static str> = texts.map(|(column, _)| *column).collect();
                ("quietly", Deed::Quietly(vec![(dice.pick(&columns), dice.pick(&TEXTS).to_owned())]))
            }
            _ => ("update", Deed::Update(self.change(table, dice))),
        };
        self.commit_in(table, id, "desk", deed);
        Step { what, sys_id: id.text().to_owned() }
    }

    fn create_random(&mut self, table: &'static str, dice: &mut Dice) -> Step {
        let mut values: Vec<(&'static str, String)> = Vec::new();
        for (column, draw) in shape(table) {
            values.push((*column, self.draw(*draw, dice)));
        }
        twin(table, &mut values);
        if table == "sysapproval_approver" {
            let document = dice.pick(&APPROVED);
            let id = self.draw(Draw::Row(document), dice);
            values.push(("source_table", document.to_owned()));
            values.push(("document_id", id.clone()));
            values.push(("sysapproval", if document == "ast_contract" { String::new() } else { id }));
        }
        let id = self.new_id_for(table);
        self.commit_in(table, id, "desk", Deed::Create(values));
        Step { what: "create", sys_id: id.text().to_owned() }
    }

    /// Another value of one column. What a record is about stays what it is.
    fn change(&mut self, table: &'static str, dice: &mut Dice) -> Vec<(&'static str, String)> {
        let fixed = ["number", "task", "parent", "child", "sys_class_name"];
        let columns: Vec<_> = shape(table).iter().filter(|(column, _)| !fixed.contains(column)).collect();
        let (column, draw) = columns[dice.below(columns.len() as u64) as usize];
        let mut values = vec![(*column, self.draw(*draw, dice))];
        twin(table, &mut values);
        values
    }

    fn draw(&mut self, draw: Draw, dice: &mut Dice) -> String {
        match draw {
            Draw::Number(word) => {
                self.named += 1;
                format!("{word}{:07}", self.named)
            }
            Draw::Of(values) => dice.pick(values).to_owned(),
            Draw::Row(table) => {
                let rows = self.tables.of(table);
                // One more than there are: none.
                let at = dice.below(rows.len() as u64 + 1) as usize;
                rows.by_id.get(at).map(|slot| rows.held(*slot).id.text().to_owned()).unwrap_or_default()
            }
            Draw::Named(table, names) => self.named(table, dice.pick(names)),
            Draw::Some(table, names) => {
                let names = names.iter().filter(|_| dice.chance(500));
                let ids: Vec<String> = names.map(|name| self.named(table, name)).collect();
                ids.join(",")
            }
            Draw::Group => self.group(dice.pick(&GROUPS)),
            Draw::Person => self.person(dice.pick(&PEOPLE)),
            Draw::Text => dice.pick(&TEXTS).to_owned(),
            Draw::Flag => dice.chance(500).to_string(),
            Draw::Moment if dice.chance(200) => String::new(),
            Draw::Moment => moment::text(self.now_secs - DAY * 30 + dice.below(60 * DAY as u64) as i64),
            Draw::Date => moment::text(self.now_secs + DAY * dice.below(700) as i64)[..10].to_owned(),
            Draw::Duration => moment::text(dice.below(4 * DAY as u64) as i64),
        }
    }
}

fn shape(table: &str) -> Columns {
    SHAPES.iter().find(|(name, _)| *name == table).map_or(&[], |(_, columns)| columns)
}

/// The older column that says the same.
fn twin(table: &str, values: &mut Vec<(&'static str, String)>) {
    let state = values.iter().find(|(column, _)| *column == "state").map(|(_, state)| state.clone());
    if table == "problem" {
        values.extend(state.map(|state| ("problem_state", state)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servicenow::schema::{Kind, TABLES};

    #[test]
    fn what_is_drawn_fits_the_columns_and_every_table_of_records_has_lives() {
        for (table, columns) in SHAPES {
            let definition = TABLES.iter().find(|definition| definition.name == *table).unwrap();
            let known = definition.columns();
            for (column, draw) in *columns {
                let kind = known.iter().find(|known| known.name == *column).map(|known| known.kind);
                let fits = match draw {
                    Draw::Moment => kind == Some(Kind::Moment),
                    Draw::Duration => kind == Some(Kind::Duration),
                    Draw::Row(target) | Draw::Named(target, _) => {
                        matches!(kind, Some(Kind::Reference(to)) if to == *target || to == "task")
                    }
                    Draw::Some(target, _) => kind == Some(Kind::List(target)),
                    Draw::Flag => kind == Some(Kind::Boolean),
                    _ => kind.is_some(),
                };
                assert!(fits, "{table}.{column}: {kind:?}");
            }
        }
        for table in Instance::record_tables().filter(|table| *table != "incident") {
            assert!(!shape(table).is_empty(), "{table}");
        }
    }

    #[test]
    fn records_beside_incidents_change_no_incident_and_live_on_their_own() {
        let (alone, with) = (Instance::random(3, 20), Instance::random_with(3, 20, 10));
        assert_eq!(alone.oracle().incidents, with.oracle().incidents);
        assert_eq!(with.oracle_of("problem", ""), Instance::random_with(3, 20, 10).oracle_of("problem", ""));
        for table in tables().filter(|table| *table != "cmdb_rel_ci") {
            let truth = with.oracle_of(table, "");
            assert!(truth.rows.len() >= 8, "{table}: {}", truth.rows.len());
            for row in truth.rows.values() {
                let changed = row.changes.iter().map(|one| (one.column.as_str(), one.new.as_str()));
                let last: std::collections::BTreeMap<&str, &str> = changed.collect();
                let fits = |column: &&str| row.columns[*column] == last[*column];
                assert!(last.keys().filter(|column| **column == "state").all(fits), "{table} {}", row.number);
            }
        }
        // A service is an item, too, and is the same in both tables.
        let (services, items) = (with.oracle_of("cmdb_ci_service", ""), with.oracle_of("cmdb_ci", ""));
        for (id, service) in &services.rows {
            let item = &items.rows[id];
            assert_eq!((&item.number, &item.sys_updated_on), (&service.number, &service.sys_updated_on));
            assert_eq!(item.columns["sys_class_name"], "cmdb_ci_service");
        }
        assert!(with.relations().len() >= 8);
    }
}
