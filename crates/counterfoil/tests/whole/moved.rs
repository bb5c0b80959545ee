//! Tickets that were moved and linked: one record, every key that it had, everything that it is linked with.

use crate::ledger;
use crate::program::Desk;
use counterfoil_gym::jira::{Edition, Instance, Server, Switches};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

const TOKEN: &str = "gym-token";

/// A site of the gym and a desk that reads it.
struct Lab {
    server: Server,
    desk: Desk,
    /// Serves until the end.
    _runtime: Runtime,
}

fn lab() -> Lab {
    let runtime = Runtime::new().unwrap();
    let mut instance = Instance::empty(Edition::Cloud, counterfoil_gym::NOW);
    let account = instance.account().clone().with_token(TOKEN);
    instance.set_account(account);
    let server = runtime.block_on(Server::start(Arc::new(Mutex::new(instance)), Switches::default())).unwrap();
    let desk = Desk::empty().variable("GYM_TOKEN", TOKEN);
    desk.write(
        "counterfoil.toml",
        format!(
            "[connector.acme]\ntype = \"jira\"\nurl = \"{}\"\nuser = \"integration@gym.example\"\n\
             token = \"env:GYM_TOKEN\"\nrequests_per_second = 1000\nremote_links = true\nmapping = [\"jira/issue\", \"jira/request\", \"jira/catalogue\", \"jira/field\"]\n",
            server.url()
        ),
    );
    Lab { server, desk, _runtime: runtime }
}

impl Lab {
    /// Lets something happen, and the index hear of it.
    fn act<T>(&self, act: impl FnOnce(&mut Instance) -> T) -> T {
        let instance = self.server.instance();
        let mut instance = instance.lock().unwrap();
        let done = act(&mut instance);
        instance.advance(60);
        instance.quiet();
        done
    }

    fn event_names(&self, record: &str) -> Vec<String> {
        let told = self.desk.ends(0, &["events", "--json", "--record", record]).out;
        let name =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned();
        told.lines().map(name).collect()
    }
}

/// Rules may stand elsewhere in their file.
fn without_lines(text: &str) -> String {
    let mut parts = text.split("issue.toml:");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        shown += &format!("issue.toml:{}{rest}", "9".repeat(part.len() - rest.len()));
    }
    shown
}

#[test]
fn a_moved_issue_is_renamed_and_found_by_every_key_in_every_command() {
    let lab = lab();
    let id = lab.act(|instance| instance.create("PAY", &[("summary", "Card refused"), ("issuetype", "Incident")]));
    // One that was moved before anybody pulled it.
    let early = lab.act(|instance| instance.create("PAY", &[("summary", "Card lost"), ("issuetype", "Incident")]));
    lab.act(|instance| instance.move_to(&early, "CLAIMS"));
    lab.desk.ends(0, &["sync"]);
    lab.act(|instance| instance.move_to(&id, "OPS"));
    lab.desk.ends(0, &["sync"]);

    let expected = ["org.counterfoil.incident.opened.v1", "org.counterfoil.incident.renamed.v1"];
    for record in ["PAY-1", "pay-1", "OPS-1", &id, &format!("acme/issue/{id}")] {
        assert_eq!(lab.event_names(record), expected, "{record}");
    }
    let explained = lab.desk.ends(0, &["explain", "pay-1"]).out;
    assert!(explained.starts_with(&format!("`PAY-1` was the key of acme/issue/{id} until 2")), "{explained}");
    assert!(explained.contains("; now its key is `OPS-1`"), "{explained}");
    assert!(explained.contains(" former keys  PAY-1 until 2"), "{explained}");
    let explained = lab.desk.json(&["explain", "PAY-2"]);
    assert_eq!(
        (&explained["id"], &explained["former_keys"][0]["key"]),
        (&format!("acme/issue/{early}").into(), &"PAY-2".into())
    );
    assert!(lab.desk.ends(2, &["explain", "PAY-77"]).err.contains("PAY-77"));
    assert!(lab.desk.ends(2, &["events", "--record", "PAY-77"]).err.contains("PAY-77"));

    // A key that is used again leads to who has it now, and who had it is said.
    let again = lab.act(|instance| {
        let found = instance.create("OPS", &[("summary", "Again"), ("issuetype", "Incident")]);
        instance.move_to(&id, "PAY");
        found
    });
    lab.desk.ends(0, &["sync"]);
    let keys = |record: &str| lab.desk.json(&["explain", record])["record"]["native_key"].clone();
    assert_eq!((keys("OPS-1"), keys("OPS-2")), (keys(&id), keys(&again)));
    ledger::is_whole(&lab.desk);
}

#[test]
fn links_are_explained_and_what_changed_among_them_is_told() {
    let lab = lab();
    let incident = [("summary", "Card refused"), ("issuetype", "Incident")];
    let [id, other] = [(); 2].map(|()| lab.act(|instance| instance.create("PAY", &incident)));
    lab.act(|instance| instance.link(&id, "Blocks", &other));
    lab.act(|instance| instance.remote_link(&id, "page=7", "https://wiki.example/7", "Runbook"));
    lab.desk.ends(0, &["sync"]);
    let explained = lab.desk.ends(0, &["explain", "PAY-1"]).out;
    let links = explained.split("\nlinks:\n").nth(1).unwrap().split("\nhistory:").next().unwrap();
    insta::assert_snapshot!(without_lines(&links.replace(&other, "[the other]")));
    let link = lab.act(|instance| {
        let first = instance.link(&other, "Relates", &id);
        instance.unlink(&first);
        instance.link(&other, "Relates", &id)
    });
    lab.desk.ends(0, &["sync"]);
    lab.act(|instance| instance.unlink(&link));
    lab.desk.ends(0, &["sync"]);
    let told = lab.desk.ends(0, &["events", "--json", "--record", "PAY-2"]).out;
    let changes = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let changes = event["data"]["changes"].as_array().unwrap().clone();
        let links = changes.into_iter().find(|change| change["field"] == "links").unwrap_or_default();
        let type_of = |which: &str| links[which][0]["type"].as_str().unwrap_or("-").to_owned();
        (type_of("added"), type_of("removed"))
    };
    let told: Vec<(String, String)> = told.lines().map(changes).collect();
    let expected = [("-", "-"), ("related_to", "-"), ("-", "related_to")];
    assert_eq!(told, expected.map(|(added, removed)| (added.to_owned(), removed.to_owned())));

    // What is no longer asked for is not gone; what was asked for and is not there is.
    let outside = || {
        let explained = lab.desk.json(&["explain", "PAY-1"]);
        let links = explained["links"].as_array().unwrap();
        links.iter().filter(|link| link["outside"] == true).count()
    };
    let config = std::fs::read_to_string(lab.desk.path("counterfoil.toml")).unwrap();
    lab.desk.write("counterfoil.toml", config.replace("remote_links = true\n", ""));
    lab.act(|instance| instance.update(&id, &[("summary", "Card refused again")]));
    lab.desk.ends(0, &["sync"]);
    assert_eq!((lab.event_names("PAY-1").len(), outside()), (4, 1));
    ledger::is_whole(&lab.desk);
}

#[test]
fn a_key_that_was_used_again_leads_to_who_has_it_now() {
    let desk = Desk::empty();
    let config = "[connector.acme]\ntype = \"file\"\npath = \"in.jsonl\"\nkey = \"id\"\nversion = \"/updated\"\nsettle_secs = 0\n\
                  zone = \"UTC\"\nmapping = [\"own.toml\"]\n";
    desk.write("counterfoil.toml", config);
    let mapping = "[mapping]\nkind = \"incident\"\n[fields]\nnative_key = \"/key\"\ntitle = \"/title\"\n\
                   opened_at = \"/updated\"\nsource_updated_at = \"/updated\"\n";
    desk.write("own.toml", mapping);
    let line = |id: u8, key: &str, day: u8| {
        format!("{{\"id\":\"{id}\",\"key\":\"{key}\",\"title\":\"T\",\"updated\":\"2026-03-{day:02}T08:00:00Z\"}}\n")
    };
    desk.write("in.jsonl", line(1, "PAY-1", 1));
    desk.ends(0, &["sync"]);
    desk.write("in.jsonl", line(1, "OPS-4", 2));
    desk.ends(0, &["sync"]);
    let told = desk.ends(0, &["explain", "PAY-1"]).out;
    assert!(told.starts_with("`PAY-1` was the key of acme/records/1, last seen 2"), "{told}");
    // Files are read as they are written: another case is another key.
    desk.ends(2, &["explain", "pay-1"]);
    desk.write("in.jsonl", line(1, "OPS-4", 2) + &line(2, "PAY-1", 3));
    desk.ends(0, &["sync"]);
    let told = desk.ends(0, &["explain", "PAY-1"]).out;
    let (remark, explained) = told.split_once("\n\n").unwrap();
    assert!(remark.starts_with("`PAY-1` was the key of acme/records/1, last seen 2"), "{remark}");
    assert!(remark.ends_with("; now it is the key of acme/records/2"), "{remark}");
    assert!(explained.contains("record  acme/records/2"), "{explained}");
    let told = desk.ends(0, &["events", "--record", "PAY-1"]).out;
    assert!(
        told.contains(remark) && told.contains("acme/records/2 #1") && !told.contains("acme/records/1 #"),
        "{told}"
    );
    // What people call it finds what was set aside of it.
    desk.write("own.toml", mapping.replace("title = \"/title\"", "title = { from = \"/title\", required = true }"));
    desk.write("in.jsonl", "{\"id\":\"2\",\"key\":\"PAY-1\",\"updated\":\"2026-03-04T08:00:00Z\"}\n");
    desk.ends(10, &["sync"]);
    let told = desk.ends(0, &["quarantine", "show", "PAY-1"]).out;
    assert!(told.contains("native id  2"), "{told}");
    desk.ends(2, &["quarantine", "show", "PAY-9"]);
    ledger::is_whole(&desk);
}
