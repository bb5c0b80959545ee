//! Suppliers that send a report a month, or whose tool writes into its mails: the whole way from a mailbox at rest into a
//! ledger, with the mailbox's own instance and the one that reads the files.

use crate::dice::Dice;
use crate::ledger::{Told, events, heads};
use crate::program::Desk;
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

const CONFIG: &str = r#"
[party.acme]
name = "ACME"
role = "customer"
identifiers = [{ type = "email_domain", value = "acme.example" }]

[party.nordlicht]
name = "Nordlicht"
role = "external_supplier"
identifiers = [{ type = "email_domain", value = "nordlicht.example" }]

[connector.post]
type = "email"
mapping = ["email/mail", "email/incident", "email/request", "email/conversation", "email/structured"]
folder = "mail"
zone = "UTC"
authserv_ids = ["mx.acme.example"]
rules = "own-rules.toml"
reports = { to = "nordlicht-monthly" }

[connector.nordlicht-monthly]
type = "file"
path = "reports/*.csv"
key = "Ticket"
settle_secs = 0
zone = "UTC"
mapping = "file/incident"
party = "nordlicht"
"#;

const RULES: &str = r#"
format = 1
[[structured]]
name = "ticket-json"
format = "json"
confidence = 95
key = "/number"
version = "/updated"
all = [{ in = "party", matches = '^nordlicht$' }, { in = "subject", matches = '^TICKET ' }]
"#;

const TABLE: &str =
    "Ticket;Title;Status;Opened\nN-1;VPN down;New;2026-05-01T08:00:00Z\nN-2;Printer;Resolved;2026-05-02T08:00:00Z\n";

fn report(from: &str, trust: &str, id: &str, name: &str, table: &str) -> String {
    let table = table.replace('\n', "\r\n");
    format!(
        "Authentication-Results: mx.acme.example; dmarc={trust} header.from=x\r\nFrom: Desk <{from}>\r\nTo: suppliers@acme.example\r\n\
         Subject: Monthly report\r\nMessage-ID: <{id}>\r\nDate: Mon, 1 Jun 2026 06:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAs every month.\r\n--b\r\n\
         Content-Type: text/csv\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n\
         {table}--b--\r\n"
    )
}

fn ticket(id: &str, body: &str) -> String {
    format!(
        "From: tool@nordlicht.example\r\nTo: suppliers@acme.example\r\nSubject: TICKET N-7\r\nMessage-ID: <{id}>\r\n\
         Date: Tue, 2 Jun 2026 06:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n-- \r\nThe tool\r\n"
    )
}

fn desk() -> Desk {
    let desk = Desk::with_config(CONFIG);
    desk.write("own-rules.toml", RULES);
    for folder in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(desk.path(&format!("mail/{folder}"))).unwrap();
    }
    std::fs::create_dir_all(desk.path("reports")).unwrap();
    desk
}

/// Puts a mail into the mailbox, written long ago.
fn deliver(desk: &Desk, name: &str, mail: &str) {
    let path = desk.write(&format!("mail/cur/{name}"), mail);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_780_000_000)).unwrap();
}

fn set_aside(desk: &Desk) -> Vec<String> {
    let list = desk.json(&["quarantine", "list"]);
    let mut codes: Vec<String> =
        list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

fn handed(desk: &Desk) -> Vec<String> {
    let names = std::fs::read_dir(desk.path("reports")).unwrap();
    let mut names: Vec<String> = names.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_monthly_report_becomes_incidents_that_lead_back_to_the_mail() {
    let desk = desk();
    deliver(
        &desk,
        "1",
        &report("desk@nordlicht.example", "pass", "r1@nordlicht.example", "../../Tickets May.csv", TABLE),
    );
    deliver(
        &desk,
        "2",
        &report("desk@evil.example", "pass", "r2@evil.example", "Tickets.csv", "Ticket;Title\nN-1;Forged\n"),
    );
    deliver(
        &desk,
        "3",
        &report("desk@nordlicht.example", "fail", "r3@nordlicht.example", "Tickets.csv", "Ticket;Title\nN-2;Forged\n"),
    );
    // One pass has everything: the files are read after the mails were looked at.
    desk.ends(10, &["sync"]);
    let all = events(&desk);
    let held = heads(&all);
    let titles = |desk_heads: &std::collections::BTreeMap<&str, &crate::ledger::Told>, id: &str| {
        desk_heads[id].record()["title"].to_string()
    };
    assert!(titles(&held, "nordlicht-monthly/records/N-1").contains("VPN down"));
    assert!(titles(&held, "nordlicht-monthly/records/N-2").contains("Printer"));
    assert_eq!(held.keys().filter(|id| id.starts_with("nordlicht-monthly/")).count(), 2);
    assert_eq!(set_aside(&desk), ["reports::authentication-failed", "reports::sender-of-no-party"]);
    let files = handed(&desk);
    assert_eq!(files.len(), 1);
    assert!(files[0].starts_with("20260601T060000Z-") && files[0].ends_with("-Tickets_May.csv"), "{files:?}");

    let told = desk.json(&["explain", "nordlicht-monthly/records/N-1"]);
    let brought = &told["brought_by"];
    assert_eq!(brought["message_id"], "r1@nordlicht.example", "{told}");
    assert_eq!((&brought["from"], &brought["part"]), (&Value::from("desk@nordlicht.example"), &Value::from("2")));
    assert!(brought["mail"].as_str().is_some_and(|id| held.contains_key(id)), "{brought}");
    let words = desk.ends(0, &["explain", "nordlicht-monthly/records/N-1"]).out;
    assert!(words.contains("brought by  the mail post/mails/"), "{words}");
    assert!(words.contains(&files[0]) && words.contains("Message-ID r1@nordlicht.example"), "{words}");

    // A second pass makes no event, also where the file was put into an archive.
    desk.ends(10, &["sync"]);
    assert_eq!(events(&desk).len(), all.len());
    std::fs::remove_file(desk.path("reports").join(&files[0])).unwrap();
    desk.ends(10, &["sync"]);
    assert_eq!((events(&desk).len(), handed(&desk).len()), (all.len(), 0));
    desk.ends(0, &["replay", "--verify"]);
    desk.ends(0, &["ledger", "verify"]);
}

#[test]
fn what_a_tool_writes_into_its_mails_is_a_ticket_and_a_mail_in_a_conversation() {
    let desk = desk();
    let body = |state: &str, day: u8| {
        format!(r#"{{"number": "N-7", "title": "VPN", "state": "{state}", "updated": "2026-06-{day:02}T05:00:00Z"}}"#)
    };
    deliver(&desk, "1", &ticket("t1@nordlicht.example", &body("new", 1)));
    deliver(&desk, "2", &ticket("t2@nordlicht.example", &body("resolved", 2)));
    deliver(&desk, "3", &ticket("t3@nordlicht.example", r#"{"number": "N-7", "number": "N-8"}"#));
    desk.ends(10, &["sync"]);
    assert_eq!(set_aside(&desk), ["structured::name-twice"]);
    let all = events(&desk);
    let held = heads(&all);
    let record = held["post/reports/nordlicht:N-7"].record();
    assert_eq!(
        (&record["state"], &record["history"][0]["from"]),
        (&Value::from("resolved"), &Value::from("new")),
        "{record}"
    );
    assert_eq!(held.keys().filter(|id| id.starts_with("post/mails/")).count(), 3);
    assert!(held.keys().any(|id| id.starts_with("post/conversations/")), "{:?}", held.keys());
    let told = desk.json(&["explain", "post/reports/nordlicht:N-7"]);
    assert_eq!(told["brought_by"]["message_id"], "t2@nordlicht.example", "{told}");
    desk.ends(10, &["sync"]);
    assert_eq!(events(&desk).len(), all.len());
}

/// Files with their content, and events in the order of their ids.
fn outcome(desk: &Desk) -> (Vec<(String, String)>, Vec<Told>) {
    let read = |name: String| {
        let text = std::fs::read_to_string(desk.path("reports").join(&name)).unwrap();
        (name, text)
    };
    let mut all = events(desk);
    all.sort_by(|one, other| one.id.cmp(&other.id));
    (handed(desk).into_iter().map(read).collect(), all)
}

#[test]
fn kill_9_hands_every_attachment_over_once() {
    let desks = [desk(), desk()];
    for (number, desk) in (0..40).flat_map(|number| desks.iter().map(move |desk| (number, desk))) {
        let table = format!("Ticket;Title;Status;Opened\nN-{number};Number {number};New;2026-05-01T08:00:00Z\n");
        let id = format!("r{number}@nordlicht.example");
        deliver(desk, &format!("{number}"), &report("desk@nordlicht.example", "pass", &id, "Tickets.csv", &table));
    }
    let [undisturbed, disturbed] = &desks;
    let began = Instant::now();
    undisturbed.ends(0, &["sync"]);
    let whole = began.elapsed();
    let expected = outcome(undisturbed);
    assert_eq!(expected.0.len(), 40);
    assert_eq!(expected.1.iter().filter(|told| told.record.starts_with("nordlicht-monthly/")).count(), 40);

    let mut dice = Dice::seeded(3);
    let mut kills = 0;
    for _ in 0..12 {
        let moment = Duration::from_micros(dice.below(u64::try_from(whole.as_micros()).unwrap()));
        let mut child = disturbed.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // No waiting for something: this is the random moment itself.
        std::thread::sleep(moment);
        child.kill().unwrap();
        kills += u32::from(child.wait().unwrap().code().is_none());
    }
    println!("undisturbed {whole:?}; {kills} kills hit; {} files after the last", handed(disturbed).len());
    assert!(kills > 0);
    disturbed.ends(0, &["sync"]);
    assert!(outcome(disturbed) == expected, "{:#?}", outcome(disturbed).0);
    disturbed.ends(0, &["ledger", "verify"]);
    disturbed.ends(0, &["replay", "--verify"]);
}

#[test]
fn up_reads_what_mails_bring_in_the_same_go() {
    let desk = desk();
    deliver(&desk, "1", &report("desk@nordlicht.example", "pass", "r1@nordlicht.example", "Tickets.csv", TABLE));
    desk.ends(0, &["up", "--once"]);
    let all = events(&desk);
    assert_eq!(heads(&all).keys().filter(|id| id.starts_with("nordlicht-monthly/records/")).count(), 2);
}
