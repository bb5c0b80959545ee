//! What a configuration means, and that nothing makes the reader fall over.

mod fake;
#[path = "reading/registers.rs"]
mod registers;

use counterfoil_config::{Amqp, IdentifierKind, Input, Role, parse, template};
use counterfoil_diagnostics::SourceText;
use fake::{FakeFile, KINDS, MAPPINGS, Sullen, codes, read, rendered};
use proptest::prelude::*;
use std::path::Path;
use std::time::Duration;

const FULL: &str = r#"
data_dir = ".counterfoil"
person_salt = "env:SALT"

[party.acme]
name = "ACME Networks Ltd"
role = "external_supplier"
identifiers = [{ type = "email_domain", value = "acme.example" }, { type = "reg_no", value = "7", authority = "HRB" }]

[connector.zulu-log]
type = "file"
mapping = ["servicenow/incident-log", "mine.toml"]
party = "acme"
zone = "Europe/Lisbon"
dates = "dmy"
interval_secs = 30
path = "log.csv"
key = "number"
api_token = "env:TOKEN"

[connector.zulu-log.override.words.state]
"Parked" = "on_hold"

[connector.alpha]
type = "file"
mapping = "volvo/problem"
enabled = false
person_salt = "file:salt"
path = "b.csv"
key = "id"

[amqp]
address = "amqp://127.0.0.1:5672/%2f"
user = "guest"
password = "env:COUNTERFOIL_AMQP_PASSWORD"
window = 64

[reporting]
zone = "Europe/Berlin"
"#;

#[test]
fn a_whole_configuration_is_read() {
    let parsed = read(FULL, &[]);
    assert_eq!(codes(&parsed), [""; 0], "{}", rendered(&parsed));
    let config = parsed.config.unwrap();
    assert_eq!(config.data_dir.as_deref(), Some(Path::new(".counterfoil")));
    assert_eq!(config.reporting.zone, "Europe/Berlin");
    assert_eq!(
        config.amqp,
        Some(Amqp {
            host: "127.0.0.1".into(),
            port: 5672,
            vhost: "/".into(),
            tls: false,
            ca_file: None,
            user: "guest".into(),
            password: "env:COUNTERFOIL_AMQP_PASSWORD".into(),
            exchange: "counterfoil.events".into(),
            reporting_queue: "counterfoil.reporting".into(),
            window: 64,
        })
    );
    let party = &config.parties[0];
    assert_eq!((party.id.as_str(), &*party.name, party.role), ("acme", "ACME Networks Ltd", Role::ExternalSupplier));
    assert_eq!((party.role.as_str(), party.identifiers[0].kind.as_str()), ("external_supplier", "email_domain"));
    assert_eq!(party.identifiers[1].kind, IdentifierKind::RegNo);
    assert_eq!(party.identifiers[1].authority.as_deref(), Some("HRB"));
    let [zulu, alpha] = &config.instances[..] else { panic!("two instances in the order of the file") };
    assert_eq!((zulu.name.as_str(), zulu.kind, zulu.enabled), ("zulu-log", "file", true));
    assert_eq!(zulu.interval, Duration::from_secs(30));
    assert_eq!(zulu.party.as_ref().map(|party| party.as_str()), Some("acme"));
    assert_eq!((zulu.zone.as_deref(), zulu.dates), (Some("Europe/Lisbon"), Some("dmy")));
    assert_eq!(zulu.salt.as_deref(), Some("env:SALT"), "the one for all");
    let [shipped, own] = &zulu.mappings[..] else { panic!("two mappings") };
    assert_eq!((&*shipped.name, &*own.name), ("servicenow/incident-log", "mine.toml"));
    assert_eq!(&own.at.source.text[own.at.range.clone()], "\"mine.toml\"");
    let overrides = zulu.overrides.as_ref().unwrap();
    assert_eq!(overrides.document.text.find("\"Parked\""), FULL.find("\"Parked\""));
    assert_eq!(&*overrides.shown.text, FULL, "its places are shown in the file");
    assert_eq!((alpha.name.as_str(), alpha.enabled, alpha.interval), ("alpha", false, Duration::from_secs(60)));
    assert_eq!(alpha.salt.as_deref(), Some("file:conf/salt"));
    assert!(alpha.overrides.is_none() && alpha.party.is_none());
}

#[test]
fn sets_change_add_and_make_whole_sections() {
    let sets = [
        "connector.zulu-log.path=/a/b c.csv",
        "connector.zulu-log.interval_secs=5",
        "connector.zulu-log.override.words.state.\"On ice\"=on_hold",
        "connector.new.type=file",
        "connector.new.mapping=volvo/problem",
        "connector.new.path=n.csv",
        "connector.new.key=id",
        "amqp.address=amqps://broker.example",
        "amqp.ca_file=house.pem",
    ];
    let parsed = read(FULL, &sets);
    assert_eq!(codes(&parsed), [""; 0], "{}", rendered(&parsed));
    let config = parsed.config.unwrap();
    assert_eq!(config.instances[0].interval, Duration::from_secs(5));
    assert_eq!(config.instances[2].name.as_str(), "new");
    assert_eq!(&*config.instances[2].mappings[0].at.source.name, "--set");
    let amqp = config.amqp.unwrap();
    assert_eq!((&*amqp.host, amqp.port, amqp.tls, &*amqp.vhost), ("broker.example", 5671, true, "/"));
    assert_eq!(amqp.ca_file.as_deref(), Some(Path::new("conf/house.pem")));
    let overrides = config.instances[0].overrides.clone().unwrap();
    assert_eq!(overrides.document, overrides.shown, "it stands nowhere as it is");
    assert_eq!(&*overrides.document.name, "counterfoil.toml, override of connector.zulu-log");
    assert_eq!(&*overrides.document.text, "[words.state]\n\"On ice\" = \"on_hold\"\nParked = \"on_hold\"\n");
}

#[test]
fn a_problem_with_a_set_value_is_shown_in_the_set() {
    let parsed = read(FULL, &["connector.zulu-log.zone=Europe/Lisbom", "connector.zulu-log.pth=x"]);
    let shown: Vec<_> = parsed
        .findings
        .iter()
        .map(|(source, finding)| (&*source.name, finding.code, &source.text[finding.at.clone()]))
        .collect();
    assert_eq!(shown, [("--set", "config::unknown-zone", "Europe/Lisbom"), ("--set", "config::unknown-key", "pth")]);
    assert!(parsed.config.is_none());
}

#[test]
fn every_problem_of_the_file_is_found_in_one_run() {
    let text = r#"
colour = "red"
[connector.log]
type = "fiel"
mapping = "servicenow/incident-lgo"
zone = "Mars/Olympus"
dates = "dym"
interval_secs = 0
[connector.Log2]
type = "file"
pth = "a"
page_size = 700
enabled = "yes"
[party.acme]
name = 5
role = "suplier"
[amqp]
address = "amqp://guest:guest@h"
window = -1
"#;
    let parsed = read(text, &["connector"]);
    assert_eq!(
        codes(&parsed),
        [
            "config::unknown-key",
            "config::unknown-connector",
            "config::unknown-mapping",
            "config::unknown-zone",
            "config::unknown-word",
            "config::out-of-range",
            "config::missing-key",
            "config::missing-key",
            "config::invalid-name",
            "config::unknown-key",
            "config::wrong-type",
            "config::wrong-type",
            "config::unknown-word",
            "config::missing-key",
            "config::missing-key",
            "config::credentials-in-address",
            "config::out-of-range",
            "config::invalid-set",
        ],
        "{}",
        rendered(&parsed)
    );
}

#[test]
fn a_warning_stops_nothing() {
    let parsed = read("[connector.a]\ntype='file'\nmapping='x.toml'\nparty='nobody'\npath='${HOME}/a'\nkey='k'", &[]);
    assert_eq!(codes(&parsed), ["config::unknown-party", "config::not-substituted"]);
    assert!(parsed.config.is_some());
    assert_eq!(codes(&read("", &[])), ["config::no-connector"]);
}

#[test]
fn a_secret_in_plain_is_refused_and_shown_nowhere() {
    let canary = "CANARY-7f3";
    let broken = format!("[amqp]\npassword = {canary}\n");
    let plain = format!(
        "person_salt = '{canary}'\n[connector.a]\ntype='file'\nmapping='x.toml'\npath='p'\nkey='k'\napi_token = \"{canary}\"\n\
         options = {{ client-secret = \"{canary}\" }}\n[amqp]\naddress = \"amqp://u:{canary}@h\"\nuser='u'\npassword = \"\"\"{canary}\"\"\"\n"
    );
    for (text, set) in [
        (broken.as_str(), format!("amqp.password={canary}")),
        (plain.as_str(), format!("connector.a.api_token={canary}")),
        (plain.as_str(), format!("connector.a={{ token = \"{canary}\" }}")),
    ] {
        let parsed = read(text, &[set.as_str()]);
        assert!(parsed.config.is_none());
        let shown = format!("{}{:?}", rendered(&parsed), parsed.findings);
        assert!(!shown.contains(canary) && !shown.contains(&canary[3..]), "{shown}");
    }
    assert_eq!(
        codes(&read(&plain, &[])).iter().filter(|code| **code == "config::plain-secret").count(),
        4,
        "the two of the gateway and the two of the connector"
    );
}

#[test]
fn the_template_parses_without_a_finding() {
    let text = template(&FakeFile, "acme-log");
    let parsed = read(&text, &[]);
    assert_eq!(codes(&parsed), [""; 0], "{text}\n{}", rendered(&parsed));
    assert_eq!(parsed.config.unwrap().instances[0].name.as_str(), "acme-log");
    insta::assert_snapshot!(text);
    let own = template(&Sullen, "x");
    assert_eq!(own.matches("mapping =").count(), 1, "a key that the kind gives itself is not given twice");
    assert_eq!(codes(&read(&own, &[])), ["config::refused"]);
}

#[test]
fn what_is_commented_out_in_the_template_fits_too() {
    let text = template(&FakeFile, "log");
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                rest
            }
            _ => line,
        })
        .collect();
    let parsed = read(&uncommented.join("\n"), &[]);
    assert_eq!(codes(&parsed), [""; 0], "{}", rendered(&parsed));
    assert!(parsed.config.unwrap().amqp.is_some());
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(FULL.lines().map(|line| format!("{line}\n")).collect::<Vec<_>>()),
        proptest::sample::select(
            [
                "[",
                "]",
                "[[",
                "]]",
                "=",
                ".",
                "\"",
                "'",
                "\"\"\"",
                "{",
                "}",
                ",",
                "\n",
                "\r\n",
                "connector",
                "party",
                "amqp",
                "ü",
                "password",
                "override",
                "${",
                "#",
                "1",
                "-1e400",
                "9999999999999999999999",
                "2016-02-30",
                "\u{0}",
                "\u{feff}",
                "://",
                "@",
            ]
            .map(str::to_owned)
            .to_vec()
        ),
        "\\PC{0,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_and_any_set_is_read_without_a_panic(
        pieces in prop::collection::vec(piece(), 0..30),
        sets in prop::collection::vec(prop::collection::vec(piece(), 0..6), 0..3),
    ) {
        let source = SourceText { name: "c.toml".into(), text: pieces.concat().into() };
        let sets: Vec<String> = sets.iter().map(|pieces| pieces.concat()).collect();
        let parsed = parse(&Input { source: source.clone(), folder: "conf".into(), sets }, KINDS, MAPPINGS);
        for (text, finding) in &parsed.findings {
            prop_assert!(text.text.get(finding.at.clone()).is_some(), "{:?} is no place in {:?}", finding, text);
        }
        prop_assert!(!rendered(&parsed).contains('\0'), "a control character is shown");
        let error = parsed.findings.iter().any(|(_, f)| f.severity == counterfoil_diagnostics::Severity::Error);
        prop_assert_eq!(parsed.config.is_none(), error);
    }
}
