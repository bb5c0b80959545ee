//! Every problem of a mapping, at its place, in one run.

use counterfoil_diagnostics::{SourceText, render, render_plain};
use counterfoil_mapping::{Mapping, MappingSource, Overrides, Settings};
use counterfoil_record::Form;

fn source(text: &str) -> MappingSource {
    let file = SourceText { name: "mappings/test.toml".into(), text: text.into() };
    MappingSource { file, overrides: None, settings: Settings::default() }
}

/// The codes of what is found, with what each points at.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let problems = Mapping::compile(&source(text)).expect_err("this mapping has problems");
    problems.all().map(|finding| (finding.code, text[finding.at.clone()].to_owned())).collect()
}

fn with_fields(fields: &str) -> String {
    format!("[mapping]\nkind = \"incident\"\n[fields]\n{fields}\n[words.state]\n\"New\" = \"new\"\n")
}

#[test]
fn every_kind_of_problem_is_found_at_its_place() {
    for (fields, code, at) in [
        ("titel = \"/t\"", "mapping::unknown-field", "titel"),
        ("title = \"t\"", "mapping::bad-pointer", "\"t\""),
        ("title = \"/a~2\"", "mapping::bad-pointer", "\"/a~2\""),
        ("title = 3", "mapping::wrong-type", "3"),
        ("title = { form = \"/t\" }", "mapping::unknown-key", "form"),
        ("title = { required = true }", "mapping::one-origin", "title"),
        ("title = { from = \"/t\", cel = \"1\" }", "mapping::one-origin", "title"),
        ("title = { from = [] }", "mapping::one-origin", "[]"),
        ("title = { from = \"/t\", convert = \"ritch\" }", "mapping::unknown-converter", "\"ritch\""),
        ("title = { from = \"/t\", convert = \"flag\" }", "mapping::wrong-converter", "\"flag\""),
        ("title = { from = \"/t\", format = \"epoch_seconds\" }", "mapping::unknown-value", "\"epoch_seconds\""),
        ("title = { template = \"x{/t\" }", "mapping::bad-template", "\"x{/t\""),
        ("title = { party = \"instance\" }", "mapping::wrong-converter", "title"),
        ("title = { from = \"/t\", slots = { a = \"/a\" } }", "mapping::unknown-key", "slots"),
        ("priority = \"/p\"", "mapping::unknown-words", "\"/p\""),
        ("priority = { from = \"/p\", words = \"stat\" }", "mapping::unknown-words", "\"stat\""),
        ("priority = { from = \"/p\", words = \"state\" }", "mapping::unknown-word", "\"new\""),
        ("impact = { from = \"/p\", words = \"state\" }", "mapping::wrong-type", "\"new\""),
        ("is_major = { cel = \"impac == 1\" }", "mapping::bad-expression", "\"impac == 1\""),
        ("is_major = { cel = \"a.map(x, x)\", slots = { a = \"/a\" } }", "mapping::bad-expression", "\"a.map(x, x)\""),
        ("opened_at = { cel = \"1\" }", "mapping::wrong-converter", "\"1\""),
        ("resolved_at = { derive = \"last entry to resolved\" }", "mapping::history", "\"last entry to resolved\""),
        (
            "resolved_at = { derive = \"last entry to resolve\" }",
            "mapping::unknown-derivation",
            "\"last entry to resolve\"",
        ),
        (
            "hold_reason = { from = \"/h\", words = \"hold\", in_states = [\"holding\"] }",
            "mapping::unknown-word",
            "\"holding\"",
        ),
        ("title = { from = \"/t\", in_states = [\"new\"] }", "mapping::in-states", "title"),
        ("state = { from = \"/s\", words = \"state\", otherwise = \"new\" }", "mapping::unknown-value", "\"new\""),
        ("title = { from = \"/t\", required = \"yes\" }", "mapping::wrong-type", "\"yes\""),
        ("title = { from = \"/t\", format = \"duration\" }", "mapping::unknown-value", "\"duration\""),
        ("downtime = { from = \"/t\", format = \"duration\", day = \"1 day\" }", "mapping::unknown-value", "\"1 day\""),
        ("downtime = { from = \"/t\", day = \"24h\" }", "mapping::unknown-value", "\"24h\""),
        ("title = { from = \"/t\", otherwise = \"instance\" }", "mapping::wrong-converter", "title"),
        ("title = { from = \"/t\", query = \"priority\" }", "mapping::missing", "\"priority\""),
        ("state = { from = \"/s\", words = \"state\", query = \"s\" }", "mapping::wrong-converter", "\"s\""),
        ("downtime = { pairs = [\"/t\"] }", "mapping::wrong-converter", "downtime"),
        ("title = { pairs = [{ name = \"/t\" }] }", "mapping::missing", "{ name = \"/t\" }"),
        ("title = { from = [{ in = \"/a\", at = \"/t\" }, \"/a/-1/t\"] }", "mapping::bad-pointer", ""),
    ] {
        let found = found(&with_fields(fields));
        assert!(found.contains(&(code, at.to_owned())), "{fields}: {found:?}");
    }
}

#[test]
fn problems_outside_the_fields() {
    for (text, code, at) in [
        ("[mapping\nkind = 1", "mapping::syntax", None),
        ("[fields]\ntitle = \"/t\"", "mapping::missing", None),
        ("[mapping]\nform = \"log\"", "mapping::missing", Some("form")),
        ("[mapping]\nkind = \"risk\"", "mapping::unknown-value", Some("\"risk\"")),
        ("[mapping]\nkind = \"incident\"\nform = \"logs\"", "mapping::unknown-value", Some("\"logs\"")),
        ("[mapping]\nkind = \"incident\"\nform = \"log\"", "mapping::history", None),
        ("[mapping]\nkind = \"incident\"\n[history]\noccurred_at = \"/t\"", "mapping::history", Some("history")),
        ("[mapping]\nkind = \"incident\"\n[when]\n\"/t\" = \"there\"", "mapping::unknown-value", Some("\"there\"")),
        ("[mapping]\nkind = \"incident\"\nzone = \"Lisbon\"", "mapping::unknown-zone", Some("\"Lisbon\"")),
        ("[mapping]\nkind = \"incident\"\n[felds]", "mapping::unknown-key", Some("felds")),
        (
            "[mapping]\nkind = \"incident\"\n[fields]\nstate = { from = \"/s\", words = \"state\" }\n\
             [words.state]\n\"In progress\" = \"in_progress\"\n\"in  Progress\" = \"assigned\"",
            "mapping::duplicate-word",
            Some("\"in  Progress\""),
        ),
        (
            "[mapping]\nkind = \"incident\"\n[words.state]\n\"New\" = \"new\"\n\"New\" = \"closed\"",
            "mapping::syntax",
            None,
        ),
    ] {
        let found = found(text);
        let there = |(found, place): &(&str, String)| *found == code && at.is_none_or(|at| place == at);
        assert!(found.iter().any(there), "{text}: {found:?}");
    }
}

#[test]
fn an_unused_word_table_is_a_warning_and_stops_nothing() {
    let mapping = Mapping::compile(&source(&with_fields("title = \"/t\""))).unwrap();
    assert_eq!(mapping.warnings().iter().map(|finding| finding.code).collect::<Vec<_>>(), ["mapping::unused-words"]);
}

#[test]
fn a_list_of_changes_needs_its_parts_and_columns_that_can_be_told() {
    let head = "[mapping]\nkind = \"incident\"\n[words.state]\n\"New\" = \"new\"\n";
    let list = "[history]\nchanges = \"/a\"\ncolumn = \"/c\"\nfrom = \"/f\"\nto = \"/t\"\noccurred_at = \"/o\"\n";
    let state = "state = { from = \"/s\", words = \"state\", track = [\"s\"] }\n";
    let untracked = "state = { from = \"/s\", words = \"state\" }\n";
    for (text, code, at) in [
        (format!("[history]\nchanges = \"/a\"\n[fields]\n{state}"), "mapping::history", "history"),
        (format!("{list}[fields]\n{untracked}"), "mapping::history", "history"),
        (format!("{list}[fields]\n{state}title = \"/a/0/t\""), "mapping::history", "\"/a\""),
        (format!("{list}items = \"i\"\n[fields]\n{state}"), "mapping::bad-pointer", "\"i\""),
        (format!("[fields]\n{state}"), "mapping::track", "track"),
        (format!("{list}[fields]\n{state}url = {{ template = \"x\", track = [\"u\"] }}"), "mapping::track", "track"),
        (
            format!("{list}[fields]\n{untracked}title = {{ from = \"/h\", in_states = [\"new\"], track = [\"h\"] }}"),
            "mapping::track",
            "track",
        ),
        (format!("{list}[fields]\n{state}[when]\n\"/x\" = {{ or = \"/y\" }}"), "mapping::missing", "{ or = \"/y\" }"),
    ] {
        let found = found(&format!("{head}{text}"));
        assert!(found.contains(&(code, at.to_owned())), "{text}: {found:?}");
    }
    let log = format!("{}{list}[fields]\n{state}", head.replace("\n[words", "\nform = \"log\"\n[words"));
    assert!(found(&log).contains(&("mapping::history", "\"/a\"".to_owned())));
}

#[test]
fn tracking_in_a_log_needs_a_plain_source() {
    let text = "[mapping]\nkind = \"incident\"\nform = \"log\"\n[history]\noccurred_at = \"/t\"\n\
                [fields]\nis_major = { cel = \"true\", track = true }";
    assert_eq!(found(text), [("mapping::track", "track".to_owned())]);
}

#[test]
fn problems_of_overrides_point_into_the_configuration() {
    let config = "[connector.acme]\ntype = \"file\"\n\n[connector.acme.override.words.state]\n\"Parked\" = \"onhold\"\n\n\
                  [connector.acme.override.fields]\ntitle = { from = [\"/a\", \"b\"] }\n";
    let config = SourceText { name: "counterfoil.toml".into(), text: config.into() };
    let mut source = source(&with_fields("state = { from = \"/s\", words = \"state\" }"));
    source.overrides = Overrides::section(&config, &["connector", "acme", "override"]);
    let problems = Mapping::compile(&source).unwrap_err();
    assert_eq!(problems.file, []);
    let lines: Vec<String> = problems.overrides.iter().map(|finding| render_plain(finding, &config)).collect();
    assert_eq!(
        lines,
        [
            "counterfoil.toml:5:12: mapping::unknown-word: `onhold` is no word of `state` (did you mean `on_hold`?)",
            "counterfoil.toml:8:25: mapping::bad-pointer: a JSON pointer starts with `/` (write `/b`)",
        ]
    );
}

#[test]
fn all_problems_of_a_file_in_one_run() {
    let text = "[mapping]\nkind = \"incident\"\nform = \"logs\"\nnull = [\"?\"]\n\n[when]\nnumber = \"present\"\n\n[fields]\n\
                titel = \"/short_description\"\npriority = { from = \"/priority\", words = \"prio\" }\n\
                state = { from = \"/state\", words = \"state\", trak = true }\n\
                is_major = { cel = \"impact = 1\" }\nopened_at = { from = \"opened_at\", convert = \"date\" }\n\n\
                [words.state]\n\"New\" = \"neu\"\n\"Active\" = \"in_progres\"\n\n[words.priority]\n\"1\" = \"P1\"\n";
    let source = source(text);
    let problems = Mapping::compile(&source).unwrap_err();
    insta::assert_snapshot!(render(&problems.file, &source.file, false, 110));
}

#[test]
fn a_stored_mapping_maps_as_it_did_and_its_digest_covers_everything() {
    let mut original =
        source(&with_fields("title = \"/t\"\nrequester = \"/r\"\nstate = { from = \"/s\", words = \"state\" }"));
    original.settings =
        Settings { instance: "acme".into(), zone: Some("UTC".into()), salt: "s".into(), ..Settings::default() };
    let config = "[o.words.state]\n\"Parked\" = \"on_hold\"\n";
    let config = SourceText { name: "counterfoil.toml".into(), text: config.into() };
    original.overrides = Overrides::section(&config, &["o"]);
    let mapping = Mapping::compile(&original).unwrap();
    let again = Mapping::from_stored(&mapping.stored()).unwrap();
    let payload = r#"{"t":"x","r":"Jo","s":"Parked"}"#;
    assert_eq!(again.digest(), mapping.digest());
    assert_eq!(again.explain(Form::Snapshot, payload), mapping.explain(Form::Snapshot, payload));
    let changes: [fn(&mut MappingSource); 5] = [
        |source| source.settings.salt = "t".into(),
        |source| source.settings.zone = None,
        |source| source.settings.party = Some(counterfoil_model::Slug::of("acme")),
        |source| source.overrides = None,
        |source| source.file.text = source.file.text.replace("/t", "/u").into(),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut changed = original.clone();
        change(&mut changed);
        assert_ne!(Mapping::compile(&changed).unwrap().digest(), mapping.digest(), "change {at}");
    }
    assert!(Mapping::from_stored("{}").is_err());
    let broken = mapping.stored().replace("kind = ", "kin = ");
    assert!(Mapping::from_stored(&broken).unwrap_err().to_string().contains("problems"));
}
