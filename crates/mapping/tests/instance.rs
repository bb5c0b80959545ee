//! What an instance changes in several mappings at once, and in one alone.

use counterfoil_diagnostics::{SourceText, render, render_plain};
use counterfoil_mapping::{InstanceProblems, Mapping, NamedMapping, Settings, compile_instance, shipped};
use counterfoil_model::Field;

/// The override of a configuration, without what stands before the path inside of it.
fn overrides(text: &str) -> SourceText {
    SourceText { name: "counterfoil.toml".into(), text: text.into() }
}

fn compiled(names: &[&str], text: &str) -> Result<Vec<Mapping>, InstanceProblems> {
    let named = |name: &&str| {
        let file = shipped::find(name).expect("it is shipped").source();
        NamedMapping { name: (*name).to_owned(), file }
    };
    let named: Vec<_> = names.iter().map(named).collect();
    let settings = Settings { instance: "acme".into(), ..Settings::default() };
    compile_instance(&named, Some(&overrides(text)), &settings)
}

const BOTH: &[&str] = &["jira/issue", "jira/request", "jira/catalogue"];

/// What a mapping makes of a word of the instance.
fn meaning(mapping: &Mapping, word: &str) -> Option<String> {
    let entry = mapping.words(Field::State).into_iter().find(|entry| entry.word == word)?;
    Some(entry.meaning)
}

fn codes(problems: &InstanceProblems) -> Vec<&'static str> {
    problems.overrides.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_word_that_one_kind_has_is_for_that_mapping_and_stops_no_other() {
    let mappings = compiled(BOTH, "[words.state]\n\"Geprüft\" = \"approved\"\n\"Parkt\" = \"on_hold\"\n").unwrap();
    let [issue, request, catalogue] = &mappings[..] else { panic!("three mappings") };
    assert_eq!((meaning(issue, "Geprüft"), meaning(request, "Geprüft")), (None, Some("approved".into())));
    for mapping in [issue, request] {
        assert_eq!(meaning(mapping, "Parkt"), Some("on_hold".into()));
    }
    assert!(catalogue.source().overrides.is_none(), "choice lists are read as they are");
    let titled = compiled(BOTH, "[fields]\ntitle = \"/t\"\n").unwrap();
    let changed: Vec<bool> = titled.iter().map(|mapping| mapping.source().overrides.is_some()).collect();
    assert_eq!(changed, [true, true, false], "a choice has a title too, which is none of a record's");
    // What does not fit is not part of the mapping, so that changing it makes no other mapping.
    let other = compiled(BOTH, "[words.state]\n\"Genehmigt\" = \"approved\"\n\"Parkt\" = \"on_hold\"\n").unwrap();
    assert_eq!((issue.digest() == other[0].digest(), request.digest() == other[1].digest()), (true, false));
    assert!(Mapping::from_stored(&issue.stored()).is_ok());
}

#[test]
fn what_stands_behind_a_name_is_for_that_mapping_alone_and_goes_before_what_is_for_all() {
    let text = "[words.state]\nParkt = \"on_hold\"\nRuht = \"on_hold\"\n\
                [\"jira/request\".words.state]\nParkt = \"in_progress\"\nruht = \"awaiting_approval\"\n\
                [\"jira/request\".fields]\ncatalogue_item = \"/fields/customfield_1/value\"\n\
                [\"jira/catalogue\".words.state]\n\"gone\" = \"retired\"\n";
    let mappings = compiled(BOTH, text).unwrap();
    let [issue, request, catalogue] = &mappings[..] else { panic!("three mappings") };
    assert_eq!(
        (meaning(issue, "Parkt"), meaning(request, "Parkt")),
        (Some("on_hold".into()), Some("in_progress".into()))
    );
    assert_eq!((meaning(request, "ruht"), meaning(request, "Ruht")), (Some("awaiting_approval".into()), None));
    assert_eq!(meaning(catalogue, "gone"), Some("retired".into()));
    let rules = request.words(Field::State).into_iter().find(|entry| entry.word == "Parkt").unwrap();
    assert_eq!(rules.rule, "counterfoil.toml:5", "the place in the file is kept");
}

#[test]
fn one_mapping_takes_its_changes_as_it_always_did() {
    let text =
        "[words.state]\n\"Parkt\" = \"on_hold\"\n[fields]\ntitle = { from = [\"/a\", \"/b\"], required = true }\n";
    let [mapping] = compiled(&["jira/issue"], text).unwrap().try_into().expect("one mapping");
    let section = counterfoil_mapping::Overrides::section(&overrides(text), &[]).unwrap();
    assert_eq!(mapping.source().overrides, Some(section));
    let problems = compiled(&["jira/issue"], "[words.state]\n\"Parkt\" = \"onhold\"\n").unwrap_err();
    let shown = render_plain(&problems.overrides[0], &overrides("[words.state]\n\"Parkt\" = \"onhold\"\n"));
    assert_eq!(
        shown,
        "counterfoil.toml:2:11: mapping::unknown-word: `onhold` is no word of `state` (did you mean `on_hold`?)"
    );
}

#[test]
fn every_problem_is_told_once_at_its_place_with_how_to_name_a_mapping() {
    let text = "[words.state]\n\"Parkt\" = \"onhold\"\n\"Geprüft\" = \"approvd\"\n\"Gut\" = \"approved\"\n\n\
                [words.stat]\n\"Neu\" = \"new\"\n\n[word.state]\n\"Neu\" = \"new\"\n\n\
                [when]\n\"/fields/issuetype/name\" = [\"Störung\"]\n\"/fields/project/key\" = [\"OPS\"]\n\n\
                [\"jira/isue\".words.state]\n\"Ruht\" = \"on_hold\"\n\n[request.words.state]\n\"Ruht\" = \"on_hold\"\n\n\
                [\"jira/issue\".words.state]\n\"Gut\" = \"approved\"\n[\"jira/issue\".fields]\ntitel = \"/t\"\n";
    let problems = compiled(BOTH, text).unwrap_err();
    assert_eq!(problems.files, []);
    insta::assert_snapshot!(render(&problems.overrides, &overrides(text), false, 100));
}

#[test]
fn a_condition_may_be_replaced_where_it_tells_nothing_apart() {
    let when = "[when]\n\"/fields/issuetype/name\" = [\"Störung\"]\n";
    assert!(compiled(&["jira/issue", "jira/catalogue"], when).is_ok());
    assert_eq!(codes(&compiled(BOTH, when).unwrap_err()), ["mapping::shared-condition"]);
    // One mapping has its own, so that one is left to replace it in.
    let own = format!("{when}[\"jira/request\".when]\n\"/fields/issuetype/name\" = [\"Wunsch\"]\n");
    assert!(compiled(BOTH, &own).is_ok());
}

#[test]
fn a_broken_file_and_a_broken_change_are_told_in_one_run() {
    let file = SourceText { name: "mine.toml".into(), text: "[mapping]\nkind = \"incidnt\"\n".into() };
    let shipped = shipped::find("jira/issue").unwrap().source();
    let named = [("mine.toml", file.clone()), ("jira/issue", shipped)]
        .map(|(name, file)| NamedMapping { name: name.into(), file });
    let text = overrides("[\"jira/issue\".fields]\ntitel = \"/t\"\n[\"mine.toml\".when]\n\"/t\" = \"there\"\n");
    let problems = compile_instance(&named, Some(&text), &Settings::default()).unwrap_err();
    assert_eq!((problems.files.len(), &problems.files[0].0), (1, &file));
    assert_eq!(codes(&problems), ["mapping::unknown-field", "mapping::unknown-value"]);
    // What fits a mapping that is wrong by itself is no second problem.
    let both = "[words.state]\n\"Gut\" = \"approved\"\n[\"jira/request\".fields]\ntitel = \"/t\"\n";
    assert_eq!(codes(&compiled(BOTH, both).unwrap_err()), ["mapping::unknown-field"]);
}

#[test]
fn what_is_for_records_needs_a_mapping_of_records() {
    let words = "[words.state]\n\"gone\" = \"retired\"\n\"new\" = \"active\"\n";
    assert_eq!(codes(&compiled(&["jira/catalogue"], words).unwrap_err()), ["mapping::unknown-mapping"]);
    assert!(compiled(&["jira/catalogue"], &words.replace("[words", "[\"jira/catalogue\".words")).is_ok());
}

#[test]
fn names_that_are_no_mappings_are_told_from_misspelt_sections() {
    for (text, code) in [
        ("[\"jira/problems\".fields]\ntitle = \"/t\"\n", "mapping::unknown-mapping"),
        ("[\"mine.toml\".fields]\ntitle = \"/t\"\n", "mapping::unknown-mapping"),
        ("[issue.fields]\ntitle = \"/t\"\n", "mapping::unknown-mapping"),
        ("[feilds]\ntitle = \"/t\"\n", "mapping::unknown-key"),
        ("[history]\nchanges = \"/t\"\n", "mapping::unknown-key"),
        ("\"jira/issue\" = 3\n", "mapping::wrong-type"),
        ("words = 3\n", "mapping::wrong-type"),
        ("[words.state\n", "mapping::syntax"),
    ] {
        assert_eq!(codes(&compiled(BOTH, text).unwrap_err()), [code], "{text}");
    }
}

/// What `mappings/jira/README.md` shows to start from.
#[test]
fn the_example_of_the_readme_fits_its_mappings() {
    let readme = include_str!("../../../mappings/jira/README.md");
    let (_, example) = readme.split_once("## An instance's own words\n\n```toml\n").expect("it has the example");
    let (example, _) = example.split_once("```").expect("the example ends");
    let text = example.replace("[connector.acme.override.", "[");
    let names = ["jira/issue", "jira/request", "jira/problem", "jira/change", "jira/catalogue", "jira/field"];
    let mappings = compiled(&names, &text).unwrap_or_else(|problems| {
        panic!("{}", render(&problems.overrides, &overrides(&text), false, 100));
    });
    let words = mappings.iter().map(|mapping| meaning(mapping, "Wartet auf Lieferant"));
    assert_eq!(words.flatten().collect::<Vec<_>>(), ["on_hold"; 4]);
}
