//! Rules are read with every problem at its place, and an instance adds to the shipped ones by name.

use counterfoil_conversation::{Rules, SHIPPED_TEXT};
use counterfoil_diagnostics::{SourceText, render_plain};

fn source(text: &str) -> SourceText {
    SourceText { name: "rules.toml".into(), text: text.into() }
}

#[test]
fn the_shipped_rules_have_no_problem() {
    let shipped = source(SHIPPED_TEXT);
    if let Err(findings) = Rules::parse(&shipped) {
        let findings = findings.iter().map(|finding| render_plain(finding, &shipped)).collect::<Vec<_>>();
        panic!("{}", findings.join("\n"));
    }
    assert_eq!(Rules::parse(&shipped).unwrap().digest(), Rules::shipped().digest());
}

/// Every way to get a file of rules wrong, and its code.
const WRONG: &[(&str, &str)] = &[
    ("rules::syntax", "format = "),
    ("rules::missing-key", ""),
    ("rules::out-of-range", "format = 2"),
    ("rules::unknown-key", "format = 1\n[limits]\ntext_byte = 300"),
    (
        "rules::unknown-key",
        "format = 1\n[[class]]\nname = \"a\"\nclass = \"list\"\nconfidence = 1\nany = [{ in = \"text\", matches = \"a\", at = 1 }]",
    ),
    ("rules::wrong-type", "format = 1\n[loop]\nmails = \"5\""),
    ("rules::unknown-word", "format = 1\n[[class]]\nname = \"a\"\nclass = \"lists\"\nconfidence = 1"),
    (
        "rules::unknown-word",
        "format = 1\n[[class]]\nname = \"a\"\nclass = \"list\"\nconfidence = 1\nall = [{ in = \"subjekt\", matches = \"a\" }]",
    ),
    ("rules::unknown-word", "format = 1\n[[state]]\nname = \"a\"\nstate = \"done\"\nconfidence = 1"),
    (
        "rules::invalid-pattern",
        "format = 1\n[[token]]\nname = \"a\"\nsystem = \"a\"\nin = [\"subject\"]\npattern = '(?<key>a'",
    ),
    (
        "rules::invalid-pattern",
        "format = 1\n[[token]]\nname = \"a\"\nsystem = \"a\"\nin = [\"subject\"]\npattern = '(?<key>(?:(?:\\w{500}){500}){500})'",
    ),
    ("rules::no-key", "format = 1\n[[token]]\nname = \"a\"\nsystem = \"a\"\nin = [\"subject\"]\npattern = '(\\d+)'"),
    (
        "rules::duplicate-name",
        "format = 1\n[[priority]]\nname = \"a\"\nvalue = \"low\"\n[[class]]\nname = \"a\"\nclass = \"list\"\nconfidence = 1",
    ),
    ("rules::unknown-rule", "format = 1\nwithout = [\"no-such-rule\"]"),
];

#[test]
fn every_problem_has_its_code_and_its_place() {
    for (code, text) in WRONG {
        let findings = Rules::shipped().extended_by(&source(text)).unwrap_err();
        let codes = findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes, [*code], "{text}");
        assert!(findings[0].at.end <= text.len(), "{text}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "format = 1\nlimit = 3\n[[state]]\nname = \"a\"\nstate = \"resolvd\"\nconfidence = 200\nclasses = [\"humans\"]\n";
    let findings = Rules::parse(&source(text)).unwrap_err();
    let lines = findings.iter().map(|finding| render_plain(finding, &source(text))).collect::<Vec<_>>();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_instance_replaces_adds_and_leaves_out_by_name() {
    let shipped = Rules::shipped();
    let text = "format = 1\nwithout = [\"jira-subject\"]\n[subject]\nwindow_days = 3\n";
    let extended = shipped.extended_by(&source(text)).unwrap();
    assert_ne!(extended.digest(), shipped.digest());
    assert_eq!(extended.sources().len(), 2);
    assert_eq!(extended.digest(), shipped.extended_by(&source(text)).unwrap().digest());
    assert!(extended.extended_by(&source("format = 1\nwithout = [\"jira-subject\"]")).is_err(), "it is gone already");
}
