//! The shipped mappings of Jira over recorded issues. The data is not part of the repository.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Note, Outcome, Overrides, Settings, shipped};
use counterfoil_model::{Field, Link, LinkTarget, LinkType, Quality, Reading, Record, Slug, Transition};
use counterfoil_record::Form;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[expect(clippy::print_stdout, reason = "a skip is said")]
fn data(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        println!("SKIP {path}: it is not beside the repository");
        return None;
    }
    Some(found)
}

fn mapping(overrides: &str) -> Mapping {
    let settings = Settings {
        instance: "jira".into(),
        party: Some(Slug::of("apache")),
        zone: Some("UTC".into()),
        order: None,
        salt: "test".into(),
    };
    let overrides = Some(Overrides::document(SourceText { name: "override".into(), text: overrides.into() }));
    let file = shipped::find("jira/issue").expect("the mapping is shipped").source();
    Mapping::compile(&MappingSource { file, overrides, settings }).expect("it has no problems")
}

fn map(mapping: &Mapping, payload: &Value) -> (Record, Vec<Note>) {
    match mapping.map(Form::Snapshot, &payload.to_string()) {
        Outcome::Mapped { mapped, notes } => (mapped.record, notes),
        other => panic!("{other:?}"),
    }
}

/// The issues as the connector hands them over: the changelog beside the fields.
fn issues_of_apache() -> Option<(Vec<Value>, Value)> {
    let folder = data("jira-apache")?;
    let packed = std::fs::File::open(folder.join("issues.ndjson.zst")).expect("it is there");
    let lines = String::from_utf8(zstd::decode_all(packed).expect("it is whole")).expect("it is text");
    let issues = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("every line is JSON");
        let mut issue = line["issue"].take();
        issue["@changelog"] = issue["changelog"]["histories"].take();
        issue["@comments"] = line["comments"]["comments"].take();
        issue
    });
    let expected = std::fs::read_to_string(folder.join("expected.json")).expect("it is there");
    Some((issues.collect(), serde_json::from_str(&expected).expect("it is JSON")))
}

/// All types count as incidents here, and one status and most types of links are the site's own.
const APACHE: &str = r#"
[when]
"/fields/issuetype/name" = "present"
[words.state]
"10002" = "in_progress"
[words.link]
"is related to" = "related_to"
"contains" = "parent_of"
"Is contained by" = "child_of"
"incorporates" = "parent_of"
"is part of" = "child_of"
"depends upon" = "depends_on"
"is depended upon by" = "depended_on_by"
"requires" = "depends_on"
"is required by" = "depended_on_by"
"supercedes" = "related_to"
"is superceded by" = "related_to"
"is a clone of" = "related_to"
"is cloned as" = "related_to"
"#;

fn told(record: &Record, field: Field) -> impl Iterator<Item = &Transition> {
    // Beginnings were written by nobody.
    record.history.iter().filter(move |one| one.field == field && one.recorded_at.known().is_some())
}

fn seconds(record: &Record) -> Option<i64> {
    let elapsed = record.instant(Field::ResolvedAt)?.at.duration_since(record.instant(Field::CreatedAt)?.at);
    Some(elapsed.as_secs())
}

#[test]
fn real_data_of_apache_comes_out_at_the_expected_figures() {
    let Some((issues, expected)) = issues_of_apache() else { return };
    let mapping = mapping(APACHE);
    let mut records = Vec::new();
    for issue in &issues {
        let (record, notes) = map(&mapping, issue);
        let harmless = ["derived-from-history"];
        assert_eq!(notes.iter().find(|note| !harmless.contains(&note.code)), None, "{}", issue["key"]);
        records.push(record);
    }
    let figure = |name: &str| expected[name].as_i64().expect("a number");
    let count = |counts: &dyn Fn(&Record) -> bool| records.iter().filter(|record| counts(record)).count() as i64;
    assert_eq!(records.len() as i64, figure("issues"));
    for (field, name) in [
        (Field::StateNative, "by_status"),
        (Field::PriorityNative, "by_priority"),
        (Field::ResolutionCode, "by_resolution"),
    ] {
        for (word, number) in expected[name].as_object().expect("an object") {
            let of = count(&|record| record.text(field).unwrap_or("None") == word);
            assert_eq!(Some(of), number.as_i64(), "{name} {word}");
        }
    }
    let check = |all: &Value, counts: &dyn Fn(&Record) -> bool| {
        let mut found: Vec<i64> = records.iter().filter(|record| counts(record)).filter_map(seconds).collect();
        found.sort_unstable();
        let (number, sum) = (found.len(), found.iter().sum::<i64>());
        let middle = (found[(number - 1) / 2] + found[number / 2]) as f64 / 2.0;
        let rank = (number * 9).div_ceil(10);
        assert_eq!(
            json!([number, found[0], found[number - 1], sum]),
            json!([all["n"], all["min"], all["max"], all["sum"]])
        );
        assert_eq!(Some(middle), all["median"].as_f64());
        assert_eq!(Some(found[rank - 1]), all["p90_nearest_rank"].as_i64());
    };
    check(&expected["resolution_seconds"], &|_| true);
    for (priority, figures) in expected["resolved_per_priority"].as_object().expect("an object") {
        check(figures, &|record| record.text(Field::PriorityNative) == Some(priority));
    }
    let reopened = |record: &Record| record.integer(Field::ReopenCount).expect("it is derived");
    assert_eq!(records.iter().map(reopened).sum::<i64>(), figure("reopen_transitions"));
    assert_eq!(count(&|record| reopened(record) > 0), figure("issues_reopened_at_least_once"));
    let changes = |field| records.iter().map(|record| told(record, field).count() as i64).sum::<i64>();
    assert_eq!(Some(changes(Field::State)), expected["changelog_items_by_field"]["status"].as_i64());
    assert_eq!(Some(changes(Field::Priority)), expected["changelog_items_by_field"]["priority"].as_i64());
    assert_eq!(changes(Field::AssigneePerson), figure("assignee_changes"));
    let reassigned = count(&|record| told(record, Field::AssigneePerson).next().is_some());
    assert_eq!(reassigned, figure("issues_with_assignee_change"));
    assert_eq!(changes(Field::NativeKey), figure("key_changes (issue moved between projects)"));
    assert_eq!(count(&|record| *record.reading(Field::AssigneePerson) == Reading::Missing), figure("unassigned_now"));
    let due = |record: &Record| record.instant(Field::DueAt).map(|due| due.at);
    assert_eq!(count(&|record| due(record).is_some()), figure("with_duedate"));
    let late = |record: &Record| Some(record.instant(Field::ResolvedAt)?.at > due(record)?);
    assert_eq!(count(&|record| late(record) == Some(true)), figure("resolved_after_duedate"));

    links_are_those_of_the_set(&issues, &records, &expected);
    let mut links = 0;
    for (issue, record) in issues.iter().zip(&records) {
        let listed = issue["fields"]["issuelinks"].as_array().expect("a list");
        let repeats =
            listed.iter().find(|link| link["type"]["name"] == "Duplicate" && link["outwardIssue"].is_object());
        let repeated = repeats.and_then(|link| link["outwardIssue"]["id"].as_str());
        assert_eq!(record.text(Field::DuplicateOf), repeated, "{}", issue["key"]);
        assert_eq!(record.text(Field::Parent), issue["fields"]["parent"]["id"].as_str());
        links += i64::from(repeated.is_some());
    }
    println!("{links} issues repeat another one");

    // Every word is known, in the records and in their histories; all text is there.
    let known = |reading: &Reading| matches!(reading, Reading::Known(_) | Reading::Missing);
    for (issue, record) in issues.iter().zip(&records) {
        assert!(record.readings.iter().all(known), "{}", issue["key"]);
        assert!(record.quality <= Quality::Manual);
        assert!(record.history.iter().all(|one| known(&one.from) && known(&one.to) && known(&one.occurred_at)));
        let words = |text: &str| {
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3).map(str::to_owned);
            words.collect::<BTreeSet<_>>()
        };
        let (raw, plain) =
            (issue["fields"]["description"].as_str().unwrap_or_default(), record.text(Field::Description));
        let lost: Vec<String> = words(raw).difference(&words(plain.unwrap_or_default())).cloned().collect();
        let marks = |word: &String| raw.contains(&format!("{{{word}")) || is_parameter(word, raw);
        assert!(lost.iter().all(marks), "{}: {lost:?}", issue["key"]);
    }
}

/// Every link of the records, counted by type and by where it leads; and whatever leads to a record of the set is found there
/// as the inverse.
fn links_are_those_of_the_set(issues: &[Value], records: &[Record], expected: &Value) {
    let ids: BTreeMap<&str, &Record> =
        issues.iter().zip(records).map(|(issue, record)| (issue["id"].as_str().expect("an id"), record)).collect();
    let (mut by_type, mut outside, mut parts) = (BTreeMap::new(), 0, [0, 0]);
    let (mut inside, mut found_there) = (0, 0);
    for (id, record) in &ids {
        for link in &record.links {
            let LinkTarget::Inside { native_id, key } = &link.target else { panic!("{link:?}") };
            assert!(key.is_some());
            let link_type = link.known_type().unwrap_or_else(|| panic!("{link:?}"));
            match &link.native_type {
                Some(name) => *by_type.entry(name.to_string()).or_insert(0) += 1,
                None => parts[usize::from(link_type == LinkType::ParentOf)] += 1,
            }
            let Some(other) = ids.get(native_id.as_ref()) else {
                outside += i64::from(link.native_type.is_some());
                continue;
            };
            let leads_back = |back: &&Link| {
                let is_here = matches!(&back.target, LinkTarget::Inside { native_id, .. } if native_id.as_ref() == *id);
                is_here && back.known_type() == Some(link_type.inverse()) && back.native_type == link.native_type
            };
            inside += 1;
            found_there += usize::from(other.links.iter().any(|back| leads_back(&back)));
        }
    }
    assert_eq!(json!(by_type), expected["issuelinks_by_type"]);
    assert_eq!(by_type.values().sum::<i64>(), expected["issuelinks"].as_i64().expect("a number"));
    assert_eq!(Some(outside), expected["issuelinks_pointing_outside_dataset"].as_i64());
    let listed = |pointer: &'static str| issues.iter().filter_map(move |issue| issue.pointer(pointer));
    let subtasks = listed("/fields/subtasks").filter_map(Value::as_array).map(Vec::len).sum::<usize>();
    assert_eq!(parts, [listed("/fields/parent/id").count(), subtasks]);
    assert_eq!(found_there, inside, "links that are found at their other ends");
}

/// Parameters of macros and pictures say how something looks.
fn is_parameter(word: &str, raw: &str) -> bool {
    let inside = |start: char, end: char| {
        raw.split(start).skip(1).any(|rest| rest.split(end).next().is_some_and(|inside| inside.contains(word)))
    };
    inside('{', '}') || inside('!', '!') || inside('[', ']')
}

#[test]
fn real_data_of_apache_without_its_own_words_is_mapped_and_says_what_is_not_known() {
    let Some((issues, _)) = issues_of_apache() else { return };
    let mapping = mapping("[when]\n\"/fields/issuetype/name\" = \"present\"\n");
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for issue in &issues {
        let (record, notes) = map(&mapping, issue);
        // Types of links that only this site has are not known without its words, and nothing else is unknown of a record.
        let is_whole = record.links.iter().all(|link| link.known_type().is_some());
        assert_eq!(record.quality, if is_whole { Quality::Exact } else { Quality::Fallback }, "{}", issue["key"]);
        notes.iter().for_each(|note| *codes.entry(note.code).or_default() += 1);
    }
    assert_eq!(codes.keys().copied().collect::<Vec<_>>(), ["derived-from-history", "not-derivable", "unmapped-word"]);
}
