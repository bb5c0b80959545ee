//! Links: which elements are one, what is wrong with a rule, and where each comes from.

use counterfoil_diagnostics::SourceText;
use counterfoil_mapping::cases::show_link;
use counterfoil_mapping::{Mapping, MappingSource, Outcome, Problems, Settings};
use counterfoil_model::{Mapped, Quality};
use counterfoil_record::Form;

const BEGINNING: &str = "[mapping]\nkind = \"incident\"\n[fields]\ntitle = \"/title\"\n";
const WORDS: &str = "[words.link]\n\"blocks\" = \"blocks\"\n\"is blocked by\" = \"blocked_by\"\n";
const LISTED: &str = "[[links]]\nin = \"/links\"\nto = \"/to/id\"\nkey = \"/to/key\"\ntype = [\"/words\", \"/type\"]\n\
                      words = \"link\"\nnative_type = \"/type\"\n";

fn compile(text: &str) -> Result<Mapping, Problems> {
    let file = SourceText { name: "m.toml".into(), text: text.into() };
    Mapping::compile(&MappingSource { file, overrides: None, settings: Settings::default() })
}

fn mapped(mapping: &Mapping, payload: &str) -> (Mapped, Vec<&'static str>) {
    match mapping.map(Form::Snapshot, payload) {
        Outcome::Mapped { mapped, notes } => (mapped, notes.iter().map(|note| note.code).collect()),
        other => panic!("{other:?}"),
    }
}

fn links(mapping: &Mapping, payload: &str) -> Vec<String> {
    mapped(mapping, payload).0.record.links.iter().map(show_link).collect()
}

#[test]
fn an_element_is_a_link_where_its_target_says_something() {
    let mapping = compile(&format!("{BEGINNING}{LISTED}{WORDS}")).unwrap();
    let payload = r#"{"links":[{"words":"blocks","to":{"id":2,"key":"A-2"},"type":"Blocks"},{"words":"blocks"},"stray",null,
        {"words":" IS  blocked by","to":{"id":"1"}},{"words":"eats","to":{"id":"3"}},{"to":{"id":"4"}},{"to":{"id":{}}}]}"#;
    let (made, codes) = mapped(&mapping, payload);
    let shown: Vec<_> = made.record.links.iter().map(show_link).collect();
    assert_eq!(shown, ["blocked_by 1", "blocks 2 (A-2), `Blocks`", "unmapped `eats` 3", "missing 4"]);
    assert_eq!(made.record.quality, Quality::Fallback);
    assert_eq!(codes, ["word-folded", "unmapped-word", "no-plain-value"]);
    assert_eq!(links(&mapping, r#"{"links":{"to":{"id":"1"}}}"#), [""; 0]);
    assert_eq!(links(&mapping, r#"{"links":[{"to":{"id":"1"}}],"links":[{"to":{"id":"2"}}]}"#), ["missing 2"]);
}

#[test]
fn links_have_an_order_of_their_own_and_each_stands_once() {
    let mapping = compile(&format!("{BEGINNING}{LISTED}{WORDS}")).unwrap();
    let one = r#"{"words":"blocks","to":{"id":"2"}}"#;
    let other = r#"{"words":"is blocked by","to":{"id":"1"}}"#;
    let of = |list: &[&str]| mapped(&mapping, &format!("{{\"links\":[{}]}}", list.join(","))).0.record;
    assert_eq!(of(&[one, other]), of(&[other, one]));
    assert_eq!(of(&[one, other, one]), of(&[one, other]));
}

#[test]
fn the_first_rule_takes_an_element_and_the_record_itself_may_be_one() {
    let rules = "[[links]]\nin = \"/links\"\nwhere = { \"/kind\" = [\"p\"] }\nto = \"/to/id\"\nas = \"has_problem\"\n";
    let own = "[[links]]\nwhere = { \"/kind\" = \"present\" }\nto = \"/parent/id\"\nas = \"child_of\"\n";
    let mapping = compile(&format!("{BEGINNING}{rules}{LISTED}{own}{WORDS}")).unwrap();
    let list = r#"[{"kind":"p","words":"blocks","to":{"id":"1"}},{"words":"blocks","to":{"id":"2"}}]"#;
    let of = |more: &str| links(&mapping, &format!("{{\"links\":{list},\"parent\":{{\"id\":\"9\"}}{more}}}"));
    assert_eq!(of(r#","kind":"x""#), ["has_problem 1", "blocks 2", "child_of 9"]);
    assert_eq!(of(""), ["has_problem 1", "blocks 2"]);
}

#[test]
fn links_to_other_tools_are_untold_where_no_list_of_them_is_there() {
    let rule =
        "[[links]]\nin = \"/far\"\nurl = \"/url\"\napplication = [\"/app/name\", \"/app/type\"]\nas = \"related_to\"\n";
    let mapping = compile(&format!("{BEGINNING}{rule}")).unwrap();
    let untold = |payload| mapped(&mapping, payload).0.outside_links_untold;
    assert!(untold("{}") && untold(r#"{"far":null}"#) && !untold(r#"{"far":[]}"#));
    let payload = r#"{"far":[{"url":"https://a.example","app":{"type":"wiki"}}]}"#;
    assert!(!untold(payload));
    assert_eq!(links(&mapping, payload), ["related_to https://a.example (wiki)"]);
    assert!(!mapped(&compile(BEGINNING).unwrap(), "{}").0.outside_links_untold);
}

#[test]
fn every_link_is_explained_by_its_element_its_rule_and_its_word() {
    let mapping = compile(&format!("{BEGINNING}{LISTED}{WORDS}")).unwrap();
    let payload = r#"{"links":[{"words":"eats","to":{"id":"3"}},{"words":"blocks","to":{"id":"2"}}]}"#;
    let explanation = mapping.explain(Form::Snapshot, payload);
    let shown = explanation.links.iter().map(|told| {
        let raw = told.raw.as_deref().unwrap_or("-");
        let word = told.word_rule.as_deref().unwrap_or("-");
        let (pointer, target) = (&told.pointer, &told.target_pointer);
        format!("{target}: {pointer} = `{raw}` → {} {}, {word} → {}", told.rule, told.converter, show_link(&told.link))
    });
    let expected = [
        "/links/1/to/id: /links/1/words = `blocks` → m.toml:5 word table link, m.toml:13 → blocks 2",
        "/links/0/to/id: /links/0/words = `eats` → m.toml:5 word table link, - → unmapped `eats` 3",
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_wrong_with_a_rule_is_said_at_its_place() {
    for (rule, code, words) in [
        ("to = \"/id\"", "mapping::one-origin", "has neither `as` and `type`"),
        ("as = \"blocks\"", "mapping::one-origin", "has neither `to` and `url`"),
        ("to = \"/id\"\nurl = \"/url\"\nas = \"blocks\"", "mapping::one-origin", "has both `to` and `url`"),
        ("to = \"/id\"\nas = \"blokcs\"", "mapping::unknown-word", "`blokcs` is no word of `links`"),
        ("to = \"/id\"\nas = \"blocks\"\nwords = \"link\"", "mapping::unknown-key", "no word to look up"),
        ("to = \"/id\"\ntype = \"/type\"", "mapping::missing", "read by a word table"),
        ("to = \"/id\"\ntype = \"/type\"\nwords = \"lnk\"", "mapping::unknown-words", "no word table `lnk`"),
        ("to = \"/id\"\nas = \"blocks\"\ntitle = \"/t\"", "mapping::unknown-key", "`title` does not go with `to`"),
        ("to = \"/id\"\nas = \"blocks\"\ntpye = \"/t\"", "mapping::unknown-key", "has no `tpye`"),
        ("in = \"links\"\nto = \"/id\"\nas = \"blocks\"", "mapping::bad-pointer", "starts with `/`"),
        ("in = \"/links\"\nto = \"id\"\nas = \"blocks\"", "mapping::bad-pointer", "starts with `/`"),
        ("to = \"/id\"\ntype = \"/type\"\nwords = \"bad\"", "mapping::unknown-word", "`eats` is no word of `links`"),
    ] {
        let text = format!("{BEGINNING}[[links]]\n{rule}\n[words.bad]\n\"eats\" = \"eats\"\n");
        let problems = compile(&text).expect_err(rule);
        let found: Vec<_> = problems.file.iter().map(|one| (one.code, one.message.as_str())).collect();
        assert!(found.iter().any(|(found, message)| *found == code && message.contains(words)), "{rule}: {found:?}");
        assert!(problems.file.iter().all(|one| one.at.end <= text.len()));
    }
    let problems = compile("links = 1\n[mapping]\nkind = \"incident\"\n").unwrap_err();
    assert_eq!(problems.file[0].code, "mapping::wrong-type");
}
