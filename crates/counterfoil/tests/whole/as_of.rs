//! Figures as they were known before: what came later, and what was written later about earlier days, changes nothing.

use crate::program::Desk;
use jiff::{Timestamp, ToSpan as _};

const CONFIG: &str = "[connector.acme]\ntype = \"file\"\npath = \"log.csv\"\nshape = \"log\"\nkey = \"number\"\n\
    order_by = [\"sys_updated_at\", \"sys_mod_count\"]\nnulls = [\"?\"]\nzone = \"UTC\"\ndates = \"dmy\"\n\
    mapping = \"servicenow/incident-log\"\nparty = \"acme\"\n\n[party.acme]\nname = \"Acme\"\nrole = \"external_supplier\"\n";
const HEAD: &str = "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,opened_at,\
    sys_created_at,sys_updated_at,resolved_at,closed_at,priority,assignment_group\n";

/// A row of the log: state, updates, when, resolved, closed.
fn row(key: &str, state: &str, update: u32, at: &str, ends: [&str; 2]) -> String {
    let [resolved, closed] = ends;
    let opened = if key == "INC3" { "09/03/2026 10:00" } else { "01/03/2026 10:00" };
    format!("{key},{state},true,0,0,{update},true,{opened},{opened},{at},{resolved},{closed},3 - Moderate,Group 1\n")
}

#[test]
fn a_report_as_of_its_date_is_the_same_whatever_came_later() {
    let desk = Desk::with_config(CONFIG);
    let mut log = HEAD.to_owned();
    log += &row("INC1", "New", 0, "01/03/2026 10:00", ["?", "?"]);
    log += &row("INC1", "Resolved", 1, "02/03/2026 10:00", ["02/03/2026 10:00", "?"]);
    log += &row("INC2", "New", 0, "01/03/2026 10:00", ["?", "?"]);
    desk.write("log.csv", &log);
    desk.ends(0, &["sync"]);
    let events = desk.ends(0, &["events", "--json"]).out;
    let seen = events.lines().map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["data"]["origin"]["observed_at"].as_str().unwrap().parse::<Timestamp>().unwrap()
    });
    let then = seen.max().unwrap().checked_add(1.millisecond()).unwrap().to_string();
    let reports = || {
        let text = desk.ends(0, &["kpi", "--by", "party", "--as-of", &then]).out;
        let json = desk.ends(0, &["kpi", "--json", "--as-of", &then]).out;
        let explained = desk.ends(0, &["explain", "INC-03", "--as-of", &then]).out;
        (text, json, explained)
    };
    let first = reports();
    let value = |json: &str, id: &str| {
        let figures: serde_json::Value = serde_json::from_str(json).unwrap();
        figures.as_array().unwrap().iter().find(|figure| figure["id"] == id).unwrap()["value"].clone()
    };
    assert_eq!((value(&first.1, "INC-01"), value(&first.1, "INC-03")), (2.into(), 86_400.into()));

    // INC2 ends a week later, INC1 is reopened, and a third one comes in.
    log += &row("INC1", "Active", 2, "05/03/2026 10:00", ["?", "?"]);
    log += &row("INC2", "Closed", 1, "08/03/2026 10:00", ["08/03/2026 10:00", "08/03/2026 10:00"]);
    log += &row("INC3", "New", 0, "09/03/2026 10:00", ["?", "?"]);
    desk.write("log.csv", &log);
    desk.ends(0, &["sync"]);
    assert_eq!(reports(), first);
    let now = desk.ends(0, &["kpi", "--json"]).out;
    assert_eq!((value(&now, "INC-01"), value(&now, "INC-03")), (3.into(), (7 * 86_400).into()));

    // The other axis: what the source had recorded before the third of March, told with all that is known today.
    let recorded = desk.ends(0, &["kpi", "--json", "--as-recorded", "2026-03-03"]).out;
    assert_eq!((value(&recorded, "INC-01"), value(&recorded, "INC-03")), (2.into(), 86_400.into()));
    // Both: nothing had been seen before it happened.
    let neither = desk.ends(0, &["kpi", "--json", "--as-of", "2020-01-01", "--as-recorded", "2026-03-03"]).out;
    assert_eq!(value(&neither, "INC-01"), 0);
}

#[test]
fn a_moment_that_is_none_is_refused() {
    let desk = Desk::with_config(CONFIG);
    let ran = desk.ends(2, &["kpi", "--as-of", "yesterday"]);
    assert!(ran.err.contains("`yesterday` is no date"), "{}", ran.err);
}
