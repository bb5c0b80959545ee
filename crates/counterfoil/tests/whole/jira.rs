//! Jira as its users meet it: a simulated site served by `gym` and read with the section that it prints, looked at by
//! `doctor`, pulled, and its words compared.

use crate::ledger;
use crate::program::{Desk, Running};
use counterfoil_gym::jira::{Edition, Instance, Server, Switches};
use counterfoil_gym::{Provider, Scale, World};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// A site of the gym and a desk that reads it with the section that was printed.
struct Lab {
    gym: Running,
    desk: Desk,
    introduction: String,
}

fn lab(served: &[&str]) -> Lab {
    lab_with(served, "", None)
}

/// `keys` are put below the section's own; another token may be tried in place of the one that is printed.
fn lab_with(served: &[&str], keys: &str, token: Option<&str>) -> Lab {
    let printing = Desk::empty();
    let mut gym = printing.start(&[&["gym", "--incidents", "150"], served].concat());
    gym.until("Ctrl-C stops it");
    let introduction = gym.said();
    let (_, section) = introduction.split_once("`\n").unwrap();
    let (section, _) = section.split_once("\nCtrl-C").unwrap();
    let given = introduction.split_once("GYM_TOKEN=").and_then(|(_, behind)| behind.split_once('`')).unwrap().0;
    let desk = Desk::empty().variable("GYM_TOKEN", token.unwrap_or(given));
    desk.write("counterfoil.toml", section.replace("type = \"jira\"\n", &format!("type = \"jira\"\n{keys}")));
    desk.ends(0, &["check"]);
    Lab { gym, desk, introduction }
}

/// Without what differs from run to run: the port, and how far the simulated world's day is away from today.
fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    while let Some((before, behind)) = text_around(&plain, "http://127.0.0.1:", |c| c.is_ascii_digit()) {
        plain = format!("{before}[site]{behind}");
    }
    if let Some((before, behind)) = text_around(&plain, "this machine is ", |c| c.is_ascii_digit()) {
        plain = format!("{before}this machine is [number]{behind}");
    }
    plain
}

fn text_around(text: &str, mark: &str, goes_on: impl Fn(char) -> bool) -> Option<(String, String)> {
    let (before, behind) = text.split_once(mark)?;
    Some((before.to_owned(), behind.trim_start_matches(goes_on).to_owned()))
}

fn held(desk: &Desk) -> Vec<(String, u64)> {
    let status = ledger::status(desk);
    let streams = status["streams"].as_array().unwrap();
    streams.iter().map(|one| (one["stream"].as_str().unwrap().to_owned(), one["held"].as_u64().unwrap())).collect()
}

#[test]
fn what_the_gym_prints_reads_every_kind_of_jira_and_a_second_pass_makes_no_event() {
    let mut introductions = String::new();
    for tool in ["jira-cloud", "jira-data-center", "jsm-cloud", "jsm-data-center"] {
        let lab = lab(&["--tool", tool]);
        introductions.push_str(&format!("{tool}\n{}\n\n", plain(&lab.introduction)));
        lab.desk.ends(0, &["sync"]);
        let before = lab.desk.ends(0, &["events", "--json"]).out;
        let held = held(&lab.desk);
        assert_eq!(
            held.iter().find(|(stream, _)| stream == "issue").map(|(_, held)| *held),
            Some(32),
            "{tool}: {held:?}"
        );
        assert!(held.iter().any(|(stream, held)| stream == "catalogue" && *held > 50), "{tool}: {held:?}");
        lab.desk.ends(0, &["sync"]);
        assert_eq!(lab.desk.ends(0, &["events", "--json"]).out, before, "{tool}");
        ledger::is_whole(&lab.desk);
        // What service management alone knows.
        let records = ledger::events(&lab.desk);
        let verdicts = records.iter().filter(|told| told.record()["resolution_target_met"].is_boolean()).count();
        assert_eq!(verdicts > 0, tool.starts_with("jsm"), "{tool}: {verdicts}");
        lab.gym.signal("INT");
        let (_, said, _) = lab.gym.end();
        assert!(said.contains("search") && said.contains("spent on answering"), "{said}");
    }
    insta::assert_snapshot!(introductions);
}

#[test]
fn doctor_says_what_a_site_is_and_what_the_account_may() {
    let looks: [(&str, &[&str], &str); 4] = [
        ("Cloud", &["--tool", "jira-cloud"], ""),
        ("Data Center that takes no numbers", &["--tool", "jira-data-center", "--switch", "epoch-refused"], ""),
        ("Cloud with service management", &["--tool", "jsm-cloud", "--switch", "short-pages"], ""),
        (
            "Data Center with service management, rights missing",
            &["--tool", "jsm-data-center", "--switch", "servicedesk-denied"],
            "",
        ),
    ];
    let told = looks.map(|(what, served, keys)| {
        let lab = lab_with(served, keys, None);
        format!("{what}\n{}", plain(&lab.desk.ends(10, &["doctor", "--instance", "gym"]).out))
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn doctor_and_sync_refuse_what_is_wrong_before_the_first_record() {
    let looks: [(&str, &[&str], &str, Option<&str>); 4] = [
        ("a wrong token", &["--tool", "jira-cloud"], "", Some("wrong")),
        (
            "a wrong token, and strangers are let in",
            &["--tool", "jira-cloud", "--switch", "anonymous"],
            "",
            Some("wrong"),
        ),
        ("a captcha", &["--tool", "jira-data-center", "--switch", "captcha"], "", None),
        ("a misspelt scope", &["--tool", "jsm-cloud"], "jql = \"projct = TRN\"\n", None),
    ];
    let told = looks.map(|(what, served, keys, token)| {
        let lab = lab_with(served, keys, token);
        let doctor = lab.desk.ends(4, &["doctor"]).out;
        let synced = lab.desk.ends(4, &["sync"]);
        assert!(held(&lab.desk).iter().all(|(stream, held)| stream != "issue" || *held == 0), "{what}");
        let failed: String =
            synced.out.lines().skip_while(|line| !line.contains("problem")).map(|line| format!("{line}\n")).collect();
        format!("{what}\n{}\n{}", plain(&doctor), plain(&failed))
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn words_are_compared_with_those_of_the_site_and_a_name_that_stands_for_several_fields_is_an_error() {
    let lab = lab(&["--tool", "jira-cloud"]);
    let linted = lab.desk.ends(3, &["mapping", "lint", "--instance", "gym"]).out;
    let on_one_line = linted.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(on_one_line.contains("`customfield_10050`, `customfield_10051`, `customfield_10052`"), "{linted}");
    assert!(linted.lines().all(|line| line.chars().count() <= 100), "{linted}");
    insta::assert_snapshot!(linted);
    // Every mapping sees it; it is told once.
    let told = lab.desk.run(&["mapping", "lint", "--json"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let ambiguous = told[0]["findings"].as_array().unwrap().iter();
    let ambiguous = ambiguous.filter(|one| one["code"] == "mapping::field-ambiguous");
    assert_eq!(ambiguous.count(), 1, "{told}");
}

/// The instance lives in this process, so that what happens on it can be said.
fn served(runtime: &tokio::runtime::Runtime, keys: &str) -> (Server, Desk) {
    let world = World::generate(3, Scale { incidents: 150 });
    let instance = Instance::of_world(&world, Provider::Tarn, Edition::Cloud);
    let server = runtime.block_on(Server::start(Arc::new(Mutex::new(instance)), Switches::default())).unwrap();
    let desk = Desk::with_config(&format!(
        "[connector.tarn]\ntype = \"jira\"\nurl = \"{}\"\nuser = \"integration@gym.example\"\ntoken = \"env:TOKEN\"\n\
         requests_per_second = 1000\n{keys}mapping = [\"jira/issue\", \"jira/request\", \"jira/catalogue\", \"jira/field\"]\n",
        server.url()
    ));
    (server, desk.variable("TOKEN", "gym"))
}

#[test]
fn a_new_status_is_told_before_the_first_ticket_that_has_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, desk) = served(&runtime, "");
    desk.ends(0, &["sync"]);
    let before = desk.ends(0, &["events", "--json"]).out.lines().count();
    {
        let instance = server.instance();
        let mut instance = instance.lock().unwrap();
        instance.advance(60);
        instance.add_status("10901", "With the manufacturer", "3");
        let id = instance.oracle().issues.values().find(|issue| issue.status == "3").unwrap().id.clone();
        instance.update(&id, &[("status", "10901")]);
        instance.advance(60);
    }
    desk.ends(0, &["sync"]);
    let events: Vec<Value> = desk
        .ends(0, &["events", "--json"])
        .out
        .lines()
        .skip(before)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [word, ticket] = events.as_slice() else { panic!("{events:?}") };
    assert!(word["type"].as_str().unwrap().contains("catalogue.changed"), "{word}");
    assert!(word.to_string().contains("With the manufacturer"), "{word}");
    assert!(ticket["type"].as_str().unwrap().contains("incident."), "{ticket}");
    assert!(ticket.to_string().contains("With the manufacturer"), "{ticket}");
    let linted = desk.run(&["mapping", "lint"]).out;
    assert!(linted.contains("`10901` (`With the manufacturer`)"), "{linted}");
}

#[test]
fn clocks_that_tick_and_nothing_else_make_no_event() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, desk) = served(&runtime, "jsm = true\n");
    desk.ends(0, &["sync"]);
    let before = desk.ends(0, &["events", "--json"]).out;
    let is_open = |told: &ledger::Told| told.record()["due_at"].is_string();
    assert!(ledger::events(&desk).iter().any(is_open), "no clock goes on");
    server.instance().lock().unwrap().advance(3 * 86_400);
    server.forget_requests();
    // Another scope of the same issues: everything is read again.
    desk.ends(0, &["sync", "--set", "connector.tarn.jql=project in (TRN)"]);
    assert!(server.counts()["request"] >= 30, "{:?}", server.counts());
    assert_eq!(desk.ends(0, &["events", "--json"]).out, before);
}

#[test]
fn the_gym_refuses_what_no_jira_can_be_made_of_with_what_to_do() {
    let desk = Desk::empty();
    desk.write("log.csv", "number,sys_updated_at\nINC1,2026-01-01\n");
    desk.write("broken.jsonl", "{\"id\":\"7\"}\n");
    desk.write("packed.jsonl.zst", "this is not packed");
    let said = |args: &[&str]| desk.ends(2, &[&["gym", "--tool", "jira-cloud"], args].concat()).err;
    insta::assert_snapshot!(
        [
            said(&["--switch", "index-lagg"]),
            said(&["--recorded", "log.csv"]),
            said(&["--recorded", "broken.jsonl"]),
            said(&["--recorded", "packed.jsonl.zst"]),
            desk.ends(2, &["gym", "--tool", "jsm-cloud", "--recorded", "broken.jsonl"]).err,
        ]
        .join("\n")
    );
    let listed = desk.ends(0, &["gym", "--tool", "jira-data-center", "--list"]).out;
    assert!(listed.contains("index-lag-hours") && !listed.contains("audit-denied"), "{listed}");
}

#[test]
fn a_recording_is_served_packed_or_not_and_all_its_issues_arrive() {
    let issue = |id: u32, kind: &str| {
        format!(
            "{{\"id\":\"{id}\",\"key\":\"OLD-{id}\",\"fields\":{{\"created\":\"2014-01-06T06:22:58.354+0000\",\
             \"updated\":\"2014-05-09T02:39:46.272+0000\",\"summary\":\"s\",\"issuetype\":{{\"id\":\"1{id}\",\"name\":{kind:?}}},\
             \"status\":{{\"id\":\"6\",\"name\":\"Closed\",\"statusCategory\":{{\"key\":\"done\"}}}},\
             \"project\":{{\"id\":\"3\",\"key\":\"OLD\",\"name\":\"O\"}}}},\"changelog\":{{\"histories\":[]}}}}\n"
        )
    };
    let lines = [issue(1, "Bug"), issue(2, "New \"Feature\""), issue(3, "Bug")].concat();
    let desk = Desk::empty();
    let paths = [
        desk.write("issues.jsonl", &lines),
        desk.write("issues.ndjson.zst", zstd::encode_all(lines.as_bytes(), 0).unwrap()),
    ];
    for path in paths {
        let path = path.display().to_string();
        let mut gym = desk.start(&["gym", "--tool", "jira-data-center", "--recorded", &path]);
        gym.until("Ctrl-C stops it");
        let said = gym.said();
        let section = said.split_once("`\n").unwrap().1.split_once("\nCtrl-C").unwrap().0;
        let reader = Desk::with_config(section).variable("GYM_TOKEN", "gym-personal-token");
        reader.ends(0, &["sync"]);
        assert!(held(&reader).contains(&("issue".to_owned(), 3)), "{:?}", held(&reader));
    }
}
