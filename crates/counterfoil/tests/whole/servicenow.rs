//! ServiceNow as its users meet it: a simulated instance served by `gym`, looked at by `doctor`, pulled, and its words compared.

use crate::ledger;
use crate::program::{Desk, Running};
use serde_json::Value;

/// An instance of the gym and a desk that reads it.
struct Lab {
    gym: Running,
    desk: Desk,
}

fn lab(served: &[&str], more: &str) -> Lab {
    let desk = Desk::empty().variable("GYM_PASSWORD", "gym");
    let mut gym = desk.start(&[&["gym"], served].concat());
    let url = gym.behind("url = ").trim_matches('"').to_owned();
    desk.write(
        "counterfoil.toml",
        format!(
            "[connector.acme]\ntype = \"servicenow\"\nurl = \"{url}\"\nuser = \"integration\"\n\
             password = \"env:GYM_PASSWORD\"\nrequests_per_second = 1000\n\
             mapping = [\"servicenow/incident\", \"servicenow/choice\"]\n{more}"
        ),
    );
    Lab { gym, desk }
}

/// The simulated world is at a day of its own, and nobody knows how far off this machine's is.
fn without_days(text: &str) -> String {
    let (before, days) = text.split_once("this machine is ").expect("the clocks are compared");
    let (_, behind) = days.split_once(' ').expect("a number");
    format!("{before}this machine is [number] {behind}")
}

#[test]
fn doctor_names_the_right_that_is_missing_and_the_column_that_does_not_exist() {
    let more = "filter = \"assignmnt_group.name=Network^active=true\"\n";
    let lab = lab(&["--switch", "journal-denied", "--incidents", "90"], more);
    let doctor = lab.desk.ends(4, &["doctor"]);
    insta::assert_snapshot!(without_days(&doctor.out));
    let told = lab.desk.run(&["doctor", "--json", "--instance", "acme"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told[0]["name"], "acme");
    assert!(!doctor.out.contains("env:") && !told.to_string().contains("gym\""));
    // What would read everything instead of a part is not read at all.
    let synced = lab.desk.ends(4, &["sync"]);
    assert!(synced.out.contains("assignmnt_group"), "{}", synced.out);
    let status = ledger::status(&lab.desk);
    let held = |stream: &&Value| stream["stream"] == "incident" && stream["held"] != 0;
    assert!(!status["streams"].as_array().unwrap().iter().any(|stream| held(&stream)), "{status}");
}

#[test]
fn doctor_says_what_is_wrong_when_nobody_answers_or_the_password_is_wrong() {
    let lab = lab(&["--incidents", "60"], "");
    let wrong = Desk::empty().variable("GYM_PASSWORD", "wrong");
    let config = std::fs::read_to_string(lab.desk.path("counterfoil.toml")).unwrap();
    wrong.write("counterfoil.toml", &config);
    let told = wrong.ends(4, &["doctor"]).out;
    assert!(told.contains("BROKEN") && told.contains("check user and password"), "{told}");
    lab.gym.signal("INT");
    let (_, said, _) = lab.gym.end();
    assert!(said.contains("asked for"), "{said}");
    let told = lab.desk.ends(4, &["doctor"]).out;
    assert!(told.contains("BROKEN") && told.contains("check the address"), "{told}");
}

#[test]
fn a_second_pass_makes_no_event_and_words_are_compared_with_the_choices_that_are_there() {
    let more = "[connector.acme.override.words.state]\n\"Parkd\" = \"on_hold\"\n";
    let lab = lab(&["--incidents", "90", "--seed", "4"], more);
    lab.desk.ends(0, &["sync"]);
    let before = lab.desk.ends(0, &["events", "--json"]).out;
    assert!(before.lines().count() > 90);
    lab.desk.ends(0, &["sync"]);
    assert_eq!(lab.desk.ends(0, &["events", "--json"]).out, before);
    insta::assert_snapshot!(lab.desk.ends(0, &["mapping", "lint"]).out);
    ledger::is_whole(&lab.desk);
}

#[test]
fn the_gym_refuses_what_it_cannot_serve_with_what_to_do() {
    let desk = Desk::empty();
    desk.write("log.csv", "number,sys_updated_at\nINC1,yesterday\n");
    desk.write("notes.txt", "");
    std::fs::create_dir(desk.path("empty")).unwrap();
    let said = |args: &[&str]| desk.ends(2, args).err;
    insta::assert_snapshot!(
        [
            said(&["gym", "--switch", "hiden-rows"]),
            said(&["gym", "--recorded", "missing.csv"]),
            said(&["gym", "--recorded", "log.csv"]),
            said(&["gym", "--recorded", "notes.txt"]),
            said(&["gym", "--recorded", "empty"]),
        ]
        .join("\n")
    );
}
