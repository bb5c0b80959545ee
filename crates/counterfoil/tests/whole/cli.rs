//! What people and scripts read: texts and exit codes, kept as snapshots. What differs from run to run is taken out.

use crate::program::{Desk, Ran, repository};

/// A small export with one of each trouble: a row without its key, one without a date, one with a word nobody knows.
const TICKETS: &str = "\
number,title,state,priority,opened,resolved,updated
INC1,Mail is late,Closed,P3,2026-03-02 08:00,2026-03-02 10:30,2026-03-05 09:00
INC2,Disk is full,Open,P2,2026-03-03 09:15,,2026-03-03 09:20
INC3,No dial tone,Parked,P3,2026-03-04 11:00,,2026-03-04 12:00
INC4,Wrong figures,Open,P3,soon,,2026-03-05 12:00
,Laptop does not start,Open,P4,2026-03-06 08:00,,2026-03-06 08:10
";

const MAPPING: &str = r#"[mapping]
kind = "incident"

[fields]
native_key = { from = "/number", required = true }
source_updated_at = { from = "/updated", required = true }
title = "/title"
state = { from = "/state", words = "state", track = true }
state_native = "/state"
priority = { from = "/priority", words = "priority" }
owner_party = { party = "instance" }
opened_at = { from = "/opened", required = true }
resolved_at = "/resolved"

[words.state]
"Open" = "in_progress"
"Closed" = "closed"

[words.priority]
"P2" = "P2"
"P3" = "P3"
"P4" = "P4"
"#;

const CONFIG: &str = r#"
[connector.desk]
type = "file"
path = "tickets.csv"
key = "number"
version = "updated"
date_columns = ["resolved", "updated"]
zone = "UTC"
mapping = "tickets.toml"
party = "acme"

[party.acme]
name = "Acme Networks Ltd"
role = "external_supplier"
"#;

fn estate() -> Desk {
    let desk = Desk::with_config(CONFIG);
    desk.write("tickets.csv", TICKETS);
    desk.write("tickets.toml", MAPPING);
    desk
}

/// What a command said and how it ended, without what differs from run to run.
fn told(desk: &Desk, ran: &Ran) -> String {
    let mut text = format!("exit code {}\n", ran.code);
    for (name, output) in [("standard output", &ran.out), ("standard error", &ran.err)] {
        if !output.is_empty() {
            text.push_str(&format!("--- {name}\n{output}"));
        }
    }
    let folder = desk.path("").display().to_string();
    let text = text.replace(folder.trim_end_matches('/'), "[folder]");
    let text = text.split_inclusive(char::is_whitespace).map(without_moment).collect::<String>();
    without_seconds(&text)
}

/// A moment of today's clock has fractions of a second; those of the data have none.
fn without_moment(word: &str) -> String {
    let plain = word.trim_end();
    let is_moment = plain.contains('.') && plain.parse::<jiff::Timestamp>().is_ok();
    if is_moment { word.replace(plain, "[moment]") } else { word.to_owned() }
}

/// How long a pass took.
fn without_seconds(text: &str) -> String {
    let line = |line: &str| match line.split_once("  in ") {
        Some((before, behind)) => match behind.split_once(" s  ") {
            Some((_, outcome)) => format!("{before}  in [seconds] s  {outcome}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn help_names_commands_and_exit_codes() {
    let desk = Desk::empty();
    insta::assert_snapshot!(told(&desk, &desk.run(&["--help"])));
}

#[test]
fn without_a_configuration_it_says_what_to_do() {
    let desk = Desk::empty();
    let nothing = told(&desk, &desk.run(&["status"]));
    let missing = told(&desk, &desk.run(&["status", "--config", "missing.toml"]));
    insta::assert_snapshot!(format!("{nothing}\n\n{missing}"));
}

#[test]
fn a_broken_configuration_is_told_whole_and_in_place() {
    let desk = Desk::with_config(
        "data-dir = \"x\"\n\n[connector.desk]\ntype = \"file\"\npath = 7\nkey = \"number\"\nmapping = \"servicenow/incidents\"\n\
         zone = \"Europe/Lissabon\"\n\n[amqp]\naddress = \"amqp://guest:secret@localhost\"\nuser = \"guest\"\n\
         password = \"swordfish\"\n",
    );
    let ran = desk.run(&["check"]);
    assert_eq!(ran.code, 3);
    for word in ["swordfish", "guest:secret"] {
        assert!(!ran.out.contains(word) && !ran.err.contains(word), "`{word}` is shown");
    }
    insta::assert_snapshot!(told(&desk, &ran));
}

#[test]
fn an_override_is_for_the_mappings_it_fits_and_for_the_one_it_names() {
    let two = CONFIG.replace("\"tickets.toml\"", "[\"tickets.toml\", \"jira/request\"]");
    let fits = "[connector.desk.override.words.state]\n\"Parked\" = \"on_hold\"\n\"Granted\" = \"approved\"\n\
                [connector.desk.override.\"tickets.toml\".words.state]\n\"Open\" = \"assigned\"\n";
    let desk = estate();
    desk.write("counterfoil.toml", format!("{two}\n{fits}"));
    desk.ends(0, &["check"]);
    desk.ends(10, &["sync"]);
    let explained = desk.ends(0, &["explain", "INC2"]).out;
    assert!(explained.contains("counterfoil.toml:20") && explained.contains("assigned"), "{explained}");
    let wrong = fits.replace("approved", "aproved").replace("tickets.toml", "ticket.toml");
    desk.write("counterfoil.toml", format!("{two}\n{wrong}"));
    let checked = desk.run(&["check"]);
    assert_eq!(checked.code, 3);
    insta::assert_snapshot!(told(&desk, &checked));
}

#[test]
fn what_init_writes_passes_check() {
    let desk = Desk::empty();
    let wrote = told(&desk, &desk.run(&["init"]));
    let again = told(&desk, &desk.run(&["init"]));
    let checked = told(&desk, &desk.run(&["check"]));
    insta::assert_snapshot!(format!("{wrote}\n\n{again}\n\n{checked}"));
    // Every kind's, and both mappings of one with choice lists are shipped.
    desk.ends(0, &["init", "servicenow.toml", "--connector", "servicenow", "--instance", "acme"]);
    let checked = desk.ends(0, &["check", "--config", "servicenow.toml"]).out;
    assert!(checked.contains("is in order: 1 instance"), "{checked}");
    // The secret is looked for when something is asked, and then by its name only.
    let refused = desk.ends(3, &["sync", "--config", "servicenow.toml"]).err;
    assert!(refused.contains("`env:ACME_SERVICENOW_PASSWORD` is not set\n  help: set the variable"), "{refused}");
    desk.ends(0, &["init", "jira.toml", "--connector", "jira", "--instance", "acme"]);
    let checked = desk.ends(0, &["check", "--config", "jira.toml"]).out;
    assert!(checked.contains("is in order: 1 instance"), "{checked}");
    let refused = desk.ends(3, &["sync", "--config", "jira.toml"]).err;
    assert!(refused.contains("`env:ACME_JIRA_TOKEN` is not set\n  help: set the variable"), "{refused}");
    let template = std::fs::read_to_string(desk.path("jira.toml")).unwrap();
    // What it has in comments is true as well: a client of OAuth stands in place of user and token.
    let is_of_a_client = |line: &&str| line.contains("client_") || line.contains("refresh_token");
    let is_of_a_user = |line: &&str| line.starts_with("user = ") || line.starts_with("token = ");
    let (head, section) = template.split_once("[connector.acme]").unwrap();
    let (section, _) = section.split_once("\n[party").unwrap();
    let bare: Vec<&str> = section.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    let with_user = bare.iter().copied().filter(|line| !is_of_a_client(line)).collect::<Vec<_>>().join("\n");
    let with_client = bare.iter().copied().filter(|line| !is_of_a_user(line)).collect::<Vec<_>>().join("\n");
    let with_client = with_client.replace("https://acme.atlassian.net", "https://api.atlassian.com/ex/jira/1");
    for section in [with_user, with_client] {
        desk.write("all.toml", format!("{head}[connector.acme]{section}\n"));
        let checked = desk.ends(0, &["check", "--config", "all.toml"]).out;
        assert!(checked.contains("is in order: 1 instance"), "{section}\n{checked}");
    }
    insta::assert_snapshot!("what_init_writes_for_jira", template);
}

#[test]
fn an_empty_ledger_says_so() {
    let desk = estate();
    let status = told(&desk, &desk.run(&["status"]));
    let quarantine = told(&desk, &desk.run(&["quarantine", "list"]));
    let unknown_figure = told(&desk, &desk.run(&["kpi", "INC-99"]));
    let unknown_record = told(&desk, &desk.run(&["explain", "INC1"]));
    let verified = told(&desk, &desk.run(&["ledger", "verify"]));
    insta::assert_snapshot!([status, quarantine, unknown_figure, unknown_record, verified].join("\n\n"));
}

#[test]
fn a_sync_says_where_everything_ended_and_what_is_wrong() {
    let desk = estate();
    let synced = told(&desk, &desk.run(&["sync"]));
    let list = told(&desk, &desk.run(&["quarantine", "list"]));
    insta::assert_snapshot!(format!("{synced}\n\n{list}"));
}

#[test]
fn what_is_set_aside_is_shown_retried_and_dismissed() {
    let desk = estate();
    desk.ends(10, &["sync"]);
    let aside = desk.json(&["quarantine", "list"]);
    let id_of = |what: &str| {
        let one = aside.as_array().unwrap().iter().find(|one| one["what"] == what).unwrap();
        one["id"].as_str().unwrap().to_owned()
    };
    let (quarantined, unreadable) = (id_of("quarantined"), id_of("unreadable"));
    let shown = told(&desk, &desk.run(&["quarantine", "show", &quarantined[..8]]));
    insta::assert_snapshot!(shown);

    // Nothing was mended yet.
    let ran = desk.ends(10, &["quarantine", "retry"]);
    assert_eq!(ran.out, "1 tried again: 0 released, 1 still quarantined\n");
    // Now the opening may be missing: the record is taken in, and what is wrong with it is a value.
    desk.write("tickets.toml", MAPPING.replace("{ from = \"/opened\", required = true }", "\"/opened\""));
    let ran = desk.ends(0, &["quarantine", "retry"]);
    assert_eq!(ran.out, "1 tried again: 1 released, 0 still quarantined\n");
    let explained = desk.json(&["explain", "INC4"]);
    let opened = explained["fields"].as_array().unwrap().iter().find(|field| field["field"] == "opened_at").unwrap();
    assert_eq!((&opened["reading"], &opened["raw"]), (&"unreadable".into(), &"soon".into()));
    desk.ends(0, &["quarantine", "dismiss", &unreadable]);
    assert_eq!(desk.ends(0, &["quarantine", "list"]).out, "nothing is set aside\n");
    desk.ends(2, &["quarantine", "show", &unreadable]);
}

#[test]
fn a_mapping_diff_says_what_would_change_and_changes_nothing() {
    let desk = estate();
    desk.ends(10, &["sync"]);
    let before = desk.ends(0, &["events", "--json"]).out;
    let same = told(&desk, &desk.run(&["mapping", "diff"]));
    desk.write(
        "counterfoil.toml",
        format!("{CONFIG}\n[connector.desk.override.words.state]\n\"Parked\" = \"on_hold\"\n\"Open\" = \"assigned\"\n"),
    );
    let diff = told(&desk, &desk.run(&["mapping", "diff"]));
    insta::assert_snapshot!(format!("{same}\n\n{diff}"));
    assert_eq!(desk.ends(0, &["events", "--json"]).out, before);

    // Applied, it changes just these, and then nothing more.
    desk.ends(0, &["replay"]);
    let after = desk.ends(0, &["events", "--json"]).out;
    assert!(after.starts_with(&before));
    assert_eq!(after.lines().count(), before.lines().count() + 2);
    desk.ends(0, &["replay"]);
    assert_eq!(desk.ends(0, &["events", "--json"]).out, after);
    crate::ledger::is_whole(&desk);
}

#[test]
fn a_case_that_fails_shows_both_sides() {
    let desk = Desk::empty();
    for end in ["toml", "md"] {
        let shipped = std::fs::read(repository(&format!("mappings/servicenow/incident.{end}"))).unwrap();
        desk.write(&format!("mine.{end}"), shipped);
    }
    desk.ends(0, &["mapping", "test", "mine.toml"]);
    let mapping = std::fs::read_to_string(desk.path("mine.toml")).unwrap();
    desk.write("mine.toml", mapping.replace("\"6\" = \"resolved\"", "\"6\" = \"closed\""));
    let ran = desk.run(&["mapping", "test", "mine.toml"]);
    assert_eq!(ran.code, 3);
    let failed: Vec<&str> = ran.out.lines().skip_while(|line| !line.contains("FAILED")).collect();
    let (last, shown) = failed.split_last().unwrap();
    assert!(last.ends_with(" failed") && !last.ends_with(" 0 failed"), "{last}");
    let shown: Vec<&str> = shown.iter().filter(|line| !line.starts_with("  ok ")).copied().collect();
    insta::assert_snapshot!(shown.join("\n"));
    desk.ends(0, &["mapping", "test"]);
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish"] {
        let printed = desk.ends(0, &["completions", shell]).out;
        assert!(printed.contains("quarantine") && printed.contains("data-dir"), "{shell}");
    }
    let manual = desk.ends(0, &["man"]).out;
    assert!(manual.contains(".TH counterfoil 1") && manual.contains("Exit codes"), "{manual}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = estate();
    desk.ends(10, &["sync"]);
    let mut child = desk.command(&["events", "--json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!([Some(0), None].contains(&child.wait().unwrap().code()));
}
