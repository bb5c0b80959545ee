//! The layers, nevers and house rules of the workspace, read from its manifests and sources.
//!
//! Every rule is a function from crates to complaints, so that each is also seen to complain about a broken example.
#![expect(clippy::unwrap_used, reason = "a workspace that cannot be read fails the test")]

#[path = "layers/dependencies.rs"]
mod dependencies;
#[path = "layers/sources.rs"]
mod sources;
#[path = "layers/workspace.rs"]
mod workspace;

use workspace::Workspace;

fn holds(rule: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}

#[test]
fn a_crate_uses_only_what_stands_above_it() {
    holds("layers, DESIGN.md section 2", dependencies::layers(&Workspace::read().crates));
}

#[test]
fn what_must_never_be_used_is_not_used() {
    holds("nevers, DESIGN.md section 2", dependencies::nevers(&Workspace::read().crates));
}

#[test]
fn a_foreign_crate_is_used_by_its_owner_only() {
    holds("one owner per foreign crate", dependencies::owners(&Workspace::read().crates));
}

#[test]
fn manifests_are_written_alike() {
    holds("manifests", dependencies::manifests(&Workspace::read().crates));
}

#[test]
fn every_connector_is_listed_and_every_listed_one_is_there() {
    let workspace = Workspace::read();
    holds("connectors/ and KINDS", dependencies::connectors(&workspace.crates));
}

#[test]
fn no_crate_has_unsafe_code() {
    holds("#![forbid(unsafe_code)]", sources::forbid_unsafe(&Workspace::read().crates));
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    holds("words that have no place in the sources", sources::words(&Workspace::read().crates));
}

#[test]
fn pure_crates_do_no_input_or_output_and_read_no_clock() {
    holds("pure crates", sources::pure(&Workspace::read().crates));
}

#[test]
fn files_are_short_enough_to_be_read() {
    let lengths = sources::lengths(&Workspace::read().crates);
    for line in &lengths.long {
        println!("WARN {line}");
    }
    holds("file lengths", lengths.too_long);
}
