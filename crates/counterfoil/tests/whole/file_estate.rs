//! The three providers that send files, against the oracle that knows what truly happened.

use crate::judge::*;
use crate::ledger;
use crate::program::Desk;
use counterfoil_gym::{Book, Oracle, Scale, World, write_estate};

const SEED: u64 = 20_000;

#[test]
fn the_estate_ends_in_the_ledger_as_it_truly_is() {
    let world = World::generate(SEED, Scale::default());
    let oracle = Oracle::of(&world);
    let desk = Desk::empty();
    let estate = write_estate(&desk.path(""), &world).unwrap();
    desk.write("counterfoil.toml", &estate.config);
    let first = desk.ends(0, &["up", "--once"]);
    println!("{}", first.out);
    assert_eq!(ledger::status(&desk)["streams"].as_array().unwrap().len(), Book::ALL.len());
    columns_are_as_expected(&oracle.expected, &desk);
    records_are_as_they_truly_are(&oracle.records, &desk);
    figures_are_true(&oracle.records, oracle.now, &[], &desk);
    quarantine_is_as_expected(&oracle.problems, &desk);
    for problem in &oracle.problems {
        is_told(problem, &first.out, &desk);
    }
    ledger::is_whole(&desk);

    // A second start finds nothing new, says the same of the data, and emits nothing.
    let before = desk.ends(0, &["events", "--json"]).out;
    let second = desk.ends(0, &["up", "--once"]);
    assert_eq!(desk.ends(0, &["events", "--json"]).out, before);
    let problems = |out: &str| out.split("problems with the data:").nth(1).map(str::to_owned);
    assert!(problems(&first.out).is_some());
    assert_eq!(problems(&second.out), problems(&first.out));
    columns_are_as_expected(&oracle.expected, &desk);
}
