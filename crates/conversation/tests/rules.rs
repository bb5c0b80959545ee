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
