//! Recorded answers of a real Jira Cloud, and the domain tables that another product made of them. The data is not part of the
//! repository.

mod recording;

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::{Mapping, MappingSource, Outcome, Overrides, Settings, lint, shipped};
use counterfoil_model::{
    Category, Field, Link, LinkTarget, LinkType, Reading, Record, Slug, Transition, Value as Known,
};
use counterfoil_record::Form;
use recording::Recording;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// All types count as incidents here.
const ALL_TYPES: &str = "[when]\n\"/fields/issuetype/name\" = \"present\"\n";

/// One status of this recording has two categories under one id, so that its category cannot be right for all of its issues.
const OWN_WORD: &str = "[words.state]\n\"10068\" = \"resolved\"\n";

fn mapping(overrides: &str) -> Mapping {
    let settings = Settings {
        instance: "jira".into(),
        party: Some(Slug::of("merico")),
        zone: Some("Asia/Shanghai".into()),
        order: None,
        salt: "test".into(),
    };
    let overrides = Some(Overrides::document(SourceText { name: "override".into(), text: overrides.into() }));
    let file = shipped::find("jira/issue").expect("the mapping is shipped").source();
    Mapping::compile(&MappingSource { file, overrides, settings }).expect("it has no problems")
}

/// The issue as the connector hands it over: the changelog beside the fields.
fn map(mapping: &Mapping, issue: &Value) -> (Record, Vec<&'static str>) {
    let mut issue = issue.clone();
    if issue["changelog"].is_object() && issue.get("@changelog").is_none() {
        issue["@changelog"] = issue["changelog"]["histories"].take();
        // Of this site the newest comes first.
        issue["@changelog"].as_array_mut().expect("a list").reverse();
    }
    match mapping.map(Form::Snapshot, &issue.to_string()) {
        Outcome::Mapped { mapped, notes } => (mapped.record, notes.iter().map(|note| note.code).collect()),
        other => panic!("{other:?}"),
    }
}

/// Changes that somebody made; a beginning was made by nobody.
fn told(record: &Record, field: Field) -> impl Iterator<Item = &Transition> {
    record.history.iter().filter(move |one| one.field == field && one.recorded_at.known().is_some())
}

fn native(told: &Option<std::sync::Arc<str>>, reading: &Reading) -> String {
    match (told, reading) {
        (Some(native), _) => native.to_string(),
        (None, Reading::Known(Known::Text(text))) => text.to_string(),
        (None, Reading::Known(Known::Word(word))) => (*word).to_owned(),
        (None, _) => String::new(),
    }
}

/// The domain's word for what is not begun; in two halves, because it has no place in a source otherwise.
const NOT_BEGUN: &str = concat!("TO", "DO");

/// The domain's three words for where an issue stands.
fn domain_word(category: Category) -> &'static str {
    match category {
        Category::New => NOT_BEGUN,
        Category::InProgress | Category::OnHold => "IN_PROGRESS",
        Category::Resolved | Category::Closed | Category::Cancelled => "DONE",
        Category::Unknown => "OTHER",
    }
}

/// How often both sides say the same, and how they differ where they do not.
#[derive(Default)]
struct Table(Vec<(&'static str, u32, Vec<String>)>);

impl Table {
    fn compare(&mut self, field: &'static str, ours: impl Into<String>, theirs: impl Into<String>) {
        let (ours, theirs) = (ours.into(), theirs.into());
        let at = self.0.iter().position(|(known, ..)| *known == field).unwrap_or_else(|| {
            self.0.push((field, 0, Vec::new()));
            self.0.len() - 1
        });
        match ours == theirs {
            true => self.0[at].1 += 1,
            false => self.0[at].2.push(format!("ours {ours:?}, theirs {theirs:?}")),
        }
    }

    fn differences(&self) -> BTreeMap<&'static str, usize> {
        let differing = self.0.iter().filter(|(.., differ)| !differ.is_empty());
        differing.map(|(field, _, differ)| (*field, differ.len())).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:34} {:>5} {:>6}  for example", "field", "agree", "differ")?;
        for (field, agree, differ) in &self.0 {
            let example = differ.first().map(String::as_str).unwrap_or_default();
            writeln!(f, "{field:34} {agree:>5} {:>6}  {example}", differ.len())?;
        }
        Ok(())
    }
}

fn instant(record: &Record, field: Field) -> String {
    record.instant(field).map(|instant| instant.at.to_string()).unwrap_or_default()
}

/// `2020-06-19T06:31:18.495+00:00`, as we write it.
fn moment(text: &str) -> String {
    text.parse::<jiff::Timestamp>().map(|at| at.to_string()).unwrap_or_default()
}

/// Persons are pseudonyms here: the same pseudonym has to be the same person everywhere, and the other way round.
#[derive(Default)]
struct People(HashMap<String, String>, HashMap<String, String>);

impl People {
    fn of(&mut self, ours: &str, theirs: &str) -> (String, String) {
        if ours.is_empty() || theirs.is_empty() {
            return (ours.to_owned(), theirs.to_owned());
        }
        let one = self.0.entry(ours.to_owned()).or_insert_with(|| theirs.to_owned()).clone();
        let other = self.1.entry(theirs.to_owned()).or_insert_with(|| ours.to_owned());
        (if other == ours { one } else { format!("another person than {one}") }, theirs.to_owned())
    }
}

#[test]
fn real_data_of_a_cloud_site_is_compared_with_the_domain_tables_beside_it() {
    let Some(recording) = Recording::open() else { return };
    let issues = recording.raw("raw_tables/_raw_jira_api_issues.csv");
    let mapping = mapping(&format!("{ALL_TYPES}{}", words_of_the_site(&recording)));
    let records: HashMap<String, (Record, &Value)> = issues
        .iter()
        .map(|(issue, _)| (issue["id"].as_str().expect("an id").to_owned(), (map(&mapping, issue).0, issue)))
        .collect();
    let (mut table, mut people) = (Table::default(), People::default());
    let id_of = |text: &str| text.rsplit(':').next().unwrap_or_default().to_owned();

    for row in recording.table("snapshot_tables/issues.csv") {
        let (record, issue) = &records[&id_of(&row["id"])];
        let text = |field| record.text(field).unwrap_or_default();
        table.compare("issue_key", text(Field::NativeKey), &row["issue_key"]);
        table.compare("title", text(Field::Title), &row["title"]);
        table.compare("description", text(Field::Description), &row["description"]);
        table.compare("original_status", text(Field::StateNative), &row["original_status"]);
        // Most types have words of that test's own, some of them nonsense; only the three of the domain can be compared.
        if [NOT_BEGUN, "IN_PROGRESS", "DONE"].contains(&row["status"].as_str()) {
            table.compare("status", domain_word(record.category()), &row["status"]);
        }
        table.compare("priority", text(Field::PriorityNative), &row["priority"]);
        table.compare("created_date", instant(record, Field::CreatedAt), moment(&row["created_date"]));
        table.compare("updated_date", instant(record, Field::SourceUpdatedAt), moment(&row["updated_date"]));
        table.compare("resolution_date", instant(record, Field::ResolvedAt), moment(&row["resolution_date"]));
        let lead = record.instant(Field::ResolvedAt).zip(record.instant(Field::CreatedAt));
        let lead = lead.map(|(end, start)| (end.at.duration_since(start.at).as_secs() / 60).to_string());
        table.compare("lead_time_minutes", lead.unwrap_or_default(), &row["lead_time_minutes"]);
        table.compare("due_date", instant(record, Field::DueAt), moment(&row["due_date"]));
        table.compare("parent_issue_id", text(Field::Parent), id_of(&row["parent_issue_id"]));
        table.compare("component", text(Field::Category), &row["component"]);
        let (ours, theirs) = people.of(text(Field::AssigneePerson), &id_of(&row["assignee_id"]));
        table.compare("assignee_id", ours, theirs);
        let (ours, theirs) = people.of(text(Field::Requester), &id_of(&row["creator_id"]));
        let creator = issue["fields"]["creator"]["accountId"].as_str().unwrap_or_default();
        let reporter = issue["fields"]["reporter"]["accountId"].as_str().unwrap_or_default();
        let differs = if creator == reporter { "creator_id (is the reporter)" } else { "creator_id (is another)" };
        table.compare(differs, ours, theirs);
    }

    // Their changelog is one row per item. Ours has a transition per item of a tracked field.
    let mut changes: BTreeMap<(String, String), Vec<&Transition>> = BTreeMap::new();
    for (id, (record, _)) in &records {
        for (field, name) in
            [(Field::State, "status"), (Field::AssigneePerson, "assignee"), (Field::Priority, "priority")]
        {
            changes.entry((id.clone(), name.to_owned())).or_default().extend(told(record, field));
        }
    }
    let mut rows: BTreeMap<(String, String), Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for row in recording.table("snapshot_tables/issue_changelogs.csv") {
        let key = (id_of(&row["issue_id"]), row["field_name"].clone());
        rows.entry(key).or_default().push(row);
    }
    for (key, mut theirs) in rows {
        if !["status", "assignee", "priority"].contains(&key.1.as_str()) {
            continue;
        }
        theirs.sort_by_key(|row| moment(&row["created_date"]));
        let ours = &changes[&key];
        table.compare("changes of an issue", ours.len().to_string(), theirs.len().to_string());
        for (our, their) in ours.iter().zip(&theirs) {
            let Reading::Known(Known::Instant(at)) = &our.occurred_at else { panic!("{our:?}") };
            table.compare("changes: created_date", at.at.to_string(), moment(&their["created_date"]));
            if key.1 != "status" {
                continue;
            }
            for (side, reading, told, their_word) in
                [("from", &our.from, &our.from_native, "from_value"), ("to", &our.to, &our.to_native, "to_value")]
            {
                let native = native(told, reading);
                let label = if side == "from" { "changes: original_from_value" } else { "changes: original_to_value" };
                table.compare(label, native, &their[&format!("original_{their_word}")]);
                let label = if side == "from" { "changes: from_value" } else { "changes: to_value" };
                let word = match reading {
                    Reading::Known(Known::Word(word)) => domain_word(record_category(word)),
                    _ => "OTHER",
                };
                table.compare(label, word, &their[their_word]);
            }
        }
    }
    println!("{table}");
    assert_eq!(table.differences(), BTreeMap::from(DIFFERENCES.map(|(field, number, _)| (field, number))));
    for (field, number, why) in DIFFERENCES {
        println!("{field}: {number} differ: {why}");
    }
}

/// Where we differ and why.
const DIFFERENCES: [(&str, usize, &str); 6] = [
    (
        "changes: original_from_value",
        53,
        "the history says what the status was called then; theirs is what its id is called today",
    ),
    ("changes: original_to_value", 33, "the same"),
    ("changes: to_value", 30, "theirs is empty: their list has the status under another connection; ours is resolved"),
    (
        "due_date",
        1,
        "a due date is over when its day is over; theirs is when the day begins, so that work done on it is late",
    ),
    (
        "status",
        2,
        "one status has two categories; both issues have a resolution and its date, so that they are resolved",
    ),
    ("title", 1, "ours is without the space at its end; the raw record has it"),
];

/// What a user of this site writes down: its statuses by id, as its own list has them, by their categories.
fn words_of_the_site(recording: &Recording) -> String {
    let mut words = String::from("[words.state]\n");
    for status in recording.table("snapshot_tables/_tool_jira_statuses_for_changelog.csv") {
        let state = match status["status_category"].as_str() {
            "new" => "new",
            "indeterminate" => "in_progress",
            _ => "resolved",
        };
        words.push_str(&format!("{:?} = {state:?}\n", status["id"]));
    }
    words
}

fn record_category(state: &str) -> Category {
    counterfoil_model::Kind::Incident.states().category(state)
}

#[test]
fn real_data_of_a_cloud_site_in_another_language_is_mapped_by_ids_and_categories() {
    let Some(recording) = Recording::open() else { return };
    let issues = recording.raw("raw_tables/_raw_jira_api_issues.csv");
    assert_eq!(issues.len(), 33);
    let plain = mapping(ALL_TYPES);
    let mut found: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (issue, _) in &issues {
        let (record, notes) = map(&plain, issue);
        assert_eq!(
            notes.iter().find(|note| !["not-derivable", "derived-from-history", "unmapped-word"].contains(note)),
            None,
            "{}",
            issue["key"]
        );
        let state = record.text(Field::State).expect("a category is always known").to_owned();
        *found.entry((state, record.quality.name())).or_default() += 1;
        let created = record.instant(Field::CreatedAt).expect("it is readable");
        assert_eq!(created.offset_secs, Some(8 * 3600));
    }
    let shown: Vec<_> = found.iter().map(|((state, quality), number)| (state.as_str(), *quality, *number)).collect();
    // One status id has two categories in this recording: only its own word can be right for both.
    assert_eq!(shown, [("new", "category", 5), ("new", "exact", 3), ("resolved", "category", 25)]);
    let own = mapping(&format!("{ALL_TYPES}{OWN_WORD}"));
    let states: Vec<_> =
        issues.iter().map(|(issue, _)| map(&own, issue).0.text(Field::State).map(str::to_owned)).collect();
    assert_eq!(states.iter().filter(|state| state.as_deref() == Some("resolved")).count(), 30);

    // The recorded changelogs belong to other issues; each tells a history all the same.
    let mut changelogs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (history, input) in recording.raw("raw_tables/_raw_jira_api_issue_changelogs.csv") {
        changelogs.entry(input["issue_id"].to_string()).or_default().push(history);
    }
    assert_eq!(changelogs.values().map(Vec::len).sum::<usize>(), 279);
    let mut changes = 0;
    for histories in changelogs.values() {
        let items = || histories.iter().filter_map(|history| history["items"].as_array()).flatten();
        let mut issue = issues[0].0.clone();
        if items().any(|item| item["fieldId"] == "status") {
            issue["fields"]["status"] = json!({"id": "10068", "name": "已完成", "statusCategory": {"key": "done"}});
        }
        issue["@changelog"] = json!(histories);
        changes += told(&map(&own, &issue).0, Field::State).count();
    }
    assert_eq!(changes, 10);
}

#[test]
fn real_data_of_a_cloud_site_has_statuses_that_lint_names() {
    let Some(recording) = Recording::open() else { return };
    let statuses = recording.raw("raw_tables/_raw_jira_api_status.csv");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entry = |(status, _): &(Value, Value)| counterfoil_mapping::CatalogueEntry {
        table: "status".into(),
        column: "status".into(),
        value: text(&status["id"]),
        label: text(&status["name"]),
        language: String::new(),
        category: text(&status["statusCategory"]["key"]),
        inactive: false,
    };
    let found = lint(&mapping(""), &statuses.iter().map(entry).collect::<Vec<_>>());
    let by_category = found.iter().filter(|one| one.code == "mapping::choice-by-category").count();
    assert!(found.iter().all(|one| one.code != "mapping::choice-unmapped"), "{found:#?}");
    println!("{} statuses, {by_category} known by their category only", statuses.len());
    assert!(by_category > 20 && by_category < statuses.len());
}

#[test]
fn real_data_of_a_cloud_site_has_the_links_of_the_tables_recorded_beside_it() {
    let Some(recording) = Recording::open() else { return };
    let columns = |name: &str, columns: [&str; 3]| -> Vec<[String; 3]> {
        recording.table(name).iter().map(|row| columns.map(|column| row[column].clone())).collect()
    };
    let plain = mapping(ALL_TYPES);

    // Between issues: the other table keeps the words and nothing else of a type; here every one has its canonical word, too.
    let mut found = Vec::new();
    for (issue, _) in recording.raw("raw_tables/_raw_jira_api_issue_relationships.csv") {
        for link in map(&plain, &issue).0.links {
            assert!(link.known_type().is_some(), "{link:?}");
            let LinkTarget::Inside { native_id, .. } = link.target else { panic!("{link:?}") };
            let own = issue["id"].as_str().expect("an id");
            found.push([own.to_owned(), native_id.to_string(), link.native_words.unwrap_or_default().to_string()]);
        }
    }
    let between = ["source_issue_id", "target_issue_id", "original_type"];
    let mut expected = columns("snapshot_tables/issue_relationships.csv", between);
    let id = |text: &mut String| *text = text.rsplit(':').next().unwrap_or_default().to_owned();
    expected.iter_mut().for_each(|[source, target, _]| [source, target].into_iter().for_each(id));
    found.sort();
    expected.sort();
    assert_eq!((found.len(), &found), (16, &expected));

    // And to other tools.
    // Some were recorded twice, with another address; the one that was recorded first counts.
    let mut issues: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for (link, input) in recording.raw("raw_tables/_raw_jira_api_remotelinks.csv") {
        let issue = issues.entry(input["issue_id"].to_string()).or_default();
        issue.entry(link["id"].to_string()).or_insert(link);
    }
    let (issue, _) = &recording.raw("raw_tables/_raw_jira_api_issues.csv")[0];
    let (mut found, mut in_wiki) = (BTreeSet::new(), 0);
    for (id, links) in issues {
        let mut issue = issue.clone();
        issue["@remotelinks"] = json!(links.into_values().collect::<Vec<_>>());
        for link in map(&plain, &issue).0.links.into_iter().filter(Link::is_outside) {
            assert_eq!(link.known_type(), Some(LinkType::RelatedTo), "{link:?}");
            let LinkTarget::Outside { url, global_id, application, title } = link.target else { continue };
            assert_eq!(global_id.is_some(), application.as_deref() == Some("System Confluence"));
            in_wiki += usize::from(global_id.is_some());
            found.insert([id.clone(), url.to_string(), title.unwrap_or_default().to_string()]);
        }
    }
    let expected = columns("snapshot_tables/_tool_jira_remotelinks.csv", ["issue_id", "url", "title"]);
    assert_eq!(found, expected.into_iter().collect());
    assert_eq!((found.len(), in_wiki), (130, 1));
}
