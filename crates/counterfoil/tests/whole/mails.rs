//! A supplier that has only mail: its tickets are explained by the mails that prove them, and a mail that comes is an event.

use crate::program::{Desk, PATIENCE};
use counterfoil_testkit::dovecot::PrivateDovecot;
use std::time::{Duration, Instant};

const PARTIES: &str = r#"
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
mapping = ["email/mail", "email/incident", "email/request", "email/conversation"]
"#;

fn notice(number: &str, state: &str, hour: u32) -> String {
    format!(
        "From: desk@nordlicht.example\r\nTo: suppliers@acme.example\r\nSubject: {number} printer is {state}\r\n\
         Message-ID: <{number}.{state}@nordlicht.example>\r\nDate: Mon, 4 May 2026 {hour:02}:00:00 +0000\r\n\
         X-ServiceNow-Source: nordlicht\r\n\r\nState: {state}\r\n"
    )
}

fn row(words: &str) -> Vec<&str> {
    words.split(' ').collect()
}

#[test]
fn explain_names_the_rule_the_mail_and_how_sure_it_is_for_every_state() {
    let desk = Desk::with_config(&format!("{PARTIES}folder = \"mail\"\n"));
    for (name, mail) in [("1.eml", notice("INC0012345", "New", 8)), ("2.eml", notice("INC0012345", "Resolved", 9))] {
        let path = desk.write(&format!("mail/{name}"), mail);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)).unwrap();
    }
    desk.ends(0, &["sync"]);
    let told = desk.ends(0, &["explain", "INC0012345"]).out;
    let (_, table) = told.split_once("what proves it:\n").unwrap_or_else(|| panic!("{told}"));
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], "became by the rule sure proven by the mail of subject".split(' ').collect::<Vec<_>>());
    assert_eq!(lines[1], row("new tool-new 85 % 2026-05-04T08:00:00Z INC0012345 printer is New"), "{table}");
    assert_eq!(
        lines[2],
        row("resolved tool-resolved 90 % 2026-05-04T09:00:00Z INC0012345 printer is Resolved"),
        "{table}"
    );
    // The last line names the mail, which is there.
    let (_, mail) = table.split_once("explain ").unwrap();
    let mail = mail.split_whitespace().next().unwrap();
    let raw = desk.ends(0, &["explain", mail, "--raw"]).out;
    assert!(raw.contains("INC0012345 printer is Resolved"), "{raw}");
    assert!(!raw.contains("what proves it:"), "a mail is not derived from anything: {raw}");
}

#[test]
fn a_mail_that_comes_while_up_listens_is_an_event_long_before_the_next_pass() {
    let server = match PrivateDovecot::start() {
        Ok(server) => server,
        Err(skip) => return println!("{skip}"),
    };
    server.place("support", "INBOX", notice("INC0000001", "New", 8).as_bytes());
    let address = server.imap();
    let config = format!(
        "{PARTIES}server = \"{address}\"\ntls = \"none\"\nuser = \"support\"\npassword = \"env:MAIL_PASSWORD\"\ninterval_secs = 86400\n"
    );
    let desk = Desk::with_config(&config).variable("MAIL_PASSWORD", PrivateDovecot::password("support"));
    let mut up = desk.start(&["up"]);
    up.until("Ctrl-C stops.");
    let mut events = desk.start(&["events", "--follow", "--json"]);
    events.until("INC0000001");
    // A mail that comes before the server is listened to is one for the next pass, which is tomorrow: the one after it is not.
    let limit = Instant::now() + PATIENCE;
    let mut number = 1;
    let came = loop {
        number += 1;
        let ticket = format!("INC{number:07}");
        server.place("support", "INBOX", notice(&ticket, "New", 9).as_bytes());
        if events.comes_within(&ticket, Duration::from_secs(10)) {
            break true;
        }
        if Instant::now() > limit {
            break false;
        }
    };
    assert!(came, "{}\n{}", up.said(), events.said());
    // Every one that came is there, and once.
    for earlier in 1..=number {
        events.until(&format!("INC{earlier:07}"));
    }
    up.signal("INT");
    let (status, said, _) = up.end();
    assert!(status.success(), "{said}");
    drop(events);
}
