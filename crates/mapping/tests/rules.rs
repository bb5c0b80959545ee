//! What each rule and derivation reads, beyond what the shipped mappings use.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::cases::show_reading;
use counterfoil_mapping::{Mapping, MappingSource, Outcome, Settings};
use counterfoil_model::{Field, Quality, Record};
use counterfoil_record::Form;

fn map(text: &str, payload: &str) -> (Record, Vec<&'static str>) {
    let file = SourceText { name: "test.toml".into(), text: text.into() };
    let settings = Settings { zone: Some("UTC".into()), salt: "test".into(), ..Settings::default() };
    let mapping = Mapping::compile(&MappingSource { file, overrides: None, settings }).expect("it has no problems");
    match mapping.map(mapping.form(), payload) {
        Outcome::Mapped { mapped, notes } => (mapped.record, notes.iter().map(|note| note.code).collect()),
        other => panic!("{other:?}"),
    }
}

/// What a rule for one field reads from a payload, and what was noted.
fn read(field: &str, rule: &str, payload: &str) -> (String, Vec<&'static str>) {
    let text = format!("[mapping]\nkind = \"incident\"\n[fields]\n{field} = {rule}\nimpact = \"/impact\"\n");
    let (record, notes) = map(&text, payload);
    (show_reading(record.reading(Field::parse(field).expect("it is a field"))), notes)
}

#[test]
fn origins_and_formats() {
    let none: [&str; 0] = [];
    for (field, rule, payload, expected, notes) in [
        (
            "url",
            "{ template = \"https://x.example/b/{/key}?q={/p/q}\" }",
            r#"{"key":"A/1","p":{"q":"a b&c"}}"#,
            "https://x.example/b/A%2F1?q=a%20b%26c",
            &none[..],
        ),
        ("url", "{ template = \"https://x.example/b/{/key}\" }", r#"{"key":null}"#, "missing", &none),
        // Many stores of those who read events refuse U+0000; the raw record keeps it.
        ("title", "\"/t\"", r#"{"t":"a\u0000b \u0000"}"#, "ab", &none),
        ("title", "\"/t\"", r#"{"t":"\u0000"}"#, "missing", &none),
        (
            "description",
            "{ from = \"/t\", convert = \"wiki\" }",
            r#"{"t":{"type":"doc","content":[{"type":"text","text":"x\u0000y"}]}}"#,
            "xy",
            &none,
        ),
        (
            "opened_at",
            "{ from = \"/t\", format = \"epoch_seconds\" }",
            r#"{"t":"1456708560"}"#,
            "2016-02-29T01:16:00Z",
            &none,
        ),
        (
            "opened_at",
            "{ from = \"/t\", format = \"epoch_millis\" }",
            r#"{"t":1456708560123}"#,
            "2016-02-29T01:16:00.123Z",
            &none,
        ),
        (
            "opened_at",
            "{ from = \"/t\", format = \"epoch_millis\" }",
            r#"{"t":"1.5e9"}"#,
            "unreadable `1.5e9`",
            &["unreadable-date"],
        ),
        ("opened_at", "\"/t\"", r#"{"t":1456708560}"#, "unreadable `1456708560`", &["unreadable-date"]),
        (
            "opened_at",
            "\"/t\"",
            r#"{"t":"2026-06-01T12:00:00.000+0200"}"#,
            "2026-06-01T10:00:00Z (written +02:00)",
            &none,
        ),
        (
            "opened_at",
            "\"/t\"",
            r#"{"t":"2026-06-01 12:00","@dates":{"zone":"Europe/Lisbon"}}"#,
            "2026-06-01T11:00:00Z",
            &none,
        ),
        (
            "opened_at",
            "\"/t\"",
            r#"{"t":"2026-06-01 12:00","@dates":{"zone":"Mars"}}"#,
            "unreadable `2026-06-01 12:00`",
            &["zone-unknown"],
        ),
        ("assignee_party", "\"/c\"", r#"{"c":"ACME GmbH & Co."}"#, "acme-gmbh-co", &none),
        ("problem", "\"/p/0\"", r#"{"p":["PRB1","PRB2"]}"#, "PRB1", &none),
        ("is_major", "{ cel = \"impact == 1\" }", r#"{"impact":"1"}"#, "true", &none),
        ("is_major", "{ cel = \"impact == 1\" }", r#"{"impact":""}"#, "missing", &none),
        ("is_major", "{ cel = \"impact == 1\" }", r#"{"impact":"high"}"#, "missing", &["unreadable-number"]),
        (
            "is_major",
            "{ cel = \"vip\", slots = { vip = \"/v\" } }",
            r#"{"v":"x"}"#,
            "unreadable `x`",
            &["expression-failed"],
        ),
        ("priority", "{ cel = \"'P' + string(impact)\" }", r#"{"impact":3}"#, "P3", &none),
        ("priority", "{ cel = \"'P' + string(impact)\" }", r#"{"impact":7}"#, "unmapped `P7`", &["unmapped-word"]),
    ] {
        assert_eq!(read(field, rule, payload), (expected.to_owned(), notes.to_vec()), "{field} = {rule} of {payload}");
    }
}

#[test]
fn ids_come_before_names_and_names_before_categories() {
    let text = "[mapping]\nkind = \"incident\"\n[fields]\nstate = { from = [\"/id\", \"/name\", \
                { at = \"/category\", words = \"category\", quality = \"category\" }], words = \"state\" }\n\
                [words.state]\n\"10001\" = \"on_hold\"\n\"Open\" = \"new\"\n[words.category]\n\"done\" = \"closed\"\n";
    for (payload, state, quality) in [
        (r#"{"id":"10001","name":"Open","category":"done"}"#, "on_hold", Quality::Exact),
        (r#"{"id":"10002","name":"OPEN","category":"done"}"#, "new", Quality::Exact),
        (r#"{"id":"10002","name":"Parked","category":"done"}"#, "closed", Quality::Category),
        (r#"{"id":"10002","name":"Parked","category":"else"}"#, "unmapped `Parked`", Quality::Fallback),
        (r#"{"id":"10002"}"#, "unmapped `10002`", Quality::Fallback),
        (r#"{"category":"else"}"#, "unmapped `else`", Quality::Fallback),
    ] {
        let (record, _) = map(text, payload);
        assert_eq!(
            (show_reading(record.reading(Field::State)).as_str(), record.quality),
            (state, quality),
            "{payload}"
        );
    }
}

const LOG: &str = "[mapping]\nkind = \"incident\"\nform = \"log\"\n[history]\noccurred_at = \"/t\"\n[fields]\n\
                   state = { from = \"/s\", words = \"state\", track = true }\n\
                   assignee_group = { from = \"/g\", track = true }\n\
                   requester = { from = \"/p\", track = true }\n\
                   first_resolved_at = { derive = \"first entry to resolved\" }\n\
                   resolved_at = { derive = \"last entry to resolved\" }\n\
                   closed_at = { derive = \"last entry to closed\" }\n\
                   reopen_count = { derive = \"number of reopenings\" }\n\
                   reassign_count = { derive = \"number of group changes\" }\n\
                   [words.state]\nN = \"new\"\nA = \"in_progress\"\nR = \"resolved\"\nC = \"closed\"\n";

/// A log with one row per day of January 2026; a step is a state's letter and a group.
fn log(steps: &[&str]) -> Record {
    let row = |(at, step): (usize, &&str)| {
        let (state, group) = step.split_at(1);
        format!(r#"{{"@order":"{at}","s":"{state}","g":"{group}","p":"Jo","t":"2026-01-{:02}T00:00:00Z"}}"#, at + 1)
    };
    let rows: Vec<String> = steps.iter().enumerate().map(row).collect();
    map(LOG, &format!(r#"{{"rows":[{}]}}"#, rows.join(","))).0
}

#[test]
fn derivations_tell_what_the_log_shows_whole_and_nothing_else() {
    let derived = |steps: &[&str]| {
        let record = log(steps);
        let fields =
            [Field::FirstResolvedAt, Field::ResolvedAt, Field::ClosedAt, Field::ReopenCount, Field::ReassignCount];
        fields.map(|field| show_reading(record.reading(field)).replace("T00:00:00Z", "").replace("2026-01-", "day "))
    };
    assert_eq!(derived(&["N", "A1", "R1", "A2", "R", "C"]), ["day 03", "day 05", "day 06", "1", "1"]);
    assert_eq!(derived(&["N1", "N2", "A1"]), ["missing", "missing", "missing", "0", "2"]);
    assert_eq!(derived(&["R", "C", "A"]), ["missing", "missing", "day 02", "1", "0"], "the log starts late");
    assert_eq!(derived(&["N", "X", "R", "C"]), ["missing", "day 03", "day 04", "missing", "0"], "X is no known state");
    assert_eq!(derived(&["N", "R", "X"]), ["day 02", "missing", "missing", "missing", "0"], "X is no known state");
}

#[test]
fn transitions_follow_the_rows_and_name_no_person() {
    let record = log(&["N1", "N1", "A1", "A", "A1"]);
    let shown: Vec<String> = record
        .history
        .iter()
        .map(|change| {
            let (from, to) = (show_reading(&change.from), show_reading(&change.to));
            format!("{} {} {from} → {to}", change.row.expect("a log counts its rows"), change.field)
        })
        .collect();
    let requester = show_reading(record.reading(Field::Requester));
    assert_eq!(
        shown,
        [
            "0 state missing → new".to_owned(),
            format!("0 requester missing → {requester}"),
            "0 assignee_group missing → 1".to_owned(),
            "2 state new → in_progress".to_owned(),
            "3 assignee_group 1 → missing".to_owned(),
            "4 assignee_group missing → 1".to_owned(),
        ]
    );
    assert!(requester.starts_with("p-") && requester.len() == 12);
    assert!(!format!("{record:?}").contains("Jo"));
}

#[test]
fn the_form_is_checked_before_anything_else() {
    let file = SourceText { name: "test.toml".into(), text: LOG.into() };
    let mapping = Mapping::compile(&MappingSource { file, overrides: None, settings: Settings::default() }).unwrap();
    for (form, payload, code) in [
        (Form::Snapshot, "{}", "wrong-form"),
        (Form::Log, "{}", "unreadable-payload"),
        (Form::Log, r#"{"rows":[]}"#, "empty-log"),
        (Form::Log, r#"{"rows":[{"s":"N"},3]}"#, "unreadable-payload"),
        (Form::Log, r#"{"rows":[{"s":"N"}]"#, "unreadable-payload"),
    ] {
        let Outcome::Rejected { notes } = mapping.map(form, payload) else { panic!("{payload}") };
        assert_eq!(notes.iter().map(|note| note.code).collect::<Vec<_>>(), [code], "{payload}");
    }
}

const PICKED: &str = "{ from = [{ in = \"/links\", where = { \"/type/name\" = [\"Duplicate\"], \"/hidden\" = \"absent\" }, at = \"/to/id\" }] }";

#[test]
fn the_first_element_that_fits_is_picked_from_a_list() {
    for (links, expected) in [
        (
            r#"[{"type":{"name":"Blocks"},"to":{"id":"1"}},{"type":{"name":" Duplicate "},"to":{"id":2}},{"type":{"name":"Duplicate"},"to":{"id":"3"}}]"#,
            "2",
        ),
        (r#"[{"type":{"name":"Duplicate"}},{"to":{"id":"3"},"type":{"name":"Duplicate"}}]"#, "3"),
        (r#"[{"type":{"name":"Duplicate"},"to":{"id":"1"},"hidden":{}},{"to":{"id":"4"}}]"#, "missing"),
        (r#"[7,"x",null,[{"type":{"name":"Duplicate"},"to":{"id":"1"}}]]"#, "missing"),
        ("[]", "missing"),
        ("null", "missing"),
        (r#"{"type":{"name":"Duplicate"},"to":{"id":"1"}}"#, "missing"),
    ] {
        let payload = format!("{{\"links\":{links}}}");
        assert_eq!(read("duplicate_of", PICKED, &payload).0, expected, "{links}");
    }
    // Of a list that stands there twice the last one counts.
    let twice = r#"{"links":[{"type":{"name":"Duplicate"},"to":{"id":"1"}}],"links":[]}"#;
    assert_eq!(read("duplicate_of", PICKED, twice).0, "missing");
}

#[test]
fn what_is_due_on_a_day_is_due_at_its_end() {
    let rule = "{ from = \"/due\", format = \"end_of_day\" }";
    let due = |text: &str| read("due_at", rule, &format!("{{\"due\":\"{text}\"}}"));
    assert_eq!(due("2026-03-04"), ("2026-03-04T23:59:59.999Z".to_owned(), vec![]));
    assert_eq!(due("2026-03-04T08:00:00Z"), ("2026-03-04T08:00:00Z".to_owned(), vec![]));
}

#[test]
fn a_condition_may_ask_any_of_several_pointers() {
    let text = "[mapping]\nkind = \"incident\"\n[when]\n\"/a\" = { any = \"/b\", is = [\"x\", \"\"] }\n[fields]\ntitle = \"/t\"\n";
    let file = SourceText { name: "test.toml".into(), text: text.into() };
    let source = MappingSource { file, overrides: None, settings: Settings::default() };
    let mapping = Mapping::compile(&source).expect("it has no problems");
    let outcome = |payload: &str| match mapping.map(Form::Snapshot, payload) {
        Outcome::NotApplicable { reason } => reason,
        _ => "mapped".to_owned(),
    };
    for payload in [r#"{"a":"x","b":"z"}"#, r#"{"a":"z","b":"x"}"#, "{}", r#"{"b":"x"}"#] {
        assert_eq!(outcome(payload), "mapped", "{payload}");
    }
    assert_eq!(outcome(r#"{"a":"z","b":"y"}"#), "/a is `z` and /b is `y`, this mapping is for `x`, ``");
    assert_eq!(outcome(r#"{"b":"y"}"#), "/b is `y`, this mapping is for `x`, ``");
}

#[test]
fn documents_are_read_by_rich_and_wiki_and_by_nothing_else() {
    let document =
        r#"{"x":{"version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Hi"}]}],"type":"doc"}}"#;
    for (rule, expected, notes) in [
        ("{ from = \"/x\", convert = \"wiki\" }", "Hi", &[][..]),
        ("{ from = \"/x\", convert = \"rich\" }", "Hi", &[]),
        ("\"/x\"", "unreadable `an object`", &["no-plain-value"]),
    ] {
        assert_eq!(read("description", rule, document), (expected.to_owned(), notes.to_vec()), "{rule}");
    }
    let rule = "{ from = \"/x\", convert = \"wiki\" }";
    for (payload, expected) in [
        (r#"{"x":{"type":"doc","content":[]}}"#, "missing"),
        (r#"{"x":{"type":"page","content":[]}}"#, "unreadable `an object`"),
        (r#"{"x":"h1. Title"}"#, "Title"),
        (r#"{"x":null}"#, "missing"),
    ] {
        assert_eq!(read("description", rule, payload).0, expected, "{payload}");
    }
    // Deeper than the parser goes elsewhere.
    let deep = format!(
        "{{\"x\":{{\"type\":\"doc\",\"content\":[{}{{\"type\":\"text\",\"text\":\"deep\"}}{}]}}}}",
        "{\"type\":\"new\",\"content\":[".repeat(1_000),
        "]}".repeat(1_000)
    );
    assert_eq!(read("description", rule, &deep).0, "deep");
}
