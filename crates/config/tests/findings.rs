//! One example per code, as it is shown; and the list of codes is complete.

mod fake;

use fake::{codes, handed, read, rendered};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LOG: &str =
    "[connector.log]\ntype = \"file\"\nmapping = \"servicenow/incident-log\"\npath = \"a.csv\"\nkey = \"number\"\n";

/// A contract that names what is nowhere described.
const CONTRACT: &str = r#"
[party.acme]
name = "ACME"
role = "external_supplier"

[service.mail]

[agreement.mail]
agreement_kind = "external_supplier_contract"
provider_party = "acmee"
consumer_party = "house"
supports = ["mial"]
valid_from = 2026-01-01

[agreement.mail.target.p1]
metric = "resolution"
target_value = "4 hours"
calendar = "office"
"#;

/// A configuration that has the problem, and what is set on the command line.
fn examples() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let log = |more: &str| format!("{LOG}{more}\n");
    let mail = |more: &str| format!("[connector.mail]\ntype = \"post\"\nmapping = \"file/incident\"\n{more}\n");
    let amqp = |more: &str| {
        let credentials = "user = \"guest\"\npassword = \"env:PASSWORD\"\n";
        format!("{LOG}\n[amqp]\naddress = \"amqp://127.0.0.1:5672/%2f\"\n{credentials}{more}\n")
    };
    vec![
        ("config::syntax", log("nulls = [\"?\"\nzone = \"UTC\""), vec![]),
        ("config::duplicate-key", log("\n[connector.log]\ntype = \"file\""), vec![]),
        ("config::unknown-key", log("").replace("path", "pth"), vec![]),
        ("config::missing-key", log("").replace("path", "# path"), vec![]),
        ("config::wrong-type", log("shape = [\"log\"]\nenabled = \"yes\""), vec![]),
        (
            "config::out-of-range",
            log("interval_secs = 100000\npage_size = 99999999999999999999999999999999999999999999"),
            vec![],
        ),
        ("config::unknown-word", log("dates = \"dym\""), vec![]),
        ("config::invalid-value", log("quote = \"<<\""), vec![]),
        ("config::not-a-section", "[connector]\ntype = \"file\"\n".to_owned(), vec![]),
        ("config::unknown-connector", log("").replace("\"file\"", "\"fiel\""), vec![]),
        ("config::unknown-mapping", log("").replace("servicenow/", ""), vec![]),
        ("config::no-mapping", log("").replace("\"servicenow/incident-log\"", "[]"), vec![]),
        ("config::invalid-name", log("").replace("connector.log", "connector.\"ACME Log\""), vec![]),
        ("config::unknown-zone", log(""), vec!["connector.log.zone=Europe/Lisbom"]),
        (
            "config::unknown-party",
            log("party = \"acmee\"\n\n[party.acme]\nname = \"ACME\"\nrole = \"external_supplier\""),
            vec![],
        ),
        ("config::plain-secret", amqp("").replace("env:PASSWORD", "hunter2"), vec![]),
        ("config::invalid-address", amqp("").replace("amqp://", "http://"), vec![]),
        ("config::credentials-in-address", amqp("").replace("127", "guest:hunter2@127"), vec![]),
        ("config::invalid-amqp-name", amqp("exchange = \"amq.topic\""), vec![]),
        ("config::invalid-listen", log("\n[api]\nlisten = \"localhost\""), vec![]),
        ("config::listens-beyond-loopback", log("\n[api]\nlisten = \"0.0.0.0:8466\""), vec![]),
        ("config::no-tls", amqp("ca_file = \"house.pem\""), vec![]),
        ("config::not-substituted", log("").replace("a.csv", "${HOME}/a.csv"), vec![]),
        ("config::no-connector", String::new(), vec![]),
        ("config::invalid-mail-name", mail("own_addresses = [\"desk\"]\nauthserv_ids = [\"mx acme\"]"), vec![]),
        ("config::not-for-mails", log("rules = \"own.toml\""), vec![]),
        ("config::unknown-instance", mail("reports = { to = \"fiels\" }"), vec![]),
        ("config::no-inbox", mail("reports = [{ to = \"mail\", names = [\"*.csv\"] }]"), vec![]),
        ("config::report-party", mail("reports = { to = \"mail\" }"), vec![]),
        ("config::invalid-set", log(""), vec!["connector.log.path"]),
        ("config::set-through-value", log(""), vec!["connector.log.path.folder=/srv"]),
        ("config::reserved-name", log("").replace("connector.log", "connector.register"), vec![]),
        (
            "config::unknown-section",
            format!("{LOG}{CONTRACT}"),
            vec!["agreement.mail.covers=[\"maill\", \"Printing\"]"],
        ),
        ("config::refused", log("").replace("\"file\"", "\"sullen\""), vec![]),
    ]
}

#[test]
fn every_code_of_the_configuration_has_an_example_and_is_shown_well() {
    let mut shown = BTreeSet::new();
    for (code, text, sets) in examples() {
        let parsed = read(&text, &sets);
        assert!(codes(&parsed).contains(&code), "{code} is not found in its example, but {:?}", codes(&parsed));
        insta::assert_snapshot!(code.replace("::", "-"), rendered(&parsed));
        let has_registers = handed().contains("agreement.mail");
        assert_eq!(has_registers, code == "config::unknown-section", "registers of one example reach another");
        shown.insert(code.to_owned());
    }
    let used = codes_in(&[workspace().join("crates/config/src"), workspace().join("crates/sdk/src")]);
    assert_eq!(used.keys().cloned().collect::<BTreeSet<_>>(), shown, "codes in the source, and codes with an example");
}

#[test]
fn every_code_is_described_in_docs_findings() {
    let mut folders = vec![workspace().join("crates/config/src"), workspace().join("crates/sdk/src")];
    folders.extend(
        ["crates/conversation/src", "crates/mapping/src", "crates/pipeline/src"].map(|folder| workspace().join(folder)),
    );
    let connectors = std::fs::read_dir(workspace().join("connectors")).into_iter().flatten();
    folders.extend(connectors.map(|entry| entry.unwrap().path().join("src")));
    let used = codes_in(&folders);
    let page = std::fs::read_to_string(workspace().join("docs/findings.md")).unwrap();
    let described: BTreeSet<String> = page.lines().filter_map(described_code).map(str::to_owned).collect();
    let missing: Vec<_> = used.iter().filter(|(code, _)| !described.contains(*code)).collect();
    let stale: Vec<_> = described.iter().filter(|code| !used.contains_key(*code)).collect();
    assert!(missing.is_empty(), "not in docs/findings.md (code, first file): {missing:#?}");
    assert!(stale.is_empty(), "in docs/findings.md, but nowhere in the source: {stale:#?}");
}

#[test]
fn codes_are_found_in_code_and_not_in_tests_or_comments() {
    let source = "/// see \"a::in-a-comment\"\nfn f() { error(\"map::one-two\", \"std::fmt is no code\"); }\n\
                  const C: &str = \"file::three\"; // \"a::behind\"\n#[cfg(test)]\nmod tests { const X: &str = \"a::in-a-test\"; }\n";
    assert_eq!(codes_of(source).collect::<Vec<_>>(), ["map::one-two", "file::three"]);
    assert_eq!(described_code("| `file::three` | meaning | remedy |"), Some("file::three"));
    assert_eq!(described_code("see `file::three`"), None);
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The first cell of a row of a table.
fn described_code(line: &str) -> Option<&str> {
    line.strip_prefix("| `")?.split_once("` |").map(|(code, _)| code)
}

/// Every code in the sources below these folders, with one file that has it.
fn codes_in(folders: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut pending = folders.to_vec();
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                pending.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let source = std::fs::read_to_string(&path).expect("sources can be read");
                found.extend(codes_of(&source).map(|code| (code.to_owned(), path.clone())));
            }
        }
    }
    found
}

/// Texts of the shape `"word::more-words"` in what is compiled into the program.
fn codes_of(source: &str) -> impl Iterator<Item = &str> {
    let code = source.split("#[cfg(test)]\nmod").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let lines = lines.map(|line| line.split(" // ").next().unwrap_or_default());
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).filter(|text| is_code(text))
}

fn is_code(text: &str) -> bool {
    let lower = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
    };
    text.split_once("::").is_some_and(|(group, name)| lower(group) && lower(name))
}
