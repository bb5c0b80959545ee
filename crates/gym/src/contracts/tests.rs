use super::files::Shape;
use super::*;

const INCIDENTS: u32 = 250;

#[test]
fn the_same_seed_gives_the_same_files() {
    let of = |seed| Contracts::generate(seed, INCIDENTS).files(Shape::Logs);
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
}

#[test]
fn ids_are_single_and_references_lead_somewhere() {
    let world = Contracts::generate(1, INCIDENTS);
    let ids: std::collections::BTreeSet<&str> = world.things.iter().map(|thing| &*thing.id).collect();
    let is_double = |thing: &Thing| !matches!(thing.kind, "party");
    assert_eq!(ids.len(), world.things.len(), "{}", world.things.iter().filter(|thing| is_double(thing)).count());
    for thing in &world.things {
        for field in ["problem", "caused_by_change", "parent", "duplicate_of", "record", "agreement", "target", "plan"]
        {
            if let Some(id) = thing.text(field) {
                assert!(ids.contains(id), "{} {field} {id}", thing.id);
            }
        }
        for (kind, to) in &thing.links {
            assert!(ids.contains(&**to), "{} {kind} {to}", thing.id);
        }
        assert!(thing.course.windows(2).all(|pair| pair[0].at < pair[1].at), "{}", thing.id);
    }
}

#[test]
fn the_gamer_says_that_it_is_in_time_and_is_not() {
    let world = Contracts::generate(1, INCIDENTS);
    let asked = |party| Asked { from: YEAR_BEGINS, to: YEAR_ENDS, party: Some(party) };
    let clocks = |party: &str| {
        let theirs = |clock: &&Thing| {
            let record = clock.text("record").and_then(|id| world.find(id)).unwrap();
            record.text("resolver_party") == Some(party) && record.kind == "incident"
        };
        let all: Vec<&Thing> = world.of("sla_clock").filter(theirs).collect();
        100.0 * all.iter().filter(|clock| !clock.is("breached")).count() as f64 / all.len() as f64
    };
    let truth = |party| world.figure("INC-06", asked(party)).unwrap().value.unwrap();
    for party in ["brandt", "castell", "dorn"] {
        println!("{party}: says {:.1} %, is {:.1} %", clocks(party), truth(party));
    }
    assert!((clocks("castell") - 100.0).abs() < 1e-9);
    assert!(truth("castell") < 85.0);
    assert!(
        (clocks("brandt") - truth("brandt")).abs() < 8.0,
        "but for duplicates and what is opened again it is the same"
    );
    let declared = world.figure("SUP-15", Asked { party: None, ..asked("") }).unwrap();
    assert_eq!(declared.value, Some(50.0), "one of two sub-suppliers is declared");
}

#[test]
fn most_rows_have_a_value_over_the_year() {
    let world = Contracts::generate(2, INCIDENTS);
    let year = Asked { from: YEAR_BEGINS, to: YEAR_ENDS, party: None };
    let mut without = Vec::new();
    for (id, unit, _) in TRUE_FIGURES {
        let truth = world.figure(id, year).unwrap();
        println!("{id} {:?} {unit} of {}", truth.value, truth.n);
        if truth.value.is_none() {
            without.push(*id);
        }
    }
    assert!(without.len() <= 3, "{without:?}");
}
