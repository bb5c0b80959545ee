//! What was agreed, all of the way: from sections of the configuration to records, terms and clocks.

use crate::program::Desk;
use serde_json::Value;

/// An export with a wait for the customer, a wait that is the supplier's own, and a ticket over a weekend.
const TICKETS: &str = "\
id,title,state,hold_reason,priority,opened_at,source_updated_at,resolved_at,assignee_party,service,resolution_target_met,resolution_elapsed
INC1,Mail is late,new,,P1,2026-11-20 16:00,2026-11-20 16:00,,acme,E-Mail,,
INC1,Mail is late,resolved,,P1,2026-11-20 16:00,2026-11-23 16:00,2026-11-23 16:00,acme,E-Mail,true,28800
INC2,Relay is down,new,,P1,2026-11-24 08:00,2026-11-24 08:00,,acme,mail,,
INC2,Relay is down,on_hold,awaiting_customer,P1,2026-11-24 08:00,2026-11-24 10:00,,acme,mail,,
INC2,Relay is down,on_hold,awaiting_supplier,P1,2026-11-24 08:00,2026-11-24 13:00,,acme,mail,,
INC2,Relay is down,resolved,,P1,2026-11-24 08:00,2026-11-25 12:00,2026-11-25 12:00,acme,mail,true,18000
INC3,Still waiting,new,,P2,2026-11-25 15:00,2026-11-25 15:00,,acme,mail,,
";

const CONFIG: &str = r#"
[connector.desk]
type = "file"
path = "tickets.csv"
key = "id"
shape = "log"
order_by = ["source_updated_at"]
zone = "UTC"
mapping = "register/incident-log"
party = "acme"

[party.house]
name = "The house"
role = "organization"

[party.acme]
name = "ACME Networks"
role = "external_supplier"

[service.mail]
name = "E-Mail"

[calendar.office]
name = "Office hours"
zone = "UTC"
weekly_hours = "mon-fri 08:00-16:00"
holidays = [2026-12-25]

[agreement.relay]
name = "ACME, mail relay"
agreement_kind = "external_supplier_contract"
provider_party = "acme"
consumer_party = "house"
covers = ["mail"]
valid_from = 2026-01-01
review_interval = "90 days"

[agreement.relay.target.p1]
metric = "resolution"
applies_kind = "incident"
applies_priorities = ["P1"]
target_value = "8 hours"
calendar = "office"

[agreement.relay.target.p2]
metric = "resolution"
applies_kind = "incident"
applies_priorities = ["P2"]
target_value = "24 hours"
calendar = "office"
"#;

fn estate() -> Desk {
    let desk = Desk::with_config(CONFIG);
    desk.write("tickets.csv", TICKETS);
    desk
}

/// What `explain` says of the clocks of a record.
fn clocks(desk: &Desk, record: &str) -> String {
    let explained = desk.ends(0, &["explain", record]).out;
    let clocks = explained.split("\nclocks, ").nth(1).unwrap_or_else(|| panic!("no clocks:\n{explained}"));
    clocks.split("\nnoticed:").next().unwrap().to_owned()
}

#[test]
fn sections_become_records_that_go_when_they_go_and_make_no_event_while_they_stay() {
    let desk = estate();
    assert_eq!(desk.ends(0, &["check"]).out, "`counterfoil.toml` is in order: 1 instance, 9 sections of registers\n");
    desk.ends(0, &["sync"]);
    let held = |desk: &Desk| {
        let status = desk.json(&["status"]);
        let streams = status["streams"].as_array().unwrap().clone();
        let register = streams.into_iter().find(|stream| stream["instance"] == "register").unwrap();
        assert_eq!(register["not_applicable"], 0, "{register}");
        assert_eq!(status["estate_faults"].as_array().unwrap().len(), 0, "{}", status["estate_faults"]);
        (register["held"].as_u64().unwrap(), register["committed"].as_u64().unwrap())
    };
    assert_eq!(held(&desk), (9, 9));
    desk.ends(0, &["sync"]);
    assert_eq!(held(&desk), (9, 9), "a section that says the same is no event");
    let target = desk.json(&["explain", "agreement.relay.target.p2"]);
    let record = &target["record"];
    assert_eq!((&record["target_value"], &record["target_unit"]), (&"86400".into(), &"business_seconds".into()));
    assert_eq!((&record["agreement"], &record["calendar"]), (&"agreement.relay".into(), &"calendar.office".into()));
    let agreement = desk.json(&["explain", "relay"]);
    assert_eq!(agreement["record"]["review_interval"], 7_776_000);
    assert_eq!(agreement["links"][0]["type"], "covers", "{}", agreement["links"]);
    // One target less, and one calendar that says something else.
    let (before, _) = CONFIG.split_once("[agreement.relay.target.p2]").unwrap();
    desk.write("counterfoil.toml", before.replace("2026-12-25", "2026-12-24"));
    desk.ends(0, &["sync"]);
    assert_eq!(held(&desk).1, 11, "one change and one deletion");
    assert_eq!(desk.json(&["explain", "calendar.office"])["version"], 2);
    desk.ends(0, &["replay", "--verify"]);
    // A file that only says who takes part has no registers any more.
    let (without, _) = before.split_once("[service.mail]").unwrap();
    desk.write("counterfoil.toml", without);
    desk.ends(0, &["sync"]);
    assert_eq!(held(&desk).1, 19, "the other eight are gone");
    desk.ends(0, &["sync"]);
    assert_eq!(held(&desk).1, 19);
}

#[test]
fn both_clocks_of_a_record_are_shown_with_what_counted_and_why() {
    let desk = estate();
    desk.ends(0, &["sync"]);
    let weekend = clocks(&desk, "INC1");
    let waits = clocks(&desk, "INC2");
    let running = clocks(&desk, "INC3");
    insta::assert_snapshot!(format!("{weekend}\n\n{waits}\n\n{running}"));
    let json = desk.json(&["explain", "INC2"]);
    let clock = &json["clocks"]["targets"][0];
    assert_eq!(clock["ours"][0]["elapsed_secs"], serde_json::json!([32_400.0, 32_400.0]), "two, three and four hours");
    assert_eq!((&clock["native"]["met"], &clock["disagrees"]), (&Value::Bool(true), &"yes".into()));
}

#[test]
fn what_cannot_be_used_is_told_by_figures_and_by_the_status() {
    let broken = CONFIG.replace("calendar = \"office\"\n\n", "start_event = \"resolved\"\ncalendar = \"office\"\n\n");
    let desk = Desk::with_config(&broken);
    desk.write("tickets.csv", TICKETS);
    desk.ends(0, &["sync"]);
    let faults = desk.json(&["status"])["estate_faults"].clone();
    assert_eq!(faults[0]["record"], "register/records/agreement.relay.target.p1");
    assert_eq!(faults[0]["why"], "whenever its clock starts, it has ended");
    let told =
        "1 thing in what was agreed cannot be used as it is:\n  register/records/agreement.relay.target.p1: whenever";
    assert!(desk.ends(0, &["status"]).out.contains(told));
    assert!(desk.ends(0, &["kpi", "INC-01"]).out.contains(told));
    assert!(!desk.ends(0, &["explain", "INC1"]).out.contains("\nclocks, "), "no other target is for a P1");
}
